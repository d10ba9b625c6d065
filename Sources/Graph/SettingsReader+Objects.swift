// Lists, nested objects and objects by name. A nested reader's faults and unknown fields join those of this reader.

extension SettingsReader {
    /// Lists longer than this are a fault; a feed of every listed share is a tenth of it.
    public static let listLimit = 100_000

    /// A list through a conversion of each element; nil where it is absent or no list. Faulty elements are left out.
    mutating func list<Value>(
        _ field: SettingField, alone: Bool, _ conversion: (JSONValue) throws(Complaint) -> Value
    ) -> [Value]? {
        guard let (value, path) = take(field) else { return nil }
        if alone, value.text != nil { return convert(value, at: path, conversion).map { [$0] } }
        guard let elements = value.elements else {
            append(Conversion.wrongType(value, "a \(field.type)"), at: path, position: value.position)
            return nil
        }
        guard elements.count <= SettingsReader.listLimit else {
            let complaint = Complaint(
                problem: "the list has \(elements.count) elements", remedy: "Write at most \(SettingsReader.listLimit)")
            append(complaint, at: path, position: value.position)
            return nil
        }
        var values: [Value] = []
        for (index, element) in elements.enumerated() {
            guard let value = convert(element, at: path.element(index), conversion) else { continue }
            values.append(value)
        }
        return values
    }

    /// A nested object that always has a value: absent it reads as an empty one, so that its own defaults hold.
    public mutating func object<Result>(
        _ name: String, meaning: String, _ read: (inout SettingsReader) -> Result
    ) -> Result {
        let field = SettingField(name, "object", meaning: meaning, required: false)
        if let found = takeObject(field) { return readNested(found, read) }
        let known = faults.count
        let result = readNested(.empty(at: path.member(name), position: position), read)
        // One fault is enough where something else than an object stands.
        if has(name) { removeFaults(after: known) }
        return result
    }

    /// A nested object that may be absent: nil then.
    public mutating func optionalObject<Result>(
        _ name: String, meaning: String, _ read: (inout SettingsReader) -> Result
    ) -> Result? {
        let field = SettingField(name, "object", meaning: meaning, required: false)
        let found = takeObject(field)
        if isListing { _ = readNested(settings, read) }
        return found.map { readNested($0, read) }
    }

    /// Objects by names that the user chooses, in file order; empty where the file has none.
    public mutating func objects<Result>(
        _ name: String, meaning: String, _ read: (String, inout SettingsReader) -> Result
    ) -> [(name: String, value: Result)] {
        let field = SettingField(name, "object of objects by name", meaning: meaning, required: false)
        let found = takeObject(field)
        if isListing { _ = readNested(settings) { read("NAME", &$0) } }
        return found.map { readEach(of: $0, among: nil, read) } ?? []
    }

    /// Objects whose names must be among `names` (the analytics of a symbols node, say), in file order. Each may have
    /// fields of its own, which are listed elsewhere.
    public mutating func objects<Result>(
        _ name: String, among names: [String], meaning: String, _ read: (String, inout SettingsReader) -> Result
    ) -> [(name: String, value: Result)] {
        var field = SettingField(name, "object of objects by name", meaning: meaning, required: false)
        field.range = names.joined(separator: ", ")
        return takeObject(field).map { readEach(of: $0, among: names, read) } ?? []
    }

    /// A list of objects with the same fields.
    public mutating func objectList<Result>(
        _ name: String, meaning: String, _ read: (inout SettingsReader) -> Result
    ) -> [Result] {
        let field = SettingField(name, "list of objects", meaning: meaning, required: false)
        let taken = take(field)
        if isListing { _ = readNested(settings, read) }
        guard let (value, path) = taken else { return [] }
        guard let elements = value.elements, elements.count <= SettingsReader.listLimit else {
            append(Conversion.wrongType(value, "a list of objects"), at: path, position: value.position)
            return []
        }
        var results: [Result] = []
        for (index, element) in elements.enumerated() {
            guard let object = asObject(element, at: path.element(index)) else { continue }
            results.append(readNested(object, read))
        }
        return results
    }

    /// The field as it stands in the file, for what no other reader covers; report what is wrong with `fault`.
    public mutating func value(_ name: String, type: String, required: Bool, meaning: String) -> JSONValue? {
        take(SettingField(name, type, meaning: meaning, required: required))?.value
    }

    // MARK: Nesting

    mutating func takeObject(_ field: SettingField) -> SettingsObject? {
        guard let (value, path) = take(field) else { return nil }
        return asObject(value, at: path)
    }

    mutating func asObject(_ value: JSONValue, at path: JSONPath) -> SettingsObject? {
        guard value.members != nil else {
            append(Conversion.wrongType(value, "an object"), at: path, position: value.position)
            return nil
        }
        return SettingsObject(value, path: path)
    }

    mutating func readNested<Result>(
        _ object: SettingsObject, _ read: (inout SettingsReader) -> Result
    ) -> Result {
        var reader = nested(object)
        let result = read(&reader)
        if isListing { setNestedFields(reader.fields) }
        append(contentsOf: reader.finish())
        return result
    }

    private mutating func readEach<Result>(
        of object: SettingsObject, among names: [String]?, _ read: (String, inout SettingsReader) -> Result
    ) -> [(name: String, value: Result)] {
        var results: [(name: String, value: Result)] = []
        var unknown: [SettingsObject.Field] = []
        for field in object.fields {
            if let names, !names.contains(field.name) {
                unknown.append(field)
                continue
            }
            guard field.value.origin != .missing, let nested = asObject(field.value, at: field.path) else { continue }
            results.append((field.name, readNested(nested) { read(field.name, &$0) }))
        }
        var reader = SettingsReader(object)
        reader.appendUnknown(unknown, among: names ?? [], problem: "nothing of this name is known here")
        append(contentsOf: reader.faults)
        return results
    }
}
