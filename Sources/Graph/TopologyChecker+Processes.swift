// What runs where: every node in one process, and every address free when the process binds it.

extension TopologyChecker {
    typealias ProcessDraft = (object: SettingsObject, definition: ProcessDefinition)

    /// Whether the file's processes share out the nodes, and what stands together in each can run there.
    mutating func checkProcesses(_ draft: TopologyDraft, _ edges: [CheckedEdge]) {
        let sharded = nodes.filter { $0.facts.shards.count > 1 }
        if draft.processes.isEmpty, let node = sharded.first {
            add(
                node.settings, "shards", "each shard is a process of its own, and the file names no processes",
                "Write \"processes\": { \"NAME\": { \"nodes\": [ … ] } }, this node in one and its source in another")
        }
        guard let first = draft.processes.first else { return }
        if draft.processes.count > Topology.processLimit {
            add(
                JSONPath("processes"), first.object.position, "the file has \(draft.processes.count) processes",
                "Write at most \(Topology.processLimit)")
        }
        if draft.data == nil {
            add(
                JSONPath("processes"), first.object.position,
                "processes read each other's journals, and there are none",
                "Write \"data\": { \"folder\": \"data\" } at the top of the file")
        }
        checkShares(draft.processes)
        for process in draft.processes {
            checkCompany(process, edges)
            checkLink(process, draft.processes, edges)
        }
    }

    /// Every node in exactly one process.
    private mutating func checkShares(_ processes: [ProcessDraft]) {
        var owners: [String: String] = [:]
        for (object, process) in processes {
            if !TopologyChecker.isNodeName(process.name) {
                add(
                    object.path, object.position, "this name is none for a process",
                    "Write a letter, then letters, digits, - and _, at most 64")
            }
            if process.nodes.isEmpty {
                add(object, "nodes", "no node runs in this process", "Name one, or take the process away")
            }
            for name in process.nodes {
                if !names.contains(name) {
                    add(
                        object, "nodes", "no node is called \(Quoted.text(name))",
                        Spelling.remedy(for: name, among: names))
                } else if let owner = owners[name] {
                    add(
                        object, "nodes", "node \(Quoted.text(name)) runs in \(Quoted.text(owner)) already",
                        "Leave each node to one process")
                }
                owners[name] = process.name
            }
        }
        for name in names where owners[name] == nil {
            guard let place = places[name] else { continue }
            add(
                place.path, place.position, "node \(Quoted.text(name)) runs in no process",
                "Add it to the nodes of a process")
        }
    }

    /// What of a process's nodes cannot stand there.
    private mutating func checkCompany(_ process: ProcessDraft, _ edges: [CheckedEdge]) {
        let own = process.definition.nodes.compactMap(node)
        let sharded = own.filter { $0.facts.shards.count > 1 }
        for rival in sharded.dropFirst() {
            add(
                process.object, "nodes",
                "\(Quoted.text(sharded[0].name)) and \(Quoted.text(rival.name)) are both spread over shards",
                "Give each a process of its own: as many as it has shards run of it")
        }
        for node in own where !faulty.contains(node.name) {
            if let spread = sharded.first, node.role == .source || !node.facts.standsBesideSymbols,
                node.role != .symbols
            {
                add(
                    process.object, "nodes",
                    "\(Quoted.text(node.name)) would run once for each shard of \(Quoted.text(spread.name))",
                    "Put it into another process")
            }
            if node.facts.standsBesideSymbols { checkNeighbours(of: node, edges, from: \.from, to: \.to, process) }
            if node.facts.isAttendant { checkMasters(of: node, edges, process) }
        }
    }

    /// A sink that stands beside the symbols nodes that feed it.
    private mutating func checkNeighbours(
        of node: Topology.Node, _ edges: [CheckedEdge], from: KeyPath<Topology.Edge, String>,
        to: KeyPath<Topology.Edge, String>, _ process: ProcessDraft
    ) {
        for checked in edges where checked.edge[keyPath: to] == node.name {
            let feeder = checked.edge[keyPath: from]
            guard !process.definition.nodes.contains(feeder) else { continue }
            add(
                checked.settings, "to",
                "\(Quoted.text(node.name)) and \(Quoted.text(feeder)) run in different processes",
                "Let every process that has symbols nodes have a \(node.kind) node of its own; "
                    + "who subscribes connects to all of them")
        }
    }

    /// A source of settings stands beside all sources of the symbols node that it serves: they write it into their
    /// journals.
    private mutating func checkMasters(of node: Topology.Node, _ edges: [CheckedEdge], _ process: ProcessDraft) {
        let flows = edges.filter { $0.edge.from == node.name }.map(\.edge.to)
        for checked in edges where checked.carriesEvents && flows.contains(checked.edge.to) {
            guard !process.definition.nodes.contains(checked.edge.from) else { continue }
            add(
                checked.settings, "from",
                "\(Quoted.text(checked.edge.from)) and \(Quoted.text(node.name)), which changes settings of "
                    + "\(Quoted.text(checked.edge.to)), run in different processes",
                "Put them into one: a change is written into the journal of the source's events")
        }
    }
}
