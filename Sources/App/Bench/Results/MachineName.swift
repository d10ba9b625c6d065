internal import Foundation

/// What a ratio was measured on: the processor's name and how many cores the program sees. Another machine's ratios are
/// others.
enum MachineName {
    static let field = "machine"

    static var current: String {
        name(in: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
            + "/\(ProcessInfo.processInfo.activeProcessorCount)"
    }

    /// In one word, as fields have no spaces.
    static func name(in listing: String) -> String {
        let line = listing.split(separator: "\n").first { $0.hasPrefix("model name") }
        let words = line?.drop { $0 != ":" }.dropFirst().split(separator: " ") ?? []
        return words.isEmpty ? "unknown" : words.joined(separator: "-")
    }
}
