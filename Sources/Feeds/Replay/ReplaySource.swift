public import Engine
public import Graph
internal import Market
internal import Synchronization

/// What a topology says of a replay.
public struct ReplaySettings: NodeSettings {
    public var files: [String]
    public var reader: ReaderSettings
    public var speed: Speed
    public var symbols: FeedSymbols

    public init(files: [String], reader: ReaderSettings, speed: Speed, symbols: FeedSymbols) {
        self.files = files
        self.reader = reader
        self.speed = speed
        self.symbols = symbols
    }

    public init(reading settings: inout SettingsReader) {
        files = settings.texts("files", default: nil, meaning: "Recordings, merged by time")
        if files.count > MergedRecordings.fileLimit {
            settings.fault(
                at: "files", problem: "there are \(files.count) files, \(MergedRecordings.fileLimit) is the limit",
                remedy: "Replay them in several runs, or join them")
        }
        let format = settings.parsedText(
            "format", type: "format", required: false, meaning: "The files' form; without it their content tells",
            remedy: "Write one of " + RecordingFormat.allCases.map(\.rawValue).joined(separator: ", ")
        ) { RecordingFormat(rawValue: $0) }
        let isStrict = settings.flag("strict", default: false, meaning: "Stop at the first row that cannot be read")
        speed = Speed.read(
            &settings, standard: .unlimited, meaning: "Event time against wall time: max, 1 for real time, or 10x")
        let selection = settings.symbols(
            "symbols", default: .any, counts: nil, meaning: "The feed's symbols to replay, names or patterns")
        let renames = settings.textsByName("rename", meaning: "The feed's name of a symbol and the graph's name for it")
        reader = ReaderSettings(format: format, isStrict: isStrict)
        reader.columns = settings.optionalObject("columns", meaning: "Which column of a CSV holds what") {
            CSVColumns(reading: &$0)
        }
        var wanted: [SymbolPattern] = []
        if case .patterns(let patterns) = selection { wanted = patterns }
        symbols = FeedSymbols(wanted: wanted.contains(.any) ? [] : wanted, renames: renames)
    }

    /// The symbols after renaming, as the graph sees them.
    var names: SymbolSet {
        guard !symbols.wanted.isEmpty else { return .any }
        return SymbolSet(symbols.wanted.map { symbols.renames[$0.description].map { SymbolPattern($0) } ?? $0 })
    }
}

extension CSVColumns {
    init(reading settings: inout SettingsReader) {
        self.init()
        func column(_ name: String, _ meaning: String) -> Column? {
            settings.optionalText(name, meaning: meaning).map { text in
                Int(text).map { Column.index($0) } ?? .name(text)
            }
        }
        time = column("time", "Time, by heading or by number from 0")
        price = column("price", "Price of a trade")
        size = column("size", "Size of a trade")
        side = column("side", "Aggressor of a trade")
        bid = column("bid", "Best bid")
        ask = column("ask", "Best ask")
        bidSize = column("bidSize", "Size at the best bid")
        askSize = column("askSize", "Size at the best ask")
        identifier = column("id", "The venue's identifier of a trade")
        tape = column("tape", "Consolidated tape of a trade: A, B, C, O or empty")
        conditions = column("conditions", "Sale conditions: codes where the row has a tape, else a number")
        venue = column("venue", "Venue of a trade: a number or one letter")
        action = column("action", "What a row is: trade, cancel, replaced (its restate follows) or restate")
        let symbolColumn = column("symbol", "Symbol")
        let constant = settings.optionalText("symbolName", meaning: "The one symbol of a file that has no such column")
        symbol = constant.map { .constant($0) } ?? symbolColumn.map { .column($0) }
        timeFormat = settings.parsedText(
            "timeFormat", type: "time format", required: false, meaning: "How times are written",
            remedy: "Write one of " + TimeFormat.allCases.map(\.rawValue).joined(separator: ", ")
        ) { TimeFormat(rawValue: $0) }
        if let named = settings.parsedText(
            "zone", type: "zone", required: false, meaning: "The zone of local times; UTC without it",
            remedy: "Write an IANA name such as America/New_York", { try? RecordingZone(named: $0) })
        {
            zone = named
        }
        delimiter = settings.parsedText(
            "delimiter", type: "delimiter", required: false, meaning: "What stands between columns",
            remedy: "Write one character"
        ) { $0.utf8.count == 1 ? $0.utf8.first : nil }
        let heading = settings.flag("heading", default: true, meaning: "Whether line 1 names the columns")
        hasHeading = settings.has("heading") ? heading : nil
    }
}

/// Replays recordings through the graph: the same events in the same order, however fast.
public final class ReplaySource: Source {
    public static let kind = NodeKind(
        name: "replay", role: .source, meaning: "Recordings: DBN, Binance frames, US equity ticks, any CSV",
        example: #"{ "kind": "replay", "files": ["day.dbn.zst"], "speed": "max" }"#
    ) { reader in
        .source(symbols: ReplaySettings(reading: &reader).names, canWait: true)
    }

    private static let sleepLimit: Int64 = 5_000_000

    private let settings: ReplaySettings
    private let outcome = Mutex<(counts: RecordingCounts, faults: RecordingFaults)>(
        (RecordingCounts(), RecordingFaults()))

    public init(_ settings: ReplaySettings) { self.settings = settings }

    public var resumption: Resumption { .again }

    /// Rows and events so far, and the first rows that could not be read.
    public func result() -> (counts: RecordingCounts, faults: RecordingFaults) { outcome.withLock { $0 } }

    public func run(into router: inout Router, world: World) throws {
        var readers: [any RecordingReader] = []
        for path in settings.files {
            readers += try Recordings.open(path: path, settings: settings.reader, directory: router.directory)
            guard readers.count <= MergedRecordings.fileLimit else {
                let reason = "with it there are \(readers.count) recordings, \(MergedRecordings.fileLimit) is the limit"
                throw RecordingError.refused(file: path, reason: reason)
            }
        }
        let recording = MergedRecordings(readers)
        defer { outcome.withLock { $0 = (recording.counts, recording.faults) } }
        var flow = ReplayFlow(speed: settings.speed, begin: world.now())
        do {
            var batch = EventBatch()
            while !world.isStopping, try recording.next(into: &batch) {
                flow.pass(batch, to: &router, world: world)
                batch.removeAll()
            }
        } catch {
            // What was read before the fault counts; the states must know that no more will come.
            router.end(at: flow.last)
            throw error
        }
        router.end(at: flow.last)
    }

    public func report() -> [String] {
        let (counts, faults) = result()
        var lines = ["rows \(counts.rows), events \(counts.events)"]
        for outcome in RowOutcome.allCases where outcome != .replayed && counts[outcome] > 0 {
            lines.append("\(outcome): \(counts[outcome]) rows")
        }
        if counts.offStepLevels > 0 { lines.append("levels off their size step: \(counts.offStepLevels)") }
        if counts.sequenceGaps > 0 { lines.append("holes in the venue's numbering: \(counts.sequenceGaps)") }
        return lines + faults.kept.map(\.description)
    }

    /// Sends batches on at their pace, with a clock event at each whole second.
    private struct ReplayFlow {
        private var pacing: Pacing
        private var beat = ClockBeat()
        private var nextBeat = Int64.min
        private let isPaced: Bool
        private let begin: Timestamp
        private(set) var last = Timestamp(nanoseconds: 0)

        init(speed: Speed, begin: Timestamp) {
            self.begin = begin
            switch speed {
            case .unlimited:
                isPaced = false
                pacing = Pacing(.asFastAsPossible)
            case .times(let factor):
                isPaced = true
                pacing = Pacing(.times(factor))
            }
        }

        mutating func pass(_ batch: borrowing EventBatch, to router: inout Router, world: World) {
            batch.withEvents { events in
                // Events between two beats go on as one run; paced ones each at its time.
                var start = 0
                for index in events.indices {
                    let event = events[index]
                    if isPaced || event.venueTime.nanoseconds >= nextBeat {
                        router.route(events.extracting(start..<index))
                        start = index
                        if isPaced { wait(for: event.venueTime, &router, world) }
                        if isPaced, world.isStopping { return }
                        if event.venueTime.nanoseconds >= nextBeat { announce(event, &router) }
                    }
                    last = max(last, event.venueTime)
                }
                router.route(events.extracting(start..<events.count))
            }
            router.publish()
        }

        private mutating func announce(_ event: MarketEvent, _ router: inout Router) {
            for second in beat.due(before: event.venueTime) {
                router.announce(second, receiveTime: event.receiveTime)
            }
            nextBeat = (event.venueTime.nanoseconds / Timestamp.second + 1) * Timestamp.second
        }

        private mutating func wait(for time: Timestamp, _ router: inout Router, _ world: World) {
            while !world.isStopping {
                let elapsed = Duration.nanoseconds(world.now() - begin)
                let rest = DurationText.nanoseconds(pacing.wait(for: time, elapsed: elapsed))
                guard rest > 0 else { return }
                router.publish()
                world.sleep(min(rest, ReplaySource.sleepLimit))
            }
        }
    }
}
