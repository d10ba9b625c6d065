/// The rule a zone follows for all years: its standard offset and the two changes to and from daylight time.
///
/// It is the `TZ` text of POSIX with the extensions of RFC 9636 (hours from −167 to 167), as the last line of a zone
/// file holds it: `EST5EDT,M3.2.0,M11.1.0`.
struct ZoneRule: Sendable {
    /// The day of a change, in the three forms of POSIX.
    enum Day: Sendable {
        /// The n-th given weekday of a month (0 is Sunday); week 5 is the last one.
        case weekday(month: Int, week: Int, weekday: Int)
        /// Day 1 to 365 of a year in which the leap day is never counted.
        case julian(Int)
        /// Day 0 to 365 of the year, the leap day counted.
        case ordinal(Int)
    }

    /// A change at a wall time of the clock as it stands before the change; `second` may lie outside the day.
    struct Change: Sendable {
        let day: Day
        let second: Int
    }

    struct Daylight: Sendable {
        let offset: Int
        let begins: Change
        let ends: Change
    }

    /// Seconds east of Greenwich.
    let standard: Int
    let daylight: Daylight?

    /// Both changes of a year in the order of time; empty for a zone without daylight time.
    func changes(in year: Int) -> [Zone.Change] {
        guard let daylight else { return [] }
        let begin = daylight.begins.localSecond(in: year) - Int64(standard)
        let end = daylight.ends.localSecond(in: year) - Int64(daylight.offset)
        let both = [
            Zone.Change(second: begin, offset: daylight.offset), Zone.Change(second: end, offset: standard),
        ]
        return begin <= end ? both : both.reversed()
    }
}

extension ZoneRule.Change {
    /// The change's place on the wall clock, in seconds since 1970-01-01 00:00 of that clock.
    func localSecond(in year: Int) -> Int64 { Int64(date(in: year).daysSinceEpoch) * 86_400 + Int64(second) }

    private func date(in year: Int) -> CivilDate {
        let newYear = CivilDate(year: year, month: 1, day: 1)
        switch day {
        case .weekday(let month, let week, let weekday):
            return week == 5
                ? CivilDate.last(weekday, of: month, in: year) : CivilDate.nth(week, weekday, of: month, in: year)
        case .ordinal(let count):
            return newYear.adding(days: count)
        case .julian(let count):
            let isLeap = newYear.adding(days: 59).month == 2
            return newYear.adding(days: count - 1 + (isLeap && count >= 60 ? 1 : 0))
        }
    }
}

extension CivilDate {
    /// The n-th (1 to 4) given weekday of a month; 0 is Sunday.
    static func nth(_ week: Int, _ weekday: Int, of month: Int, in year: Int) -> CivilDate {
        let first = CivilDate(year: year, month: month, day: 1)
        return first.adding(days: (weekday - first.weekday + 7) % 7 + (week - 1) * 7)
    }

    static func last(_ weekday: Int, of month: Int, in year: Int) -> CivilDate {
        let next =
            month == 12 ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
        let last = next.adding(days: -1)
        return last.adding(days: -((last.weekday - weekday + 7) % 7))
    }
}

// MARK: Reading

extension ZoneRule {
    /// Reads the text of a rule; nil when it is none.
    init?(_ text: [UInt8]) {
        var reader = Reader(text: text)
        guard reader.skipName(), let west = reader.time(hourLimit: 24) else { return nil }
        standard = -west
        guard !reader.isAtEnd else {
            daylight = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standard + 3600
        if reader.peek != UInt8(ascii: ",") {
            guard let west = reader.time(hourLimit: 24) else { return nil }
            offset = -west
        }
        guard let begins = reader.change(), let ends = reader.change(), reader.isAtEnd else { return nil }
        daylight = Daylight(offset: offset, begins: begins, ends: ends)
    }

    private struct Reader {
        let text: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == text.count }
        var peek: UInt8? { index < text.count ? text[index] : nil }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            index += 1
            return true
        }

        /// A zone's short name: three letters or more, or anything in angle brackets.
        mutating func skipName() -> Bool {
            let start = index
            if skip(UInt8(ascii: "<")) {
                while let byte = peek, byte != UInt8(ascii: ">") { index += 1 }
                return skip(UInt8(ascii: ">"))
            }
            while let byte = peek, byte | 32 >= UInt8(ascii: "a"), byte | 32 <= UInt8(ascii: "z") { index += 1 }
            return index - start >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value = 0
            let start = index
            while let byte = peek, byte >= 48, byte <= 57, index - start < 4 {
                value = value * 10 + Int(byte - 48)
                index += 1
            }
            return index > start && range.contains(value) ? value : nil
        }

        /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
        mutating func time(hourLimit: Int) -> Int? {
            let negative = skip(UInt8(ascii: "-"))
            if !negative { _ = skip(UInt8(ascii: "+")) }
            guard let hours = number(0...hourLimit) else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where skip(UInt8(ascii: ":")) {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return negative ? -seconds : seconds
        }

        mutating func change() -> Change? {
            guard skip(UInt8(ascii: ",")), let day = day() else { return nil }
            guard skip(UInt8(ascii: "/")) else { return Change(day: day, second: 7200) }
            return time(hourLimit: 167).map { Change(day: day, second: $0) }
        }

        private mutating func day() -> Day? {
            if skip(UInt8(ascii: "J")) { return number(1...365).map { .julian($0) } }
            guard skip(UInt8(ascii: "M")) else { return number(0...365).map { .ordinal($0) } }
            guard let month = number(1...12), skip(UInt8(ascii: ".")) else { return nil }
            guard let week = number(1...5), skip(UInt8(ascii: ".")) else { return nil }
            return number(0...6).map { .weekday(month: month, week: week, weekday: $0) }
        }
    }
}
