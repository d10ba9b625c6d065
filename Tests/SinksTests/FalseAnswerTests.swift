import Foundation
import Memory
import TestPrograms
import Testing
import Wire
import ZeroMQ

/// The subscribers of docs/examples, and who answers them wrongly.
@Suite(.serialized) struct `The lossless examples, answered wrongly,` {
    private static let topic = "cvd/IBM/"
    private static let own: UInt64 = 0xA
    private static let other: UInt64 = 0xB

    /// A publisher and its replay socket, as the test plays them.
    private final class Stage {
        private var stream: PublishSocket
        private var questions: AnswerSocket
        let endpoints: [String]
        private let context: Context
        /// The questions for updates that came.
        var asked: [ReplayRange] = []

        init() throws {
            context = try Context()
            let stream = try PublishSocket(in: context, limits: PublishSocket.Limits(linger: .zero))
            let questions = try AnswerSocket(
                in: context, limits: QueueLimits(queueLimit: 4, frameLimit: 1 << 20))
            endpoints = [try stream.bind(to: "tcp://127.0.0.1:*"), try questions.bind(to: "tcp://127.0.0.1:*")]
            self.stream = stream
            self.questions = questions
        }

        func awaitSubscription() throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < deadline {
                if case .subscribed? = try stream.nextSubscriptionChange() { return }
                usleep(2_000)
            }
            Issue.record("Nobody has subscribed.")
        }

        func send(_ topic: String, _ payload: [UInt8]) throws {
            try Array(topic.utf8).withRawSpan { (name) throws(ZeroMQError) in
                try payload.withRawSpan { (bytes) throws(ZeroMQError) in try stream.send(topic: name, payload: bytes) }
            }
        }

        /// Answers until the program has said so many lines, or for some seconds.
        func serve(_ program: RunningProgram, until count: Int, _ answer: (ReplayQuestion) -> [[UInt8]]) throws {
            let deadline = ContinuousClock.now + .seconds(10)
            while said(program).count < count, ContinuousClock.now < deadline {
                try questions.serve(within: .milliseconds(20)) { text in
                    guard let question = try? ReplayQuestion(text) else { return [Array("{}".utf8)] }
                    if case .replay(let range, _) = question { asked.append(range) }
                    return answer(question)
                }
            }
        }
    }

    /// What a program has printed of updates, without what it complains of.
    private static func said(_ program: RunningProgram) -> [String] {
        program.lines.filter { line in [topic, "LOST", "RESTART"].contains { line.hasPrefix($0) } }.map { line in
            line.split(separator: " {").first.map(String.init) ?? line
        }
    }

    private static func message(_ number: UInt64, of publisher: UInt64 = own) -> [UInt8] {
        let time = "2024-08-08T23:54:15.030314667Z"
        return Array(
            (#"{"kind":"cvd","number":\#(number),"publishTime":"\#(time)","position":\#(number),"#
                + #""publisher":"\#(Identifier.text(publisher))"}"#).utf8)
    }

    private static func heartbeat(_ number: UInt64, head: UInt64) -> [UInt8] {
        var text = String(decoding: message(number), as: UTF8.self)
        text.removeLast()
        return Array("\(text),\"headPosition\":\(head)}".utf8)
    }

    /// An answer to a question for a range, with messages of these numbers.
    private static func answer(
        _ range: ReplayRange, by publisher: UInt64 = own, after: UInt64? = nil, _ messages: [[UInt8]]
    ) -> [[UInt8]] {
        let coverage = ReplayAnswer.Coverage(
            publisher: publisher, after: after ?? range.after, position: range.upTo, oldest: 1, head: range.upTo,
            messages: messages.count)
        return [ReplayAnswer.replay(coverage).text] + messages.flatMap { [Array(topic.utf8), $0] }
    }

    /// Publishes 1 and 3, answers the question for 2, and returns what the program says until it has said so much.
    private func fill(
        _ program: ExampleProgram, lines count: Int, _ answer: (ReplayRange) -> [[UInt8]]
    ) throws -> [String] {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let stage = try Stage()
        let running = try program.start(["--lossless", "--replay", stage.endpoints[1], stage.endpoints[0]], in: folder)
        try stage.awaitSubscription()
        try stage.send(Self.topic, Self.message(1))
        try stage.send(Self.topic, Self.message(3))
        try stage.serve(running, until: count) { question in
            guard case .replay(let range, _) = question else { return [] }
            return answer(range)
        }
        #expect(stage.asked.first == ReplayRange(publisher: Self.own, after: 1, upTo: 2, topics: [Self.topic]))
        return Self.said(running)
    }

    private let lost = ["\(topic) 1 1", "LOST \(topic) 2 3", "\(topic) 3 1"]

    @Test(arguments: ExampleProgram.allCases)
    func `take nothing of another publisher`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        #expect(
            try fill(program, lines: 3) { Self.answer($0, by: Self.other, [Self.message(2, of: Self.other)]) } == lost)
        #expect(try fill(program, lines: 3) { Self.answer($0, by: Self.other, [Self.message(2)]) } == lost)
        // A head that is right makes its messages no better.
        #expect(try fill(program, lines: 3) { Self.answer($0, [Self.message(2, of: Self.other)]) } == lost)
    }

    @Test(arguments: ExampleProgram.allCases)
    func `take no answer to another question`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        #expect(try fill(program, lines: 3) { Self.answer($0, after: 0, [Self.message(2)]) } == lost)
    }

    @Test(arguments: ExampleProgram.allCases)
    func `tell every update once, however often it comes`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        let whole = ["\(Self.topic) 1 1", "\(Self.topic) 2 1", "\(Self.topic) 3 1"]
        let said = try fill(program, lines: 3) { range in
            Self.answer(range, [1, 2, 2, 1, 2].map { Self.message($0) })
        }
        #expect(said == whole)
    }

    @Test(arguments: ExampleProgram.allCases)
    func `ask for the end that a heartbeat tells of, and not again for what has come`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let stage = try Stage()
        let running = try program.start(
            ["--lossless", "--from-oldest", "--replay", stage.endpoints[1], stage.endpoints[0]], in: folder)
        try stage.awaitSubscription()
        // An earlier run has published up to 4, and this one's 7 is still under way when the first heartbeat comes.
        var last: UInt64 = 7
        func answer(_ question: ReplayQuestion) -> [[UInt8]] {
            switch question {
            case .replay(let range, _):
                return Self.answer(range, (range.after + 1...range.upTo).map { Self.message($0) })
            case .numbers:
                let line = ReplayNumbers.Line(
                    topic: Self.topic, publisher: Self.own, number: last, position: last)
                let publisher = ReplayNumbers.Publisher(id: Self.own, since: 4, head: last)
                return [ReplayAnswer.numbers(ReplayNumbers(publishers: [publisher], topics: [line], left: 0)).text]
            case .last, .addresses: return []
            }
        }
        try stage.send("heartbeat/flow/", Self.heartbeat(1, head: 5))
        try stage.serve(running, until: 4, answer)
        #expect(Self.said(running) == (1...4).map { "\(Self.topic) \($0) 1" })
        last = 8
        try stage.send("heartbeat/flow/", Self.heartbeat(2, head: 8))
        try stage.serve(running, until: 8, answer)
        #expect(Self.said(running) == (1...8).map { "\(Self.topic) \($0) 1" })
        #expect(stage.asked.map(\.after) == [0, 4] && stage.asked.map(\.upTo) == [4, 8])
    }
}
