/// An edge between two nodes that fit, and where it stands in the file.
struct CheckedEdge {
    let edge: Topology.Edge
    let settings: SettingsObject
    let carriesEvents: Bool
}

extension TopologyChecker {
    /// The edges that are right as far as their ends go, with a fault for each that is not.
    mutating func checkEdges(_ drafts: [EdgeDraft]) -> [CheckedEdge] {
        if drafts.count > Topology.edgeLimit {
            add(
                JSONPath("edges"), drafts[Topology.edgeLimit].settings.position, "the file has \(drafts.count) edges",
                "Write at most \(Topology.edgeLimit)")
            return []
        }
        checkLoneNodes(drafts)
        checkCycles(drafts)
        return drafts.enumerated().compactMap { index, draft in checkEdge(draft, index) }
    }

    private mutating func checkEdge(_ draft: EdgeDraft, _ index: Int) -> CheckedEdge? {
        let ends = [("from", draft.from), ("to", draft.to)]
        for (field, name) in ends where !name.isEmpty && !names.contains(name) {
            let shown = draft.settings[field]?.shown ?? ""
            add(draft.settings, field, "no node is called \(shown)", Spelling.remedy(for: name, among: names))
        }
        guard let from = node(draft.from), let to = node(draft.to) else { return nil }
        guard from.role == .source && to.role == .symbols || from.role == .symbols && to.role == .sink else {
            add(
                draft.settings, "to",
                "\(Quoted.text(from.name)), \(from.role.noun), cannot feed \(Quoted.text(to.name)), \(to.role.noun)",
                "Sources feed symbols nodes, symbols nodes feed sinks")
            return nil
        }
        let carriesEvents = from.role == .source
        if carriesEvents, draft.topics != nil {
            add(
                draft.settings, "topics", "a source sends events, which have no topics",
                "Take it away, or filter by \"symbols\"")
        } else if !carriesEvents {
            checkTopics(of: draft, from)
        }
        let isWhole = to.facts.readsJournal || carriesEvents && from.facts.canWait
        let standard: Delivery = isWhole ? .lossless : .latest
        let edge = Topology.Edge(
            index: index, from: from.name, to: to.name, topics: carriesEvents ? nil : draft.topics,
            delivery: draft.delivery ?? standard, symbols: draft.symbols)
        return CheckedEdge(edge: edge, settings: draft.settings, carriesEvents: carriesEvents)
    }

    private mutating func checkTopics(of draft: EdgeDraft, _ node: Topology.Node) {
        guard let value = draft.settings["topics"] else { return }
        let path = draft.settings.path.member("topics")
        let known = node.facts.topics + node.facts.topicsOnRequest
        let elements = value.elements ?? [value]
        for (index, element) in elements.enumerated() {
            guard let prefix = element.text, !prefix.isEmpty else { continue }
            let place = value.elements == nil ? path : path.element(index)
            if !faulty.contains(node.name), !known.contains(where: { TopicPrefix.meet(prefix, $0) }) {
                let corrected = prefix.hasSuffix("/") ? prefix : prefix + "/"
                let remedy =
                    known.isEmpty
                    ? "Give the node an analytic that publishes it"
                    : tellsEnvironment(node)
                        ? "Write one of the topics of its analytics" : Spelling.remedy(for: corrected, among: known)
                add(
                    place, element.position, "node \(Quoted.text(node.name)) publishes no topic \(element.shown)",
                    remedy)
            } else if !prefix.hasSuffix("/") {
                let example = element.origin == .file ? prefix + "/" : "candle/1m/"
                add(
                    place, element.position, "\(element.shown) may end inside a name",
                    "End it in a slash: \(Quoted.text(example))")
            }
        }
    }

    /// Whether what a node's settings make may show a value of the environment.
    func tellsEnvironment(_ node: Topology.Node?) -> Bool {
        node?.settings.hasOrigin { $0 != .file } ?? false
    }

    // MARK: Shape

    /// Nodes that nobody feeds or that feed nobody. A misspelt end counts for the node that it most likely means.
    private mutating func checkLoneNodes(_ drafts: [EdgeDraft]) {
        var feeding: Set<String> = []
        var fed: Set<String> = []
        for draft in drafts {
            feeding.insert(names.contains(draft.from) ? draft.from : meant(by: draft.from))
            fed.insert(names.contains(draft.to) ? draft.to : meant(by: draft.to))
        }
        for node in nodes {
            let lacksInput = node.role != .source && !fed.contains(node.name)
            let lacksOutput = node.role != .sink && !feeding.contains(node.name)
            guard lacksInput || lacksOutput, let place = places[node.name] else { continue }
            let isConnected = fed.contains(node.name) || feeding.contains(node.name)
            let problem =
                !isConnected ? "no edge names this node" : lacksInput ? "no edge feeds this node" : "it feeds no node"
            let example = lacksInput ? "\"to\": \(Quoted.text(node.name))" : "\"from\": \(Quoted.text(node.name))"
            add(place.path, place.position, problem, "Add an edge with \(example), or take the node away")
        }
    }

    private func meant(by name: String) -> String {
        names.count <= 64 ? Spelling.nearest(to: name, among: names) ?? name : name
    }

    /// One fault per edge that closes a circle; the search goes at most as deep as there are nodes.
    private mutating func checkCycles(_ drafts: [EdgeDraft]) {
        var outgoing: [String: [EdgeDraft]] = [:]
        for draft in drafts where names.contains(draft.from) && names.contains(draft.to) {
            outgoing[draft.from, default: []].append(draft)
        }
        var finished: Set<String> = []
        for name in names where !finished.contains(name) {
            walk(name, way: [name], outgoing: outgoing, finished: &finished)
        }
    }

    private mutating func walk(
        _ name: String, way: [String], outgoing: [String: [EdgeDraft]], finished: inout Set<String>
    ) {
        for draft in outgoing[name] ?? [] where !finished.contains(draft.to) {
            guard let start = way.firstIndex(of: draft.to) else {
                walk(draft.to, way: way + [draft.to], outgoing: outgoing, finished: &finished)
                continue
            }
            let circle = (way[start...] + [draft.to]).map(Quoted.text).joined(separator: " → ")
            add(
                draft.settings, "to", "the edges go in a circle: \(circle)",
                "Take one of them away; what goes back enters again as a source")
        }
        finished.insert(name)
    }
}
