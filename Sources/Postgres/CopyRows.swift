internal import Memory

/// Rows as binary COPY takes them, encoded one value after another into memory that is used again.
///
/// It keeps where each row begins, so that a part of them can be sent without encoding anew.
public struct CopyRows: ~Copyable, Sendable {
    /// PostgreSQL's documentation of COPY: eleven bytes, then no flags and no extension.
    static let preamble: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
    static let trailer: [UInt8] = [0xFF, 0xFF]

    private var buffer: ByteBuffer
    private var starts: [Int] = []

    public init(capacity: Int = 1 << 16) { buffer = ByteBuffer(capacity: capacity) }

    public var count: Int { starts.count }
    public var byteCount: Int { buffer.count }
    public var isEmpty: Bool { starts.isEmpty }

    /// Begins a row of so many values, which must follow.
    public mutating func begin(columns: Int) {
        precondition(columns > 0 && columns < 1_600, "A row must have as many columns as a table can.")
        starts.append(buffer.count)
        buffer.append(Int16(columns).bigEndian)
    }

    public mutating func appendNull() { buffer.append(Int32(-1).bigEndian) }

    /// For `smallint`.
    public mutating func append(_ value: Int16) {
        buffer.append(Int32(2).bigEndian)
        buffer.append(value.bigEndian)
    }

    /// For `integer`.
    public mutating func append(_ value: Int32) {
        buffer.append(Int32(4).bigEndian)
        buffer.append(value.bigEndian)
    }

    /// For `bigint`.
    public mutating func append(_ value: Int64) {
        buffer.append(Int32(8).bigEndian)
        buffer.append(value.bigEndian)
    }

    /// For `double precision`.
    public mutating func append(_ value: Double) { append(Int64(bitPattern: value.bitPattern)) }

    /// For `boolean`.
    public mutating func append(_ value: Bool) {
        buffer.append(Int32(1).bigEndian)
        buffer.append(UInt8(value ? 1 : 0))
    }

    /// For `text`.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            buffer.append(Int32(bytes.count).bigEndian)
            unsafe buffer.append(UnsafeRawBufferPointer(bytes).bytes)
        }
    }

    /// For `text`.
    public mutating func append(utf8 bytes: [UInt8]) { bytes.withRawSpan { append($0) } }

    /// For `text` of UTF-8 bytes, and for `bytea`.
    public mutating func append(_ bytes: RawSpan) {
        buffer.append(Int32(bytes.byteCount).bigEndian)
        buffer.append(bytes)
    }

    /// For `jsonb`: JSON text behind the format's version.
    public mutating func append(json: RawSpan) {
        buffer.append(Int32(json.byteCount + 1).bigEndian)
        buffer.append(UInt8(1))
        buffer.append(json)
    }

    /// A length, or a part of a value.
    mutating func append(word: Int32) { buffer.append(word.bigEndian) }
    mutating func append(half: Int16) { buffer.append(half.bigEndian) }

    /// Appends a row that was encoded in another run of rows.
    public mutating func append(row index: Int, of other: borrowing CopyRows) {
        starts.append(buffer.count)
        let range = other.bytes(of: index..<index + 1)
        other.buffer.withBytes { buffer.append($0.extracting(range)) }
    }

    /// Takes back the row that was begun last.
    public mutating func removeLast() {
        guard let start = starts.popLast() else { preconditionFailure("Only a row that was begun can be taken back.") }
        buffer.truncate(to: start)
    }

    public mutating func removeAll() {
        buffer.removeAll()
        starts.removeAll(keepingCapacity: true)
    }

    /// Where some of the rows lie.
    func bytes(of rows: Range<Int>) -> Range<Int> {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "Rows must lie in their run.")
        let start = rows.lowerBound < count ? starts[rows.lowerBound] : buffer.count
        let end = rows.upperBound < count ? starts[rows.upperBound] : buffer.count
        return start..<end
    }

    /// Lends the encoded rows, without preamble and trailer.
    func withBytes<Failure: Error>(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
        try buffer.withBytes(body)
    }
}
