internal import Market
internal import Memory

/// Rows of equal height over all prices: row r holds the prices [r × height, (r + 1) × height), as in a profile.
struct RowScale: BitwiseCopyable, Sendable {
    /// Billionths.
    let height: Int64
    let tick: Int64
    /// Rows that one bar may have before they merge in pairs.
    let rowLimit: Int
    private let reciprocal: Reciprocal

    /// A height beyond what any price needs is cut to `VolumeProfile.heightLimit`.
    init(tick: Int64, rowTicks: Int, rowLimit: Int) {
        precondition(tick > 0 && rowTicks > 0, "A row must have a height.")
        precondition(rowLimit >= VolumeProfile.smallestRowLimit, "A row limit has its own limits.")
        let (product, overflow) = tick.multipliedReportingOverflow(by: Int64(rowTicks))
        height = overflow ? VolumeProfile.heightLimit : min(product, VolumeProfile.heightLimit)
        self.tick = tick
        self.rowLimit = rowLimit
        reciprocal = Reciprocal(UInt64(height))
    }

    /// Rounds down below zero too: with all bits turned over there, which makes −1 a 0 and back.
    @inline(__always)
    func row(of price: Int64) -> Int64 {
        let turn = price &>> 63
        return Int64(bitPattern: reciprocal.quotient(UInt64(bitPattern: price ^ turn))) ^ turn
    }
}

/// One row of a footprint: what was traded at its prices.
///
/// It holds sums and differences, not sides, so that a trade needs no guess of its side.
struct FootprintRow: Plain, Equatable, Sendable {
    /// Steps.
    var volume: Int64 = 0
    /// Volume of buyers less volume of sellers.
    var delta: Int64 = 0
    /// Volume whose side nobody knows.
    var neutral: Int64 = 0
    var trades: Int64 = 0

    static let empty = FootprintRow()

    /// Volume of aggressive buyers: it was traded at the ask. Exact, because volume is bid + ask + neutral.
    var ask: Int64 { (volume &- neutral &+ delta) >> 1 }
    /// Volume of aggressive sellers: it was traded at the bid.
    var bid: Int64 { (volume &- neutral &- delta) >> 1 }

    /// An auction at this price is unfinished where it ends here with both sides.
    var isTwoSided: Bool { bid > 0 && ask > 0 }

    @inline(__always)
    mutating func add(_ trade: WaitingTrade) {
        volume &+= trade.quantity
        delta &+= trade.flow
        trades &+= 1
        if _slowPath(trade.sign == 0) { neutral &+= trade.quantity }
    }

    mutating func add(_ other: FootprintRow) {
        volume &+= other.volume
        delta &+= other.delta
        neutral &+= other.neutral
        trades &+= other.trades
    }

    /// Takes a trade out again; false, and nothing changed, where the row does not hold it.
    mutating func remove(_ trade: borrowing Trade) -> Bool {
        let held = trade.sign > 0 ? ask : trade.sign < 0 ? bid : neutral
        guard held >= trade.quantity, trades > 0 else { return false }
        volume &-= trade.quantity
        delta &-= trade.flow
        trades &-= 1
        if trade.sign == 0 { neutral &-= trade.quantity }
        return true
    }
}
