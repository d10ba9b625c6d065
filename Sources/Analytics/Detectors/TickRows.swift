/// Counts prices in ticks without dividing: row r holds the prices [r × tick, (r + 1) × tick).
struct TickRows: BitwiseCopyable, Sendable {
    let tick: Int64
    private let reciprocal: Reciprocal

    /// `tick` is above 0, in billionths.
    init(tick: Int64) {
        self.tick = tick
        reciprocal = Reciprocal(UInt64(tick))
    }

    /// The row of a price within ±`Price.limit`; rounded down below zero too.
    func row(of price: Int64) -> Int64 {
        if _fastPath(price >= 0) { return Int64(bitPattern: reciprocal.quotient(UInt64(bitPattern: price))) }
        return ~Int64(bitPattern: reciprocal.quotient(UInt64(bitPattern: ~price)))
    }

    /// The lower edge of a row, billionths.
    func price(ofRow row: Int64) -> Int64 { row &* tick }
}
