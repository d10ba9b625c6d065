/// Counts times by their length: exact below 256 ns, beyond it in steps of at most 0.8 % of the value.
///
/// Each power of two is parted into 128 steps of one width, so that a value finds its step by shifts alone.
struct LatencyHistogram: Equatable, Sendable {
    private static let stepBits = 7
    private static let steps = 1 << stepBits
    /// 2^40 ns are eighteen minutes; what is longer counts as that.
    private static let limit: Int64 = (1 << 40) - 1

    private var counts = [Int](repeating: 0, count: LatencyHistogram.steps * 34)
    private(set) var count = 0
    /// The longest time as it was, in nanoseconds.
    private(set) var longest: Int64 = 0

    /// Counts a time in nanoseconds; a clock that went backward counts as no time.
    mutating func add(_ nanoseconds: Int64, times: Int = 1) {
        let value = min(max(nanoseconds, 0), LatencyHistogram.limit)
        counts[LatencyHistogram.step(of: value)] += times
        count += times
        longest = max(longest, nanoseconds)
    }

    mutating func add(_ other: LatencyHistogram) {
        for step in counts.indices { counts[step] += other.counts[step] }
        count += other.count
        longest = max(longest, other.longest)
    }

    /// The time that so many of a million times do not exceed, in nanoseconds; 0 where nothing was counted.
    func percentile(millionths: Int) -> Int64 {
        precondition((0...1_000_000).contains(millionths), "A part of a million must lie in it.")
        let wanted = max(1, (count * millionths + 999_999) / 1_000_000)
        var seen = 0
        for step in counts.indices {
            seen += counts[step]
            if seen >= wanted { return min(LatencyHistogram.last(of: step), longest) }
        }
        return longest
    }

    /// Every step that counted something: its last nanosecond, its count, and how many times were no longer.
    var rows: [(nanoseconds: Int64, count: Int, upTo: Int)] {
        var rows: [(Int64, Int, Int)] = []
        var seen = 0
        for step in counts.indices where counts[step] > 0 {
            seen += counts[step]
            rows.append((min(LatencyHistogram.last(of: step), longest), counts[step], seen))
        }
        return rows
    }

    private static func step(of value: Int64) -> Int {
        let bits = Int64.bitWidth - value.leadingZeroBitCount
        let shift = max(bits - stepBits - 1, 0)
        return shift * steps + Int(value >> Int64(shift))
    }

    private static func last(of step: Int) -> Int64 {
        guard step >= 2 * steps else { return Int64(step) }
        let shift = Int64(step / steps - 1)
        return (Int64(step) - shift * Int64(steps) + 1) << shift - 1
    }
}

/// As text on one line, for a program to tell another: the longest time, then `nanoseconds:count` for each step.
extension LatencyHistogram {
    var text: String { ([String(longest)] + rows.map { "\($0.nanoseconds):\($0.count)" }).joined(separator: " ") }

    /// Nil for what is no such text.
    init?(_ text: some StringProtocol) {
        self.init()
        let words = text.split(separator: " ")
        guard let first = words.first, let longest = Int64(first) else { return nil }
        for word in words.dropFirst() {
            let pair = word.split(separator: ":")
            guard pair.count == 2, let value = Int64(pair[0]), let count = Int(pair[1]), value >= 0, count > 0 else {
                return nil
            }
            add(value, times: count)
        }
        self.longest = longest
    }
}
