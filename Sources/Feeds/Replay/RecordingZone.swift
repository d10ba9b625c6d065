public import Market

/// What a recording's local times mean.
public enum RecordingZone: Sendable {
    /// Seconds east of Greenwich.
    case fixed(seconds: Int64)
    case named(Zone)

    public static let utc = RecordingZone.fixed(seconds: 0)

    /// `UTC`, an offset like `+05:30`, or an IANA name; throws when the system's database does not have the name.
    public init(named name: String) throws(CalendarError) {
        if let seconds = Self.seconds(name) {
            self = .fixed(seconds: seconds)
        } else {
            self = .named(name == Zone.newYork.name ? .newYork : try Zone(named: name))
        }
    }

    private static func seconds(_ name: String) -> Int64? {
        if name == "UTC" || name == "Z" { return 0 }
        let bytes = Array(name.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":"), let hours = Int64(String(decoding: bytes[1..<3], as: UTF8.self)),
            let minutes = Int64(String(decoding: bytes[4..<6], as: UTF8.self)), (0..<24).contains(hours),
            (0..<60).contains(minutes)
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
    }

    /// The instant of a wall's date and nanosecond of the day; nil out of the range of a time. An hour that the wall
    /// shows twice is its first, one that it leaves out the instant of the change.
    func timestamp(date: CivilDate, nanosecondOfDay: Int64) -> Timestamp? {
        let second = nanosecondOfDay / Timestamp.second
        let start: Timestamp?
        switch self {
        case .fixed(let offset):
            let seconds = Int64(date.daysSinceEpoch) * 86_400 + second - offset
            let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: Timestamp.second)
            start = overflow ? nil : Timestamp(nanoseconds: nanoseconds)
        case .named(let zone):
            let time = WallTime(
                hour: Int(second / 3_600), minute: Int(second / 60 % 60), second: Int(second % 60))
            start = zone.instant(of: date, time)
        }
        guard let start, start.nanoseconds >= 0 else { return nil }
        let (sum, overflow) = start.nanoseconds.addingReportingOverflow(nanosecondOfDay % Timestamp.second)
        return overflow ? nil : Timestamp(nanoseconds: sum)
    }
}
