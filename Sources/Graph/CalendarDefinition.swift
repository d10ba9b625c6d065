public import Market

/// A trading calendar of the file's own: sessions by local wall time.
public struct CalendarDefinition: Hashable, Sendable {
    /// The session's hours in seconds after local midnight. Where `close` is not after `open`, the session opens on the
    /// day before its date.
    public struct Hours: Hashable, Sendable {
        public let open: Int
        public let close: Int
    }

    public enum Weekday: String, CaseIterable, Sendable {
        case sun, mon, tue, wed, thu, fri, sat
        /// 0 is Sunday, as `CivilDate.weekday` counts.
        public var number: Int {
            switch self {
            case .sun: 0
            case .mon: 1
            case .tue: 2
            case .wed: 3
            case .thu: 4
            case .fri: 5
            case .sat: 6
            }
        }
    }

    /// A date whose hours differ; nil hours: closed all day.
    public struct Exception: Hashable, Sendable {
        public let date: CivilDate
        public let hours: Hours?
    }

    public let name: String
    /// A name of the tz database, `America/New_York`.
    public let zone: String
    public let hours: Hours
    /// The days of the week whose dates have a session.
    public let days: [Weekday]
    public let exceptions: [Exception]

    init(name: String, reading reader: inout SettingsReader) {
        self.name = name
        zone =
            reader.parsedText(
                "zone", type: "time zone", required: true, meaning: "The tz database's name of the exchange's zone",
                remedy: "Write a name such as \"America/New_York\" or \"UTC\"", CalendarDefinition.zone) ?? "UTC"
        hours = Hours(standard: nil, reading: &reader)
        let names = reader.texts(
            "days", default: ["mon", "tue", "wed", "thu", "fri"], meaning: "The days of the week that have a session")
        var days: [Weekday] = []
        for text in names {
            if let day = Weekday(rawValue: text), !days.contains(day) {
                days.append(day)
            } else {
                reader.fault(
                    at: "days", problem: "a day is unknown or stands there twice",
                    remedy: "Write each once: sun, mon, tue, wed, thu, fri, sat")
            }
        }
        self.days = days
        exceptions = CalendarDefinition.exceptions(of: hours, reading: &reader)
    }

    /// Dates with other hours, `"2024-11-29": { "close": "13:00" }`, or none, `"2024-12-25": "closed"`.
    private static func exceptions(of hours: Hours, reading reader: inout SettingsReader) -> [Exception] {
        let field = SettingField(
            "exceptions", "object by date", meaning: "Dates whose hours differ, or that are \"closed\"", required: false
        )
        let found = reader.take(field)
        if reader.isListing { _ = reader.readNested(reader.settings) { Hours(standard: hours, reading: &$0) } }
        guard let (value, path) = found else { return [] }
        guard let members = value.members else {
            reader.append(Conversion.wrongType(value, "an object by date"), at: path, position: value.position)
            return []
        }
        return members.compactMap { member in
            let place = path.member(member.name)
            guard let date = date(member.name) else {
                let complaint = SettingsReader.Complaint(
                    problem: "the name is no date", remedy: "Write year, month and day, 2024-11-29")
                reader.append(complaint, at: place, position: member.position)
                return nil
            }
            if member.value.text == "closed" { return Exception(date: date, hours: nil) }
            guard member.value.members != nil else {
                let expected = "\"closed\", or an object with open and close"
                reader.append(Conversion.wrongType(member.value, expected), at: place, position: member.value.position)
                return nil
            }
            let object = SettingsObject(member.value, path: place)
            return Exception(
                date: date, hours: reader.readNested(object) { Hours(standard: hours, reading: &$0) })
        }
    }

    // MARK: Texts

    static func zone(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || byte == 95 || byte == 45 || byte == 43
                }
        }
        return isName && text.utf8.count <= 64 ? text : nil
    }

    /// Seconds after midnight of `09:30` or `09:30:00`; `24:00` is the day's end.
    static func wallTime(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        let numbers = parts.compactMap(number)
        guard numbers.count == parts.count, numbers.dropFirst().allSatisfy({ $0 < 60 }) else { return nil }
        let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        return seconds <= 86_400 ? seconds : nil
    }

    /// Digits only; `Int` would take a sign.
    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (48...57).contains($0) } ? Int(digits) : nil
    }

    static func date(_ text: String) -> CivilDate? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
        let numbers = parts.compactMap(number)
        guard numbers.count == 3, (1...12).contains(numbers[1]), (1...31).contains(numbers[2]) else { return nil }
        let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
        return CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date ? date : nil
    }
}

extension CalendarDefinition.Hours {
    /// Without standard hours both fields are required.
    init(standard: CalendarDefinition.Hours?, reading reader: inout SettingsReader) {
        let remedy = "Write hours and minutes of the local day, 09:30"
        let required = standard == nil
        open =
            reader.parsedText(
                "open", type: "time of day", required: required, meaning: "The local time at which a session opens",
                remedy: remedy, CalendarDefinition.wallTime) ?? standard?.open ?? 0
        close =
            reader.parsedText(
                "close", type: "time of day", required: required, meaning: "The local time at which a session closes",
                remedy: remedy, CalendarDefinition.wallTime) ?? standard?.close ?? 0
    }
}
