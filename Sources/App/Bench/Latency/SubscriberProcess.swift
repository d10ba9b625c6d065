internal import Foundation
internal import ZeroMQ

/// The subscriber as a process of its own: this program again, with a part that only benchmarks start.
struct SubscriberPart: Benchmark {
    static let name = "subscriber"
    static let usage = "ENDPOINT --expect N --warmup N [--core N]"
    static let details = "Receives what a benchmark publishes and prints how long it was under way."

    private let task: LatencySubscriber.Task

    init(_ arguments: inout Arguments) throws {
        let expected = try arguments.takeNumber("--expect", in: 1...1_000_000_000) ?? 1
        let warmup = try arguments.takeNumber("--warmup", in: 0...1_000_000_000) ?? 0
        let core = try arguments.takeNumber("--core", in: 0...1_023)
        guard let endpoint = arguments.takeWord() else { throw UsageError("the endpoint is missing") }
        task = LatencySubscriber.Task(endpoint: endpoint, expected: expected, warmup: warmup, core: core)
    }

    func run() throws -> Int32 {
        let outcome = try LatencySubscriber(task).run(in: try Context())
        try Terminal.write(outcome.text + "\n")
        return 0
    }
}

/// A subscriber process that was started and will be heard.
final class SubscriberProcess {
    private let process = Process()
    private let output = Pipe()

    init(_ task: LatencySubscriber.Task) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            [
                "bench", SubscriberPart.name, task.endpoint, "--expect", "\(task.expected)", "--warmup",
                "\(task.warmup)",
            ] + (task.core.map { ["--core", "\($0)"] } ?? [])
        process.standardOutput = output
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Waits for its end: it ends by itself once everything or nothing more comes.
    func outcome() throws -> LatencySubscriber.Outcome {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, let outcome = LatencySubscriber.Outcome(text) else {
            throw BenchFailure("the subscriber ended with status \(process.terminationStatus)")
        }
        return outcome
    }
}
