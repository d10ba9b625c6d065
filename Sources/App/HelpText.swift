internal import Graph

/// The texts of `--help`.
enum HelpText {
    static func all(_ commands: [any Command.Type]) -> String {
        let width = commands.map { $0.name.count }.max() ?? 0
        let lines = commands.map { "  \(padded($0.name, width))  \($0.summary)" }
        return """
            millrace: live order flow from a topology file

            Usage: millrace COMMAND …

            \(lines.joined(separator: "\n"))

            Examples:
              millrace run topology.json           run a graph until Ctrl-C
              millrace check topology.json         find every fault of a file
              millrace replay day.dbn.zst          what a recording holds, symbol by symbol
              millrace tap tcp://127.0.0.1:5556    watch what a graph publishes

            `millrace COMMAND --help` says more. `millrace --version` prints \(Program.version).
            """
    }

    static func one(_ command: any Command.Type) -> String {
        "\(command.summary)\n\nUsage: millrace \(command.usage)\n\n\(command.details)"
    }

    static func unknown(_ name: String, _ commands: [any Command.Type]) -> String {
        let guess = Spelling.nearest(to: name, among: commands.map { $0.name }).map { " Did you mean `\($0)`?" } ?? ""
        return "millrace: there is no command `\(name)`.\(guess) `millrace --help` lists all."
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
