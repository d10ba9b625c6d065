internal import Engine

/// `millrace bench`: measures the core against hand-written C, what each analytic costs, or the relay, in one run.
struct BenchCommand: Command {
    static let name = "bench"
    static let usage =
        "bench orderflow|analytics INPUT --symbols N [--burst N] [--rounds N] [--core N]; bench redis --url URL"
    static let summary = "measure the core against hand-written C, what analytics cost, or the relay to Redis"
    static let details = """
        INPUT holds records of 40 bytes, as Benchmarks/orderflow/generate.py writes them.

          --symbols N   symbols in the input
          --burst N     events handed over before the lane runs, 1 to 1024; 64 unless said otherwise
          --rounds N    passes of each side, alternated; the median counts; 5 unless said otherwise
          --core N      the core that the thread is tied to; 1 unless said otherwise
          --only NAME   of `analytics`: this one beside none, or `all` of them together
          --url URL     of `redis`, which needs no INPUT: the server, whose keys it writes over

        `orderflow` prints a CHECK line (what was computed, equal on both sides) and a RESULT line. `analytics` puts a
        quote before each trade whose bid or ask has changed, and prints nanoseconds an event for the state alone, with
        each analytic added, and with all that need no book. `redis` writes quotes of 1000 symbols, or N, through the
        relay, alternated with redis-benchmark's SET of 64 bytes, 16 commands at once, on the same server.

        Example:
          millrace bench orderflow Benchmarks/data/100.bin --symbols 100
        """

    private enum Work: String { case orderflow, analytics, redis }

    private let work: Work
    private let only: String?
    private let path: String
    private let url: String?
    private let bench: (symbols: Int, burst: Int, rounds: Int, core: Int)

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        let symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000)
        url = try arguments.takeValue("--url")
        bench = (
            symbols ?? 1_000, try arguments.takeNumber("--burst", in: 1...RouterLimits.flight) ?? 64,
            try arguments.takeNumber("--rounds", in: 1...99) ?? 5, try arguments.takeNumber("--core", in: 0...1023) ?? 1
        )
        only = try arguments.takeValue("--only")
        guard let work = arguments.takeWord().flatMap(Work.init) else {
            throw UsageError("the benchmarks are called orderflow, analytics and redis")
        }
        self.work = work
        switch work {
        case .orderflow, .analytics:
            guard symbols != nil else { throw UsageError("--symbols is needed") }
            guard let input = arguments.takeWord() else { throw UsageError("the input is missing") }
            path = input
        case .redis:
            guard url != nil else { throw UsageError("--url is needed: the benchmark writes over the server's keys") }
            path = ""
        }
        try arguments.finish()
    }

    func run() throws -> Int32 {
        switch work {
        case .redis: return try RelayBench(url: url ?? "", symbols: bench.symbols, rounds: bench.rounds).run()
        case .orderflow:
            let trades = try OrderflowBench.load(path)
            return OrderflowBench(
                trades: trades, symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds, core: bench.core
            ).run()
        case .analytics:
            let trades = try OrderflowBench.load(path)
            return AnalyticsBench(
                trades: trades, symbols: bench.symbols, burst: bench.burst, rounds: bench.rounds, core: bench.core,
                only: only
            ).run()
        }
    }
}
