/// A seeded stream of numbers, the same on every machine: xoshiro256++ of Blackman and Vigna, its state filled by
/// SplitMix64 as they advise. Only integers and the four operations of IEEE 754 are used.
struct Chance: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seed: UInt64) {
        var mixer = seed
        func mixed() -> UInt64 {
            mixer &+= 0x9E37_79B9_7F4A_7C15
            var value = mixer
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
        state = (mixed(), mixed(), mixed(), mixed())
    }

    mutating func bits() -> UInt64 {
        let sum = state.0 &+ state.3
        let result = (sum << 23 | sum >> 41) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number below `bound` by Lemire's multiplication; its bias, `bound` in 2^64, is far below anything visible.
    mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "A choice needs one possibility at least.")
        return Int(bits().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True in `share` of all cases.
    mutating func happens(_ share: Double) -> Bool { uniform() < share }

    /// Above 0 and below 1, in steps of 2^-53.
    mutating func uniform() -> Double { (Double(bits() >> 11) + 0.5) * 0x1p-53 }

    /// The waiting time of something that happens once per unit of time on average.
    mutating func exponential() -> Double { -Chance.logarithm(uniform()) }

    /// The natural logarithm of a normal number above 0, to about 1e-12.
    ///
    /// The platform's own may differ in the last bit from one library to the next; this one cannot. The number is
    /// split as m × 2^e with m between √½ and √2, and ln m = 2 artanh((m − 1) / (m + 1)) is summed as its series.
    static func logarithm(_ value: Double) -> Double {
        var exponent = Double(value.exponent)
        var mantissa = value.significand
        if mantissa > 1.414_213_562_373_095_1 {
            mantissa *= 0.5
            exponent += 1
        }
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var series = 1.0 / 15
        series = series * square + 1.0 / 13
        series = series * square + 1.0 / 11
        series = series * square + 1.0 / 9
        series = series * square + 1.0 / 7
        series = series * square + 1.0 / 5
        series = series * square + 1.0 / 3
        series = series * square + 1
        return exponent * 0.693_147_180_559_945_3 + 2 * ratio * series
    }
}

/// A choice among many with given weights in constant time: Walker's alias table.
struct WeightedChoice: Sendable {
    private var shares: [Double]
    private var aliases: [Int]

    /// The weights must be above 0.
    init(_ weights: [Double]) {
        let total = weights.reduce(0, +)
        shares = weights.map { $0 / total * Double(weights.count) }
        aliases = Array(weights.indices)
        var small = shares.indices.filter { shares[$0] < 1 }
        var large = shares.indices.filter { shares[$0] >= 1 }
        while let thin = small.popLast(), let thick = large.popLast() {
            aliases[thin] = thick
            shares[thick] -= 1 - shares[thin]
            if shares[thick] < 1 { small.append(thick) } else { large.append(thick) }
        }
    }

    func pick(_ chance: inout Chance) -> Int {
        let column = chance.below(shares.count)
        return chance.uniform() < shares[column] ? column : aliases[column]
    }
}
