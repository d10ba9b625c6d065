/// Why a calendar cannot be made.
public enum CalendarError: Error, Hashable, Sendable {
    /// No zone of that name lies in the system's zone folder (package tzdata).
    case unknownZone(String)
    /// The zone's file is not one that we can read; `reason` is a sentence.
    case unreadableZone(String, reason: String)
    /// Not a wall time `HH:MM` or `HH:MM:SS` from 00:00 to 23:59:59.
    case badTime(String)
    /// Not a date `YYYY-MM-DD` of the calendar.
    case badDate(String)
    /// Not a day of the week, `mon` or `monday`.
    case unknownDay(String)
    /// A calendar must be open on one day of the week at least.
    case noDays
    /// More exceptions than a calendar holds.
    case tooManyExceptions(count: Int, limit: Int)
    /// The session of that date, changed by an exception, overlaps the one before or after it.
    case overlap(CivilDate)
}

extension CalendarError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownZone(let name): "there is no time zone \"\(name)\" (an IANA name such as America/New_York)"
        case .unreadableZone(let name, let reason): "the time zone \"\(name)\" cannot be read: \(reason)"
        case .badTime(let text): "\"\(text)\" is not a wall time (09:30 or 09:30:00, 00:00 to 23:59:59)"
        case .badDate(let text): "\"\(text)\" is not a date (2026-11-27)"
        case .unknownDay(let text): "\"\(text)\" is not a day of the week (mon, tue, wed, thu, fri, sat, sun)"
        case .noDays: "a calendar must be open on one day of the week at least"
        case .tooManyExceptions(let count, let limit): "\(count) exceptions are more than the limit of \(limit)"
        case .overlap(let date): "the session of \(date) overlaps its neighbour"
        }
    }
}
