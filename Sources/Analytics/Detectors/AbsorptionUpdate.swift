public import Updates

/// Aggressive volume that a level took in, as it goes out: first as a candidate, then with how it ended.
public struct AbsorptionUpdate: UpdateBody {
    public var price: Int64
    public var low: Int64
    public var high: Int64
    public var volume: Int64
    public var buy: Int64
    public var sell: Int64
    public var deltaShare: Double
    public var threshold: Int64
    public var progress: Int64
    public var prints: Int64
    public var first: Int64
    public var last: Int64
    public var foundTime: Int64
    public var marks: UInt32
    public var side: UInt8
    public var aggressor: UInt8
    public var ending: UInt8
    public var atExtreme: UInt8

    public static let layout = UpdateLayout(
        template: 38, kind: "absorption", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "The row that held: the outermost one of the zone, lower edge."),
            UpdateField("low", .price, \Self.low, "Lowest row of the zone, lower edge."),
            UpdateField("high", .price, \Self.high, "Highest row of the zone, lower edge."),
            UpdateField("volume", .quantity, \Self.volume, "Volume in the zone from the start on."),
            UpdateField("buy", .quantity, \Self.buy, "Volume of buyers in the zone."),
            UpdateField("sell", .quantity, \Self.sell, "Volume of sellers in the zone."),
            UpdateField(
                "deltaShare", .real, \Self.deltaShare, "Buyers less sellers over the zone's volume, -1 to 1."),
            UpdateField("threshold", .quantity, \Self.threshold, "Aggressive volume that had to be reached."),
            UpdateField("progress", .count, \Self.progress, "Ticks from the zone's first print to the row that held."),
            UpdateField("prints", .count, \Self.prints, "Trades in the zone."),
            UpdateField("first", .count, \Self.first, "Number of the event of the zone's first print."),
            UpdateField("last", .count, \Self.last, "Number of the zone's last print, or of the trade that ended it."),
            UpdateField("foundTime", .time, \Self.foundTime, "When it became a candidate."),
            UpdateField("marks", .marks(TradeTail.markNames), \Self.marks, "Marks that any of the prints carried."),
            UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "The side that absorbed."),
            UpdateField("aggressor", .choice(TradeTail.sideNames), \Self.aggressor, "The side that was absorbed."),
            UpdateField(
                "ending", .choice(AbsorptionEnding.names), \Self.ending, "How it ended; open while it is a candidate."),
            UpdateField(
                "atExtreme", .flag, \Self.atExtreme, "1 where the row that held is the session's extreme so far."),
        ],
        meaning: "Aggressive volume that a level took in without giving way (definitions §12).")
}

/// How a candidate for absorption ended.
public enum AbsorptionEnding: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// It has not ended.
    case open
    /// The price traded back from the zone.
    case confirmed
    /// The price went through.
    case failed
    /// Neither happened in time.
    case expired
    /// A gap, a halt or the session's end came between.
    case interrupted

    public static let names = AbsorptionEnding.allCases.map { "\($0)" }
}
