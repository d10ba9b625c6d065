/// What PostgreSQL, or the way to it, refused: with the standard's five characters where the server spoke.
public struct PostgresError: Error, Equatable, Sendable {
    /// SQLSTATE, `23505`; empty where no server answered.
    public let state: String
    /// `ERROR`, `FATAL` …, never translated; empty where no server answered.
    public let severity: String
    public let message: String
    /// The server's second sentence; it may show values of the row that it refused.
    public let detail: String

    public init(state: String = "", severity: String = "", message: String, detail: String = "") {
        self.state = state
        self.severity = severity
        self.message = message
        self.detail = detail
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        let spoken = state.isEmpty ? message : "\(message) (\(state))"
        return detail.isEmpty ? spoken : "\(spoken); \(detail)"
    }
}

// Classes and codes: PostgreSQL's documentation, appendix A.
extension PostgresError {
    private static let transientClasses: Set<Substring> = [
        "08",  // the connection
        "53",  // disk full, out of memory, too many connections
        "40",  // serialization, deadlock
        "58",  // the server's own files cannot be read or written
    ]

    private static let transientStates: Set<String> = [
        "25006",  // read-only: a standby, or an operator's doing
        "25P03",  // idle in a transaction for too long
        "25P04",  // the transaction took too long
        "55P03",  // a lock was not to be had
        "57014",  // cancelled, by a statement's time limit or by an operator
        "57P01", "57P02", "57P03", "57P05",  // shutting down, crashed, starting up or recovering, idle for too long
    ]

    private static let rowStates: Set<String> = [
        "21000",  // two rows of one statement with the same key
        "54000",  // too long for an index
        "P0001",  // a trigger's own refusal
    ]

    /// Whether the same statement may succeed later without anybody changing it.
    public var isTransient: Bool {
        state.isEmpty || Self.transientStates.contains(state) || Self.transientClasses.contains(state.prefix(2))
    }

    /// Whether a row's own values are at fault: other rows may go in without it.
    public var isRowFault: Bool {
        ["22", "23"].contains(state.prefix(2)) || PostgresError.rowStates.contains(state)
    }
}

extension PostgresError {
    /// The server did not answer in the time that the client gives it.
    static func unanswered(within limit: Duration) -> PostgresError {
        PostgresError(message: "the server did not answer within \(limit)")
    }
}
