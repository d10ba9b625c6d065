/// Tells whether a price is a whole number of ticks without dividing: that would cost a trade a fifth of its time.
///
/// A multiple of the tick's odd part, times that part's inverse modulo 2^64, is the small quotient; any other number
/// becomes a large one. The tick's power of two is turned out of the way (Warren, Hacker's Delight, 10-17).
struct TickGrid: BitwiseCopyable {
    private let inverse: UInt64
    private let limit: UInt64
    private let shift: UInt8

    /// `tick` is above 0, in billionths.
    init(tick: Int64) {
        shift = UInt8(tick.trailingZeroBitCount)
        let odd = UInt64(tick) >> UInt64(shift)
        // Each step doubles the bits that are right, of which an odd number itself has three.
        var inverse = odd
        for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
        limit = UInt64.max / UInt64(tick)
    }

    func holds(_ price: Int64) -> Bool {
        let product = price.magnitude &* inverse
        let turned = product &>> UInt64(shift) | product &<< ((64 &- UInt64(shift)) & 63)
        return turned <= limit
    }
}
