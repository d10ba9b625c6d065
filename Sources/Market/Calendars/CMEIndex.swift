/// The Globex trading day of CME's equity index futures: 17:00 Chicago time on the day before to 16:00, Monday to
/// Friday by the date of the close. A session carries that date.
///
/// Modelled are the full closures: Good Friday, Christmas and New Year, kept on the weekday on which New York keeps
/// them. Not modelled, for want of a rule that held in all years: the early halts at noon on the other US holidays and
/// around Thanksgiving, July 4 and Christmas Eve (such a day keeps its whole session, the halt is only silence, and the
/// holiday keeps its own date where CME counts it to the next trading day); the Good Fridays with a morning session
/// for the employment report; days of mourning; the pause at 15:15 until 2021; the later close until September 2015.
/// Exceptions put any of them right, by the trading date.
public struct CMEIndex: DatedCalendar {
    public let name = "cme-index"
    let zone = Zone.chicago
    let closedDatesLimit: Int
    private let exceptions: DateExceptions

    static let open = WallTime(hour: 17, minute: 0)
    static let close = WallTime(hour: 16, minute: 0)

    public init() {
        exceptions = DateExceptions()
        closedDatesLimit = exceptions.closedDatesLimit
    }

    /// Exceptions by trading date. An `open` later than its `close` is on the evening before, as the rule has it.
    ///
    /// Throws `CalendarError` for a bad date or time, too many exceptions, or sessions that would overlap.
    public init(exceptions: [String: CalendarException]) throws(CalendarError) {
        self.exceptions = try DateExceptions(exceptions)
        closedDatesLimit = self.exceptions.closedDatesLimit
        try self.exceptions.checkNeighbours(of: self)
    }

    func session(on date: CivilDate) -> Session? {
        switch exceptions[date] {
        case .closed: nil
        case .hours(let open, let close): session(on: date, from: open, to: close)
        case nil: isClosed(date) ? nil : session(on: date, from: CMEIndex.open, to: CMEIndex.close)
        }
    }

    private func session(on date: CivilDate, from open: WallTime, to close: WallTime) -> Session? {
        session(dated: date, from: (open < close ? date : date.adding(days: -1), open), to: (date, close))
    }

    private func isClosed(_ date: CivilDate) -> Bool {
        ExchangeHolidays.isWeekend(date) || ExchangeHolidays.isNewYear(date) || ExchangeHolidays.isGoodFriday(date)
            || ExchangeHolidays.isChristmas(date)
    }
}
