internal import Compression
internal import Market

/// The head of a DBN file: version, schema, and which name an instrument's number has on which dates.
struct DBNMetadata {
    /// A head may be this long; one line of mappings takes some 160 bytes.
    static let byteLimit: UInt32 = 48 << 20
    private static let fixedSize = 100
    private static let instrumentID: UInt8 = 0

    /// A name that holds from one date (included) to another (excluded), as numbers 20241129.
    struct Interval {
        let start: UInt32
        let end: UInt32
        let name: [UInt8]
    }

    let schema: DBNSchema
    private(set) var names: [UInt32: [Interval]] = [:]

    /// Reads the head and leaves the stream at the first record.
    static func read(_ stream: inout DecodedStream, file: String) throws(RecordingError) -> DBNMetadata {
        let found = try fill(&stream, 8)
        guard found >= 8 else { throw refused(file, "the DBN file ends in its first eight bytes") }
        let (version, length) = stream.withBytes {
            ($0.integer(at: 3, as: UInt8.self), $0.integer(at: 4, as: UInt32.self))
        }
        guard (1...3).contains(version) else { throw refused(file, "DBN version \(version); versions 1 to 3 are read") }
        guard length >= fixedSize, length <= byteLimit else {
            throw refused(file, "a DBN head of \(length) bytes; \(fixedSize) to \(byteLimit) are read")
        }
        let size = 8 + Int(length)
        guard try fill(&stream, size) >= size else { throw refused(file, "the DBN file ends in its head") }
        let metadata = try stream.withBytes { (bytes) throws(RecordingError) in
            try DBNMetadata(bytes.extracting(0..<size), version: version, file: file)
        }
        stream.skip(size)
        return metadata
    }

    private static func fill(_ stream: inout DecodedStream, _ count: Int) throws(RecordingError) -> Int {
        do { return try stream.fill(count) } catch { throw .unavailable(error) }
    }

    private static func refused(_ file: String, _ reason: String) -> RecordingError {
        .refused(file: file, reason: reason)
    }

    private init(_ bytes: RawSpan, version: UInt8, file: String) throws(RecordingError) {
        let number = bytes.integer(at: 24, as: UInt16.self)
        guard let schema = DBNSchema(rawValue: number) else {
            throw Self.refused(file, "the unknown DBN schema \(number)")
        }
        if let reason = schema.refusal {
            throw Self.refused(file, "the DBN schema \(schema.name) is not replayed: \(reason)")
        }
        self.schema = schema
        // Version 1 has a count of records here, and names of a fixed width.
        let kinds = version == 1 ? 58 : 50
        let width = version == 1 ? 22 : Int(bytes.integer(at: 53, as: UInt16.self))
        let from = bytes.integer(at: kinds, as: UInt8.self)
        let to = bytes.integer(at: kinds + 1, as: UInt8.self)
        guard readNames(bytes, width: width, isForward: to == Self.instrumentID, isKnown: min(from, to) == 0) else {
            throw Self.refused(file, "the symbol mappings in the DBN head are damaged")
        }
    }

    /// Reads the mappings; false when they do not fit the head. Where neither side is an instrument's number they are
    /// of no use and left out.
    private mutating func readNames(_ bytes: RawSpan, width: Int, isForward: Bool, isKnown: Bool) -> Bool {
        var cursor = Cursor(offset: 108, end: bytes.byteCount)
        guard width > 0, let definition = cursor.count(bytes), cursor.pass(definition) else { return false }
        // Symbols asked for, found in part, and not found.
        for _ in 0..<3 {
            guard let count = cursor.count(bytes), cursor.pass(count * width) else { return false }
        }
        guard let mappings = cursor.count(bytes) else { return false }
        for _ in 0..<mappings {
            guard let asked = cursor.name(bytes, width), let intervals = cursor.count(bytes) else { return false }
            for _ in 0..<intervals {
                guard let start = cursor.count(bytes), let end = cursor.count(bytes),
                    let given = cursor.name(bytes, width)
                else { return false }
                guard isKnown, let number = Self.number(isForward ? given : asked) else { continue }
                names[number, default: []].append(
                    Interval(start: UInt32(start), end: UInt32(end), name: isForward ? asked : given))
            }
        }
        return true
    }

    private static func number(_ text: [UInt8]) -> UInt32? { UInt32(String(decoding: text, as: UTF8.self)) }

    /// A place in the head that never leaves it.
    private struct Cursor {
        var offset: Int
        let end: Int

        mutating func pass(_ count: Int) -> Bool {
            guard count <= end - offset else { return false }
            offset += count
            return true
        }

        mutating func count(_ bytes: RawSpan) -> Int? {
            let start = offset
            return pass(4) ? Int(bytes.integer(at: start, as: UInt32.self)) : nil
        }

        mutating func name(_ bytes: RawSpan, _ width: Int) -> [UInt8]? {
            let start = offset
            return pass(width) ? DBNText.name(bytes, at: start, width: width) : nil
        }
    }
}

/// Text in a DBN file: a fixed width, filled up with zeros.
enum DBNText {
    static func name(_ bytes: RawSpan, at start: Int, width: Int) -> [UInt8] {
        var name: [UInt8] = []
        for offset in start..<start + width {
            let byte = bytes.integer(at: offset, as: UInt8.self)
            if byte == 0 { break }
            name.append(byte)
        }
        return name
    }
}
