internal import Memory

/// What a replay socket has sent: its answer's head, and the messages behind it.
public struct ReplayReply: Sendable {
    public let answer: ReplayAnswer
    public let messages: [(topic: String, payload: [UInt8])]

    public init(_ answer: ReplayAnswer, messages: [(topic: String, payload: [UInt8])]) {
        self.answer = answer
        self.messages = messages
    }
}

/// Reads a stream so that every update comes once and in order: what is missing it asks for while the stream waits in
/// its socket's queue. Pure: it asks and delivers through closures.
public struct LosslessReader: Sendable {
    /// What came of a message.
    public enum Outcome: Sendable {
        /// Deliver the message's updates but the first `skipping`.
        case deliver(topic: String, MessagePeek, payload: [UInt8], skipping: Int)
        /// So many updates came before; nothing to do.
        case duplicate(topic: String, updates: Int)
        /// The numbers are missing and nobody has them any more.
        case lost(topic: String, Hole)
        /// The replay answered nothing that fits, or refused: what it was asked for is taken as lost.
        case unanswered(ReplayRange, ReplayAnswer.Reason?)
        case unreadable(topic: String, WireError)
    }

    public typealias Asking = (ReplayQuestion) -> ReplayReply?
    public typealias Delivery = (Outcome) -> Void

    public private(set) var stream: StreamReader
    /// How many ranges were asked for.
    public private(set) var questions = 0
    private let prefixes: [String]

    /// - Parameter prefixes: what the stream is subscribed to; empty stands for all topics.
    public init(beginning: StreamReader.Beginning, prefixes: [String]) {
        stream = StreamReader(delivery: .lossless, beginning: beginning)
        self.prefixes = prefixes.contains("") ? [] : prefixes
    }

    /// Takes a message of the stream.
    public mutating func receive(topic: String, _ bytes: RawSpan, asking ask: Asking, _ deliver: Delivery) {
        let message: MessagePeek
        do throws(WireError) { message = try MessagePeek(bytes) } catch {
            return deliver(.unreadable(topic: topic, error))
        }
        let payload = bytes.array
        guard !topic.hasPrefix("\(Heartbeat.kind)/") else {
            return check(topic, message, payload, asking: ask, deliver)
        }
        guard let hole = take(topic, message, payload, deliver) else { return }
        let range = stream.missing(before: message.head, of: topic, prefixes: prefixes)
        if fill(range, asking: ask, deliver) == .whole, range.topics == prefixes {
            stream.confirm(range.upTo, of: range.publisher)
        }
        accept(hole.received, of: topic, deliver)
        // Of numbers that no publisher would give, a hole may be left.
        if let hole = take(topic, message, payload, deliver) { deliver(.lost(topic: topic, hole)) }
    }

    /// Delivers a message; returns the hole before it, if there is one.
    private mutating func take(
        _ topic: String, _ message: MessagePeek, _ payload: [UInt8], _ deliver: Delivery
    ) -> Hole? {
        switch stream.receive(topic: topic, head: message.head, count: message.count) {
        case .hole(let hole)?: return hole
        case .duplicate?: deliver(.duplicate(topic: topic, updates: message.count))
        case .deliver(let skipping)?:
            deliver(.deliver(topic: topic, message, payload: payload, skipping: skipping))
        case nil: deliver(.deliver(topic: topic, message, payload: payload, skipping: 0))
        }
        return nil
    }

    private mutating func accept(_ number: UInt64, of topic: String, _ deliver: Delivery) {
        if let lost = stream.accept(number, of: topic) { deliver(.lost(topic: topic, lost)) }
    }

    /// What an asking came to.
    private enum Filling {
        case whole
        /// Who answers has no more than it gave.
        case exhausted
        case unanswered
    }

    /// Asks for a range until it is covered, or until nobody has more.
    private mutating func fill(_ range: ReplayRange, asking ask: Asking, _ deliver: Delivery) -> Filling {
        var rest = range
        var filling = Filling.whole
        while !rest.isEmpty {
            questions += 1
            let reply = ask(.replay(rest, limit: nil))
            switch reply?.answer {
            case .replay(let coverage)?:
                // Anything else is an answer to another question, or of another publisher.
                guard coverage.publisher == rest.publisher, coverage.after == rest.after, coverage.position > rest.after
                else {
                    deliver(.unanswered(rest, nil))
                    return .unanswered
                }
                for message in reply?.messages ?? [] { takeReplayed(message, of: rest, asking: ask, deliver) }
                rest = rest.rest(after: coverage.position)
            case .refused(let refusal)?:
                guard refusal.reason == .beforeOldest, let oldest = refusal.oldest, oldest > rest.after + 1 else {
                    deliver(.unanswered(rest, refusal.reason))
                    return .exhausted
                }
                filling = .exhausted
                rest = rest.rest(after: oldest - 1)
            case .numbers?, .last?, .addresses?, nil:
                deliver(.unanswered(rest, nil))
                return .unanswered
            }
        }
        return filling
    }

    /// A replay brings each topic in order: what is missing before one of its messages is gone.
    private mutating func takeReplayed(
        _ replayed: (topic: String, payload: [UInt8]), of range: ReplayRange, asking ask: Asking, _ deliver: Delivery
    ) {
        let (topic, payload) = replayed
        do throws(WireError) {
            let message = try payload.withRawSpan { (bytes) throws(WireError) in try MessagePeek(bytes) }
            guard message.head.publisher == range.publisher else {
                throw .valueRefused(field: "publisher", offset: 0)
            }
            guard let hole = take(topic, message, payload, deliver) else { return }
            if let before = stream.missing(before: range, of: topic) { _ = fill(before, asking: ask, deliver) }
            accept(hole.received, of: topic, deliver)
            _ = take(topic, message, payload, deliver)
        } catch { deliver(.unreadable(topic: topic, error)) }
    }

    /// Takes a heartbeat: what was published before it and has not come is asked for.
    private mutating func check(
        _ topic: String, _ message: MessagePeek, _ payload: [UInt8], asking ask: Asking, _ deliver: Delivery
    ) {
        defer { deliver(.deliver(topic: topic, message, payload: payload, skipping: 0)) }
        let head: UInt64
        do throws(WireError) {
            head = try payload.withRawSpan { (bytes) throws(WireError) in try Heartbeat.headPosition(of: bytes) }
        } catch { return deliver(.unreadable(topic: topic, error)) }
        let publisher = message.head.publisher
        guard let after = stream.tail(of: publisher, headPosition: head) else { return }
        guard let reply = ask(.numbers(topics: prefixes, publisher: publisher, after: after)) else {
            // Asked again at the next heartbeat.
            return deliver(.unanswered(range(publisher, after, head), nil))
        }
        // Without numbers the whole range says what is missing.
        var numbers = ReplayNumbers(publishers: [], topics: [], left: 0)
        if case .numbers(let known) = reply.answer { numbers = known }
        let missing = stream.missing(by: numbers, of: publisher, headPosition: head, prefixes: prefixes)
        var isAnswered = true
        for range in missing.ranges where fill(range, asking: ask, deliver) == .unanswered { isAnswered = false }
        if isAnswered { stream.confirm(missing.upTo, of: publisher) }
        let asked = Set(missing.ranges.flatMap(\.topics))
        for line in numbers.topics where asked.contains(line.topic) && line.position <= head {
            accept(line.number &+ 1, of: line.topic, deliver)
        }
    }

    private func range(_ publisher: UInt64, _ after: UInt64, _ upTo: UInt64) -> ReplayRange {
        ReplayRange(publisher: publisher, after: after, upTo: upTo, topics: prefixes)
    }
}
