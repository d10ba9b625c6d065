internal import Memory

/// The population standard deviation of the last n numbers and their mean, from exact integer sums of distances and
/// their squares: nothing drifts, however long it runs (definitions §8).
public struct RollingDeviation: SeriesIndicator {
    public let length: Int
    public let unit: CountUnit
    /// In units; not a number until n numbers were seen.
    public private(set) var value = Double.nan
    /// Their mean, in units.
    public private(set) var mean = Double.nan
    private var window: RollingCounts
    /// Every number with the weight 1.
    private var sums = VolumeWeightedPrice()

    /// `length` is above 0.
    public init(length: Int, unit: CountUnit) {
        self.length = length
        self.unit = unit
        window = RollingCounts(length: length)
    }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        sums.add(price: count, quantity: 1)
        if let left = window.push(count) { sums.remove(price: left, quantity: 1) }
        guard window.isFull else { return value }
        // The sums take every count for a billionth.
        value = sums.deviation * Double(unit.billionths)
        mean = sums.value * Double(unit.billionths)
        return value
    }

    public mutating func reset() {
        window.removeAll()
        sums = VolumeWeightedPrice()
        (value, mean) = (.nan, .nan)
    }
}

extension RollingDeviation: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &mean, &sums)
        window.archive(&archive)
    }
}
