/// How many bytes a connection may still send: a stock that is used up and grows again. Pure.
struct Allowance {
    private let burst: Double
    private let rate: Double
    private var stock: Double
    private var seen: UInt64 = 0

    init(burst: Int, rate: Int) {
        (self.burst, self.rate) = (Double(burst), Double(rate))
        stock = self.burst
    }

    /// Takes how many bytes have come since the connection's beginning; false when that is more than allowed.
    ///
    /// - Parameter seconds: Since the last look.
    mutating func take(total: UInt64, after seconds: Double) -> Bool {
        stock = min(burst, stock + rate * seconds) - Double(total - min(seen, total))
        seen = total
        return stock >= 0
    }
}
