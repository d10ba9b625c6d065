internal import Engine
internal import Foundation

/// One process of a topology: its lines come out with its name before them.
final class WatchedProcess {
    private let process = Process()
    private let readers: [LineReader]

    /// Starts it.
    init(_ program: String, _ plan: ProcessPlan, nameWidth: Int) throws {
        process.executableURL = URL(filePath: program)
        process.arguments = plan.arguments
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let start = HelpText.padded(plan.name, nameWidth) + " | "
        readers = [
            LineReader(output.fileHandleForReading) { try? Terminal.write(start + $0 + "\n") },
            LineReader(errors.fileHandleForReading) { Terminal.complain(start + $0) },
        ]
    }

    /// How it has ended; nil while it runs. Its last lines are out by then, unless somebody it has started holds them.
    var end: Supervisor.End? {
        guard !process.isRunning else { return nil }
        for reader in readers { reader.wait(atMost: 1) }
        return process.terminationReason == .uncaughtSignal
            ? .signal(process.terminationStatus) : .status(process.terminationStatus)
    }

    func send(_ signal: Int32) { _ = kill(process.processIdentifier, signal) }
}

/// Reads lines from a pipe on a thread of its own.
private final class LineReader: Sendable {
    /// A longer line is cut into pieces.
    private static let limit = 65_536
    private let ended = DispatchSemaphore(value: 0)

    init(_ pipe: FileHandle, _ body: @escaping @Sendable (String) -> Void) {
        let ended = ended
        Thread {
            var rest: [UInt8] = []
            while let bytes = try? pipe.read(upToCount: LineReader.limit), !bytes.isEmpty {
                rest += bytes
                let lines = rest.split(separator: 10, omittingEmptySubsequences: false)
                for line in lines.dropLast() { body(String(decoding: line, as: UTF8.self)) }
                rest = Array(lines.last ?? [])
                if rest.count >= LineReader.limit {
                    body(String(decoding: rest, as: UTF8.self))
                    rest = []
                }
            }
            if !rest.isEmpty { body(String(decoding: rest, as: UTF8.self)) }
            ended.signal()
        }.start()
    }

    func wait(atMost seconds: Double) {
        if ended.wait(timeout: .now() + seconds) == .success { ended.signal() }
    }
}
