import Analytics
import Engine
import Graph
import Market
import Memory
import TestMessages
import Updates
import Wire

/// Three short sessions of one symbol in which every analytic of the catalogue finds something: the same at every run.
struct BusyMarket {
    static let symbol = "ES/MAR"
    static let sizeStep = Price.scale

    let updates: [Emitted]

    init() {
        let instrument = Instrument(
            tick: Price(billionths: BusyTape.tick), sizeStep: BusyMarket.sizeStep, calendar: BusyTape.Calendar())
        var flow = SoloFlow(settings: BusyMarket.settings) { _ in instrument }
        _ = flow.router.directory.entry(for: BusyMarket.symbol)
        let topics = flow.origin.topics
        var updates: [Emitted] = []
        for event in BusyTape().events {
            flow.router.route(event)
            flow.router.publish()
            flow.poll { outbox in
                outbox.forEach { record, update in
                    updates.append(
                        Emitted(
                            topic: topics.entries[Int(record.slot)], head: RecordReader.updateHead(of: update),
                            bytes: update.array))
                }
            }
        }
        self.updates = updates
    }

    /// Thresholds low enough that three sessions of forty minutes suffice.
    private static let analytics: [String: String] = [
        "book": #"{ "ladder": 3, "interval": "5s" }"#,
        "bars": #"{ "tick": [100], "volume": ["5000"] }"#,
        "footprint": #"{ "widths": ["5m"], "ratio": 1.5, "rowTicks": 2 }"#,
        "exhaustion": #"{ "widths": ["1m"], "levels": 2, "share": 0.9 }"#,
        "sweep": #"{ "book": { "gap": "1ms", "levels": 3 } }"#,
        "iceberg": "{}",
        "hidden": "{}",
        "absorption": #"{ "percentile": 0.5, "minimumSamples": 3, "share": 0.3 }"#,
        "unusual": #"{ "minimumSessions": 1 }"#,
        "divergence": #"{ "minimumBars": 5, "reach": 1 }"#,
        "touch": "{}",
        "tpo": #"{ "bracket": "10m", "initialBalance": "20m" }"#,
        "state": "{}",
        "vpin": #"{ "bucketVolume": "2000", "buckets": 5 }"#,
        "indicators": #"{ "series": [{ "bars": "1m", "ema": [5] }] }"#,
        "formula": #"{ "formulas": { "trend": "ema(3) - ema(9)" } }"#,
        "signals": #"{ "rules": { "sma": { "fast": 3, "slow": 8 } }, "minimumCoverage": 0.5 }"#,
    ]

    private static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(60)])
        settings.profile = ProfileSettings()
        settings.live = .seconds(60)
        settings.analytics = AnalyticCatalogue.all.map { kind in
            guard let text = analytics[kind.name], let value = try? JSONParser.parse(text) else {
                preconditionFailure("The market must have settings for each analytic: \(kind.name).")
            }
            var reader = SettingsReader(SettingsObject(value, path: .root))
            let choice = kind.read(&reader)
            precondition(reader.finish().isEmpty, "The settings of \(kind.name) must be good: \(reader.faults).")
            return choice
        }
        return settings
    }

    /// All updates of the catalogue's analytics as messages of up to `count` of them.
    func messages(of count: Int) -> [SentMessage] {
        let own = Set(AnalyticCatalogue.all.flatMap(\.layouts).map(\.template))
        let listed = updates.filter { own.contains($0.topic.layout.template) }
        return SmallMarket.messages(of: listed, count: count, sizeStep: BusyMarket.sizeStep)
    }
}

/// The events of the busy market: a price that wanders, with what detectors look for put in by hand.
struct BusyTape {
    /// A quarter of a point, in billionths.
    static let tick: Int64 = 250_000_000
    /// 2026-03-09T00:00:00Z.
    private static let first: Int64 = 1_773_014_400 * Timestamp.second
    private static let hour = 3_600 * Timestamp.second
    private static let length = 2_400 * Timestamp.second

    /// A session of forty minutes each hour.
    struct Calendar: SessionCalendar {
        let name = "forty-minutes"

        func place(of time: Timestamp) -> SessionPlace {
            let since = (time.nanoseconds - BusyTape.first) % BusyTape.hour
            let open = Timestamp(nanoseconds: time.nanoseconds - since)
            let session = Session(open: open, close: open + BusyTape.length, date: 20_260_309)
            if since < BusyTape.length { return .inside(session) }
            let next = open + BusyTape.hour
            return .outside(next: Session(open: next, close: next + BusyTape.length, date: 20_260_309))
        }
    }

    private(set) var events: [MarketEvent] = []
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// The mid price in ticks.
    private var ticks: Int64 = 20_000
    private var time: Int64 = BusyTape.first

    init() {
        for session in 0..<3 { append(session: Int64(session)) }
        events.append(
            .control(
                symbol: 0, venueTime: Timestamp(nanoseconds: time + Timestamp.second),
                receiveTime: Timestamp(nanoseconds: 0), action: .endOfInput, index: 0))
    }

    private mutating func chance(_ limit: Int64) -> Int64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int64(state >> 33) % limit
    }

    private mutating func append(session: Int64) {
        time = BusyTape.first + session * BusyTape.hour
        var second: Int64 = 0
        while second < 2_399 {
            time = BusyTape.first + session * BusyTape.hour + second * Timestamp.second
            events.append(
                MarketEvent(
                    .clock, symbol: 0, venueTime: Timestamp(nanoseconds: time),
                    receiveTime: Timestamp(nanoseconds: time)))
            ticks += chance(3) - 1
            quote(40 + chance(40), 40 + chance(40))
            trade(at: chance(2) == 0 ? ticks : ticks + 1, 5 + chance(30))
            if second % 300 == 100 { sweep() }
            if second % 300 == 160 { iceberg() }
            if second % 300 == 220 { insideTheSpread() }
            second += 1
        }
    }

    private mutating func step() { time += 1_000_000 }

    private mutating func quote(_ bidSize: Int64, _ askSize: Int64) {
        step()
        events.append(
            .quote(
                symbol: 0, venueTime: Timestamp(nanoseconds: time), receiveTime: Timestamp(nanoseconds: time),
                bid: price(ticks), bidSize: Quantity(steps: bidSize), ask: price(ticks + 1),
                askSize: Quantity(steps: askSize)))
    }

    private func price(_ ticks: Int64) -> Price { Price(billionths: ticks * BusyTape.tick) }

    private mutating func trade(at ticks: Int64, _ quantity: Int64, waits: Bool = true) {
        if waits { step() }
        var event = MarketEvent.trade(
            symbol: 0, venueTime: Timestamp(nanoseconds: time), receiveTime: Timestamp(nanoseconds: time),
            price: price(ticks), quantity: Quantity(steps: quantity))
        event.side = ticks > self.ticks ? .buy : .sell
        event.identifier = UInt64(events.count)
        events.append(event)
    }

    /// One buyer takes four levels at once.
    private mutating func sweep() {
        for level in 1...4 { trade(at: ticks + Int64(level), 60, waits: level == 1) }
    }

    /// An ask of 50 that is back at once each time it is taken.
    private mutating func iceberg() {
        for _ in 0..<4 {
            quote(60, 50)
            trade(at: ticks + 1, 50)
        }
        ticks += 1
        quote(60, 70)
    }

    /// A quote two ticks wide and a trade between its prices.
    private mutating func insideTheSpread() {
        step()
        events.append(
            .quote(
                symbol: 0, venueTime: Timestamp(nanoseconds: time), receiveTime: Timestamp(nanoseconds: time),
                bid: price(ticks - 1), bidSize: Quantity(steps: 50), ask: price(ticks + 1),
                askSize: Quantity(steps: 50)))
        trade(at: ticks, 25)
    }
}
