/// Reads one publisher's stream: a `TopicReader` per topic, the publisher's run, and the loss at the tail.
public struct StreamReader: Sendable {
    public let delivery: Delivery
    /// Topics followed at most; a publisher that never stops naming new ones cannot exhaust memory.
    public let topicLimit: Int
    /// The publisher's run; nil before its first message.
    public private(set) var publisher: UInt64?
    /// The highest position seen.
    public private(set) var position: UInt64 = 0
    /// How often the publisher began a new run.
    public private(set) var restarts: UInt64 = 0
    private var topics: [String: Followed] = [:]

    /// A topic's reader, and the publisher's run that it last read.
    private struct Followed {
        var reader: TopicReader
        var publisher: UInt64
    }

    public init(delivery: Delivery, topicLimit: Int = 1 << 20) {
        precondition(topicLimit > 0, "A stream must have a topic.")
        self.delivery = delivery
        self.topicLimit = topicLimit
    }

    /// The reader of a topic, once something came on it.
    public func reader(of topic: String) -> TopicReader? { topics[topic]?.reader }

    /// Decides about a message of `count` updates; nil when the topic limit is reached and this topic is not followed:
    /// its updates may be used, its holes go unseen.
    public mutating func receive(topic: String, head: MessageHead, count: Int) -> TopicReader.Action? {
        note(run: head.publisher)
        position = max(position, head.position &+ UInt64(count) &- 1)
        guard topics[topic] != nil || topics.count < topicLimit else { return nil }
        var followed =
            topics[topic] ?? Followed(reader: TopicReader(delivery: delivery), publisher: head.publisher)
        if followed.publisher != head.publisher {
            followed.publisher = head.publisher
            followed.reader.publisherChanged(first: head.firstNumber)
        }
        let action = followed.reader.receive(head.firstNumber, count: count)
        topics[topic] = followed
        return action
    }

    /// Takes a heartbeat; returns the positions that were published and did not arrive, for a reader of all topics.
    ///
    /// Messages and heartbeats come in one order, so that whatever lies below the head and was not seen is lost. A
    /// reader of some topics cannot tell its own from others' and must ask the publisher's replay. The first message
    /// of a run tells where reading begins: nothing before it counts as lost.
    public mutating func receiveHeartbeat(publisher run: UInt64, headPosition: UInt64) -> Hole? {
        note(run: run)
        guard headPosition > position else { return nil }
        let isFirst = position == 0
        let hole = Hole(expected: position &+ 1, received: headPosition &+ 1)
        position = headPosition
        return isFirst ? nil : hole
    }

    /// A new run's positions begin anew.
    private mutating func note(run: UInt64) {
        guard publisher != run else { return }
        if publisher != nil { restarts &+= 1 }
        publisher = run
        position = 0
    }
}
