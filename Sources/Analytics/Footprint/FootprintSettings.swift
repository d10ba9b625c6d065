public import Graph
internal import Market

/// What a topology says of `footprint`.
public struct FootprintSettings: NodeSettings {
    /// Each width costs every trade a row.
    public static let widthLimit = 8
    static let widthRange: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
    static let standardRowLimit = 1_024
    static let rowLimits = VolumeProfile.smallestRowLimit...16_384

    public var widths: [Duration] = [.seconds(60), .seconds(300)]
    public var rowTicks = 1
    /// Billionths.
    public var ratio: Int64 = 3 * Price.scale
    /// Billionths of a unit; 0 for the median row volume of the bar.
    public var minimumVolume: Int64 = 0
    public var ignoreZeros = false
    public var stack = 3
    public var rowLimit = FootprintSettings.standardRowLimit
    public var horizon = Duration.seconds(35)
    /// Five seconds, as for the rows of a profile: all rows are sent anew.
    public var live = Duration.seconds(5)
    /// Billionths.
    public var valueArea: Int64 = 700_000_000

    public init() {}

    public init(reading reader: inout SettingsReader) {
        widths = FootprintSettings.widths(&reader, default: widths)
        rowTicks = reader.integer("rowTicks", default: rowTicks, in: 1...1_000_000, meaning: "Height of a row in ticks")
        ratio = reader.decimal(
            "ratio", default: ratio, in: Price.scale...1_000 * Price.scale,
            meaning: "How many times a side must be the other side of the next row to be an imbalance")
        minimumVolume = reader.decimal(
            "minimumVolume", default: minimumVolume, in: 0...1 << 62,
            meaning: "Volume that makes an imbalance where the other side has none; 0 for the bar's median row")
        ignoreZeros = reader.flag(
            "ignoreZeros", default: ignoreZeros, meaning: "No imbalance where the other side has no volume")
        stack = reader.integer("stack", default: stack, in: 2...100, meaning: "Consecutive imbalances that make a zone")
        rowLimit = reader.integer(
            "rowLimit", default: rowLimit, in: FootprintSettings.rowLimits,
            meaning: "Rows of a bar; where prices span more, rows are merged in pairs and the update says so")
        horizon = reader.duration(
            "horizon", default: horizon, in: .zero ... .seconds(3_600),
            meaning: "How long after its end a closed bar is revised by late, cancelled and corrected trades")
        live = reader.duration(
            "live", default: live, in: .zero ... .seconds(86_400),
            meaning: "How often growing bars are published, no oftener than the node's `live`; `off` for never")
        valueArea = reader.decimal(
            "valueArea", default: valueArea, in: 1_000_000...1_000_000_000,
            meaning: "The part of the volume in the value area")
    }

    /// The widths of the bars, in the order of the file.
    static func widths(_ reader: inout SettingsReader, default standard: [Duration]) -> [Duration] {
        let chosen = reader.durations("widths", default: standard, in: widthRange, meaning: "The widths of the bars")
        guard chosen.count <= widthLimit else {
            reader.fault(
                at: "widths", problem: "there are more than \(widthLimit) widths", remedy: "Leave some of them out")
            return Array(chosen.prefix(widthLimit))
        }
        return chosen
    }

    /// The rule in an instrument's own steps; a minimum is rounded up.
    func rule(sizeStep: Int64) -> FootprintRule {
        let (whole, rest) = minimumVolume.quotientAndRemainder(dividingBy: sizeStep)
        return FootprintRule(
            ratio: ratio, minimum: min(rest > 0 ? whole + 1 : whole, Int64(1) << 61), ignoresZeros: ignoreZeros,
            stack: stack,
            area: ValueAreaRule(
                shareInMillionths: valueArea / 1_000, expansion: .twoRow, stop: .atLeast, tie: .above,
                controlTie: .middle))
    }
}
