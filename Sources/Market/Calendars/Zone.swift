/// A time zone: what a clock on its walls shows at any instant from 1970 to 2262.
///
/// It holds every change of the offset as one sorted list. Beyond the last change that is known the zone's rule has
/// been carried on to the end of `Timestamp`'s range, so that a far session obeys the same daylight time.
public struct Zone: Sendable {
    /// From this second on (UTC) the clock runs `offset` seconds east of Greenwich.
    struct Change: Hashable, Sendable {
        let second: Int64
        let offset: Int
    }

    /// The last year of `Timestamp`.
    static let lastYear = 2262
    /// No zone's clock was ever further from Greenwich than this; RFC 9636 allows no more than 26 hours.
    private static let offsetLimit: Int64 = 26 * 3600

    /// The IANA name.
    public let name: String
    private let firstOffset: Int
    private let changes: [Change]

    /// The changes must be in the order of time.
    init(name: String, firstOffset: Int, changes: [Change]) {
        self.name = name
        self.firstOffset = firstOffset
        self.changes = changes
    }

    /// Seconds east of Greenwich at a second since 1970 UTC.
    public func offset(at second: Int64) -> Int {
        let count = countOfChanges(upTo: second)
        return count == 0 ? firstOffset : changes[count - 1].offset
    }

    /// The date on the wall at an instant.
    public func date(at time: Timestamp) -> CivilDate {
        let second = time.nanoseconds.floorDivided(by: Timestamp.second)
        return CivilDate(daysSinceEpoch: Int((second + Int64(offset(at: second))).floorDivided(by: 86_400)))
    }

    /// The first instant at which the wall clock shows this date and time, or a later one.
    ///
    /// So a time that daylight saving doubles is its first occurrence, and a time that it skips is the instant of the
    /// change. An earlier wall time is never a later instant, which keeps sessions in order and apart.
    /// Nil outside the range of `Timestamp`.
    public func instant(of date: CivilDate, _ time: WallTime) -> Timestamp? {
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(time.second)
        let (nanoseconds, overflow) = firstSecond(showing: local).multipliedReportingOverflow(by: Timestamp.second)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }

    private func firstSecond(showing local: Int64) -> Int64 {
        var index = countOfChanges(upTo: local - Zone.offsetLimit)
        while true {
            let offset = index == 0 ? firstOffset : changes[index - 1].offset
            let second = local - Int64(offset)
            if index == changes.count || second < changes[index].second {
                return index == 0 ? second : max(second, changes[index - 1].second)
            }
            index += 1
        }
    }

    /// How many changes have happened by a second.
    private func countOfChanges(upTo second: Int64) -> Int {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].second <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// MARK: The United States

extension Zone {
    /// New York and Chicago are built in, so that the built-in calendars need no file and are the same everywhere.
    public static let newYork = Zone(name: "America/New_York", unitedStates: -5 * 3600)
    public static let chicago = Zone(name: "America/Chicago", unitedStates: -6 * 3600)

    /// Daylight time by the Uniform Time Act and its amendments of 1986 and 2005; right from 1976 on.
    private init(name: String, unitedStates standard: Int) {
        func rule(from begin: ZoneRule.Day, to end: ZoneRule.Day) -> ZoneRule {
            let begins = ZoneRule.Change(day: begin, second: 7200)
            let ends = ZoneRule.Change(day: end, second: 7200)
            return ZoneRule(
                standard: standard, daylight: .init(offset: standard + 3600, begins: begins, ends: ends))
        }
        let lastSundayOfOctober = ZoneRule.Day.weekday(month: 10, week: 5, weekday: 0)
        let act1966 = rule(from: .weekday(month: 4, week: 5, weekday: 0), to: lastSundayOfOctober)
        let act1986 = rule(from: .weekday(month: 4, week: 1, weekday: 0), to: lastSundayOfOctober)
        let act2005 = rule(
            from: .weekday(month: 3, week: 2, weekday: 0), to: .weekday(month: 11, week: 1, weekday: 0))
        let changes = (1970...Zone.lastYear).flatMap { year in
            (year < 1987 ? act1966 : year < 2007 ? act1986 : act2005).changes(in: year)
        }
        self.init(name: name, firstOffset: standard, changes: changes)
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity.
    func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
