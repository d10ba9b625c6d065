internal import Memory

/// SMA: the mean of the last n numbers, from an exact integer sum that never drifts (definitions §8).
public struct SimpleAverage: SeriesIndicator {
    public let length: Int
    public let unit: CountUnit
    /// In units; not a number until n numbers were seen.
    public private(set) var value = Double.nan
    private var window: RollingCounts
    private var sum: Int128 = 0

    /// `length` is above 0.
    public init(length: Int, unit: CountUnit) {
        self.length = length
        self.unit = unit
        window = RollingCounts(length: length)
    }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        sum += Int128(count)
        if let left = window.push(count) { sum -= Int128(left) }
        guard window.isFull else { return value }
        let (whole, rest) = ExactMean.split(sum, Int64(length))
        value = unit.value(whole, rest)
        return value
    }

    public mutating func reset() {
        window.removeAll()
        (sum, value) = (0, .nan)
    }
}

extension SimpleAverage: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &sum)
        window.archive(&archive)
    }
}
