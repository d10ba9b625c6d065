internal import Engine

/// `millrace bench`: measures the core against hand-written C, or what each analytic costs, in one run.
struct BenchCommand: Command {
    static let name = "bench"
    static let usage = "bench orderflow|analytics INPUT --symbols N …, or bench journal FOLDER [--batch N] [--rounds N]"
    static let summary = "measure the core against hand-written C, what analytics cost, or a journal"
    static let details = """
        INPUT holds records of 40 bytes, as Benchmarks/orderflow/generate.py writes them.

          --symbols N   symbols in the input
          --burst N     events handed over before the lane runs, 1 to 1024; 64 unless said otherwise
          --rounds N    passes of each side, alternated; the median counts; 5 unless said otherwise
          --core N      the core that the thread is tied to; 1 unless said otherwise
          --only NAME   of `analytics`: this one beside none, or `all` of them together
          --batch N     of `journal`: events of a batch, 1 to 65536; 64 unless said otherwise

        `orderflow` prints a CHECK line (what was computed, equal on both sides) and a RESULT line. `analytics` puts a
        quote before each trade whose bid or ask has changed, and prints nanoseconds an event for the state alone, with
        each analytic added, and with all that need no book. `journal` writes and reads events in turn, in a new
        folder in FOLDER that goes afterwards.

        Examples:
          millrace bench orderflow Benchmarks/data/100.bin --symbols 100
          millrace bench journal /tmp --batch 1024
        """

    private enum Work: String { case orderflow, analytics, journal }

    private let work: Work
    private let only: String?
    private let path: String
    private let batch: Int
    private let bench: (symbols: Int, burst: Int, rounds: Int, core: Int)

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        let symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000)
        batch = try arguments.takeNumber("--batch", in: 1...65_536) ?? 64
        bench = (
            symbols ?? 1, try arguments.takeNumber("--burst", in: 1...RouterLimits.flight) ?? 64,
            try arguments.takeNumber("--rounds", in: 1...99) ?? 5, try arguments.takeNumber("--core", in: 0...1023) ?? 1
        )
        only = try arguments.takeValue("--only")
        guard let work = arguments.takeWord().flatMap(Work.init) else {
            throw UsageError("the benchmarks are called orderflow, analytics and journal")
        }
        guard work == .journal || symbols != nil else { throw UsageError("--symbols is needed") }
        self.work = work
        guard let input = arguments.takeWord() else { throw UsageError("the input is missing") }
        path = input
        try arguments.finish()
    }

    func run() throws -> Int32 {
        switch work {
        case .journal: return try JournalBench(folder: path, batch: batch, rounds: bench.rounds).run()
        case .orderflow:
            return OrderflowBench(
                trades: try OrderflowBench.load(path), symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds,
                core: bench.core
            ).run()
        case .analytics:
            return AnalyticsBench(
                trades: try OrderflowBench.load(path), symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds,
                core: bench.core,
                only: only
            ).run()
        }
    }
}
