import Market
import Memory
import TestPrograms
import Updates
import Wire

/// A publisher with a journal, as simple as it can be: one list of all that it has published.
final class StreamModel {
    struct Update: Equatable {
        let position: UInt64
        let topic: String
        let number: UInt64
    }

    static let topics = ["a/X/", "a/Y/", "b/X/", "b/Y/"]

    private(set) var publisher: UInt64 = 1
    private(set) var log: [Update] = []
    /// The oldest position that is left, and where the run has begun.
    var oldest: UInt64 = 1
    private var since: UInt64 = 0
    private var numbers: [String: UInt64] = [:]
    private var beats: UInt64 = 0
    private var chance: SeededChance
    /// Answers hold at most so many records.
    var answerLimit = 7
    /// Whether questions for numbers are answered.
    var tellsNumbers = true
    /// How much of the log an answer has passed over because it had been let go.
    private(set) var hasRefused = false

    init(seed: UInt64) { chance = SeededChance(seed: seed) }

    var head: UInt64 { log.last?.position ?? 0 }

    /// Publishes some updates in messages of several, as a binary publication does.
    func publish() -> [(topic: String, payload: [UInt8])] {
        var news: [Update] = []
        for _ in 0..<chance.below(12) {
            let topic = StreamModel.topics[chance.below(StreamModel.topics.count)]
            numbers[topic, default: 0] += 1
            // A journal holds what other edges carry too.
            news.append(Update(position: head + UInt64(news.count) + 1, topic: topic, number: numbers[topic] ?? 0))
        }
        log += news
        return StreamModel.messages(news, publisher)
    }

    /// A run that goes on where the journal ends, or one that begins anew without it.
    func restart(keepingJournal: Bool) {
        since = head
        guard !keepingJournal else { return }
        publisher += 1
        (log, numbers, oldest, since) = ([], [:], 1, 0)
    }

    func heartbeat() -> (topic: String, payload: [UInt8]) {
        beats += 1
        let head = MessageHead(
            publishTime: Timestamp(nanoseconds: 1), position: 0, publisher: publisher, firstNumber: beats, sizeStep: 1)
        var update = ByteBuffer()
        update.append(
            UpdateHead(
                number: beats, start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1), revision: 0,
                final: true, reason: .none, quality: .whole))
        update.append(
            Heartbeat(headPosition: Int64(self.head), updates: 0, messages: 0, byteCount: 0, subscriptions: 0))
        var payload = ByteBuffer()
        update.withBytes { BinaryEncoding(Heartbeat.layout).encode($0, head: head, into: &payload) }
        return ("heartbeat/flow/", payload.withBytes { $0.array })
    }

    // MARK: The replay

    func answer(_ question: ReplayQuestion) -> ReplayReply {
        switch question {
        case .replay(let range, _): return replay(range)
        case .numbers(let topics, let publisher, let after): return numbers(topics, publisher, after)
        case .last, .addresses: return refusal(.junk)
        }
    }

    private func refusal(_ reason: ReplayAnswer.Reason) -> ReplayReply {
        ReplayReply(.refused(ReplayAnswer.Refusal(reason, oldest: oldest, head: head)), messages: [])
    }

    private func replay(_ range: ReplayRange) -> ReplayReply {
        guard range.publisher == publisher else { return refusal(.unknownPublisher) }
        guard range.after + 1 >= oldest else {
            hasRefused = true
            return refusal(.beforeOldest)
        }
        guard range.after <= head else { return refusal(.aheadOfHead) }
        let looked = log.filter { $0.position > range.after && $0.position <= range.upTo }.prefix(answerLimit)
        let found = looked.filter { StreamModel.matches($0.topic, range.topics) }
        let messages = StreamModel.messages(Array(found), publisher)
        let coverage = ReplayAnswer.Coverage(
            publisher: publisher, after: range.after, position: looked.last?.position ?? range.after, oldest: oldest,
            head: head, messages: messages.count)
        return ReplayReply(.replay(coverage), messages: messages)
    }

    private func numbers(_ topics: [String], _ id: UInt64?, _ after: UInt64) -> ReplayReply {
        guard tellsNumbers else { return refusal(.noLastValues) }
        var last: [String: Update] = [:]
        for update in log where update.position > since { last[update.topic] = update }
        let lines = last.values.filter { $0.position > after && StreamModel.matches($0.topic, topics) }
        return ReplayReply(
            .numbers(
                ReplayNumbers(
                    publishers: [ReplayNumbers.Publisher(id: publisher, since: since, head: head)],
                    topics: lines.sorted { $0.position < $1.position }.map {
                        ReplayNumbers.Line(
                            topic: $0.topic, publisher: publisher, number: $0.number, position: $0.position)
                    }, left: 0)), messages: [])
    }

    static func matches(_ topic: String, _ prefixes: [String]) -> Bool {
        prefixes.isEmpty || prefixes.contains { topic.hasPrefix($0) }
    }

    /// Topic by topic, neighbouring numbers together.
    private static func messages(_ updates: [Update], _ publisher: UInt64) -> [(topic: String, payload: [UInt8])] {
        var messages: [(topic: String, payload: [UInt8])] = []
        var order: [String] = []
        for update in updates where !order.contains(update.topic) { order.append(update.topic) }
        for topic in order {
            var run: [Update] = []
            for update in updates where update.topic == topic {
                if let last = run.last, last.number + 1 != update.number || run.count == 3 {
                    messages.append((topic, payload(run, publisher)))
                    run = []
                }
                run.append(update)
            }
            messages.append((topic, payload(run, publisher)))
        }
        return messages
    }

    private static func payload(_ run: [Update], _ publisher: UInt64) -> [UInt8] {
        var buffer = ByteBuffer()
        for word in [UInt16(40), 1, WireFormat.schema, WireFormat.version] { buffer.append(word) }
        buffer.append(
            MessageHead(
                publishTime: Timestamp(nanoseconds: 1), position: run[0].position, publisher: publisher,
                firstNumber: run[0].number, sizeStep: 1))
        buffer.append(UInt16(56))
        buffer.append(UInt16(run.count))
        return buffer.withBytes { $0.array }
    }
}
