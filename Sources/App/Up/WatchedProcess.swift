internal import Engine
internal import Foundation
internal import Memory

/// One process of a topology: its lines come out with its name before them.
final class WatchedProcess {
    private let process: ChildProcess
    private let readers: [LineReader]

    var number: Int32 { process.number }

    /// Starts it; the process ends with the thread that does so.
    init(_ program: String, _ plan: ProcessPlan, nameWidth: Int) throws {
        let (output, errors) = (try LinePipe(), try LinePipe())
        // The child has its own by then; a reader comes to the end when nobody can write any more.
        defer { for pipe in [output, errors] { try? pipe.writing.close() } }
        process = try ChildProcess(
            program, plan.arguments, output: output.writing.fileDescriptor, errors: errors.writing.fileDescriptor)
        let start = HelpText.padded(plan.name, nameWidth) + " | "
        readers = [
            LineReader(output.reading) { try? Terminal.write(start + $0 + "\n") },
            LineReader(errors.reading) { Terminal.complain(start + $0) },
        ]
    }

    /// How it has ended; nil while it runs. Its last lines are out by then, unless somebody it has started holds them.
    var end: Supervisor.End? {
        guard let end = process.end() else { return nil }
        for reader in readers { reader.wait(atMost: 1) }
        return switch end {
        case .status(let status): .status(status)
        case .signal(let signal): .signal(signal)
        }
    }

    func send(_ signal: Int32) { process.send(signal) }
}

/// A pipe's two ends; each is closed when nobody has it any more.
private struct LinePipe {
    let reading: FileHandle
    let writing: FileHandle

    init() throws {
        let ends = try PipeEnds()
        reading = FileHandle(fileDescriptor: ends.reading, closeOnDealloc: true)
        writing = FileHandle(fileDescriptor: ends.writing, closeOnDealloc: true)
    }
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
