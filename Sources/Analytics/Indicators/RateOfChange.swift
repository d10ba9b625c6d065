/// ROC: the change over n bars in percent of the number it started from; undefined where that is 0.
public struct RateOfChange: SeriesIndicator {
    public let length: Int
    /// Percent; not a number until n + 1 numbers were seen.
    public private(set) var value = Double.nan
    private var window: RollingCounts

    /// `length` is above 0.
    public init(length: Int) {
        self.length = length
        window = RollingCounts(length: length)
    }

    public var isWarm: Bool { isFilled }
    private var isFilled = false

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        guard let before = window.push(count) else { return value }
        isFilled = true
        value = before == 0 ? .nan : 100 * Double(Int128(count) - Int128(before)) / Double(before)
        return value
    }

    public mutating func reset() { self = RateOfChange(length: length) }
}
