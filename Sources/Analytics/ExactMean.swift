public import Market

/// Turns exact sums into doubles without losing digits on the way.
///
/// A mean of prices, or of distances between prices, fits 64 bits however large the sum is; so one division of 128 by
/// 64 bits is enough, and of 64 by 64 where the sum is small. The general 128-bit operators of the standard library
/// cost hundreds of nanoseconds here.
@usableFromInline
enum ExactMean {
    /// The floor of `sum` / `weight` and the rest as a part of one, 0 ≤ rest < 1. `weight` is above 0.
    static func split(_ sum: Int128, _ weight: Int64) -> (whole: Int64, rest: Double) {
        let magnitude = sum.magnitude
        let divisor = UInt64(bitPattern: weight)
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        let low = UInt64(truncatingIfNeeded: magnitude)
        let (quotient, remainder) =
            high == 0 ? low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth((high, low))
        let whole = Int64(bitPattern: quotient)
        guard sum < 0 else { return (whole, Double(remainder) / Double(weight)) }
        guard remainder > 0 else { return (-whole, 0) }
        return (-whole - 1, Double(divisor - remainder) / Double(weight))
    }

    /// The mean of billionths in units; not a number where the weight is not above 0.
    @inlinable @inline(__always)
    static func price(sum: Int128, weight: Int64) -> Double {
        let low = Int64(truncatingIfNeeded: sum)
        let isSmall =
            sum >> 64 == 0 && low >= 0 && low <= exactLimit && weight > 0 && weight <= exactLimit / Price.scale
        guard _fastPath(isSmall) else { return widePrice(sum: sum, weight: weight) }
        // The ordinary bar: both numbers are exact in a double, so that one division rounds once.
        return Double(low) / Double(weight &* Price.scale)
    }

    /// Whole numbers up to 2^53 are exact in a double.
    @inlinable
    static var exactLimit: Int64 { 1 << 53 }

    @usableFromInline
    static func widePrice(sum: Int128, weight: Int64) -> Double {
        guard weight > 0 else { return .nan }
        let (whole, rest) = split(sum, weight)
        return units(whole, rest)
    }

    /// `whole` + `rest` billionths in units, the whole units apart so that large prices keep their last digits.
    static func units(_ whole: Int64, _ rest: Double) -> Double {
        let (units, billionths) = whole.quotientAndRemainder(dividingBy: Price.scale)
        return Double(units) + (Double(billionths) + rest) / Double(Price.scale)
    }
}
