/// A calendar of one's own: a daily session by local wall times in a zone, on given days of the week.
///
/// A close that is not later than the open lies on the next day: 17:00–16:00 is 23 hours, 00:00–00:00 a whole day.
/// Days of the week and exceptions are those on which a session opens. The session's date is the wall date of its
/// last moment, so that an evening's session counts to the day it closes on. A wall time that daylight saving skips is
/// the instant of the change, one that it doubles is the first of the two; a session of which nothing is left is none.
public struct LocalCalendar: DatedCalendar {
    public let name: String
    let zone: Zone
    let closedDatesLimit: Int
    private let open: WallTime
    private let close: WallTime
    /// By `CivilDate.weekday`.
    private let isOpen: [Bool]
    private let exceptions: DateExceptions

    /// Reads a calendar as a person writes it: an IANA zone, times `09:30`, days `mon` or `monday`, dates `2026-12-24`.
    ///
    /// Throws `CalendarError`.
    public init(
        name: String, zone: String, open: String, close: String, days: [String],
        exceptions: [String: CalendarException] = [:]
    ) throws(CalendarError) {
        self.name = name
        self.zone = try Zone(named: zone)
        self.open = try .read(open)
        self.close = try .read(close)
        var isOpen = [Bool](repeating: false, count: 7)
        for day in days { isOpen[try LocalCalendar.weekday(day)] = true }
        guard isOpen.contains(true) else { throw .noDays }
        self.isOpen = isOpen
        self.exceptions = try DateExceptions(exceptions)
        closedDatesLimit = self.exceptions.closedDatesLimit
        try self.exceptions.checkNeighbours(of: self)
    }

    func session(on date: CivilDate) -> Session? {
        switch exceptions[date] {
        case .closed: nil
        case .hours(let open, let close): session(on: date, from: open, to: close)
        case nil: isOpen[date.weekday] ? session(on: date, from: open, to: close) : nil
        }
    }

    private func session(on date: CivilDate, from open: WallTime, to close: WallTime) -> Session? {
        let next = date.adding(days: 1)
        let end = open < close ? date : next
        return session(dated: close.second == 0 ? date : end, from: (date, open), to: (end, close))
    }

    private static func weekday(_ text: String) throws(CalendarError) -> Int {
        let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        guard let index = names.firstIndex(where: { text == $0 || text == $0.prefix(3) }) else {
            throw .unknownDay(text)
        }
        return index
    }
}
