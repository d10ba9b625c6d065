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
            if let age = settings.compressAfter { try compress(table, after: age, on: &connection) }
            if table.partsByDay { try retain(table, on: &connection) }
        }
    }

    private func compress(_ table: TimescaleTable, after age: Duration, on connection: inout Connection) throws {
        let order = table.key.filter { !["node", "symbol"].contains($0) }.joined(separator: ", ")
        let name = Connection.literal(table.name)
        guard table.key.contains("symbol") else { return }
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

/// The days whose candles changed since their wider views were refreshed.
struct TouchedWindow {
    /// Beats between two refreshes: about ten seconds.
    static let beats = 100

    private var open: ClosedRange<Int>?
    private var committed: ClosedRange<Int>?
    private var beats = 0

    mutating func note(_ days: [Int]) {
        guard let least = days.min(), let most = days.max() else { return }
        open = TouchedWindow.join(open, least...most)
    }

    mutating func settle() {
        if let open { committed = TouchedWindow.join(committed, open) }
        open = nil
    }

    mutating func forget() { open = nil }

    /// The days to refresh, when it is time.
    mutating func take(isLast: Bool) -> ClosedRange<Int>? {
        beats += 1
        guard isLast || beats >= TouchedWindow.beats else { return nil }
        beats = 0
        defer { committed = nil }
        return committed
    }

    private static func join(_ range: ClosedRange<Int>?, _ other: ClosedRange<Int>) -> ClosedRange<Int> {
        guard let range else { return other }
        return min(range.lowerBound, other.lowerBound)...max(range.upperBound, other.upperBound)
    }
}

extension TimescaleSink {
    /// Lets late candles show in windows that TimescaleDB has already worked out. It cannot be part of a transaction;
    /// where it fails, or the program ends before it, TimescaleDB's own policy makes up for it.
    func refreshViews(isLast: Bool = false) {
        guard schema.parting == .timescale, !isOpen, let days = refresh.take(isLast: isLast) else { return }
        let from = days.lowerBound * 86_400
        let to = (days.upperBound + 1) * 86_400
        for view in CandleView.all {
            let name = Connection.literal("\(Connection.quoted(schema.name)).\(view.name)")
            let call =
                "CALL refresh_continuous_aggregate(\(name)::regclass, to_timestamp(\(from)), to_timestamp(\(to)))"
            do throws(PostgresError) { try connection.run(call) } catch { return refresh.note(Array(days)) }
        }
    }
}
