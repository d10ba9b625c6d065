internal import Market

/// What a bar counts of each trade (definitions §14).
public enum BarMeasure: String, CaseIterable, BitwiseCopyable, Sendable {
    /// Trades.
    case tick
    /// Their sizes.
    case volume
    /// Price × size, the magnitude where prices are negative.
    case dollar
}

/// What a bar makes of the counts: all of them, or buyers against sellers (definitions §14).
public enum BarSum: String, CaseIterable, BitwiseCopyable, Sendable {
    /// The sum over all trades.
    case plain
    /// The magnitude of buyers' less sellers' sum.
    case imbalance
    /// The larger of the buyers' and the sellers' sum.
    case runs
}

/// When a bar that follows the trades instead of the clock is complete.
public struct BarRule: BitwiseCopyable, Equatable, Sendable {
    /// What the sum must reach.
    public enum Goal: BitwiseCopyable, Equatable, Sendable {
        /// Billionths of a trade, of a unit or of the quote currency.
        case fixed(Int64)
        /// What is expected of so many trades, learnt from about `span` bars.
        case expected(trades: Int64, span: Int64)
    }

    public let sum: BarSum
    public let measure: BarMeasure
    public let goal: Goal
    /// Whether the trade that crosses the threshold is cut in two; else the bar overshoots.
    public let splits: Bool

    public init(_ sum: BarSum, of measure: BarMeasure, goal: Goal, splits: Bool) {
        self.sum = sum
        self.measure = measure
        self.goal = goal
        self.splits = splits
    }

    /// The bar's name, as others ask for it: `tick/100`, `imbalance/volume/5000`, `runs/tick/adaptive/1000`.
    public var name: String {
        let kind = sum == .plain ? measure.rawValue : "\(sum.rawValue)/\(measure.rawValue)"
        return switch goal {
        case .fixed(let amount): "\(kind)/\(DecimalText.text(billionths: Int128(amount)))"
        case .expected(let trades, _): "\(kind)/adaptive/\(trades)"
        }
    }

    /// A fixed goal in trades, steps, or billionths × steps: the least whole number that reaches it.
    func threshold(of amount: Int64, sizeStep: Int64) -> Int128 {
        switch measure {
        case .tick: BarRule.quotient(Int128(amount), Int128(Price.scale))
        case .volume: BarRule.quotient(Int128(amount), Int128(sizeStep))
        case .dollar: BarRule.quotient(Int128(amount) * Int128(Price.scale), Int128(sizeStep))
        }
    }

    private static func quotient(_ dividend: Int128, _ divisor: Int128) -> Int128 {
        max(1, (dividend + divisor - 1) / divisor)
    }

    /// How many trades, steps, or billionths × steps make one trade, unit, or unit of the quote currency. A divisor,
    /// since powers of ten are exact and their inverses are not.
    func scale(sizeStep: Int64) -> Double {
        switch measure {
        case .tick: 1
        case .volume: Double(Price.scale) / Double(sizeStep)
        case .dollar: Double(Price.scale) * Double(Price.scale) / Double(sizeStep)
        }
    }
}
