import Engine
import Foundation
import Journal
import Memory
import SQLite
import Stores
import TestStores
import Testing

/// Files that cannot serve are refused with what is wrong, and what may pass is told apart from it.
@Suite struct SQLiteRefusalTests {
    private func made() throws -> StoreFile {
        let file = try StoreFile()
        try StoreFile.store(1...50, in: try file.sink())
        return file
    }

    @Test func `a newer schema is refused by writer and reader`() throws {
        let file = try made()
        try file.open(.write).execute("PRAGMA user_version = 99")
        let error = SQLiteStoreError.newerSchema(path: file.path, found: 99, known: Int64(StoredTables.version))
        #expect(throws: error) { try file.sink() }
        #expect(throws: error) { try SQLiteReader(path: file.path) }
    }

    @Test func `a file of another program is refused and left alone`() throws {
        let file = try StoreFile()
        try FileManager.default.createDirectory(
            at: URL(filePath: file.path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try file.open(.create).execute("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)")
        #expect(throws: SQLiteStoreError.foreign(path: file.path, tables: ["theirs"])) { try file.sink() }
        #expect(throws: SQLiteStoreError.foreign(path: file.path, tables: ["theirs"])) {
            try SQLiteReader(path: file.path)
        }
        #expect(try file.open().texts("SELECT name FROM sqlite_schema") == ["theirs"])
    }

    @Test func `what is no database is refused and left alone`() throws {
        let file = try made()
        let text = Data("symbol,price\n".utf8) + Data(repeating: 65, count: 4_096)
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + ending) }
        try text.write(to: URL(filePath: file.path))
        #expect(throws: SQLiteStoreError.notADatabase(path: file.path)) { try file.sink() }
        #expect(try Data(contentsOf: URL(filePath: file.path)) == text)
    }

    @Test func `a missing file, a folder and an empty file are no stores to read`() throws {
        let file = try StoreFile()
        #expect(throws: SQLiteStoreError.self) { try SQLiteReader(path: file.path) }
        try FileManager.default.createDirectory(atPath: file.path, withIntermediateDirectories: true)
        #expect(throws: SQLiteStoreError.self) { try file.sink() }
        try FileManager.default.removeItem(atPath: file.path)
        try Data().write(to: URL(filePath: file.path))
        #expect(throws: SQLiteStoreError.empty(path: file.path)) { try SQLiteReader(path: file.path) }
    }

    @Test(.enabled(if: getuid() != 0, "root may write to every file"))
    func `a file that may only be read is refused`() throws {
        let file = try made()
        for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + ending) }
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file.path)
        #expect(throws: SQLiteStoreError.readOnly(path: file.path)) { try file.sink() }
    }

    @Test func `a locked file may pass, and then it goes on behind its place`() throws {
        let file = try made()
        let sink = try file.sink()
        let other = try file.open(.write)
        try other.execute("BEGIN IMMEDIATE")
        #expect(throws: StoreUnavailable.self) { try StoreFile.store(51...60, in: sink) }
        try other.execute("COMMIT")
        try sink.reopen()
        #expect(try sink.place(of: ProbeJournal.node)?.position == 50)
        try StoreFile.store(51...60, in: sink)
        let whole = try StoreFile()
        try StoreFile.store(1...60, in: try whole.sink())
        #expect(try file.dump() == whole.dump())
    }

    @Test func `every kind of error has its own word`() {
        let kinds: [(Int32, SQLiteError.Kind)] = [
            (5, .busy), (6, .busy), (13, .full), (10, .failing), (7, .failing), (8, .readOnly), (14, .unreachable),
            (26, .notADatabase), (11, .damaged), (19, .refusedRow), (18, .refusedRow), (1, .other),
        ]
        for (code, kind) in kinds {
            #expect(SQLiteError(code: code, extendedCode: code, message: "", action: "").kind == kind, "\(code)")
        }
    }
}
