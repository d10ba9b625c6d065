internal import Market

/// What the best bid and ask say of the price between them (definitions §9).
///
/// Of a single side the imbalance is known, 1 or 0, and no price; of two sides without sizes the prices are known and
/// no imbalance; of nothing, nothing.
public struct TouchReading: BitwiseCopyable, Sendable {
    /// Ask less bid, billionths, below 0 where they cross; `Price.none` without both.
    public let spread: Int64
    /// The middle of bid and ask, quote currency.
    public let middle: Double
    /// I × ask + (1 − I) × bid, quote currency: nearer to the side with less size.
    public let weightedMiddle: Double
    /// I: the bid's size as a part of both sizes, 0 to 1.
    public let imbalance: Double
    /// ρ = 2 I − 1, −1 to 1.
    public let tilt: Double

    public init(_ quote: Quote) {
        let share = SizeShare(Double(quote.bidSize), Double(quote.askSize))
        imbalance = share.share
        tilt = share.tilt
        guard quote.hasBoth else {
            spread = Price.none.billionths
            middle = .nan
            weightedMiddle = .nan
            return
        }
        let scale = Double(Price.scale)
        spread = quote.ask - quote.bid
        middle = (Double(quote.bid) + Double(quote.ask)) / 2 / scale
        weightedMiddle = (Double(quote.bid) + imbalance * Double(spread)) / scale
    }
}

/// How the bids' size compares with the asks': as a part of both, and as a tilt from −1 to 1; both say the same, the
/// tilt being twice the part less 1. Not a number where there is neither.
struct SizeShare {
    let share: Double
    let tilt: Double

    init(_ bids: Double, _ asks: Double) {
        let sum = bids + asks
        share = sum > 0 ? bids / sum : .nan
        tilt = sum > 0 ? (bids - asks) / sum : .nan
    }
}
