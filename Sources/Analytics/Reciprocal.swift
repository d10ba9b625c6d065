/// Divides by a number that is known beforehand, with one multiplication: exact for every dividend below 2^63.
///
/// After Granlund and Montgomery (1994): with 2^(l−1) < d ≤ 2^l the multiplier m = ⌈2^(63+l) / d⌉ fits 64 bits and
/// exceeds the true ratio by less than 2^l parts of 2^(63+l), too little to reach the next quotient.
public struct Reciprocal: BitwiseCopyable, Equatable, Sendable {
    @usableFromInline let multiplier: UInt64
    @usableFromInline let shift: UInt8

    static let dividendLimit = UInt64(1) << 63

    public init(_ divisor: UInt64) {
        precondition(divisor > 0 && divisor < Reciprocal.dividendLimit, "A divisor must have 1 to 63 bits.")
        let shift = UInt64(64 - (divisor - 1).leadingZeroBitCount)
        let numerator = UInt128(1) << UInt128(63 + shift)
        multiplier = UInt64((numerator + UInt128(divisor) - 1) / UInt128(divisor))
        self.shift = UInt8(shift)
    }

    @inlinable @inline(__always)
    public func quotient(_ dividend: UInt64) -> UInt64 {
        (dividend &<< 1).multipliedFullWidth(by: multiplier).high &>> UInt64(shift)
    }
}
