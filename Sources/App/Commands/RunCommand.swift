internal import Engine
internal import Foundation
internal import Graph
internal import Market
internal import Rings
internal import Sinks

/// `millrace run`: runs a topology until its sources end or somebody stops it.
struct RunCommand: Command {
    static let name = "run"
    static let usage = "run [FILE] [--for 20s] [--digest FILE] [--lanes N] [--batch N] [--quiet]"
    static let summary = "run a topology file"
    static let details = """
        FILE is topology.json unless said otherwise.

          --for TIME      stop by itself after this long, 20s or 5m
          --digest FILE   write a line per topic with the SHA-256 of its updates, and one over all
          --lanes N       threads of every symbols node, instead of what the file says
          --batch N       events handed over at once, 1 to 1024, instead of what the file says
          --quiet         no counts at the end

        Ctrl-C or SIGTERM stops the sources, drains, flushes and exits 0; a second one exits at once.

        Examples:
          millrace run
          millrace run market.json --for 20s --digest today.txt
        """

    private let path: String
    private let environment: [String: String]
    private let limit: Duration?
    private let overrides: Overrides
    private let isQuiet: Bool

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        limit = try arguments.takeDuration("--for")
        overrides = try Overrides(&arguments)
        isQuiet = arguments.takeFlag("--quiet")
        path = arguments.takeWord() ?? TopologyFile.standardName
        try arguments.finish()
    }

    func run() async throws -> Int32 {
        let topology: Topology
        do { topology = try TopologyFile.read(path, environment: environment) } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
        let world = LiveWorld.make()
        let interruption = Interruption(world.stopping)
        defer { withExtendedLifetime(interruption) {} }
        let run = try Assembly(
            topology: topology, catalogue: .millrace, world: world, publisher: world.chance(),
            witnesses: overrides.witnesses, adjust: overrides.adjust
        ).make()
        try await RunStatus.during({ try await work(run, world) }, of: run, in: world, at: topology.status)
        if !isQuiet { Terminal.complain(CountsText.text(run.counts())) }
        return 0
    }

    private func work(_ run: Run, _ world: World) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let limit {
                group.addTask {
                    try? await Task.sleep(for: limit)
                    world.stopping.raise()
                }
            }
            try await run.run()
            group.cancelAll()
        }
    }
}

/// What the command line changes about any graph: lanes, batches, and a digest beside its sinks.
struct Overrides {
    private let lanes: Int?
    private let batch: Int?
    private let digest: String?

    init(_ arguments: inout Arguments) throws {
        lanes = try arguments.takeNumber("--lanes", in: 1...64)
        batch = try arguments.takeNumber("--batch", in: 1...RouterLimits.flight)
        digest = try arguments.takeValue("--digest")
    }

    var witnesses: [Assembly.SinkWitness] {
        digest.map { path in [Assembly.SinkWitness(name: "digest") { try DigestSink(path: path) }] } ?? []
    }

    func adjust(_ settings: inout FlowSettings) {
        if let lanes { settings.lanes = lanes }
        if let batch { settings.batchLimit = batch }
    }
}

/// What a run has counted, as text.
enum CountsText {
    static func text(_ counts: RunCounts) -> String {
        var lines: [String] = []
        for source in counts.sources {
            lines.append(
                "\(source.name): accepted \(source.accepted), refused \(source.refused), gaps \(source.gaps)")
            lines += source.report.map { "  \($0)" }
        }
        for flow in counts.flows {
            lines.append("\(flow.name): \(flow.symbols) symbols, \(flow.events) events")
            if !flow.refusedSymbols.isEmpty {
                let names = flow.refusedSymbols.prefix(10).joined(separator: ", ")
                lines.append("  refused \(flow.refusedSymbols.count) symbols: \(names)")
            }
        }
        for lag in counts.lags where lag.updates > 0 {
            lines.append(
                "\(lag.to) is \(lag.updates) updates behind \(lag.from), at position \(lag.position) of \(lag.head)")
        }
        for link in counts.links {
            lines.append(
                "\(link.from) → \(link.to): in \(link.offered), out \(link.delivered), dropped \(link.dropped), "
                    + "in flight \(link.inFlight)")
        }
        return lines.joined(separator: "\n")
    }
}
