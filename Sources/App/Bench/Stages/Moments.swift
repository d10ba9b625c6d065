internal import Synchronization

/// When something was done with each of a pass's trades, in the order in which it was done: written by one thread while
/// the pass runs, read when it has ended.
final class Moments: Sendable {
    /// A trade, named by the time when it was due, and when it was done.
    struct Moment: Equatable, Sendable {
        let due: Int64
        let done: Int64
    }

    private let limit: Int
    private let moments: Mutex<[Moment]>

    /// Up to the limit, whose memory is taken now; a trade beyond it would be one that the pass does not have.
    init(limit: Int) {
        self.limit = limit
        var none: [Moment] = []
        none.reserveCapacity(limit)
        moments = Mutex(none)
    }

    func add(due: Int64, done: Int64) {
        moments.withLock { moments in
            precondition(moments.count < limit, "A pass must have no more trades than it was made for.")
            moments.append(Moment(due: due, done: done))
        }
    }

    var all: [Moment] { moments.withLock { $0 } }
}

/// How long a station had its trades.
struct StageTimes: Sendable {
    /// From when each was due.
    var sinceDue = LatencyHistogram()
    /// From when all updates of it were made; empty where nobody noted that.
    var sinceDecision = LatencyHistogram()

    init() {}

    /// `done` holds the trades that came so far in the order in which they were `decided`, with holes where a link
    /// refused one.
    init(decided: [Moments.Moment], done: [Moments.Moment]) {
        var next = 0
        for moment in done {
            sinceDue.add(moment.done - moment.due)
            while next < decided.count, decided[next].due != moment.due { next += 1 }
            precondition(next < decided.count, "Nothing must be sent before it was decided.")
            sinceDecision.add(moment.done - decided[next].done)
            next += 1
        }
    }
}
