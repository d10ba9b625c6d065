/// A whole number of any size, not negative: the slow and plain oracle for sums that leave 128 bits.
struct Whole: Equatable {
    /// Base 2^32, lowest first, no zeros at the end.
    private(set) var digits: [UInt32] = []

    init(_ value: UInt64) {
        digits = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    init(low: UInt64, middle: UInt64, high: UInt64) {
        digits = [low, middle, high].flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
        trim()
    }

    private init(digits: [UInt32]) {
        self.digits = digits
        trim()
    }

    static func + (left: Whole, right: Whole) -> Whole {
        var sum: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0...max(left.digits.count, right.digits.count) {
            carry += UInt64(left.digit(index)) + UInt64(right.digit(index))
            sum.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        return Whole(digits: sum)
    }

    /// The left number must not be the smaller one.
    static func - (left: Whole, right: Whole) -> Whole {
        var rest: [UInt32] = []
        var borrow: Int64 = 0
        for index in 0..<left.digits.count {
            let value = Int64(left.digit(index)) - Int64(right.digit(index)) - borrow
            borrow = value < 0 ? 1 : 0
            rest.append(UInt32(truncatingIfNeeded: value))
        }
        precondition(borrow == 0, "A whole number is not negative.")
        return Whole(digits: rest)
    }

    static func * (left: Whole, right: Whole) -> Whole {
        var product = [UInt32](repeating: 0, count: left.digits.count + right.digits.count + 1)
        for (place, digit) in left.digits.enumerated() {
            var carry: UInt64 = 0
            for index in 0...right.digits.count {
                carry += UInt64(digit) * UInt64(right.digit(index)) + UInt64(product[place + index])
                product[place + index] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
        }
        return Whole(digits: product)
    }

    /// Good to about fourteen places.
    var double: Double { digits.reversed().reduce(0) { $0 * 4_294_967_296 + Double($1) } }

    private func digit(_ index: Int) -> UInt32 { index < digits.count ? digits[index] : 0 }

    private mutating func trim() { while digits.last == 0 { digits.removeLast() } }
}
