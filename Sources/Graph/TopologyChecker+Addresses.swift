// Where processes find each other, what they know each other by, and every address free when somebody binds it.

/// An address that somebody binds, on a host that the file names or on any.
private struct Holding {
    let endpoint: Endpoint
    let host: String?
    let owner: String

    func clashes(with other: Holding) -> Bool {
        guard host == nil || other.host == nil || host == other.host else { return false }
        return endpoint.clashes(with: other.endpoint)
    }
}

extension TopologyChecker {
    /// What a process's link lacks: keys on both sides or on none, and shards that can be told from each other.
    mutating func checkLink(_ process: ProcessDraft, _ processes: [ProcessDraft], _ edges: [CheckedEdge]) {
        let (definition, own) = (process.definition, Set(process.definition.nodes))
        let shards = shards(of: definition)
        if definition.hasHosts, shards == 1 {
            add(process.object, "link", "the process has no shards", "Take \"{shard}\" away")
        }
        let read = edges.filter { own.contains($0.edge.from) && !own.contains($0.edge.to) }.map(\.edge.to)
        guard !read.isEmpty, let keys = definition.keys else { return }
        if keys.publicKey == nil || keys.clients == nil {
            add(
                process.object, "curve",
                "\(Quoted.text(read[0])) reads this process, and cannot know its key or be on its list",
                "Write \"public\", the file of its public key, and \"clients\", who may read it")
        }
        for reader in processes
        where reader.definition.keys == nil && read.contains(where: reader.definition.nodes.contains) {
            add(
                reader.object, "nodes",
                "process \(Quoted.text(definition.name)), which this one reads, has keys, and this one has none",
                "Write \"curve\": { \"secret\": \"keys/\(reader.definition.name).secret\" }")
        }
    }

    private func shards(of process: ProcessDefinition) -> Int {
        process.nodes.compactMap(node).map(\.facts.shards.count).max() ?? 1
    }

    /// Two nodes or processes that would bind one address, each shard's own included.
    mutating func checkHoldings(_ draft: TopologyDraft) {
        var seen: [Holding] = []
        for node in nodes where !faulty.contains(node.name) {
            let home = draft.processes.first { $0.definition.nodes.contains(node.name) }?.definition
            let shards = home.map(shards) ?? node.facts.shards.count
            for holding in node.facts.holdings {
                let own = (0..<shards).map { shard in
                    (
                        shards == 1 ? holding.endpoint : Endpoint.text(holding.endpoint, shard: shard),
                        home?.host(ofShard: shards == 1 ? nil : shard)
                    )
                }
                let fault = claim(own, by: "node \(Quoted.text(node.name))", &seen)
                if let fault { add(node.settings, holding.field, fault, "Give each node an address of its own") }
            }
        }
        checkLinkAddresses(draft.processes, &seen)
        checkStatus(draft, seen)
    }

    private mutating func checkLinkAddresses(_ processes: [ProcessDraft], _ seen: inout [Holding]) {
        var found: [Holding] = []
        for (object, process) in processes where process.address != nil {
            let shards = shards(of: process)
            let links = (0..<shards).map { process.link(ofShard: shards == 1 ? nil : $0, orAt: "") }
            let name = "process \(Quoted.text(process.name))"
            let hosts = (0..<shards).map { process.host(ofShard: shards == 1 ? nil : $0) }
            let field = process.listening == nil ? "link" : "bind"
            let remedy = "Give each process an address of its own"
            if let fault = claim(zip(links.map(\.bind), hosts).map { $0 }, by: name, &seen) {
                add(object, field, fault, remedy)
            } else if let fault = claim(links.map { ($0.address, nil) }, by: name, &found) {
                // Both may listen, and nobody would know which of them answers.
                add(object, "link", fault, remedy)
            }
        }
    }

    private mutating func checkStatus(_ draft: TopologyDraft, _ seen: [Holding]) {
        guard let status = draft.status else { return }
        let parts = max(draft.processes.map { shards(of: $0.definition) }.reduce(0, +), 1)
        for part in 0..<parts {
            let endpoint = Endpoint(status.definition.endpoint(ofPart: part))
            guard let rival = seen.first(where: { $0.endpoint.clashes(with: endpoint) }) else { continue }
            return add(
                status.object, "bind",
                "\(rival.owner) already has this address" + (part > 0 ? ", \(part) further on" : ""),
                "Leave it a run of ports, one for each process and shard")
        }
    }

    /// Notes an address for each shard; what is wrong where another has it.
    private func claim(_ places: [(address: String, host: String?)], by owner: String, _ seen: inout [Holding])
        -> String?
    {
        var fault: String?
        for (shard, place) in places.enumerated() {
            let holding = Holding(
                endpoint: Endpoint(place.address), host: place.host,
                owner: shard == 0 ? owner : "shard \(shard) of \(owner)")
            if let rival = seen.first(where: { $0.clashes(with: holding) }) {
                fault = fault ?? "\(rival.owner) already has this address"
            }
            seen.append(holding)
        }
        return fault
    }
}
