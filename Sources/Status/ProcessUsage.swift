internal import Foundation

/// What this process takes of its machine, as the system counts it.
public struct ProcessUsage: Sendable, Equatable {
    /// User and system time since the start.
    public let cpuTime: Duration
    public let residentBytes: Int
    public let virtualBytes: Int
    public let threads: Int
    public let openFiles: Int

    public init(
        cpuTime: Duration, residentBytes: Int, virtualBytes: Int, threads: Int, openFiles: Int
    ) {
        self.cpuTime = cpuTime
        self.residentBytes = residentBytes
        self.virtualBytes = virtualBytes
        self.threads = threads
        self.openFiles = openFiles
    }

    /// Reads what Linux tells of this process; nil where it tells nothing.
    public static func now() -> ProcessUsage? {
        guard let stat = FileManager.default.contents(atPath: "/proc/self/stat") else { return nil }
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return read(
            String(decoding: stat, as: UTF8.self), ticks: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageSize: sysconf(Int32(_SC_PAGESIZE)), openFiles: files ?? 0)
    }

    /// The program's name stands in brackets and may hold anything; behind it the fields are counted from the third.
    static func read(_ stat: String, ticks: Double, pageSize: Int, openFiles: Int) -> ProcessUsage? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> Int? { fields.count > number - 3 ? Int(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let size = field(23),
            let pages = field(24)
        else { return nil }
        return ProcessUsage(
            cpuTime: .seconds(Double(user + system) / ticks), residentBytes: pages * pageSize, virtualBytes: size,
            threads: threads, openFiles: openFiles)
    }
}
