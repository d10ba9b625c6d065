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
    /// A number that nobody can foresee, above 0.
    public let chance: @Sendable () -> UInt64
    /// Takes one line for the operator.
    public let tell: @Sendable (String) -> Void

    /// Raised when nobody is left whom an attendant source could serve; none for other sources.
    private(set) var isDeserted: Signal?

    public var isStopping: Bool { stopping.isRaised || isDeserted?.isRaised ?? false }

    public init(
        stopping: Signal, now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Int64) -> Void,
        chance: @escaping @Sendable () -> UInt64, tell: @escaping @Sendable (String) -> Void
    ) {
        self.stopping = stopping
        self.now = now
        self.sleep = sleep
        self.chance = chance
        self.tell = tell
    }

    /// The world of a source that serves others.
    func attending(until isDeserted: Signal) -> World {
        var world = self
        world.isDeserted = isDeserted
        return world
    }
}

/// What a source does where its journal ends.
public enum Resumption: Sendable {
    /// Its input comes again from the beginning, the same events in the same order: what is in the journal is passed
    /// over.
    case again
    /// It goes on with what comes now; what came meanwhile is missing, and the symbols are told so.
    case onward
}

/// The beginning of the one-way road: reads a venue, a recording or a generator and routes its events.
///
/// `run` works on a thread of its own, so it may block. It makes the clock events of its symbols itself, in its own
/// sequence, and returns when its input has ended or the run is to stop.
public protocol Source: AnyObject, Sendable {
    func run(into router: inout Router, world: World) throws
    /// Whether it only serves other sources: the run ends when those have ended.
    var isAttendant: Bool { get }
    /// What comes after a restart, where the source has a journal.
    var resumption: Resumption { get }
    /// Hands over what must be known before any source runs.
    func prepare(_ desk: ControlDesk) throws
    /// What the source has to say when it has ended, line by line: what it read, left out and could not read.
    func report() -> [String]
}

extension Source {
    public var isAttendant: Bool { false }
    public func prepare(_ desk: ControlDesk) throws {}
}
