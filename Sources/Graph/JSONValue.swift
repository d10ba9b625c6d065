/// A value of a JSON file that remembers where it stands, so that a fault in it can name its line.
public struct JSONValue: Sendable {
    public enum Content: Sendable {
        case null
        case flag(Bool)
        /// The digits as the file writes them: nothing is rounded before the reader knows what it needs.
        case number(String)
        case text(String)
        case list([JSONValue])
        /// Members in file order, without a name twice.
        case object([JSONMember])
    }

    /// Where a text came from.
    public enum Origin: Sendable, Equatable {
        case file
        /// Parts came from the environment; `written` is what the file says. Messages show that, never the value.
        case environment(written: String)
        /// A variable is missing; that fault is told once, and readers stay silent about the value.
        case missing
    }

    public let content: Content
    public let position: JSONPosition
    public let origin: Origin

    public init(_ content: Content, at position: JSONPosition, origin: Origin = .file) {
        self.content = content
        self.position = position
        self.origin = origin
    }

    /// An object's members; nil for every other value.
    public var members: [JSONMember]? {
        guard case .object(let members) = content else { return nil }
        return members
    }

    public var elements: [JSONValue]? {
        guard case .list(let elements) = content else { return nil }
        return elements
    }

    public var text: String? {
        guard case .text(let text) = content else { return nil }
        return text
    }

    /// An object's member by name; nil where there is none.
    public subscript(name: String) -> JSONValue? { members?.first { $0.name == name }?.value }
}

/// One name and value of an object.
public struct JSONMember: Sendable {
    public let name: String
    public let position: JSONPosition
    public let value: JSONValue

    public init(name: String, position: JSONPosition, value: JSONValue) {
        self.name = name
        self.position = position
        self.value = value
    }
}

extension JSONValue: Equatable {
    /// Equal contents, wherever they stand; numbers are compared as written, members in order.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left.content, right.content) {
        case (.null, .null): true
        case (.flag(let left), .flag(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy { $0.name.utf8.elementsEqual($1.name.utf8) && $0.value == $1.value }
        default: false
        }
    }
}

extension JSONValue {
    /// How a message shows the value: short, on one line, and without what the environment gave.
    var shown: String {
        if case .environment(let written) = origin { return Quoted.text(written) }
        return switch content {
        case .null: "null"
        case .flag(let flag): flag ? "true" : "false"
        case .number(let digits): digits.utf8.count <= 32 ? digits : "\(digits.prefix(32))…"
        case .text(let text): Quoted.text(text)
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as compact JSON.
    public var description: String {
        switch content {
        case .null: return "null"
        case .flag(let flag): return flag ? "true" : "false"
        case .number(let digits): return digits
        case .text(let text): return JSONValue.escaped(text)
        case .list(let elements): return "[" + elements.map(\.description).joined(separator: ",") + "]"
        case .object(let members):
            let parts = members.map { JSONValue.escaped($0.name) + ":" + $0.value.description }
            return "{" + parts.joined(separator: ",") + "}"
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
