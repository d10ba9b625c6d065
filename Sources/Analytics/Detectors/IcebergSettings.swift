public import Graph

/// What makes an iceberg (definitions §12); all numbers but the papers' method are proposals.
public struct IcebergSettings: NodeSettings {
    var within: Duration
    var idle: Duration
    var refills: Int
    var ratio: Int
    /// Icebergs that must have ended before a total is expected.
    var history: Int

    public init(reading reader: inout SettingsReader) {
        within = reader.duration(
            "within", default: .milliseconds(150), in: .milliseconds(1) ... .seconds(10),
            meaning: "The longest time from an execution to the refill that it explains, and the longest absence")
        idle = reader.duration(
            "idle", default: .seconds(60), in: .seconds(1) ... .seconds(86_400),
            meaning: "How long without an execution before it is over")
        refills = reader.integer(
            "refills", default: 3, in: 1...1000, meaning: "The fewest refills of a level or of a chain of orders")
        ratio = reader.integer(
            "ratio", default: 3, in: 1...1000,
            meaning: "The least executed volume of a level or a chain, as a multiple of the largest size shown")
        history = reader.integer(
            "history", default: 30, in: 1...1_000_000,
            meaning: "Icebergs of the same method that must have ended before a total size is expected")
        if idle < within {
            reader.fault(
                at: "idle", problem: "it is shorter than what a refill may take", remedy: "Write at least within")
        }
    }

    var rule: IcebergRule {
        IcebergRule(
            within: DurationText.nanoseconds(within), idle: DurationText.nanoseconds(idle), refills: Int64(refills),
            ratio: Int64(ratio))
    }
}
