import Analytics
import Engine
import Foundation
import Graph
import Journal
import Market
import Memory
import Rings
import TestPrograms
import Testing
import Updates

/// A store in memory that is away now and then, and that outlives the runs that feed it.
private final class FlakyStore: StoreSink {
    /// What is committed, as a database would hold it.
    final class Content: Sendable {
        struct State {
            var said: [Said] = []
            var place: JournalPlace?
            var failures = 0
        }
        let state: Guarded<State>
        init() { state = Guarded(State()) }
    }

    private let content: Content
    private var chance: SeededChance
    private let failsOnce: Int
    private var waiting: [Said] = []

    /// - Parameter failsOnce: one call in so many fails; 0 for none.
    init(_ content: Content, seed: UInt64, failsOnce: Int) {
        self.content = content
        self.failsOnce = failsOnce
        chance = SeededChance(seed: seed)
    }

    private func mayFail(_ what: String) throws {
        guard failsOnce > 0, chance.below(failsOnce) == 0 else { return }
        content.state.withLock { $0.failures += 1 }
        throw StoreUnavailable(what)
    }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        try mayFail("receive")
        RecordReader.forEach(in: records) { head, update in waiting.append(Said(head, update, origin.topics)) }
    }

    func commit(_ place: JournalPlace, of node: String) throws {
        try mayFail("before the commit")
        content.state.withLock {
            $0.said += waiting
            $0.place = place
        }
        waiting = []
        // The worst of all: it is stored, and nobody knows.
        try mayFail("behind the commit")
    }

    func place(of node: String) throws -> JournalPlace? { content.state.withLock { $0.place } }
    func reopen() throws {
        waiting = []
        try mayFail("reopen")
    }
    func flush() throws {}
    func beat(_ now: Timestamp) throws {}
    func close() throws {}
}

@Suite struct StoreTests {
    private let folder: URL

    init() throws { folder = try RunningProgram.temporaryFolder() }

    private var data: DataFolder {
        get throws {
            let text = #"{ "folder": "\#(folder.path())", "snapshots": "off", "sync": "never" }"#
            let object = SettingsObject(try JSONParser.parse(Array(text.utf8)), path: .root)
            return DataFolder(SettingsReader.read(DataDefinition.self, from: object).settings)
        }
    }

    private static let names = (0..<5).map { "S\($0)" }

    private static func events(_ count: Int, seed: UInt64) -> [MarketEvent] {
        var chance = SeededChance(seed: seed)
        return (0..<count).map { number in
            Make.trade(
                10 + Double(number) * 0.01, 9_990 + Int64(chance.below(20)), 1 + Int64(chance.below(300)), .buy,
                symbol: UInt32(chance.below(5)))
        }
    }

    private func run(
        _ events: [MarketEvent], _ sinks: [SinkPart], stopping: Signal = Signal(), lanes: Int = 2
    ) async throws {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(1)])
        settings.lanes = lanes
        let run = Run(
            sources: [
                SourcePart(
                    name: "market", source: PreparedSource(symbols: Self.names, events: events),
                    flow: "flow", symbols: FeedSymbols(), overflow: .wait)
            ],
            flows: [FlowPart(name: "flow", settings: settings, instrument: instrument())], sinks: sinks,
            data: try data, world: .forTests(stopping: stopping))
        try await run.run()
    }

    private func part(_ content: FlakyStore.Content, seed: UInt64, failsOnce: Int) -> SinkPart {
        SinkPart(
            name: "store", inflows: [SinkPart.Inflow(flow: "flow", topics: [], overflow: .wait)], isTrailing: true
        ) { FlakyStore(content, seed: seed, failsOnce: failsOnce) }
    }

    @Test func `a store that fails at every turn holds each update once and in order`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (steady, flaky) = (FlakyStore.Content(), FlakyStore.Content())
        let sinks = [part(steady, seed: 1, failsOnce: 0), part(flaky, seed: 7 + Campaign.seed, failsOnce: 3)]
        try await run(Self.events(6_000, seed: 3), sinks)
        let said = steady.state.withLock { $0.said }
        #expect(said.count > 200)
        #expect(flaky.state.withLock { $0.failures } > 0)
        #expect(texts(flaky.state.withLock { $0.said }) == texts(said))
    }

    @Test func `a run that goes on behind another stores what one run would have`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let content = FlakyStore.Content()
        let events = Self.events(3_000, seed: 5)
        // The first input is a part of the second: what comes again is passed over.
        for count in [500, 501, 1_700, 3_000] {
            try await run(Array(events.prefix(count)), [part(content, seed: 1, failsOnce: 0)], lanes: 1 + count % 3)
        }
        let said = content.state.withLock { $0.said }
        let numbers = Dictionary(grouping: said) { "\($0.topic)\($0.symbol)" }
        for (topic, updates) in numbers {
            #expect(updates.map(\.head.number) == Array(1...UInt64(updates.count)), "\(topic)")
        }
        let one = FlakyStore.Content()
        let elsewhere = try StoreTests()
        defer { try? FileManager.default.removeItem(at: elsewhere.folder) }
        try await elsewhere.run(events, [part(one, seed: 1, failsOnce: 0)])
        #expect(candles(said) == candles(one.state.withLock { $0.said }))
        #expect(candles(said).count > 100)
    }

    private func texts(_ said: [Said]) -> [String] { said.map { "\($0.topic)\($0.symbol) \($0.bytes)" } }

    /// Volume by symbol and start of the closed candles.
    private func candles(_ said: [Said]) -> [String: Int64] {
        said.reduce(into: [:]) { candles, update in
            guard update.topic == "candle/1s/", update.head.isFinal else { return }
            candles["\(update.symbol) \(update.start)"] = update.candle.volume
        }
    }

    @Test func `a store of another journal stops the run before its first event`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let content = FlakyStore.Content()
        content.state.withLock { $0.place = JournalPlace(journal: 99, position: 5) }
        await #expect(throws: (any Error).self) {
            try await run(Self.events(100, seed: 5), [part(content, seed: 1, failsOnce: 0)])
        }
        #expect(content.state.withLock { $0.said }.isEmpty)
    }
}
