internal import Market
internal import Postgres

/// A store that this program must not write to, and why.
public enum SchemaRefused: Error, Equatable, CustomStringConvertible {
    /// A newer program made it.
    case newer(schema: String, version: Int, known: Int)
    /// It was made with the extension, and the server has none; or the settings forbid what it was made with.
    case otherParting(schema: String, made: String, wanted: String)
    case extensionMissing(server: String, reason: String)

    public var description: String {
        switch self {
        case .newer(let schema, let version, let known):
            "schema \(schema) is of version \(version); this program knows versions up to \(known): use a newer one"
        case .otherParting(let schema, let made, let wanted):
            "schema \(schema) was made with \(made) tables and cannot become \(wanted): give another schema's name"
        case .extensionMissing(let server, let reason):
            "\(server) has no extension timescaledb (\(reason)): install it, or leave \"timescale\" at \"auto\""
        }
    }
}

/// The store's schema: made at the first start, brought to the present version at each one.
struct TimescaleSchema {
    /// How large tables are parted.
    enum Parting: String { case native, timescale }

    /// Whether the server has TimescaleDB.
    private enum Extension: Equatable {
        case there, unwanted, missing
        /// Offered, and not allowed to this user or not loaded: as if it were not there.
        case refused(String)

        /// Why it cannot be used.
        var obstacle: String? {
            switch self {
            case .there: nil
            case .unwanted: "the settings forbid it"
            case .missing: "it is not installed"
            case .refused(let reason): reason
            }
        }
    }

    /// What `version` stands at after all steps.
    static let version = 2
    /// PostgreSQL's own locks by number: whoever changes a schema holds this one.
    private static let lock: Int64 = 0x6D69_6C6C_7261_6365

    let name: String
    let parting: Parting
    let tables: [TimescaleTable]
    /// What an operator should know of how it was opened.
    private(set) var remark: String?

    init(_ name: String, parting: Parting) {
        self.name = name
        self.parting = parting
        tables = StoredTables.all.map { TimescaleTable($0, schema: name) }
    }

    /// Finds the schema, or makes it; `limit` cuts the steps short, for stores of an older version.
    static func open(
        _ settings: TimescaleSettings, on connection: inout Connection, upTo limit: Int = version
    ) throws -> TimescaleSchema {
        let found = try settings.usesExtension == .off ? .unwanted : findExtension(on: &connection)
        let hasExtension = found == .there
        if let obstacle = found.obstacle, settings.usesExtension == .required {
            throw SchemaRefused.extensionMissing(server: "\(settings.address)", reason: obstacle)
        }
        let wanted: Parting = hasExtension ? .timescale : .native
        return try connection.transaction { connection in
            _ = try connection.query("SELECT pg_advisory_xact_lock($1)", [.integer(lock)])
            let made = try find(settings.schema, on: &connection)
            if let made, made.version > version {
                throw SchemaRefused.newer(schema: settings.schema, version: made.version, known: version)
            }
            let parting = made?.parting ?? wanted
            let isForbidden = parting == .native && settings.usesExtension == .required
            if isForbidden || parting == .timescale && !hasExtension {
                throw SchemaRefused.otherParting(
                    schema: settings.schema, made: parting.rawValue, wanted: wanted.rawValue)
            }
            var schema = TimescaleSchema(settings.schema, parting: parting)
            try schema.migrate(from: made?.version ?? 0, to: limit, on: &connection)
            if case .refused(let reason) = found {
                schema.remark =
                    "TimescaleDB is installed and cannot be used (\(reason)): plain partitions serve instead"
            }
            return schema
        }
    }

    /// Finds the extension, or makes it where the server offers it and the user may.
    private static func findExtension(on connection: inout Connection) throws -> Extension {
        let offered = try connection.query(
            "SELECT installed_version IS NOT NULL FROM pg_available_extensions WHERE name = 'timescaledb'")
        guard offered.count > 0 else { return .missing }
        if offered.integer(0, 0) == 1 { return .there }
        do throws(PostgresError) {
            try connection.run("CREATE EXTENSION IF NOT EXISTS timescaledb CASCADE")
            return .there
        } catch {
            if error.isTransient { throw error }
            // A server that has not loaded it ends the connection.
            if error.severity == "FATAL" || connection.isBroken { try connection.reconnect() }
            return .refused(error.message)
        }
    }

    /// Finds the schema to read from; nothing is made or changed.
    static func find(_ name: String, at server: String, on connection: inout Connection) throws -> TimescaleSchema {
        guard let found = try find(name, on: &connection), found.version > 0 else {
            throw TimescaleUnreadable.noStore(server, schema: name)
        }
        guard found.version <= version else {
            throw SchemaRefused.newer(schema: name, version: found.version, known: version)
        }
        return TimescaleSchema(name, parting: found.parting)
    }

    private static func find(
        _ name: String, on connection: inout Connection
    ) throws -> (version: Int, parting: Parting)? {
        let tables = try connection.query(
            "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'millrace_schema'", [.text(name)])
        guard tables.count > 0 else { return nil }
        let rows = try connection.query(
            "SELECT version, parting FROM \(Connection.quoted(name)).millrace_schema ORDER BY version DESC LIMIT 1")
        guard rows.count > 0, let version = rows.integer(0, 0) else { return nil }
        return (Int(version), rows.text(0, 1).flatMap(Parting.init) ?? .native)
    }

    private func migrate(from version: Int, to limit: Int, on connection: inout Connection) throws {
        let schema = Connection.quoted(name)
        if version == 0 {
            try connection.run(
                """
                CREATE SCHEMA IF NOT EXISTS \(schema);
                CREATE TABLE \(schema).millrace_schema (version bigint PRIMARY KEY, parting text NOT NULL, \
                applied timestamptz NOT NULL DEFAULT now())
                """)
        }
        for (index, step) in steps.enumerated() where index + 1 > version && index + 1 <= limit {
            for statement in step() { try connection.run(statement) }
            _ = try connection.query(
                "INSERT INTO \(schema).millrace_schema (version, parting) VALUES ($1, $2)",
                [.integer(Int64(index + 1)), .text(parting.rawValue)])
        }
    }

    /// One for each version, from 1 on. A step that stores have gone through never changes any more.
    private var steps: [() -> [String]] { [makeTables, makeAggregates] }

    // MARK: Tables

    private func makeTables() -> [String] { tables.flatMap { statements(for: $0) } + [symbolKey] }

    private var symbolKey: String {
        "CREATE UNIQUE INDEX symbols_by_name ON \(Connection.quoted(name)).symbols (node, symbol, size_step)"
    }

    private func statements(for table: TimescaleTable) -> [String] {
        let columns = table.columns.map { "\($0.name) \($0.type)\($0.isOptional ? "" : " NOT NULL")" }
        let comment = "COMMENT ON TABLE \(table.name) IS \(Connection.literal(table.table.meaning))"
        let body = "\(columns.joined(separator: ", ")), PRIMARY KEY (\(table.key.joined(separator: ", ")))"
        let make = "CREATE TABLE \(table.name) (\(body))"
        guard let time = table.table.time else { return [make, comment] }
        switch parting {
        case .native: return ["\(make) PARTITION BY RANGE (\(time))", comment]
        case .timescale:
            let interval = table.partsByDay ? "1 day" : "30 days"
            return [
                make, comment,
                """
                SELECT create_hypertable(\(Connection.literal(table.name))::regclass, \(Connection.literal(time)), \
                chunk_time_interval => interval '\(interval)', create_default_indexes => false)
                """,
            ]
        }
    }

    // MARK: Wider candles

    private func makeAggregates() -> [String] {
        CandleView.all.flatMap { view in
            switch parting {
            case .native: [view.plain(in: name)]
            case .timescale: view.continuous(in: name)
            }
        }
    }
}

extension TimescaleTable {
    /// Ticks and quotes are many, and are dropped by the day; the other tables are parted by month.
    var partsByDay: Bool { ["ticks", "quotes"].contains(table.name) }
}
