/// The sessions of the US stock exchanges in New York time, with holidays and half days by rule.
public struct USEquities: DatedCalendar {
    /// Which part of the day is one session.
    public enum Hours: Sendable {
        /// 09:30–16:00, on half days to 13:00.
        case regular
        /// 04:00–20:00 with the trading before and after the regular session, on half days to 17:00.
        case extended
    }

    public let name: String
    let zone = Zone.newYork
    /// The longest closure in memory had six days; this is beyond any that the rules make.
    let closedDatesLimit = 14
    private let open: WallTime
    private let close: WallTime
    private let halfDayClose: WallTime

    public init(_ hours: Hours) {
        switch hours {
        case .regular:
            name = "us-equities"
            open = WallTime(hour: 9, minute: 30)
            close = WallTime(hour: 16, minute: 0)
            halfDayClose = WallTime(hour: 13, minute: 0)
        case .extended:
            name = "us-equities-extended"
            open = WallTime(hour: 4, minute: 0)
            close = WallTime(hour: 20, minute: 0)
            halfDayClose = WallTime(hour: 17, minute: 0)
        }
    }

    func session(on date: CivilDate) -> Session? {
        guard ExchangeHolidays.isTradingDay(date) else { return nil }
        let end = ExchangeHolidays.isHalfDay(date) ? halfDayClose : close
        return session(dated: date, from: (date, open), to: (date, end))
    }
}
