/// A time of day as a clock on the wall shows it, 00:00:00 to 23:59:59, without date and zone.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Seconds since midnight on the clock's face, 0 to 86,399.
    public let second: Int

    public init(hour: Int, minute: Int, second: Int = 0) {
        precondition(
            (0..<24).contains(hour) && (0..<60).contains(minute) && (0..<60).contains(second),
            "A wall time must be one that a clock shows.")
        self.second = hour * 3600 + minute * 60 + second
    }

    /// Reads `HH:MM` or `HH:MM:SS`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { FixedDigits.value($0, count: 2) }
        guard parts.count == 2 || parts.count == 3 else { return nil }
        guard let hour = parts[0], let minute = parts[1], hour < 24, minute < 60 else { return nil }
        guard let second = parts.count == 3 ? parts[2] : 0, second < 60 else { return nil }
        self.init(hour: hour, minute: minute, second: second)
    }

    public static func < (left: WallTime, right: WallTime) -> Bool { left.second < right.second }
}

extension CivilDate {
    /// Reads `YYYY-MM-DD`, a date that exists; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = FixedDigits.value(parts[0], count: 4) else { return nil }
        guard let month = FixedDigits.value(parts[1], count: 2), (1...12).contains(month) else { return nil }
        guard let day = FixedDigits.value(parts[2], count: 2), (1...31).contains(day) else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
        self = date
    }
}

/// A number written with a fixed count of ASCII digits: no sign, no blank.
private enum FixedDigits {
    static func value(_ text: Substring, count: Int) -> Int? {
        guard text.utf8.count == count, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return text.utf8.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}
