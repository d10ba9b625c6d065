import Foundation
import Market
import Memory
import Sinks
import TestPrograms
import Testing
import Updates
import Wire
import ZeroMQ

/// The subscribers of docs/examples against a real publisher that leaves out a number.
@Suite(.serialized) struct `The example subscribers` {
    @Test(arguments: ExampleProgram.allCases)
    func `notices a hole`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        try noticesHole(program)
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq, see Tests/requirements.txt"))
    func `ten lines of Python print candles`() throws {
        var publisher = try open(.json)
        let script = ExampleProgram.folder.appending(path: "python/print_candles.py").path()
        let program = try RunningProgram(PythonProgram.path, [script, publisher.endpoint])
        try awaitSubscriptions(1, of: &publisher, program)
        try publish([1, 2], to: &publisher)
        let line = "BTC/USD 2024-08-08T23:54:00.000000000Z 61800.3 61900 61700.5 61850"
        #expect(program.lines(2, within: .seconds(20)) == ["\(line) 1.25", "\(line) 2.5"])
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq, see Tests/requirements.txt"))
    func `a message that has not two frames is dropped and told`() throws {
        var socket = try SubscribeSocket(in: try Context())
        let endpoint = try socket.bind(to: "tcp://127.0.0.1:*")
        try socket.subscribe(to: "")
        let send = """
            import zmq
            context = zmq.Context()
            socket = context.socket(zmq.XPUB)
            socket.connect("\(endpoint)")
            socket.recv()
            for frames in ([b"one"], [b"a", b"b", b"c"], [b"topic", b"payload"]): socket.send_multipart(frames)
            socket.close()
            context.term()  # an interpreter that merely ends may take unsent messages with it
            """
        let program = try RunningProgram(PythonProgram.path, ["-c", send])
        var receptions: [SubscribeSocket.Reception] = []
        for _ in 0..<3 { receptions.append(try socket.receive(within: .seconds(20)) { _, _ in }) }
        #expect(receptions == [.malformed(frames: 1), .malformed(frames: 3), .message], "\(program.lines)")
    }

    @Test(
        .enabled(if: PythonProgram.hasPackage("json"), "needs Python, see Tests/requirements.txt"),
        arguments: ["latest", "lossless"])
    func `the reader in Python decides as the one in Swift`(delivery: String) throws {
        var chance = SeededChance(seed: 60)
        var reader = TopicReader(delivery: delivery == "latest" ? .latest : .lossless, next: 3)
        var (input, expected) = ("", [String]())
        for _ in 0..<2_000 {
            let first = UInt64(Int.random(in: max(1, Int(reader.next) - 5)...Int(reader.next) + 4, using: &chance))
            if Int.random(in: 0..<50, using: &chance) == 0 {
                input += "changed \(first)\n"
                reader.publisherChanged(first: first)
                expected.append("changed \(name(reader.state))")
                continue
            }
            let count = Int.random(in: 1...4, using: &chance)
            input += "\(first) \(count)\n"
            switch reader.receive(first, count: count) {
            case .deliver(let skipped): expected.append("deliver \(skipped) \(name(reader.state))")
            case .hole(let hole): expected.append("hole \(hole.expected) \(hole.received) \(name(reader.state))")
            case .duplicate: expected.append("duplicate \(name(reader.state))")
            }
        }
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "input")
        try Data(input.utf8).write(to: file)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "compare_reader.py").path()
        let example = ExampleProgram.folder.appending(path: "python").path()
        let result = try PythonProgram.finish(PythonProgram.path, [script, example, delivery, "3", file.path()])
        #expect(result.output.split(separator: "\n").map(String.init) == expected)
    }

    // MARK: Steps

    /// Starts the program for both encodings, leaves out number 3, and holds every line it prints against what is due.
    private func noticesHole(_ program: ExampleProgram) throws {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // One without keys and one with.
        for (encoding, keys) in [(MessageEncoding.json, nil), (.binary, folder)] {
            var publisher = try open(encoding, keys: keys)
            let own = keys.map { ["--secret", $0.path() + "/me.secret", "--server", $0.path() + "/server.key"] } ?? []
            let program = try program.start(own + [publisher.endpoint, "candle/", "heartbeat/"], in: folder)
            try awaitSubscriptions(2, of: &publisher, program)
            try publish([1, 2], to: &publisher)
            try publish([4], to: &publisher)
            try publisher.beat(at: SampleNode.time)
            try publish([5], to: &publisher)
            let topic = "candle/1m/BTC%2FUSD/"
            let messages = encoding == .json ? ["\(topic) 1 1", "\(topic) 2 1"] : ["\(topic) 1 2"]
            let due = messages + ["HOLE \(topic) 3 4", "\(topic) 4 1", "heartbeat/flow/ 1 1", "\(topic) 5 1"]
            let lines = program.lines(due.count, within: .seconds(20))
            #expect(lines.map { $0.split(separator: " {")[0] } == due.map { $0[...] }, "\(encoding)")
            #expect(lines.allSatisfy { $0.hasPrefix("HOLE") || $0.contains("{") == (encoding == .json) })
        }
    }

    /// - Parameter keys: A folder for new keys, whose `me` may read; nil for a publisher without keys.
    private func open(_ encoding: MessageEncoding, keys: URL? = nil) throws -> Publisher {
        let context = try Context()
        let door = try keys.map { folder in
            try KeyFile.write(.make(), to: folder.path() + "/me")
            try KeyFile.write(.make(), to: folder.path() + "/server")
            let curve = try CurveServer(secret: folder.path() + "/server.secret", clients: folder.path())
            return try Doorkeeper(in: context).door("public", DoorRules(curve: curve))
        }
        var publisher = try Publisher(
            Publication(encoding: encoding), bind: "tcp://127.0.0.1:*",
            limits: PublishSocket.Limits(linger: .zero), in: context, door: door)
        SampleNode.add(to: &publisher)
        return publisher
    }

    private func publish(_ numbers: [UInt64], to publisher: inout Publisher) throws {
        var outbox = Outbox()
        for number in numbers { SampleNode.appendCandle(number, symbol: 0, to: &outbox) }
        try outbox.withBytes { (bytes) throws(ZeroMQError) in
            try publisher.publish(bytes, from: 0, at: SampleNode.time, symbols: SampleNode.symbol)
        }
    }

    /// Waits until the program has subscribed; twenty seconds at most, for an interpreter on a busy machine.
    private func awaitSubscriptions(_ count: Int, of publisher: inout Publisher, _ program: RunningProgram) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(20)
        while publisher.subscriptions < count, clock.now < deadline {
            try publisher.noteSubscriptions()
            usleep(2_000)
        }
        let known = publisher.subscriptions
        try #require(known == count, "\(program.lines)")
    }

    private func name(_ state: TopicReader.State) -> String {
        switch state {
        case .behind: "behind"
        case .catchingUp: "catching up"
        case .live: "live"
        }
    }
}
