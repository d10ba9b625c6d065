internal import Market
internal import Rings

/// The one way into a symbol's actor that makes no job.
///
/// An actor's executor is its lane, and the lane is one thread; code that runs on that thread and not inside a job of
/// another actor *is* on the actor's executor. The language can only be told so through `assumeIsolated`, which asks
/// the runtime each time (80 to 150 ns, more than the work itself), so the isolated function is cast once to one that
/// any code may call, and the thread is checked once per poll instead.
struct Entrance {
    typealias Isolated = (isolated SymbolActor, RingElements<MarketEvent>, inout LaneOutput) -> Void
    typealias Open = (SymbolActor, RingElements<MarketEvent>, inout LaneOutput) -> Void

    /// The functions stand in structures for the cast: a bare function value would be wrapped at both of its ends.
    private struct IsolatedBox { let function: Isolated }
    private struct OpenBox { let function: Open }

    /// Drains one visit; only on the thread of the actor's lane.
    let drain: Open
    private let thread: UInt64

    /// To be made on the lane's own thread.
    init() {
        let isolated: Isolated = { actor, events, output in actor.drain(events, into: &output) }
        // Unsafe: `isolated` changes who may call a function, not how it is called; both types have one
        // representation. `checkThread` holds the promise that the cast takes from the compiler.
        drain = unsafe unsafeBitCast(IsolatedBox(function: isolated), to: OpenBox.self).function
        thread = Seat.current
    }

    /// Stops the process if the caller is not on the lane's thread.
    func checkThread() {
        precondition(Seat.current == thread, "A symbol's state may only be entered on its lane's thread.")
    }
}
