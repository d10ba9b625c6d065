internal import Engine
internal import Graph

/// `millrace reshard`: spreads the data of a topology over the shards that its file names now.
struct ReshardCommand: Command {
    static let name = "reshard"
    static let usage = "reshard [FILE]"
    static let summary = "move a symbols node's data after its number of shards was changed"
    static let details = """
        FILE is topology.json unless said otherwise, with the new "shards" in it. All of its processes must stand still.

        The snapshots and last numbers of those symbols that belong to another shard now are moved, no others. Numbers
        of topics go on. Journals of updates stay where they are: a store that lags behind one of a shard that is gone
        reads its rest from the data folder.

        Example:
          millrace reshard market.json
        """

    private let path: String
    private let environment: [String: String]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        path = arguments.takeWord() ?? TopologyFile.standardName
        self.environment = environment
        try arguments.finish()
    }

    func run() throws -> Int32 {
        let topology: Topology
        do { topology = try TopologyFile.read(path, environment: environment) } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
        guard let definition = topology.data else {
            throw UsageError("\(path) keeps no data: there is nothing to move")
        }
        let data = DataFolder(definition)
        let placement = Placement.millrace(topology)
        var claims: [FolderClaim] = []
        for part in placement.parts { claims.append(try FolderClaim(data, part, flows: [])) }
        defer { withExtendedLifetime(claims) {} }
        for node in topology.nodes where node.role == .symbols {
            let shards = FlowShards(flow: node.name, shards: node.facts.shards)
            guard let known = try FlowShards.known(of: node.name, in: data), known != shards.shards.text else {
                print("\(node.name): nothing to move")
                continue
            }
            let report = try Resharding(
                shards, in: data, newId: { UInt64.random(in: 1...UInt64.max) }, tell: Terminal.complain
            ).run()
            let way = "from \(known) to \(shards.shards.text)"
            print("\(node.name): \(report.moved) of \(report.symbols) symbols moved, \(way)")
            for part in report.left {
                print("  \(part.part) has no process any more; its journal ends at position \(part.position)")
            }
        }
        return 0
    }
}
