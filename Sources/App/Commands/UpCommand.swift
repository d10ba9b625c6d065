internal import Engine
internal import Foundation
internal import Graph
internal import Rings

/// `millrace up`: keeps all processes of a topology alive on this machine.
struct UpCommand: Command {
    static let name = "up"
    static let usage = "up [FILE] [--stuck 60s] [--digest FILE] [--program FILE]"
    static let summary = "start a topology's processes, and again when one ends"
    static let details = """
        FILE is topology.json unless said otherwise. Lines of a process come out with its name before them. One that
        ends with a failure is started again, after 200 ms, then twice as long each time, at most 30 s; what has run
        for a minute begins anew. One that ends with status 0 is done; one that cannot be run at all (status 2) stops
        everything. A symbol at whose event a process has ended twice is left out: `millrace quarantine`.

          --stuck TIME     a lane that is so long at one event has its process killed, 60 s unless said otherwise
          --digest FILE    at the end, a line per topic with the SHA-256 of its updates, as one process would write it
          --program FILE   the program to start with the same arguments, this one unless said otherwise

        Ctrl-C or SIGTERM stops sources first, then symbols, then sinks; what takes longer than 20 s is killed. A second
        one kills all at once. Killed itself, it takes them along: each is asked to end.

        Examples:
          millrace up market.json
        """

    private let path: String
    private let environment: [String: String]
    private let stuckLimit: Duration
    private let program: String
    private let digest: String?

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        stuckLimit = try arguments.takeDuration("--stuck") ?? .seconds(60)
        program = try arguments.takeValue("--program") ?? UpCommand.thisProgram
        digest = try arguments.takeValue("--digest")
        path = arguments.takeWord() ?? TopologyFile.standardName
        try arguments.finish()
    }

    /// How one part of the topology is started, and when it is stopped.
    private func plan(of part: Placement.Part, in placement: Placement, _ digests: DigestParts?) -> ProcessPlan {
        let nodes = placement.process(named: part.process)?.nodes.compactMap(placement.topology.node) ?? []
        let roles = nodes.map(\.role)
        let choice = placement.processes.count > 1 ? ["--process", part.process] : []
        let shard = part.shard.map { ["--shard", "\($0)"] } ?? []
        let digest = digests.map { ["--digest", $0.place(of: part.name)] } ?? []
        return ProcessPlan(
            name: part.name, arguments: ["run", path] + choice + shard + digest,
            turn: roles.contains(.source) ? .sources : roles.contains(.symbols) ? .symbols : .sinks,
            flows: nodes.filter { $0.role == .symbols }.map { UpdateOrigin.name($0.name, shard: part.shard) })
    }

    private static var thisProgram: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    func run() async throws -> Int32 {
        let topology: Topology
        do { topology = try TopologyFile.read(path, environment: environment) } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
        let data = topology.data.map { DataFolder($0) }
        let claim = try data.map { try WatchClaim($0) }
        defer { withExtendedLifetime(claim) {} }
        let placement = Placement.millrace(topology)
        let digests = try digest.map { try DigestParts($0, of: placement.parts.map(\.name)) }
        let watch = ProcessWatch(
            program: program, plans: placement.parts.map { plan(of: $0, in: placement, digests) },
            rules: Supervisor.Rules(), stuckLimit: stuckLimit,
            marks: { flow in data.map { LaneMarkFolder($0, flow: flow) } })
        let status = try await UpCommand.status(of: watch)
        if status == 0 { try digests?.merge() }
        return status
    }

    /// Watches on a thread of its own, which lives as long as the processes: they are asked to end when it ends.
    private static func status(of watch: ProcessWatch) async throws -> Int32 {
        let interruption = UpInterruption()
        defer { withExtendedLifetime(interruption) {} }
        let (wishes, status) = (interruption.wishes, Guarded<Int32>(1))
        let thread = OwnThread {
            Seat.name("up")
            let ended = watch.run(until: wishes)
            status.withLock { $0 = ended }
        }
        try await thread.value()
        return status.withLock { $0 }
    }
}
