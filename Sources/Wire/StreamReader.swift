/// Reads one publisher's stream: a `TopicReader` per topic, the publisher's run, and the loss at the tail.
public struct StreamReader: Sendable {
    /// What one message means for its reader.
    public enum Action: Sendable, Equatable {
        case deliver
        case hole(Hole)
        case duplicate
        /// The topic limit is reached: this topic is not followed. The updates may be used, their holes go unseen.
        case unfollowed
    }

    public let delivery: Delivery
    /// Topics followed at most; a publisher that never stops naming new ones cannot exhaust memory.
    public let topicLimit: Int
    public private(set) var topics: [String: TopicReader] = [:]
    /// The publisher's run; nil before its first message.
    public private(set) var publisher: UInt64?
    /// The highest position seen.
    public private(set) var position: UInt64 = 0
    /// How often the publisher began a new run.
    public private(set) var restarts: UInt64 = 0

    public init(delivery: Delivery, topicLimit: Int = 1 << 20) {
        precondition(topicLimit > 0, "A stream must have a topic.")
        self.delivery = delivery
        self.topicLimit = topicLimit
    }

    /// Decides about a message of `count` updates. A message that is partly old counts as what its first update is.
    public mutating func receive(topic: String, head: MessageHead, count: Int) -> Action {
        precondition(count > 0, "A message must hold an update.")
        let isNewRun = noteRun(head.publisher)
        position = max(position, head.position + UInt64(count - 1))
        guard topics[topic] != nil || topics.count < topicLimit else { return .unfollowed }
        if isNewRun { startAnew = Set(topics.keys) }
        var reader = topics[topic] ?? TopicReader(delivery: delivery)
        if startAnew.remove(topic) != nil { reader.publisherChanged(first: head.firstNumber) }
        defer { topics[topic] = reader }
        switch reader.receive(head.firstNumber) {
        case .hole(let hole):
            guard delivery == .latest else { return .hole(hole) }
            for offset in 1..<UInt64(count) { _ = reader.receive(head.firstNumber + offset) }
            return .hole(hole)
        case .duplicate:
            return .duplicate
        case .deliver:
            for offset in 1..<UInt64(count) { _ = reader.receive(head.firstNumber + offset) }
            return .deliver
        }
    }

    /// Takes a heartbeat; returns the positions that were published and did not arrive, for a reader of all topics.
    ///
    /// Messages and heartbeats come in one order, so that whatever lies below the head and was not seen is lost. A
    /// reader of some topics cannot tell its own from others' and must ask the publisher's replay.
    public mutating func receiveHeartbeat(publisher: UInt64, headPosition: UInt64) -> Hole? {
        if noteRun(publisher) { startAnew = Set(topics.keys) }
        guard headPosition > position else { return nil }
        let hole = Hole(expected: position + 1, received: headPosition + 1)
        position = headPosition
        return hole
    }

    /// Topics not heard of since the publisher began its new run.
    private var startAnew: Set<String> = []

    /// True when the publisher began a new run, whose positions begin anew.
    private mutating func noteRun(_ run: UInt64) -> Bool {
        guard publisher != run else { return false }
        let isNew = publisher != nil
        publisher = run
        position = 0
        if isNew { restarts += 1 }
        return isNew
    }
}
