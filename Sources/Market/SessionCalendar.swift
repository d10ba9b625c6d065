/// One trading session: half-open, in UTC, with the exchange's own date.
public struct Session: Hashable, Sendable, BitwiseCopyable {
    public let open: Timestamp
    public let close: Timestamp
    /// The trading date as a number, 20241129. Not always the UTC date of either end.
    public let date: Int32

    public init(open: Timestamp, close: Timestamp, date: Int32) {
        self.open = open
        self.close = close
        self.date = date
    }

    public func contains(_ time: Timestamp) -> Bool { time >= open && time < close }
}

/// Where an instant lies in a calendar.
public enum SessionPlace: Hashable, Sendable {
    case inside(Session)
    /// Outside every session; `next` is the first that opens later, nil when the calendar ends before.
    case outside(next: Session?)
}

/// When an instrument trades: sessions by local wall time, zone and exceptions (definitions §1).
public protocol SessionCalendar: Sendable, CustomStringConvertible {
    /// The name a topology uses, `us-equities`.
    var name: String { get }
    func place(of time: Timestamp) -> SessionPlace
}

extension SessionCalendar {
    public var description: String { name }
}

/// Trades always; a session is a UTC day.
public struct AroundTheClock: SessionCalendar {
    public let name = "24x7"
    public init() {}

    public func place(of time: Timestamp) -> SessionPlace {
        let days = time.nanoseconds.floorDivided(by: Timestamp.day)
        let (start, overflow) = days.multipliedReportingOverflow(by: Timestamp.day)
        let open = Timestamp(nanoseconds: overflow ? .min : start)
        let date = CivilDate(daysSinceEpoch: Int(days)).number
        return .inside(Session(open: open, close: open + Timestamp.day, date: date))
    }
}
