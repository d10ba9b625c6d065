public import Market
public import Updates

/// The last eight bytes of a trade's update: its marks, and who took the initiative.
public struct TradeTail: BitwiseCopyable, Equatable, Sendable {
    public var marks: UInt32
    public var side: UInt8
    public var method: UInt8
    public var inferred: UInt8
    public var late: UInt8

    /// The names of `MarketEvent.Marks`, bit 0 first.
    public static let markNames = [
        "lastOfGroup", "touch", "offExchange", "auction", "snapshot", "volumeOnly", "doubtful",
    ]
    /// The names of `Side`, in the order of its raw values.
    public static let sideNames = ["unknown", "buy", "sell"]

    public init(_ aggressor: Aggressor, marks: MarketEvent.Marks, isLate: Bool) {
        self.marks = UInt32(marks.rawValue)
        side = aggressor.side.rawValue
        method = aggressor.method.rawValue
        inferred = aggressor.method.isInferred ? 1 : 0
        late = isLate ? 1 : 0
    }

    static func fields<Root>(at path: KeyPath<Root, TradeTail>) -> [UpdateField] {
        [
            UpdateField("marks", .marks(markNames), path.appending(path: \.marks), "Marks of the trade."),
            UpdateField("side", .choice(sideNames), path.appending(path: \.side), "The aggressor."),
            UpdateField("method", .choice(SignMethod.names), path.appending(path: \.method), "What told the side."),
            UpdateField("inferred", .flag, path.appending(path: \.inferred), "1 where no venue flag told the side."),
            UpdateField("late", .flag, path.appending(path: \.late), "1 where its window was closed before it came."),
        ]
    }
}

/// A trade after classification.
///
/// A venue's identifier has up to 64 bits and a JSON number only 53: `identifier` holds the low 53 bits and
/// `identifierHigh` the rest, so that both encodings keep it whole. The rest is 0 for nearly every venue.
public struct TradeUpdate: UpdateBody {
    public var price: Int64
    public var quantity: Int64
    public var venueTime: Int64
    public var receiveTime: Int64
    public var identifier: Int64
    public var identifierHigh: Int64
    public var venue: Int64
    public var conditions: Int64
    public var tail: TradeTail

    /// A trade that carries a touch has no identifier, venue or conditions; they are 0.
    public init(_ trade: MarketEvent, _ aggressor: Aggressor, isLate: Bool) {
        let isNamed = !trade.marks.contains(.touch)
        price = trade.price.billionths
        quantity = trade.quantity.steps
        venueTime = trade.venueTime.nanoseconds
        receiveTime = trade.receiveTime.nanoseconds
        let name = WideIdentifier(isNamed ? trade.identifier : 0)
        identifier = name.low
        identifierHigh = name.high
        venue = isNamed ? Int64(trade.venue) : 0
        conditions = isNamed ? Int64(trade.conditions) : 0
        tail = TradeTail(aggressor, marks: trade.marks, isLate: isLate)
    }

    public static let layout = UpdateLayout(
        template: 7, kind: "trade", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Price of the trade."),
            UpdateField("quantity", .quantity, \Self.quantity, "Size of the trade."),
            UpdateField("venueTime", .time, \Self.venueTime, "When the venue says that it happened."),
            UpdateField("receiveTime", .time, \Self.receiveTime, "When it was received; null where nobody noted it."),
            UpdateField("identifier", .count, \Self.identifier, "Low 53 bits of the venue's identifier; 0 for none."),
            UpdateField("identifierHigh", .count, \Self.identifierHigh, "The identifier divided by 2^53, mostly 0."),
            UpdateField("venue", .count, \Self.venue, "Venue as a number of the feed's own table; 0 for none."),
            UpdateField("conditions", .count, \Self.conditions, "Sale conditions as a bit set of the feed's table."),
        ] + TradeTail.fields(at: \Self.tail),
        meaning: "A trade as it came, with its aggressor and what told it.")
}

/// A 64-bit identifier in two numbers that a double holds exactly.
struct WideIdentifier {
    static let bits = 53
    let low: Int64
    let high: Int64

    init(_ identifier: UInt64) {
        low = Int64(identifier & (1 << UInt64(WideIdentifier.bits) - 1))
        high = Int64(identifier >> UInt64(WideIdentifier.bits))
    }
}

/// The best bid and ask.
public struct QuoteUpdate: UpdateBody {
    public var bid: Int64
    public var ask: Int64
    public var bidSize: Int64
    public var askSize: Int64
    public var venueTime: Int64
    public var receiveTime: Int64

    public init(_ quote: MarketEvent) {
        bid = quote.bid.billionths
        ask = quote.ask.billionths
        bidSize = quote.bidSize.steps
        askSize = quote.askSize.steps
        venueTime = quote.venueTime.nanoseconds
        receiveTime = quote.receiveTime.nanoseconds
    }

    public static let layout = UpdateLayout(
        template: 8, kind: "quote", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("bid", .price, \Self.bid, "Best bid; null where there is none."),
            UpdateField("ask", .price, \Self.ask, "Best ask; null where there is none."),
            UpdateField("bidSize", .quantity, \Self.bidSize, "Size at the best bid."),
            UpdateField("askSize", .quantity, \Self.askSize, "Size at the best ask."),
            UpdateField("venueTime", .time, \Self.venueTime, "When the venue says that it happened."),
            UpdateField("receiveTime", .time, \Self.receiveTime, "When it was received; null where nobody noted it."),
        ],
        meaning: "The best bid and ask as they came.")
}

/// One change of the book: a level's new size, an order's change, or the order to forget everything.
///
/// One exchange message is many of them; the last one is marked. Orders carry their identifier as trades do.
public struct BookUpdate: UpdateBody {
    public var price: Int64
    public var quantity: Int64
    public var venueTime: Int64
    public var receiveTime: Int64
    public var identifier: Int64
    public var identifierHigh: Int64
    public var marks: UInt32
    public var side: UInt8
    public var change: UInt8
    public var lastOfGroup: UInt8
    public var snapshot: UInt8

    /// What a change does, in the order of the raw values.
    public static let changes = ["level", "reset", "add", "modify", "remove", "fill"]

    /// Returns nil for an event that is neither a level, an order with a known action, nor a reset.
    public init?(_ event: MarketEvent) {
        switch event.kind {
        case .level: change = 0
        case .bookReset: change = 1
        case .order:
            guard let action = event.orderAction else { return nil }
            change = action.rawValue + 1
        case .trade, .quote, .cancel, .restate, .status, .gap, .control, .clock, nil: return nil
        }
        let isReset = event.kind == .bookReset
        price = isReset ? Price.none.billionths : event.price.billionths
        quantity = isReset ? 0 : event.quantity.steps
        venueTime = event.venueTime.nanoseconds
        receiveTime = event.receiveTime.nanoseconds
        let name = WideIdentifier(event.kind == .order ? event.identifier : 0)
        identifier = name.low
        identifierHigh = name.high
        marks = UInt32(event.marks.rawValue)
        side = event.side.rawValue
        lastOfGroup = event.marks.contains(.lastOfGroup) ? 1 : 0
        snapshot = event.marks.contains(.snapshot) ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 9, kind: "book", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Price of the level or order; null for a reset."),
            UpdateField("quantity", .quantity, \Self.quantity, "A level's whole size, 0 removes it; an order's size."),
            UpdateField("venueTime", .time, \Self.venueTime, "When the venue says that it happened."),
            UpdateField("receiveTime", .time, \Self.receiveTime, "When it was received; null where nobody noted it."),
            UpdateField("identifier", .count, \Self.identifier, "Low 53 bits of an order's identifier; 0 for none."),
            UpdateField("identifierHigh", .count, \Self.identifierHigh, "The identifier divided by 2^53, mostly 0."),
            UpdateField("marks", .marks(TradeTail.markNames), \Self.marks, "Marks of the event."),
            UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "Bids are buy, asks are sell."),
            UpdateField("change", .choice(changes), \Self.change, "What is changed."),
            UpdateField("lastOfGroup", .flag, \Self.lastOfGroup, "1 on the last change of an exchange message."),
            UpdateField("snapshot", .flag, \Self.snapshot, "1 where it is part of a snapshot."),
        ],
        meaning: "One change of the order book as it came.")
}
