internal import Engine
internal import Graph
internal import Sinks

extension Placement {
    /// What of a topology runs where, by the settings of its symbols nodes.
    static func millrace(_ topology: Topology) -> Placement {
        Placement(topology) { SettingsReader.read(FlowSettings.self, from: $0.settings).settings.lanes }
    }
}

/// `millrace check`: finds every fault of a topology file, or shows what it runs.
struct CheckCommand: Command {
    static let name = "check"
    static let usage = "check [FILE]"
    static let summary = "find every fault of a topology file, or show its placement"
    static let details = """
        Every fault is printed at once: where it stands, what is wrong, what would be right.
        Exits 0 for a good file, 2 for a bad one.

        Example:
          millrace check topology.json
        """

    private let path: String
    private let environment: [String: String]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        path = arguments.takeWord() ?? TopologyFile.standardName
        self.environment = environment
        try arguments.finish()
    }

    /// What outlives a run, and where it lies.
    private static func text(_ data: DataDefinition) -> String {
        let snapshots = data.snapshots > .zero ? "snapshots each \(DurationText.text(data.snapshots))" : "no snapshots"
        let sync =
            switch data.sync {
            case .never: "brought to the device when the system likes"
            case .always: "brought to the device before anything goes out"
            case .every(let time): "brought to the device each \(DurationText.text(time))"
            }
        return "data in \(data.folder): journals of events and updates, \(sync); \(snapshots)"
    }

    /// Which keys each relay keeps of every symbol, and which it does not because their topics do not come.
    private static func keys(of topology: Topology) -> [String] {
        topology.nodes.filter { $0.kind == RedisSink.kind.name }.flatMap { node -> [String] in
            guard SettingsReader.read(RedisSettings.self, from: node.settings).settings.keys else {
                return ["\(node.name) keeps no keys"]
            }
            let topics = topology.edges(to: node.name).flatMap { topology.topics(on: $0) }
            let (fed, unfed) = RelayKey.fed(by: topics)
            let kept = "\(node.name) keeps market:{symbol}: " + fed.map(\.name).joined(separator: ", ")
            guard !unfed.isEmpty else { return [kept] }
            let lacks = unfed.map { "\($0.name) (\($0.sources.joined(separator: " or ")))" }
            return [kept, "\(node.name) lacks topics for " + lacks.joined(separator: ", ")]
        }
    }

    func run() throws -> Int32 {
        do {
            let topology = try TopologyFile.read(path, environment: environment)
            print(Placement.millrace(topology).table)
            if let data = topology.data { print(CheckCommand.text(data)) }
            for line in CheckCommand.keys(of: topology) { print(line) }
            return 0
        } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
    }
}
