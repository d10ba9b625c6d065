import Memory
import SQLite
import Testing

/// The wrapper says what SQLite says, no more and no less.
@Suite struct DatabaseTests {
    private func memory() throws -> Database { try Database(path: ":memory:", access: .create, patience: 0) }

    @Test func `values come back as they were bound`() throws {
        let database = try memory()
        try database.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, n TEXT) STRICT")
        let insertion = try database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)")
        let texts = ["", "plain", "O'Neil; DROP TABLE t;--", "数量 🙂", String(repeating: "x", count: 100_000)]
        for (index, text) in texts.enumerated() {
            insertion.bind(Int64.min + Int64(index), at: 1)
            insertion.bind(0.1 * Double(index), at: 2)
            insertion.bind(text, at: 3)
            let bytes = Array(text.utf8)
            bytes.withRawSpan { insertion.bind(bytes: $0, at: 4) }
            insertion.bindNull(at: 5)
            try insertion.run()
        }
        let rows = try database.prepare("SELECT i, r, s, b, n FROM t ORDER BY i")
        for (index, text) in texts.enumerated() {
            let isThere = try rows.next()
            #expect(isThere)
            let (integer, real) = (rows.integer(at: 0), rows.real(at: 1))
            #expect(integer == Int64.min + Int64(index) && real == 0.1 * Double(index))
            let (read, bytes, isNull) = (rows.text(at: 2), rows.bytes(at: 3), rows.isNull(at: 4))
            #expect(read == text && bytes == Array(text.utf8) && isNull)
        }
        let more = try rows.next()
        #expect(!more)
    }

    @Test func `a broken statement, a broken row and a full file are told apart`() throws {
        let database = try memory()
        #expect(throws: SQLiteError.self) { _ = try database.integer("SELECT nonsense FROM nowhere") }
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT NOT NULL) STRICT")
        let kind = { (sql: String) -> SQLiteError.Kind? in
            do { try database.execute(sql) } catch let error as SQLiteError { return error.kind } catch {}
            return nil
        }
        #expect(kind("INSERT INTO t VALUES (1, 'a')") == nil)
        #expect(kind("INSERT INTO t VALUES (1, 'b')") == .refusedRow)
        #expect(kind("INSERT INTO t VALUES (2, NULL)") == .refusedRow)
        #expect(kind("INSERT INTO t VALUES ('x', 'b')") == .refusedRow)
        try database.execute("PRAGMA max_page_count = 4")
        #expect(kind("INSERT INTO t VALUES (3, hex(zeroblob(100000)))") == .full)
        #expect(kind("SELEC 1") == .other)
    }

    @Test func `an error names its codes and what was done`() throws {
        let database = try memory()
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
        do {
            try database.execute("INSERT INTO t VALUES (1)")
            Issue.record("a key must stand once")
        } catch {
            #expect(error.code == 19 && error.extendedCode == 1_555)
            #expect("\(error)" == "INSERT INTO t VALUES (1): UNIQUE constraint failed: t.i (SQLite 1555)")
        }
    }

    @Test func `a statement that lives longer than its database still ends well`() throws {
        func orphan() throws -> Statement { try memory().prepare("SELECT 42") }
        let statement = try orphan()
        let isThere = try statement.next()
        let value = statement.integer(at: 0)
        #expect(isThere && value == 42)
    }

    @Test func `a file that cannot be reached says so`() {
        #expect(throws: SQLiteError.self) {
            _ = try Database(path: "/nowhere/at/all.db", access: .create, patience: 0).isReadOnly
        }
    }
}
