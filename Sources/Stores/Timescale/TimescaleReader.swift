internal import Market
public import Postgres

/// Reads a store on a PostgreSQL server, also while somebody writes to it.
///
/// Rows come through a cursor, so that an answer of any length takes little memory. Values are brought back to the
/// integers that an update holds: the server keeps them as exact decimals and as times.
public final class TimescaleReader: StoreReader {
    /// Rows fetched at once.
    private static let fetched = 4_096

    private var connection: Connection
    private let schema: TimescaleSchema
    public let name: String
    /// The symbols as the store lists them; rows name them by node and name.
    private var known: [Int64: StoredSymbol] = [:]

    /// - Parameters:
    ///   - url: `postgres://user:password@host:5432/database`.
    ///   - password: used where the address has none.
    ///   - schema: where the store's tables are.
    public convenience init(url: String, password: String?, schema: String) throws {
        var address = try ServerAddress(url: url)
        if let password, !address.hasPassword { address = address.with(password: password) }
        try self.init(address, schema: schema)
    }

    /// The store that a topology's node writes to.
    public convenience init(_ settings: TimescaleSettings) throws {
        try self.init(settings.address, schema: settings.schema)
    }

    public init(_ address: ServerAddress, schema: String) throws {
        name = "\(address)"
        // A question may read for long; nobody else waits for it.
        let limits = Connection.Limits(statement: .seconds(600))
        do {
            connection = try Connection(to: address, limits: limits)
            self.schema = try TimescaleSchema.find(schema, at: name, on: &connection)
        } catch let error as PostgresError {
            throw TimescaleUnreadable.server(name, reason: "\(error)")
        }
    }

    public func symbols() throws -> [StoredSymbol] {
        let rows = try connection.query(
            "SELECT id, node, symbol, size_step FROM \(Connection.quoted(schema.name)).symbols ORDER BY id")
        var symbols: [StoredSymbol] = []
        for row in 0..<rows.count {
            let step = rows.integer(row, 3) ?? 0
            symbols.append(
                StoredSymbol(
                    id: rows.integer(row, 0) ?? 0, node: rows.text(row, 1) ?? "", name: rows.text(row, 2) ?? "",
                    sizeStep: max(step, 1)))
        }
        // Rows do not say which step they were written with: the largest that divides all of them shows each exactly.
        symbols = symbols.map { symbol in
            let steps = symbols.filter { $0.node == symbol.node && $0.name == symbol.name }.map(\.sizeStep)
            return StoredSymbol(
                id: symbol.id, node: symbol.node, name: symbol.name,
                sizeStep: steps.reduce(0, TimescaleReader.divisor))
        }
        known = Dictionary(symbols.map { ($0.id, $0) }) { first, _ in first }
        return symbols
    }

    private static func divisor(_ one: Int64, _ other: Int64) -> Int64 {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }

    public func texts(_ column: String, in table: StoredTable, of symbol: Int64) throws -> [String] {
        let selection = TimescaleSelection(StoreSelection(table, [column], of: symbol), try find(symbol), schema)
        let rows = try connection.query(
            "SELECT DISTINCT \(column) FROM \(selection.table.name) WHERE node = $1 AND symbol = $2 ORDER BY 1",
            Array(selection.parameters.prefix(2)))
        return (0..<rows.count).map { rows.text($0, 0) ?? "" }
    }

    public func span(_ selection: StoreSelection) throws -> ClosedRange<Int64>? {
        guard let time = selection.table.time else { return nil }
        var all = StoreSelection(selection.table, [time], of: selection.symbol)
        all.texts = selection.texts
        all.limit = 1
        var ends: [Int64] = []
        for descending in [false, true] {
            try forEach(all, descending: descending) { row in
                if let end = row[0].integer { ends.append(end) }
            }
        }
        guard let first = ends.first, let last = ends.last else { return nil }
        return first...last
    }

    public func forEach(_ selection: StoreSelection, _ body: ([StoredValue]) throws -> Void) throws {
        try forEach(selection, descending: false, body)
    }

    private func forEach(
        _ selection: StoreSelection, descending: Bool, _ body: ([StoredValue]) throws -> Void
    ) throws {
        precondition(!connection.isInTransaction, "One selection must end before the next begins.")
        let wanted = TimescaleSelection(selection, try find(selection.symbol), schema)
        try connection.transaction { connection in
            try connection.run("SET TRANSACTION READ ONLY")
            _ = try connection.query(
                "DECLARE answer NO SCROLL CURSOR FOR \(wanted.statement(descending: descending))", wanted.parameters)
            while true {
                let rows = try connection.query("FETCH \(TimescaleReader.fetched) FROM answer")
                for row in 0..<rows.count { try body(wanted.values(row, of: rows)) }
                if rows.count < TimescaleReader.fetched { return }
            }
        }
    }

    private func find(_ symbol: Int64) throws -> StoredSymbol {
        if known[symbol] == nil { _ = try symbols() }
        guard let found = known[symbol] else { preconditionFailure("A symbol must be one that the store has named.") }
        return found
    }
}

/// Why a server has nothing to read.
public enum TimescaleUnreadable: Error, Equatable, CustomStringConvertible {
    case server(String, reason: String)
    case noStore(String, schema: String)

    public var description: String {
        switch self {
        case .server(let server, let reason): "\(server): \(reason)"
        case .noStore(let server, let schema):
            "\(server) holds no store in schema \(schema): "
                + "name the schema with --schema, or the database in the address"
        }
    }
}
