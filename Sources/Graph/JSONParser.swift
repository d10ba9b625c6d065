/// Why bytes are no JSON (RFC 8259), and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public let position: JSONPosition
    public let found: String
    public let expected: String

    public var description: String { "\(position): found \(found), expected \(expected)" }
}

/// Reads JSON strictly: UTF-8, no comments, no trailing commas, no name twice in one object.
///
/// The depth limit bounds recursion and the size limit bounds time, whatever the bytes are. A byte order mark at the
/// start is passed over.
public struct JSONParser {
    /// Lists and objects inside each other; a topology needs about eight.
    public static let depthLimit = 64
    /// A topology of 10,000 symbols by name has a tenth of this.
    public static let byteLimit = 4 << 20

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var column = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        guard bytes.count <= byteLimit else {
            throw JSONError(
                position: .start, found: "a file of \(bytes.count) bytes", expected: "at most \(byteLimit) bytes")
        }
        var parser = JSONParser(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
        parser.skipBlanks()
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.index == bytes.count else { throw parser.error("the end of the file") }
        return value
    }

    public static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        let start = position
        switch peek {
        case UInt8(ascii: "{"): return JSONValue(.object(try members(depth: depth + 1)), at: start)
        case UInt8(ascii: "["): return JSONValue(.list(try elements(depth: depth + 1)), at: start)
        case UInt8(ascii: "\""): return JSONValue(.text(try string()), at: start)
        case UInt8(ascii: "t"): return JSONValue(try word("true", .flag(true)), at: start)
        case UInt8(ascii: "f"): return JSONValue(try word("false", .flag(false)), at: start)
        case UInt8(ascii: "n"): return JSONValue(try word("null", .null), at: start)
        case .some(UInt8(ascii: "-")), .some(48...57): return JSONValue(.number(try number()), at: start)
        default: throw error("a value")
        }
    }

    private mutating func members(depth: Int) throws(JSONError) -> [JSONMember] {
        try open(depth)
        var members: [JSONMember] = []
        var names: Set<String> = []
        if close(UInt8(ascii: "}")) { return members }
        while true {
            guard peek == UInt8(ascii: "\"") else {
                throw error(
                    members.isEmpty ? "a name in double quotes or }" : "a name in double quotes after the comma")
            }
            let start = position
            let name = try string()
            guard names.insert(name).inserted else {
                throw JSONError(
                    position: start, found: "the name \(Quoted.text(name)) a second time",
                    expected: "each name once in an object")
            }
            skipBlanks()
            guard peek == UInt8(ascii: ":") else { throw error("a colon after the name \(Quoted.text(name))") }
            step()
            skipBlanks()
            members.append(JSONMember(name: name, position: start, value: try value(depth: depth)))
            skipBlanks()
            if close(UInt8(ascii: "}")) { return members }
            guard peek == UInt8(ascii: ",") else { throw error("a comma or }") }
            step()
            skipBlanks()
        }
    }

    private mutating func elements(depth: Int) throws(JSONError) -> [JSONValue] {
        try open(depth)
        var elements: [JSONValue] = []
        if close(UInt8(ascii: "]")) { return elements }
        while true {
            if peek == UInt8(ascii: "]") { throw error("a value after the comma") }
            elements.append(try value(depth: depth))
            skipBlanks()
            if close(UInt8(ascii: "]")) { return elements }
            guard peek == UInt8(ascii: ",") else { throw error("a comma or ]") }
            step()
            skipBlanks()
        }
    }

    private mutating func open(_ depth: Int) throws(JSONError) {
        guard depth <= JSONParser.depthLimit else {
            throw JSONError(
                position: position, found: "level \(depth) of nesting",
                expected: "at most \(JSONParser.depthLimit) levels")
        }
        step()
        skipBlanks()
    }

    /// Steps over a closing bracket, if that comes next.
    private mutating func close(_ bracket: UInt8) -> Bool {
        guard peek == bracket else { return false }
        step()
        return true
    }

    private mutating func word(_ word: String, _ content: JSONValue.Content) throws(JSONError) -> JSONValue.Content {
        for byte in word.utf8 {
            guard peek == byte else { throw error("the word \(word)") }
            step()
        }
        return content
    }

    private mutating func number() throws(JSONError) -> String {
        let start = index
        if peek == UInt8(ascii: "-") { step() }
        if peek == 48 {
            step()
            if let byte = peek, isDigit(byte) { throw error("no digit after a leading zero") }
        } else {
            try digits()
        }
        if peek == UInt8(ascii: ".") {
            step()
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            step()
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { step() }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        guard let first = peek, isDigit(first) else { throw error("a digit") }
        while let byte = peek, isDigit(byte) { step() }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
}

// MARK: Text

extension JSONParser {
    private mutating func string() throws(JSONError) -> String {
        step()
        var result: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                step()
                return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &result)
            case 0..<32: throw error("the closing quote, or \\n and \\t for control characters")
            case 32..<128:
                result.append(byte)
                step()
            default:
                for _ in 0..<(try sequenceLength()) {
                    result.append(bytes[index])
                    step()
                }
            }
        }
        throw error("the closing quote")
    }

    private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
        step()
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(bytes[index])
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "u"):
            result.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
            return
        default: throw error("one of \" \\ / b f n r t u after a backslash")
        }
        step()
    }

    /// The scalar of a `u` and four digits, or of a surrogate pair of two such escapes.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let high = try fourDigits()
        if let scalar = Unicode.Scalar(high) { return scalar }
        if high < 0xDC00, peek == UInt8(ascii: "\\") {
            step()
            guard peek == UInt8(ascii: "u") else { throw error("the second half of a surrogate pair") }
            let low = try fourDigits()
            if (0xDC00...0xDFFF).contains(low) {
                let pair = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                if let scalar = Unicode.Scalar(pair) { return scalar }
            }
        }
        throw JSONError(position: start, found: "half a surrogate pair", expected: "both halves, high before low")
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        step()
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits after \\u")
            }
            value = value << 4 | UInt32(digit)
            step()
        }
        return value
    }

    /// The bytes of the UTF-8 sequence that starts here (RFC 3629: no overlong form, no surrogate, at most U+10FFFF).
    private func sequenceLength() throws(JSONError) -> Int {
        let first = bytes[index]
        let (length, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw error("UTF-8")
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]),
            bytes[(index + 1)..<(index + length)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw error("UTF-8") }
        return length
    }
}

// MARK: Position

extension JSONParser {
    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }
    private var position: JSONPosition { JSONPosition(line: line, column: column) }

    private mutating func step() {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if index == bytes.count || bytes[index] & 0xC0 != 0x80 {
            // A continuation byte belongs to the column of its first byte.
            column += 1
        }
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 { step() }
    }

    private func error(_ expected: String) -> JSONError {
        JSONError(position: position, found: found, expected: expected)
    }

    private var found: String {
        guard let byte = peek else { return "the end of the file" }
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "#"):
            return "\"\(Character(Unicode.Scalar(byte)))\" (JSON has no comments)"
        case UInt8(ascii: "'"): return "a single quote (JSON has double quotes only)"
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return "\(Character(Unicode.Scalar(byte)))"
        case 33..<127: return Quoted.text(String(Character(Unicode.Scalar(byte))))
        default: return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}
