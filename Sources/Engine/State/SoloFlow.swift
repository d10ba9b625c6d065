public import Market
public import Memory
internal import Rings
public import Updates

/// A symbols node on the calling thread alone: router, rings, lane and states as in a run, without the threads.
///
/// Backtests, tests and benchmarks drive it: route, publish, poll.
public struct SoloFlow: ~Copyable {
    public var router: Router
    private var work: LaneWork
    private let flow: RunningFlow

    public init(settings: FlowSettings, instrument: @escaping @Sendable (Symbol) -> Instrument) {
        var single = settings
        single.lanes = 1
        flow = RunningFlow(FlowPart(name: "solo", settings: single, instrument: instrument), sources: 1, data: nil)
        router = Router(
            flow.addSource(
                symbols: FeedSymbols(), overflow: .wait, stopping: Signal(), counts: RouterCounts(), keptBy: nil))
        work = LaneWork(flow.lanes[0], outboxLimit: .max)
    }

    public var origin: UpdateOrigin { flow.laneOrigin }

    /// Routes records and takes them in, as often as their rings are full; lends the updates of each time.
    public mutating func pass<Record: EventRecord>(_ records: Span<Record>, _ body: (borrowing Outbox) -> Void) {
        var next = 0
        while next < records.count {
            next &+= router.offer(records, from: next)
            poll(body)
        }
    }

    /// Takes what was published and lends the updates that came of it; returns the number of events.
    @discardableResult
    public mutating func poll(_ body: (borrowing Outbox) -> Void) -> Int { work.pollInto(body) }

    /// Writes a symbol's state down, by its place among the symbols; the event `sequence` is the last in it.
    public func save(_ symbol: Int, into archive: inout Archive, sequence: UInt64) {
        work.save(symbol, into: &archive, sequence: sequence)
    }

    /// A symbol's state written down, as bytes of their own.
    public func save(_ symbol: Int, sequence: UInt64) -> [UInt8] {
        var archive = Archive()
        save(symbol, into: &archive, sequence: sequence)
        return archive.array
    }

    /// Puts a restored state in the place of a symbol's; what it says as it begins comes with the next `poll`.
    public mutating func restore(_ symbol: Int, from bytes: [UInt8]) throws(ArchiveError) -> Restoration {
        var archive = Archive(restoring: bytes)
        return try work.restore(symbol, from: &archive)
    }
}
