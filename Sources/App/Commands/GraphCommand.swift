internal import Graph

/// `millrace graph`: draws a topology file.
struct GraphCommand: Command {
    static let name = "graph"
    static let usage = "graph [FILE] [--dot]"
    static let summary = "draw a topology as Mermaid or DOT"
    static let details = """
          --dot    for Graphviz; without it Mermaid, which many viewers of Markdown draw

        Examples:
          millrace graph topology.json
          millrace graph topology.json --dot | dot -Tsvg > graph.svg
        """

    private let path: String
    private let isDot: Bool
    private let environment: [String: String]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        isDot = arguments.takeFlag("--dot")
        path = arguments.takeWord() ?? TopologyFile.standardName
        self.environment = environment
        try arguments.finish()
    }

    func run() throws -> Int32 {
        do {
            let topology = try TopologyFile.read(path, environment: environment)
            print(isDot ? GraphText.dot(topology) : GraphText.mermaid(topology))
            return 0
        } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
    }
}
