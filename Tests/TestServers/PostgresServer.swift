internal import Foundation
internal import TestPrograms

/// A PostgreSQL server of a test's own: on a free loopback port, in a temporary folder, ended with the test.
public final class PostgresServer: @unchecked Sendable {
    // Sendable: a test starts and kills it from one task at a time.
    private static let programs = "/usr/lib/postgresql/15/bin"
    /// A cluster takes two seconds to make and a tenth of one to copy.
    private static let template = Result { try Template() }
    /// The password of the user `postgres`.
    public static let password = "un'ge;wöhn\"lich"

    /// Why no server can be started here; nil where one can.
    public static let obstacle: String? =
        FileManager.default.isExecutableFile(atPath: "\(programs)/postgres")
        ? nil : "PostgreSQL 15 is not installed in \(programs)"
    public static var isAvailable: Bool { obstacle == nil }

    /// The server did not come up; its log's last lines.
    public struct Unstarted: Error, CustomStringConvertible { public let description: String }

    public let port: Int
    private let folder: URL
    private let settings: [String]
    private var process: WatchedProcess?

    /// - Parameter settings: PostgreSQL's own, `fsync=on`; without it the server does not wait for the disk.
    public init(settings: [String] = []) throws {
        folder = try Self.ownFolder()
        port = try Self.freePort()
        self.settings = settings
        let cluster = folder.appending(path: "cluster").path()
        try Self.finish(Self.asUser("/bin/cp", ["-r", try Self.template.get().cluster, cluster]))
        try Self.finish(["/bin/chmod", "700", cluster])
        try start()
    }

    deinit {
        process?.end()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The server's process: its children end with it.
    public var identifier: Int32 { process?.identifier ?? 0 }
    public var log: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }
    /// The address of its first database, with the password.
    public var url: String { url(database: "postgres") }

    public func url(database: String, user: String = "postgres", password: String = PostgresServer.password) -> String {
        let written = password.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return "postgres://\(user):\(written)@127.0.0.1:\(port)/\(database)"
    }

    /// Starts the server again after `kill` or `stop`, and waits until it takes connections.
    public func start() throws {
        let arguments =
            [
                "-D", folder.appending(path: "cluster").path(), "-k", folder.path(), "-p", String(port),
                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=32MB",
                "-c", "max_connections=20", "-c", "lc_messages=C", "-c", "max_wal_size=256MB",
            ] + settings.flatMap { ["-c", $0] }
        // Children of a killed server need a moment to go; until then a new one refuses their memory.
        for _ in 0..<100 {
            let process = try WatchedProcess(
                Self.asUser("\(Self.programs)/postgres", arguments), log: folder.appending(path: "log"))
            self.process = process
            if comesUp(process) { return }
            process.end()
            usleep(50_000)
        }
        throw Unstarted(description: String(log.suffix(2_000)))
    }

    /// Ends the server at once, as a loss of power would end it.
    public func killAtOnce() {
        process?.end()
        process = nil
    }

    /// Ends the server in its own time: a last checkpoint, then the end.
    public func stop() {
        guard let process else { return }
        process.send(SIGINT)
        for _ in 0..<500 where process.isRunning { usleep(10_000) }
        killAtOnce()
    }

    private func comesUp(_ process: WatchedProcess) -> Bool {
        for _ in 0..<1_000 {
            guard process.isRunning else { return false }
            let ready = try? PythonProgram.finish(
                "\(Self.programs)/pg_isready", ["-q", "-h", "127.0.0.1", "-p", String(port)])
            if ready?.status == 0 { return true }
            usleep(20_000)
        }
        return false
    }
}

extension PostgresServer {
    /// An empty cluster, made once for a test process and removed with it.
    private final class Template: @unchecked Sendable {
        // Sendable: nothing of it changes once it is there.
        let cluster: String
        private let cleaner = Process()
        private let life = Pipe()

        init() throws {
            let folder = try PostgresServer.ownFolder()
            // Its standard input closes with this process.
            cleaner.executableURL = URL(filePath: "/bin/sh")
            cleaner.arguments = ["-c", "read line; rm -rf '\(folder.path())'"]
            cleaner.standardInput = life
            try cleaner.run()
            let password = folder.appending(path: "password")
            try Data((PostgresServer.password + "\n").utf8).write(to: password)
            cluster = folder.appending(path: "cluster").path()
            try PostgresServer.finish(
                PostgresServer.asUser(
                    "\(PostgresServer.programs)/initdb",
                    [
                        "-D", cluster, "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
                        "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=\(password.path())",
                        "--wal-segsize=1",
                    ]))
        }
    }

    /// A folder that the server's user owns.
    private static func ownFolder() throws -> URL {
        let folder = try RunningProgram.temporaryFolder()
        if getuid() == 0 { try finish(["/bin/chown", user, folder.path()]) }
        return folder
    }

    /// PostgreSQL refuses to run as root.
    private static let user = unsafe getpwnam("postgres") == nil ? "nobody" : "postgres"

    private static func asUser(_ program: String, _ arguments: [String]) -> [String] {
        guard getuid() == 0 else { return [program] + arguments }
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", program] + arguments
    }

    private static let group = user == "postgres" ? "postgres" : "nogroup"

    private static func finish(_ command: [String]) throws {
        let (status, output) = try PythonProgram.finish(command[0], Array(command.dropFirst()))
        guard status == 0 else { throw Unstarted(description: "\(command[0]): \(output)") }
    }

    /// A port that nobody had a moment ago.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        guard bound else { throw Unstarted(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
