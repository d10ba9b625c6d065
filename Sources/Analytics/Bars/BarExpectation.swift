internal import Memory

/// What the bars so far let one expect of the next: the threshold of an adaptive bar (definitions §14).
///
/// Bars teach their length T in trades and the sums per trade of buyers and sellers; each new bar weighs 2 / (span + 1)
/// against what was known. The threshold is E[T] × |E[imbalance per trade]|, or E[T] × the larger of both sides' sums
/// per trade for runs. Left alone, such estimates feed back on themselves until bars hold one trade or never end. So no
/// bar is shorter than a third of its target or longer than three times, which keeps E[T] between them as well; and
/// where nothing is expected (the first bar, or perfect balance) a bar ends at its target.
struct BarExpectation: BitwiseCopyable, Sendable {
    /// Bars are no shorter than the target divided by this, and no longer than the target times it.
    static let stretch: Int64 = 3
    /// Thresholds stay below this, which no sum of trades reaches.
    private static let thresholdLimit = 0x1p120
    /// Roundings stay below this part of a number: what is less is nothing, and a whole number stays what it is.
    private static let rounding = 0x1p-36

    let target: Int64
    private let weight: Double
    /// E[T], trades.
    private(set) var length: Double
    /// Buyers' less sellers' sum, or buyers' sum, per trade.
    private var first = 0.0
    /// Sellers' sum per trade.
    private var second = 0.0
    /// The magnitudes of both, per trade: what a balance of them is small against.
    private var magnitude = 0.0
    private var isTaught = false

    init(target: Int64, span: Int64) {
        self.target = target
        weight = 2 / Double(span + 1)
        length = Double(target)
    }

    var shortest: Int64 { (target + BarExpectation.stretch - 1) / BarExpectation.stretch }
    var longest: Int64 { target * BarExpectation.stretch }

    /// The sum that the next bar must reach, at least 1; nil where nothing is expected.
    var threshold: Int128? {
        let flow = max(first.magnitude, second)
        guard flow > magnitude * BarExpectation.rounding else { return nil }
        let expected = (length * flow * (1 - BarExpectation.rounding)).rounded(.up)
        return Int128(min(expected, BarExpectation.thresholdLimit))
    }

    /// Learns from a bar of `trades` trades; `second` is 0 where only the difference counts.
    mutating func learn(trades: Int64, _ first: Int128, _ second: Int128) {
        let count = Double(trades)
        let part = isTaught ? weight : 1
        let (first, second) = (first.double / count, second.double / count)
        length += part * (count - length)
        self.first += part * (first - self.first)
        self.second += part * (second - self.second)
        magnitude += part * (first.magnitude + second - magnitude)
        isTaught = true
    }
}

extension BarExpectation: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&length, &first, &second, &magnitude)
        archive.value(&isTaught)
    }
}
