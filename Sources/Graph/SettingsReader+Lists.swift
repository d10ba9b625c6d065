// Lists of numbers, and texts by name whose order counts.

extension SettingsReader {
    /// A list of whole numbers; one alone stands for a list of one, and none may stand there twice. Empty where the
    /// file has none.
    public mutating func integers(_ name: String, in range: ClosedRange<Int>, meaning: String) -> [Int] {
        var field = SettingField(name, "list of integer", meaning: meaning, required: false)
        field.range = Conversion.text(range)
        return numbers(field) { value throws(Complaint) in try Conversion.integer(value, in: range) }
    }

    /// A list of exact decimals in billionths, each written as a number or as a text; one alone stands for a list of
    /// one, and none may stand there twice. Empty where the file has none.
    public mutating func decimals(_ name: String, in range: ClosedRange<Int64>, meaning: String) -> [Int64] {
        var field = SettingField(name, "list of decimal", meaning: meaning, required: false)
        field.range = Conversion.text(billionths: range)
        return numbers(field) { value throws(Complaint) in try Conversion.decimal(value, in: range) }
    }

    private mutating func numbers<Number: Equatable>(
        _ field: SettingField, _ conversion: (JSONValue) throws(Complaint) -> Number
    ) -> [Number] {
        guard let (value, path) = take(field) else { return [] }
        var numbers: [Number] = []
        let elements = value.elements
        guard elements?.count ?? 0 <= SettingsReader.listLimit else {
            let complaint = Complaint(
                problem: "the list has \(elements?.count ?? 0) elements",
                remedy: "Write at most \(SettingsReader.listLimit)")
            append(complaint, at: path, position: value.position)
            return []
        }
        for (index, element) in (elements ?? [value]).enumerated() {
            let place = elements == nil ? path : path.element(index)
            let number: Number? = convert(element, at: place) { element throws(Complaint) in
                let number = try conversion(element)
                guard !numbers.contains(number) else {
                    throw Complaint(
                        problem: "\(element.shown) stands in this list already", remedy: "Write each number once")
                }
                return number
            }
            if let number { numbers.append(number) }
        }
        return numbers
    }

    /// Texts by names that the user chooses, in file order, each through `parse`, which throws what is wrong with name
    /// or text. Faulty ones are left out.
    public mutating func texts<Value>(
        byName name: String, required: Bool, meaning: String,
        _ parse: (_ name: String, _ text: String) throws(SettingRefusal) -> Value
    ) -> [Value] {
        let field = SettingField(name, "object of text", meaning: meaning, required: required)
        guard let (value, path) = take(field) else { return [] }
        guard let members = value.members else {
            append(Conversion.wrongType(value, "an object of texts by name"), at: path, position: value.position)
            return []
        }
        return members.compactMap { member in
            convert(member.value, at: path.member(member.name)) { value throws(Complaint) in
                let text = try Conversion.text(value)
                do throws(SettingRefusal) {
                    return try parse(member.name, text)
                } catch {
                    // A refusal may quote the text, and what the environment gave may be a secret.
                    let problem =
                        value.origin == .file ? error.problem : "it cannot be read as the environment fills it"
                    throw Complaint(problem: "\(value.shown): \(problem)", remedy: error.remedy)
                }
            }
        }
    }
}

/// Why a setting's text is refused, and what would be right; both stand in a fault behind the text itself.
public struct SettingRefusal: Error, Equatable, Sendable {
    public let problem: String
    public let remedy: String

    public init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}
