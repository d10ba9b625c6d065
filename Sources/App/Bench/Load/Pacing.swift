internal import Foundation
internal import Rings

/// When each event of a load is due: at an even beat from its begin on, whatever became of those before it.
///
/// An event carries the time when it was due and not when it was sent, so that a pause of the sender counts for all the
/// events that it held up: the omission of such pauses is what makes measurements of latency look better than they are.
struct Pacing: Sendable {
    /// What a load's thread does until the next event is due.
    enum Wait: Sendable {
        /// It looks at the clock without pause: to the point, and a core is taken.
        case spinning
        /// It sleeps as a feed does before its socket, and sends what has become due meanwhile together.
        case sleeping
    }

    /// A second.
    private static let second = 1_000_000_000.0
    /// A wait that is longer than this sleeps first: a sleeper may come back so much too late.
    private static let sleepLimit: Int64 = 300_000

    /// Events a second.
    let rate: Int
    /// How many there are.
    let count: Int
    /// The core of the thread that waits; nil for any.
    let core: Int?
    var wait = Wait.spinning

    /// Times are those of the monotonic clock, which is one for all processes of a machine.
    func due(_ index: Int, from begin: Int64) -> Int64 {
        begin + Int64(Double(index) * (Pacing.second / Double(rate)))
    }

    /// Waits for an event's time.
    func wait(until due: Int64) {
        let rest = due - Seat.monotonic
        switch wait {
        case .spinning:
            if rest > Pacing.sleepLimit { sleep(rest - Pacing.sleepLimit) }
            while Seat.monotonic < due { Seat.pause() }
        case .sleeping:
            if rest > 0 { sleep(rest) }
        }
    }

    private func sleep(_ nanoseconds: Int64) {
        Thread.sleep(forTimeInterval: Double(nanoseconds) / Pacing.second)
    }

    func takeSeat() {
        if let core, let failure = Seat.pin(to: core) {
            Terminal.complain("The load's thread is not tied to core \(core): error \(failure).")
        }
    }
}
