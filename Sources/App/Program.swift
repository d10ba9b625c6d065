internal import Foundation
internal import Graph

/// The command line: picks the command and turns what goes wrong into one clear line and an exit status.
struct Program {
    static let version = "0.1.0"

    let arguments: [String]
    let environment: [String: String]

    /// Every command, in the order of the help.
    static var commands: [any Command.Type] {
        [
            RunCommand.self, UpCommand.self, ReplayCommand.self, TapCommand.self, QueryCommand.self, CheckCommand.self,
            GraphCommand.self, KindsCommand.self, JournalCommand.self, QuarantineCommand.self, HealthCommand.self,
            KeysCommand.self, ReshardCommand.self,
            BenchCommand.self,
        ]
    }

    /// 0 for success, 1 for a failure while running, 2 for what the user wrote.
    func run() async -> Int32 {
        var rest = Arguments(arguments)
        if rest.takeFlag("--version") {
            print("millrace \(Program.version)")
            return 0
        }
        var name = rest.takeWord()
        var wantsHelp = rest.takeFlag("--help")
        if name == "help" { (name, wantsHelp) = (rest.takeWord(), true) }
        guard let name else {
            do { try rest.finish() } catch {
                Terminal.complain("millrace: \(error)\nTry `millrace --help`.")
                return 2
            }
            print(HelpText.all(Program.commands))
            return wantsHelp ? 0 : 2
        }
        guard let command = Program.commands.first(where: { $0.name == name }) else {
            Terminal.complain(HelpText.unknown(name, Program.commands))
            return 2
        }
        if wantsHelp {
            print(HelpText.one(command))
            return 0
        }
        do {
            return try await command.init(&rest, environment: environment).run()
        } catch let error as UsageError {
            Terminal.complain("millrace \(name): \(error)\nTry `millrace \(name) --help`.")
            return 2
        } catch {
            Terminal.complain("millrace \(name): \(error)")
            return 1
        }
    }
}

/// One command of the program.
protocol Command {
    static var name: String { get }
    /// How it is called, without the program's name.
    static var usage: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// Options, one per line, and examples.
    static var details: String { get }

    /// Takes the command's own arguments; throws `UsageError` for what it does not know.
    init(_ arguments: inout Arguments, environment: [String: String]) throws
    /// Returns the exit status.
    func run() async throws -> Int32
}

/// What the user wrote cannot be understood.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The words of a command line, taken one by one.
struct Arguments {
    private var words: [String]

    init(_ words: [String]) { self.words = words }

    /// What `takeWord` would take.
    var nextWord: String? { words.first { !$0.hasPrefix("-") || $0 == "-" } }

    /// The first word that is no option.
    mutating func takeWord() -> String? {
        guard let index = words.firstIndex(where: { !$0.hasPrefix("-") || $0 == "-" }) else { return nil }
        return words.remove(at: index)
    }

    /// All words that are no options. Options with values must have been taken before.
    mutating func takeWords() -> [String] {
        var taken: [String] = []
        while let word = takeWord() { taken.append(word) }
        return taken
    }

    mutating func takeFlag(_ name: String) -> Bool {
        guard let index = words.firstIndex(of: name) else { return false }
        words.remove(at: index)
        return true
    }

    /// The value behind an option, written `--option value` or `--option=value`.
    mutating func takeValue(_ name: String) throws -> String? {
        if let index = words.firstIndex(where: { $0.hasPrefix(name + "=") }) {
            return String(words.remove(at: index).dropFirst(name.count + 1))
        }
        guard let index = words.firstIndex(of: name) else { return nil }
        guard index + 1 < words.count else { throw UsageError("\(name) wants a value") }
        words.remove(at: index)
        return words.remove(at: index)
    }

    mutating func takeNumber(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try takeValue(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(name) wants a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A time such as `20s`, above zero.
    mutating func takeDuration(_ name: String) throws -> Duration? {
        guard let text = try takeValue(name) else { return nil }
        guard let duration = DurationText.duration(text), duration > .zero else {
            throw UsageError("\(name) wants a time such as 20s, 5m or 1h")
        }
        return duration
    }

    /// Everything must have been taken.
    func finish() throws {
        if let word = words.first { throw UsageError("what is \(word)?") }
    }
}
