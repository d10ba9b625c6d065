internal import Engine
internal import Journal
internal import Market
internal import Memory
internal import SQLite
internal import Updates
internal import Wire

/// One opening of a file: its connection, its statements, and what is known of each node until it is opened again.
final class SQLiteSession {
    private let database: Database
    private var rows: SQLiteRows
    private var nodes: [String: StoredNode] = [:]
    private var scratch = ByteBuffer(capacity: 1 << 16)
    private let keepsLive: Bool
    /// Updates set aside since the last commit.
    private var rejected = 0
    private static let rejectedTable = StoredTables.index(of: StoredTables.rejectedRows)
    private static let placesTable = StoredTables.index(of: StoredTables.places)

    init(_ settings: SQLiteSettings) throws {
        database = try SQLiteFile.open(settings)
        do { rows = try SQLiteRows(database) } catch let error as SQLiteError { throw error.forStore(settings.path) }
        keepsLive = settings.keepsLive
    }

    /// Writes the rows of each record; returns how many records were set aside.
    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws -> Int {
        try begin()
        if nodes[origin.name]?.origin !== origin {
            nodes[origin.name] = StoredNode(origin, keepsLive: keepsLive)
        }
        guard let node = nodes[origin.name] else { preconditionFailure("A node must be known by now.") }
        var rejected = 0
        try RecordReader.forEach(in: records) { head, update in
            guard Int(head.slot) < node.plans.count else {
                throw SQLiteStoreError.damaged(
                    path: origin.node, reason: "topic \(head.slot) of \(node.plans.count) in the updates of this node")
            }
            if try !store(update, head, node) { rejected += 1 }
        }
        return rejected
    }

    /// Returns false for an update that was set aside.
    private func store(_ update: RawSpan, _ head: RecordHead, _ node: StoredNode) throws -> Bool {
        let plan = node.plans[Int(head.slot)]
        let symbol = try node.symbol(head.symbol, in: self)
        guard plan.isWhole(update) else {
            try reject(update, head, node, "it is not as long as its layout says")
            return false
        }
        rows.symbol = symbol.id
        // Several rows of one update stand or fall together.
        let isWhole = plan.tables.count == 1
        if !isWhole { try database.execute("SAVEPOINT one") }
        do {
            try plan.write(update, sizeStep: symbol.sizeStep, into: &rows, scratch: &scratch)
        } catch let error as SQLiteError where error.kind == .refusedRow {
            if !isWhole { try database.execute("ROLLBACK TO one; RELEASE one") }
            try reject(update, head, node, error.message)
            return false
        }
        if !isWhole { try database.execute("RELEASE one") }
        return true
    }

    private func reject(_ update: RawSpan, _ head: RecordHead, _ node: StoredNode, _ reason: String) throws {
        guard rejected < Rejected.limit else { throw TooManyRejected(limit: Rejected.limit, last: reason) }
        rejected += 1
        scratch.removeAll()
        let prefix = node.origin.topics.entries[Int(head.slot)].prefix
        let symbol = node.origin.symbol(head.symbol).symbol
        rows.begin(SQLiteSession.rejectedTable)
        rows.append(text: node.origin.node)
        rows.append(text: Topic(prefix: prefix, subject: .symbol(symbol)).text)
        rows.append(integer: update.byteCount < 8 ? 0 : update.integer(at: 0))
        rows.append(text: reason)
        rows.append(bytes: update.extracting(0..<min(update.byteCount, Rejected.bytes)))
        try rows.end()
    }

    // MARK: Transactions

    private func begin() throws {
        if !database.isInTransaction { try database.execute("BEGIN IMMEDIATE") }
    }

    func commit() throws {
        if database.isInTransaction { try database.execute("COMMIT") }
        rejected = 0
    }

    func place(of node: String) throws -> JournalPlace? {
        let statement = try database.prepare("SELECT journal, position FROM places WHERE node = ?1")
        statement.bind(node, at: 1)
        guard try statement.next() else { return nil }
        return JournalPlace(
            journal: UInt64(bitPattern: statement.integer(at: 0)), position: UInt64(statement.integer(at: 1)))
    }

    func write(_ place: JournalPlace, of node: String) throws {
        try begin()
        rows.begin(SQLiteSession.placesTable)
        rows.append(text: node)
        rows.append(integer: Int64(bitPattern: place.journal))
        rows.append(integer: Int64(place.position))
        try rows.end()
    }

    // MARK: Symbols

    /// The number of a symbol in its node; a new one is given the next.
    func number(of symbol: Symbol, sizeStep: Int64, in node: String) throws -> Int64 {
        let known = try database.prepare("SELECT id FROM symbols WHERE node = ?1 AND symbol = ?2 AND size_step = ?3")
        known.bind(node, at: 1)
        known.bind(symbol.name, at: 2)
        known.bind(sizeStep, at: 3)
        if try known.next() { return known.integer(at: 0) }
        let id = (try database.integer("SELECT max(id) FROM symbols") ?? 0) + 1
        let added = try database.prepare("INSERT INTO symbols (id, node, symbol, size_step) VALUES (?1, ?2, ?3, ?4)")
        added.bind(id, at: 1)
        added.bind(node, at: 2)
        added.bind(symbol.name, at: 3)
        added.bind(sizeStep, at: 4)
        try added.run()
        let instrument = try database.prepare(
            "INSERT INTO exact_instruments (symbol, size_step) VALUES (?1, ?2) "
                + "ON CONFLICT (symbol) DO UPDATE SET size_step = excluded.size_step")
        instrument.bind(symbol.name, at: 1)
        instrument.bind(sizeStep, at: 2)
        try instrument.run()
        return id
    }
}

/// A symbols node as a session knows it: how its topics become rows, and its symbols' numbers.
final class StoredNode {
    let origin: UpdateOrigin
    let plans: [RowPlan]
    private var symbols: [(id: Int64, sizeStep: Int64)] = []

    init(_ origin: UpdateOrigin, keepsLive: Bool) {
        self.origin = origin
        plans = origin.topics.entries.map { RowPlan($0, keepsLive: keepsLive) }
    }

    /// A symbol by its index; looked up once for a session.
    func symbol(_ index: UInt32, in session: SQLiteSession) throws -> (id: Int64, sizeStep: Int64) {
        if Int(index) < symbols.count, symbols[Int(index)].id > 0 { return symbols[Int(index)] }
        let (symbol, sizeStep) = origin.symbol(index)
        let id = try session.number(of: symbol, sizeStep: sizeStep, in: origin.node)
        let missing = Int(index) + 1 - symbols.count
        if missing > 0 { symbols += [(id: Int64, sizeStep: Int64)](repeating: (0, 0), count: missing) }
        symbols[Int(index)] = (id, sizeStep)
        return symbols[Int(index)]
    }
}
