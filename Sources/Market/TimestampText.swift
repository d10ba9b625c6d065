extension Timestamp {
    /// Reads UTC as ISO 8601 writes it: `2026-03-09`, `2026-03-09T13:30:00Z`, with up to nine places of seconds.
    ///
    /// Returns nil for anything else, for dates that do not exist, and outside 1970 to 2262.
    public init?(text: String) {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = CivilDate(String(parts[0])), (1970...2261).contains(date.year) else { return nil }
        let midnight = Int64(date.daysSinceEpoch) * Timestamp.day
        guard parts.count == 2 else {
            self.init(nanoseconds: midnight)
            return
        }
        guard parts[1].hasSuffix("Z"), let time = Timestamp.timeOfDay(parts[1].dropLast()) else { return nil }
        self.init(nanoseconds: midnight + time)
    }

    /// Nanoseconds of `13:30:00.5`.
    private static func timeOfDay(_ text: Substring) -> Int64? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].utf8.count == 2, fields[1].utf8.count == 2 else { return nil }
        guard let hour = Int64(fields[0]), let minute = Int64(fields[1]) else { return nil }
        guard let second = DecimalText.billionths(String(fields[2])) else { return nil }
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60 * Timestamp.second).contains(second) else {
            return nil
        }
        return (hour * 60 + minute) * 60 * Timestamp.second + second
    }
}
