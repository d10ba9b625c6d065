// PostgreSQL's numeric in binary: digits to the base 10,000 with the weight of the first, a sign and a display scale
// (its documentation of types, and numeric_recv in src/backend/utils/adt/numeric.c).
extension CopyRows {
    /// For `numeric`: an exact decimal in billionths, in its shortest form.
    public mutating func append(billionths: Int128) {
        let magnitude = billionths.magnitude
        // Almost every number fits 64 bits with room for three more decimals; those of 128 take longer to divide.
        if magnitude <= UInt128(UInt64.max / 1_000) {
            append(UInt64(truncatingIfNeeded: magnitude), isNegative: billionths < 0)
        } else {
            append(magnitude, isNegative: billionths < 0)
        }
    }

    /// - Parameter billionths: a thousand times it must fit its type, as sums of prices × sizes do.
    private mutating func append<Magnitude: FixedWidthInteger & UnsignedInteger>(
        _ billionths: Magnitude, isNegative: Bool
    ) {
        guard billionths != 0 else { return appendHead(digits: 0, weight: 0, isNegative: false, scale: 0) }
        var rest = billionths
        var scale = 9
        while scale > 0, rest.isMultiple(of: 10) {
            rest /= 10
            scale -= 1
        }
        // As many decimals as whole groups of four hold.
        let groups = (scale + 3) / 4
        for _ in scale..<groups * 4 { rest *= 10 }
        var digits = Digits()
        while rest > 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10_000)
            digits.push(Int16(truncatingIfNeeded: digit))
            rest = quotient
        }
        let weight = digits.count - groups - 1
        digits.dropLowZeros()
        appendHead(digits: digits.count, weight: weight, isNegative: isNegative, scale: scale)
        while let digit = digits.pop() { append(half: digit) }
    }

    private mutating func appendHead(digits: Int, weight: Int, isNegative: Bool, scale: Int) {
        append(word: Int32(8 + 2 * digits))
        append(half: Int16(digits))
        append(half: Int16(weight))
        append(half: isNegative ? 0x4000 : 0)
        append(half: Int16(scale))
    }
}

/// Digits to the base 10,000, the lowest pushed first: eleven hold 128 bits.
private struct Digits {
    private var digits: SIMD16<Int16> = .zero
    private var first = 0
    private var end = 0

    var count: Int { end - first }

    mutating func push(_ digit: Int16) {
        digits[end] = digit
        end += 1
    }

    /// Takes the highest.
    mutating func pop() -> Int16? {
        guard end > first else { return nil }
        end -= 1
        return digits[end]
    }

    mutating func dropLowZeros() {
        while first < end, digits[first] == 0 { first += 1 }
    }
}
