internal import Analytics
internal import Market
internal import Memory
internal import Updates

/// What a symbol has counted since its first event.
public struct SymbolCounts: BitwiseCopyable, Sendable, Equatable {
    /// Trades whose price or size lay outside the limits.
    public var refused: Int64 = 0
    /// Gaps declared by feed or ring.
    public var gaps: Int64 = 0
    /// Trades outside every session.
    public var outsideSession: Int64 = 0
    /// Trades whose price is no multiple of the tick; they count in full, in the row that holds them.
    public var offTick: Int64 = 0
    /// Trades that came after their bar had closed.
    public var late: Int64 = 0
    /// Late trades beyond the horizon: in the session's sums, in no bar.
    public var beyondHorizon: Int64 = 0
    /// Trades of an earlier session that came too late for its sums.
    public var tooLate: Int64 = 0
    /// Events that could not be applied: changes of what is over or was never there, kinds that nobody knows.
    public var unapplied: Int64 = 0
    /// Quotes whose bid lay above their ask.
    public var crossedQuotes: Int64 = 0
    /// Trades taken back and put right; and how many of both were of trades that nobody knew any more.
    public var cancelled: Int64 = 0
    public var corrected: Int64 = 0
    public var approximate: Int64 = 0
    /// Cancels of trades that had been taken back already.
    public var repeated: Int64 = 0
    /// Trades with a sale condition that their tape does not have.
    public var unknownConditions: Int64 = 0
    /// Closed bars of the shortest width.
    public var candles: Int64 = 0

    public init() {}
}

extension SymbolState {
    /// Closed bars of the shortest width that is published.
    var closedCandles: Int64 { countedWidth == 0 ? base.closed : wides[countedWidth - 1].closed }

    /// What was counted so far, the closed bars too.
    var counted: SymbolCounts {
        var all = counts
        all.candles = closedCandles
        return all
    }
}

/// How many trades the session's live values had when they were last shown.
struct ShownCounts: BitwiseCopyable {
    var session: Int64 = 0
    var developing: Int64 = 0
    var rows: Int64 = 0
}

/// The last session that has ended: kept so that what is counted after its close can still be said.
struct ClosedSession: BitwiseCopyable {
    var body: SessionUpdate
    var head: UpdateHead
    let countsAtOpen: SymbolCounts
}
