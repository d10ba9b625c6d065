internal import CSQLite

/// One open SQLite file; closed on `deinit`. Used by one thread at a time, which its single owner ensures.
public struct Database: ~Copyable, Sendable {
    public enum Access: Sendable { case read, write, create }

    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the handle is noncopyable, so one owner uses the connection at any time.
        let connection: OpaquePointer
    }

    private let storage: Storage

    /// - Parameter patience: How many milliseconds a call waits for another process that holds the file's lock.
    public init(path: String, access: Access, patience: Int32) throws(SQLiteError) {
        let way =
            switch access {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let status = unsafe sqlite3_open_v2(
            path, &opened, way | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let connection = unsafe opened else {
            throw SQLiteError(code: status & 255, extendedCode: status, message: "no memory", action: "open \(path)")
        }
        guard status == SQLITE_OK else {
            let error = unsafe SQLiteError(connection, status, "open \(path)")
            unsafe sqlite3_close_v2(connection)
            throw error
        }
        unsafe sqlite3_busy_timeout(connection, patience)
        storage = unsafe Storage(connection: connection)
    }

    // A statement that lives longer keeps the connection until it ends.
    deinit { unsafe sqlite3_close_v2(storage.connection) }

    /// Whether the file may only be read, by its permissions or by how it was opened.
    public var isReadOnly: Bool { unsafe sqlite3_db_readonly(storage.connection, "main") == 1 }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { unsafe sqlite3_get_autocommit(storage.connection) == 0 }

    /// Runs statements that return nothing, separated by semicolons.
    public func execute(_ sql: String) throws(SQLiteError) {
        let status = unsafe sqlite3_exec(storage.connection, sql, nil, nil, nil)
        guard status == SQLITE_OK else {
            throw unsafe SQLiteError(storage.connection, status, SQLiteError.shown(sql))
        }
    }

    public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try unsafe Statement(sql, on: storage.connection)
    }

    /// The first column of the first row as an integer; nil where there is no row.
    public func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.next() ? statement.integer(at: 0) : nil
    }

    /// The first column of every row as text.
    public func texts(_ sql: String) throws(SQLiteError) -> [String] {
        let statement = try prepare(sql)
        var texts: [String] = []
        while try statement.next() { texts.append(statement.text(at: 0) ?? "") }
        return texts
    }

    /// Moves what the write-ahead log holds into the file as far as readers allow.
    public func checkpoint() throws(SQLiteError) {
        let status = unsafe sqlite3_wal_checkpoint_v2(
            storage.connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard status == SQLITE_OK else { throw unsafe SQLiteError(storage.connection, status, "checkpoint") }
    }
}

extension SQLiteError {
    /// The last error of a connection.
    init(_ connection: OpaquePointer, _ status: Int32, _ action: String) {
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        self.init(
            code: status & 255, extendedCode: status, message: message ?? "unknown error", action: action)
    }

    /// A statement as an error shows it: its first words.
    static func shown(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 60 ? line.prefix(60) + "…" : line
    }
}
