public import Updates

/// Two pivots of the price that cumulative delta does not follow, as it goes out.
public struct DivergenceUpdate: UpdateBody {
    public var price: Int64
    public var priorPrice: Int64
    public var cumulative: Int64
    public var priorCumulative: Int64
    public var threshold: Double
    public var pivotTime: Int64
    public var priorPivotTime: Int64
    public var pivotBar: Int64
    public var priorBar: Int64
    public var distance: Int64
    public var shape: UInt32
    public var form: UInt8
    public var direction: UInt8
    public var pivot: UInt8
    public var atExtreme: UInt8

    public static let shapeNames = ["higherPrice", "lowerPrice", "higherCumulative", "lowerCumulative"]
    public static let formNames = ["regular", "hidden"]
    public static let directionNames = ["bearish", "bullish"]
    public static let pivotNames = ["high", "low"]

    public static let layout = UpdateLayout(
        template: 40, kind: "divergence", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Price of the pivot: its bar's high or low."),
            UpdateField("priorPrice", .price, \Self.priorPrice, "Price of the pivot before it."),
            UpdateField("cumulative", .quantity, \Self.cumulative, "Cumulative delta at the end of the pivot's bar."),
            UpdateField(
                "priorCumulative", .quantity, \Self.priorCumulative,
                "Cumulative delta at the end of the bar of the pivot before it."),
            UpdateField(
                "threshold", .real, \Self.threshold, "Change of cumulative delta that had to be reached, in steps."),
            UpdateField(
                "pivotTime", .time, \Self.pivotTime,
                "Start of the pivot's bar; it was known to be one only at the update's end."),
            UpdateField("priorPivotTime", .time, \Self.priorPivotTime, "Start of the bar of the pivot before it."),
            UpdateField("pivotBar", .count, \Self.pivotBar, "Number of the update of the pivot's bar; 0 for none."),
            UpdateField("priorBar", .count, \Self.priorBar, "Number of the update of the bar before; 0 for none."),
            UpdateField("distance", .count, \Self.distance, "Bars from the pivot before to the pivot."),
            UpdateField("shape", .marks(shapeNames), \Self.shape, "How price and cumulative delta moved."),
            UpdateField("form", .choice(formNames), \Self.form, "Regular, or hidden where the price fell short."),
            UpdateField("direction", .choice(directionNames), \Self.direction, "What it speaks for."),
            UpdateField("pivot", .choice(pivotNames), \Self.pivot, "Which pivots are compared."),
            UpdateField(
                "atExtreme", .flag, \Self.atExtreme, "1 where the pivot is the session's extreme among the bars so far."
            ),
        ],
        meaning: "Pivots of price and cumulative delta that disagree, stamped when the pivot is confirmed.")
}
