internal import Engine
internal import Foundation
internal import Graph
internal import Links
internal import Market
internal import Rings
internal import Sinks

/// `millrace run`: runs a topology until its sources end or somebody stops it.
struct RunCommand: Command {
    static let name = "run"
    static let usage =
        "run [FILE] [--process NAME [--shard I]] [--for 20s] [--digest FILE] [--lanes N] [--batch N] [--quiet]"
    static let summary = "run a topology file"
    static let details = """
        FILE is topology.json unless said otherwise.

          --process NAME  run one of the processes that the file names; `millrace up` runs all of them
          --shard I       which of its shards, from 0, where one of its nodes is spread over several
          --status-port N where to tell how it is; the file's port and one more for each process before it otherwise
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
    private let process: String?
    private let shard: Int?
    private let statusPort: Int?

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        limit = try arguments.takeDuration("--for")
        process = try arguments.takeValue("--process")
        shard = try arguments.takeNumber("--shard", in: 0...ShardPlan.limit - 1)
        statusPort = try arguments.takeNumber("--status-port", in: 1...65_535)
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
        let placement = Placement.millrace(topology)
        let part = try ChosenPart.part(of: placement, process: process, shard: shard)
        let status = ChosenPart.status(of: part, in: placement, port: statusPort)
        let world = LiveWorld.make()
        let interruption = Interruption(world.stopping)
        defer { withExtendedLifetime(interruption) {} }
        let claim = try ChosenPart.claim(part, of: placement)
        defer { withExtendedLifetime(claim) {} }
        let network =
            placement.parts.count > 1 ? try ProcessNetwork(placement.link(of: part), world: world) : nil
        let run = try Assembly(
            placement, part: part, network: network, catalogue: .millrace, world: world, publisher: world.chance(),
            witnesses: overrides.witnesses, adjust: overrides.adjust
        ).make()
        try await RunStatus.during({ try await work(run, world) }, of: run, in: world, at: status)
        let counts = CountsText.text(run.counts())
        if !isQuiet, !counts.isEmpty { Terminal.complain(counts) }
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

/// Which part of a topology a process runs.
enum ChosenPart {
    /// - Throws: `UsageError` where the command line names none that the file has.
    static func part(of placement: Placement, process: String?, shard: Int?) throws -> Placement.Part {
        let names = placement.processes.map(\.name).joined(separator: ", ")
        if process == nil, placement.processes.count > 1 {
            throw UsageError("the file has the processes \(names): name one by --process, or run all by `millrace up`")
        }
        let name = process ?? placement.processes[0].name
        guard let chosen = placement.process(named: name) else {
            throw UsageError("the file has no process \(name), only \(names)")
        }
        let count = chosen.shards.count
        if count == 1, shard != nil { throw UsageError("\(name) has no shards: leave --shard out") }
        if count > 1, !(0..<count).contains(shard ?? -1) {
            throw UsageError("\(name) has \(count) shards: --shard wants a number from 0 to \(count - 1)")
        }
        return Placement.Part(process: name, shard: shard)
    }

    /// Where a part tells how it is; nil where the topology names no address.
    static func status(of part: Placement.Part, in placement: Placement, port: Int?) -> StatusDefinition? {
        guard let status = placement.topology.status else { return nil }
        return port.map(status.on) ?? status.ofPart(placement.parts.firstIndex(of: part) ?? 0)
    }

    /// Takes a part's place in the data folder; nil where the topology keeps nothing.
    static func claim(_ part: Placement.Part, of placement: Placement) throws -> FolderClaim? {
        guard let data = placement.topology.data, let process = placement.process(named: part.process) else {
            return nil
        }
        let flows = process.nodes.compactMap(placement.topology.node).filter { $0.role == .symbols }
        return try FolderClaim(
            DataFolder(data), part, flows: flows.map { FlowShards(flow: $0.name, shards: $0.facts.shards) })
    }
}

/// What the command line changes about any graph: lanes, batches, and a digest beside its sinks.
struct Overrides {
    private let lanes: Int?
    private let batch: Int?
    private let digest: String?

    init(_ arguments: inout Arguments) throws {
        lanes = try arguments.takeNumber("--lanes", in: 1...64)
        batch = try arguments.takeNumber("--batch", in: 1...RouterLimits.batch)
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
