public import Market
public import Rings

/// What a source may know of the world: time comes from here and from nowhere else.
public struct World: Sendable {
    /// Raised when the run is to end: a source stops making events and returns.
    public let stopping: Signal
    /// The wall clock.
    public let now: @Sendable () -> Timestamp
    /// Sleeps about so long, in nanoseconds, or until the run is to end.
    public let sleep: @Sendable (Int64) -> Void

    public var isStopping: Bool { stopping.isRaised }

    public init(
        stopping: Signal, now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Int64) -> Void
    ) {
        self.stopping = stopping
        self.now = now
        self.sleep = sleep
    }
}

/// The beginning of the one-way road: reads a venue, a recording or a generator and routes its events.
///
/// `run` works on a thread of its own, so it may block. It makes the clock events of its symbols itself, in its own
/// sequence, and returns when its input has ended or the run is to stop.
public protocol Source: AnyObject, Sendable {
    func run(into router: inout Router, world: World) throws
    /// What the source has to say when it has ended, line by line: what it read, left out and could not read.
    func report() -> [String]
}
