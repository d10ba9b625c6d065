/// What of a topology runs where: processes, their shards, and the lanes that share a process's symbols nodes.
///
/// Where the file names no processes, one runs everything; its symbols are spread over its lanes.
public struct Placement: Sendable {
    public struct Process: Sendable {
        public let name: String
        /// Threads that run symbols, of each shard.
        public let lanes: Int
        /// Names of nodes, in file order.
        public let nodes: [String]
        /// How the symbols of its node are spread; `whole` where it runs once.
        public let shards: ShardPlan
        /// What the file says of it; nil where it names no processes.
        let definition: ProcessDefinition?
    }

    /// One process of the system: a process of the file, or one shard of it.
    public struct Part: Hashable, Sendable {
        public let process: String
        /// Nil where the process runs once.
        public let shard: Int?

        public init(process: String, shard: Int?) {
            self.process = process
            self.shard = shard
        }

        /// `core`, or `core.2`.
        public var name: String { process + (shard.map { ".\($0)" } ?? "") }
    }

    /// The process of a file that names none.
    public static let lone = "main"

    public let topology: Topology
    public let processes: [Process]

    /// - Parameter lanes: the lanes of a symbols node.
    public init(_ topology: Topology, lanes: (Topology.Node) -> Int) {
        self.topology = topology
        let defined = topology.processes.isEmpty ? nil : topology.processes
        let shares =
            defined?.map { (name: $0.name, nodes: $0.nodes, definition: Optional($0)) }
            ?? [(name: Placement.lone, nodes: topology.nodes.map(\.name), definition: nil)]
        processes = shares.map { share in
            let nodes = topology.nodes.filter { share.nodes.contains($0.name) }
            let flows = nodes.filter { $0.role == .symbols }
            return Process(
                name: share.name, lanes: flows.map(lanes).reduce(0, +), nodes: nodes.map(\.name),
                shards: flows.map(\.facts.shards).first { $0.count > 1 } ?? .whole, definition: share.definition)
        }
    }

    /// Every process of the system that runs the file: those that are read stand before those that read them.
    public var parts: [Part] {
        func rank(_ process: Process) -> Int {
            let roles = process.nodes.compactMap { topology.node($0)?.role }
            return roles.contains(.source) ? 0 : roles.contains(.symbols) ? 1 : 2
        }
        let ordered = processes.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
        return ordered.flatMap { parts(of: $0.element) }
    }

    public func parts(of process: Process) -> [Part] {
        guard process.shards.count > 1 else { return [Part(process: process.name, shard: nil)] }
        return (0..<process.shards.count).map { Part(process: process.name, shard: $0) }
    }

    public func process(named name: String) -> Process? { processes.first { $0.name == name } }

    /// The process that runs a node, which must be one of the topology's.
    public func process(of node: String) -> Process {
        guard let process = processes.first(where: { $0.nodes.contains(node) }) else {
            preconditionFailure("Every node of a checked topology runs in a process.")
        }
        return process
    }

    /// Where others read a part's journals.
    public func link(of part: Part) -> ProcessLink {
        let standard = "ipc://\(topology.data?.folder ?? ".")/links/\(part.name)"
        return process(named: part.process)?.definition?.link(ofShard: part.shard, orAt: standard)
            ?? ProcessLink(local: standard)
    }

    /// Whether somebody in another process reads what a node makes.
    public func isRead(_ node: String) -> Bool {
        let own = process(of: node)
        return topology.edges(from: node).contains { !own.nodes.contains($0.to) }
    }
}
