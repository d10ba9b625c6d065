internal import Foundation
public import TestPrograms

/// A Redis server of a test's own: on a free port of this machine, in a temporary folder, gone with the value.
public final class RedisServer {
    /// The server cannot be had; tests that want one are skipped with `RedisServer.isInstalled`.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let program = "/usr/bin/redis-server"
    private static let client = "/usr/bin/redis-cli"

    /// Whether apt's server and its command line are there.
    public static var isInstalled: Bool {
        [program, client].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    public let port: UInt16
    private let folder: URL
    private let password: String?
    private let options: [String]
    private var process: Process?

    /// Starts a server and waits until it answers.
    public init(password: String? = nil, options: [String] = []) throws {
        self.password = password
        self.options = options
        folder = try RunningProgram.temporaryFolder()
        port = try FreePort.find()
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The address as a topology names it.
    public var url: String { "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)/0" }

    /// Starts it again after `stop` or `kill`, on the same port, with nothing in it.
    public func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: RedisServer.program)
        process.arguments =
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path(), "--save", "", "--appendonly", "no",
                "--logfile", folder.appending(path: "log").path(),
            ] + (password.map { ["--requirepass", $0] } ?? []) + options
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        for _ in 0..<500 where process.isRunning {
            if try ask("PING") == "PONG" { return }
            usleep(10_000)
        }
        let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
        throw Failure(description: "redis-server does not answer on port \(port): \(log)")
    }

    /// Ends it as an operator does. Not by a signal: a test's thread may block it, and then its programs do too.
    public func stop() {
        _ = try? ask("SHUTDOWN", "NOSAVE")
        kill()
    }

    /// Ends it as a failing machine does.
    public func kill() {
        signal(SIGKILL)
        process?.waitUntilExit()
        process = nil
    }

    /// Stops it in the middle of whatever it does; connections stay open.
    public func freeze() { signal(SIGSTOP) }
    public func thaw() { signal(SIGCONT) }

    /// What `redis-cli` prints for a command: one line a value, without the last line's end.
    @discardableResult
    public func ask(_ words: String...) throws -> String {
        let access = password.map { ["-a", $0, "--no-auth-warning"] } ?? []
        let (_, output) = try PythonProgram.finish(
            RedisServer.client, ["-h", "127.0.0.1", "-p", "\(port)", "--raw"] + access + words)
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }

    /// A subscriber to channels by pattern; it prints `pmessage`, pattern, channel and message on a line each.
    public func subscribe(_ pattern: String) throws -> RunningProgram {
        let access = password.map { ["-a", $0, "--no-auth-warning"] } ?? []
        let program = try RunningProgram(
            RedisServer.client, ["-h", "127.0.0.1", "-p", "\(port)", "--raw"] + access + ["PSUBSCRIBE", pattern])
        guard program.lines(3, within: .seconds(10)).count == 3 else {
            throw Failure(description: "redis-cli does not subscribe to \(pattern)")
        }
        return program
    }

    private func signal(_ number: Int32) {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, number)
    }
}
