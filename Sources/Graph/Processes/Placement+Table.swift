extension Placement {
    /// A table of what runs where, for a person: one line per node, sources first.
    public var table: String {
        var lines: [String] = []
        for process in processes {
            lines.append(headline(process))
            var rows = [["node", "kind", "role", "runs on", "fed by", "feeds", "topics"]]
            let nodes = process.nodes.compactMap(topology.node)
            for role in NodeRole.allCases { rows += nodes.filter { $0.role == role }.map(row) }
            lines += Placement.aligned(rows)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `process core, 4 shards of 2 lanes, read at ipc://data/links/core.0 … core.3`
    private func headline(_ process: Process) -> String {
        var line = "process \(process.name)"
        if process.shards.count > 1 {
            line += ", \(process.shards.count) shards (\(process.shards.text)) of"
        } else {
            line += ","
        }
        line += process.lanes == 1 ? " 1 lane" : " \(process.lanes) lanes"
        guard process.nodes.contains(where: isRead), let first = parts(of: process).first else { return line }
        line += ", read at \(link(of: first).address)"
        if let last = parts(of: process).last, last != first { line += " to \(link(of: last).address)" }
        return link(of: first).keys == nil ? line : line + " with keys"
    }

    private func row(_ node: Topology.Node) -> [String] {
        let place: String
        let topics: [String]
        switch node.role {
        case .source: (place, topics) = ("own task", [])
        case .symbols: (place, topics) = ("lanes", topology.topics(of: node.name))
        case .sink: (place, topics) = ("own task", topology.edges(to: node.name).flatMap { topology.topics(on: $0) })
        }
        let fedBy = topology.edges(to: node.name).map(\.from)
        let feeds = topology.edges(from: node.name).map { "\($0.to) (\($0.delivery.rawValue))" }
        return [node.name, node.shownKind, node.role.rawValue, place] + [fedBy, feeds, topics].map(Placement.list)
    }

    /// Names without repetition; `-` for none.
    private static func list(_ names: [String]) -> String {
        var seen: Set<String> = []
        let unique = names.filter { seen.insert($0).inserted }
        return unique.isEmpty ? "-" : unique.joined(separator: " ")
    }

    /// Columns padded to their widest cell, the last one not.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
