/// The tables as docs/stores.md lists them.
public enum TablesDocument {
    public static var text: String { StoredTables.all.map(section).joined(separator: "\n") }

    private static func section(_ table: StoredTable) -> String {
        let form =
            switch table.form {
            case .appended: "appended"
            case .revised: "revised"
            case .grouped: "grouped"
            }
        let key = table.key.map { "`\($0)`" }.joined(separator: ", ")
        let rows = table.columns.map { column in
            "| `\(column.name)` | \(name(of: column.type))\(column.isOptional ? ", or null" : "") | \(column.meaning) |"
        }
        return """
            ### \(table.name)

            \(table.meaning) Key: \(key); \(form).

            | column | type | meaning |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }

    private static func name(of type: ColumnType) -> String {
        switch type {
        case .symbol: "symbol"
        case .text: "text"
        case .time: "time"
        case .price: "price"
        case .quantity: "size"
        case .integer: "integer"
        case .real: "real"
        case .flag: "0 or 1"
        case .marks(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .json: "JSON"
        case .bytes: "bytes"
        }
    }
}
