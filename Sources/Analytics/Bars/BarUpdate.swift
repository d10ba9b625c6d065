public import Updates

/// What must be known of a bar beside its figures.
public struct BarMarks: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// The session ended before the threshold was reached.
    public static let partial = BarMarks(rawValue: 1)
    /// Events are missing inside the bar.
    public static let gap = BarMarks(rawValue: 2)
    /// An adaptive bar that ended at its length, not at its threshold.
    public static let byLength = BarMarks(rawValue: 4)
    /// One trade filled so many bars that this one took all that was left of it.
    public static let spilled = BarMarks(rawValue: 8)

    static let names = ["partial", "gap", "byLength", "spilled"]
}

/// A bar that follows trades instead of the clock, as it goes out (definitions §14).
public struct BarUpdate: UpdateBody {
    public var candle: CandleUpdate
    public var delta: Int64
    public var maxDelta: Int64
    public var minDelta: Int64
    public var cumulative: Int64
    public var firstTime: Int64
    public var lastTime: Int64
    /// Trades, units, or units of the quote currency, as `threshold`.
    public var theta: Double
    public var threshold: Double
    public var expectedLength: Double
    /// Steps.
    public var pending: Int64
    public var marks: UInt32
    public var sum: UInt8
    public var measure: UInt8
    public var splits: UInt8
    public var adaptive: UInt8

    static func place<Value: Equatable>(of value: Value, in all: [Value]) -> UInt8 {
        UInt8(all.firstIndex(of: value) ?? 0)
    }

    public static let layout = UpdateLayout(
        template: 45, kind: "bar", size: MemoryLayout<Self>.size,
        fields: CandleUpdate.layout.fields + [
            UpdateField("delta", .quantity, \Self.delta, "Buy volume less sell volume."),
            UpdateField("maxDelta", .quantity, \Self.maxDelta, "Highest delta inside the bar, its first 0 counted."),
            UpdateField("minDelta", .quantity, \Self.minDelta, "Lowest delta inside the bar, its first 0 counted."),
            UpdateField("cvd", .quantity, \Self.cumulative, "Cumulative delta of the session at the bar's end."),
            UpdateField("firstTime", .time, \Self.firstTime, "Earliest venue time of its trades."),
            UpdateField("lastTime", .time, \Self.lastTime, "Latest venue time of its trades."),
            UpdateField(
                "theta", .real, \Self.theta,
                "What the threshold is for: the sum, the signed imbalance, or the larger run; trades, units or money."
            ),
            UpdateField(
                "threshold", .real, \Self.threshold,
                "What theta's magnitude must reach; null while an adaptive bar expects nothing."),
            UpdateField(
                "expectedLength", .real, \Self.expectedLength,
                "Trades that an adaptive bar is expected to have; null with a fixed threshold."),
            UpdateField(
                "correctionsPending", .quantity, \Self.pending,
                "Volume that late trades, cancels and corrections of the session changed: no bar holds it."),
            UpdateField(
                "marks", .marks(BarMarks.names), \Self.marks, "What the bar is not: whole, or by its threshold."),
            UpdateField("sum", .choice(BarSum.allCases.map(\.rawValue)), \Self.sum, "What is summed."),
            UpdateField(
                "measure", .choice(BarMeasure.allCases.map(\.rawValue)), \Self.measure, "What a trade counts."),
            UpdateField(
                "splits", .flag, \Self.splits, "1 where the crossing trade is cut, 0 where the bar overshoots."),
            UpdateField("adaptive", .flag, \Self.adaptive, "1 where the threshold is learnt from earlier bars."),
        ],
        meaning: "A bar by trades, volume, money, imbalance or runs, labelled by the time of its first trade.")
}
