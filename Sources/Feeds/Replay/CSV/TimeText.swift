internal import Market

/// How a CSV writes its times.
public enum TimeFormat: String, CaseIterable, Sendable, Decodable {
    /// Counts since 1970 UTC; all but nanoseconds may have decimal places.
    case nanoseconds = "ns"
    case microseconds = "us"
    case milliseconds = "ms"
    case seconds = "s"
    /// `2024-08-08T23:54:15.030314667Z`, a blank in place of the T, an offset in place of the Z, or neither: then the
    /// zone of the column map holds. A date alone is its midnight.
    case iso8601
}

/// Reads times from text.
enum TimeText {
    static func timestamp(_ text: Span<UInt8>, _ format: TimeFormat, zone: RecordingZone) -> Timestamp? {
        switch format {
        case .nanoseconds: epoch(text, unit: 1)
        case .microseconds: epoch(text, unit: 1_000)
        case .milliseconds: epoch(text, unit: 1_000_000)
        case .seconds: epoch(text, unit: 1_000_000_000)
        case .iso8601: iso(text, zone: zone)
        }
    }

    /// The format that a first value shows; nil when it is no time.
    static func guessedFormat(_ text: Span<UInt8>) -> TimeFormat? {
        if iso(text, zone: .utc) != nil { return .iso8601 }
        var index = 0
        while index < text.count, (48...57).contains(text[index]) { index += 1 }
        guard epoch(text.extracting(0..<index), unit: 0) != nil else { return nil }
        switch index {
        case 1...11: return .seconds
        case 12...14: return .milliseconds
        case 15...17: return .microseconds
        default: return .nanoseconds
        }
    }

    /// A count with decimal places, in units of so many nanoseconds; places below a nanosecond must be zero.
    private static func epoch(_ text: Span<UInt8>, unit: Int64) -> Timestamp? {
        var index = 0
        guard let whole = number(text, &index, digits: 1...19) else { return nil }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        guard index < text.count else { return Timestamp(nanoseconds: scaled) }
        guard text[index] == UInt8(ascii: ".") else { return nil }
        index += 1
        var place = unit
        var total = scaled
        while index < text.count {
            let byte = text[index]
            guard byte >= 48, byte <= 57 else { return nil }
            place /= 10
            guard place > 0 || byte == 48 else { return nil }
            let (sum, carry) = total.addingReportingOverflow(Int64(byte - 48) * place)
            guard !carry else { return nil }
            total = sum
            index += 1
        }
        return Timestamp(nanoseconds: total)
    }

    private static func iso(_ text: Span<UInt8>, zone: RecordingZone) -> Timestamp? {
        var index = 0
        guard let year = number(text, &index, digits: 4...4), pass(text, &index, "-"),
            let month = number(text, &index, digits: 2...2), (1...12).contains(month), pass(text, &index, "-"),
            let day = number(text, &index, digits: 2...2), (1...31).contains(day)
        else { return nil }
        let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
        // The 31st of a shorter month would silently be the next month's first.
        guard CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
        var nanosecond: Int64 = 0
        var offset: Int64?
        if index < text.count {
            guard pass(text, &index, "T") || pass(text, &index, " ") else { return nil }
            guard let time = timeOfDay(text, &index) else { return nil }
            nanosecond = time
            if index < text.count {
                guard let seconds = zoneOffset(text, &index), index == text.count else { return nil }
                offset = seconds
            }
        }
        if let offset { return RecordingZone.fixed(seconds: offset).timestamp(date: date, nanosecondOfDay: nanosecond) }
        return zone.timestamp(date: date, nanosecondOfDay: nanosecond)
    }

    /// `23:54:15.030314667`, the fraction and the seconds optional.
    private static func timeOfDay(_ text: Span<UInt8>, _ index: inout Int) -> Int64? {
        guard let hour = number(text, &index, digits: 2...2), hour < 24, pass(text, &index, ":"),
            let minute = number(text, &index, digits: 2...2), minute < 60
        else { return nil }
        var total = (hour * 60 + minute) * 60 * Timestamp.second
        guard pass(text, &index, ":") else { return total }
        // A leap second counts as the second before it.
        guard let second = number(text, &index, digits: 2...2), second <= 60 else { return nil }
        total += min(second, 59) * Timestamp.second
        guard pass(text, &index, ".") || pass(text, &index, ",") else { return total }
        let start = index
        guard let fraction = number(text, &index, digits: 1...9) else { return nil }
        var scaled = fraction
        for _ in index - start..<9 { scaled *= 10 }
        return total + scaled
    }

    /// `Z`, `+02:00`, `-0500`, `+01`, perhaps after a blank.
    private static func zoneOffset(_ text: Span<UInt8>, _ index: inout Int) -> Int64? {
        _ = pass(text, &index, " ")
        if pass(text, &index, "Z") || pass(text, &index, "z") { return 0 }
        let isWest = pass(text, &index, "-")
        guard isWest || pass(text, &index, "+") else { return nil }
        guard let hours = number(text, &index, digits: 2...2), hours < 24 else { return nil }
        var seconds = hours * 3_600
        if index < text.count {
            _ = pass(text, &index, ":")
            guard let minutes = number(text, &index, digits: 2...2), minutes < 60 else { return nil }
            seconds += minutes * 60
        }
        return isWest ? -seconds : seconds
    }

    private static func pass(_ text: Span<UInt8>, _ index: inout Int, _ expected: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: expected) else { return false }
        index += 1
        return true
    }

    /// A run of digits with at least and at most so many; stops before the first byte that is none.
    private static func number(_ text: Span<UInt8>, _ index: inout Int, digits: ClosedRange<Int>) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while index < text.count, count < digits.upperBound, text[index] >= 48, text[index] <= 57 {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(text[index] - 48))
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
            count += 1
        }
        return count >= digits.lowerBound ? value : nil
    }
}
