/// One field of a node's or an analytic's settings, as `millrace kinds` lists it.
public struct SettingField: Sendable, Equatable {
    public let name: String
    /// What stands in the file: `text`, `integer`, `duration`, `list of text` …
    public let type: String
    /// The value where the file has none; nil for a required field and for one that may simply be absent.
    public var standard: String?
    public var isRequired: Bool
    /// Bounds or possible values, `1 to 65536`; nil where anything of the type will do.
    public var range: String?
    /// One sentence with unit and effect.
    public let meaning: String
    /// The fields of a nested object, or of each object in a list or by name.
    public var fields: [SettingField] = []

    init(_ name: String, _ type: String, meaning: String, required: Bool) {
        self.name = name
        self.type = type
        self.meaning = meaning
        isRequired = required
    }
}
