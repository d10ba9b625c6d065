/// The fields of one settings object and where each stands: a node's own ones, and those from the file's `defaults`.
public struct SettingsObject: Sendable {
    struct Field: Sendable {
        let name: String
        let position: JSONPosition
        let value: JSONValue
        let path: JSONPath
    }

    public let path: JSONPath
    public let position: JSONPosition
    private(set) var fields: [Field]

    /// The members of an object value; any other value has none.
    public init(_ value: JSONValue, path: JSONPath) {
        self.path = path
        position = value.position
        fields = (value.members ?? []).map { member in
            Field(name: member.name, position: member.position, value: member.value, path: path.member(member.name))
        }
    }

    /// An object without fields: what reading it gives is all defaults.
    public static func empty(at path: JSONPath, position: JSONPosition) -> SettingsObject {
        SettingsObject(JSONValue(.object([]), at: position), path: path)
    }

    /// Adds the fields of `defaults` that this object does not set itself. A field is taken or left whole: setting
    /// `analytics` on a node replaces the default `analytics`, it does not mix with it.
    public func filled(from defaults: SettingsObject) -> SettingsObject {
        var filled = self
        let own = Set(fields.map(\.name))
        filled.fields += defaults.fields.filter { !own.contains($0.name) }
        return filled
    }

    /// The object without one of its fields.
    public func without(_ name: String) -> SettingsObject {
        var rest = self
        rest.fields.removeAll { $0.name == name }
        return rest
    }

    /// The field's value; nil where the object has none of that name.
    public subscript(name: String) -> JSONValue? { field(name)?.value }

    func hasOrigin(_ test: (JSONValue.Origin) -> Bool) -> Bool { fields.contains { $0.value.hasOrigin(test) } }

    func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}
