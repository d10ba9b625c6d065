/// One thing wrong in a topology file: where, what, and what would be right.
public struct TopologyFault: Error, Hashable, Sendable {
    public let path: JSONPath
    public let position: JSONPosition
    /// What is wrong, a sentence without its full stop.
    public let problem: String
    /// What would be right, a sentence without its full stop.
    public let remedy: String

    public init(path: JSONPath, position: JSONPosition, problem: String, remedy: String) {
        self.path = path
        self.position = position
        self.problem = problem
        self.remedy = remedy
    }
}

extension TopologyFault: Comparable {
    /// The order of the file.
    public static func < (left: TopologyFault, right: TopologyFault) -> Bool {
        if left.position != right.position { return left.position < right.position }
        return (left.path.description, left.problem, left.remedy)
            < (right.path.description, right.problem, right.remedy)
    }
}

extension TopologyFault: CustomStringConvertible {
    /// One line, `line 8, column 31: nodes.flow.ring: 0 is too small. Write 16 or more.`
    public var description: String {
        let place = path == .root ? "\(position)" : "\(position): \(path)"
        return "\(place): \(problem). \(remedy)" + (remedy.hasSuffix("?") || remedy.hasSuffix("…") ? "" : ".")
    }
}

/// Everything that is wrong in a topology file, in the order of the file; never empty.
public struct TopologyError: Error, Sendable, CustomStringConvertible {
    /// More faults than this are counted, not printed.
    public static let printLimit = 100

    public let faults: [TopologyFault]

    init(_ faults: Set<TopologyFault>) {
        precondition(!faults.isEmpty, "An error must have a fault.")
        self.faults = faults.sorted()
    }

    init(_ error: JSONError) {
        self.init([
            TopologyFault(
                path: .root, position: error.position, problem: "not JSON: found \(error.found)",
                remedy: "Expected is \(error.expected)")
        ])
    }

    /// One line per fault, and a last line with their count.
    public var description: String {
        var lines = faults.prefix(TopologyError.printLimit).map(\.description)
        let rest = faults.count - lines.count
        if rest > 0 { lines.append("… and \(rest) more") }
        lines.append(faults.count == 1 ? "1 fault" : "\(faults.count) faults")
        return lines.joined(separator: "\n")
    }
}
