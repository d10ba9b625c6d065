/// An instant: nanoseconds since 1970-01-01 UTC, leap seconds not counted. Range 1970 to 2262.
///
/// Three clocks use it and are never mixed: venue time, receive time, publish time.
public struct Timestamp: Hashable, Comparable, BitwiseCopyable, Sendable {
    public static let second: Int64 = 1_000_000_000
    public static let day: Int64 = 86_400 * second
    public static let distantFuture = Timestamp(nanoseconds: .max)

    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: Timestamp, nanoseconds: Int64) -> Timestamp {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow ? .distantFuture : Timestamp(nanoseconds: sum)
    }

    /// Nanoseconds from `earlier` to this instant.
    public static func - (time: Timestamp, earlier: Timestamp) -> Int64 {
        time.nanoseconds &- earlier.nanoseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 with nine digits, `2024-08-08T23:54:15.030314667Z`.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the ISO 8601 text, thirty bytes from the year 1970 on.
    public func append(to bytes: inout [UInt8]) {
        var (days, rest) = nanoseconds.quotientAndRemainder(dividingBy: Timestamp.day)
        if rest < 0 {
            days -= 1
            rest += Timestamp.day
        }
        let date = CivilDate(daysSinceEpoch: Int(days))
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: Timestamp.second)
        DecimalText.append(Int64(date.year), digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        DecimalText.append(Int64(date.month), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        DecimalText.append(Int64(date.day), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        DecimalText.append(seconds / 3600, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        DecimalText.append(seconds / 60 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        DecimalText.append(seconds % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        DecimalText.append(fraction, digits: 9, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }
}
