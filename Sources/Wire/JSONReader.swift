/// Reads JSON text piece by piece, strictly, without building a tree.
struct JSONReader {
    /// Objects and arrays may nest this deep.
    private static let depthLimit = 32

    let bytes: [UInt8]
    private(set) var index = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads an object; `member` must read the value of each key it is given.
    mutating func object(
        _ member: (_ key: String, _ reader: inout JSONReader) throws(WireError) -> Void
    ) throws(WireError) {
        try enter(UInt8(ascii: "{"), "an object")
        defer { depth -= 1 }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try expect(UInt8(ascii: ":"), "a colon")
            try member(key, &self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "a comma or the object's end")
    }

    /// Reads an array; `element` must read each value.
    mutating func array(_ element: (_ reader: inout JSONReader) throws(WireError) -> Void) throws(WireError) {
        try enter(UInt8(ascii: "["), "an array")
        defer { depth -= 1 }
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "a comma or the array's end")
    }

    mutating func string() throws(WireError) -> String {
        try expect(UInt8(ascii: "\""), "a string")
        var text: [UInt8] = []
        while true {
            guard index < bytes.count, bytes[index] >= 32 else { throw failure("the string's end") }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                text += String(try escape()).utf8
            } else {
                text.append(byte)
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else { throw failure("UTF-8 before this byte") }
        return string
    }

    /// A number's text, as JSON's grammar has it.
    mutating func number() throws(WireError) -> String {
        skipBlanks()
        let start = index
        if byte == UInt8(ascii: "-") { index += 1 }
        let first = index
        try digits()
        guard bytes[first] != UInt8(ascii: "0") || index == first + 1 else { throw failure("no digit after 0") }
        if byte == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            index += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// True, false, or neither of the words.
    mutating func flag() -> Bool? { word("true") ? true : word("false") ? false : nil }

    mutating func null() -> Bool { word("null") }

    /// Whether a string comes next.
    mutating func startsString() -> Bool {
        skipBlanks()
        return byte == UInt8(ascii: "\"")
    }

    /// Reads a value of any kind and forgets it.
    mutating func skip() throws(WireError) {
        skipBlanks()
        switch byte {
        case UInt8(ascii: "{"): try object { (_, reader) throws(WireError) in try reader.skip() }
        case UInt8(ascii: "["): try array { (reader) throws(WireError) in try reader.skip() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            guard flag() != nil || null() else { throw failure("a value") }
        default: _ = try number()
        }
    }

    mutating func end() throws(WireError) {
        skipBlanks()
        guard index == bytes.count else { throw .trailingBytes(bytes.count - index) }
    }

    func failure(_ expected: String) -> WireError { .notJSON(offset: index, expected: expected) }

    // MARK: Pieces

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ wanted: UInt8) -> Bool {
        skipBlanks()
        guard byte == wanted else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ wanted: UInt8, _ what: String) throws(WireError) {
        guard take(wanted) else { throw failure(what) }
    }

    private mutating func enter(_ bracket: UInt8, _ what: String) throws(WireError) {
        try expect(bracket, what)
        guard depth < JSONReader.depthLimit else { throw failure("less nesting") }
        depth += 1
    }

    private mutating func word(_ text: String) -> Bool {
        skipBlanks()
        guard bytes[index...].starts(with: text.utf8) else { return false }
        index += text.utf8.count
        return true
    }

    private mutating func digits() throws(WireError) {
        let start = index
        while let byte, byte >= 48, byte <= 57 { index += 1 }
        guard index > start else { throw failure("a digit") }
    }

    private mutating func escape() throws(WireError) -> Unicode.Scalar {
        guard let byte else { throw failure("an escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scalar()
        default: throw failure("a known escape")
        }
    }

    /// Four hexadecimal digits, or a pair of them for a scalar above 2^16.
    private mutating func scalar() throws(WireError) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, bytes[index...].starts(with: "\\u".utf8) else { throw failure("a surrogate pair") }
        index += 2
        let second = try fourDigits()
        guard second >= 0xDC00, second < 0xE000,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("a surrogate pair") }
        return scalar
    }

    private mutating func fourDigits() throws(WireError) -> UInt32 {
        guard index + 4 <= bytes.count, bytes[index..<index + 4].allSatisfy({ $0 != 43 && $0 != 45 }),
            let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits") }
        index += 4
        return value
    }
}
