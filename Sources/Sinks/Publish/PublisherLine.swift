internal import Market
internal import Memory
internal import Wire

/// One publisher of an endpoint: a symbols node, its positions, and the heartbeat that tells of them.
struct PublisherLine: Sendable {
    /// The id of the node's journal, or of a run that keeps none.
    let id: UInt64
    /// The position of the last update published, by this run or one before.
    var position: UInt64
    /// The highest position that a message's head has carried.
    private(set) var mark: UInt64 = 0
    /// Updates and messages with their bytes, of both frames.
    private(set) var updates: UInt64 = 0
    private(set) var messages: UInt64 = 0
    private(set) var byteCount: UInt64 = 0
    private var heartbeat: HeartbeatChannel

    init(id: UInt64, node: String, position: UInt64) {
        self.id = id
        self.position = position
        heartbeat = HeartbeatChannel(node: node)
    }

    var heartbeatTopic: [UInt8] { heartbeat.topic }

    /// Counts a message whose updates stand from `first` to `last`.
    mutating func note(first: UInt64, last: UInt64, updates more: Int, byteCount bytes: Int) {
        position = max(position, last)
        mark = max(mark, first)
        updates += UInt64(more)
        messages += 1
        byteCount += UInt64(bytes)
    }

    /// Writes the next heartbeat.
    mutating func beat(
        at time: Timestamp, subscriptions: Int, as encoding: MessageEncoding, into payload: inout ByteBuffer
    ) {
        let body = Heartbeat(
            headPosition: Int64(clamping: position), updates: Int64(clamping: updates),
            messages: Int64(clamping: messages), byteCount: Int64(clamping: byteCount),
            subscriptions: Int64(subscriptions))
        let head = MessageHead(
            publishTime: time, position: mark, publisher: id, firstNumber: heartbeat.number + 1, sizeStep: 1)
        heartbeat.write(body, head: head, as: encoding, into: &payload)
        messages += 1
        byteCount += UInt64(heartbeat.topic.count + payload.count)
    }
}
