/// A place in a text file, as an editor counts it: line and column from 1; a column is one Unicode scalar.
public struct JSONPosition: Hashable, Comparable, Sendable {
    public static let start = JSONPosition(line: 1, column: 1)

    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (left: JSONPosition, right: JSONPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

extension JSONPosition: CustomStringConvertible {
    public var description: String { "line \(line), column \(column)" }
}

/// The way from a file's root to a value: `nodes.flow.analytics.candles.widths[1]`.
public struct JSONPath: Hashable, Sendable, CustomStringConvertible {
    /// The whole file.
    public static let root = JSONPath(description: "")

    /// The path as a person reads it; a name that is no plain word stands in brackets, `instruments["SIM*"]`.
    public let description: String

    private init(description: String) { self.description = description }

    public init(_ name: String) { self = JSONPath.root.member(name) }

    public func member(_ name: String) -> JSONPath {
        guard JSONPath.isPlain(name) else { return JSONPath(description: description + "[\(Quoted.text(name))]") }
        return JSONPath(description: description.isEmpty ? name : description + "." + name)
    }

    public func element(_ index: Int) -> JSONPath { JSONPath(description: description + "[\(index)]") }

    private static func isPlain(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= Quoted.limit else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                || byte == 45
        }
    }
}

/// Text of a file inside a message: in quotes, cut to a readable length, without control characters.
enum Quoted {
    /// Longer texts are cut here; a message must stay one line.
    static let limit = 60

    static func text(_ text: String) -> String {
        var result = "\""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else {
                result += "…"
                break
            }
            count += 1
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where scalar.value < 32 || (127...159).contains(scalar.value) || isSteering(scalar):
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Scalars that turn a line's direction or end it: a file must not rearrange the message that quotes it.
    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        (0x2028...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            || (0x200E...0x200F).contains(scalar.value)
    }
}
