internal import Graph
internal import Market
internal import Stores

/// `millrace query`: reads candles, profiles, signals, ticks, order flow or states back out of a store.
struct QueryCommand: Command {
    static let name = "query"
    static let usage =
        "query WHAT SYMBOL [--store FILE|URL] [--from T] [--to T] [--width W] [--session DATE|last] [--format F] …"
    static let summary = "read candles, profiles, signals and the rest out of a store"
    static let details = """
        WHAT is candles, profile, signals, ticks, flow or state.

          --store FILE|URL     the SQLite file, or postgres://user@host:5432/database with its password there or in
                               PGPASSWORD; without it, what the sqlite or else the timescale node in topology.json names
          --schema NAME        of a PostgreSQL store, millrace
          --from T, --to T     2026-03-09, or 2026-03-09T13:30:00Z; the second is itself not in the range
          --width W            of candles and flow: any multiple of a stored width, or any at all where ticks are
                               stored; without it the shortest stored width
          --session DATE       only the session that opened on this day (UTC), or the last one
          --node NAME          the symbols node, where several have stored the symbol
          --format F           table (as it is without it), csv or json, one object a line
          --limit N            rows at most, 10000

        Prices and sizes are exact. Windows are counted from the open of their session, as in a run. What an answer
        does not know (gaps, parts that are missing) follows on the error output. Exits 1 where nothing is found.

        Examples:
          millrace query candles BTC/USD --width 5m --from 2026-03-09
          millrace query profile ESH6 --session last --format csv > profile.csv
        """

    private let query: StoreQuery
    private let format: QueryFormat
    private let store: String?
    private let schema: String?
    private let environment: [String: String]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        store = try arguments.takeValue("--store")
        schema = try arguments.takeValue("--schema")
        let format = try arguments.takeValue("--format") ?? QueryFormat.table.rawValue
        let from = try QueryCommand.takeTime("--from", &arguments)
        let to = try QueryCommand.takeTime("--to", &arguments)
        let width = try arguments.takeDuration("--width")
        let session = try arguments.takeValue("--session")
        let node = try arguments.takeValue("--node")
        let limit = try arguments.takeNumber("--limit", in: 1...10_000_000)
        let words = arguments.takeWords()
        try arguments.finish()
        guard let known = QueryFormat(rawValue: format) else {
            throw UsageError("there is no format \(format). Possible: table, csv, json")
        }
        self.format = known
        let kinds = QueryKind.allCases.map(\.rawValue)
        guard let what = words.first else { throw UsageError("say what: \(kinds.joined(separator: ", "))") }
        guard let kind = QueryKind(rawValue: what) else {
            throw UsageError("\(what) cannot be asked for. \(Spelling.remedy(for: what, among: kinds))")
        }
        guard words.count == 2 else { throw UsageError("name one symbol behind \(what)") }
        if let from, let to, from >= to { throw UsageError("--from must be before --to") }
        if width != nil, kind != .candles, kind != .flow {
            throw UsageError("--width belongs to candles and flow")
        }
        var query = StoreQuery(kind, of: words[1])
        (query.from, query.to, query.width) = (from, to, width)
        (query.session, query.node, query.limit) = (session, node, limit ?? query.limit)
        self.query = query
    }

    private static func takeTime(_ name: String, _ arguments: inout Arguments) throws -> Timestamp? {
        guard let text = try arguments.takeValue(name) else { return nil }
        guard let time = Timestamp(text: text) else {
            throw UsageError("\(name) wants a time in UTC such as 2026-03-09 or 2026-03-09T13:30:00Z")
        }
        return time
    }

    func run() throws -> Int32 {
        let answer = try query.answer(from: try reader())
        try Terminal.write(format.text(answer) + "\n")
        for note in answer.notes { Terminal.complain("note: \(note)") }
        return 0
    }

    /// The store to read: what was named, else what the topology names.
    private func reader() throws -> any StoreReader {
        guard let store else { return try readerOfTopology() }
        if ["postgres://", "postgresql://"].contains(where: store.hasPrefix) {
            return try TimescaleReader(url: store, password: environment["PGPASSWORD"], schema: schema ?? "millrace")
        }
        guard !store.contains("://") else {
            throw UsageError("\(QueryCommand.shown(store)) is no store: name an SQLite file or postgres://…")
        }
        if schema != nil { throw UsageError("--schema belongs to a PostgreSQL store") }
        return try SQLiteReader(path: store)
    }

    private func readerOfTopology() throws -> any StoreReader {
        if schema != nil { throw UsageError("--schema goes with --store postgres://…") }
        let topology: Topology
        do { topology = try TopologyFile.read(TopologyFile.standardName, environment: environment) } catch {
            throw UsageError("name the store with --store (\(TopologyFile.standardName) does not tell: \(error))")
        }
        if let node = topology.nodes.first(where: { $0.kind == SQLiteSink.kind.name }) {
            return try SQLiteReader(path: SettingsReader.read(SQLiteSettings.self, from: node.settings).settings.path)
        }
        guard let node = topology.nodes.first(where: { $0.kind == TimescaleSink.kind.name }) else {
            throw UsageError(
                "name the store with --store: \(TopologyFile.standardName) has no sqlite and no timescale node")
        }
        return try TimescaleReader(SettingsReader.read(TimescaleSettings.self, from: node.settings).settings)
    }

    /// An address without what may be a password.
    private static func shown(_ address: String) -> String {
        String(address.prefix { $0 != ":" }) + "://…"
    }
}
