public import Graph
internal import Market

/// How a session is cut into brackets and rows (definitions §7).
public struct TimeProfileSettings: NodeSettings {
    public var bracket = Duration.seconds(1_800)
    public var initialBalance = Duration.seconds(3_600)
    /// The part of the first hour in billionths that must have been seen.
    public var initialCoverage: Int64 = 950_000_000
    /// Of the TPOs in the value area, in millionths.
    public var shareInMillionths: Int64 = 700_000
    public var rowTicks = 1
    public var rowLimit = TimeProfile.standardRowLimit
    /// Whether what still grows is shown between the ends of brackets.
    public var live = false

    public init() {}

    public init(reading reader: inout SettingsReader) {
        bracket = reader.duration(
            "bracket", default: bracket, in: .seconds(60) ... .seconds(86_400),
            meaning: "Length of a bracket, counted from the session's open")
        initialBalance = reader.duration(
            "initialBalance", default: initialBalance, in: .seconds(60) ... .seconds(86_400),
            meaning: "How long the initial balance lasts")
        initialCoverage = reader.decimal(
            "initialCoverage", default: initialCoverage, in: 0...Price.scale,
            meaning: "The part of the initial balance's time that must have been seen for later values to use it")
        shareInMillionths =
            reader.decimal(
                "valueArea", default: shareInMillionths * 1_000, in: 1_000_000...Price.scale,
                meaning: "The part of the TPOs in the value area") / 1_000
        rowTicks = reader.integer("rowTicks", default: rowTicks, in: 1...1_000_000, meaning: "Height of a row in ticks")
        rowLimit = reader.integer(
            "rowLimit", default: rowLimit, in: VolumeProfile.smallestRowLimit...65_535,
            meaning: "Rows; where prices span more, rows are merged in pairs and the update says so")
        live = reader.flag(
            "live", default: live, meaning: "Whether changes are shown before their bracket ends, at the live interval")
    }
}
