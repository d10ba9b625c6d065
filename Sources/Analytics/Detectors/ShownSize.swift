internal import Market
internal import Memory

/// What one side of the quote showed for the trades that meet it, whichever of the two comes first.
///
/// A trade in front of its quote is held against the size that stands; the fall that follows is then explained by it.
/// A quote in front of its trade leaves a fall that no trade explains yet: trades at its price within `within` are held
/// against that first.
struct ShownSize: Plain, Sendable {
    let within: Int64
    private var price = Price.none.billionths
    private var size: Int64 = 0
    private var fall = SizeFall()
    /// Volume met at a price that no fall has shown yet.
    private var spentPrice = Price.none.billionths
    private var spent: Int64 = 0
    private var spentTime = Int64.min
    /// What trades of one instant, one order's prints, have met since the quote came, and what of it was too much.
    private var metTime = Int64.min
    private var met: Int64 = 0
    private var beyond: Int64 = 0

    init(within: Int64) { self.within = within }

    /// The side's best price and size have changed; `isBehind` where the new price lies behind the old one.
    mutating func quote(_ price: Int64, _ size: Int64, isBehind: Bool, at time: Int64) {
        let lost = price == self.price ? self.size - size : isBehind ? self.size : 0
        if lost > 0 { fall(by: lost, at: time) }
        if price != self.price || size != self.size { (met, beyond) = (0, 0) }
        (self.price, self.size) = (price, size)
    }

    /// Takes from a fall at this price what a trade of this size explains; that part was shown.
    mutating func explain(_ quantity: Int64, at price: Int64, time: Int64) -> Int64 {
        guard fall.amount > 0, fall.price == price, time &- fall.time <= within else { return 0 }
        let explained = min(quantity, fall.amount)
        fall.amount -= explained
        return explained
    }

    /// What stood at the price before the last fall.
    var fallenFrom: Int64 { fall.size }

    /// Holds a trade at the best price against the shown size: the part of it that is too much.
    mutating func meet(_ quantity: Int64, time: Int64) -> Int64 {
        if time != metTime { (metTime, met, beyond) = (time, 0, 0) }
        met = Tranches.sum(met, quantity)
        let excess = max(0, met - size - beyond)
        beyond = Tranches.sum(beyond, excess)
        if spentPrice != price || time &- spentTime > within { spent = 0 }
        (spentPrice, spentTime) = (price, time)
        spent = Tranches.sum(spent, quantity - excess)
        return excess
    }

    /// Whether this is the side's best price, and its size.
    func shows(_ price: Int64) -> Int64? { price == self.price ? size : nil }

    private mutating func fall(by lost: Int64, at time: Int64) {
        var amount = lost
        if spentPrice == price, spentTime != .min, time &- spentTime <= within {
            let explained = min(spent, amount)
            spent -= explained
            amount -= explained
        }
        fall = SizeFall(price: price, size: size, amount: amount, time: time)
    }
}
