/// Exact decimals between text and billionths: no double on the way.
public enum DecimalText {
    private static let powers: [Int64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    ]

    /// The value of a plain decimal (`-12.5`, `007`, `.5`) in billionths.
    ///
    /// Returns nil for anything else: an exponent, a blank, a lone sign, more than nine places that are not zero, or a
    /// magnitude of 2^63 billionths and more.
    public static func billionths(_ text: Span<UInt8>) -> Int64? {
        var index = 0
        var negative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            negative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var value: UInt64 = 0
        var digits = 0
        var places = -1
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "."), places < 0 {
                places = 0
                continue
            }
            guard byte >= 48, byte <= 57 else { return nil }
            digits += 1
            if places == 9 {
                guard byte == 48 else { return nil }
                continue
            }
            if places >= 0 { places += 1 }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte &- 48))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        guard digits > 0 else { return nil }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: UInt64(powers[9 - max(places, 0)]))
        guard !overflow, scaled <= UInt64(Int64.max) else { return nil }
        return negative ? -Int64(scaled) : Int64(scaled)
    }

    public static func billionths(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        return billionths(bytes.span)
    }

    /// The shortest exact decimal of a count of billionths, without an exponent.
    public static func append(billionths value: Int128, to bytes: inout [UInt8]) {
        let magnitude = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: UInt128(Price.scale))
        append(unsigned: whole, to: &bytes)
        guard fraction != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        append(Int64(fraction), digits: 9, to: &bytes)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }

    public static func text(billionths value: Int128) -> String {
        var bytes: [UInt8] = []
        append(billionths: value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a number that is not negative, with leading zeros up to `digits` places.
    public static func append(_ value: Int64, digits: Int, to bytes: inout [UInt8]) {
        precondition(value >= 0, "A padded number must not be negative.")
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(48 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0 || bytes.count - start < digits
        bytes[start...].reverse()
    }

    private static func append(unsigned value: UInt128, to bytes: inout [UInt8]) {
        if value <= UInt128(Int64.max) {
            append(Int64(value), digits: 1, to: &bytes)
            return
        }
        let (high, low) = value.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
        append(unsigned: high, to: &bytes)
        append(Int64(low), digits: 18, to: &bytes)
    }
}
