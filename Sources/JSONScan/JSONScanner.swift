internal import CSimdJSON

/// Why a text is no JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// simdjson's own sentence.
    public let description: String
}

/// What a node is.
public enum JSONKind: UInt8, Sendable {
    case object = 0x7B
    case array = 0x5B
    case string = 0x22
    case signed = 0x6C
    case unsigned = 0x75
    case double = 0x64
    case yes = 0x74
    case no = 0x66
    case null = 0x6E
}

/// A value in the text that a scanner parsed last. It is a place, not a copy: used after the next parse it stops the
/// program.
public struct JSONNode: BitwiseCopyable, Sendable {
    fileprivate let place: Int
    fileprivate let parse: UInt64
}

/// A walk over the fields of an object or the elements of an array.
public struct JSONCursor: BitwiseCopyable, Sendable {
    fileprivate var next: Int
    fileprivate let end: Int
    fileprivate let parse: UInt64
}

/// Parses one JSON text after another with simdjson and reads it in place: no allocation per field.
///
/// The whole text is checked at once (syntax, UTF-8, numbers in range, nesting up to 1,024). Memory grows to the
/// longest
/// text seen, up to the byte limit.
public struct JSONScanner: ~Copyable {
    /// See `Region.Storage` of the target Memory: a pointer as a direct field stopped the compiler.
    @safe private struct Storage: BitwiseCopyable {
        let scanner: OpaquePointer
    }

    private let storage: Storage
    private var parses: UInt64 = 0

    public init(byteLimit: Int) {
        precondition(byteLimit > 0, "A scanner must take something.")
        guard let scanner = unsafe json_scanner_open(byteLimit) else {
            preconditionFailure("The system must grant a scanner its memory.")
        }
        storage = unsafe Storage(scanner: scanner)
    }

    deinit { unsafe json_scanner_close(storage.scanner) }

    /// Parses a text and returns its root; nodes of the text before it are void.
    public mutating func parse(_ text: RawSpan) throws(JSONError) -> JSONNode {
        parses += 1
        let code = unsafe text.withUnsafeBytes { bytes -> Int32 in
            // An empty text has no address; simdjson must still say that it is empty.
            guard let base = bytes.baseAddress else { return unsafe json_scan(storage.scanner, "", 0) }
            return unsafe json_scan(storage.scanner, base, bytes.count)
        }
        guard code == 0 else {
            throw JSONError(description: unsafe String(cString: json_error_text(code)))
        }
        // Word 0 of the tape is the root mark; the root's own value follows.
        return JSONNode(place: 1, parse: parses)
    }

    public func kind(of node: JSONNode) -> JSONKind {
        check(node.parse)
        guard let kind = unsafe JSONKind(rawValue: json_kind(storage.scanner, node.place)) else {
            preconditionFailure("A node must have one of the kinds of JSON.")
        }
        return kind
    }

    /// Lends the bytes of a string, escapes resolved; nil when the node is none.
    public func withText<Result>(_ node: JSONNode, _ body: (Span<UInt8>) -> Result) -> Result? {
        check(node.parse)
        let text = unsafe json_string(storage.scanner, node.place)
        guard let base = unsafe text.bytes else { return nil }
        return body(unsafe Span(_unsafeStart: base, count: text.length))
    }

    /// The one byte of a string that has just one; nil otherwise. For feeds whose field names are single letters.
    public func letter(_ node: JSONNode) -> UInt8? {
        check(node.parse)
        let text = unsafe json_string(storage.scanner, node.place)
        guard unsafe text.length == 1, let base = unsafe text.bytes else { return nil }
        return unsafe base.pointee
    }

    public func isText(_ node: JSONNode, _ expected: StaticString) -> Bool {
        check(node.parse)
        let text = unsafe json_string(storage.scanner, node.place)
        let length = unsafe text.length
        guard let base = unsafe text.bytes, length == expected.utf8CodeUnitCount else { return false }
        for index in 0..<length where unsafe base[index] != expected.utf8Start[index] { return false }
        return true
    }

    public func text(_ node: JSONNode) -> String? {
        withText(node) { span in unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    /// A number written without fraction and exponent that fits; nil otherwise.
    public func integer(_ node: JSONNode) -> Int64? {
        switch kind(of: node) {
        case .signed: unsafe Int64(bitPattern: json_number(storage.scanner, node.place))
        case .unsigned: unsafe Int64(exactly: json_number(storage.scanner, node.place))
        case .object, .array, .string, .double, .yes, .no, .null: nil
        }
    }

    /// Any number as the nearest double; nil for other kinds.
    public func double(_ node: JSONNode) -> Double? {
        let bits = unsafe json_number(storage.scanner, node.place)
        switch kind(of: node) {
        case .signed: return Double(Int64(bitPattern: bits))
        case .unsigned: return Double(bits)
        case .double: return Double(bitPattern: bits)
        case .object, .array, .string, .yes, .no, .null: return nil
        }
    }

    public func bool(_ node: JSONNode) -> Bool? {
        switch kind(of: node) {
        case .yes: true
        case .no: false
        case .object, .array, .string, .signed, .unsigned, .double, .null: nil
        }
    }
}

// MARK: Walks

extension JSONScanner {
    /// A walk over an object's fields or an array's elements; an empty one for other kinds.
    public func walk(_ node: JSONNode) -> JSONCursor {
        check(node.parse)
        let cursor = unsafe json_walk(storage.scanner, node.place)
        return JSONCursor(next: cursor.next, end: cursor.end, parse: parses)
    }

    /// The next field of an object.
    public func nextField(_ cursor: inout JSONCursor) -> (key: JSONNode, value: JSONNode)? {
        check(cursor.parse)
        var inner = json_cursor(next: cursor.next, end: cursor.end)
        var key = 0
        var value = 0
        guard unsafe json_next_field(storage.scanner, &inner, &key, &value) != 0 else { return nil }
        cursor.next = inner.next
        return (JSONNode(place: key, parse: parses), JSONNode(place: value, parse: parses))
    }

    /// The next element of an array.
    public func nextElement(_ cursor: inout JSONCursor) -> JSONNode? {
        check(cursor.parse)
        var inner = json_cursor(next: cursor.next, end: cursor.end)
        var value = 0
        guard unsafe json_next_element(storage.scanner, &inner, &value) != 0 else { return nil }
        cursor.next = inner.next
        return JSONNode(place: value, parse: parses)
    }

    /// The first two elements of an array, as levels of a book are written: `["61800.30","2.5"]`.
    public func pair(_ node: JSONNode) -> (first: JSONNode, second: JSONNode)? {
        guard kind(of: node) == .array else { return nil }
        var cursor = walk(node)
        guard let first = nextElement(&cursor), let second = nextElement(&cursor) else { return nil }
        return (first, second)
    }

    /// The value of a field by name; the first one where the name stands twice.
    public func field(_ object: JSONNode, _ name: StaticString) -> JSONNode? {
        guard kind(of: object) == .object else { return nil }
        var cursor = walk(object)
        while let field = nextField(&cursor) {
            if isText(field.key, name) { return field.value }
        }
        return nil
    }

    private func check(_ parse: UInt64) {
        precondition(parse == parses, "A node must be used before its scanner's next parse.")
    }
}
