internal import Engine
internal import Foundation
internal import Graph
internal import Market
internal import Rings
internal import Sinks
internal import ZeroMQ

/// What it costs the actors that many subscribe: the rate of a source and its lane on one core, while the endpoint and
/// all subscribers share the other.
struct FanOutBench: Benchmark {
    static let name = "fan-out"
    static let usage = "[--subscribers LIST] [--events N] [--rounds N] [--symbols N]"
    static let details = """
        A source and its lane on core 0 at full speed; the endpoint, ZeroMQ and a process with all subscribers on core
        1. Ratios are to a run without subscribers, in turn with it.

          --subscribers LIST   1,10,100 unless said otherwise
          --events N           5000000 unless said otherwise
        """

    private let subscribers: [Int]
    private let events: Int
    private let rounds: Int
    private let symbols: Int

    init(_ arguments: inout Arguments) throws {
        subscribers = try (arguments.takeValue("--subscribers") ?? "1,10,100").split(separator: ",").map { text in
            guard let count = Int(text), (1...1_000).contains(count) else { throw UsageError("no number \(text)") }
            return count
        }
        events = try arguments.takeNumber("--events", in: 1_000...1_000_000_000) ?? 5_000_000
        rounds = try arguments.takeRounds()
        symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000) ?? 100
    }

    /// One pass.
    private struct Outcome {
        var rate: Double
        var published: Int
        var dropped: Int
        var received: Int
    }

    func run() async throws -> Int32 {
        for count in subscribers {
            let before = MachineLoad.now
            var (none, some): ([Outcome], [Outcome]) = ([], [])
            for round in 0..<rounds {
                if round.isMultiple(of: 2) { none.append(try await pass(0)) }
                some.append(try await pass(count))
                if !round.isMultiple(of: 2) { none.append(try await pass(0)) }
            }
            let ratios = zip(some, none).map { $0.rate / $1.rate }
            var line = ResultLine("fan-out")
            line.add("subscribers", count)
            line.add("symbols", symbols)
            line.add("events", events)
            line.add("events_per_second", some.map(\.rate).median, places: 0)
            line.add("alone_per_second", none.map(\.rate).median, places: 0)
            line.add("ratio", ratios.median, places: 3)
            line.addSpread(ratios, places: 3)
            // Of all rounds: what passed the link, was refused there, and came to all subscribers together, heartbeats
            // and the last values that each gets when it subscribes among it.
            let published = some.reduce(0) { $0 + $1.published }
            let received = some.reduce(0) { $0 + $1.received }
            line.add("updates", published)
            line.add("dropped", some.reduce(0) { $0 + $1.dropped })
            line.add("received", received)
            line.add("others", MachineLoad.now.others(since: before), places: 2)
            print(line.text)
        }
        return 0
    }

    private func pass(_ count: Int) async throws -> Outcome {
        let endpoint = try Transport.tcp.endpoint()
        let world = LiveWorld.make()
        var settings = ThroughputBench.settings
        settings.core = 0
        let source = FlatOutSource(count: events, symbols: symbols, prefix: "SYM", step: 5_000, core: 0)
        let sink = SinkPart(
            name: "public", inflows: [SinkPart.Inflow(flow: "flow", topics: ["candle/"], overflow: .dropNewest)],
            isTrailing: false
        ) {
            _ = Seat.pin(to: 1)
            return try BenchSettings.publisher(
                endpoint, subscribers: count, spin: PublishSink.standardSpin, in: world, sockets: try Context())
        }
        let crowd = count > 0 ? try CrowdProcess(count, at: endpoint) : nil
        let run = Run(
            sources: [
                SourcePart(name: "feed", source: source, flow: "flow", symbols: FeedSymbols(), overflow: .wait)
            ], flows: [BenchSettings.flow("flow", settings)], sinks: [sink], data: nil, world: world)
        try await run.run()
        let link = run.counts().links.first
        return Outcome(
            rate: Double(events) / (Double(source.time.end - source.time.begin) / 1e9),
            published: link?.delivered ?? 0, dropped: link?.dropped ?? 0, received: try crowd?.received() ?? 0)
    }
}
