internal import CPostgres

/// An answer's rows, whole in memory, in binary; freed on `deinit`.
public struct Rows: ~Copyable, Sendable {
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the answer is noncopyable and never changes, so one owner reads it at any time.
        let result: OpaquePointer
    }

    private let storage: Storage
    public let count: Int
    public let columns: Int

    init(_ result: OpaquePointer) {
        storage = unsafe Storage(result: result)
        count = Int(unsafe PQntuples(result))
        columns = Int(unsafe PQnfields(result))
    }

    deinit { unsafe PQclear(storage.result) }

    /// The name of a column.
    public func name(ofColumn column: Int) -> String {
        guard let name = unsafe PQfname(storage.result, Int32(column)) else { return "" }
        return unsafe String(cString: name)
    }

    public func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(storage.result, Int32(row), Int32(column)) != 0
    }

    /// Any integer type's value, or a flag's; nil for null.
    public func integer(_ row: Int, _ column: Int) -> Int64? {
        withBytes(row, column) { bytes in
            guard bytes.byteCount > 0 else { return 0 }
            var word = Int64(Int8(bitPattern: bytes.byte(at: 0)))
            for index in 1..<max(bytes.byteCount, 1) { word = word << 8 | Int64(bytes.byte(at: index)) }
            return word
        }
    }

    /// A `double precision`; nil for null.
    public func real(_ row: Int, _ column: Int) -> Double? {
        integer(row, column).map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }

    /// A text type's value; nil for null.
    public func text(_ row: Int, _ column: Int) -> String? {
        withBytes(row, column) { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    /// The bytes of a value as the server sends its type in binary; nil for null.
    public func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        withBytes(row, column) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }

    private func withBytes<Value>(_ row: Int, _ column: Int, _ body: (RawSpan) -> Value) -> Value? {
        precondition(row >= 0 && row < count, "A row must lie in its answer.")
        precondition(column >= 0 && column < columns, "A column must lie in its answer.")
        guard !isNull(row, column) else { return nil }
        let length = Int(unsafe PQgetlength(storage.result, Int32(row), Int32(column)))
        guard let base = unsafe PQgetvalue(storage.result, Int32(row), Int32(column)) else { return nil }
        return body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: length))
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
