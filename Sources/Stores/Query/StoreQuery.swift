internal import Graph
public import Market

/// What may be asked of a store.
public enum QueryKind: String, CaseIterable, Sendable { case candles, profile, signals, ticks, flow, state }

/// One question: what, of which symbol, from when to when.
public struct StoreQuery: Sendable {
    public let kind: QueryKind
    public let symbol: String
    /// The symbols node, where several have stored the symbol.
    public var node: String?
    public var from: Timestamp?
    /// Itself not in the range.
    public var to: Timestamp?
    /// Width of candles and flow; nil for the shortest stored one.
    public var width: Duration?
    /// A session by the date of its open, or `last`.
    public var session: String?
    /// Rows at most.
    public var limit = 10_000

    public init(_ kind: QueryKind, of symbol: String) {
        self.kind = kind
        self.symbol = symbol
    }

    public func answer(from reader: any StoreReader) throws -> QueryAnswer {
        let symbol = try find(in: reader)
        let question = try StoreQuestion(self, symbol, reader)
        switch kind {
        case .candles: return try question.candles(.candles)
        case .flow: return try question.candles(.flow)
        case .profile: return try question.profile()
        case .ticks: return try question.rows(StoredTables.ticks)
        case .signals: return try question.rows(StoredTables.signals)
        case .state: return try question.rows(StoredTables.marketState)
        }
    }

    /// The symbol of the one node that it is stored from; the latest where its size step has changed.
    private func find(in reader: any StoreReader) throws -> StoredSymbol {
        let all = try reader.symbols()
        let named = all.filter { $0.name == symbol }
        guard !named.isEmpty else {
            throw QueryError.unknownSymbol(symbol, known: Array(Set(all.map(\.name))).sorted())
        }
        let nodes = Array(Set(named.map(\.node))).sorted()
        if let node {
            guard let found = named.last(where: { $0.node == node }) else {
                throw QueryError.unknownNode(node, known: nodes)
            }
            return found
        }
        guard nodes.count == 1, let found = named.last else {
            throw QueryError.severalNodes(symbol: symbol, nodes: nodes)
        }
        return found
    }
}

/// A question at work: its symbol is found and its times are known.
struct StoreQuestion {
    let query: StoreQuery
    let symbol: StoredSymbol
    let reader: any StoreReader
    let sessions: StoredSessions
    let time: Range<Int64>

    init(_ query: StoreQuery, _ symbol: StoredSymbol, _ reader: any StoreReader) throws {
        self.query = query
        self.symbol = symbol
        self.reader = reader
        let sessions = try StoredSessions(reader, symbol.id)
        let session = try query.session.map { name in try sessions.session(named: name) }
        self.sessions = sessions
        let from = max(query.from?.nanoseconds ?? 0, session?.lowerBound ?? 0)
        let to = min(query.to?.nanoseconds ?? .max, session?.upperBound ?? .max)
        time = from..<max(from, to)
    }

    func selection(_ table: StoredTable, _ columns: [String], _ texts: [String: String] = [:]) -> StoreSelection {
        var selection = StoreSelection(table, columns, of: symbol.id)
        selection.texts = texts
        selection.time = time
        return selection
    }

    /// Why a selection brought nothing.
    func emptiness(_ selection: StoreSelection) throws -> QueryError {
        guard let stored = try reader.span(selection) else {
            return .nothing(table: selection.table.name, symbol: query.symbol)
        }
        return .emptyRange(table: selection.table.name, symbol: query.symbol, stored: stored)
    }

    /// Rows as they are stored, without what only the store needs.
    func rows(_ table: StoredTable) throws -> QueryAnswer {
        let columns = table.columns.filter { $0.type != .symbol }
        var answer = QueryAnswer(columns.map(\.name))
        var selection = selection(table, columns.map(\.name))
        selection.limit = query.limit + 1
        try reader.forEach(selection) { row in
            answer.rows.append(
                zip(row, columns).map { QueryAnswer.Cell($0.0, $0.1.type, sizeStep: symbol.sizeStep) })
        }
        guard !answer.rows.isEmpty else { throw try emptiness(selection) }
        cut(&answer)
        return answer
    }

    /// Holds the limit, and says so.
    func cut(_ answer: inout QueryAnswer) {
        guard answer.rows.count > query.limit else { return }
        answer.rows.removeLast(answer.rows.count - query.limit)
        answer.notes.append("there are more than \(query.limit) rows: narrow the range or raise --limit")
    }

    // MARK: Profile

    /// The rows of each closed session's profile, with what stands at each.
    func profile() throws -> QueryAnswer {
        var answer = QueryAnswer(["session", "price", "volume", "mark", "coverage"])
        var marks: [Int64: [(price: Int64, name: String)]] = [:]
        let names = ["poc", "vah", "val"]
        try reader.forEach(
            selection(StoredTables.profileMetrics, ["start_time"] + names, ["variant": "session"])
        ) { row in
            guard let start = row[0].integer else { return }
            marks[start] = zip(names, row.dropFirst()).compactMap { name, price in price.integer.map { ($0, name) } }
        }
        var rows = selection(StoredTables.volumeProfile, ["start_time", "price", "volume", "coverage"])
        rows.limit = query.limit + 1
        var partial: Set<Int64> = []
        try reader.forEach(rows) { row in
            guard let start = row[0].integer, let price = row[1].integer else { return }
            let here = (marks[start] ?? []).filter { $0.price == price }.map(\.name).joined(separator: " ")
            if let coverage = row[3].real, coverage < 1 { partial.insert(start) }
            answer.rows.append([
                .init(time: start), .init(price: price), .init(steps: row[2].integer, of: symbol.sizeStep),
                here.isEmpty ? .nothing : .text(here), .init(real: row[3].real),
            ])
        }
        guard !answer.rows.isEmpty else { throw try emptiness(rows) }
        if !partial.isEmpty { answer.notes.append("\(partial.count) of the sessions have gaps (coverage below 1)") }
        cut(&answer)
        return answer
    }
}
