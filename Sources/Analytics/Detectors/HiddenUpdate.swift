internal import Market
internal import Memory
public import Updates

/// Why a print must have met an order that was not shown.
public enum HiddenKind: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Its price lies strictly between bid and ask.
    case inside
    /// It is larger than what was shown at its price.
    case larger

    static let names = HiddenKind.allCases.map { "\($0)" }
}

/// Prints at one price that met what was not shown, joined while they follow each other closely.
struct HiddenGroup: Plain, Sendable {
    let price: Int64
    /// The hidden order's side of the book.
    let side: Side
    let kind: HiddenKind
    var firstTime: Int64
    var lastTime: Int64
    var first: UInt64
    var last: UInt64
    var prints: Int64 = 0
    /// The volume that was not shown, all volume of the prints, and the part whose side was inferred, steps.
    var hidden: Int64 = 0
    var executed: Int64 = 0
    var inferred: Int64 = 0
    /// The largest size shown that a print exceeded, steps.
    var shown: Int64 = 0
    /// Best bid and ask before the first print.
    var bid: Int64
    var ask: Int64
    var isRevised = false

    static var bounds: [PlainBound] { [.choice(\Self.side), .choice(\Self.kind), .flag(\Self.isRevised)] }

    init(_ trade: borrowing Trade, side: Side, kind: HiddenKind) {
        (price, self.side, self.kind) = (trade.price, side, kind)
        (firstTime, lastTime, first, last) = (trade.time, trade.time, trade.number, trade.number)
        (bid, ask) = (trade.bid, trade.ask)
    }

    mutating func add(_ trade: borrowing Trade, hidden: Int64, shown: Int64) {
        lastTime = max(lastTime, trade.time)
        last = trade.number
        prints += 1
        self.hidden = Tranches.sum(self.hidden, hidden)
        executed = Tranches.sum(executed, trade.quantity)
        if trade.isInferred { inferred = Tranches.sum(inferred, trade.quantity) }
        self.shown = max(self.shown, shown)
    }

    /// Whether the price is the middle of the quote, to the billionth.
    var isMiddle: Bool { Int128(price) * 2 == Int128(bid) + Int128(ask) }
}

/// Executions against orders that were not shown, as they go out.
public struct HiddenUpdate: UpdateBody {
    public var firstTime: Int64
    public var lastTime: Int64
    public var first: Int64
    public var last: Int64
    public var prints: Int64
    public var price: Int64
    public var hidden: Int64
    public var executed: Int64
    public var shown: Int64
    public var bid: Int64
    public var ask: Int64
    public var cuts: UInt32
    public var side: UInt8
    public var cause: UInt8
    public var middle: UInt8
    public var inferred: UInt8

    /// What ended the group before its pause did; the names are those of the marks.
    struct Cuts: OptionSet, Sendable {
        let rawValue: UInt32
        static let gap = Cuts(rawValue: 1)
        static let room = Cuts(rawValue: 2)

        static let names = ["gap", "room"]
    }

    init(_ group: HiddenGroup, cuts: Cuts) {
        (firstTime, lastTime) = (group.firstTime, group.lastTime)
        (first, last) = (Int64(truncatingIfNeeded: group.first), Int64(truncatingIfNeeded: group.last))
        (prints, price, hidden, executed) = (group.prints, group.price, group.hidden, group.executed)
        (shown, bid, ask) = (group.shown, group.bid, group.ask)
        self.cuts = cuts.rawValue
        side = group.side.rawValue
        cause = group.kind.rawValue
        middle = group.isMiddle ? 1 : 0
        inferred = group.inferred > 0 ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 37, kind: "hidden", size: MemoryLayout<Self>.size, fields: fields,
        meaning: "Lit executions against orders that were not shown, joined by price and side (definitions §12).")

    private static let fields = [
        UpdateField("firstTime", .time, \Self.firstTime, "Venue time of the first print."),
        UpdateField("lastTime", .time, \Self.lastTime, "Latest venue time of a print."),
        UpdateField("first", .count, \Self.first, "Event number of the first print."),
        UpdateField("last", .count, \Self.last, "Event number of the last print."),
        UpdateField("prints", .count, \Self.prints, "Prints that met what was not shown."),
        UpdateField("price", .price, \Self.price, "Their price."),
        UpdateField("hidden", .quantity, \Self.hidden, "Their volume beyond what was shown."),
        UpdateField("executed", .quantity, \Self.executed, "All their volume."),
        UpdateField("shown", .quantity, \Self.shown, "The largest size shown that was exceeded; 0 inside the spread."),
        UpdateField("bid", .price, \Self.bid, "Best bid before the first print."),
        UpdateField("ask", .price, \Self.ask, "Best ask before the first print."),
        UpdateField("cuts", .marks(Cuts.names), \Self.cuts, "What ended the group before its pause did."),
        UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "The hidden order's side of the book."),
        UpdateField("cause", .choice(HiddenKind.names), \Self.cause, "Why it must have been hidden."),
        UpdateField("middle", .flag, \Self.middle, "1 at the middle of the first print's quote."),
        UpdateField("inferred", .flag, \Self.inferred, "1 where some print's side was not told by the venue."),
    ]
}
