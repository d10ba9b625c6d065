/// Seeded chance (SplitMix64), so that a failing run can be repeated.
public struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    public mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    /// A number of any magnitude: as likely small as large.
    public mutating func anyMagnitude(bits: Int) -> Int64 { Int64(next() >> UInt64(64 - (1 + below(bits)))) }
}
