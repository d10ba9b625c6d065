/// Reads the stream of an endpoint: a `TopicReader` per topic, and each publisher's positions. Pure; its twins stand in
/// the Python and C examples.
///
/// Several publishers may share an endpoint, one for each symbols node: they are told apart by their id alone. A topic
/// that another publisher goes on with has had a restart.
public struct StreamReader: Sendable {
    /// Where a lossless reader begins.
    public enum Beginning: Sendable, Equatable {
        /// With what comes; from a publisher's first heartbeat on, nothing may be missing.
        case now
        /// With the first update that the journal holds.
        case oldest
    }

    /// Publishers followed at most: an endpoint has a few. Losses at the tail of others go unseen.
    public static let publisherLimit = 4_096
    /// Holes of single topics asked for before everything is asked for: more at once are no lost message but a lost
    /// line, and topic by topic the journal would be looked through as often as there are topics.
    public static let holeLimit = 8

    public let delivery: Delivery
    public let beginning: Beginning
    /// Topics followed at most; a publisher that never stops naming new ones cannot exhaust memory.
    public let topicLimit: Int
    /// How often topics went on with another publisher.
    public private(set) var restarts: UInt64 = 0
    private var topics: [String: Followed] = [:]
    private var publishers: [UInt64: Publisher] = [:]
    /// Publishers that have taken topics over from others.
    private var successors: Set<UInt64> = []

    /// A topic's reader, the publisher that it last read, and the position of what that has brought last.
    private struct Followed {
        var reader: TopicReader
        var publisher: UInt64
        var position: UInt64 = 0
    }

    private struct Publisher {
        /// The highest position that a message has carried.
        var position: UInt64 = 0
        /// Behind this nothing may be missing: what the first heartbeat has said, 0 for a reader from the oldest on.
        /// A topic that came before it may still lack something there.
        var begin: UInt64 = 0
        /// Up to where nothing is missing behind `begin`; nil while nobody has said where that is.
        var checked: UInt64?
        /// Holes of single topics since `checked` has moved.
        var holes = 0
    }

    public init(delivery: Delivery, beginning: Beginning = .now, topicLimit: Int = 1 << 20) {
        precondition(topicLimit > 0, "A stream must have a topic.")
        self.delivery = delivery
        self.beginning = beginning
        self.topicLimit = topicLimit
    }

    /// The reader of a topic, once something came on it.
    public func reader(of topic: String) -> TopicReader? { topics[topic]?.reader }

    /// The highest position that a publisher's messages have carried; 0 before the first.
    public func position(of publisher: UInt64) -> UInt64 { publishers[publisher]?.position ?? 0 }

    /// Decides about a message of `count` updates; nil when the topic limit is reached and this topic is not followed:
    /// its updates may be used, its holes go unseen.
    ///
    /// Of a hole a lossless reader delivers nothing: hold the message back, ask for `missing`, receive what that
    /// brings, `accept` what it did not, `confirm` where it was for all topics, and receive the message again. A hole
    /// that is expected from 0 on is the unknown beginning of a topic that the reader sees for the first time.
    public mutating func receive(topic: String, head: MessageHead, count: Int) -> TopicReader.Action? {
        note(head)
        guard topics[topic] != nil || topics.count < topicLimit else { return nil }
        var followed = topics[topic] ?? Followed(reader: TopicReader(delivery: delivery), publisher: head.publisher)
        if topics[topic] == nil, delivery == .lossless, followed.reader.next == 0, let begin = begin(of: head) {
            followed.position = begin
            followed.reader = TopicReader(delivery: delivery, next: beginning == .oldest ? 1 : 0)
            if followed.reader.next == 0 {
                topics[topic] = followed
                return .hole(Hole(expected: 0, received: head.firstNumber))
            }
        }
        if followed.publisher != head.publisher { change(&followed, head) }
        let action = followed.reader.receive(head.firstNumber, count: count)
        if case .deliver = action { followed.position = max(followed.position, head.position) }
        topics[topic] = followed
        return action
    }

    /// What a lossless reader of these prefixes must ask for before it takes a message that lies behind a hole. Missing
    /// numbers lie between the topic's last message and this one. Behind many holes it is everything up to the message.
    public mutating func missing(before head: MessageHead, of topic: String, prefixes: [String]) -> ReplayRange {
        let (id, last) = (head.publisher, max(head.position, 1) - 1)
        publishers[id]?.holes += 1
        if let publisher = publishers[id], let checked = publisher.checked, last > checked,
            publisher.holes > StreamReader.holeLimit
        {
            return ReplayRange(publisher: id, after: checked, upTo: last, topics: prefixes)
        }
        return ReplayRange(publisher: id, after: start(of: topic, id), upTo: last, topics: [topic])
    }

    /// What of a topic a question for many topics leaves out, because that begins behind the topic's last message.
    public func missing(before range: ReplayRange, of topic: String) -> ReplayRange? {
        let after = start(of: topic, range.publisher)
        guard topics[topic]?.publisher == range.publisher, after < range.after else { return nil }
        return ReplayRange(publisher: range.publisher, after: after, upTo: range.after, topics: [topic])
    }

    /// Notes that up to a position everything was asked for and has come.
    public mutating func confirm(_ position: UInt64, of id: UInt64) {
        guard let checked = publishers[id]?.checked, position > checked else { return }
        publishers[id]?.checked = position
        publishers[id]?.holes = 0
    }

    /// Behind which position a topic's next number lies.
    private func start(of topic: String, _ id: UInt64) -> UInt64 {
        let own = topics[topic].flatMap { $0.publisher == id ? $0.position : nil }
        guard let publisher = publishers[id], let checked = publisher.checked else { return own ?? 0 }
        guard let own else { return checked }
        return own < publisher.begin ? own : max(own, checked)
    }

    /// Goes on at a number though something before it is missing: nobody has it any more. Returns what is lost; nil
    /// where nothing is, or where nobody knows how much was there.
    public mutating func accept(_ number: UInt64, of topic: String) -> Hole? {
        topics[topic]?.reader.accept(number)
    }

    // MARK: The tail

    /// Takes a heartbeat's message; returns the positions that were published and did not arrive, for a reader of all
    /// topics. The first message of a publisher tells where reading begins: nothing before it counts as lost.
    ///
    /// Messages and heartbeats come in one order, so that whatever lies below the head and was not seen is lost. Of
    /// some topics' readers none can tell its own positions from others'; a lossless reader uses `tail`.
    public mutating func receiveHeartbeat(publisher id: UInt64, headPosition: UInt64) -> Hole? {
        guard var publisher = publisher(id) else { return nil }
        defer { publishers[id] = publisher }
        guard headPosition > publisher.position else { return nil }
        let isFirst = publisher.position == 0
        let hole = Hole(expected: publisher.position &+ 1, received: headPosition &+ 1)
        publisher.position = headPosition
        return isFirst ? nil : hole
    }

    /// What a lossless reader must ask of when a heartbeat says that so much was published: behind which position, nil
    /// where nothing is new.
    public mutating func tail(of id: UInt64, headPosition: UInt64) -> UInt64? {
        guard var publisher = publisher(id) else { return nil }
        defer { publishers[id] = publisher }
        guard let checked = publisher.checked else {
            publisher.begin = max(headPosition, publisher.position)
            publisher.checked = publisher.begin
            return nil
        }
        return headPosition > checked ? checked : nil
    }

    /// What is missing by a publisher's own numbers, for a reader of topics that begin with `prefixes`, and up to where
    /// everything is there once that has come. Topics that have gone on behind the heartbeat are left out: what they
    /// lack shows when that arrives, or at the next heartbeat.
    public func missing(
        by numbers: ReplayNumbers, of id: UInt64, headPosition: UInt64, prefixes: [String]
    ) -> (ranges: [ReplayRange], upTo: UInt64) {
        guard let checked = publishers[id]?.checked else { return ([], 0) }
        let since = numbers.publishers.first { $0.id == id }?.since ?? headPosition
        let isWhole = numbers.left == 0
        var ranges: [ReplayRange] = []
        let known = isWhole ? min(since, headPosition) : headPosition
        if known > checked {
            ranges.append(ReplayRange(publisher: id, after: checked, upTo: known, topics: prefixes))
        }
        var upTo = headPosition
        var behind: [ReplayRange] = []
        for line in numbers.topics where line.publisher == id && isWhole {
            let followed = topics[line.topic].flatMap { $0.publisher == id ? $0 : nil }
            let next = followed?.reader.next ?? 0
            guard line.number >= next else { continue }
            let after = start(of: line.topic, id)
            guard line.position <= headPosition else {
                // Under way. Where it is more than the next number, the others may have been lost before.
                if line.number > max(next, 1) { upTo = min(upTo, max(after, checked)) }
                continue
            }
            behind.append(ReplayRange(publisher: id, after: after, upTo: line.position, topics: [line.topic]))
        }
        return (ranges + StreamReader.together(behind), max(upTo, known))
    }

    /// Several topics' ranges as one question, for as many topics as one may name.
    private static func together(_ ranges: [ReplayRange]) -> [ReplayRange] {
        stride(from: 0, to: ranges.count, by: ReplayQuestion.topicLimit).map { start in
            let some = ranges[start..<min(start + ReplayQuestion.topicLimit, ranges.count)]
            return ReplayRange(
                publisher: ranges[start].publisher, after: some.map(\.after).min() ?? 0,
                upTo: some.map(\.upTo).max() ?? 0, topics: some.flatMap(\.topics))
        }
    }

    // MARK: Publishers

    private mutating func note(_ head: MessageHead) {
        guard var publisher = publisher(head.publisher) else { return }
        publisher.position = max(publisher.position, head.position)
        publishers[head.publisher] = publisher
    }

    private func publisher(_ id: UInt64) -> Publisher? {
        if let known = publishers[id] { return known }
        guard publishers.count < StreamReader.publisherLimit else { return nil }
        guard beginning == .oldest else { return Publisher() }
        // Its first hole is the whole past: that is asked for at once.
        return Publisher(checked: 0, holes: StreamReader.holeLimit)
    }

    /// From where on a topic that is seen for the first time must be whole; nil where it may begin with this message.
    private func begin(of head: MessageHead) -> UInt64? {
        if beginning == .oldest { return 0 }
        guard head.firstNumber > 1, let checked = publishers[head.publisher]?.checked else { return nil }
        return head.position > checked + 1 ? checked : nil
    }

    private mutating func change(_ followed: inout Followed, _ head: MessageHead) {
        if successors.count < StreamReader.publisherLimit, successors.insert(head.publisher).inserted {
            restarts &+= 1
        }
        followed.publisher = head.publisher
        followed.position = 0
        followed.reader.publisherChanged(first: head.firstNumber)
    }
}
