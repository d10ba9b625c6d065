internal import Engine
internal import Graph
internal import Market
internal import Rings

/// How many events a run takes: one source with its lane on a core, two such pairs on two, one router for two lanes.
struct ThroughputBench: Benchmark {
    static let name = "throughput"
    static let usage = "[--symbols N] [--events N] [--rounds N]"
    static let details = """
        Trades at full speed through candles, delta and profile. One source and its lane on core 0; two sources, each
        with its own lane and core; one source for two lanes. Ratios are to the first.

          --symbols N   in all; 100 unless said otherwise
          --events N    of each source; 5000000 unless said otherwise
        """

    /// How a load is spread.
    private enum Spread: String, CaseIterable { case one, two, router }

    private let symbols: Int
    private let events: Int
    private let rounds: Int

    init(_ arguments: inout Arguments) throws {
        symbols = try arguments.takeNumber("--symbols", in: 2...1_000_000) ?? 100
        events = try arguments.takeNumber("--events", in: 1_000...1_000_000_000) ?? 5_000_000
        rounds = try arguments.takeRounds()
    }

    func run() async throws -> Int32 {
        let before = MachineLoad.now
        var rates: [Spread: [Double]] = [:]
        for _ in 0..<rounds {
            for spread in Spread.allCases { rates[spread, default: []].append(try await pass(spread)) }
        }
        let medians = rates.mapValues(\.median)
        for spread in Spread.allCases {
            guard let rate = medians[spread], let one = medians[.one] else { continue }
            var line = ResultLine("throughput")
            line.add("spread", spread.rawValue)
            line.add("symbols", symbols)
            line.add("events", events)
            line.add("events_per_second", rate, places: 0)
            if spread != .one { line.add("ratio_to_one", rate / one, places: 2) }
            line.add("peak_memory_mib", ProcessFigures.peakMemory)
            line.add("others", MachineLoad.now.others(since: before), places: 2)
            print(line.text)
        }
        return 0
    }

    /// Events a second, from the first to the end of all lanes.
    private func pass(_ spread: Spread) async throws -> Double {
        let pairs = spread == .two ? 2 : 1
        var settings = ThroughputBench.settings
        settings.symbolLimit = symbols
        settings.lanes = spread == .router ? 2 : 1
        let sources = (0..<pairs).map { pair in
            // The same symbols in all, whoever brings them. A source for two lanes has no core of its own.
            FlatOutSource(
                count: events, symbols: symbols / pairs, prefix: "P\(pair)S", step: 5_000,
                core: spread == .router ? nil : pair)
        }
        let world = LiveWorld.make()
        let run = Run(
            sources: sources.enumerated().map { pair, source in
                SourcePart(
                    name: "feed\(pair)", source: source, flow: "flow\(pair)", symbols: FeedSymbols(), overflow: .wait)
            },
            flows: (0..<pairs).map { pair in
                var own = settings
                own.core = pair
                return BenchSettings.flow("flow\(pair)", own)
            }, sinks: [], data: nil, world: world)
        try await run.run()
        let end = Seat.monotonic
        let begin = sources.map(\.time.begin).min() ?? end
        return Double(events * pairs) / (Double(end - begin) / 1e9)
    }

    /// Candles, delta and profile, as the work orderflow-v1 has them, in rings of the usual length.
    static var settings: FlowSettings {
        var settings = OrderflowBench.settings
        settings.ring = 256
        settings.live = .seconds(1)
        // Whoever shares a core with its source must not hold it while there is nothing to do.
        settings.spin = .zero
        return settings
    }
}
