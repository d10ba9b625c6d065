/// Powers of ten to 128 bits, as the shortest decimal of a double needs them.
///
/// Entry k is 10^k · 2^n rounded up, n chosen so that the highest bit is set. They are computed exactly, once, by
/// schoolbook arithmetic over 32-bit limbs: 617 entries in well under a millisecond.
enum PowersOfTen {
    static let lowest = -292
    static let highest = 324
    private static let table = computed()

    static subscript(exponent: Int) -> UInt128 { table[exponent - lowest] }

    private static func computed() -> [UInt128] {
        var negative: [UInt128] = []
        // 2^1376 / 10^k by repeated division: flooring twice is flooring once.
        var limbs = [UInt32](repeating: 0, count: 43) + [1]
        for _ in 1...(-lowest) {
            divideByTen(&limbs)
            negative.append(top(of: limbs).value + 1)
        }
        var table = Array(negative.reversed())
        limbs = [1]
        for _ in 0...highest {
            let (value, isExact) = top(of: limbs)
            table.append(isExact ? value : value + 1)
            multiplyByTen(&limbs)
        }
        return table
    }

    private static func divideByTen(_ limbs: inout [UInt32]) {
        var rest: UInt64 = 0
        for index in limbs.indices.reversed() {
            let (quotient, remainder) = (rest << 32 | UInt64(limbs[index])).quotientAndRemainder(dividingBy: 10)
            limbs[index] = UInt32(quotient)
            rest = remainder
        }
        while limbs.last == 0 { limbs.removeLast() }
    }

    private static func multiplyByTen(_ limbs: inout [UInt32]) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * 10 + carry
            limbs[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    /// The highest 128 bits of a number, shifted up until the first of them is set, and whether nothing was cut off.
    private static func top(of limbs: [UInt32]) -> (value: UInt128, isExact: Bool) {
        var value: UInt128 = 0
        var taken = 0
        for limb in limbs.reversed().prefix(4) {
            value = value << 32 | UInt128(limb)
            taken += 1
        }
        let shift = value.leadingZeroBitCount
        value <<= UInt128(shift)
        guard limbs.count > 4 else { return (value, true) }
        // The highest limb is not zero, so that fewer than 32 bits are missing.
        let next = limbs[limbs.count - 5]
        value |= UInt128(next) >> UInt128(32 - shift)
        let cut = shift == 32 ? 0 : next << UInt32(shift)
        return (value, cut == 0 && limbs.dropLast(5).allSatisfy { $0 == 0 })
    }
}
