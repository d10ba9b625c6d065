/// A topology as a picture: the text that Mermaid or Graphviz draws.
public enum GraphText {
    /// A Mermaid flowchart, for a README or an issue.
    public static func mermaid(_ topology: Topology) -> String {
        var lines = ["flowchart LR"]
        let marks = marks(topology)
        for (node, mark) in zip(topology.nodes, marks) {
            let text = "\"\(mermaidText(node.name))<br/>\(mermaidText(node.shownKind))\""
            switch node.role {
            case .source: lines.append("    \(mark)([\(text)])")
            case .symbols: lines.append("    \(mark)[\(text)]")
            case .sink: lines.append("    \(mark)[/\(text)/]")
            }
        }
        let names = Dictionary(uniqueKeysWithValues: zip(topology.nodes.map(\.name), marks))
        for edge in topology.edges {
            guard let from = names[edge.from], let to = names[edge.to] else { continue }
            let label = label(edge).map(mermaidText).joined(separator: "<br/>")
            lines.append("    \(from) -->|\"\(label)\"| \(to)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A Graphviz digraph.
    public static func dot(_ topology: Topology) -> String {
        var lines = ["digraph millrace {", "    rankdir=LR;"]
        for node in topology.nodes {
            let shape =
                switch node.role {
                case .source: "oval"
                case .symbols: "box"
                case .sink: "parallelogram"
                }
            let name = dotText(node.name)
            lines.append("    \"\(name)\" [shape=\(shape), label=\"\(name)\\n\(dotText(node.shownKind))\"];")
        }
        for edge in topology.edges {
            let label = label(edge).map(dotText).joined(separator: "\\n")
            lines.append("    \"\(dotText(edge.from))\" -> \"\(dotText(edge.to))\" [label=\"\(label)\"];")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// Marks instead of names: a Mermaid name may be no word of its language (`end`).
    private static func marks(_ topology: Topology) -> [String] { topology.nodes.indices.map { "n\($0)" } }

    private static func label(_ edge: Topology.Edge) -> [String] {
        [edge.delivery.rawValue] + (edge.topics ?? []) + (edge.symbols?.patterns.prefix(8).map(\.description) ?? [])
    }

    private static func mermaidText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "#", "&", "<", ">", "|", "`": result += "#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func dotText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
