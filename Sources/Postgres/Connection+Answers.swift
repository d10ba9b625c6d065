internal import CPostgres
internal import Glibc
internal import Memory

// Sending without waiting and waiting with an end: libpq's own calls would wait for ever on a silent server.
extension Connection {
    /// What became of the connection.
    func lost() -> PostgresError { unsafe PostgresError(of: handle.storage.connection) }

    /// Sends what is under way and takes all answers; the last one is the caller's, who frees it.
    mutating func finish() throws(PostgresError) -> OpaquePointer {
        let deadline = ContinuousClock.now + limits.answer
        try flush(until: deadline)
        var last: OpaquePointer?
        var failure: PostgresError?
        do {
            while let result = unsafe try next(until: deadline) {
                if let last = unsafe last { unsafe PQclear(last) }
                unsafe last = result
                if let fault = unsafe fault(in: result), failure == nil { failure = fault }
            }
        } catch {
            if let last = unsafe last { unsafe PQclear(last) }
            throw failure ?? error
        }
        guard let last = unsafe last else { throw failure ?? lost() }
        guard let failure else { return unsafe last }
        unsafe PQclear(last)
        throw failure
    }

    /// The next answer; nil behind the last.
    private mutating func next(until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer? {
        let connection = unsafe handle.storage.connection
        while unsafe PQisBusy(connection) != 0 {
            try wait(for: POLLIN, until: deadline)
            guard unsafe PQconsumeInput(connection) != 0 else { throw lost() }
        }
        return unsafe PQgetResult(connection)
    }

    private func fault(in result: OpaquePointer) -> PostgresError? {
        let connection = unsafe handle.storage.connection
        let status = unsafe PQresultStatus(result)
        if status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE {
            return unsafe PostgresError(result, on: connection)
        }
        guard status == PGRES_COPY_IN else { return nil }
        // The statement began a copy where none was meant: without an end the server waits for ever.
        unsafe PQputCopyEnd(connection, "no rows follow")
        return nil
    }

    mutating func flush(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let connection = unsafe handle.storage.connection
        while true {
            let rest = unsafe PQflush(connection)
            if rest == 0 { return }
            // A refusal may wait to be read already; the answers tell it.
            guard rest > 0 else { return }
            try wait(for: POLLOUT | POLLIN, until: deadline)
            guard unsafe PQconsumeInput(connection) != 0 else { return }
        }
    }

    mutating func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let socket = unsafe PQsocket(handle.storage.connection)
        guard socket >= 0 else { throw lost() }
        if SocketWait.wait(socket, for: events, until: deadline) { return }
        // Nothing in between can be told apart any more: the connection is given up.
        shutdown(socket, Int32(SHUT_RDWR))
        isGivenUp = true
        throw .unanswered(within: limits.answer)
    }
}

// MARK: Copying

extension Connection {
    /// Bytes handed to libpq at once: large enough to be cheap, small enough to leave while the next is made.
    private static let chunk = 1 << 16

    /// Sends rows through `COPY … FROM STDIN (FORMAT binary)` and returns how many the server took. Other statements
    /// may stand before it.
    @discardableResult
    public mutating func copy(
        _ rows: borrowing CopyRows, range: Range<Int>? = nil, with statement: String
    ) throws(PostgresError) -> Int {
        let bytes = rows.bytes(of: range ?? 0..<rows.count)
        let deadline = ContinuousClock.now + limits.answer
        try beginCopy(statement, until: deadline)
        let isWhole = try send(CopyRows.preamble, until: deadline)
        if isWhole {
            var isGoing = true
            try rows.withBytes { (all) throws(PostgresError) in
                var offset = bytes.lowerBound
                while isGoing, offset < bytes.upperBound {
                    let end = min(offset + Connection.chunk, bytes.upperBound)
                    isGoing = try send(all.extracting(offset..<end), until: deadline)
                    offset = end
                }
            }
            if isGoing, try send(CopyRows.trailer, until: deadline) { try endCopy(until: deadline) }
        }
        let result = unsafe try finish()
        defer { unsafe PQclear(result) }
        return unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    private mutating func beginCopy(
        _ statement: String, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        let connection = unsafe handle.storage.connection
        guard unsafe PQsendQuery(connection, statement) != 0 else { throw lost() }
        try flush(until: deadline)
        var failure: PostgresError?
        while let result = unsafe try next(until: deadline) {
            defer { unsafe PQclear(result) }
            if unsafe PQresultStatus(result) == PGRES_COPY_IN { return }
            if let fault = unsafe fault(in: result), failure == nil { failure = fault }
        }
        throw failure ?? PostgresError(message: "the statement copies no rows from its client")
    }

    private mutating func send(
        _ bytes: [UInt8], until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Bool {
        try bytes.withRawSpan { (bytes) throws(PostgresError) in try send(bytes, until: deadline) }
    }

    /// False where the copy has ended early: the server refused a row, and its answer says which.
    private mutating func send(
        _ bytes: RawSpan, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Bool {
        let connection = unsafe handle.storage.connection
        while true {
            let sent = unsafe bytes.withUnsafeBytes { bytes in
                unsafe PQputCopyData(
                    connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
            }
            if sent > 0 { return true }
            guard sent == 0 else { return false }
            try wait(for: POLLOUT | POLLIN, until: deadline)
            guard unsafe PQconsumeInput(connection) != 0 else { return false }
        }
    }

    private mutating func endCopy(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let connection = unsafe handle.storage.connection
        while true {
            let ended = unsafe PQputCopyEnd(connection, nil)
            guard ended == 0 else { return }
            try wait(for: POLLOUT | POLLIN, until: deadline)
            guard unsafe PQconsumeInput(connection) != 0 else { return }
        }
    }
}
