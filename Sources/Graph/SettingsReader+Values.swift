public import Market

// Each reader names the field once with its default (nil: required), its range and its meaning. The meaning is one
// sentence, without a full stop.

// MARK: Text

extension SettingsReader {
    /// A text that is not empty.
    public mutating func text(_ name: String, default standard: String?, meaning: String) -> String {
        var field = SettingField(name, "text", meaning: meaning, required: standard == nil)
        field.standard = standard
        return convert(field, Conversion.text) ?? standard ?? ""
    }

    /// A text that may be absent; an empty one (of an unset variable's fallback, say) counts as absent.
    public mutating func optionalText(_ name: String, meaning: String) -> String? {
        let field = SettingField(name, "text", meaning: meaning, required: false)
        let text = convert(field, Conversion.anyText)
        return text?.isEmpty == true ? nil : text
    }

    /// A list of texts; one text alone stands for a list of one.
    public mutating func texts(_ name: String, default standard: [String]?, meaning: String) -> [String] {
        var field = SettingField(name, "list of text", meaning: meaning, required: standard == nil)
        field.standard = standard.map { $0.joined(separator: ", ") }
        return list(field, alone: true, Conversion.text) ?? standard ?? []
    }

    /// A text that means something through `parse`; nil where the field is absent or `parse` gives nothing.
    public mutating func parsedText<Value>(
        _ name: String, type: String, required: Bool, meaning: String, remedy: String, _ parse: (String) -> Value?
    ) -> Value? {
        convert(SettingField(name, type, meaning: meaning, required: required)) { value throws(Complaint) in
            if let parsed = parse(try Conversion.text(value)) { return parsed }
            throw Complaint(problem: "\(value.shown) is no \(type)", remedy: remedy)
        }
    }

    /// One of an enumeration's texts.
    public mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, default standard: Value?, meaning: String
    ) -> Value {
        let names = Value.allCases.map(\.rawValue)
        var field = SettingField(name, "choice", meaning: meaning, required: standard == nil)
        field.standard = standard?.rawValue
        field.range = names.joined(separator: ", ")
        let value = convert(field) { value throws(Complaint) in
            let text = try Conversion.text(value)
            if let value = Value(rawValue: text) { return value }
            throw Complaint(
                problem: "\(value.shown) is none of the choices", remedy: Spelling.remedy(for: text, among: names))
        }
        guard let harmless = value ?? standard ?? Value.allCases.first else {
            preconditionFailure("A choice must have a case.")
        }
        return harmless
    }

    /// Texts by name, such as the columns of a table or new names for old ones; empty where the file has none.
    public mutating func textsByName(_ name: String, meaning: String) -> [String: String] {
        let field = SettingField(name, "object of text", meaning: meaning, required: false)
        guard let (value, path) = take(field) else { return [:] }
        guard let members = value.members else {
            append(Conversion.wrongType(value, "an object of texts by name"), at: path, position: value.position)
            return [:]
        }
        var texts: [String: String] = [:]
        for member in members {
            texts[member.name] = convert(member.value, at: path.member(member.name), Conversion.text)
        }
        return texts
    }
}

// MARK: Numbers

extension SettingsReader {
    public mutating func integer(
        _ name: String, default standard: Int?, in range: ClosedRange<Int>, meaning: String
    ) -> Int {
        var field = SettingField(name, "integer", meaning: meaning, required: standard == nil)
        field.standard = standard.map { "\($0)" }
        field.range = Conversion.text(range)
        return convert(field) { value throws(Complaint) in
            try Conversion.integer(value, in: range)
        } ?? standard ?? range.lowerBound
    }

    public mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>, meaning: String) -> Int? {
        var field = SettingField(name, "integer", meaning: meaning, required: false)
        field.range = Conversion.text(range)
        return convert(field) { value throws(Complaint) in try Conversion.integer(value, in: range) }
    }

    /// The double nearest to the decimal in the file.
    public mutating func real(
        _ name: String, default standard: Double?, in range: ClosedRange<Double>, meaning: String
    ) -> Double {
        var field = SettingField(name, "number", meaning: meaning, required: standard == nil)
        field.standard = standard.map { Conversion.text($0) }
        field.range = Conversion.text(range, Conversion.text)
        return convert(field) { value throws(Complaint) in
            try Conversion.real(value, in: range)
        } ?? standard ?? range.lowerBound
    }

    public mutating func flag(_ name: String, default standard: Bool?, meaning: String) -> Bool {
        var field = SettingField(name, "true or false", meaning: meaning, required: standard == nil)
        field.standard = standard.map { $0 ? "true" : "false" }
        return convert(field, Conversion.flag) ?? standard ?? false
    }
}

// MARK: Exact decimals

extension SettingsReader {
    /// An exact price, written as a number or as a text: at most nine places, below 4.6 billion in magnitude.
    public mutating func price(_ name: String, default standard: Price?, meaning: String) -> Price {
        var field = SettingField(name, "decimal", meaning: meaning, required: standard == nil)
        field.standard = standard?.description
        return convert(field, Conversion.price) ?? standard ?? Price(billionths: 0)
    }

    public mutating func optionalPrice(_ name: String, meaning: String) -> Price? {
        convert(SettingField(name, "decimal", meaning: meaning, required: false), Conversion.price)
    }

    /// An exact decimal in billionths, written as a number or as a text; default and range are billionths too.
    public mutating func decimal(
        _ name: String, default standard: Int64?, in range: ClosedRange<Int64>, meaning: String
    ) -> Int64 {
        var field = SettingField(name, "decimal", meaning: meaning, required: standard == nil)
        field.standard = standard.map { DecimalText.text(billionths: Int128($0)) }
        field.range = Conversion.text(billionths: range)
        return convert(field) { value throws(Complaint) in
            try Conversion.decimal(value, in: range)
        } ?? standard ?? range.lowerBound
    }

    public mutating func optionalDecimal(_ name: String, in range: ClosedRange<Int64>, meaning: String) -> Int64? {
        var field = SettingField(name, "decimal", meaning: meaning, required: false)
        field.range = Conversion.text(billionths: range)
        return convert(field) { value throws(Complaint) in try Conversion.decimal(value, in: range) }
    }
}

// MARK: Durations

extension SettingsReader {
    /// A duration, `250ms`, `5m`; `off` and 0 only where the range begins at zero.
    public mutating func duration(
        _ name: String, default standard: Duration?, in range: ClosedRange<Duration>, meaning: String
    ) -> Duration {
        var field = SettingField(name, "duration", meaning: meaning, required: standard == nil)
        field.standard = standard.map(DurationText.text)
        field.range = Conversion.text(range, DurationText.text)
        return convert(field) { value throws(Complaint) in
            try Conversion.duration(value, in: range)
        } ?? standard ?? range.lowerBound
    }

    public mutating func optionalDuration(
        _ name: String, in range: ClosedRange<Duration>, meaning: String
    ) -> Duration? {
        var field = SettingField(name, "duration", meaning: meaning, required: false)
        field.range = Conversion.text(range, DurationText.text)
        return convert(field) { value throws(Complaint) in try Conversion.duration(value, in: range) }
    }

    /// A list of durations; one alone stands for a list of one, and none may stand there twice.
    public mutating func durations(
        _ name: String, default standard: [Duration]?, in range: ClosedRange<Duration>, meaning: String
    ) -> [Duration] {
        var field = SettingField(name, "list of duration", meaning: meaning, required: standard == nil)
        field.standard = standard.map { $0.map(DurationText.text).joined(separator: ", ") }
        field.range = Conversion.text(range, DurationText.text)
        var seen: Set<Duration> = []
        return list(field, alone: true) { value throws(Complaint) in
            let duration = try Conversion.duration(value, in: range)
            guard seen.insert(duration).inserted else {
                throw Complaint(
                    problem: "\(value.shown) stands in this list already", remedy: "Write each duration once")
            }
            return duration
        } ?? standard ?? []
    }
}
