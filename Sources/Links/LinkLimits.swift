internal import ZeroMQ

/// Limits between processes that read each other's journals.
enum LinkLimits {
    /// Bytes of records in one answer: some thousands of events, a fraction of a millisecond.
    static let records = 512 << 10
    /// An answer may be as long as one batch of updates and the definitions of a large market; a question is short.
    static let answers = QueueLimits(queueLimit: 64, frameLimit: 64 << 20)
    static let questions = QueueLimits(queueLimit: 64, frameLimit: 1 << 10)
    /// Symbols that a journal may name: more than a symbols node takes.
    static let symbols: UInt32 = 1 << 20
    /// How long a last answer, or a last question, may still leave.
    static let linger = Duration.seconds(1)
    static let lastQuestion = Duration.milliseconds(200)
    /// How long an answer may take when there is nothing to say.
    static let patience: Int64 = 300_000_000
    /// A question without an answer for so long was lost with its writer.
    static let silence: Int64 = 2_000_000_000
    /// A writer that has not said a word for so long is told of.
    static let absence: Int64 = 10_000_000_000
    /// How long a reader that has everything goes on saying so.
    static let farewell: Int64 = 10_000_000_000
    /// Whoever has not asked for so long has gone, and another may read under the name.
    static let claim: Int64 = 1_000_000_000
    /// How long somebody else may hold the own name before that is an error, and when to look again until then.
    static let contention: Int64 = 8_000_000_000
    static let contentionPause: Int64 = 50_000_000
    /// Clocks that differ by more are told of, where an answer took no longer than `silence`.
    static let clock: Int64 = 5_000_000_000
    /// Bytes that a stranger's connection may bring at once, and each second after that: questions are 200 bytes.
    static let inbound = 4 << 20
}
