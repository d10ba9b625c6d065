/// What somebody may still cost: a stock that is used up and grows again. Pure.
struct Allowance {
    private let burst: Double
    private let rate: Double
    private var stock: Double
    private var seen: UInt64 = 0

    /// - Parameter rate: By how much the stock grows each second, up to its burst.
    init(burst: Int, rate: Int) {
        (self.burst, self.rate) = (Double(burst), Double(rate))
        stock = self.burst
    }

    var isExhausted: Bool { stock < 0 }
    /// Whether it is as it was made: nothing is lost with it.
    func isWhole(after seconds: Double) -> Bool { stock + rate * seconds >= burst }

    /// Takes an amount; false when that is more than allowed. A debt is no larger than the burst: nobody pays it off
    /// for ever.
    ///
    /// - Parameter seconds: Since the last look.
    mutating func spend(_ amount: Int, after seconds: Double) -> Bool {
        stock = max(min(burst, stock + rate * seconds) - Double(amount), -burst)
        return !isExhausted
    }

    /// Takes how many bytes have come since a connection's beginning; false when that is more than allowed.
    mutating func take(total: UInt64, after seconds: Double) -> Bool {
        defer { seen = total }
        return spend(Int(clamping: total - min(seen, total)), after: seconds)
    }
}
