import Engine
import Market
import Rings
import Synchronization
import Updates

/// A fault that a test makes happen.
struct Mishap: Error, Equatable {
    let name: String
    init(_ name: String) { self.name = name }
}

/// Routes what it was given and ends, or fails.
final class PreparedSource: Source {
    let resumption = Resumption.again
    private let symbols: [String]
    private let events: [MarketEvent]
    private let end: Double?
    private let failure: Mishap?
    private let start: Signal?
    let ended = Signal()

    /// - Parameters:
    ///   - end: when the input ends, in seconds; with the last event unless said otherwise.
    ///   - start: what must be raised before the source names its symbols.
    init(
        symbols: [String], events: [MarketEvent], end: Double? = nil, failure: Mishap? = nil, after start: Signal? = nil
    ) {
        self.start = start
        self.end = end
        self.symbols = symbols
        self.events = events
        self.failure = failure
    }

    func run(into router: inout Router, world: World) throws {
        defer { ended.raise() }
        while let start, !start.isRaised { world.sleep(100_000) }
        for name in symbols { _ = router.directory.entry(for: name) }
        let events = events
        router.route(events.span)
        if let failure { throw failure }
        router.end(at: end.map(Make.time) ?? events.last?.venueTime ?? Make.time(0))
    }

    func report() -> [String] { ["\(events.count) events"] }
}

/// Makes a trade each 10 ms of event time until the run is to end.
final class EndlessSource: Source {
    let resumption = Resumption.again
    let begun = Signal()

    func run(into router: inout Router, world: World) throws {
        guard let entry = router.directory.entry(for: "E") else { return }
        var number = 0.0
        begun.raise()
        while !world.isStopping {
            number += 1
            router.route(Make.trade(number / 100, 100, 1, .buy, symbol: entry.index))
            if number.truncatingRemainder(dividingBy: 64) == 0 { router.publish() }
        }
        router.end(at: Make.time(number / 100))
    }

    func report() -> [String] { [] }
}

/// What a sink has seen, for the test to look at.
final class Record: Sendable {
    private let list = Mutex<[Said]>([])
    let flushed = Tally()
    let closed = Tally()
    let received = Signal()
    var said: [Said] { list.withLock { $0 } }

    func add(_ some: [Said]) {
        list.withLock { $0 += some }
        received.raise()
    }
}

/// Writes down what comes; may wait before each call, and may fail.
final class RecordingSink: Sink {
    private let record: Record
    private let pause: () -> Void
    private let failure: Mishap?

    init(_ record: Record, failure: Mishap? = nil, pause: @escaping () -> Void = {}) {
        self.record = record
        self.failure = failure
        self.pause = pause
    }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        pause()
        var some: [Said] = []
        RecordReader.forEach(in: records) { head, update in some.append(Said(head, update, origin.topics)) }
        record.add(some)
        if let failure { throw failure }
    }

    func flush() throws { record.flushed.add() }
    func beat(_ now: Timestamp) throws {}
    func close() throws { record.closed.add() }
}

extension Run {
    /// One symbols node `flow`, its sources and its sinks.
    static func of(
        _ settings: FlowSettings, sources: [any Source], sinks: [SinkPart], stopping: Signal = Signal()
    ) -> Run {
        Run(
            sources: sources.enumerated().map { index, source in
                SourcePart(
                    name: "source\(index)", source: source, flow: "flow", symbols: FeedSymbols(), overflow: .wait)
            },
            flows: [FlowPart(name: "flow", settings: settings, instrument: instrument())], sinks: sinks, data: nil,
            world: .forTests(stopping: stopping))
    }
}

extension SinkPart {
    static func of(
        _ name: String = "sink", topics: [String] = [], _ overflow: LinkOverflow = .wait,
        _ open: @escaping @Sendable () throws -> any Sink
    ) -> SinkPart {
        SinkPart(
            name: name, inflows: [Inflow(flow: "flow", topics: topics, overflow: overflow)], isTrailing: false,
            open: open)
    }
}

extension World {
    static func forTests(stopping: Signal) -> World {
        World(
            stopping: stopping, now: { Timestamp(nanoseconds: Seat.wallClock) }, sleep: { _ in }, chance: { 1 },
            tell: { _ in })
    }
}
