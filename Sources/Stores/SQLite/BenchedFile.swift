public import Engine
internal import Foundation
internal import Journal
internal import Memory
internal import SQLite
internal import Updates

/// An SQLite file of a benchmark's own, new for each measurement.
public final class BenchedFile: BenchedStore {
    /// The benchmark removes its file, so it must not be somebody's.
    public struct Taken: Error, CustomStringConvertible {
        let path: String
        public var description: String { "\(path) is there already: the benchmark makes and removes its file" }
    }

    private let settings: SQLiteSettings

    public init(_ settings: SQLiteSettings) throws {
        guard !FileManager.default.fileExists(atPath: settings.path) else { throw Taken(path: settings.path) }
        self.settings = settings
    }

    public func measureSink(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double {
        try remove()
        let sink = try SQLiteSink(settings)
        let watch = Stopwatch()
        for (index, chunk) in chunks.enumerated() {
            try chunk.withRawSpan { try sink.receive($0, from: origin) }
            try sink.commit(JournalPlace(journal: 1, position: UInt64(index + 1)), of: origin.node)
        }
        return watch.seconds
    }

    /// As one writes it by hand: every key is known to come once, and the values lie ready.
    public func measureByHand(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double {
        let rows = try chunks.map { try read($0, origin) }
        guard let table = rows.first?.table else { return 0 }
        try remove()
        let database = try SQLiteFile.open(settings)
        let places = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let insertion = try database.prepare("INSERT INTO \(SQLiteSchema.name(of: table)) VALUES (\(places))")
        let watch = Stopwatch()
        for chunk in rows {
            try database.execute("BEGIN")
            var column = 0
            for value in chunk.values {
                column += 1
                BenchedFile.bind(value, at: column, of: insertion)
                guard column == table.columns.count else { continue }
                try insertion.run()
                column = 0
            }
            try database.execute("COMMIT")
        }
        return watch.seconds
    }

    public func remove() throws {
        for ending in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: settings.path + ending) {
            try FileManager.default.removeItem(atPath: settings.path + ending)
        }
    }

    private func read(_ chunk: [UInt8], _ origin: UpdateOrigin) throws -> ReadyRows {
        var rows = ReadyRows()
        var scratch = ByteBuffer()
        let plans = origin.topics.entries.map { RowPlan($0, keepsLive: false) }
        try chunk.withRawSpan { records in
            try RecordReader.forEach(in: records) { (head, update) throws in
                rows.symbol = Int64(head.symbol) + 1
                try plans[Int(head.slot)].write(
                    update, sizeStep: origin.symbol(head.symbol).sizeStep, into: &rows, scratch: &scratch)
            }
        }
        return rows
    }

    private static func bind(_ value: ReadyRows.Value, at column: Int, of statement: borrowing Statement) {
        switch value {
        case .nothing: statement.bindNull(at: column)
        case .integer(let value): statement.bind(value, at: column)
        case .real(let value): statement.bind(value, at: column)
        case .text(let bytes): bytes.withRawSpan { statement.bind(text: $0, at: column) }
        }
    }
}

/// Rows of one table, read out of their updates before the clock starts.
private struct ReadyRows: RowWriter {
    enum Value {
        case nothing
        case integer(Int64)
        case real(Double)
        case text([UInt8])
    }

    private(set) var table: StoredTable?
    private(set) var values: [Value] = []
    var symbol: Int64 = 0

    mutating func begin(_ table: Int) { self.table = StoredTables.all[table] }
    mutating func beginGroup(_ table: Int, start: Int64) { preconditionFailure("Rows by hand must have no groups.") }
    mutating func appendSymbol() { values.append(.integer(symbol)) }
    mutating func appendNull() { values.append(.nothing) }
    mutating func append(integer: Int64) { values.append(.integer(integer)) }
    mutating func append(real: Double) { values.append(.real(real)) }
    mutating func append(flag: Bool) { values.append(.integer(flag ? 1 : 0)) }
    mutating func append(marks: UInt32) { values.append(.integer(Int64(marks))) }
    mutating func append(time: Int64) { values.append(.integer(time)) }
    mutating func append(price: Int64) { values.append(.integer(price)) }
    mutating func append(quantity: Int64) { values.append(.integer(quantity)) }
    mutating func append(text: RawSpan) { values.append(.text(text.array)) }
    mutating func append(json: RawSpan) { values.append(.text(json.array)) }
    mutating func end() {}
}
