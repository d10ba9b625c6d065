internal import Market
internal import Memory
public import Updates

/// What a publisher says of itself each second, so that a subscriber sees a loss at the tail and a silent publisher.
///
/// The publisher's id stands in the message head. A heartbeat has no position of its own: its message carries the
/// highest that the heads of the messages before it have carried.
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

    /// The head position that a heartbeat's payload carries, in either encoding.
    static func headPosition(of payload: RawSpan) throws(WireError) -> UInt64 {
        guard payload.byteCount > 0, payload.integer(at: 0, as: UInt8.self) == UInt8(ascii: "{") else {
            let offset = WireFormat.headerSize + MessageHead.size + WireFormat.dimensionSize + UpdateHead.size
            guard payload.byteCount >= offset + 8 else {
                throw .truncated(needed: offset + 8, found: payload.byteCount)
            }
            return payload.integer(at: offset)
        }
        var position: UInt64?
        var reader = JSONReader(payload.array)
        try reader.object { (key, reader) throws(WireError) in
            guard key == "headPosition" else { return try reader.skip() }
            position = try reader.integer(key, as: UInt64.self)
        }
        guard let position else { throw .fieldMissing("headPosition") }
        return position
    }
}
