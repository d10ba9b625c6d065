/// A calendar made of at most one session per date of a zone.
///
/// `session(on:)` must give, for rising dates, sessions in the order of time that do not overlap. A session opens
/// on the wall date it belongs to or on the one before, and closes on it or on the one after.
protocol DatedCalendar: SessionCalendar {
    var zone: Zone { get }
    /// How many dates in a row may be without a session; a search for the next one ends there.
    var closedDatesLimit: Int { get }
    func session(on date: CivilDate) -> Session?
}

extension DatedCalendar {
    /// The cost is that of two or three sessions: ask once per session, not once per event.
    public func place(of time: Timestamp) -> SessionPlace {
        let today = zone.date(at: time)
        for days in -1...closedDatesLimit {
            guard let session = session(on: today.adding(days: days)), session.close > time else { continue }
            return session.open <= time ? .inside(session) : .outside(next: session)
        }
        return .outside(next: nil)
    }

    /// The session from one wall time to another; nil when daylight saving leaves nothing of it, or when it lies
    /// outside the range of `Timestamp`.
    func session(
        dated date: CivilDate, from open: (date: CivilDate, time: WallTime), to close: (date: CivilDate, time: WallTime)
    ) -> Session? {
        guard let start = zone.instant(of: open.date, open.time) else { return nil }
        guard let end = zone.instant(of: close.date, close.time), start < end else { return nil }
        return Session(open: start, close: end, date: date.number)
    }
}
