public import Graph
public import Postgres

/// What a topology says of a PostgreSQL store.
public struct TimescaleSettings: NodeSettings {
    /// Whether TimescaleDB's own tables are made.
    public enum Extension: String, CaseIterable, Sendable {
        /// Where the server has the extension.
        case auto
        case off
        case required
    }

    public let address: ServerAddress
    public let schema: String
    public let batch: Int
    public let limits: Connection.Limits
    public let usesExtension: Extension
    public let compressAfter: Duration?
    public let retention: Duration?
    public let keepsLive: Bool

    public init(reading reader: inout SettingsReader) {
        address = TimescaleSettings.address(&reader)
        schema = reader.text(
            "schema", default: "millrace", meaning: "The schema that holds all tables; made if missing")
        batch = reader.integer(
            "batch", default: 65_536, in: 1...1_000_000,
            meaning: "Rows kept in memory; beyond it they are sent to the server")
        limits = Connection.Limits(
            connecting: reader.duration(
                "connectTimeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(600),
                meaning: "How long connecting and signing in may take"),
            statement: reader.duration(
                "statementTimeout", default: .seconds(30), in: .milliseconds(10) ... .seconds(3_600),
                meaning: "How long one statement may take in the server"),
            lock: reader.duration(
                "lockTimeout", default: .seconds(10), in: .milliseconds(10) ... .seconds(3_600),
                meaning: "How long to wait for a lock of somebody else"))
        usesExtension = reader.choice(
            "timescale", default: Extension.auto, meaning: "Whether to use the extension timescaledb")
        compressAfter = reader.optionalDuration(
            "compressAfter", in: .seconds(3_600) ... .seconds(315_360_000),
            meaning: "Age from which TimescaleDB compresses; without the extension nothing is compressed")
        retention = reader.optionalDuration(
            "retention", in: .seconds(86_400) ... .seconds(3_153_600_000),
            meaning: "Age from which ticks and quotes are dropped; without it they stay")
        keepsLive = reader.flag(
            "live", default: false, meaning: "Whether values of windows that still grow are stored too")
    }

    private static func address(_ reader: inout SettingsReader) -> ServerAddress {
        let url = reader.optionalText("url", meaning: "The server, `postgres://user:password@host:5432/database`")
        let host = reader.text("host", default: "localhost", meaning: "The server, where there is no url")
        let port = reader.integer("port", default: 5_432, in: 1...65_535, meaning: "Its port")
        let database = reader.text("database", default: "postgres", meaning: "The database")
        let user = reader.text("user", default: "postgres", meaning: "The user")
        let password = reader.optionalText(
            "password", meaning: "Best from the environment, `${PGPASSWORD}`; used with a url too")
        let parts = ServerAddress(host: host, port: port, database: database, user: user)
        guard let url else { return password.map { parts.with(password: $0) } ?? parts }
        for name in ["host", "port", "database", "user"] where reader.has(name) {
            reader.fault(at: name, problem: "the url says it already", remedy: "Write the url or its parts, not both")
        }
        do throws(ServerAddress.Unreadable) {
            let address = try ServerAddress(url: url)
            return password.map { address.with(password: $0) } ?? address
        } catch {
            reader.fault(
                at: "url", problem: error.problem, remedy: "Write postgres://user:password@host:5432/database")
            return parts
        }
    }
}
