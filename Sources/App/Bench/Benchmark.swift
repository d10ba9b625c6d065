/// Something that `millrace bench` measures against its own yardstick in the same run.
protocol Benchmark {
    static var name: String { get }
    /// What comes behind the name on the command line.
    static var usage: String { get }
    /// What it measures and prints, and its options.
    static var details: String { get }

    /// Takes its own arguments; throws `UsageError` for what it does not know.
    init(_ arguments: inout Arguments) throws
    /// Returns the exit status.
    func run() async throws -> Int32
}

extension Arguments {
    /// Passes of each side; the median counts.
    mutating func takeRounds() throws -> Int { try takeNumber("--rounds", in: 1...99) ?? 5 }
}

/// What the benchmarks of the core ask for: recorded trades, and how they are handed over.
struct CoreBenchInput {
    static let usage = "INPUT --symbols N [--burst N] [--rounds N] [--core N]"

    let path: String
    let symbols: Int
    let burst: Int
    let rounds: Int
    let core: Int

    init(_ arguments: inout Arguments) throws {
        guard let symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000) else {
            throw UsageError("--symbols is needed")
        }
        self.symbols = symbols
        burst = try arguments.takeNumber("--burst", in: 1...1_024) ?? 64
        rounds = try arguments.takeRounds()
        core = try arguments.takeNumber("--core", in: 0...1_023) ?? 1
        guard let path = arguments.takeWord() else { throw UsageError("the input is missing") }
        self.path = path
    }
}
