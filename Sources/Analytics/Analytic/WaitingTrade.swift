internal import Market

/// What the sums of bars need of a trade: 40 bytes, so that it can wait until they are visited for many trades at once.
struct WaitingTrade: BitwiseCopyable, Sendable {
    /// How many may wait for one analytic: 1.25 KiB.
    static let limit = 32

    var price: Int64 = 0
    /// Steps.
    var quantity: Int64 = 0
    var time: Int64 = 0
    var number: UInt64 = 0
    var sign: Int8 = 0
    var isInferred = false
    /// It may not move a price.
    var isUnpriced = false

    static let none = WaitingTrade()

    private init() {}

    init(_ trade: borrowing Trade) { become(trade) }

    /// Becomes a trade: field by field in its place, since a copy of what was just stored stalls.
    @inline(__always)
    mutating func become(_ trade: borrowing Trade) {
        (price, quantity, time, number) = (trade.price, trade.quantity, trade.time, trade.number)
        (sign, isInferred) = (trade.aggressor.sign, trade.isInferred)
        isUnpriced = trade.marks.contains(.volumeOnly)
    }

    /// What it adds to delta, steps.
    var flow: Int64 { Int64(sign) &* quantity }
}
