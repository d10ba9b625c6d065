internal import Analytics
public import Market
internal import Updates

/// What one symbol did in one session, or in all of them together.
public struct SessionReport: Sendable {
    /// The trading date, or nil for the whole input.
    public internal(set) var start: Timestamp?
    public internal(set) var count: Int64 = 0
    public internal(set) var open = Price.none
    public internal(set) var high = Price.none
    public internal(set) var low = Price.none
    public internal(set) var close = Price.none
    /// Steps of the symbol's size step.
    public internal(set) var volume: Int64 = 0
    public internal(set) var buy: Int64 = 0
    public internal(set) var sell: Int64 = 0
    public internal(set) var neutral: Int64 = 0
    public internal(set) var delta: Int64 = 0
    public internal(set) var weightedPrice = Double.nan
    public internal(set) var control = Price.none
    public internal(set) var areaHigh = Price.none
    public internal(set) var areaLow = Price.none
    public internal(set) var candles: Int64 = 0
    public internal(set) var refused: Int64 = 0
    public internal(set) var gaps: Int64 = 0
    public internal(set) var outsideSession: Int64 = 0

    init() {}

    init(_ update: SessionUpdate, start: Timestamp) {
        self.start = start
        count = update.counts.trades
        open = Price(billionths: update.open)
        high = Price(billionths: update.high)
        low = Price(billionths: update.low)
        close = Price(billionths: update.close)
        volume = update.volume
        buy = update.buy
        sell = update.sell
        neutral = update.neutral
        delta = update.delta
        weightedPrice = update.volumeWeightedPrice
        control = Price(billionths: update.control)
        areaHigh = Price(billionths: update.areaHigh)
        areaLow = Price(billionths: update.areaLow)
        candles = update.counts.candles
        refused = update.counts.refused
        gaps = update.counts.gaps
        outsideSession = update.counts.outsideSession
    }

    /// Whether there is nothing to say of the session: quotes alone came, or clocks.
    var isEmpty: Bool { count + refused + gaps + outsideSession == 0 }

    /// Takes in a later session; the profile is set apart, from the rows.
    mutating func add(_ later: SessionReport) {
        weightedPrice = SessionReport.mean(self, later)
        count += later.count
        if open.isNone { open = later.open }
        if !later.close.isNone { close = later.close }
        if !later.high.isNone { high = high.isNone ? later.high : max(high, later.high) }
        if !later.low.isNone { low = low.isNone ? later.low : min(low, later.low) }
        volume += later.volume
        buy += later.buy
        sell += later.sell
        neutral += later.neutral
        delta += later.delta
        candles += later.candles
        refused += later.refused
        gaps += later.gaps
        outsideSession += later.outsideSession
    }

    private static func mean(_ left: SessionReport, _ right: SessionReport) -> Double {
        guard left.volume > 0, !left.weightedPrice.isNaN else { return right.weightedPrice }
        guard right.volume > 0, !right.weightedPrice.isNaN else { return left.weightedPrice }
        let (first, second) = (Double(left.volume), Double(right.volume))
        return (left.weightedPrice * first + right.weightedPrice * second) / (first + second)
    }
}

/// What one symbol did in a whole input, session by session.
public struct SymbolReport: Sendable {
    public let symbol: Symbol
    /// Billionths of a unit in one step.
    public let sizeStep: Int64
    public let whole: SessionReport
    public let sessions: [SessionReport]
}
