internal import Market
internal import Postgres

/// Which partitions of PostgreSQL's own are there: one a day of ticks and quotes, one a month of the rest.
struct PartitionCalendar {
    /// A wrong clock must not make a table for each day of a century. Rows beyond it are set aside: no partition takes
    /// them.
    static let limit = 4_096

    /// The names that were made and committed, and those of the open transaction.
    private var known: Set<String> = []
    private var made: Set<String> = []

    /// The transaction has ended well.
    mutating func settle() {
        guard !made.isEmpty else { return }
        known.formUnion(made)
        made = []
    }

    /// What makes the partitions of these days that are not known to be there.
    mutating func statements(for days: [Int], of table: TimescaleTable) -> [String] {
        days.compactMap { day in
            let partition = TablePartition(day, of: table)
            guard !known.contains(partition.name), !made.contains(partition.name) else { return nil }
            guard known.count + made.count < PartitionCalendar.limit else { return nil }
            made.insert(partition.name)
            return partition.statement
        }
    }
}

/// A day or a month of one table.
struct TablePartition {
    let name: String
    let statement: String

    /// - Parameter day: since 1970.
    init(_ day: Int, of table: TimescaleTable) {
        let date = CivilDate(daysSinceEpoch: day)
        let first = table.partsByDay ? date : CivilDate(year: date.year, month: date.month, day: 1)
        let days = table.partsByDay ? 1 : 31
        let some = CivilDate(daysSinceEpoch: first.daysSinceEpoch + days)
        let next = table.partsByDay ? some : CivilDate(year: some.year, month: some.month, day: 1)
        let digits = TablePartition.text(first).filter { $0 != "-" }
        name = "\(table.name)_\(table.partsByDay ? digits : String(digits.prefix(6)))"
        statement = """
            CREATE TABLE IF NOT EXISTS \(name) PARTITION OF \(table.name) \
            FOR VALUES FROM ('\(TablePartition.text(first)) 00:00:00+00') \
            TO ('\(TablePartition.text(next)) 00:00:00+00')
            """
    }

    private static func text(_ date: CivilDate) -> String {
        func digits(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(count - String(number).count, 0)) + String(number)
        }
        return "\(digits(Int(date.year), 4))-\(digits(Int(date.month), 2))-\(digits(Int(date.day), 2))"
    }
}

extension TimescaleSink {
    /// Makes the partitions that the waiting rows need.
    func partition() throws(PostgresError) {
        guard schema.parting == .native else { return }
        for batch in batches where !batch.days.isEmpty {
            let statements = partitions.statements(for: batch.days, of: batch.table)
            guard !statements.isEmpty else { continue }
            try connection.run(statements.joined(separator: "; "))
            try dropOld(batch.table, newest: batch.days.max() ?? 0)
        }
    }

    /// Drops days of ticks and quotes that lie further back than is to be kept, counted from the newest day stored:
    /// a recording of years ago is as welcome as today's market.
    private func dropOld(_ table: TimescaleTable, newest day: Int) throws(PostgresError) {
        guard let retention = settings.retention, table.partsByDay else { return }
        let oldest = day - Int(retention.components.seconds / 86_400)
        let first = TablePartition(oldest, of: table).name.split(separator: ".").last.map(String.init) ?? ""
        let old = try connection.query(
            """
            SELECT child.relname::text FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid \
            WHERE inhparent = \(Connection.literal(table.name))::regclass AND child.relname::text < $1
            """, [.text(first)])
        for row in 0..<old.count {
            guard let name = old.text(row, 0) else { continue }
            try connection.run("DROP TABLE \(Connection.quoted(schema.name)).\(Connection.quoted(name))")
        }
    }
}
