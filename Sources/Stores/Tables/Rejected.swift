/// What is kept of updates that no row could be made of.
enum Rejected {
    /// Of one commit: more than this means that tables are wrong, not rows.
    static let limit = 1_000
    /// Of one update's bytes; the rest is cut.
    static let bytes = 4_096
}

/// So many rows of one commit were refused that the tables must be at fault.
struct TooManyRejected: Error, CustomStringConvertible {
    let limit: Int
    let last: String

    var description: String { "more than \(limit) rows of one commit were refused, the last because: \(last)" }
}
