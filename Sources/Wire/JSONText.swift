internal import Market
internal import Memory

/// How values look in JSON, written straight into a byte buffer, eight characters at a time.
public enum JSONText {
    /// Eight decimal digits as characters, the first in the lowest byte: three multiplications for all of them.
    static func eightDigits(_ value: UInt64) -> UInt64 { digitBytes(value) | 0x3030_3030_3030_3030 }

    /// The same, each byte a digit's value.
    static func digitBytes(_ value: UInt64) -> UInt64 {
        let (high, low) = value.quotientAndRemainder(dividingBy: 10_000)
        var word = high | low << 32
        let hundreds = (word &* 10_486) >> 20 & 0x0000_007F_0000_007F
        word = hundreds | (word &- hundreds &* 100) << 16
        let tens = (word &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (word &- tens &* 10) << 8
    }

    /// A text in quotes, with what JSON wants escaped.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Powers of ten that fit a UInt64.
    static let powers: [UInt64] = (0..<20).map { exponent in
        (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
    }
}

extension ByteBuffer {
    private static let dot: UInt64 = 0x2E
    private static let minus: UInt64 = 0x2D

    mutating func append(unsigned value: UInt64) {
        guard value >= 100_000_000 else { return append(short: value) }
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        append(unsigned: high)
        append(JSONText.eightDigits(low), length: 8)
    }

    mutating func append(signed value: Int64) {
        if value < 0 { append(ByteBuffer.minus, length: 1) }
        append(unsigned: value.magnitude)
    }

    /// A number below 10^8 without leading zeros.
    private mutating func append(short value: UInt64) {
        let digits = JSONText.digitBytes(value)
        let zeros = min(digits.trailingZeroBitCount / 8, 7)
        append((digits | 0x3030_3030_3030_3030) >> UInt64(zeros * 8), length: 8 - zeros)
    }

    /// A number with leading zeros up to `places`; 1 to 19 of them.
    private mutating func append(_ value: UInt64, places: Int) {
        guard places > 8 else {
            return append(JSONText.eightDigits(value) >> UInt64((8 - places) * 8), length: places)
        }
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        append(high, places: places - 8)
        append(JSONText.eightDigits(low), length: 8)
    }

    /// An exact decimal of billionths in its shortest form.
    mutating func append(billionths value: Int64) {
        if value < 0 { append(ByteBuffer.minus, length: 1) }
        let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        append(unsigned: whole)
        guard fraction != 0 else { return }
        append(ByteBuffer.dot, length: 1)
        let (eight, ninth) = fraction.quotientAndRemainder(dividingBy: 10)
        let digits = JSONText.digitBytes(eight)
        guard ninth == 0 else {
            append(digits | 0x3030_3030_3030_3030, length: 8)
            return append(0x30 | ninth, length: 1)
        }
        append(digits | 0x3030_3030_3030_3030, length: 8 - digits.leadingZeroBitCount / 8)
    }

    /// `steps` · `step` billionths; a product of two Int64 always fits.
    mutating func append(steps: Int64, of step: Int64) {
        let (product, overflow) = steps.multipliedReportingOverflow(by: step)
        guard overflow else { return append(billionths: product) }
        append(text: DecimalText.text(billionths: Int128(steps) * Int128(step)))
    }

    /// The shortest decimal that reads back as the same double; null for what is no number or has no end.
    mutating func append(real value: Double) {
        guard value.isFinite else { return append(0x6C6C_756E, length: 4) }
        if value.sign == .minus { append(ByteBuffer.minus, length: 1) }
        let magnitude = value.magnitude
        // Zero keeps a fraction when negative: readers drop the sign of a whole "-0".
        guard magnitude != 0 else { return append(0x302E30, length: value.sign == .minus ? 3 : 1) }
        if magnitude < 0x1p53, Double(UInt64(magnitude)) == magnitude { return append(unsigned: UInt64(magnitude)) }
        append(decimal: ShortestDecimal(magnitude))
    }

    /// Plain from 10^-6 up to 10^21, with an exponent elsewhere: as ECMAScript writes numbers.
    private mutating func append(decimal: ShortestDecimal) {
        let places = ByteBuffer.places(of: decimal.digits)
        let point = places + decimal.exponent
        switch point {
        case 1...21 where decimal.exponent >= 0:
            append(unsigned: decimal.digits)
            for _ in 0..<decimal.exponent { append(0x30, length: 1) }
        case 1...21:
            append(decimal.digits, fraction: -decimal.exponent)
        case -5...0:
            append(0x2E30, length: 2)
            for _ in point..<0 { append(0x30, length: 1) }
            append(unsigned: decimal.digits)
        default:
            if places > 1 {
                append(decimal.digits, fraction: places - 1)
            } else {
                append(unsigned: decimal.digits)
            }
            append(0x65, length: 1)
            append(point > 0 ? 0x2B : ByteBuffer.minus, length: 1)
            append(unsigned: UInt64((point - 1).magnitude))
        }
    }

    /// Digits with a point before the last `fraction` of them.
    private mutating func append(_ digits: UInt64, fraction: Int) {
        let (whole, rest) = digits.quotientAndRemainder(dividingBy: JSONText.powers[fraction])
        append(unsigned: whole)
        append(ByteBuffer.dot, length: 1)
        append(rest, places: fraction)
    }

    private static func places(of value: UInt64) -> Int {
        var places = 1
        while places < 20, value >= JSONText.powers[places] { places += 1 }
        return places
    }

    /// A time in quotes with nine digits; null for the instant 0, which means none.
    mutating func append(time: Timestamp) {
        guard time.nanoseconds != 0 else { return append(0x6C6C_756E, length: 4) }
        var (days, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: Timestamp.day)
        if rest < 0 {
            days -= 1
            rest += Timestamp.day
        }
        let date = JSONText.eightDigits(UInt64(CivilDate(daysSinceEpoch: Int(days)).number))
        let (seconds, fraction) = UInt64(rest).quotientAndRemainder(dividingBy: 1_000_000_000)
        let (early, late) = fraction.quotientAndRemainder(dividingBy: 10_000_000)
        let clock = JSONText.eightDigits(
            seconds / 3_600 * 1_000_000 + seconds / 60 % 60 * 10_000 + seconds % 60 * 100 + early)
        let tail = JSONText.eightDigits(late * 10)
        append(0x22, length: 1)
        // "2024-08-", "08T23:54", ":15.0303", "14667Z" and the closing quote.
        append(date & 0xFFFF_FFFF | 0x2D << 32 | (date >> 32 & 0xFFFF) << 40 | 0x2D << 56, length: 8)
        append(date >> 48 | 0x54 << 16 | (clock & 0xFFFF) << 24 | 0x3A << 40 | (clock >> 16 & 0xFFFF) << 48, length: 8)
        append(0x3A | (clock >> 32 & 0xFFFF) << 8 | 0x2E << 24 | (clock >> 48) << 32 | (tail & 0xFFFF) << 48, length: 8)
        append(tail >> 16 & 0xFF_FFFF_FFFF | 0x5A << 40 | 0x22 << 48, length: 7)
    }

    /// Sixteen hexadecimal digits in quotes: such numbers pass 2^53.
    mutating func append(identifier value: UInt64) {
        append(0x22, length: 1)
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = value >> shift & 15
            append(digit < 10 ? 0x30 + digit : 0x57 + digit, length: 1)
        }
        append(0x22, length: 1)
    }

    /// A text of any length.
    mutating func append(text: String) {
        for byte in text.utf8 { append(UInt64(byte), length: 1) }
    }
}
