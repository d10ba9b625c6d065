internal import Market
internal import Redis
internal import Wire

/// What went wrong, gathered for the list of errors: refusals once a second by their code, losses as they come.
struct RelayNotes: Sendable {
    /// Codes told apart; the rest are one.
    static let codeLimit = 16
    /// Characters of a server's words.
    private static let messageLimit = 200

    private var refusals: [String: (count: Int, message: String)] = [:]
    private var told: Set<String> = []
    /// Entries that wait, the oldest first.
    private(set) var waiting: [[UInt8]] = []

    /// Counts a refused command; returns what to tell the operator where its code is new.
    mutating func refuse(_ refusal: RedisRefusal) -> String? {
        let isKnown = refusals[refusal.code] != nil
        let code = isKnown || refusals.count < RelayNotes.codeLimit ? refusal.code : "OTHER"
        refusals[code, default: (0, String(refusal.message.prefix(RelayNotes.messageLimit)))].count += 1
        guard told.count <= RelayNotes.codeLimit, told.insert(code).inserted else { return nil }
        return "the server refuses commands, which are counted from now on: \(refusal)"
    }

    /// Notes something that happened once.
    mutating func note(_ code: String, _ message: String, count: Int = 1, at time: Timestamp) {
        var object = JSONObjectText()
        object.add("time", time.description)
        object.add("code", code)
        object.add("message", message)
        object.add("count", count)
        if waiting.count == RelayNodeKeys.errorLimit { waiting.removeFirst() }
        waiting.append(Array(object.text.utf8))
    }

    /// The entries to write, those of refusals since the last call included.
    mutating func take(at time: Timestamp) -> [[UInt8]] {
        for (code, refusal) in refusals.sorted(by: { $0.key < $1.key }) {
            note(code, refusal.message, count: refusal.count, at: time)
        }
        refusals.removeAll()
        defer { waiting.removeAll() }
        return waiting
    }
}
