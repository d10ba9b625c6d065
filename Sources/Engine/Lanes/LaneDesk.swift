internal import Memory
internal import Rings

/// Where a lane's work is done, by one thread at a time: its own, or that of a source that visits.
///
/// Who does it *is* where the lane's actors are isolated: it changes their states in place, without a job (hundreds of
/// nanoseconds) and without a call into each actor (4 ns). The desk's lock, once for each poll, sees to it that nobody
/// else does so at the same time; jobs of actors run under it too.
///
/// To wake a sleeping thread costs an event many microseconds, and on a busy machine a turn of another thread. So a
/// source that brings a lane few events, while that sleeps, does its work itself. One that brings many leaves them to
/// the lane's thread, which then stays awake: under load each has a core of its own.
final class LaneDesk: Sendable {
    /// Events that a visitor works off itself: some ten microseconds of work.
    static let visitLimit = 32

    /// Nil before the lane's thread has begun, and when it has ended.
    private let work = Guarded<Shelf<LaneWork>?>(nil)
    private let takesVisits: Bool
    /// Where the lane's own thread sleeps.
    let parker = Parker()
    /// Raised when no event can come any more: the thread drains what there is and ends.
    let closing = Signal()
    /// How often somebody else did the work.
    let visits = Tally()

    /// - Parameter takesVisits: not where the lane's work shall stay on one core.
    init(takesVisits: Bool) { self.takesVisits = takesVisits }

    /// Tells the lane of so many events, which have been published.
    func bring(_ events: Int) {
        guard parker.isAsleep else { return }
        if events > LaneDesk.visitLimit || !takesVisits || !visit() { parker.wake() }
    }

    /// Does what there is to do in place of the lane's thread; false where that must do it.
    private func visit() -> Bool {
        let isDone = work.withLockIfFree { work in
            guard let work else { return false }
            return work[0].visit()
        }
        guard isDone == true else { return false }
        visits.add(1)
        return true
    }
}

/// For the lane's own thread.
extension LaneDesk {
    /// Has the lane's work done here, until `close`.
    func open(_ lane: consuming LaneWork) {
        let shelf = Shelf<LaneWork>(capacity: 1)
        shelf.append(lane)
        work.withLock { $0 = shelf }
    }

    func close() { work.withLock { $0 = nil } }

    /// Runs the jobs, and takes what is there now; returns the number of events.
    func poll(_ runJobs: () -> Void) -> Int {
        work.withLock { work in
            runJobs()
            return work?[0].poll() ?? 0
        }
    }

    /// Whether something has come that nobody has worked off.
    var hasNews: Bool { work.withLock { $0?[0].hasNews ?? false } }
}
