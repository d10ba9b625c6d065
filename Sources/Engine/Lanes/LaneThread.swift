internal import Rings

/// The one thread that may touch the states of a lane's symbols.
///
/// An actor's executor is its lane, and the lane is one thread: what runs on that thread, and not inside a job of
/// another actor, *is* where the actor is isolated. So the lane changes the states of its actors in place, without a
/// job (hundreds of nanoseconds) and without a call into each actor (4 ns). What the compiler cannot prove here is
/// checked instead, once per poll.
struct LaneThread {
    private let thread: UInt64

    /// To be made on the lane's own thread.
    init() { thread = Seat.current }

    /// Stops the process if the caller is not on the lane's thread.
    func check() {
        precondition(Seat.current == thread, "A symbol's state may only be entered on its lane's thread.")
    }
}
