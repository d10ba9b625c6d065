internal import Memory
internal import Postgres
internal import Updates

// One table's rows into the open transaction. A row that the server refuses is found by halves and set aside.
extension TimescaleSink {
    func store(_ batch: TableBatch) throws {
        if !batch.groups.isEmpty { try storeGroups(of: batch) }
        guard !batch.rows.isEmpty else { return }
        let all = 0..<batch.rows.count
        do throws(PostgresError) {
            try put(all, of: batch)
        } catch {
            guard error.isRowFault, !connection.isBroken else { throw error }
            try connection.run("ROLLBACK TO SAVEPOINT rows")
            guard error.state == "23505", !batch.isStaged else { return try storeHalves(of: all, of: batch, error) }
            // Rows that are there already: another run of the same input. They stay.
            batch.isStaged = true
            try attempt(all, of: batch)
        }
    }

    private func storeHalves(of range: Range<Int>, of batch: TableBatch, _ error: PostgresError) throws {
        guard range.count > 1 else { return try reject(batch.marks[range.lowerBound], "\(error)") }
        let middle = range.lowerBound + range.count / 2
        try attempt(range.lowerBound..<middle, of: batch)
        try attempt(middle..<range.upperBound, of: batch)
    }

    private func attempt(_ range: Range<Int>, of batch: TableBatch) throws {
        do throws(PostgresError) {
            try put(range, of: batch)
        } catch {
            guard error.isRowFault, !connection.isBroken else { throw error }
            try connection.run("ROLLBACK TO SAVEPOINT rows")
            try storeHalves(of: range, of: batch, error)
        }
    }

    /// All of these rows, or an error.
    private func put(_ range: Range<Int>, of batch: TableBatch) throws(PostgresError) {
        let table = batch.table
        let savepoint = "\(hasSavepoint ? "RELEASE SAVEPOINT rows; " : "")SAVEPOINT rows"
        hasSavepoint = true
        guard batch.isStaged else {
            try connection.copy(batch.rows, range: range, with: "\(savepoint); \(table.copy)")
            return
        }
        let emptied = batch.hasStaged ? "TRUNCATE \(table.staging); " : ""
        try connection.copy(
            batch.rows, range: range, with: "\(savepoint); \(table.makeStaging); \(emptied)\(table.copyStaged)")
        batch.hasStaged = true
        let merged = try connection.run(table.merge)
        // Where nothing was there already, the straight way is open again.
        if !table.isRevised, merged == range.count { batch.isStaged = false }
    }

    /// Groups come anew as a whole: what was there goes first.
    private func storeGroups(of batch: TableBatch) throws {
        let table = batch.table
        // Groups that this transaction took already must not go again.
        let emptied = batch.hasStagedGroups ? "TRUNCATE \(table.stagedGroups); " : ""
        try connection.copy(batch.groups, with: "\(table.makeStaging); \(emptied)\(table.copyGroups)")
        batch.hasStagedGroups = true
        try connection.run(table.deleteGroups)
    }

    // MARK: What was refused

    func reject(_ mark: RowMark, _ reason: String) throws {
        let node = nodes[Int(mark.node)]
        let content = updates.withBytes { $0.extracting(mark.update).array }
        let number = content.count >= UpdateHead.size ? content.withRawSpan { $0.integer(at: 0, as: Int64.self) } : 0
        let rejection = Rejection(
            node: String(decoding: node.name, as: UTF8.self), topic: node.topic(mark.slot, mark.symbol), number: number,
            reason: reason, content: Array(content.prefix(Rejected.bytes)))
        guard rejections.count < Rejected.limit else {
            throw TooManyRejected(limit: Rejected.limit, last: reason)
        }
        rejections.append(rejection)
    }

    func storeRejections() throws(PostgresError) {
        let table = "\(Connection.quoted(settings.schema)).rejected_rows"
        for rejection in rejections {
            _ = try connection.query(
                """
                INSERT INTO \(table) (node, topic, number, reason, content) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (node, topic, number) DO UPDATE SET reason = excluded.reason, content = excluded.content
                """,
                [
                    .text(rejection.node), .text(rejection.topic), .integer(rejection.number), .text(rejection.reason),
                    .bytes(rejection.content),
                ])
        }
    }

    func storeSymbols() throws(PostgresError) {
        let schema = Connection.quoted(settings.schema)
        for symbol in newSymbols {
            _ = try connection.query(
                """
                INSERT INTO \(schema).symbols (id, node, symbol, size_step) \
                SELECT coalesce(max(id), 0) + 1, $1, $2, $3 FROM \(schema).symbols ON CONFLICT DO NOTHING
                """,
                [.text(symbol.node), .text(symbol.name), .integer(symbol.sizeStep)])
            _ = try connection.query(
                """
                INSERT INTO \(schema).instruments (symbol, size_step) VALUES ($1, $2) \
                ON CONFLICT (symbol) DO UPDATE SET size_step = excluded.size_step
                """,
                [.text(symbol.name), .integer(symbol.sizeStep)])
        }
    }
}
