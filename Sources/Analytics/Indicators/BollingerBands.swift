internal import Memory

/// Bollinger bands: the mean of the last n numbers, and so many population standard deviations above and below it
/// (definitions §8).
public struct BollingerBands: SeriesIndicator {
    /// How many deviations the bands lie from the mean.
    public let width: Double
    private var spread: RollingDeviation

    /// Usually 20 numbers and 2 deviations.
    public init(length: Int, width: Double, unit: CountUnit) {
        self.width = width
        spread = RollingDeviation(length: length, unit: unit)
    }

    /// The mean, in units; not a number until n numbers were seen.
    public var value: Double { spread.mean }
    /// The upper band.
    public var second: Double { spread.mean + width * spread.value }
    /// The lower band.
    public var third: Double { spread.mean - width * spread.value }
    public var deviation: Double { spread.value }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        spread.add(count)
        return value
    }

    public mutating func reset() { spread.reset() }
}

extension BollingerBands: Archivable {
    mutating func archive(_ archive: inout Archive) {
        spread.archive(&archive)
    }
}
