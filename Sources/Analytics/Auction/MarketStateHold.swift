internal import Memory

/// Which state holds, and how much it takes to change it (definitions §15).
///
/// A change takes several evaluations in a row that ask for the same state and direction, and a least time that the
/// present one has held, counted in evaluations: time in which nothing is evaluated (a halt, a gap) does not count. An
/// imbalance that goes on without saying where to keeps the direction that it had.
struct MarketStateHold: Plain, Sendable {
    struct View: Plain, Equatable, Sendable {
        var state: StateReading.State
        /// +1 up, −1 down, 0 none: of an imbalance.
        var direction: Int8

        static var bounds: [PlainBound] { [.choice(\Self.state)] }
    }

    private(set) var present = View(state: .transition, direction: 0)
    /// What the last evaluations asked for, and how many of them in a row.
    private(set) var asked = View(state: .transition, direction: 0)
    private(set) var run = 0
    /// Evaluations since the present state began, that one not counted.
    private(set) var held = 0

    static var bounds: [PlainBound] { .part(\Self.present) + .part(\Self.asked) }

    init() {}

    /// True where the state changes.
    mutating func receive(_ view: View, confirmations: Int, dwell: Int) -> Bool {
        var view = view
        if view.state != .imbalance {
            view.direction = 0
        } else if view.direction == 0, asked.state == .imbalance {
            view.direction = asked.direction
        }
        held += 1
        run = view == asked ? run + 1 : 1
        asked = view
        guard view != present, run >= confirmations, held >= dwell else { return false }
        present = view
        held = 0
        return true
    }

    /// Something was missed: evaluations before and after do not stand in a row.
    mutating func interrupt() { run = 0 }
}
