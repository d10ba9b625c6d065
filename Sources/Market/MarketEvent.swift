/// What one event is about.
public enum EventKind: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case trade = 1
    case quote, level, order, cancel, restate, status, bookReset, gap, control, clock
}

/// Who was the aggressor of a trade, or whose side of the book a level or an order stands on.
public enum Side: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case unknown, buy, sell

    /// +1 for buy, −1 for sell, 0 for unknown.
    public var sign: Int64 { self == .buy ? 1 : self == .sell ? -1 : 0 }
}

/// One input of a symbol: a plain value of 64 bytes. docs/events.md gives every offset.
///
/// The four words mean what the kind says; read and write them through the kind's own accessors. A trade whose `touch`
/// mark is set carries the best bid and ask that its source saw in place of an identifier and conditions.
public struct MarketEvent: BitwiseCopyable, Sendable, Equatable {
    /// When the venue says that it happened; a clock event's own instant.
    public var venueTime: Timestamp
    /// When this machine, or the recorder, received it; `Timestamp(nanoseconds: 0)` when nobody noted it.
    public var receiveTime: Timestamp
    private var rawKind: UInt8
    public var marks: Marks
    private var rawSide: UInt8
    /// The kind's sub-kind: a gap's cause, a status, an order's action, a trade's tape.
    public var variant: UInt8
    /// The source's index of the symbol.
    public var symbol: UInt32
    private var first: Int64
    private var second: Int64
    private var third: Int64
    private var fourth: Int64
    /// The event's place in its source, from 1; 0 before the source has numbered it.
    public var sequence: UInt64

    /// Bits that refine an event.
    public struct Marks: OptionSet, BitwiseCopyable, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A level, an order or a reset that ends its exchange message.
        public static let lastOfGroup = Marks(rawValue: 1)
        /// A trade that carries the best bid and ask instead of identifier and conditions.
        public static let touch = Marks(rawValue: 2)
        /// A trade that no lit book made (reported through a trade reporting facility).
        public static let offExchange = Marks(rawValue: 4)
        /// A trade of an opening, re-opening or closing auction: it has no aggressor.
        public static let auction = Marks(rawValue: 8)
        /// Part of a snapshot, not of the stream of changes.
        public static let snapshot = Marks(rawValue: 16)
        /// A trade whose price must not move open, high, low or close.
        public static let volumeOnly = Marks(rawValue: 32)
        /// The venue doubts this event (DBN's bad receive time, a maybe-bad book).
        public static let doubtful = Marks(rawValue: 64)
        /// A cancel whose trade comes again, put right, in the restate right behind it.
        public static let replaced = Marks(rawValue: 128)
    }

    public init(_ kind: EventKind, symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp) {
        self.venueTime = venueTime
        self.receiveTime = receiveTime
        rawKind = kind.rawValue
        marks = []
        rawSide = 0
        variant = 0
        self.symbol = symbol
        first = 0
        second = 0
        third = 0
        fourth = 0
        sequence = 0
    }

    /// The kind; nil when the bytes came from elsewhere and name none.
    public var kind: EventKind? { EventKind(rawValue: rawKind) }
    public var isTrade: Bool { rawKind == EventKind.trade.rawValue }
    public var isQuote: Bool { rawKind == EventKind.quote.rawValue }
    public var isControl: Bool { rawKind == EventKind.control.rawValue }

    /// Whether a side was given at all: the quick form of `side != .unknown`.
    public var hasSide: Bool { rawSide != 0 }

    public var side: Side {
        get { Side(rawValue: rawSide) ?? .unknown }
        set { rawSide = newValue.rawValue }
    }
}

// MARK: Trade, cancel, restate

extension MarketEvent {
    public static func trade(
        symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp, price: Price, quantity: Quantity
    ) -> MarketEvent {
        var event = MarketEvent(.trade, symbol: symbol, venueTime: venueTime, receiveTime: receiveTime)
        event.first = price.billionths
        event.second = quantity.steps
        return event
    }

    /// The price of a trade, cancel, restate, level or order.
    public var price: Price {
        get { Price(billionths: first) }
        set { first = newValue.billionths }
    }

    /// The size of a trade, cancel, restate, level or order; a level's is absolute, 0 removes it.
    public var quantity: Quantity {
        get { Quantity(steps: second) }
        set { second = newValue.steps }
    }

    /// The venue's identifier of a trade, a cancel, a restate or an order; of a trade without the `touch` mark.
    public var identifier: UInt64 {
        get { UInt64(bitPattern: third) }
        set { third = Int64(bitPattern: newValue) }
    }

    /// A trade's, cancel's or restate's sale conditions as a bit set: of `SaleCodes` where it has a tape, else of the
    /// feed's own table; without the `touch` mark.
    public var conditions: UInt32 {
        get { UInt32(truncatingIfNeeded: fourth) }
        set { fourth = fourth & ~0xFFFF_FFFF | Int64(newValue) }
    }

    /// A trade's, cancel's or restate's venue as a number of the feed's own table, without the `touch` mark.
    public var venue: UInt16 {
        get { UInt16(truncatingIfNeeded: fourth >> 32) }
        set { fourth = fourth & 0xFFFF_FFFF | Int64(newValue) << 32 }
    }

    /// The consolidated tape of a trade, a cancel or a restate, whose conditions are then the bits of `SaleCodes`; nil
    /// where it is of none, and its conditions have the feed's own meaning.
    public var tape: ConsolidatedTape? {
        get { ConsolidatedTape(rawValue: variant) }
        set { variant = newValue?.rawValue ?? 0 }
    }

    /// The best bid and ask a trade's source saw before it; with the `touch` mark only.
    public var touchBid: Price { Price(billionths: third) }
    public var touchAsk: Price { Price(billionths: fourth) }

    public mutating func setTouch(bid: Price, ask: Price) {
        marks.insert(.touch)
        third = bid.billionths
        fourth = ask.billionths
    }
}

// MARK: Quote

extension MarketEvent {
    /// Best bid and ask; a side without orders has the price `.none` and the size 0.
    public static func quote(
        symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp, bid: Price, bidSize: Quantity, ask: Price,
        askSize: Quantity
    ) -> MarketEvent {
        var event = MarketEvent(.quote, symbol: symbol, venueTime: venueTime, receiveTime: receiveTime)
        event.first = bid.billionths
        event.second = ask.billionths
        event.third = bidSize.steps
        event.fourth = askSize.steps
        return event
    }

    public var bid: Price { Price(billionths: first) }
    public var ask: Price { Price(billionths: second) }
    public var bidSize: Quantity { Quantity(steps: third) }
    public var askSize: Quantity { Quantity(steps: fourth) }
}

// MARK: Book

/// What an order event does to its order (L3).
public enum OrderAction: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case add = 1
    case modify, remove, fill
}

extension MarketEvent {
    /// One price level's absolute size; one exchange message is many, the last of them marked.
    public static func level(
        symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp, side: Side, price: Price, quantity: Quantity,
        isLastOfGroup: Bool
    ) -> MarketEvent {
        var event = MarketEvent(.level, symbol: symbol, venueTime: venueTime, receiveTime: receiveTime)
        event.side = side
        event.first = price.billionths
        event.second = quantity.steps
        if isLastOfGroup { event.marks.insert(.lastOfGroup) }
        return event
    }

    public var orderAction: OrderAction? {
        get { OrderAction(rawValue: variant) }
        set { variant = newValue?.rawValue ?? 0 }
    }
}

// MARK: Status, gap, control

/// A symbol's trading status.
public enum TradingStatus: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case trading = 1
    case halted, auction, closed
}

/// Why events are missing.
public enum GapCause: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// The feed's own numbering has a hole, or its connection was down.
    case feed = 1
    /// A symbol's ring was full while live.
    case ring
    /// A recording had rows that could not be read.
    case unreadable
    /// The program was away and its source went on without it.
    case restart
}

/// What a control event asks of a state.
public enum ControlAction: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// The input has ended: publish the open values as they stand. Nothing is closed.
    case endOfInput = 1
    /// Settings change; `controlIndex` names the journal's record.
    case settings
}

extension MarketEvent {
    public var tradingStatus: TradingStatus? {
        get { TradingStatus(rawValue: variant) }
        set { variant = newValue?.rawValue ?? 0 }
    }

    /// A hole in a symbol's events; `count` 0 means that nobody knows how many.
    public static func gap(
        symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp, cause: GapCause, first: UInt64, last: UInt64,
        count: UInt64
    ) -> MarketEvent {
        var event = MarketEvent(.gap, symbol: symbol, venueTime: venueTime, receiveTime: receiveTime)
        event.variant = cause.rawValue
        event.first = Int64(bitPattern: first)
        event.second = Int64(bitPattern: last)
        event.third = Int64(bitPattern: count)
        return event
    }

    public var gapCause: GapCause? { GapCause(rawValue: variant) }
    public var gapFirst: UInt64 { UInt64(bitPattern: first) }
    public var gapLast: UInt64 { UInt64(bitPattern: second) }
    public var gapCount: UInt64 { UInt64(bitPattern: third) }

    public static func control(
        symbol: UInt32, venueTime: Timestamp, receiveTime: Timestamp, action: ControlAction, index: UInt32
    ) -> MarketEvent {
        var event = MarketEvent(.control, symbol: symbol, venueTime: venueTime, receiveTime: receiveTime)
        event.variant = action.rawValue
        event.first = Int64(index)
        return event
    }

    public var controlAction: ControlAction? { ControlAction(rawValue: variant) }
    public var controlIndex: UInt32 { UInt32(truncatingIfNeeded: first) }
}
