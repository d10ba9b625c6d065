/// The settings of a node kind or an analytic: how they are read is also how they are documented.
///
/// The initialiser reads every field once, in the order in which `millrace kinds` shall list them, and never fails: a
/// faulty field reads as its default, and the reader keeps the fault.
public protocol NodeSettings: Sendable {
    init(reading reader: inout SettingsReader)
}

/// Reads the fields of one settings object, and collects every fault instead of stopping at the first.
///
/// A field of the file that nobody read is an unknown field. Reading the same code without a file lists its fields.
public struct SettingsReader: Sendable {
    /// What a conversion says about a value that it refuses.
    struct Complaint: Error {
        let problem: String
        let remedy: String
    }

    /// The settings' own fields, in the order of reading.
    public private(set) var fields: [SettingField] = []
    public private(set) var faults: [TopologyFault] = []
    let settings: SettingsObject
    /// Whether the code is only asked which fields it knows.
    public let isListing: Bool

    public init(_ object: SettingsObject) {
        settings = object
        isListing = false
    }

    private init(listing object: SettingsObject) {
        settings = object
        isListing = true
    }

    static func listing() -> SettingsReader { SettingsReader(listing: .empty(at: .root, position: .start)) }

    func nested(_ object: SettingsObject) -> SettingsReader {
        isListing ? .listing() : SettingsReader(object)
    }

    /// Reads a whole settings type; the faults include the fields that it does not know.
    public static func read<Settings: NodeSettings>(
        _ type: Settings.Type, from object: SettingsObject
    ) -> (settings: Settings, faults: [TopologyFault]) {
        var reader = SettingsReader(object)
        let settings = Settings(reading: &reader)
        return (settings, reader.finish())
    }

    /// The fields of a settings type, for documents.
    public static func fields<Settings: NodeSettings>(of type: Settings.Type) -> [SettingField] {
        var reader = SettingsReader.listing()
        _ = Settings(reading: &reader)
        return reader.fields
    }

    /// The fields that a piece of code reads, for documents.
    public static func fields(_ read: (inout SettingsReader) -> Void) -> [SettingField] {
        var reader = SettingsReader.listing()
        read(&reader)
        return reader.fields
    }

    /// Where this object stands in the file.
    public var path: JSONPath { settings.path }
    public var position: JSONPosition { settings.position }

    /// Whether the file (or its defaults) has the field, right or wrong. Asking does not count as reading.
    public func has(_ name: String) -> Bool { settings.field(name) != nil }

    /// Adds a fault that the fields show only together. `name` is the field to change; where the file does not have
    /// it, the fault stands at the object. Show no field's value: it may come from the environment and be a secret.
    public mutating func fault(at name: String, problem: String, remedy: String) {
        guard !isListing else { return }
        let field = settings.field(name)
        faults.append(
            TopologyFault(
                path: field?.path ?? settings.path.member(name), position: field?.value.position ?? settings.position,
                problem: problem, remedy: remedy))
    }

    /// Adds a fault of the object as a whole, or of its name.
    public mutating func fault(problem: String, remedy: String) {
        guard !isListing else { return }
        append(Complaint(problem: problem, remedy: remedy), at: path, position: position)
    }

    /// Ends the reading: all faults, those of fields that nobody read included.
    public mutating func finish() -> [TopologyFault] {
        let known = fields.map(\.name)
        let names = Set(known)
        let unknown = settings.fields.filter { !names.contains($0.name) }
        appendUnknown(unknown, among: known, problem: "no field of this name is known here")
        return faults
    }

    /// A fault for each name that nobody knows; beyond the limit of what is printed only their count.
    mutating func appendUnknown(_ unknown: [SettingsObject.Field], among known: [String], problem: String) {
        let free = known.filter { !has($0) }
        for field in unknown.prefix(TopologyError.printLimit) {
            let complaint = Complaint(problem: problem, remedy: Spelling.remedy(for: field.name, among: free))
            append(complaint, at: field.path, position: field.position)
        }
        guard unknown.count > TopologyError.printLimit else { return }
        let field = unknown[TopologyError.printLimit]
        let complaint = Complaint(
            problem: "\(unknown.count - TopologyError.printLimit) more unknown names begin here",
            remedy: "Correct the first ones and check again")
        append(complaint, at: field.path, position: field.position)
    }

    /// A sentence that goes on behind a colon.
    private static func inside(_ sentence: String) -> String {
        sentence.prefix(1).lowercased() + sentence.dropFirst()
    }

    // MARK: For the readers of each type

    /// Notes that a field exists and gives its value, if the file has a usable one. A required field that is missing
    /// is a fault.
    mutating func take(_ field: SettingField) -> (value: JSONValue, path: JSONPath)? {
        precondition(!fields.contains { $0.name == field.name }, "A setting must be read once: \(field.name).")
        fields.append(field)
        guard !isListing else { return nil }
        guard let found = settings.field(field.name) else {
            if field.isRequired {
                fault(
                    at: field.name, problem: "the field is missing",
                    remedy: "Write it: \(SettingsReader.inside(field.meaning))")
            }
            return nil
        }
        return found.value.origin == .missing ? nil : (found.value, found.path)
    }

    /// The field's value through a conversion; nil where it is absent or faulty.
    mutating func convert<Value>(
        _ field: SettingField, _ conversion: (JSONValue) throws(Complaint) -> Value
    ) -> Value? {
        guard let (value, path) = take(field) else { return nil }
        return convert(value, at: path, conversion)
    }

    mutating func convert<Value>(
        _ value: JSONValue, at path: JSONPath, _ conversion: (JSONValue) throws(Complaint) -> Value
    ) -> Value? {
        guard value.origin != .missing else { return nil }
        do {
            return try conversion(value)
        } catch {
            append(error, at: path, position: value.position)
            return nil
        }
    }

    mutating func append(_ complaint: Complaint, at path: JSONPath, position: JSONPosition) {
        faults.append(
            TopologyFault(path: path, position: position, problem: complaint.problem, remedy: complaint.remedy))
    }

    mutating func append(contentsOf faults: [TopologyFault]) { self.faults += faults }

    mutating func removeFaults(after count: Int) { faults.removeLast(faults.count - count) }

    mutating func setNestedFields(_ nested: [SettingField]) { fields[fields.count - 1].fields = nested }
}
