internal import Memory

/// The highest or the lowest of the last n numbers.
public struct RollingExtreme: SeriesIndicator {
    public let length: Int
    public let isHighest: Bool
    public let unit: CountUnit
    /// In units; not a number until n numbers were seen.
    public private(set) var value = Double.nan
    private var fold: SlidingFold<Highest>
    private var seen = 0

    /// `length` is above 0.
    public init(length: Int, highest isHighest: Bool, unit: CountUnit) {
        self.length = length
        self.isHighest = isHighest
        self.unit = unit
        fold = SlidingFold(length: length)
    }

    /// `count` is above `Int64.min`.
    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        // The lowest is the highest with its sign turned.
        let highest = fold.add(Highest(count: isHighest ? count : -count)).count
        seen = min(seen + 1, length)
        if seen == length { value = unit.value(isHighest ? highest : -highest) }
        return value
    }

    public mutating func reset() {
        fold.removeAll()
        (seen, value) = (0, .nan)
    }
}

extension RollingExtreme: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &seen)
        fold.archive(&archive)
    }
}
