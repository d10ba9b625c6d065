public import Market
public import Memory

/// A trade that can still be taken back: what it was, and all that it did.
public struct KeptTrade: Plain, Equatable, Sendable {
    /// Billionths.
    public var price: Int64
    /// Steps.
    public var quantity: Int64
    /// Venue time in nanoseconds.
    public var time: Int64
    /// The venue's own name of the trade; above 0.
    public var identifier: UInt64
    /// The number of the event that first brought it: its place among all trades, which a correction inherits.
    public var number: UInt64
    /// The widths, a bit each, whose bars were closed for good when it came: it is in none of them.
    public var missing: UInt64
    public var conditions: UInt32
    public var venue: UInt16
    /// What the classifier told when it came.
    public var sign: Int8
    public var method: SignMethod
    public var effects: TradeEffects
    public var state: State

    /// What became of it.
    public struct State: OptionSet, BitwiseCopyable, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// It was taken back; its name stays known, so that the same cancel twice does nothing.
        public static let removed = State(rawValue: 1)
        /// It stands in the place of another, which it corrects.
        public static let restated = State(rawValue: 2)
    }

    public static let nothing = KeptTrade(
        price: 0, quantity: 0, time: 0, aggressor: .unknown, effects: [], identifier: 0, number: 0)

    public init(
        price: Int64, quantity: Int64, time: Int64, aggressor: Aggressor, effects: TradeEffects, identifier: UInt64,
        number: UInt64
    ) {
        self.price = price
        self.quantity = quantity
        self.time = time
        self.identifier = identifier
        self.number = number
        self.effects = effects
        sign = aggressor.sign
        method = aggressor.method
        (missing, conditions, venue, state) = (0, 0, 0, [])
    }

    /// A trade event with what was told of it; one that carries its touch has no name.
    public init(_ event: borrowing MarketEvent, _ aggressor: Aggressor, _ effects: TradeEffects) {
        let isNamed = !event.marks.contains(.touch)
        self.init(
            price: event.price.billionths, quantity: event.quantity.steps, time: event.venueTime.nanoseconds,
            aggressor: aggressor, effects: effects, identifier: isNamed ? event.identifier : 0, number: event.sequence)
        guard isNamed else { return }
        (conditions, venue) = (event.conditions, event.venue)
    }

    /// A width's bit in `missing`; widths from the 64th on share the last one.
    public static func bit(ofWidth width: Int) -> UInt64 { 1 << UInt64(min(width, 63)) }

    public var aggressor: Aggressor { Aggressor(sign: sign, method: method) }
    /// What it adds to delta, steps.
    public var flow: Int64 { Int64(sign) &* quantity }
    public var isRemoved: Bool { state.contains(.removed) }
}

extension Trade {
    /// A trade that was kept; the quote that stood before it was not.
    public init(_ trade: KeptTrade) {
        price = trade.price
        quantity = trade.quantity
        time = trade.time
        number = trade.number
        (bid, ask) = (Price.none.billionths, Price.none.billionths)
        (identifier, conditions, venue) = (trade.identifier, trade.conditions, trade.venue)
        aggressor = trade.aggressor
        marks = []
    }
}
