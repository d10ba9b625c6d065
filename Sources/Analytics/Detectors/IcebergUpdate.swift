internal import Market
public import Updates

/// An iceberg, as it goes out: once when it is found, and once, final, when it is over.
public struct IcebergUpdate: UpdateBody {
    public var firstTime: Int64
    public var lastTime: Int64
    public var first: Int64
    public var last: Int64
    public var prints: Int64
    public var price: Int64
    public var executed: Int64
    public var shown: Int64
    public var added: Int64
    public var refills: Int64
    public var hidden: Int64
    public var expectedTotal: Double
    public var signs: UInt32
    public var side: UInt8
    public var method: UInt8
    public var end: UInt8
    public var inferred: UInt8

    init(_ tranches: Tranches, _ end: IcebergEnd, expectedTotal: Double) {
        (firstTime, lastTime) = (tranches.firstTime, tranches.lastTime)
        (first, last) = (Int64(truncatingIfNeeded: tranches.first), Int64(truncatingIfNeeded: tranches.last))
        (prints, price, executed) = (tranches.prints, tranches.price, tranches.executed)
        (shown, added, refills, hidden) = (tranches.shown, tranches.added, tranches.refills, tranches.hidden)
        self.expectedTotal = expectedTotal
        signs = tranches.signs.rawValue
        side = tranches.side.rawValue
        method = tranches.method.rawValue
        self.end = end.rawValue
        inferred = tranches.inferred > 0 ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 36, kind: "iceberg", size: MemoryLayout<Self>.size, fields: fields,
        meaning: "An order that shows only a part of itself and comes back as it is executed (definitions §12).")

    private static let fields = [
        UpdateField("firstTime", .time, \Self.firstTime, "Venue time of its first execution."),
        UpdateField("lastTime", .time, \Self.lastTime, "Latest venue time of an execution."),
        UpdateField("first", .count, \Self.first, "Event number of its first execution."),
        UpdateField("last", .count, \Self.last, "Event number of its last execution."),
        UpdateField("prints", .count, \Self.prints, "Executions of it."),
        UpdateField("price", .price, \Self.price, "Its price."),
        UpdateField("executed", .quantity, \Self.executed, "Volume executed at the price, or of the orders."),
        UpdateField("shown", .quantity, \Self.shown, "The largest size shown at once."),
        UpdateField("added", .quantity, \Self.added, "Rises of the shown size that no execution explains."),
        UpdateField("refills", .count, \Self.refills, "How often it came back after executions."),
        UpdateField("hidden", .quantity, \Self.hidden, "Executed less shown and added, not below 0: the estimate."),
        UpdateField(
            "expectedTotal", .real, \Self.expectedTotal,
            "Size in units that ended ones lead to expect (Kaplan-Meier); null once it is over or with too few ended."),
        UpdateField("signs", .marks(Tranches.Signs.names), \Self.signs, "What speaks for an iceberg."),
        UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "The side of the book on which it stands."),
        UpdateField("method", .choice(IcebergMethod.names), \Self.method, "How it was seen."),
        UpdateField("ending", .choice(IcebergEnd.names), \Self.end, "What ended it; open where nothing has yet."),
        UpdateField("inferred", .flag, \Self.inferred, "1 where some execution's side was not told by the venue."),
    ]
}
