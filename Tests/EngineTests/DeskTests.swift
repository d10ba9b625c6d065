import Market
import Rings
import Synchronization
import TestPrograms
import Testing
import Updates

@testable import Engine

/// Hands a tape over in bursts of chance, with pauses in which lanes and sinks fall asleep.
private final class HaltingSource: Source {
    let resumption = Resumption.again
    let symbols: [String]
    private let bursts: [[MarketEvent]]

    init(symbols: Int, bursts: Int, seed: UInt64) {
        var chance = SeededChance(seed: seed)
        self.symbols = (0..<symbols).map { "S\($0)" }
        var number = 0
        self.bursts = (0..<bursts).map { _ in
            // Some are more than a visitor works off.
            (0..<(chance.below(8) == 0 ? 40 + chance.below(300) : 1 + chance.below(6))).map { _ in
                number += 1
                return Make.trade(
                    Double(number) / 50, 10_000 + Int64(chance.below(20)), 1 + Int64(chance.below(5)),
                    symbol: UInt32(chance.below(symbols)))
            }
        }
    }

    var events: [MarketEvent] { bursts.flatMap { $0 } }

    func run(into router: inout Router, world: World) throws {
        for name in symbols { _ = router.directory.entry(for: name) }
        for (index, burst) in bursts.enumerated() {
            router.route(burst.span)
            router.publish()
            if index % 3 == 0 { Seat.sleep(300_000) }
        }
        router.end(at: events.last?.venueTime ?? Make.time(0))
    }

    func report() -> [String] { [] }
}

/// Writes down what comes and by which threads, never two at once.
private final class VisitedSink: Sink {
    /// What has been seen, for the test.
    final class Book: Sendable {
        let record = Record()
        let threads = Mutex<Set<UInt64>>([])
        let inside = Tally()
        let clashes = Tally()
    }

    private let book: Book
    private let own = Seat.current
    /// What a call from another thread than the sink's own ends in.
    private let failure: Mishap?
    let takesVisits: Bool

    init(_ book: Book, takesVisits: Bool = true, failure: Mishap? = nil) {
        self.book = book
        self.takesVisits = takesVisits
        self.failure = failure
    }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        book.inside.add()
        defer { book.inside.add(-1) }
        if book.inside.value != 1 { book.clashes.add() }
        _ = book.threads.withLock { $0.insert(Seat.current) }
        var some: [Said] = []
        RecordReader.forEach(in: records) { head, update in some.append(Said(head, update, origin.topics)) }
        book.record.add(some)
        if let failure, Seat.current != own { throw failure }
    }

    func flush() { if book.inside.value != 0 { book.clashes.add() } }
    func beat(_ now: Timestamp) { if book.inside.value != 0 { book.clashes.add() } }
    func close() { book.record.closed.add() }
}

@Suite struct DeskTests {
    private func settings(lanes: Int) -> FlowSettings {
        var settings = FlowSettings()
        settings.lanes = lanes
        return settings
    }

    /// Rounds at most until a busy machine has let a lane and a sink fall asleep.
    private static let patience: UInt64 = 40

    @Test func `who does a lane's or a sink's work changes no update`() async throws {
        var (seed, visits, visitors) = (Campaign.seed, 0, 0)
        let rounds = 3 * UInt64(Campaign.factor)
        while seed < Campaign.seed + rounds || visits == 0 || visitors == 0 {
            try #require(seed < Campaign.seed + rounds + Self.patience, "\(visits) visits, \(visitors) visitors")
            seed += 1
            let (more, others) = try await trial(seed)
            visits += more
            visitors += others
        }
    }

    /// Returns how often lanes were visited, and how many other threads than its own have worked for the sink.
    private func trial(_ seed: UInt64) async throws -> (visits: Int, visitors: Int) {
        let source = HaltingSource(symbols: 5, bursts: 150, seed: seed)
        let (visited, alone) = (VisitedSink.Book(), VisitedSink.Book())
        let run = Run.of(
            settings(lanes: 1 + Int(seed % 3)), sources: [source],
            sinks: [
                .of("visited") { VisitedSink(visited) },
                .of("left alone") { VisitedSink(alone, takesVisits: false) },
            ])
        try await run.run()
        #expect(visited.clashes.value == 0)
        #expect(alone.threads.withLock { $0.count } == 1)
        #expect(run.flows[0].events.value == source.events.count + source.symbols.count)
        let expected = onOneThread(source).digest
        #expect(visited.record.said.digest == expected, "seed \(seed)")
        #expect(alone.record.said.digest == expected, "seed \(seed)")
        #expect(visited.record.closed.value == 1)
        return (
            run.flows[0].lanes.reduce(0) { $0 + $1.lane.desk.visits.value }, visited.threads.withLock { $0.count } - 1
        )
    }

    /// What the symbols say when one thread plays them.
    private func onOneThread(_ source: HaltingSource) -> [Said] {
        var flow = SoloFlow(settings: settings(lanes: 1), instrument: instrument())
        for name in source.symbols { _ = flow.router.directory.entry(for: name) }
        var said = flow.play(source.events, burst: 7)
        flow.router.end(at: source.events.last?.venueTime ?? Make.time(0))
        let topics = flow.origin.topics
        flow.poll { outbox in outbox.forEach { head, update in said.append(Said(head, update, topics)) } }
        return said
    }

    @Test func `what fails in a visit is the sink's own failure`() async throws {
        let book = VisitedSink.Book()
        let run = Run.of(
            settings(lanes: 1), sources: [HaltingSource(symbols: 2, bursts: 60, seed: 5)],
            sinks: [.of { VisitedSink(book, failure: Mishap("visit")) }])
        await #expect(throws: Mishap("visit")) { try await run.run() }
    }

    @Test func `a lane that is tied to a core is not visited`() async throws {
        var settings = settings(lanes: 1)
        settings.core = 0
        let book = VisitedSink.Book()
        let run = Run.of(
            settings, sources: [HaltingSource(symbols: 2, bursts: 60, seed: 6)], sinks: [.of { VisitedSink(book) }])
        try await run.run()
        #expect(run.flows[0].lanes[0].lane.desk.visits.value == 0)
    }

    /// A sink that stands still holds its lane up, and must not hold up the feed, which has to refuse events instead.
    @Test(.timeLimit(.minutes(2))) func `a source does not visit a lane whose links are full`() async throws {
        let (isOpen, standing) = (Signal(), Signal())
        var settings = settings(lanes: 1)
        settings.republished = [.trade]
        let source = CountingSource(until: isOpen)
        let run = Run(
            sources: [
                SourcePart(
                    name: "feed", source: source, flow: "flow", symbols: FeedSymbols(), overflow: .dropNewest)
            ],
            flows: [FlowPart(name: "flow", settings: settings, instrument: instrument())],
            sinks: [
                .of {
                    RecordingSink(Record()) {
                        standing.raise()
                        while !isOpen.isRaised { Seat.sleep(1_000_000) }
                    }
                }
            ], data: nil, world: .forTests(stopping: Signal()))
        let watch = Task {
            // Far more than a link holds, and all of it handed over although nobody takes it.
            while source.handedOver.value < CountingSource.goal { try await Task.sleep(for: .milliseconds(5)) }
            isOpen.raise()
        }
        try await run.run()
        try await watch.value
        #expect(standing.isRaised)
        #expect(run.counts().sources[0].refused > 0)
    }
}

/// Brings a few trades at a time, so slowly that its lane falls asleep, until it is told to end.
private final class CountingSource: Source {
    static let goal = 80_000
    let resumption = Resumption.again
    let handedOver = Tally()
    private let end: Signal

    init(until end: Signal) { self.end = end }

    func run(into router: inout Router, world: World) throws {
        _ = router.directory.entry(for: "S")
        while !end.isRaised {
            if handedOver.value < CountingSource.goal {
                for place in 0..<8 { router.route(Make.trade(Double(handedOver.value + place) / 10, 10_000, 1)) }
                router.publish()
                handedOver.add(8)
            }
            Seat.sleep(20_000)
        }
        router.end(at: Make.time(Double(handedOver.value) / 10))
    }

    func report() -> [String] { [] }
}
