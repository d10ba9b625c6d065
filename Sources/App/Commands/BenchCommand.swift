internal import Engine

/// `millrace bench`: measures the core against hand-written C, or what each analytic costs, in one run.
struct BenchCommand: Command {
    static let name = "bench"
    static let usage = """
        bench orderflow|analytics INPUT --symbols N [--burst N] [--rounds N] [--core N]
               millrace bench store --url URL [--rows N] [--commit N] [--rounds N]
        """
    static let summary = "measure the core against hand-written C, what analytics cost, or a store"
    static let details = """
        INPUT holds records of 40 bytes, as Benchmarks/orderflow/generate.py writes them.

          --symbols N   symbols in the input
          --burst N     events handed over before the lane runs, 1 to 1024; 64 unless said otherwise
          --rounds N    passes of each side, alternated; the median counts; 5 unless said otherwise
          --core N      the core that the thread is tied to; 1 unless said otherwise
          --only NAME   of `analytics`: this one beside none, or `all` of them together

        `orderflow` prints a CHECK line (what was computed, equal on both sides) and a RESULT line. `analytics` puts a
        quote before each trade whose bid or ask has changed, and prints nanoseconds an event for the state alone, with
        each analytic added, and with all that need no book.

        `store` puts ticks and candles into the PostgreSQL server at URL, through the sink and, in turn, by hand as
        plain COPY. It makes the schema millrace_bench there and removes it again.

          --rows N      rows of each round; 400000 unless said otherwise
          --commit N    rows of one commit; 10000 unless said otherwise

        Example:
          millrace bench orderflow Benchmarks/data/100.bin --symbols 100
        """

    private enum Work: String { case orderflow, analytics }

    private let store: StoreBench?
    private let work: Work
    private let only: String?
    private let path: String
    private let bench: (symbols: Int, burst: Int, rounds: Int, core: Int)

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        if arguments.nextWord == "store" {
            store = try BenchCommand.store(&arguments)
            (work, only, path, bench) = (.orderflow, nil, "", (0, 0, 0, 0))
            return
        }
        store = nil
        guard let symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000) else {
            throw UsageError("--symbols is needed")
        }
        bench = (
            symbols, try arguments.takeNumber("--burst", in: 1...RouterLimits.flight) ?? 64,
            try arguments.takeNumber("--rounds", in: 1...99) ?? 5, try arguments.takeNumber("--core", in: 0...1023) ?? 1
        )
        only = try arguments.takeValue("--only")
        guard let work = arguments.takeWord().flatMap(Work.init) else {
            throw UsageError("the benchmarks are called orderflow, analytics and store")
        }
        self.work = work
        guard let input = arguments.takeWord() else { throw UsageError("the input is missing") }
        path = input
        try arguments.finish()
    }

    private static func store(_ arguments: inout Arguments) throws -> StoreBench {
        _ = arguments.takeWord()
        guard let url = try arguments.takeValue("--url") else { throw UsageError("--url is needed") }
        let bench = StoreBench(
            url: url, rows: try arguments.takeNumber("--rows", in: 1_000...20_000_000) ?? 400_000,
            step: try arguments.takeNumber("--commit", in: 1...1_000_000) ?? 10_000,
            rounds: try arguments.takeNumber("--rounds", in: 1...99) ?? 5)
        try arguments.finish()
        return bench
    }

    func run() throws -> Int32 {
        if let store { return try store.run() }
        let trades = try OrderflowBench.load(path)
        switch work {
        case .orderflow:
            return OrderflowBench(
                trades: trades, symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds, core: bench.core
            ).run()
        case .analytics:
            return AnalyticsBench(
                trades: trades, symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds, core: bench.core,
                only: only
            ).run()
        }
    }
}
