/// What a calendar does on one date instead of its rule.
public enum CalendarException: Hashable, Sendable {
    case closed
    /// Wall times, `HH:MM` or `HH:MM:SS`.
    case hours(open: String, close: String)
}

/// A calendar's exceptions, read and checked.
struct DateExceptions: Sendable {
    enum Hours: Sendable {
        case closed
        case hours(open: WallTime, close: WallTime)
    }

    /// Some sixty years of holidays and half days.
    static let limit = 1_024

    private let byDate: [CivilDate: Hours]

    init() { byDate = [:] }

    init(_ exceptions: [String: CalendarException]) throws(CalendarError) {
        guard exceptions.count <= DateExceptions.limit else {
            throw .tooManyExceptions(count: exceptions.count, limit: DateExceptions.limit)
        }
        var byDate: [CivilDate: Hours] = [:]
        for (text, exception) in exceptions.sorted(by: { $0.key < $1.key }) {
            guard let date = CivilDate(text) else { throw .badDate(text) }
            byDate[date] = try Hours(exception)
        }
        self.byDate = byDate
    }

    subscript(date: CivilDate) -> Hours? { byDate[date] }

    /// By the rule sessions are a week apart at most, or two where a holiday takes one; each exception takes one more.
    var closedDatesLimit: Int { 14 + 7 * byDate.count }

    /// Throws `CalendarError.overlap` where an exception's session reaches into a neighbour's.
    func checkNeighbours(of calendar: some DatedCalendar) throws(CalendarError) {
        for date in byDate.keys.sorted() {
            guard let session = calendar.session(on: date) else { continue }
            let before = calendar.session(on: date.adding(days: -1))
            let after = calendar.session(on: date.adding(days: 1))
            guard before.map({ $0.close <= session.open }) ?? true, after.map({ session.close <= $0.open }) ?? true
            else { throw .overlap(date) }
        }
    }
}

extension DateExceptions.Hours {
    init(_ exception: CalendarException) throws(CalendarError) {
        switch exception {
        case .closed: self = .closed
        case .hours(let open, let close): self = .hours(open: try .read(open), close: try .read(close))
        }
    }
}

extension WallTime {
    static func read(_ text: String) throws(CalendarError) -> WallTime {
        guard let time = WallTime(text) else { throw .badTime(text) }
        return time
    }
}
