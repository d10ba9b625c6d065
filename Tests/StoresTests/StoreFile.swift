import Engine
import Foundation
import Graph
import Journal
import Memory
import SQLite
import Stores
import TestPrograms
import TestStores

/// A file in a folder of its own, for one test.
final class StoreFile {
    private let folder: URL
    let path: String

    init() throws {
        folder = try RunningProgram.temporaryFolder()
        path = folder.appending(path: "deep/er/store.db").path()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func sink(_ more: String = "") throws -> SQLiteSink {
        let text = #"{ "path": "\#(path)", "synchronous": "off"\#(more) }"#
        let object = SettingsObject(try JSONParser.parse(text), path: .root)
        return try SQLiteSink(SettingsReader.read(SQLiteSettings.self, from: object).settings)
    }

    /// Stores the records of these positions as one transaction.
    static func store(_ positions: ClosedRange<UInt64>, in sink: SQLiteSink) throws {
        let origin = ProbeJournal.origin
        try ProbeJournal.records(positions).withRawSpan { try sink.receive($0, from: origin) }
        try sink.commit(
            JournalPlace(journal: ProbeJournal.id, position: positions.upperBound), of: ProbeJournal.node)
    }

    func open(_ access: Database.Access = .read) throws -> Database {
        try Database(path: path, access: access, patience: 1_000)
    }

    /// Every row of every table as text, in the order of the keys.
    func dump() throws -> [String] {
        let database = try open()
        let tables = try database.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
        return try tables.flatMap { table in
            let columns = try database.texts("SELECT name FROM pragma_table_info('\(table)')")
            let row = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
            return try database.texts("SELECT '\(table) ' || \(row) FROM \(table) ORDER BY 1")
        }
    }
}
