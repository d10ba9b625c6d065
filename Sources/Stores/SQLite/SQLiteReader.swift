internal import SQLite

/// Reads a store in an SQLite file, also while somebody writes to it.
public final class SQLiteReader: StoreReader {
    private let database: Database
    public let name: String

    public init(path: String) throws {
        database = try SQLiteFile.openForReading(path)
        name = path
    }

    public func symbols() throws -> [StoredSymbol] {
        let statement = try database.prepare("SELECT id, node, symbol, size_step FROM symbols ORDER BY id")
        var symbols: [StoredSymbol] = []
        while try statement.next() {
            symbols.append(
                StoredSymbol(
                    id: statement.integer(at: 0), node: statement.text(at: 1) ?? "", name: statement.text(at: 2) ?? "",
                    sizeStep: statement.integer(at: 3)))
        }
        return symbols
    }

    public func texts(_ column: String, in table: StoredTable, of symbol: Int64) throws -> [String] {
        let statement = try database.prepare(
            "SELECT DISTINCT \(column) FROM \(SQLiteSchema.name(of: table)) WHERE symbol = ?1 ORDER BY 1")
        statement.bind(symbol, at: 1)
        var texts: [String] = []
        while try statement.next() { texts.append(statement.text(at: 0) ?? "") }
        return texts
    }

    public func span(_ selection: StoreSelection) throws -> ClosedRange<Int64>? {
        guard let time = selection.table.time else { return nil }
        var all = selection
        all.time = 0..<Int64.max
        let statement = try database.prepare(
            "SELECT min(\(time)), max(\(time)) FROM \(SQLiteReader.condition(all))")
        SQLiteReader.bind(all, to: statement)
        guard try statement.next(), !statement.isNull(at: 0) else { return nil }
        return statement.integer(at: 0)...statement.integer(at: 1)
    }

    public func forEach(_ selection: StoreSelection, _ body: ([StoredValue]) throws -> Void) throws {
        let statement = try database.prepare(
            "SELECT \(selection.columns.joined(separator: ", ")) FROM \(SQLiteReader.condition(selection)) "
                + "ORDER BY \(selection.order.joined(separator: ", ")) LIMIT \(Int64(selection.limit))")
        SQLiteReader.bind(selection, to: statement)
        let types = selection.columns.compactMap { column in
            selection.table.index(of: column).map { selection.table.columns[$0].type }
        }
        while try statement.next() {
            try body(types.enumerated().map { SQLiteReader.value(of: $0.element, at: $0.offset, in: statement) })
        }
    }

    /// The table with its condition: symbol, the times, then the texts by their columns' names.
    private static func condition(_ selection: StoreSelection) -> String {
        var parts = ["symbol = ?1"]
        if let time = selection.table.time { parts.append("\(time) >= ?2 AND \(time) < ?3") }
        for (index, column) in selection.texts.keys.sorted().enumerated() { parts.append("\(column) = ?\(index + 4)") }
        return "\(SQLiteSchema.name(of: selection.table)) WHERE \(parts.joined(separator: " AND "))"
    }

    private static func bind(_ selection: StoreSelection, to statement: borrowing Statement) {
        statement.bind(selection.symbol, at: 1)
        if selection.table.time != nil {
            statement.bind(selection.time.lowerBound, at: 2)
            statement.bind(selection.time.upperBound, at: 3)
        }
        for (index, entry) in selection.texts.sorted(by: { $0.key < $1.key }).enumerated() {
            statement.bind(entry.value, at: index + 4)
        }
    }

    private static func value(of type: ColumnType, at index: Int, in statement: borrowing Statement) -> StoredValue {
        guard !statement.isNull(at: index) else { return .nothing }
        switch type {
        case .symbol, .time, .price, .quantity, .integer, .flag, .marks: return .integer(statement.integer(at: index))
        case .real: return .real(statement.real(at: index))
        case .text, .json, .bytes: return .text(statement.text(at: index) ?? "")
        }
    }
}
