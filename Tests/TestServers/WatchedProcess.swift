internal import Foundation

/// A program with a watcher beside it, which ends it when the test process ends, however that ends.
final class WatchedProcess: @unchecked Sendable {
    // Sendable: started, signalled and ended from one test at a time.
    private let process = Process()
    private let watcher = Process()
    private let life = Pipe()

    /// - Parameters:
    ///   - program: the program and its arguments.
    ///   - log: takes what it prints.
    init(_ program: [String], log: URL) throws {
        if !FileManager.default.fileExists(atPath: log.path()) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.executableURL = URL(filePath: program[0])
        process.arguments = Array(program.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // Its standard input closes with this process.
        watcher.executableURL = URL(filePath: "/bin/sh")
        watcher.arguments = ["-c", "read line; kill -9 \(process.processIdentifier)"]
        watcher.standardInput = life
        watcher.standardOutput = FileHandle.nullDevice
        watcher.standardError = FileHandle.nullDevice
        try watcher.run()
    }

    deinit { end() }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) {
        if process.isRunning { kill(identifier, signal) }
    }

    /// Kills the program, if it still lives, and waits for its end.
    func end() {
        // The watcher first: it must not meet another program under the same number.
        if watcher.isRunning { kill(watcher.processIdentifier, SIGKILL) }
        watcher.waitUntilExit()
        send(SIGKILL)
        process.waitUntilExit()
    }
}
