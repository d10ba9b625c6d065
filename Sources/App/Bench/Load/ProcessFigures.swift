internal import Foundation

/// What the system knows of this process.
enum ProcessFigures {
    /// The most memory that it has held, in MiB.
    static var peakMemory: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (kibibytes ?? 0) / 1_024
    }
}

/// How busy the machine was, and by whom, from one moment to another: in the system's hundredths of a second.
struct MachineLoad: Sendable {
    private let total: Int
    private let idle: Int
    private let own: Int

    init(machine: String, own: String) {
        let times = machine.prefix { $0 != "\n" }.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        total = times.reduce(0, +)
        // Waiting for a disk is idleness too.
        idle = times.count > 4 ? times[3] + times[4] : 0
        // Behind the name, which may hold anything: its own user and system time and those of children that have ended.
        let fields = own[(own.lastIndex(of: ")") ?? own.startIndex)...].split(separator: " ")
        self.own = fields.dropFirst(12).prefix(4).compactMap { Int($0) }.reduce(0, +)
    }

    /// As of now.
    static var now: MachineLoad {
        MachineLoad(
            machine: (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? "",
            own: (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? "")
    }

    /// The part of the machine's time since then that other programs, or other machines on the same cores, have used.
    func others(since earlier: MachineLoad) -> Double {
        guard total > earlier.total else { return 0 }
        let busy = total - earlier.total - (idle - earlier.idle) - (own - earlier.own)
        return max(0, Double(busy) / Double(total - earlier.total))
    }
}
