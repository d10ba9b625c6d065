internal import Foundation
internal import Rings
internal import ZeroMQ

/// Many subscribers in one process, which take turns on one thread.
struct CrowdPart: Benchmark {
    static let name = "crowd"
    static let usage = "ENDPOINT --count N [--core N]"
    static let details = "Subscribes many times to candles, counts what comes, and ends when nothing more does."

    /// How long to wait for the first message, and for each further one.
    private static let patience: Int64 = 20_000_000_000
    private static let silence: Int64 = 500_000_000
    /// Messages that one subscriber takes before it is the next one's turn.
    private static let turn = 64

    private let endpoint: String
    private let count: Int
    private let core: Int?

    init(_ arguments: inout Arguments) throws {
        count = try arguments.takeNumber("--count", in: 1...1_000) ?? 1
        core = try arguments.takeNumber("--core", in: 0...1_023)
        guard let endpoint = arguments.takeWord() else { throw UsageError("the endpoint is missing") }
        self.endpoint = endpoint
    }

    /// Sockets cannot lie in an array: they are noncopyable.
    private final class Member {
        private var socket: SubscribeSocket

        init(_ endpoint: String, in context: Context) throws {
            socket = try SubscribeSocket(in: context)
            try socket.subscribe(to: "candle/")
            try socket.connect(to: endpoint)
        }

        /// How many updates were there, up to the limit of a turn.
        func take() throws -> Int {
            var (messages, updates) = (0, 0)
            while messages < CrowdPart.turn {
                let reception = try socket.receive(within: .zero) { _, payload in
                    updates += StampedMessage.updates(in: payload)
                }
                if reception == .nothing { break }
                messages += 1
            }
            return updates
        }
    }

    func run() throws -> Int32 {
        if let core { _ = Seat.pin(to: core) }
        let context = try Context()
        let members = try (0..<count).map { _ in try Member(endpoint, in: context) }
        var received = 0
        var lastNews = Seat.monotonic
        while Seat.monotonic - lastNews < (received == 0 ? CrowdPart.patience : CrowdPart.silence) {
            var taken = 0
            for member in members { taken += try member.take() }
            if taken > 0 {
                received += taken
                lastNews = Seat.monotonic
            } else {
                Thread.sleep(forTimeInterval: 0.001)
            }
        }
        try Terminal.write("\(received)\n")
        return 0
    }
}

/// Such a process that was started and will be heard.
final class CrowdProcess {
    private let process = Process()
    private let output = Pipe()

    init(_ count: Int, at endpoint: String) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench", CrowdPart.name, endpoint, "--count", "\(count)", "--core", "1"]
        process.standardOutput = output
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Updates that came to all of them together.
    func received() throws -> Int {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let count = text.split(separator: "\n").first.flatMap({ Int($0) }) else {
            throw BenchFailure("the subscribers ended with status \(process.terminationStatus)")
        }
        return count
    }
}
