internal import Memory

/// ROC: the change over n bars in percent of the number it started from; undefined where that is 0.
public struct RateOfChange: SeriesIndicator {
    public let length: Int
    /// Percent; not a number until n + 1 numbers were seen.
    public private(set) var value = Double.nan
    public private(set) var isWarm = false
    private var window: RollingCounts

    /// `length` is above 0.
    public init(length: Int) {
        self.length = length
        window = RollingCounts(length: length)
    }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        guard let before = window.push(count) else { return value }
        isWarm = true
        let distance = UInt64(bitPattern: count > before ? count &- before : before &- count)
        let change = count > before ? Double(distance) : -Double(distance)
        value = before == 0 ? .nan : 100 * change / Double(before)
        return value
    }

    public mutating func reset() {
        window.removeAll()
        (value, isWarm) = (.nan, false)
    }
}

extension RateOfChange: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &isWarm)
        window.archive(&archive)
    }
}
