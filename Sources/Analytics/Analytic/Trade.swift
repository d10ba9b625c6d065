public import Market
public import Updates

/// A trade as analytics see it: classified, with the quote that stood before it.
public struct Trade: BitwiseCopyable, Sendable {
    /// Billionths.
    public var price: Int64
    /// Steps, above 0.
    public var quantity: Int64
    /// Venue time in nanoseconds.
    public var time: Int64
    /// The event's number: what an update names as evidence.
    public var number: UInt64
    /// Best bid and ask before the trade, billionths; `Price.none` where there is none.
    public var bid: Int64
    public var ask: Int64
    /// The venue's own name of the trade; 0 for none.
    public var identifier: UInt64
    public var conditions: UInt32
    /// The venue as a number of the feed's own table; 0 for none.
    public var venue: UInt16
    public var aggressor: Aggressor
    public var marks: MarketEvent.Marks

    // Inlined, so that the event is read where it lies.
    @inlinable @inline(__always)
    public init(_ event: borrowing MarketEvent, _ aggressor: Aggressor, bid: Int64, ask: Int64) {
        price = event.price.billionths
        quantity = event.quantity.steps
        time = event.venueTime.nanoseconds
        number = event.sequence
        marks = event.marks
        self.aggressor = aggressor
        if event.marks.contains(.touch) {
            self.bid = event.touchBid.billionths
            self.ask = event.touchAsk.billionths
            (identifier, conditions, venue) = (0, 0, 0)
        } else {
            (self.bid, self.ask) = (bid, ask)
            (identifier, conditions, venue) = (event.identifier, event.conditions, event.venue)
        }
    }

    /// +1 for a buyer, −1 for a seller, 0 where nobody knows.
    public var sign: Int64 { Int64(aggressor.sign) }
    /// What it adds to delta, steps.
    public var flow: Int64 { sign &* quantity }
    public var isInferred: Bool { aggressor.method.isInferred }
}

/// The best bid and ask, from a quote or from a kept book.
public struct Quote: BitwiseCopyable, Equatable, Sendable {
    /// Billionths; `Price.none` for an empty side, whose size is then 0.
    public var bid: Int64
    public var ask: Int64
    /// Steps.
    public var bidSize: Int64
    public var askSize: Int64
    /// Venue time in nanoseconds, and the event's number.
    public var time: Int64
    public var number: UInt64

    public static let none = Quote(
        bid: Price.none.billionths, ask: Price.none.billionths, bidSize: 0, askSize: 0, time: 0, number: 0)

    public init(bid: Int64, ask: Int64, bidSize: Int64, askSize: Int64, time: Int64, number: UInt64) {
        self.bid = bid
        self.ask = ask
        self.bidSize = bidSize
        self.askSize = askSize
        self.time = time
        self.number = number
    }

    /// Whether a size is beyond anything that an event may say: no sum with it would be a number.
    var isBeyondLimits: Bool { max(bidSize.magnitude, askSize.magnitude) > UInt64(Quantity.limit) }
    public var hasBoth: Bool { bid != Price.none.billionths && ask != Price.none.billionths }
    public var isCrossed: Bool { hasBoth && bid > ask }
    /// Bid below ask, both there.
    public var isSound: Bool { hasBoth && bid < ask }
}

/// A change of the tape behind its end: a late trade, or one taken back or put right.
public struct TapeChange: BitwiseCopyable, Sendable {
    /// The trade with its sign as first assigned; of an unknown one, what the change says of it, without a side.
    public var trade: Trade
    /// Whether the trade is taken out; a correction is a removal and an addition, one right behind the other.
    public var isRemoval: Bool
    /// `late`, `cancelled` or `corrected`.
    public var reason: RevisionReason
    /// The original was never seen, or is no longer kept: sums only, and they say `approximate`.
    public var isApproximate: Bool

    public init(trade: Trade, isRemoval: Bool, reason: RevisionReason, isApproximate: Bool) {
        self.trade = trade
        self.isRemoval = isRemoval
        self.reason = reason
        self.isApproximate = isApproximate
    }
}

/// A bar whose window has ended, of any kind.
public struct FinishedBar: BitwiseCopyable, Sendable {
    /// The place of its name in `AnalyticPlace.bars`.
    public var name: Int
    public var bar: Bar
    /// CVD at its end, steps.
    public var cumulative: Int64
    /// The number of its update, 0 where it is not published.
    public var number: UInt64
    public var quality: Quality

    public init(name: Int, bar: Bar, cumulative: Int64, number: UInt64, quality: Quality) {
        self.name = name
        self.bar = bar
        self.cumulative = cumulative
        self.number = number
        self.quality = quality
    }
}
