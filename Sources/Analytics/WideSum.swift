/// An integer of 192 bits in two's complement: room for the sum of size × price² of a whole session.
///
/// A price difference has 63 bits, its square 126, a session's volume 61: their product stays below 2^187. Arithmetic
/// wraps, so a sum that went out of range and came back is still exact.
public struct WideSum: BitwiseCopyable, Equatable, Sendable {
    public private(set) var low: UInt64
    public private(set) var middle: UInt64
    public private(set) var high: UInt64

    public static let zero = WideSum(low: 0, middle: 0, high: 0)

    public init(low: UInt64, middle: UInt64, high: UInt64) {
        self.low = low
        self.middle = middle
        self.high = high
    }

    /// The product of 128 and 64 bits, neither of them signed.
    init(_ left: UInt128, times right: UInt64) {
        let lower = UInt64(truncatingIfNeeded: left).multipliedFullWidth(by: right)
        let upper = UInt64(truncatingIfNeeded: left >> 64).multipliedFullWidth(by: right)
        let (sum, carry) = upper.low.addingReportingOverflow(lower.high)
        self.init(low: lower.low, middle: sum, high: upper.high &+ (carry ? 1 : 0))
    }

    static func &+= (left: inout WideSum, right: WideSum) {
        let (low, firstCarry) = left.low.addingReportingOverflow(right.low)
        let (part, secondCarry) = left.middle.addingReportingOverflow(right.middle)
        let (middle, thirdCarry) = part.addingReportingOverflow(firstCarry ? 1 : 0)
        left.low = low
        left.middle = middle
        left.high = left.high &+ right.high &+ (secondCarry ? 1 : 0) &+ (thirdCarry ? 1 : 0)
    }

    static func &-= (left: inout WideSum, right: WideSum) {
        let (low, firstBorrow) = left.low.subtractingReportingOverflow(right.low)
        let (part, secondBorrow) = left.middle.subtractingReportingOverflow(right.middle)
        let (middle, thirdBorrow) = part.subtractingReportingOverflow(firstBorrow ? 1 : 0)
        left.low = low
        left.middle = middle
        left.high = left.high &- right.high &- (secondBorrow ? 1 : 0) &- (thirdBorrow ? 1 : 0)
    }

    var isNegative: Bool { high >> 63 != 0 }

    /// The nearest double of a value that is not negative.
    var double: Double {
        let upper = UInt128(high) << 64 | UInt128(middle)
        if upper == 0 { return Double(low) }
        // The top 64 bits, the lowest of them set where anything below is: one rounding, and the right one.
        let shift = 64 - upper.leadingZeroBitCount + 64
        let all =
            shift >= 64 ? upper >> UInt128(shift - 64) : upper << UInt128(64 - shift) | UInt128(low >> UInt64(shift))
        let lost =
            shift >= 64
            ? low != 0 || upper & ((UInt128(1) << UInt128(shift - 64)) &- 1) != 0
            : low & ((UInt64(1) << UInt64(shift)) &- 1) != 0
        let top = UInt64(truncatingIfNeeded: all) | (lost ? 1 : 0)
        return Double(sign: .plus, exponent: shift, significand: Double(top))
    }
}
