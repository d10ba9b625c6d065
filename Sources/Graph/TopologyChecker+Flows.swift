// What flows where: which symbols pass an edge, who publishes what to whom, and who can keep it.

extension TopologyChecker {
    /// Whether lossless edges have something that keeps what their reader missed.
    mutating func checkConnections(_ edges: [CheckedEdge]) {
        for checked in edges {
            guard node(checked.edge.to)?.facts.readsJournal != true else {
                checkStoreEdge(checked)
                continue
            }
            guard checked.edge.delivery == .lossless else { continue }
            let (from, to) = (checked.edge.from, checked.edge.to)
            if checked.carriesEvents {
                guard !faulty.contains(from), node(from)?.facts.canWait == false else { continue }
                add(
                    checked.settings, "delivery", "source \(Quoted.text(from)) is live and cannot wait",
                    "Write \"latest\": what finds no room is refused, counted, and marked by a gap")
                continue
            }
            if !faulty.contains(to), node(to)?.facts.keepsLossless == false {
                add(
                    checked.settings, "delivery", "sink \(Quoted.text(to)) cannot ask for what it missed",
                    "Write \"latest\", or choose a sink that stores")
            }
            let sources = edges.filter { $0.carriesEvents && $0.edge.to == from }.map(\.edge.from)
            for source in sources where !faulty.contains(source) && node(source)?.facts.canWait == false {
                add(
                    checked.settings, "delivery", "source \(Quoted.text(source)) behind it is live and cannot wait",
                    "Write \"latest\", or feed \(Quoted.text(from)) from a source that can wait")
            }
        }
    }

    /// A store reads a journal: it can lag behind a live source, and misses nothing.
    private mutating func checkStoreEdge(_ checked: CheckedEdge) {
        guard checked.edge.delivery == .latest else { return }
        add(
            checked.settings, "delivery",
            "the store \(Quoted.text(checked.edge.to)) misses nothing, however slow it is",
            "Take it away")
    }

    /// Stores take up where they were, which only a journal can give them.
    mutating func checkStores() {
        for store in nodes where store.facts.readsJournal {
            guard let place = places[store.name] else { continue }
            add(
                place.path, place.position, "the store \(Quoted.text(store.name)) needs a journal to go on from",
                "Write \"data\": { \"folder\": \"data\" } at the top of the file")
        }
    }

    /// A symbol on two sources, two edges that carry the same, and two nodes on one topic.
    mutating func checkSymbols(_ edges: [CheckedEdge]) {
        let usable = edges.filter { !faulty.contains($0.edge.from) && !faulty.contains($0.edge.to) }
        var events: [(checked: CheckedEdge, flow: SymbolFlow)] = []
        for checked in usable where checked.carriesEvents {
            guard let from = node(checked.edge.from), let to = node(checked.edge.to) else { continue }
            let flow = SymbolFlow(from.facts.symbols)
                .filtered(by: checked.edge.symbols ?? .any, comparisons: &comparisons)
                .filtered(by: to.facts.symbols, comparisons: &comparisons)
            compare(checked, flow, with: events)
            events.append((checked, flow))
        }
        var updates: [(checked: CheckedEdge, flow: SymbolFlow)] = []
        for checked in usable where !checked.carriesEvents {
            var flow = SymbolFlow.none
            for feed in events where feed.checked.edge.to == checked.edge.from { flow.formUnion(feed.flow) }
            flow = flow.filtered(by: checked.edge.symbols ?? .any, comparisons: &comparisons)
            compareTopics(checked, flow, with: updates)
            updates.append((checked, flow))
        }
        guard comparisons >= SymbolFlow.comparisonLimit, let first = usable.first else { return }
        add(
            JSONPath("edges"), first.settings.position, "the file has too many patterns of symbols to compare",
            "Name the symbols, or use fewer patterns")
    }

    private mutating func compare(
        _ checked: CheckedEdge, _ flow: SymbolFlow, with others: [(checked: CheckedEdge, flow: SymbolFlow)]
    ) {
        for (rival, rivalFlow) in others {
            let isSameSource = rival.edge.from == checked.edge.from
            // One source may feed many symbols nodes: each has an actor of its own for the symbol.
            if isSameSource, rival.edge.to != checked.edge.to { continue }
            guard let shared = flow.overlap(rivalFlow, comparisons: &comparisons) else { continue }
            let sources = [checked.edge.from, rival.edge.from]
            let what =
                showsNothing(of: sources + [checked.edge.to, rival.edge.to], [checked, rival]) ? "a symbol" : shared
            if isSameSource {
                add(
                    checked.settings.path, checked.settings.position,
                    "it carries \(what) from \(Quoted.text(checked.edge.from)), as \(rival.settings.path) does already",
                    "Take it away, or give each edge its own \"symbols\"")
            } else {
                add(
                    checked.settings, "from",
                    "\(what) comes from \(Quoted.text(rival.edge.from)) (\(rival.settings.path)) as well",
                    "A symbol has one source: narrow \"symbols\" of a source or of an edge")
            }
        }
    }

    private mutating func compareTopics(
        _ checked: CheckedEdge, _ flow: SymbolFlow, with others: [(checked: CheckedEdge, flow: SymbolFlow)]
    ) {
        guard let facts = node(checked.edge.from)?.facts else { return }
        let topics = TopicPrefix.topics(of: facts, for: checked.edge.topics)
        for (rival, rivalFlow) in others where rival.edge.to == checked.edge.to {
            guard let rivalFacts = node(rival.edge.from)?.facts else { continue }
            let rivalTopics = Set(TopicPrefix.topics(of: rivalFacts, for: rival.edge.topics))
            guard let topic = topics.first(where: rivalTopics.contains), meetInSymbols(checked, rival, topic),
                flow.overlap(rivalFlow, comparisons: &comparisons) != nil
            else { continue }
            let isSecret = showsNothing(of: [checked.edge.from, rival.edge.from], [checked, rival])
            let what = isSecret ? "a topic" : "topic \(Quoted.text(topic))"
            if rival.edge.from == checked.edge.from {
                add(
                    checked.settings.path, checked.settings.position,
                    "it carries \(what), as \(rival.settings.path) does already",
                    "Take it away, or give each edge its own \"topics\" or \"symbols\"")
            } else {
                let (one, other) = (Quoted.text(rival.edge.from), Quoted.text(checked.edge.from))
                add(
                    checked.settings, "from",
                    "\(one) (\(rival.settings.path)) and \(other) publish \(what) to one sink",
                    "Give each edge its own \"topics\" or \"symbols\"")
            }
        }
    }

    /// Whether two edges can both carry one full topic: prefixes that go on into different symbols do not meet.
    private func meetInSymbols(_ one: CheckedEdge, _ other: CheckedEdge, _ topic: String) -> Bool {
        let prefixes = (one.edge.topics ?? [topic]).filter { TopicPrefix.meet($0, topic) }
        let rivals = (other.edge.topics ?? [topic]).filter { TopicPrefix.meet($0, topic) }
        return prefixes.contains { prefix in rivals.contains { TopicPrefix.meet(prefix, $0) } }
    }

    /// Whether a name may come from the environment: a message then says less.
    private func showsNothing(of names: [String], _ edges: [CheckedEdge]) -> Bool {
        let isForeign: (JSONValue.Origin) -> Bool = { $0 != .file }
        return names.contains { tellsEnvironment(node($0)) }
            || edges.contains { $0.settings.hasOrigin(isForeign) }
    }
}
