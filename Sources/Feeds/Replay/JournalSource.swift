public import Engine
public import Graph
internal import Journal
internal import Market
internal import Synchronization
internal import Updates

/// What a topology says of the replay of a journal.
public struct JournalSourceSettings: NodeSettings {
    public let folder: String
    public let speed: Speed
    public let symbols: FeedSymbols

    public init(reading reader: inout SettingsReader) {
        folder = reader.text("folder", default: nil, meaning: "A journal of events, as a run with `data` records it")
        speed = Speed.read(
            &reader, standard: .unlimited, meaning: "Event time against wall time: max, 1 for real time, or 10x")
        let selection = reader.symbols(
            "symbols", default: .any, counts: nil, meaning: "The recorded symbols to replay, names or patterns")
        var wanted: [SymbolPattern] = []
        if case .patterns(let patterns) = selection { wanted = patterns }
        symbols = FeedSymbols(wanted: wanted.contains(.any) ? [] : wanted)
    }
}

/// Replays what another run recorded: the same events with the same numbers, clocks and gaps, and so the same updates.
public final class JournalSource: Source {
    public static let kind = NodeKind(
        name: "journal", role: .source, meaning: "The journal of events of an earlier run, event for event",
        example: #"{ "kind": "journal", "folder": "data/events/market" }"#
    ) { reader in
        let wanted = JournalSourceSettings(reading: &reader).symbols.wanted
        return .journal(symbols: wanted.isEmpty ? .any : SymbolSet(wanted))
    }

    private static let sleepLimit: Int64 = 5_000_000

    private let settings: JournalSourceSettings
    private let outcome = Mutex<(events: Int, leftOut: Int)>((0, 0))

    public init(_ settings: JournalSourceSettings) { self.settings = settings }

    public var resumption: Resumption { .again }

    public func report() -> [String] {
        let (events, leftOut) = outcome.withLock { $0 }
        return ["events \(events), of symbols that nobody asked for \(leftOut)"]
    }

    /// The changes of settings that the recording run was told hold here too, each before the same event.
    public func prepare(_ desk: ControlDesk) throws {
        var reader = try JournalReader(opening: settings.folder)
        try desk.recall(from: reader.lastDefinitions())
    }

    /// - Throws: `JournalError` where there is no journal of events, or where it is damaged.
    public func run(into router: inout Router, world: World) throws {
        var reader = try JournalReader(opening: settings.folder)
        guard reader.content == .events else {
            throw JournalError.wrongContent(folder: settings.folder, expected: .events, found: reader.content)
        }
        router.leaveControls()
        var symbols = RecordedSymbols()
        var pace = RecordedPace(speed: settings.speed, begin: world.now())
        var batch: [MarketEvent] = []
        var last = Timestamp(nanoseconds: 0)
        while !world.isStopping {
            batch.removeAll(keepingCapacity: true)
            let hasMore = try reader.next { head, bytes in
                for index in 0..<head.count { batch.append(RecordReader.event(in: bytes, at: index)) }
            }
            guard hasMore else { break }
            symbols.learn(reader.definitions, router.directory)
            for event in batch {
                if pace.mustWait(for: event.venueTime, now: world.now) {
                    router.publish()
                    pace.wait(for: event.venueTime, world, atMost: JournalSource.sleepLimit)
                    if world.isStopping { break }
                }
                pass(event, as: symbols.index(of: event.symbol), &router)
                last = max(last, event.venueTime)
            }
        }
        router.end(at: last)
    }

    private func pass(_ event: MarketEvent, as symbol: UInt32?, _ router: inout Router) {
        guard let symbol else { return outcome.withLock { $0.leftOut += 1 } }
        outcome.withLock { $0.events += 1 }
        var own = event
        own.symbol = symbol
        router.replay(own)
    }
}

/// The recorded symbols as this graph's source numbers them.
private struct RecordedSymbols {
    private var indices: [UInt32?] = []
    private var known = 0

    mutating func learn(_ definitions: [JournalDefinition], _ directory: any SymbolDirectory) {
        guard definitions.count != known else { return }
        known = definitions.count
        for definition in definitions where definition.kind == .symbol && Int(definition.key) >= indices.count {
            while indices.count <= definition.key { indices.append(nil) }
            guard let symbol = SymbolDefinition(definition.bytes) else { continue }
            indices[Int(definition.key)] = directory.entry(for: symbol.name)?.index
        }
    }

    func index(of recorded: UInt32) -> UInt32? {
        Int(recorded) < indices.count ? indices[Int(recorded)] : nil
    }
}

/// When a recorded event is due on the wall clock.
private struct RecordedPace {
    let speed: Speed
    let begin: Timestamp
    private var start: Timestamp?

    init(speed: Speed, begin: Timestamp) {
        self.speed = speed
        self.begin = begin
    }

    private func due(_ time: Timestamp) -> Timestamp? {
        guard case .times(let factor) = speed, let start, time.nanoseconds != 0 else { return nil }
        return begin + Int64(Double(time - start) / factor)
    }

    mutating func mustWait(for time: Timestamp, now: () -> Timestamp) -> Bool {
        if start == nil, time.nanoseconds != 0 { start = time }
        return due(time).map { $0 > now() } ?? false
    }

    func wait(for time: Timestamp, _ world: World, atMost limit: Int64) {
        guard let due = due(time) else { return }
        while !world.isStopping {
            let rest = due - world.now()
            guard rest > 0 else { return }
            world.sleep(min(rest, limit))
        }
    }
}
