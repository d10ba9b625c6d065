internal import Rings
internal import Synchronization

/// When a piece of work began and ended, told by the thread that does it to the one that asks.
final class Stopwatch: Sendable {
    private let moments = Mutex((begin: Int64(0), end: Int64(0)))

    func start() { moments.withLock { $0 = (Seat.monotonic, 0) } }
    func stop() { moments.withLock { $0.end = Seat.monotonic } }

    var begin: Int64 { moments.withLock { $0.begin } }
    var end: Int64 { moments.withLock { $0.end } }
}
