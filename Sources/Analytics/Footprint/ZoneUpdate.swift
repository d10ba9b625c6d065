internal import Market
public import Updates

/// A stack of imbalances of a closed bar as a zone of prices, at its birth and again at its end.
public struct ZoneUpdate: UpdateBody {
    /// Why a zone is no more.
    public enum Ending: UInt8, CaseIterable, BitwiseCopyable, Sendable {
        /// It still lives.
        case none
        /// A trade went beyond its far edge.
        case through
        /// The session closed.
        case session
        /// There were too many; it was the oldest.
        case limit

        static let names = Ending.allCases.map { "\($0)" }
    }

    /// What else the zone's bar showed.
    public struct Marks: OptionSet, BitwiseCopyable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let unfinishedHigh = Marks(rawValue: 1)
        public static let unfinishedLow = Marks(rawValue: 2)
        static let names = ["unfinishedHigh", "unfinishedLow"]
    }

    public var zone: Int64
    public var low: Int64
    public var high: Int64
    public var rowHeight: Int64
    public var rows: Int64
    public var volume: Int64
    public var trades: Int64
    public var firstNumber: Int64
    public var lastNumber: Int64
    public var since: Int64
    public var ended: Int64
    public var endNumber: Int64
    public var marks: UInt32
    public var side: UInt8
    public var ending: UInt8
    public var atHigh: UInt8
    public var atLow: UInt8

    /// A stack of a bar that closes now; `number` is that of its first update.
    init(_ stack: ImbalanceStack, of bar: borrowing FootprintBar, number: UInt64) {
        let rows = bar.filled
        zone = Int64(clamping: number)
        low = bar.price(ofCell: rows.lowerBound + stack.low)
        high = bar.price(ofCell: rows.lowerBound + stack.high)
        rowHeight = bar.rowHeight
        self.rows = Int64(stack.high - stack.low + 1)
        volume = stack.volume
        trades = bar.sums.count
        (firstNumber, lastNumber) = (Int64(clamping: bar.firstNumber), Int64(clamping: bar.lastNumber))
        since = bar.end
        (ended, endNumber) = (0, 0)
        var marks: Marks = []
        if bar[rows.upperBound - 1].isTwoSided { marks.insert(.unfinishedHigh) }
        if bar[rows.lowerBound].isTwoSided { marks.insert(.unfinishedLow) }
        self.marks = marks.rawValue
        side = stack.side.rawValue
        ending = Ending.none.rawValue
        atHigh = stack.high == rows.count - 1 ? 1 : 0
        atLow = stack.low == 0 ? 1 : 0
    }

    /// The first price above the zone.
    var top: Int64 { high &+ rowHeight }
    var isBuy: Bool { side == Side.buy.rawValue }

    /// Whether a price lies beyond the far edge, against the zone's side: below buyers, above sellers.
    func isBroken(by price: Int64) -> Bool { isBuy ? price < low : price >= top }

    public static let layout = UpdateLayout(
        template: 31, kind: "zone", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("zone", .count, \Self.zone, "Number of the update that told of its birth: the zone's name."),
            UpdateField("low", .price, \Self.low, "Lowest row, lower edge."),
            UpdateField("high", .price, \Self.high, "Highest row, lower edge."),
            UpdateField("rowHeight", .price, \Self.rowHeight, "Height of a row: the zone ends that much above `high`."),
            UpdateField("rows", .count, \Self.rows, "Rows in the zone."),
            UpdateField("volume", .quantity, \Self.volume, "Volume of its aggressors in these rows of its bar."),
            UpdateField("trades", .count, \Self.trades, "Trades of its bar."),
            UpdateField("firstNumber", .count, \Self.firstNumber, "Number of the first event in its bar."),
            UpdateField("lastNumber", .count, \Self.lastNumber, "Number of the last event in its bar."),
            UpdateField("since", .time, \Self.since, "End of its bar: from here on it stands."),
            UpdateField("ended", .time, \Self.ended, "When it ended; null while it stands."),
            UpdateField("endNumber", .count, \Self.endNumber, "Number of the trade that went through it; 0 for none."),
            UpdateField("marks", .marks(Marks.names), \Self.marks, "What else its bar showed."),
            UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "Whose imbalances it is made of."),
            UpdateField("ending", .choice(Ending.names), \Self.ending, "Why it ended."),
            UpdateField("atHigh", .flag, \Self.atHigh, "1 where it reaches its bar's highest row."),
            UpdateField("atLow", .flag, \Self.atLow, "1 where it reaches its bar's lowest row."),
        ],
        meaning: "Stacked imbalances of a closed bar, until they are traded through.")
}
