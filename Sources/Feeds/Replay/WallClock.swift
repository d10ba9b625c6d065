public import Market

/// From the time on a wall to an instant: what a recording without UTC times needs.
public protocol WallClock: Sendable {
    /// What to subtract from a wall's time to get UTC, in seconds, at a wall's date and second of the day.
    func offset(date: CivilDate, second: Int64) -> Int64
}

/// A zone that never changes.
public struct FixedOffset: WallClock, Equatable {
    public static let utc = FixedOffset(seconds: 0)

    /// East of Greenwich is positive.
    public let seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public func offset(date: CivilDate, second: Int64) -> Int64 { seconds }
}

/// New York by rule, from 1987 on: daylight time from the second Sunday of March to the first of November, before 2007
/// from the first Sunday of April to the last of October, each at 2:00 on the wall.
///
/// An hour that the wall shows twice is taken as its first; one that it leaves out as standard time.
public struct NewYorkTime: WallClock {
    private static let standard: Int64 = -5 * 3_600
    private static let daylight: Int64 = -4 * 3_600
    private static let change: Int64 = 2 * 3_600

    public init() {}

    public func offset(date: CivilDate, second: Int64) -> Int64 {
        let (start, end) = Self.changes(of: date.year)
        let afterStart = date > start || (date == start && second >= Self.change + 3_600)
        let beforeEnd = date < end || (date == end && second < Self.change)
        return afterStart && beforeEnd ? Self.daylight : Self.standard
    }

    private static func changes(of year: Int) -> (start: CivilDate, end: CivilDate) {
        if year >= 2_007 { return (sunday(2, of: 3, year), sunday(1, of: 11, year)) }
        // The last Sunday of October lies seven days before the first of a November counted on.
        let november = sunday(1, of: 11, year)
        return (sunday(1, of: 4, year), november.adding(days: -7))
    }

    private static func sunday(_ number: Int, of month: Int, _ year: Int) -> CivilDate {
        let first = CivilDate(year: year, month: month, day: 1)
        return first.adding(days: (7 - first.weekday) % 7 + 7 * (number - 1))
    }
}

extension WallClock {
    /// The instant of a wall's date and nanosecond of the day; nil out of the range of a time.
    func timestamp(date: CivilDate, nanosecondOfDay: Int64) -> Timestamp? {
        let second = nanosecondOfDay / Timestamp.second
        let seconds = Int64(date.daysSinceEpoch) * 86_400 + second - offset(date: date, second: second)
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: Timestamp.second)
        let (sum, carry) = scaled.addingReportingOverflow(nanosecondOfDay % Timestamp.second)
        guard !overflow, !carry, sum >= 0 else { return nil }
        return Timestamp(nanoseconds: sum)
    }
}
