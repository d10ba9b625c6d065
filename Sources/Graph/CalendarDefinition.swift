public import Market

/// A trading calendar of the file's own, as the file writes it: sessions by local wall time (see `LocalCalendar`).
public struct CalendarDefinition: Hashable, Sendable {
    public let name: String
    /// A name of the tz database, `America/New_York`.
    public let zone: String
    /// `17:00`, local wall time. A close that is not later than the open lies on the next day.
    public let open: String
    public let close: String
    /// `mon` or `monday`: the days of the week on which a session opens.
    public let days: [String]
    /// By date, `2024-11-29`.
    public let exceptions: [String: CalendarException]

    init(name: String, reading reader: inout SettingsReader) {
        self.name = name
        zone = reader.text("zone", default: nil, meaning: "The tz database's name of the exchange's zone")
        let hours = CalendarDefinition.hours(standard: nil, reading: &reader)
        (open, close) = hours
        days = CalendarDefinition.days(reading: &reader)
        exceptions = CalendarDefinition.exceptions(of: hours, reading: &reader)
    }

    /// The calendar itself. Throws `CalendarError` where the system knows no such zone, or where an exception's session
    /// overlaps its neighbour.
    public func calendar() throws(CalendarError) -> LocalCalendar {
        try LocalCalendar(name: name, zone: zone, open: open, close: close, days: days, exceptions: exceptions)
    }

    // MARK: Reading

    /// Without standard hours both fields are required.
    private static func hours(
        standard: (open: String, close: String)?, reading reader: inout SettingsReader
    ) -> (open: String, close: String) {
        let wallTime: (String) -> String? = { WallTime($0) == nil ? nil : $0 }
        let remedy = "Write hours and minutes of the local day, \"09:30\""
        let required = standard == nil
        let open = reader.parsedText(
            "open", type: "time of day", required: required, meaning: "The local time at which a session opens",
            remedy: remedy, wallTime)
        let close = reader.parsedText(
            "close", type: "time of day", required: required, meaning: "The local time at which a session closes",
            remedy: remedy, wallTime)
        return (open ?? standard?.open ?? "00:00", close ?? standard?.close ?? "00:00")
    }

    private static func days(reading reader: inout SettingsReader) -> [String] {
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        var field = SettingField(
            "days", "list of days", meaning: "The days of the week on which a session opens", required: false)
        field.standard = "mon, tue, wed, thu, fri"
        field.range = "mon, tue, wed, thu, fri, sat, sun"
        let days = reader.list(field, alone: true) { value throws(SettingsReader.Complaint) in
            let text = try Conversion.text(value)
            if week.contains(where: { text == $0 || text == $0.prefix(3) }) { return text }
            throw SettingsReader.Complaint(
                problem: "\(value.shown) is no day of the week", remedy: "Write mon, tue, wed, thu, fri, sat or sun")
        }
        guard let days else { return week.prefix(5).map { String($0.prefix(3)) } }
        if days.isEmpty, reader.settings["days"]?.elements?.isEmpty == true {
            reader.fault(at: "days", problem: "the list is empty", remedy: "Name a day on which a session opens")
        }
        return days
    }

    /// Dates with other hours, `"2024-11-29": { "close": "13:00" }`, or none, `"2024-12-25": "closed"`.
    private static func exceptions(
        of hours: (open: String, close: String), reading reader: inout SettingsReader
    ) -> [String: CalendarException] {
        let field = SettingField(
            "exceptions", "object by date", meaning: "Dates whose hours differ, or that are \"closed\"", required: false
        )
        let found = reader.take(field)
        if reader.isListing {
            _ = reader.readNested(reader.settings) { CalendarDefinition.hours(standard: hours, reading: &$0) }
        }
        guard let (value, path) = found else { return [:] }
        guard let members = value.members else {
            reader.append(Conversion.wrongType(value, "an object by date"), at: path, position: value.position)
            return [:]
        }
        var exceptions: [String: CalendarException] = [:]
        for member in members {
            exceptions[member.name] = exception(member, at: path.member(member.name), of: hours, reading: &reader)
        }
        return exceptions
    }

    private static func exception(
        _ member: JSONMember, at path: JSONPath, of hours: (open: String, close: String),
        reading reader: inout SettingsReader
    ) -> CalendarException? {
        guard CivilDate(member.name) != nil else {
            let complaint = SettingsReader.Complaint(
                problem: "the name is no date", remedy: "Write year, month and day, \"2024-11-29\"")
            reader.append(complaint, at: path, position: member.position)
            return nil
        }
        if member.value.text == "closed" { return .closed }
        guard member.value.members != nil else {
            if member.value.origin == .missing { return nil }
            let expected = "\"closed\", or an object with open and close"
            reader.append(Conversion.wrongType(member.value, expected), at: path, position: member.value.position)
            return nil
        }
        let (open, close) = reader.readNested(SettingsObject(member.value, path: path)) {
            CalendarDefinition.hours(standard: hours, reading: &$0)
        }
        return .hours(open: open, close: close)
    }
}
