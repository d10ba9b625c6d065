import Engine
import Foundation
import Market
import Memory
import Sinks
import TestPrograms
import Testing
import Updates
import Wire
import ZeroMQ

private let loopback = #""bind": "tcp://127.0.0.1:*", "replay": "tcp://127.0.0.1:*""#

@Suite(.serialized) struct `The replay socket` {
    /// A flow with its publishing node and a socket that asks it.
    private final class Trial {
        let folder: URL
        let flow: JournaledFlow
        let sink: PublishSink
        private var socket: QuestionSocket

        init(
            _ settings: String = "", edges: [Edge] = [Edge()], segment: Int = 1 << 20, updates: Int = 1_000
        ) throws {
            folder = try RunningProgram.temporaryFolder()
            let flow = try JournaledFlow(in: folder.appending(path: "updates").path(), seed: 1, segment: segment)
            self.flow = flow
            sink = try PublishSink.open(
                loopback + settings, fedBy: edges.map { flow.inflow($0.topics, symbols: $0.symbols) },
                addresses: [
                    PublicAddress(
                        process: "main", shard: 0, node: "public", bind: "tcp://127.0.0.1:1", replay: nil,
                        encoding: "json")
                ])
            let socket = try QuestionSocket(in: try Context())
            try socket.connect(to: try sink.replayEndpoint ?? "")
            self.socket = socket
            for _ in 0..<updates / 50 { try flow.publish(50, to: sink) }
        }

        deinit {
            try? sink.close()
            try? FileManager.default.removeItem(at: folder)
        }

        /// What an edge from the flow carries.
        struct Edge {
            var topics: [String] = []
            var symbols: [String]?
        }

        func ask(_ question: ReplayQuestion) throws -> (answer: ReplayAnswer, messages: [(topic: String, [UInt8])]) {
            try ask(question.text)
        }

        func ask(_ question: [UInt8]) throws -> (answer: ReplayAnswer, messages: [(topic: String, [UInt8])]) {
            let frames = try #require(try socket.ask(question, within: .seconds(20)))
            let messages = stride(from: 1, to: frames.count, by: 2).map {
                (topic: String(decoding: frames[$0], as: UTF8.self), frames[$0 + 1])
            }
            return (try ReplayAnswer(frames[0]), messages)
        }

        func answer(_ question: ReplayQuestion) throws -> ReplayAnswer { try ask(question.text).answer }

        func range(_ after: UInt64, _ upTo: UInt64, _ topics: [String] = []) -> ReplayRange {
            ReplayRange(publisher: flow.origin.journal ?? 0, after: after, upTo: upTo, topics: topics)
        }
    }

    private static func numbers(_ messages: [(topic: String, [UInt8])]) throws -> [String: [UInt64]] {
        var numbers: [String: [UInt64]] = [:]
        for (topic, payload) in messages {
            let message = try payload.withRawSpan { (bytes) throws(WireError) in try MessagePeek(bytes) }
            numbers[topic, default: []] += message.head.firstNumber..<(message.head.firstNumber + UInt64(message.count))
        }
        return numbers
    }

    @Test(arguments: MessageEncoding.allCases)
    func `a journal is given again, whole and in pieces`(encoding: MessageEncoding) throws {
        let trial = try Trial(#", "encoding": "\#(encoding.rawValue)""#)
        let whole = try trial.ask(.replay(trial.range(0, 1_000), limit: nil))
        #expect(try Self.numbers(whole.messages) == trial.flow.due)
        guard case .replay(let coverage) = whole.answer else { throw Surprise(whole.answer) }
        #expect(coverage.position == 1_000 && coverage.oldest == 1 && coverage.head == 1_000)
        #expect(coverage.messages == whole.messages.count && coverage.publisher == 0xFEED_0001)
        var pieces: [(topic: String, [UInt8])] = []
        var after: UInt64 = 0
        while after < 1_000 {
            let (answer, messages) = try trial.ask(.replay(trial.range(after, 1_000), limit: 37))
            guard case .replay(let coverage) = answer else { throw Surprise(answer) }
            #expect(coverage.position > after && coverage.position <= after + 37)
            after = coverage.position
            pieces += messages
        }
        #expect(try Self.numbers(pieces) == trial.flow.due)
    }

    @Test func `a range of some topics brings these and no others`() throws {
        let trial = try Trial()
        let topic = "cvd/BTC%2FUSD/"
        let (answer, messages) = try trial.ask(.replay(trial.range(200, 700, [topic]), limit: nil))
        guard case .replay(let coverage) = answer else { throw Surprise(answer) }
        let positions = try messages.map { _, payload in
            try payload.withRawSpan { (bytes) throws(WireError) in try MessagePeek(bytes).head.position }
        }
        #expect(coverage.position == 700 && positions.allSatisfy { $0 > 200 && $0 <= 700 } && !positions.isEmpty)
        #expect(Set(messages.map(\.topic)) == [topic] && positions == positions.sorted())
    }

    @Test func `what an edge does not carry is not given`() throws {
        // By topic, by symbol, and as two edges of one node that each bring their own.
        let trials: [(edges: [Trial.Edge], topics: Set<String>)] = [
            ([Trial.Edge(topics: ["cvd/late/"])], ["cvd/late/BTC%2FUSD/", "cvd/late/IBM/", "cvd/late/ZN/"]),
            (
                [Trial.Edge(symbols: ["I*", "BTC/USD"])],
                ["cvd/BTC%2FUSD/", "cvd/IBM/", "cvd/late/BTC%2FUSD/", "cvd/late/IBM/"]
            ),
            (
                [Trial.Edge(topics: ["cvd/late/"], symbols: ["IBM"]), Trial.Edge(topics: ["cvd/BTC"])],
                ["cvd/late/IBM/", "cvd/BTC%2FUSD/"]
            ),
        ]
        for (edges, topics) in trials {
            let trial = try Trial(edges: edges)
            let (answer, messages) = try trial.ask(.replay(trial.range(0, 1_000), limit: nil))
            #expect(try Self.numbers(messages) == trial.flow.due.filter { topics.contains($0.key) }, "\(edges)")
            guard case .replay(let coverage) = answer else { throw Surprise(answer) }
            #expect(coverage.position == 1_000, "\(edges)")
        }
    }

    @Test func `faults have names, and say where the journal's ends are`() throws {
        let trial = try Trial(segment: 4_096)
        try trial.flow.trim(before: 900)
        let oldest = trial.flow.oldest
        #expect(oldest > 1)
        typealias Refusal = ReplayAnswer.Refusal
        #expect(
            try trial.answer(.replay(trial.range(0, 9), limit: nil))
                == .refused(Refusal(.beforeOldest, oldest: oldest, head: 1_000)))
        #expect(
            try trial.answer(.replay(trial.range(1_001, 1_002), limit: nil))
                == .refused(Refusal(.aheadOfHead, oldest: oldest, head: 1_000)))
        let stranger = ReplayRange(publisher: 1, after: 0, upTo: 1, topics: [])
        #expect(try trial.answer(.replay(stranger, limit: nil)) == .refused(Refusal(.unknownPublisher)))
        #expect(try trial.answer(.replay(trial.range(9, 8), limit: nil)) == .refused(Refusal(.junk)))
        let many = (0...ReplayQuestion.topicLimit).map { "t\($0)/" }
        #expect(try trial.answer(.last(topics: many)) == .refused(Refusal(.tooManyTopics)))
        for junk in ["", "hello", "{}", #"{"ask":"everything"}"#, #"{"ask":"replay"}"#] {
            #expect(try trial.ask(Array(junk.utf8)).answer == .refused(Refusal(.junk)), "\(junk)")
        }
        let long = [UInt8](repeating: 0x20, count: ReplayQuestion.byteLimit + 1)
        #expect(try trial.ask(long).answer == .refused(Refusal(.tooLong)))
        // It goes on.
        #expect(try Self.numbers(trial.ask(.replay(trial.range(oldest, 1_000), limit: nil)).messages).count > 0)
    }

    @Test(arguments: MessageEncoding.allCases)
    func `last numbers and last values are those of the stream`(encoding: MessageEncoding) throws {
        let trial = try Trial(#", "encoding": "\#(encoding.rawValue)""#)
        guard case .numbers(let numbers) = try trial.ask(.numbers(topics: [], publisher: nil, after: 0)).answer else {
            throw Surprise(.last(messages: 0, left: 0))
        }
        let last = trial.flow.due.mapValues { $0.last ?? 0 }
        #expect(Dictionary(uniqueKeysWithValues: numbers.topics.map { ($0.topic, $0.number) }) == last)
        #expect(numbers.topics.map(\.position).max() == 1_000 && numbers.left == 0)
        #expect(numbers.publishers == [ReplayNumbers.Publisher(id: 0xFEED_0001, since: 0, head: 1_000)])
        let (answer, messages) = try trial.ask(.last(topics: ["cvd/"]))
        #expect(answer == .last(messages: 6, left: 0))
        #expect(try Self.numbers(messages) == last.mapValues { [$0] })
        // Behind a position, of one publisher.
        let some = try trial.ask(.numbers(topics: [], publisher: 0xFEED_0001, after: 999)).answer
        guard case .numbers(let newest) = some else { throw Surprise(some) }
        #expect(newest.topics.count == 1 && newest.topics[0].position == 1_000)
    }

    @Test func `addresses are told`() throws {
        let answer = try Trial(updates: 0).ask(.addresses).answer
        let list =
            #"[{"process":"main","shard":0,"node":"public","bind":"tcp://127.0.0.1:1","#
            + #""replay":null,"encoding":"json"}]"#
        #expect(answer == .addresses(list))
    }

    @Test func `a node without a journal knows its last values, and says that it has no more`() throws {
        let sink = try PublishSink.open(
            loopback, fedBy: [SinkContext.Inflow(node: "flow", topics: [], symbols: nil, journal: nil)])
        defer { try? sink.close() }
        var socket = try QuestionSocket(in: try Context())
        try socket.connect(to: try sink.replayEndpoint ?? "")
        var outbox = Outbox()
        SampleNode.appendCandle(1, symbol: 0, to: &outbox)
        let origin = UpdateOrigin(node: "flow", topics: SampleNode.table) { index in
            JournaledFlow.symbol(index)
        }
        try outbox.withBytes { try sink.receive($0, from: origin) }
        let question = ReplayQuestion.numbers(topics: [], publisher: nil, after: 0)
        let frames = try #require(try socket.ask(question.text, within: .seconds(20)))
        guard case .numbers(let numbers) = try ReplayAnswer(frames[0]) else { throw Surprise(.addresses("")) }
        let line = try #require(numbers.topics.first)
        #expect(line.number == 1 && line.position == 1 && numbers.publishers.map(\.id) == [line.publisher])
        let range = ReplayRange(publisher: line.publisher, after: 0, upTo: 1, topics: [])
        let refused = try #require(try socket.ask(ReplayQuestion.replay(range, limit: nil).text, within: .seconds(20)))
        #expect(try ReplayAnswer(refused[0]) == .refused(ReplayAnswer.Refusal(.noJournal)))
    }

    @Test func `a new subscriber gets the last value of each of its topics, once`() throws {
        let trial = try Trial()
        var socket = try SubscribeSocket(in: try Context())
        try socket.connect(to: trial.sink.endpoint)
        try socket.subscribe(to: "cvd/late/")
        var time = SampleNode.time
        var numbers: [(topic: String, [UInt8])] = []
        for _ in 0..<2_000 where numbers.count < 3 {
            time = time + Timestamp.second
            try trial.sink.beat(time)
            while try socket.receive(
                within: .milliseconds(5), { numbers.append((MessagePeek.text($0), $1.array)) }) == .message
            {}
        }
        for _ in 0..<5 {
            time = time + Timestamp.second
            try trial.sink.beat(time)
        }
        let nothing = try socket.receive(within: .milliseconds(50)) { _, _ in }
        let last = trial.flow.due.filter { $0.key.hasPrefix("cvd/late/") }.mapValues { [$0.last ?? 0] }
        #expect(try Self.numbers(numbers) == last && nothing == .nothing)
    }

    /// An answer that was not due.
    private struct Surprise: Error, CustomStringConvertible {
        let description: String
        init(_ answer: ReplayAnswer) { description = "not due: \(answer)" }
    }
}
