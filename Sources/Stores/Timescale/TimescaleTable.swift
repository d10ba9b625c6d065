internal import Postgres

/// A table of the store as PostgreSQL keeps it: its columns, and the statements that fill it.
///
/// A symbol is two columns, its node and its name, so that a query needs no other table. A time is a `timestamptz`,
/// which counts microseconds; where single nanoseconds tell rows apart, a second column holds those below
/// the microsecond.
struct TimescaleTable: Sendable {
    struct Column: Sendable {
        let name: String
        let type: String
        let isOptional: Bool
    }

    let table: StoredTable
    let schema: String
    let columns: [Column]
    /// Whether a time column of the table has its column of nanoseconds, by the column's place.
    let hasNanoseconds: [Bool]
    /// Names of the bits of each set of marks, by the column's place.
    let marks: [[[UInt8]]]

    init(_ table: StoredTable, schema: String) {
        self.table = table
        self.schema = schema
        hasNanoseconds = table.columns.map { TimescaleTable.hasNanoseconds($0, in: table) }
        columns = zip(table.columns, hasNanoseconds).flatMap { TimescaleTable.columns(of: $0, nanoseconds: $1) }
        marks = table.columns.map { column in
            if case .marks(let names) = column.type { names.map { Array($0.utf8) } } else { [] }
        }
    }

    var name: String { "\(Connection.quoted(schema)).\(table.name)" }
    var staging: String { "pg_temp.staged_\(table.name)" }
    var stagedGroups: String { "pg_temp.staged_groups_\(table.name)" }
    var isRevised: Bool { table.form != .appended }
    var isGrouped: Bool {
        switch table.form {
        case .grouped: true
        case .appended, .revised: false
        }
    }
    var columnNames: String { columns.map(\.name).joined(separator: ", ") }
    /// The key's columns as PostgreSQL has them.
    var key: [String] { TimescaleTable.names(of: table.key, in: table) }

    /// Windows of tables whose rows are replaced lie on a grid of whole microseconds.
    private static func hasNanoseconds(_ column: TableColumn, in table: StoredTable) -> Bool {
        guard column.type == .time else { return false }
        return table.form == .appended || !["start_time", "end_time"].contains(column.name)
    }

    private static func names(of key: [String], in table: StoredTable) -> [String] {
        key.flatMap { name in
            table.index(of: name).map { table.columns[$0].type } == .symbol ? ["node", "symbol"] : [name]
        }
    }

    private static func columns(of column: TableColumn, nanoseconds: Bool) -> [Column] {
        func one(_ type: String) -> [Column] { [Column(name: column.name, type: type, isOptional: column.isOptional)] }
        switch column.type {
        // Compared byte by byte: names need no language, and the index is faster.
        case .symbol:
            return ["node", "symbol"].map { Column(name: $0, type: "text COLLATE \"C\"", isOptional: false) }
        case .text: return one("text COLLATE \"C\"")
        case .time:
            let rest = Column(name: "\(column.name)_ns", type: "smallint", isOptional: column.isOptional)
            return one("timestamptz") + (nanoseconds ? [rest] : [])
        case .price, .quantity: return one("numeric")
        case .integer: return one("bigint")
        case .real: return one("double precision")
        case .flag: return one("boolean")
        case .marks: return one("text")
        case .json: return one("jsonb")
        case .bytes: return one("bytea")
        }
    }
}

// MARK: Statements

extension TimescaleTable {
    /// Rows straight into the table.
    var copy: String { "COPY \(name) (\(columnNames)) FROM STDIN (FORMAT binary)" }
    /// Rows into the session's own table, from which `merge` takes them.
    var copyStaged: String {
        "COPY \(staging) (\(columnNames)\(isRevised ? ", ordinal" : "")) FROM STDIN (FORMAT binary)"
    }
    var copyGroups: String { "COPY \(stagedGroups) FROM STDIN (FORMAT binary)" }

    /// Makes the session's own tables; a commit empties them.
    var makeStaging: String {
        let rows = """
            CREATE TEMP TABLE IF NOT EXISTS staged_\(table.name) \
            (\(columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")), ordinal bigint) \
            ON COMMIT DELETE ROWS
            """
        guard isGrouped else { return rows }
        return rows + """
            ; CREATE TEMP TABLE IF NOT EXISTS staged_groups_\(table.name) (node text COLLATE "C", \
            symbol text COLLATE "C", start_time timestamptz, ordinal bigint) ON COMMIT DELETE ROWS
            """
    }

    /// From the session's own table into this one: of rows with the same key the newest stands.
    var merge: String {
        let keys = key.joined(separator: ", ")
        switch table.form {
        case .appended:
            return "INSERT INTO \(name) (\(columnNames)) SELECT \(columnNames) FROM \(staging) ON CONFLICT DO NOTHING"
        case .revised:
            return """
                INSERT INTO \(name) AS kept (\(columnNames)) SELECT DISTINCT ON (\(keys)) \(columnNames) \
                FROM \(staging) ORDER BY \(keys), ordinal DESC ON CONFLICT (\(keys)) \(update)
                """
        case .grouped:
            return """
                INSERT INTO \(name) AS kept (\(columnNames)) SELECT \(columnNames) FROM \(staging) JOIN \
                (SELECT node, symbol, start_time, max(ordinal) AS ordinal FROM \(stagedGroups) GROUP BY 1, 2, 3) \
                newest USING (node, symbol, start_time, ordinal) ON CONFLICT (\(keys)) \(update)
                """
        }
    }

    /// Takes away the groups that come anew.
    var deleteGroups: String {
        """
        DELETE FROM \(name) kept USING \(stagedGroups) staged WHERE kept.node = staged.node \
        AND kept.symbol = staged.symbol AND kept.start_time = staged.start_time
        """
    }

    /// What was written last stands, as in every store: updates come in the order of their numbers, so it is the newest
    /// revision, and another run of the same input replaces the earlier one's rows.
    private var update: String {
        let rest = columns.map(\.name).filter { !key.contains($0) }
        let values = rest.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return rest.isEmpty ? "DO NOTHING" : "DO UPDATE SET \(values)"
    }
}
