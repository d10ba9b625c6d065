internal import Market

/// From a value of the file to a typed one, or a complaint that says what would be right.
///
/// A text that came from the environment may stand for a number or a flag: variables are always texts.
enum Conversion {
    typealias Complaint = SettingsReader.Complaint

    static func wrongType(_ value: JSONValue, _ expected: String) -> Complaint {
        Complaint(problem: "\(value.shown) cannot stand here", remedy: "Write \(expected)")
    }

    static func anyText(_ value: JSONValue) throws(Complaint) -> String {
        guard let text = value.text else { throw wrongType(value, "a text in quotes") }
        guard !text.unicodeScalars.contains("\0") else {
            throw Complaint(problem: "the text holds a zero character", remedy: "Write a text without it")
        }
        return text
    }

    static func text(_ value: JSONValue) throws(Complaint) -> String {
        let text = try anyText(value)
        guard !text.isEmpty else {
            throw Complaint(problem: "the text is empty", remedy: "Write a text of some length")
        }
        return text
    }

    /// The digits of a number, or of a text where one may stand for it.
    private static func digits(_ value: JSONValue, textPermitted: Bool) -> String? {
        switch value.content {
        case .number(let digits): return digits
        case .text(let text):
            if textPermitted || value.origin != .file { return text }
            return nil
        case .null, .flag, .list, .object: return nil
        }
    }

    static func integer(_ value: JSONValue, in range: ClosedRange<Int>) throws(Complaint) -> Int {
        let expected = "a whole number, \(text(range))"
        guard let digits = digits(value, textPermitted: false), let number = Int(digits) else {
            throw wrongType(value, expected)
        }
        guard range.contains(number) else { throw outside(value, low: number < range.lowerBound, expected) }
        return number
    }

    static func real(_ value: JSONValue, in range: ClosedRange<Double>) throws(Complaint) -> Double {
        let expected = "a number, \(text(range, text))"
        guard let digits = digits(value, textPermitted: false), let number = Double(digits), !number.isNaN else {
            throw wrongType(value, expected)
        }
        guard range.contains(number) else { throw outside(value, low: number < range.lowerBound, expected) }
        return number
    }

    static func flag(_ value: JSONValue) throws(Complaint) -> Bool {
        if case .flag(let flag) = value.content { return flag }
        if value.origin != .file, let text = value.text, text == "true" || text == "false" { return text == "true" }
        throw wrongType(value, "true or false")
    }

    static func decimal(_ value: JSONValue, in range: ClosedRange<Int64>) throws(Complaint) -> Int64 {
        let expected = range.lowerBound <= -Price.limit ? "a decimal" : "a decimal, \(text(billionths: range))"
        guard let digits = digits(value, textPermitted: true) else { throw wrongType(value, expected) }
        guard let number = DecimalText.billionths(digits) else {
            throw Complaint(
                problem: "\(value.shown) is no plain decimal of at most nine places", remedy: "Write \(expected)")
        }
        guard range.contains(number) else { throw outside(value, low: number < range.lowerBound, expected) }
        return number
    }

    static func price(_ value: JSONValue) throws(Complaint) -> Price {
        Price(billionths: try decimal(value, in: -Price.limit...Price.limit))
    }

    static func duration(_ value: JSONValue, in range: ClosedRange<Duration>) throws(Complaint) -> Duration {
        let expected = "a duration, \(text(range, DurationText.text))"
        let example = "Write a number and its unit (ns, us, ms, s, m, h, d)"
        guard let digits = digits(value, textPermitted: true) else { throw wrongType(value, expected) }
        guard let duration = DurationText.duration(digits) else {
            throw Complaint(
                problem: "\(value.shown) is no duration", remedy: "\(example), \(text(range, DurationText.text))")
        }
        guard range.contains(duration) else { throw outside(value, low: duration < range.lowerBound, expected) }
        return duration
    }

    private static func outside(_ value: JSONValue, low: Bool, _ expected: String) -> Complaint {
        Complaint(problem: "\(value.shown) is too \(low ? "small" : "large")", remedy: "Write \(expected)")
    }

    // MARK: Ranges as text

    /// `1 to 65536`, or `at least 1` where the upper bound is the type's own.
    static func text<Bound>(_ range: ClosedRange<Bound>, _ text: (Bound) -> String) -> String {
        "\(text(range.lowerBound)) to \(text(range.upperBound))"
    }

    /// `0 or more` where the upper bound is only the type's own.
    static func text(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max ? "\(range.lowerBound) or more" : text(range) { "\($0)" }
    }

    /// A range of billionths; `0.01 or more` where the upper bound is only that of prices.
    static func text(billionths range: ClosedRange<Int64>) -> String {
        let text: (Int64) -> String = { DecimalText.text(billionths: Int128($0)) }
        return range.upperBound >= Price.limit ? "\(text(range.lowerBound)) or more" : Conversion.text(range, text)
    }

    /// A double without a needless `.0`.
    static func text(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
