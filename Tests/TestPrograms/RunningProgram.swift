public import Foundation

/// A program that a test started and ends; what it prints goes to a file that the test reads.
public final class RunningProgram {
    private let process = Process()
    private let folder: URL
    private let output: URL

    public init(_ program: String, _ arguments: [String]) throws {
        folder = try RunningProgram.temporaryFolder()
        output = folder.appending(path: "output")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit {
        // Killed, not asked: an example waits for messages for ever, and a test must leave nothing running.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The lines printed so far, the last one only when it is whole.
    public var lines: [String] {
        let text = String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Waits until so many lines are there or the limit has passed, and returns them.
    public func lines(_ count: Int, within limit: Duration) -> [String] {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while lines.count < count, clock.now < deadline, process.isRunning { usleep(10_000) }
        return lines
    }

    /// A new folder of the test's own.
    public static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        return folder
    }
}
