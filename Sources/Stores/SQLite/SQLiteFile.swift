internal import SQLite

/// Opens a store's file, and brings its tables to this program's version.
enum SQLiteFile {
    /// How long a call waits for another process that holds the file's lock, milliseconds.
    static let patience: Int32 = 2_000
    /// The write-ahead log is cut back to this after a checkpoint, bytes.
    private static let logLimit = 64 << 20

    /// Opens or makes a file to store in.
    static func open(_ settings: SQLiteSettings) throws -> Database {
        let path = settings.path
        do {
            let database = try Database(path: path, access: .create, patience: patience)
            guard !database.isReadOnly else { throw SQLiteStoreError.readOnly(path: path) }
            try check(database, path)
            try database.execute("PRAGMA journal_mode = WAL")
            try database.execute("PRAGMA synchronous = \(settings.synchronous.rawValue)")
            try database.execute("PRAGMA journal_size_limit = \(logLimit)")
            try migrate(database)
            if let limit = settings.sizeLimit { try bound(database, to: limit) }
            return database
        } catch let error as SQLiteError { throw error.forStore(path) }
    }

    /// From here on a page more is a full disk. A file that is larger already keeps its size.
    private static func bound(_ database: borrowing Database, to limit: Int) throws {
        let size = max(try database.integer("PRAGMA page_size") ?? 4_096, 1)
        try database.execute("PRAGMA max_page_count = \(max(Int64(limit) / size, 1))")
    }

    /// Opens a file to read from, beside whoever stores in it.
    static func openForReading(_ path: String) throws -> Database {
        do {
            let database = try Database(path: path, access: .read, patience: patience)
            try check(database, path)
            let version = try database.integer("PRAGMA user_version") ?? 0
            guard version > 0 else { throw SQLiteStoreError.empty(path: path) }
            return database
        } catch let error as SQLiteError { throw error.forStore(path) }
    }

    /// Whether the file is ours, or empty.
    private static func check(_ database: borrowing Database, _ path: String) throws {
        let version = try database.integer("PRAGMA user_version") ?? 0
        let application = try database.integer("PRAGMA application_id") ?? 0
        if application == SQLiteSchema.application {
            guard version <= SQLiteSchema.version else {
                throw SQLiteStoreError.newerSchema(path: path, found: version, known: SQLiteSchema.version)
            }
            return
        }
        let tables = try database.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        guard tables.isEmpty, application == 0, version == 0 else {
            throw SQLiteStoreError.foreign(path: path, tables: tables)
        }
    }

    /// Each step in a transaction of its own together with its version. Two processes that do it at once take turns.
    private static func migrate(_ database: borrowing Database) throws {
        while true {
            try database.execute("BEGIN IMMEDIATE")
            let version = Int(try database.integer("PRAGMA user_version") ?? 0)
            guard version < SQLiteSchema.steps.count else { return try database.execute("COMMIT") }
            for statement in SQLiteSchema.steps[version] { try database.execute(statement) }
            try database.execute("PRAGMA application_id = \(SQLiteSchema.application)")
            try database.execute("PRAGMA user_version = \(version + 1)")
            try database.execute("COMMIT")
        }
    }
}
