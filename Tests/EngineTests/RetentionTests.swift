import Analytics
import Foundation
import Graph
import Journal
import Market
import Memory
import Rings
import TestPrograms
import Testing
import Updates

@testable import Engine

/// A store in memory that takes nothing in while its gate is shut.
private final class GatedStore: StoreSink {
    /// What is committed, as a database would hold it.
    final class Content: Sendable {
        let said = Guarded<[Said]>([])
        let place = Guarded<JournalPlace?>(nil)
    }

    private let content: Content
    private let gate: Signal
    private var waiting: [Said] = []

    init(_ content: Content, gate: Signal) {
        self.content = content
        self.gate = gate
    }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) {
        RecordReader.forEach(in: records) { head, update in waiting.append(Said(head, update, origin.topics)) }
    }

    func commit(_ place: JournalPlace, of node: String) {
        while !gate.isRaised { usleep(1_000) }
        content.said.withLock { $0 += waiting }
        content.place.withLock { $0 = place }
        waiting = []
    }

    func place(of node: String) -> JournalPlace? { content.place.withLock { $0 } }
    func reopen() { waiting = [] }
    func flush() {}
    func beat(_ now: Timestamp) {}
    func close() {}
}

/// Routes events in pieces, with time between them for snapshots, and does something before it ends.
private final class SlowSource: Source {
    let resumption = Resumption.again
    private let events: [MarketEvent]
    private let then: @Sendable (Int) -> Void

    /// - Parameter then: comes after each piece with the number of events so far, and once more with -1.
    init(_ events: [MarketEvent], then: @escaping @Sendable (Int) -> Void) {
        self.events = events
        self.then = then
    }

    func run(into router: inout Router, world: World) {
        for name in RetentionTests.names { _ = router.directory.entry(for: name) }
        for start in stride(from: 0, to: events.count, by: 200) {
            let piece = Array(events[start..<min(start + 200, events.count)])
            router.route(piece.span)
            router.publish()
            world.sleep(6_000_000)
            then(start + piece.count)
        }
        then(-1)
        router.end(at: events.last?.venueTime ?? Make.time(0))
    }

    func report() -> [String] { [] }
}

/// What the journals of a run let go, and what they keep.
@Suite struct RetentionTests {
    fileprivate static let names = (0..<5).map { "S\($0)" }
    private let folder: URL

    init() throws { folder = try RunningProgram.temporaryFolder() }

    private func data(_ more: String) throws -> DataFolder {
        let snapshots = more.contains("snapshots") ? "" : #", "snapshots": "10ms""#
        let text = """
            { "folder": "\(folder.path())", "sync": "never", "segmentBytes": 4096\(snapshots)\(more) }
            """
        let object = SettingsObject(try JSONParser.parse(Array(text.utf8)), path: .root)
        let (settings, faults) = SettingsReader.read(DataDefinition.self, from: object)
        try #require(faults.isEmpty, "\(faults)")
        return DataFolder(settings)
    }

    private static func events(_ count: Int, seed: UInt64) -> [MarketEvent] {
        var chance = SeededChance(seed: seed &+ Campaign.seed)
        return (0..<count).map { number in
            Make.trade(
                10 + Double(number) * 0.01, 9_990 + Int64(chance.below(20)), 1 + Int64(chance.below(300)), .buy,
                symbol: UInt32(chance.below(5)))
        }
    }

    private func part(_ name: String, _ content: GatedStore.Content, gate: Signal) -> SinkPart {
        SinkPart(
            name: name, inflows: [SinkPart.Inflow(flow: "flow", topics: [], overflow: .wait)], isTrailing: true
        ) { GatedStore(content, gate: gate) }
    }

    private func run(
        _ events: [MarketEvent], _ sinks: [SinkPart], _ more: String, told: Guarded<[String]> = Guarded([]),
        then: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(1)])
        settings.delta = BarSettings(widths: [.seconds(1)])
        let world = World(
            stopping: Signal(), now: { Timestamp(nanoseconds: Seat.wallClock) }, sleep: { usleep(UInt32($0 / 1_000)) },
            chance: { 1 }, tell: { line in told.withLock { $0.append(line) } })
        try await Run(
            sources: [
                SourcePart(
                    name: "market", source: SlowSource(events, then: then), flow: "flow", symbols: FeedSymbols(),
                    overflow: .wait)
            ],
            flows: [FlowPart(name: "flow", settings: settings, instrument: instrument())], sinks: sinks,
            data: try data(more), world: world
        ).run()
    }

    /// Waits until every symbol has a snapshot with all of its events.
    private static func wait(forSnapshotsOf events: [MarketEvent], in snapshots: String) {
        let deadline = ContinuousClock.now + .seconds(600)
        for (symbol, name) in names.enumerated() {
            let last = "\((events.lastIndex { $0.symbol == symbol } ?? 0) + 1)"
            let file = "\(snapshots)/flow/\(name).\(String(repeating: "0", count: 20 - last.count))\(last).snapshot"
            while !StoredFolder.exists(file), ContinuousClock.now < deadline { usleep(1_000) }
        }
    }

    private static func oldest(_ folder: String) -> UInt64 { (try? JournalReader(opening: folder).oldest) ?? 0 }
    /// Bytes of a journal's segments.
    private static func bytes(_ folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".mrj") }.reduce(0) { sum, name in
            let size = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int
            return sum + (size ?? Int.max / 1_000)
        }
    }
    private var eventsFolder: String { folder.path() + "/events/market" }
    private var updatesFolder: String { folder.path() + "/updates/flow" }

    private func open() -> Signal {
        let gate = Signal()
        gate.raise()
        return gate
    }

    private func texts(_ content: GatedStore.Content) -> [String] {
        content.said.withLock { $0.map { "\($0.topic)\($0.symbol) \($0.head.number) \($0.bytes)" } }.sorted()
    }

    private func checkEqual(_ one: GatedStore.Content, _ other: GatedStore.Content) {
        let (first, second) = (texts(one), texts(other))
        let difference = zip(first, second).first { $0 != $1 }
        #expect(first.count == second.count && first.count > 300)
        #expect(difference == nil, "\(difference?.0.prefix(40) ?? "") and \(difference?.1.prefix(40) ?? "")")
    }

    @Test func `what nobody needs goes, and runs that go on store what an untrimmed run stores`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let all = Self.events(9_000, seed: 11)
        let (trimmed, whole) = (GatedStore.Content(), GatedStore.Content())
        for count in [6_000, 8_000, 9_000] {
            let (part, snapshots) = (part("store", trimmed, gate: open()), folder.path() + "/snapshots")
            try await run(Array(all.prefix(count)), [part], #", "keepBytes": 1"#) {
                // Rounds enough for something to go.
                guard $0 > count - 1_000, $0 % 400 == 0, $0 < count else { return }
                RetentionTests.wait(forSnapshotsOf: Array(all.prefix($0)), in: snapshots)
            }
            #expect(Self.oldest(eventsFolder) > 1, "\(count)")
            #expect(Self.oldest(updatesFolder) > 1, "\(count)")
            try checkSnapshots()
        }
        let elsewhere = try RetentionTests()
        defer { try? FileManager.default.removeItem(at: elsewhere.folder) }
        for count in [6_000, 8_000, 9_000] {
            try await elsewhere.run(
                Array(all.prefix(count)), [elsewhere.part("store", whole, gate: open())], "")
        }
        #expect(Self.oldest(elsewhere.eventsFolder) == 1 && Self.oldest(elsewhere.updatesFolder) == 1)
        checkEqual(trimmed, whole)
    }

    /// Every snapshot that is kept has its events.
    private func checkSnapshots() throws {
        let path = folder.path() + "/snapshots/flow"
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".snapshot") }
        #expect(files.count == 2 * Self.names.count)
        for file in files {
            let snapshot = try Snapshot(file: try WholeFile.read("\(path)/\(file)"), path: file)
            #expect(snapshot.place.position + 1 >= Self.oldest(eventsFolder), "\(file)")
        }
    }

    @Test func `snapshots that are gone are made again from what is left, and nothing comes twice`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let all = Self.events(3_000, seed: 12)
        let content = GatedStore.Content()
        try await run(Array(all.prefix(2_000)), [part("store", content, gate: open())], #", "keepBytes": 1"#)
        try FileManager.default.removeItem(atPath: folder.path() + "/snapshots")
        try await run(all, [part("store", content, gate: open())], #", "keepBytes": 1"#)
        let said = content.said.withLock { $0 }
        for (topic, updates) in Dictionary(grouping: said, by: { "\($0.topic)\($0.symbol)" }) {
            let numbers = updates.map(\.head.number)
            #expect(Set(numbers).count == numbers.count, "\(topic)")
        }
    }

    /// The end bears the last event's number: a snapshot made before it and one made behind it look alike.
    @Test func `an end of input that a snapshot just misses is told again, and one that it holds is not`() async throws
    {
        defer { try? FileManager.default.removeItem(at: folder) }
        let all = Self.events(2_400, seed: 15)
        let (early, plain) = (GatedStore.Content(), GatedStore.Content())
        let (snapshots, aside) = (folder.path() + "/snapshots", folder.path() + "/aside")
        try await run(all, [part("store", early, gate: open())], "") {
            guard $0 < 0 else { return }
            RetentionTests.wait(forSnapshotsOf: all, in: snapshots)
            try? FileManager.default.copyItem(atPath: snapshots, toPath: aside)
        }
        try FileManager.default.removeItem(atPath: snapshots)
        try FileManager.default.moveItem(atPath: aside, toPath: snapshots)
        let more = all + Self.events(3_000, seed: 15).suffix(600)
        try await run(more, [part("store", early, gate: open())], "")
        let elsewhere = try RetentionTests()
        defer { try? FileManager.default.removeItem(at: elsewhere.folder) }
        for events in [all, more] {
            try await elsewhere.run(events, [elsewhere.part("store", plain, gate: open())], #", "snapshots": "off""#)
        }
        checkEqual(early, plain)
    }

    @Test func `what a lagging store needs stays`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (lagging, quick, gate) = (GatedStore.Content(), GatedStore.Content(), Signal())
        let sinks = [part("lagging", lagging, gate: gate), part("quick", quick, gate: open())]
        let (events, updates, snapshots) = (eventsFolder, updatesFolder, folder.path() + "/snapshots")
        let all = Self.events(8_600, seed: 13)
        try await run(all, sinks, #", "keepBytes": 1"#) {
            if $0 % 2_000 == 0 { RetentionTests.wait(forSnapshotsOf: Array(all.prefix($0)), in: snapshots) }
            guard $0 < 0 else { return }
            #expect(RetentionTests.oldest(events) > 1)
            #expect(RetentionTests.oldest(updates) == 1)
            gate.raise()
        }
        checkEqual(lagging, quick)
    }

    @Test func `a store that lags beyond the limit is cut off by name, and the others go on`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (lagging, quick, gate) = (GatedStore.Content(), GatedStore.Content(), Signal())
        let sinks = [part("lagging", lagging, gate: gate), part("quick", quick, gate: open())]
        let told = Guarded<[String]>([])
        let updates = updatesFolder
        let all = Self.events(10_000, seed: 14)
        var failure: StoreCutOff?
        do {
            try await run(all, sinks, #", "limitBytes": 60000"#, told: told) {
                // Long: other tests may keep the threads busy on which snapshots are taken.
                let (deadline, count) = (ContinuousClock.now + .seconds(600), $0)
                func wait(until condition: () -> Bool) {
                    while !condition(), ContinuousClock.now < deadline { usleep(1_000) }
                }
                // More than the one segment that the store has open may go: what it reads of that it does not lack.
                if count < 0 { wait { RetentionTests.bytes(updates) < 64_000 } }
                // A store that keeps up must not lag by chance.
                if count % 2_000 == 0 {
                    let head = (try? JournalReader(opening: updates).head) ?? 0
                    wait { quick.place.withLock { $0?.position ?? 0 } >= head }
                }
                if count < 0 { gate.raise() }
            }
        } catch let error as StoreCutOff { failure = error }
        let error = try #require(failure)
        #expect(error.node == "flow" && error.stored < error.oldest && error.oldest > 1)
        #expect(told.withLock { $0.contains { $0.hasPrefix("lagging: the store holds the updates of flow") } })
        let head = try JournalReader(opening: updates).head
        #expect(quick.place.withLock { $0?.position } == head)
        #expect(quick.said.withLock { $0.count } == Int(head))
        #expect(lagging.said.withLock { $0.count } == Int(lagging.place.withLock { $0?.position ?? 0 }))
        // The next run says so before its first event.
        await #expect(throws: StoreCutOff.self) { try await run(all, sinks, "") }
    }
}
