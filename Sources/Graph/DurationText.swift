internal import Market

/// Durations as a topology writes them: `250ms`, `1.5s`, `5m`, `1h`, `1d`.
public enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", Timestamp.day), ("h", 3600 * Timestamp.second), ("m", 60 * Timestamp.second), ("s", Timestamp.second),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// The duration of a decimal and a unit; nil for anything else, a negative one, one that is no whole number of
    /// nanoseconds, or one over 292 years. `off` and `0` are zero.
    public static func duration(_ text: String) -> Duration? {
        if text == "off" || text == "0" { return .zero }
        let letters = text.reversed().prefix { $0.isLetter }
        let name = String(letters.reversed())
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        let number = String(text.dropLast(name.count))
        guard let count = billionths(number), count >= 0 else { return nil }
        let (nanoseconds, rest) = (count * Int128(unit.nanoseconds)).quotientAndRemainder(
            dividingBy: Int128(Price.scale))
        guard rest == 0, let whole = Int64(exactly: nanoseconds) else { return nil }
        return .nanoseconds(whole)
    }

    /// Whole numbers may be larger than a decimal's billionths can count.
    private static func billionths(_ number: String) -> Int128? {
        if !number.utf8.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }) {
            return Int64(number).map { Int128($0) * Int128(Price.scale) }
        }
        return DecimalText.billionths(number).map { Int128($0) }
    }

    /// The shortest form in whole units: `90s` stays `90s`, `60s` becomes `1m`; zero is `off`.
    public static func text(_ duration: Duration) -> String {
        let nanoseconds = nanoseconds(duration)
        guard nanoseconds != 0 else { return "off" }
        for unit in units where nanoseconds % unit.nanoseconds == 0 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        preconditionFailure("A whole number of nanoseconds must have a unit.")
    }

    /// The whole nanoseconds of a duration; those over 292 years stay at that limit.
    public static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: Timestamp.second)
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / Timestamp.second)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }
}
