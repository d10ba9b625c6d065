public import Updates

/// A formula's value after a bar, as it goes out.
public struct FormulaUpdate: UpdateBody {
    public var value: Double
    public var close: Int64
    public var candle: Int64
    public var bars: Int64
    public var state: Int64
    public var inputs: UInt32
    public var defined: UInt8
    public var holds: UInt8
    public var changed: UInt8
    public var gap: UInt8

    public static let layout = UpdateLayout(
        template: 56, kind: "formula", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField(
                "value", .real, \Self.value, "The formula's value; null where it is undefined or not yet known."),
            UpdateField("close", .price, \Self.close, "Close of the bar."),
            UpdateField(
                "candle", .count, \Self.candle, "Number of the bar's own update; 0 where bars are not published."),
            UpdateField("bars", .count, \Self.bars, "Bars that the value rests on, up to this one."),
            UpdateField(
                "state", .count, \Self.state, "Number of the market state's update that it rests on; 0 for none."),
            UpdateField(
                "inputs", .marks(FormulaInputs.names), \Self.inputs, "What the value rests on beside the bar."),
            UpdateField("defined", .flag, \Self.defined, "Whether the value is known."),
            UpdateField("holds", .flag, \Self.holds, "Whether the value is known and not 0: a condition is met."),
            UpdateField("changed", .flag, \Self.changed, "Whether `holds` differs from the bar before."),
            UpdateField("gap", .flag, \Self.gap, "Whether events are missing in what the value rests on."),
        ],
        meaning: "The value of a user's own formula after a finished bar.")
}
