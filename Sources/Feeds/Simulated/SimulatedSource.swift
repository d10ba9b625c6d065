public import Engine
public import Graph
public import Market

/// How fast a source that makes or replays events goes.
public enum Speed: Hashable, Sendable {
    case unlimited
    /// Event time against wall time: 1 is real time.
    case times(Double)

    /// `max`, or a factor such as `1` or `10x`; nil for anything else.
    public init?(_ text: String) {
        if text == "max" {
            self = .unlimited
            return
        }
        let digits = text.hasSuffix("x") ? String(text.dropLast()) : text
        guard let factor = Double(digits), factor > 0, factor <= 1_000_000 else { return nil }
        self = .times(factor)
    }

    /// Reads the setting `speed`.
    static func read(_ reader: inout SettingsReader, standard: Speed, meaning: String) -> Speed {
        reader.parsedText(
            "speed", type: "speed", required: false, meaning: meaning, remedy: "Write \"max\", \"1\" or \"10x\""
        ) { Speed($0) } ?? standard
    }
}

/// What a topology says of a simulated market.
public struct SimulatedSourceSettings: NodeSettings {
    public let count: Int
    public let rate: Double
    public let seed: UInt64
    public let speed: Speed
    /// Nil for the present moment.
    public let start: Timestamp?
    /// Events after which the source ends; nil for never.
    public let events: Int?

    public init(reading reader: inout SettingsReader) {
        let selection = reader.symbols(
            "symbols", default: .count(20), counts: 1...1_000_000, meaning: "How many symbols, named SIM01 and on")
        if case .count(let number) = selection {
            count = number
        } else {
            count = 1
            reader.fault(at: "symbols", problem: "a simulated market names its symbols itself", remedy: "Write a count")
        }
        rate = reader.real(
            "rate", default: 2_000, in: SimulatedSettings.rates, meaning: "Trades per second over all symbols")
        seed = UInt64(reader.integer("seed", default: 1, in: 0...Int.max, meaning: "The seed of all chance"))
        speed = Speed.read(
            &reader, standard: .times(1), meaning: "Event time against wall time: 1, 10x, or max for no wait at all")
        start = reader.parsedText(
            "start", type: "time", required: false, meaning: "Venue time of the beginning; without it the present",
            remedy: "Write UTC as in 2026-03-09T13:30:00Z"
        ) { Timestamp(text: $0) }
        events = reader.optionalInteger(
            "events", in: 1...Int.max, meaning: "Events after which the market ends; without it it goes on")
    }
}

/// A seeded market: the same settings make the same events, whatever the speed.
public final class SimulatedSource: Source {
    public static let kind = NodeKind(
        name: "simulated", role: .source, meaning: "A seeded market of trades and quotes; no account, no recording",
        example: #"{ "kind": "simulated", "symbols": 20, "rate": 2000, "seed": 7 }"#
    ) { reader in
        let settings = SimulatedSourceSettings(reading: &reader)
        return .source(symbols: SymbolSet(names: SimulatedMarket.names(count: settings.count)), canWait: true)
    }

    /// Events made at once.
    private static let batchLimit = 64
    /// The longest sleep while waiting for an event's time, so that an end is noticed.
    private static let sleepLimit: Int64 = 5_000_000

    private let settings: SimulatedSourceSettings

    public init(_ settings: SimulatedSourceSettings) { self.settings = settings }

    public func report() -> [String] { [] }

    /// A market that begins at the present moment is another one at each start.
    public var resumption: Resumption { settings.start == nil ? .onward : .again }

    public func run(into router: inout Router, world: World) throws {
        let names = SimulatedMarket.names(count: settings.count)
        let instruments = names.compactMap { router.directory.entry(for: $0) }.map { SimulatedInstrument($0) }
        guard !instruments.isEmpty else { return }
        let begin = world.now()
        let start = settings.start ?? Timestamp(nanoseconds: begin.nanoseconds / Timestamp.second * Timestamp.second)
        var market = try SimulatedMarket(
            SimulatedSettings(seed: settings.seed, rate: settings.rate, start: start), instruments: instruments)
        var pace = Pace(speed: settings.speed, start: start, begin: begin)
        var left = settings.events ?? .max
        var batch: [MarketEvent] = []
        var last = start
        while left > 0, !world.isStopping {
            batch.removeAll(keepingCapacity: true)
            market.next(into: &batch, limit: min(SimulatedSource.batchLimit, left))
            left -= batch.count
            for event in batch {
                if pace.mustWait(for: event.venueTime, now: world.now) {
                    router.publish()
                    pace.wait(for: event.venueTime, world: world)
                    if world.isStopping { break }
                }
                router.route(event)
                last = event.venueTime
            }
        }
        router.end(at: last)
    }

    /// When an event is due on the wall clock.
    private struct Pace {
        let speed: Speed
        let start: Timestamp
        let begin: Timestamp
        /// Events up to here need no look at the clock.
        private var due: Timestamp

        init(speed: Speed, start: Timestamp, begin: Timestamp) {
            self.speed = speed
            self.start = start
            self.begin = begin
            due = start
        }

        mutating func mustWait(for time: Timestamp, now: () -> Timestamp) -> Bool {
            guard case .times(let factor) = speed, time > due else { return false }
            due = start + Int64(Double(now() - begin) * factor)
            return time > due
        }

        func wait(for time: Timestamp, world: World) {
            guard case .times(let factor) = speed else { return }
            let target = begin + Int64(Double(time - start) / factor)
            while !world.isStopping {
                let rest = target - world.now()
                guard rest > 0 else { return }
                world.sleep(min(rest, SimulatedSource.sleepLimit))
            }
        }
    }
}
