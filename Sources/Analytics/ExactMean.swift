internal import Market

/// Turns exact sums into doubles without losing digits on the way.
enum ExactMean {
    /// The floor of `sum` / `weight` and the rest as a part of one, 0 ≤ rest < 1. `weight` is above 0.
    static func split(_ sum: Int128, _ weight: Int64) -> (whole: Int128, rest: Double) {
        var (whole, rest) = sum.quotientAndRemainder(dividingBy: Int128(weight))
        if rest < 0 {
            whole -= 1
            rest += Int128(weight)
        }
        return (whole, Double(Int64(truncatingIfNeeded: rest)) / Double(weight))
    }

    /// The mean of billionths in units; not a number where the weight is not above 0.
    static func price(sum: Int128, weight: Int64) -> Double {
        guard weight > 0 else { return .nan }
        let (whole, rest) = split(sum, weight)
        return units(whole, rest)
    }

    /// `whole` + `rest` billionths in units, the whole units apart so that large prices keep their last digits.
    static func units(_ whole: Int128, _ rest: Double) -> Double {
        let scale = Int128(Price.scale)
        let (units, billionths) = whole.quotientAndRemainder(dividingBy: scale)
        return Double(units) + (Double(billionths) + rest) / Double(scale)
    }
}
