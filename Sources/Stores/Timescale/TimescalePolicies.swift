internal import Postgres

/// What TimescaleDB does by itself in the background: compression and retention, as the settings say by now.
struct TimescalePolicies {
    private let schema: TimescaleSchema
    private let settings: TimescaleSettings

    init(_ schema: TimescaleSchema, _ settings: TimescaleSettings) {
        self.schema = schema
        self.settings = settings
    }

    func apply(on connection: inout Connection) throws {
        guard schema.parting == .timescale else { return }
        for table in schema.tables where table.table.time != nil {
            try compress(table, on: &connection)
            if table.partsByDay { try retain(table, on: &connection) }
        }
    }

    /// What is compressed already stays so.
    private func compress(_ table: TimescaleTable, on connection: inout Connection) throws {
        guard table.key.contains("symbol") else { return }
        let name = Connection.literal(table.name)
        guard let age = settings.compressAfter else {
            try connection.run("SELECT remove_compression_policy(\(name)::regclass, if_exists => true)")
            return
        }
        let order = table.key.filter { !["node", "symbol"].contains($0) }.joined(separator: ", ")
        let compressed = try connection.query(
            """
            SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = $1 AND hypertable_name = $2 \
            AND compression_enabled
            """, [.text(schema.name), .text(table.table.name)])
        if compressed.count == 0 {
            try connection.run(
                """
                ALTER TABLE \(table.name) SET (timescaledb.compress, \
                timescaledb.compress_segmentby = 'node, symbol', timescaledb.compress_orderby = '\(order)')
                """)
        }
        try connection.run(
            """
            SELECT remove_compression_policy(\(name)::regclass, if_exists => true);
            SELECT add_compression_policy(\(name)::regclass, \(TimescalePolicies.interval(age)))
            """)
    }

    private func retain(_ table: TimescaleTable, on connection: inout Connection) throws {
        let name = Connection.literal(table.name)
        try connection.run("SELECT remove_retention_policy(\(name)::regclass, if_exists => true)")
        guard let age = settings.retention else { return }
        try connection.run("SELECT add_retention_policy(\(name)::regclass, \(TimescalePolicies.interval(age)))")
    }

    private static func interval(_ duration: Duration) -> String {
        "interval '\(duration.components.seconds) seconds'"
    }
}
