internal import CSQLite

/// A prepared statement; finalised on `deinit`. Parameters count from 1, columns from 0.
public struct Statement: ~Copyable, Sendable {
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: as its connection, used by one owner at a time.
        let statement: OpaquePointer
        let connection: OpaquePointer
    }

    private let storage: Storage

    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let status = unsafe sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard status == SQLITE_OK else { throw unsafe SQLiteError(connection, status, SQLiteError.shown(sql)) }
        guard let statement = unsafe prepared else { preconditionFailure("A statement must say something.") }
        storage = unsafe Storage(statement: statement, connection: connection)
    }

    deinit { unsafe sqlite3_finalize(storage.statement) }

    // MARK: Parameters

    /// Binding fails only for a parameter that the statement does not have, or without memory.
    private func check(_ status: Int32) {
        precondition(status == SQLITE_OK || status == SQLITE_NOMEM, "A parameter must be one of its statement.")
    }

    public func bindNull(at parameter: Int) {
        check(unsafe sqlite3_bind_null(storage.statement, Int32(parameter)))
    }

    public func bind(_ value: Int64, at parameter: Int) {
        check(unsafe sqlite3_bind_int64(storage.statement, Int32(parameter), value))
    }

    public func bind(_ value: Double, at parameter: Int) {
        check(unsafe sqlite3_bind_double(storage.statement, Int32(parameter), value))
    }

    public func bind(_ text: String, at parameter: Int) {
        var text = text
        text.withUTF8 { bytes in unsafe bind(text: UnsafeRawBufferPointer(bytes), at: parameter) }
    }

    /// UTF-8 that SQLite copies.
    public func bind(text: RawSpan, at parameter: Int) {
        unsafe text.withUnsafeBytes { bytes in unsafe bind(text: bytes, at: parameter) }
    }

    /// Bytes that SQLite copies.
    public func bind(bytes: RawSpan, at parameter: Int) {
        unsafe bytes.withUnsafeBytes { bytes in
            // An empty blob with no address would be bound as null.
            let status =
                unsafe bytes.isEmpty
                ? unsafe sqlite3_bind_zeroblob(storage.statement, Int32(parameter), 0)
                : unsafe sqlite3_bind_blob64(
                    storage.statement, Int32(parameter), bytes.baseAddress, UInt64(bytes.count), Statement.copied)
            check(status)
        }
    }

    private func bind(text bytes: UnsafeRawBufferPointer, at parameter: Int) {
        // An empty text may come without an address, which would be bound as null: any address will do.
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let start = unsafe start else {
            return check(unsafe sqlite3_bind_text(storage.statement, Int32(parameter), "", 0, Statement.copied))
        }
        check(
            unsafe sqlite3_bind_text64(
                storage.statement, Int32(parameter), start, UInt64(bytes.count), Statement.copied, UInt8(SQLITE_UTF8)))
    }

    /// SQLite's word for bytes that it must copy: the address −1, which a macro of C gives and Swift cannot import.
    private static var copied: sqlite3_destructor_type? {
        unsafe unsafeBitCast(-1, to: sqlite3_destructor_type?.self)
    }

    // MARK: Running

    /// Moves to the next row; false behind the last one, or at once where the statement returns none.
    public func next() throws(SQLiteError) -> Bool {
        let status = unsafe sqlite3_step(storage.statement)
        if status == SQLITE_ROW { return true }
        if status == SQLITE_DONE { return false }
        let error = unsafe SQLiteError(storage.connection, status, sql)
        unsafe sqlite3_reset(storage.statement)
        throw error
    }

    /// Runs a statement that returns nothing, with its bound parameters, and makes it ready for the next run.
    public func run() throws(SQLiteError) {
        _ = try next()
        unsafe sqlite3_reset(storage.statement)
    }

    /// Makes it ready for the next run; parameters stay bound.
    public func reset() { unsafe sqlite3_reset(storage.statement) }

    private var sql: String {
        guard let text = unsafe sqlite3_sql(storage.statement) else { return "statement" }
        return unsafe SQLiteError.shown(String(cString: text))
    }

    // MARK: Columns

    public var columns: Int { Int(unsafe sqlite3_column_count(storage.statement)) }

    public func isNull(at column: Int) -> Bool {
        unsafe sqlite3_column_type(storage.statement, Int32(column)) == SQLITE_NULL
    }

    /// 0 where there is none.
    public func integer(at column: Int) -> Int64 { unsafe sqlite3_column_int64(storage.statement, Int32(column)) }

    /// 0 where there is none.
    public func real(at column: Int) -> Double { unsafe sqlite3_column_double(storage.statement, Int32(column)) }

    public func text(at column: Int) -> String? {
        guard let text = unsafe sqlite3_column_text(storage.statement, Int32(column)) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(storage.statement, Int32(column)))
        return unsafe String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    public func bytes(at column: Int) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(storage.statement, Int32(column)) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(storage.statement, Int32(column)))
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
