internal import Market

/// When to try again what failed: after 100 ms, then twice as long each time, at most 5 s.
struct Backoff: Equatable, Sendable {
    static let shortest = Timestamp.second / 10
    static let longest = 5 * Timestamp.second

    private(set) var wait = Backoff.shortest
    private var failure: Timestamp?

    mutating func fail(at time: Timestamp) {
        wait = failure == nil ? Backoff.shortest : min(2 * wait, Backoff.longest)
        failure = time
    }

    mutating func succeed() { self = Backoff() }

    /// Whether it is time. A clock that was set back does not make anybody wait.
    func isDue(at time: Timestamp) -> Bool {
        guard let failure else { return true }
        return time < failure || time - failure >= wait
    }
}
