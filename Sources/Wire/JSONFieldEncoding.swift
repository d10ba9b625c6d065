public import Memory
public import Updates

/// Writes one field of an update as the JSON value that the update's own message has there.
public struct JSONFieldEncoding: Sendable {
    private let step: FieldStep
    private let texts: TextTable

    public init(_ field: UpdateField) {
        var texts = TextTable()
        step = FieldStep(field, base: UpdateHead.size, separator: "", in: &texts)
        self.texts = texts
    }

    /// Appends the value; the update must hold the whole body.
    ///
    /// - Parameter sizeStep: Billionths of a unit in one step of the symbol's quantities.
    public func encode(_ update: RawSpan, sizeStep: Int64, into buffer: inout ByteBuffer) {
        step.writeValue(update, at: 0, sizeStep: sizeStep, texts: texts, into: &buffer)
    }
}

/// A JSON object put together member by member, for what is no update: counts, notes.
public struct JSONObjectText: Sendable {
    private var members: [String] = []

    public init() {}

    public mutating func add(_ name: String, _ text: String) {
        members.append("\(JSONText.quoted(name)):\(JSONText.quoted(text))")
    }

    public mutating func add(_ name: String, _ count: Int) { members.append("\(JSONText.quoted(name)):\(count)") }

    public mutating func add(_ name: String, _ flag: Bool) { members.append("\(JSONText.quoted(name)):\(flag)") }

    public var text: String { "{\(members.joined(separator: ","))}" }
}
