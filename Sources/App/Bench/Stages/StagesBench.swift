internal import Analytics
internal import Engine
internal import Graph
internal import Market
internal import Rings
internal import Sinks
internal import Updates
internal import ZeroMQ

/// How long an event takes to each station of its way, under a steady load of many symbols with analytics at work.
struct StagesBench: Benchmark {
    static let name = "stages"
    static let usage =
        "[--rate N] [--symbols N] [--seconds N] [--rounds N] [--redis URL] [--redis-symbols N] \(BenchSeats.usage)"
    static let details = """
        Each time counts from the moment when a trade was due: until its symbol's state has made all updates of it;
        until its own update is sent on a ZeroMQ topic; until Redis has answered its write. So each of the last two
        holds the way up to it. In those two the load sleeps until a trade is due, and sends what has become due
        meanwhile together, as a feed does; in the first it is the one thread there is.

          --rate N            trades a second over all symbols; 200000 unless said otherwise
          --symbols N         100 unless said otherwise
          --seconds N         of each pass; 2 unless said otherwise
          --redis URL         a server whose keys may be written over; without it that stage is left out
          --redis-symbols N   symbols whose every trade is written there; 10 unless said otherwise
        \(BenchSeats.details)
        """

    private let pacing: Pacing
    private let symbols: Int
    private let rounds: Int
    private let redis: String?
    private let redisSymbols: Int
    private let seats: BenchSeats

    init(_ arguments: inout Arguments) throws {
        let rate = try arguments.takeNumber("--rate", in: 1...10_000_000) ?? 200_000
        symbols = try arguments.takeNumber("--symbols", in: 1...100_000) ?? 100
        let seconds = try arguments.takeNumber("--seconds", in: 1...600) ?? 2
        rounds = try arguments.takeRounds()
        redis = try arguments.takeValue("--redis")
        redisSymbols = min(try arguments.takeNumber("--redis-symbols", in: 1...100_000) ?? 10, symbols)
        seats = try BenchSeats(&arguments)
        pacing = Pacing(rate: rate, count: rate * seconds, core: seats.source)
    }

    private enum Stage: String, CaseIterable {
        case analytics, topic, redis

        /// What is wanted of the 99th percentile, in nanoseconds.
        var wanted: Int64 {
            switch self {
            case .analytics: 1_000_000
            case .topic: 5_000_000
            case .redis: 10_000_000
            }
        }
    }

    func run() async throws -> Int32 {
        for stage in Stage.allCases where stage != .redis || redis != nil {
            let before = MachineLoad.now
            var rounds: [LatencyHistogram] = []
            for _ in 0..<self.rounds { rounds.append(try await pass(stage)) }
            var line = ResultLine("stages")
            line.add("stage", stage.rawValue)
            line.add("rate", pacing.rate)
            line.add("symbols", symbols)
            for (name, part) in [("p50", 500_000), ("p99", 990_000), ("p999", 999_000)] {
                let values = rounds.map { $0.percentile(millionths: part) }.sorted()
                line.add("\(name)_us", nanoseconds: values[values.count / 2])
            }
            line.add("max_us", nanoseconds: rounds.map(\.longest).max() ?? 0)
            line.add("wanted_p99_us", nanoseconds: stage.wanted)
            line.add("trades", rounds.reduce(0) { $0 + $1.count })
            line.add("missing", expected(stage) - rounds.reduce(0) { $0 + $1.count })
            line.add("others", MachineLoad.now.others(since: before), places: 2)
            print(line.text)
        }
        return 0
    }

    /// Trades of all rounds that a stage would see if no ring and no link refused one.
    private func expected(_ stage: Stage) -> Int {
        guard stage == .redis else { return pacing.count * rounds }
        // Symbols take turns, the first ones also in the last, unfinished turn.
        return (pacing.count / symbols * redisSymbols + min(pacing.count % symbols, redisSymbols)) * rounds
    }

    private func pass(_ stage: Stage) async throws -> LatencyHistogram {
        switch stage {
        case .analytics: try await BenchThread.run { analytics() }
        case .topic: try await withSubscriber()
        case .redis:
            try await run(topics: redisTopics) { world in
                let settings = try BenchSettings.read(RedisSettings.self, "{ \"url\": \"\(redis ?? "")\" }")
                return try RedisSink(settings, in: BenchSettings.context("redis", world), tell: Terminal.complain)
            }
        }
    }

    private var redisTopics: [String] { ["candle/"] + (0..<redisSymbols).map { "trade/SYM\($0)/" } }

    /// The analytics of the catalogue that need no book, beside candles, mean price, delta and profile.
    private var settings: FlowSettings {
        var settings = AnalyticsBench.settings
        // As a topology has it that says nothing.
        settings.ring = FlowSettings().ring
        settings.analytics = AnalyticsBench.choices()
        settings.republished = [.trade]
        settings.core = seats.publisher
        return settings
    }

    /// One thread that routes what is due and lets the lane work, without links.
    private func analytics() -> LatencyHistogram {
        pacing.takeSeat()
        var flow = SoloFlow(settings: settings) { _ in
            Instrument(tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: AroundTheClock())
        }
        for index in 0..<symbols { _ = flow.router.directory.entry(for: "SYM\(index)") }
        flow.poll { _ in }
        var histogram = LatencyHistogram()
        let begin = Seat.monotonic + 1_000_000
        var next = 0
        while next < pacing.count {
            pacing.wait(until: pacing.due(next, from: begin))
            let (first, now) = (next, Seat.monotonic)
            while next < pacing.count, next - first < RouterLimits.batch / 2, pacing.due(next, from: begin) <= now {
                flow.router.route(
                    PacedSource.trade(next, symbol: next % symbols, at: pacing.due(next, from: begin)))
                next += 1
            }
            flow.router.publish()
            flow.poll { _ in }
            let done = Seat.monotonic
            for index in first..<next { histogram.add(done - pacing.due(index, from: begin)) }
        }
        return histogram
    }

    /// Through a run into the endpoint, with a subscriber outside so that there is somebody to send to.
    private func withSubscriber() async throws -> LatencyHistogram {
        let endpoint = try Transport.tcp.endpoint()
        let subscriber = try SubscriberProcess(
            LatencySubscriber.Task(endpoint: endpoint, expected: pacing.count, warmup: 0, core: seats.subscriber))
        let histogram = try await run(topics: []) { world in
            try BenchSettings.publisher(
                endpoint, subscribers: 1, spin: PublishSink.standardSpin, in: world, sockets: try Context())
        }
        _ = try subscriber.outcome()
        return histogram
    }

    /// A run with the load and one sink; what the sink was done with, and how long after it was due.
    private func run(
        topics: [String], _ open: @escaping @Sendable (World) throws -> any Sink
    ) async throws -> LatencyHistogram {
        let histogram = SharedHistogram()
        let world = LiveWorld.make()
        let core = seats.publisher
        let sink = SinkPart(
            name: "sink", inflows: [SinkPart.Inflow(flow: "flow", topics: topics, overflow: .dropNewest)],
            isTrailing: false
        ) {
            if let core { _ = Seat.pin(to: core) }
            return TimedSink(try open(world), into: histogram) { Seat.monotonic }
        }
        // Who waits at a socket leaves the core to the others.
        var pacing = pacing
        pacing.wait = .sleeping
        let source = SourcePart(
            name: "feed", source: PacedSource(pacing, symbols: symbols), flow: "flow", symbols: FeedSymbols(),
            overflow: .dropNewest)
        try await Run(
            sources: [source], flows: [BenchSettings.flow("flow", settings)], sinks: [sink], data: nil, world: world
        ).run()
        return histogram.value
    }
}
