internal import Market
internal import Memory

/// Wilder's average true range over closed bars, in units of the quote currency (definitions §8).
///
/// The true range is the largest of high − low and the distances of high and low from the close before. The average
/// begins as the mean of the first n ranges; then each range replaces one n-th of it.
public struct AverageTrueRange: BitwiseCopyable, Equatable, Sendable {
    /// Which bar's range is the first of the n.
    public enum Seed: String, CaseIterable, BitwiseCopyable, Sendable {
        /// The first bar's high − low, though no close stands before it: definitions §8.
        case firstBar
        /// The second bar's, since the first one has no true range: the convention of the Stock Indicators library.
        case secondBar
    }

    public let length: Int
    public let seed: Seed
    /// The range of the last bar; not a number where it had none.
    public private(set) var range = Double.nan
    /// The average; not a number until n ranges were seen.
    public private(set) var value = Double.nan
    private var close = Price.none.billionths
    private var ranges = 0
    private var sum = 0.0

    public init(length: Int, seed: Seed) {
        precondition(length > 0, "An average needs a length.")
        self.length = length
        self.seed = seed
    }

    /// Takes a closed bar's prices, in billionths.
    public mutating func add(high: Int64, low: Int64, close newClose: Int64) {
        let isFirst = close == Price.none.billionths
        defer { close = newClose }
        guard !isFirst || seed == .firstBar else { return }
        var widest = distance(high, low)
        if !isFirst { widest = max(widest, distance(high, close), distance(low, close)) }
        range = Double(widest) / Double(Price.scale)
        if ranges < length {
            ranges += 1
            sum += range
            if ranges == length { value = sum / Double(length) }
        } else {
            value = (value * Double(length - 1) + range) / Double(length)
        }
    }

    private func distance(_ left: Int64, _ right: Int64) -> UInt64 {
        left > right ? UInt64(bitPattern: left &- right) : UInt64(bitPattern: right &- left)
    }
}

extension AverageTrueRange: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&range, &value, &close)
        archive.values(&ranges, &sum)
    }
}
