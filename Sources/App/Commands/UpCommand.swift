internal import Engine
internal import Foundation
internal import Graph

/// `millrace up`: keeps all processes of a topology alive on this machine.
struct UpCommand: Command {
    static let name = "up"
    static let usage = "up [FILE] [--stuck 60s] [--program FILE]"
    static let summary = "start a topology's processes, and again when one ends"
    static let details = """
        FILE is topology.json unless said otherwise. Lines of a process come out with its name before them. One that
        ends with a failure is started again, after 200 ms, then twice as long each time, at most 30 s; what has run
        for a minute begins anew. One that ends with status 0 is done; one that cannot be run at all (status 2) stops
        everything. A symbol at whose event a process has ended twice is left out: `millrace quarantine`.

          --stuck TIME     a lane that is so long at one event has its process killed, 60 s unless said otherwise
          --program FILE   the program to start with the same arguments, this one unless said otherwise

        Ctrl-C or SIGTERM stops sources first, then symbols, then sinks; what takes longer than 20 s is killed. A second
        one kills all at once.

        Examples:
          millrace up market.json
        """

    private let path: String
    private let environment: [String: String]
    private let stuckLimit: Duration
    private let program: String

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        stuckLimit = try arguments.takeDuration("--stuck") ?? .seconds(60)
        program = try arguments.takeValue("--program") ?? UpCommand.thisProgram
        path = arguments.takeWord() ?? TopologyFile.standardName
        try arguments.finish()
    }

    /// How one part of the topology is started, and when it is stopped.
    private func plan(of part: Placement.Part, in placement: Placement) -> ProcessPlan {
        let nodes = placement.process(named: part.process)?.nodes.compactMap(placement.topology.node) ?? []
        let roles = nodes.map(\.role)
        let choice = placement.processes.count > 1 ? ["--process", part.process] : []
        let shard = part.shard.map { ["--shard", "\($0)"] } ?? []
        return ProcessPlan(
            name: part.name, arguments: ["run", path] + choice + shard,
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
        let placement = Placement.millrace(topology)
        let watch = ProcessWatch(
            program: program, plans: placement.parts.map { plan(of: $0, in: placement) }, rules: Supervisor.Rules(),
            stuckLimit: stuckLimit,
            marks: { flow in data.map { LaneMarkFolder($0, flow: flow) } })
        let interruption = UpInterruption()
        return await watch.run(until: interruption)
    }
}
