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
        until its own update is handed to ZeroMQ; until the relay has read Redis' answer to its write, which it does
        when it sends what came next. So each of the last two holds the way up to it, and tells beside it, as
        `decision_…`, the part since all updates of the trade were made. In those two the load sleeps until a trade is
        due, and sends what has become due meanwhile together, as a feed does; in the first it is the one thread there
        is.

          --rate N            trades a second over all symbols; 200000 unless said otherwise
          --symbols N         100 unless said otherwise
          --seconds N         of each pass; 2 unless said otherwise
          --redis URL         a server whose keys may be written over; without it that stage is left out
          --redis-symbols N   symbols whose every trade is written there; 10 unless said otherwise
        \(BenchSeats.details)
        """

    /// Trades of a pass: each is kept in 32 bytes until its end.
    private static let tradeLimit = 20_000_000
    private static let percentiles = [("p50", 500_000), ("p99", 990_000), ("p999", 999_000)]

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
        guard pacing.count <= StagesBench.tradeLimit else {
            throw UsageError("a pass has at most \(StagesBench.tradeLimit) trades: less of --rate or of --seconds")
        }
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
            var rounds: [StageTimes] = []
            for _ in 0..<self.rounds { rounds.append(try await pass(stage)) }
            var line = ResultLine("stages")
            line.add("stage", stage.rawValue)
            line.add("rate", pacing.rate)
            line.add("symbols", symbols)
            add(rounds.map(\.sinceDue), "", to: &line)
            if stage != .analytics { add(rounds.map(\.sinceDecision), "decision_", to: &line) }
            let seen = rounds.reduce(0) { $0 + $1.sinceDue.count }
            line.add("wanted_p99_us", nanoseconds: stage.wanted)
            line.add("trades", seen)
            line.add("missing", expected(stage) - seen)
            line.add("others", MachineLoad.now.others(since: before), places: 2)
            print(line.text)
        }
        return 0
    }

    /// Percentiles as medians over the rounds, and the longest time of all.
    private func add(_ rounds: [LatencyHistogram], _ prefix: String, to line: inout ResultLine) {
        for (name, part) in StagesBench.percentiles {
            let median = rounds.map { $0.percentile(millionths: part) }.median
            line.add("\(prefix)\(name)_us", nanoseconds: median)
        }
        line.add("\(prefix)max_us", nanoseconds: rounds.map(\.longest).max() ?? 0)
    }

    /// Trades of all rounds that a stage would see if no ring and no link refused one.
    private func expected(_ stage: Stage) -> Int {
        guard stage == .redis else { return pacing.count * rounds }
        // Symbols take turns, the first ones also in the last, unfinished turn.
        return (pacing.count / symbols * redisSymbols + min(pacing.count % symbols, redisSymbols)) * rounds
    }

    private func pass(_ stage: Stage) async throws -> StageTimes {
        switch stage {
        case .analytics: try await BenchThread.run { analytics() }
        case .topic: try await withSubscriber()
        case .redis:
            try await run(topics: redisTopics) { world in
                let settings = try BenchSettings.read(RedisSettings.self, "{ \"url\": \"\(redis ?? "")\" }")
                let sink = try RedisSink(settings, in: BenchSettings.context("redis", world), tell: Terminal.complain)
                // A message for each update, answered in the order in which they are sent.
                return (sink, { TimedSink.Progress(given: sink.counts.offered, done: sink.counts.published) })
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
    private func analytics() -> StageTimes {
        pacing.takeSeat()
        var flow = SoloFlow(settings: settings) { _ in
            Instrument(tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: AroundTheClock())
        }
        for index in 0..<symbols { _ = flow.router.directory.entry(for: "SYM\(index)") }
        flow.poll { _ in }
        var times = StageTimes()
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
            for index in first..<next { times.sinceDue.add(done - pacing.due(index, from: begin)) }
        }
        return times
    }

    /// Through a run into the endpoint, with a subscriber outside so that there is somebody to send to.
    private func withSubscriber() async throws -> StageTimes {
        let endpoint = try Transport.tcp.endpoint()
        let subscriber = try SubscriberProcess(
            LatencySubscriber.Task(endpoint: endpoint, expected: pacing.count, warmup: 0, core: seats.subscriber))
        let times = try await run(topics: []) { world in
            let sink = try BenchSettings.publisher(
                endpoint, subscribers: 1, spin: PublishSink.standardSpin, in: world, sockets: try Context())
            return (sink, { .atOnce })
        }
        _ = try subscriber.outcome()
        return times
    }

    /// A sink, and how far it is with what it was given.
    private typealias OpenSink = (sink: any Sink, progress: () -> TimedSink.Progress)

    /// A run with the load and one sink: when the sink was done with each trade.
    private func run(
        topics: [String], _ open: @escaping @Sendable (World) throws -> OpenSink
    ) async throws -> StageTimes {
        let (decided, done) = (Moments(limit: pacing.count), Moments(limit: pacing.count))
        let world = LiveWorld.make()
        let core = seats.publisher
        let sink = SinkPart(
            name: "sink", inflows: [SinkPart.Inflow(flow: "flow", topics: topics, overflow: .dropNewest)],
            isTrailing: false
        ) {
            if let core { _ = Seat.pin(to: core) }
            let open = try open(world)
            return TimedSink(open.sink, into: done, progress: open.progress) { Seat.monotonic }
        }
        // Who waits at a socket leaves the core to the others.
        var pacing = pacing
        pacing.wait = .sleeping
        var settings = settings
        settings.analytics.append(AnalyticChoice(DecisionClock.self, DecisionClock.Settings(decided)))
        let source = SourcePart(
            name: "feed", source: PacedSource(pacing, symbols: symbols), flow: "flow", symbols: FeedSymbols(),
            overflow: .dropNewest)
        try await Run(
            sources: [source], flows: [BenchSettings.flow("flow", settings)], sinks: [sink], data: nil, world: world
        ).run()
        return StageTimes(decided: decided.all, done: done.all)
    }
}
