/// The shortest decimal that reads back as the same double: `digits` · 10^`exponent`.
///
/// The algorithm is Raffaello Giulietti's Schubfach ("The Schubfach way to render doubles", 2020): of the decimals
/// inside the double's rounding interval it takes the shortest, and of those the nearest.
struct ShortestDecimal: Equatable {
    var digits: UInt64
    var exponent: Int

    /// - Parameter value: Finite and above zero.
    init(_ value: Double) {
        let isNormal = value.exponentBitPattern != 0
        let fraction = value.significandBitPattern
        let significand = isNormal ? fraction | 1 << 52 : fraction
        let power = isNormal ? Int(value.exponentBitPattern) - 1075 : -1074
        if power <= 0, power > -53, significand.trailingZeroBitCount >= -power {
            self.init(digits: significand >> UInt64(-power), exponent: 0)
        } else {
            self.init(significand, power: power, isClosePower: fraction == 0 && value.exponentBitPattern > 1)
        }
        while digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
    }

    private init(digits: UInt64, exponent: Int) {
        self.digits = digits
        self.exponent = exponent
    }

    /// - Parameter isClosePower: Whether the next lower double is only half as far away as the next higher one.
    private init(_ significand: UInt64, power: Int, isClosePower: Bool) {
        // Everything counts quarters of the unit in the last place; an even significand owns its interval's ends.
        let out: UInt64 = significand & 1
        let low = 4 * significand - (isClosePower ? 1 : 2)
        let exponent = (power * 1_262_611 - (isClosePower ? 524_031 : 0)) >> 22
        let shift = UInt64(power + (-exponent * 1_741_647) >> 19 + 1)
        let scale = PowersOfTen[-exponent]
        let lower = ShortestDecimal.rounded(scale, low << shift) + out
        let middle = ShortestDecimal.rounded(scale, (4 * significand) << shift)
        let upper = ShortestDecimal.rounded(scale, (4 * significand + 2) << shift) - out
        let whole = middle / 4
        if whole >= 10 {
            let tens = whole / 10
            let isLowInside = lower <= 40 * tens
            let isHighInside = 40 * tens + 40 <= upper
            if isLowInside != isHighInside {
                self.init(digits: tens + (isHighInside ? 1 : 0), exponent: exponent + 1)
                return
            }
        }
        let isLowInside = lower <= 4 * whole
        let isHighInside = 4 * whole + 4 <= upper
        if isLowInside != isHighInside {
            self.init(digits: whole + (isHighInside ? 1 : 0), exponent: exponent)
            return
        }
        let half = 4 * whole + 2
        let roundsUp = middle > half || middle == half && whole & 1 == 1
        self.init(digits: whole + (roundsUp ? 1 : 0), exponent: exponent)
    }

    /// The product's highest 64 bits, with the lowest of them set when anything below them is (round to odd).
    private static func rounded(_ scale: UInt128, _ factor: UInt64) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: scale).multipliedFullWidth(by: factor)
        let high = UInt64(truncatingIfNeeded: scale >> 64).multipliedFullWidth(by: factor)
        let (sum, carry) = high.low.addingReportingOverflow(low.high)
        return (high.high + (carry ? 1 : 0)) | (sum > 1 ? 1 : 0)
    }
}
