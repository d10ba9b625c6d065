internal import Memory

/// MACD: the distance of a fast exponential average from a slow one, its own average, and the difference of both
/// (definitions §8).
///
/// The signal begins as the mean of the first distances, as in the Stock Indicators library. TA-Lib cuts the fast
/// average's first numbers off, so that both begin at the same bar, and differs at first.
public struct AverageDivergence: SeriesIndicator {
    /// Fast less slow, in units; not a number until the slow average is known.
    public private(set) var value = Double.nan
    private var fast: ExponentialAverage
    private var slow: ExponentialAverage
    private var signal: ExponentialAverage

    /// Lengths are above 0, usually 12, 26 and 9.
    public init(fast: Int, slow: Int, signal: Int, unit: CountUnit) {
        self.fast = ExponentialAverage(length: fast, unit: unit)
        self.slow = ExponentialAverage(length: slow, unit: unit)
        self.signal = ExponentialAverage(length: signal, unit: unit)
    }

    /// The signal: the average of the distance.
    public var second: Double { signal.value }
    /// The histogram: distance less signal.
    public var third: Double { value - signal.value }
    public var isWarm: Bool { signal.isWarm }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        value = fast.add(count) - slow.add(count)
        if !value.isNaN { signal.add(value: value) }
        return value
    }

    public mutating func reset() {
        value = .nan
        fast.reset()
        slow.reset()
        signal.reset()
    }
}

extension AverageDivergence: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&value)
        fast.archive(&archive)
        slow.archive(&archive)
        signal.archive(&archive)
    }
}
