internal import Foundation
internal import Graph

/// How long an event is under way from its feed to a subscriber outside, against bare ZeroMQ under the same load.
struct LatencyBench: Benchmark {
    static let name = "latency"
    static let usage = """
        [--transport LIST] [--rate LIST] [--seconds N] [--rounds N] [--attempts N] [--symbols N] [--folder DIR] \
        \(BenchSeats.usage) [--lane-spin TIME] [--sink-spin TIME]
        """
    static let details = """
        From the moment when a trade was due at the feed to its arrival in another process (for inproc: in another
        thread), in turn with two bare ZeroMQ sockets that carry the same bytes at the same beat.

          --transport LIST   of tcp, ipc, inproc; all of them unless said otherwise
          --rate LIST        trades a second; 100,1000,10000,50000 unless said otherwise
          --seconds N        of each pass; 3 unless said otherwise
          --attempts N       passes at most for each that counts: those in which other programs used least of the
                             machine are taken, and `others` says how much that was; 3 unless said otherwise
          --symbols N        that take turns; 100 unless said otherwise
          --folder DIR       puts a histogram and a plot (SVG) of each pair there
        \(BenchSeats.details)
          --lane-spin TIME, --sink-spin TIME
                             how long lane and sink look for news before they sleep, as `spin` in a topology
        """

    private let transports: [Transport]
    private let rates: [Int]
    private let seconds: Int
    private let rounds: Int
    private let symbols: Int
    private let attempts: Int
    private let folder: String?
    private let seats: BenchSeats
    private let laneSpin: Duration
    private let sinkSpin: Duration

    init(_ arguments: inout Arguments) throws {
        transports = try (arguments.takeValue("--transport") ?? "tcp,ipc,inproc").split(separator: ",").map { name in
            guard let transport = Transport(rawValue: String(name)) else { throw UsageError("no transport \(name)") }
            return transport
        }
        rates = try (arguments.takeValue("--rate") ?? "100,1000,10000,50000").split(separator: ",").map { text in
            guard let rate = Int(text), (1...1_000_000).contains(rate) else { throw UsageError("no rate \(text)") }
            return rate
        }
        seconds = try arguments.takeNumber("--seconds", in: 1...600) ?? 3
        rounds = try arguments.takeRounds()
        attempts = try arguments.takeNumber("--attempts", in: 1...99) ?? 3
        symbols = try arguments.takeNumber("--symbols", in: 1...10_000) ?? 100
        folder = try arguments.takeValue("--folder")
        seats = try BenchSeats(&arguments)
        laneSpin = try arguments.takeDuration("--lane-spin") ?? LatencyPair.standardLaneSpin
        sinkSpin = try arguments.takeDuration("--sink-spin") ?? LatencyPair.standardSinkSpin
    }

    func run() async throws -> Int32 {
        for transport in transports {
            for rate in rates { try await measure(transport, rate) }
        }
        return 0
    }

    private func measure(_ transport: Transport, _ rate: Int) async throws {
        let pair = LatencyPair(
            transport: transport, pacing: Pacing(rate: rate, count: rate * seconds, core: seats.source),
            symbols: symbols, seats: seats, laneSpin: laneSpin, sinkSpin: sinkSpin)
        let kept = try await quietest(pair)
        let (own, bare) = (LatencySeries(kept.map(\.own)), LatencySeries(kept.map(\.bare)))
        var line = LatencyReport(pair, rounds: rounds, own: own, bare: bare).line
        line.add("others", kept.map(\.others).max() ?? 0, places: 2)
        print(line.text)
        guard let folder else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = "\(folder)/latency-\(transport.rawValue)-\(rate)"
        let curves = [("Millrace", own.whole), ("bare ZeroMQ", bare.whole)]
        let plot = LatencyPlot(title: "\(transport.rawValue), \(rate) trades a second", curves: curves)
        try Data(plot.svg.utf8).write(to: URL(filePath: name + ".svg"))
        try Data(LatencyTable.text(curves).utf8).write(to: URL(filePath: name + ".txt"))
    }
}

extension LatencyBench {
    /// One pass of each side, and the part of the machine that others used meanwhile.
    private struct Round {
        let own: LatencySubscriber.Outcome
        let bare: LatencySubscriber.Outcome
        let others: Double
    }

    /// So many rounds, those with the least of other work: the choice looks at the machine and not at the results.
    private func quietest(_ pair: LatencyPair) async throws -> [Round] {
        var all: [Round] = []
        while all.count < rounds * attempts, all.filter({ $0.others < RatioComparison.quiet }).count < rounds {
            let before = MachineLoad.now
            // Who begins alternates: the machine is another one from second to second.
            let beginsOwn = all.count.isMultiple(of: 2)
            let first = beginsOwn ? try await pair.own() : try await pair.bare()
            let second = beginsOwn ? try await pair.bare() : try await pair.own()
            all.append(
                Round(
                    own: beginsOwn ? first : second, bare: beginsOwn ? second : first,
                    others: MachineLoad.now.others(since: before)))
        }
        return Array(all.sorted { $0.others < $1.others }.prefix(rounds))
    }
}

/// The rounds of one side.
struct LatencySeries {
    private let outcomes: [LatencySubscriber.Outcome]
    let whole: LatencyHistogram

    init(_ outcomes: [LatencySubscriber.Outcome]) {
        self.outcomes = outcomes
        var whole = LatencyHistogram()
        for outcome in outcomes { whole.add(outcome.histogram) }
        self.whole = whole
    }

    /// A percentile of each round, in order.
    func percentiles(_ millionths: Int) -> [Int64] {
        outcomes.map { $0.histogram.percentile(millionths: millionths) }
    }

    /// The median over the rounds.
    func percentile(_ millionths: Int) -> Int64 { percentiles(millionths).median }

    var received: Int { outcomes.reduce(0) { $0 + $1.received } }
    var messages: Int { outcomes.reduce(0) { $0 + $1.messages } }
}

/// What a pair came to: medians over the rounds, and the spread of their ratios.
struct LatencyReport {
    let line: ResultLine

    init(_ pair: LatencyPair, rounds: Int, own: LatencySeries, bare: LatencySeries) {
        let expected = pair.pacing.count * rounds
        var line = ResultLine("latency")
        line.add("transport", pair.transport.rawValue)
        line.add("rate", pair.pacing.rate)
        line.add("symbols", pair.symbols)
        line.add("seconds", pair.pacing.count / pair.pacing.rate)
        line.add("spins", "\(DurationText.text(pair.laneSpin)),\(DurationText.text(pair.sinkSpin))")
        line.add("cores", pair.seats.text)
        for (prefix, series) in [("", own), ("bare_", bare)] {
            for (name, part) in [("p50", 500_000), ("p90", 900_000), ("p99", 990_000), ("p999", 999_000)] {
                line.add("\(prefix)\(name)_us", nanoseconds: series.percentile(part))
            }
            line.add("\(prefix)max_us", nanoseconds: series.whole.longest)
        }
        for (name, part) in [("p50", 500_000), ("p99", 990_000)] {
            line.add("ratio_\(name)", LatencyReport.ratio(own.percentile(part), bare.percentile(part)), places: 3)
            let ratios = zip(own.percentiles(part), bare.percentiles(part)).map { LatencyReport.ratio($0, $1) }
            line.addSpread(ratios, of: name, places: 2)
        }
        line.add("bytes", StampedMessage.size)
        line.add("messages", own.messages)
        line.add("missing", expected - own.received)
        line.add("bare_missing", expected - bare.received)
        self.line = line
    }

    private static func ratio(_ own: Int64, _ bare: Int64) -> Double { Double(own) / Double(max(bare, 1)) }
}
