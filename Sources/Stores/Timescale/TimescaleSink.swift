public import Engine
public import Graph
public import Journal
public import Market
internal import Memory
internal import Postgres
internal import Updates
internal import Wire

/// Stores updates in PostgreSQL, with TimescaleDB's tables where the server has them.
///
/// It commits when it is told to, rows and their place in the journal together.
public final class TimescaleSink: StoreSink {
    public static let kind = NodeKind(
        name: "timescale", role: .sink, meaning: "Tables of a PostgreSQL server, with TimescaleDB where it is there",
        example:
            #"{ "kind": "timescale", "url": "postgres://millrace@localhost/market", "password": "${PGPASSWORD:-}" }"#
    ) { reader in
        _ = TimescaleSettings(reading: &reader)
        return .store(holdings: [])
    }

    public let settings: TimescaleSettings
    let schema: TimescaleSchema
    let batches: [TableBatch]
    var connection: Connection
    var nodes: [TimescaleNode] = []
    /// Symbols whose row is not committed yet.
    var newSymbols: [NewSymbol] = []
    var rejections: [Rejection] = []
    /// The updates whose rows wait, for those that the server refuses.
    var updates = ByteBuffer(capacity: 1 << 16)
    var partitions = PartitionCalendar()
    /// Whether a transaction is open, and whether it has a savepoint.
    var isOpen = false
    var hasSavepoint = false
    var refresh = ViewRefresh()
    private let candles = StoredTables.index(of: StoredTables.candles)
    private var places: [String: Int] = [:]
    private var scratch = ByteBuffer()
    private var waiting = 0

    /// Takes a line for the operator.
    let tell: @Sendable (String) -> Void

    /// Connects, and makes or migrates the schema. A wrong password, a missing database or a newer schema is an error.
    ///
    /// - Parameter tell: takes a line for the operator: what does not stop the sink and must not pass in silence.
    public static func open(
        _ settings: TimescaleSettings, tell: @escaping @Sendable (String) -> Void
    ) throws -> TimescaleSink {
        var connection = try Connection(to: settings.address, limits: settings.limits)
        let schema = try TimescaleSchema.open(settings, on: &connection)
        if let remark = schema.remark { tell(remark) }
        try TimescalePolicies(schema, settings).apply(on: &connection)
        return TimescaleSink(settings, schema, connection, tell)
    }

    private init(
        _ settings: TimescaleSettings, _ schema: TimescaleSchema, _ connection: consuming Connection,
        _ tell: @escaping @Sendable (String) -> Void
    ) {
        self.tell = tell
        self.settings = settings
        self.schema = schema
        self.connection = connection
        batches = schema.tables.map { TableBatch($0) }
    }

    // MARK: Receiving

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        let place = place(of: origin)
        var offset = 0
        while offset < records.byteCount {
            let head = RecordReader.head(in: records, at: offset)
            let start = offset + RecordHead.size
            try take(records.extracting(start..<start + Int(head.payload)), head, from: place, origin)
            offset += Int(head.length)
            if waiting >= settings.batch { try guarded { try writeOut() } }
        }
    }

    private func place(of origin: UpdateOrigin) -> Int {
        if let place = places[origin.name] { return place }
        nodes.append(TimescaleNode(origin, keepsLive: settings.keepsLive))
        places[origin.name] = nodes.count - 1
        return nodes.count - 1
    }

    private func take(_ update: RawSpan, _ head: RecordHead, from place: Int, _ origin: UpdateOrigin) throws {
        let symbol = symbol(head.symbol, of: place, origin)
        let plan = nodes[place].plans[Int(head.slot)]
        let start = updates.count
        updates.append(update)
        let mark = RowMark(node: place, slot: head.slot, symbol: head.symbol, update: start..<updates.count)
        guard plan.isWhole(update) else {
            return try reject(mark, "the update is not as long as its kind")
        }
        var encoder = RowEncoder(batches, node: nodes[place].name, symbol: symbol, mark: mark)
        try plan.write(update, sizeStep: symbol.sizeStep, into: &encoder, scratch: &scratch)
        waiting += encoder.rows
        if encoder.rows == 0 { updates.truncate(to: start) }
    }

    private func symbol(_ index: UInt32, of place: Int, _ origin: UpdateOrigin) -> TimescaleSymbol {
        if let known = nodes[place].symbols[index] { return known }
        let (symbol, sizeStep) = origin.symbol(index)
        let stored = TimescaleSymbol(name: Array(symbol.name.utf8), sizeStep: sizeStep)
        nodes[place].symbols[index] = stored
        newSymbols.append(NewSymbol(node: origin.node, name: symbol.name, sizeStep: sizeStep))
        return stored
    }

    public func flush() {}

    public func beat(_ now: Timestamp) { refreshViews() }

    /// What was not committed with its place comes again.
    public func close() throws {
        refreshViews(isLast: true)
        if connection.isInTransaction { try guarded { _ = try connection.run("ROLLBACK") } }
    }

    // MARK: Committing

    public func place(of node: String) throws -> JournalPlace? {
        try guarded {
            let rows = try connection.query(
                "SELECT journal, position FROM \(Connection.quoted(settings.schema)).places WHERE node = $1",
                [.text(node)])
            guard rows.count > 0, let journal = rows.integer(0, 0), let position = rows.integer(0, 1) else {
                return nil
            }
            return JournalPlace(journal: UInt64(bitPattern: journal), position: UInt64(bitPattern: position))
        }
    }

    public func commit(_ place: JournalPlace, of node: String) throws {
        try guarded {
            try writeOut()
            try begin()
            _ = try connection.query(
                """
                INSERT INTO \(Connection.quoted(settings.schema)).places (node, journal, position) VALUES ($1, $2, $3) \
                ON CONFLICT (node) DO UPDATE SET journal = excluded.journal, position = excluded.position
                """,
                [
                    .text(node), .integer(Int64(bitPattern: place.journal)),
                    .integer(Int64(bitPattern: place.position)),
                ])
            try commit()
        }
    }

    /// Everything that was received since the last commit.
    private func commit() throws {
        try writeOut()
        guard isOpen || !rejections.isEmpty else { return }
        try begin()
        try storeSymbols()
        try storeRejections()
        try connection.run("COMMIT")
        isOpen = false
        hasSavepoint = false
        newSymbols = []
        rejections = []
        for batch in batches { batch.settle() }
        partitions.settle()
        refresh.settle()
    }

    public func reopen() throws {
        for batch in batches { batch.forget() }
        nodes = []
        places = [:]
        newSymbols = []
        rejections = []
        updates.removeAll()
        waiting = 0
        isOpen = false
        hasSavepoint = false
        partitions = PartitionCalendar()
        refresh.forget()
        try guarded { try connection.reconnect() }
    }

    /// Sends what waits, in a transaction that stays open.
    private func writeOut() throws {
        guard waiting > 0 else { return updates.removeAll() }
        try begin()
        try partition()
        for batch in batches where !batch.isEmpty { try store(batch) }
        if schema.parting == .timescale { refresh.note(batches[candles].days) }
        for batch in batches { batch.removeAll() }
        updates.removeAll()
        waiting = 0
    }

    private func begin() throws {
        guard !isOpen else { return }
        try connection.run("BEGIN")
        isOpen = true
    }

    /// Says of a failure that waiting may heal that the store is unavailable.
    func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as PostgresError where error.isTransient || connection.isBroken {
            throw StoreUnavailable("\(settings.address): \(error)")
        }
    }
}
