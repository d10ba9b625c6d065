internal import CPostgres

/// One connection to a PostgreSQL server; closed on `deinit`. No call waits longer than its time limits.
///
/// A call that throws may have broken the connection: `isBroken` says so, and `reconnect` makes a new one.
public struct Connection: ~Copyable, Sendable {
    public struct Limits: Sendable {
        /// Of connecting and signing in.
        public var connecting: Duration
        /// Of one statement in the server, which ends it itself; zero for none.
        public var statement: Duration
        /// Of a wait for a lock of somebody else; zero for none.
        public var lock: Duration

        public init(
            connecting: Duration = .seconds(10), statement: Duration = .seconds(30), lock: Duration = .seconds(10)
        ) {
            self.connecting = connecting
            self.statement = statement
            self.lock = lock
        }

        /// When a silent server is given up: some seconds after it should have ended the statement itself.
        var answer: Duration { statement == .zero ? .seconds(86_400) : statement + .seconds(5) }

        /// What every session begins with: its limits, and texts and times that mean the same on every server.
        func completing(_ address: ServerAddress) -> ServerAddress {
            address.with(
                options: [
                    "statement_timeout=\(statement.milliseconds)", "lock_timeout=\(lock.milliseconds)", "timezone=UTC",
                    "datestyle=ISO", "standard_conforming_strings=on",
                ])
        }
    }

    public let address: ServerAddress
    public let limits: Limits
    var handle: ConnectionHandle
    /// Whether the server was silent for too long; libpq does not know it.
    var isGivenUp = false

    public init(to address: ServerAddress, limits: Limits = Limits()) throws(PostgresError) {
        handle = try ConnectionHandle(to: limits.completing(address), within: limits.connecting)
        self.address = address
        self.limits = limits
    }

    /// Gives this connection up and makes a new one; the old one stays, broken or not, where that fails.
    public mutating func reconnect() throws(PostgresError) {
        handle = try ConnectionHandle(to: limits.completing(address), within: limits.connecting)
        isGivenUp = false
    }

    /// Whether only `reconnect` helps.
    public var isBroken: Bool { unsafe isGivenUp || PQstatus(handle.storage.connection) != CONNECTION_OK }

    /// Whether a transaction is open, failed or not.
    public var isInTransaction: Bool {
        let state = unsafe PQtransactionStatus(handle.storage.connection)
        return state == PQTRANS_INTRANS || state == PQTRANS_INERROR || state == PQTRANS_ACTIVE
    }

    /// 150006 for 15.6.
    public var serverVersion: Int { Int(unsafe PQserverVersion(handle.storage.connection)) }
    /// The server's process for this connection.
    public var serverProcess: Int32 { unsafe PQbackendPID(handle.storage.connection) }

    /// What the server remarked since the last call, the oldest first.
    public mutating func takeNotices() -> [String] { handle.storage.notices.take() }

    /// Runs one or several statements of our own that have no values; returns how many rows the last one changed.
    @discardableResult
    public mutating func run(_ statements: String) throws(PostgresError) -> Int {
        guard unsafe PQsendQuery(handle.storage.connection, statements) != 0 else { throw lost() }
        let result = unsafe try finish()
        defer { unsafe PQclear(result) }
        return unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// Runs one statement with its values and returns its rows, both in binary.
    public mutating func query(_ statement: String, _ parameters: [Parameter] = []) throws(PostgresError) -> Rows {
        let encoded = parameters.map(\.encoded)
        // All values in one run of bytes, so that one address serves them.
        var bytes: [UInt8] = [0]
        let offsets = encoded.map { value -> Int in
            defer { bytes += value ?? [] }
            return bytes.count
        }
        let sent = unsafe bytes.withUnsafeBufferPointer { bytes in
            let base = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let values = unsafe zip(encoded, offsets).map { value, offset in
                unsafe value == nil ? nil : base.map { unsafe $0 + offset }
            }
            return unsafe PQsendQueryParams(
                handle.storage.connection, statement, Int32(parameters.count), parameters.map { Oid($0.type) }, values,
                encoded.map { Int32($0?.count ?? 0) }, parameters.map { _ in 1 }, 1)
        }
        guard sent != 0 else { throw lost() }
        return unsafe Rows(try finish())
    }
}

extension Connection {
    /// A name as SQL takes it, whatever characters it holds.
    public static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// A text as SQL takes it, for statements that cannot have parameters.
    public static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// Runs `body` in a transaction: everything of it or, where it throws, nothing.
    @discardableResult
    public mutating func transaction<Result>(
        _ body: (inout Connection) throws -> Result
    ) throws -> Result {
        try run("BEGIN")
        do {
            let result = try body(&self)
            try run("COMMIT")
            return result
        } catch {
            if !isBroken { _ = try? run("ROLLBACK") }
            throw error
        }
    }
}

extension Duration {
    /// Whole milliseconds, at least one unless zero.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        return max(seconds * 1_000 + attoseconds / 1_000_000_000_000_000, 1)
    }
}
