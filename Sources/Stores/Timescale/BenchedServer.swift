public import Engine
internal import Journal
internal import Market
internal import Memory
internal import Postgres
internal import Updates

/// A schema of a benchmark's own on a PostgreSQL server.
public final class BenchedServer: BenchedStore {
    private let settings: TimescaleSettings
    private let sink: TimescaleSink
    private var connection: Connection

    /// - Parameter settings: of the server; the schema must be one that may be emptied and removed.
    public init(_ settings: TimescaleSettings, tell: @escaping @Sendable (String) -> Void) throws {
        self.settings = settings
        sink = try TimescaleSink.open(settings, tell: tell)
        connection = try Connection(to: settings.address, limits: settings.limits)
    }

    public func measureSink(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double {
        try empty(tables(of: origin))
        let watch = Stopwatch()
        for (index, chunk) in chunks.enumerated() {
            try chunk.withRawSpan { try sink.receive($0, from: origin) }
            try sink.commit(JournalPlace(journal: 1, position: UInt64(index + 1)), of: origin.node)
        }
        return watch.seconds
    }

    public func measureByHand(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double {
        let encoded = try chunks.map { try encode($0, origin) }
        try empty(tables(of: origin))
        if let first = encoded.first?.table, first.isRevised { try connection.run(first.makeStaging) }
        let watch = Stopwatch()
        for batch in encoded {
            try connection.run("BEGIN")
            if batch.table.isRevised {
                try connection.copy(batch.rows, with: batch.table.copyStaged)
                try connection.run(BenchedServer.merge(batch.table))
            } else {
                try connection.copy(batch.rows, with: batch.table.copy)
            }
            try connection.run("COMMIT")
        }
        return watch.seconds
    }

    public func remove() throws {
        try sink.close()
        try connection.run("DROP SCHEMA \(Connection.quoted(settings.schema)) CASCADE")
    }

    /// As one writes it by hand: every key is known to come once.
    private static func merge(_ table: TimescaleTable) -> String {
        let values = table.columns.map(\.name).filter { !table.key.contains($0) }
        return """
            INSERT INTO \(table.name) (\(table.columnNames)) SELECT \(table.columnNames) FROM \(table.staging) \
            ON CONFLICT (\(table.key.joined(separator: ", "))) DO UPDATE SET \
            \(values.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """
    }

    private func encode(_ chunk: [UInt8], _ origin: UpdateOrigin) throws -> TableBatch {
        let batches = sink.schema.tables.map { TableBatch($0) }
        let node = TimescaleNode(origin, keepsLive: false)
        var scratch = ByteBuffer()
        try chunk.withRawSpan { records in
            try RecordReader.forEach(in: records) { (head, update) throws in
                let (symbol, sizeStep) = origin.symbol(head.symbol)
                let mark = RowMark(node: 0, slot: head.slot, symbol: head.symbol, update: 0..<0)
                let stored = TimescaleSymbol(name: Array(symbol.name.utf8), sizeStep: sizeStep)
                var encoder = RowEncoder(batches, node: node.name, symbol: stored, mark: mark)
                try node.plans[Int(head.slot)].write(update, sizeStep: sizeStep, into: &encoder, scratch: &scratch)
            }
        }
        return batches.first { !$0.isEmpty } ?? batches[0]
    }

    private func tables(of origin: UpdateOrigin) -> [TimescaleTable] {
        let places = Set(origin.topics.entries.flatMap { RowPlan($0, keepsLive: false).tables })
        return places.map { sink.schema.tables[$0] }
    }

    private func empty(_ tables: [TimescaleTable]) throws {
        for table in tables { try connection.run("TRUNCATE \(table.name)") }
        try connection.run("CHECKPOINT")
    }
}
