/// The tables as SQLite keeps them.
///
/// Exact values lie in tables named `exact_…`: times in nanoseconds, prices in billionths, sizes in steps, all as
/// integers. A view of the table's own name shows each with decimals, names and dates.
enum SQLiteSchema {
    /// "MLRS" in the file's header: whose file it is.
    static let application: Int64 = 0x4D4C_5253

    /// What brings a file from each version to the next; the first makes an empty one.
    static let steps: [[String]] = [StoredTables.all.flatMap(statements)]

    static var version: Int64 {
        precondition(steps.count == StoredTables.version, "Every version of the tables must have its step.")
        return Int64(steps.count)
    }

    /// Where a table's exact values lie.
    static func name(of table: StoredTable) -> String { isShown(table) ? "exact_\(table.name)" : table.name }

    /// The statement that writes a row, with a parameter for each column.
    static func insertion(into table: StoredTable) -> String {
        let columns = table.columns.map(\.name)
        let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let rest = columns.filter { !table.key.contains($0) }
        let conflict =
            switch table.form {
            case .appended: "NOTHING"
            case .revised, .grouped: "UPDATE SET " + rest.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            }
        return "INSERT INTO \(name(of: table)) (\(columns.joined(separator: ", "))) VALUES (\(places)) "
            + "ON CONFLICT (\(table.key.joined(separator: ", "))) DO \(conflict)"
    }

    /// The statement that takes a group of rows away; its parameters are the group's columns.
    static func deletion(from table: StoredTable, by columns: Int) -> String {
        let conditions = table.key.prefix(columns).enumerated().map { "\($0.element) = ?\($0.offset + 1)" }
        return "DELETE FROM \(name(of: table)) WHERE " + conditions.joined(separator: " AND ")
    }

    private static func statements(of table: StoredTable) -> [String] {
        let columns = table.columns.map { column in
            "\(column.name) \(type(of: column.type))" + (column.isOptional ? "" : " NOT NULL")
        }
        // Rows with long texts would make a tree of whole rows deep.
        let isLong = table.columns.contains { $0.type == .json || $0.type == .bytes }
        let definition =
            "CREATE TABLE \(name(of: table)) (\(columns.joined(separator: ", ")), "
            + "PRIMARY KEY (\(table.key.joined(separator: ", ")))) STRICT\(isLong ? "" : ", WITHOUT ROWID")"
        return [definition] + (isShown(table) ? [view(of: table)] : [])
    }

    private static func type(of type: ColumnType) -> String {
        switch type {
        case .symbol, .time, .price, .quantity, .integer, .flag, .marks: "INTEGER"
        case .text, .json: "TEXT"
        case .real: "REAL"
        case .bytes: "BLOB"
        }
    }

    // MARK: Views

    /// Whether a table holds values that a person cannot read as they are.
    private static func isShown(_ table: StoredTable) -> Bool {
        table.columns.contains { column in
            switch column.type {
            case .symbol, .time, .price, .quantity, .marks: true
            case .text, .integer, .real, .flag, .json, .bytes: false
            }
        }
    }

    private static func view(of table: StoredTable) -> String {
        let hasSymbol = table.columns.contains { $0.type == .symbol }
        var shown = table.columns.map { "\(value(of: $0)) AS \($0.name)" }
        if let time = table.time { shown.append("row.\(time) AS \(time)_ns") }
        if hasSymbol { shown.append("named.node AS node") }
        let source = "\(name(of: table)) AS row" + (hasSymbol ? " JOIN symbols AS named ON named.id = row.symbol" : "")
        return "CREATE VIEW \(table.name) AS SELECT \(shown.joined(separator: ", ")) FROM \(source)"
    }

    private static func value(of column: TableColumn) -> String {
        let cell = "row.\(column.name)"
        switch column.type {
        case .symbol: return "named.symbol"
        case .price: return "\(cell) / 1e9"
        case .quantity: return "\(cell) * named.size_step / 1e9"
        case .time:
            return "strftime('%Y-%m-%dT%H:%M:%S', \(cell) / 1000000000, 'unixepoch') "
                + "|| printf('.%09dZ', \(cell) % 1000000000)"
        case .marks(let names):
            let parts = names.enumerated().map { "iif(\(cell) & \(1 << $0.offset), '\($0.element) ', '')" }
            return "trim(\(parts.joined(separator: " || ")))"
        case .text, .integer, .real, .flag, .json, .bytes: return cell
        }
    }
}
