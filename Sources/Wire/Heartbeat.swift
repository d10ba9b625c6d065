internal import Market
public import Updates

/// What a publisher says of itself each second, so that a subscriber sees a loss at the tail and a silent publisher.
///
/// The publisher's run stands in the message head. A heartbeat has no position of its own: its message carries the
/// head.
public struct Heartbeat: UpdateBody, Equatable {
    /// The position of the last update published before; 0 when there was none.
    public var headPosition: Int64
    /// Updates, messages and their bytes (both frames) published so far, heartbeats included.
    public var updates: Int64
    public var messages: Int64
    public var byteCount: Int64
    /// Prefixes that subscribers ask for now, each counted once per subscriber.
    public var subscriptions: Int64

    public static let kind = "heartbeat"

    public static let layout = UpdateLayout(
        template: 100, kind: kind, size: 40,
        fields: [
            UpdateField(
                "headPosition", .count, \Heartbeat.headPosition, "The position of the last update published before."),
            UpdateField("updates", .count, \Heartbeat.updates, "Updates published so far."),
            UpdateField("messages", .count, \Heartbeat.messages, "Messages published so far."),
            UpdateField("byteCount", .count, \Heartbeat.byteCount, "Bytes of both frames of all these messages."),
            UpdateField("subscriptions", .count, \Heartbeat.subscriptions, "Prefixes that subscribers ask for now."),
        ],
        meaning: "What a publisher says of itself each second; its topic carries the node's name.")

    public init(headPosition: Int64, updates: Int64, messages: Int64, byteCount: Int64, subscriptions: Int64) {
        self.headPosition = headPosition
        self.updates = updates
        self.messages = messages
        self.byteCount = byteCount
        self.subscriptions = subscriptions
    }
}
