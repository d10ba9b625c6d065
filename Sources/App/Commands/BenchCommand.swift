/// `millrace bench`: measures one part of the program against a yardstick in the same run.
struct BenchCommand: Command {
    static let name = "bench"
    static let usage = "bench \(benchmarks.map { $0.name }.joined(separator: "|")) …"
    static let summary = "measure the core, latency, stages or a store against a yardstick in the same run"
    static var details: String {
        let each = benchmarks.map { "\n  bench \($0.name) \($0.usage)\n\n" + indented($0.details) + "\n" }.joined()
        return """
            Each side is measured in turn, so many rounds (5 unless --rounds says otherwise), and the medians count. The
            last lines, RESULT …, are for programs.
            \(each)
            Examples:
              millrace bench orderflow Benchmarks/data/100.bin --symbols 100
              millrace bench journal /tmp --batch 1024
            """
    }

    private static var benchmarks: [any Benchmark.Type] {
        [
            OrderflowBench.self, AnalyticsBench.self, JournalBench.self, StoreBench.self, RelayBench.self,
            LatencyBench.self, ThroughputBench.self, FanOutBench.self, StagesBench.self, RecoveryBench.self,
            ComparePart.self,
        ]
    }

    /// What a benchmark starts as a process of its own; nobody else would.
    private static var parts: [any Benchmark.Type] { [SubscriberPart.self, CrowdPart.self] }

    private let benchmark: any Benchmark

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        let names = BenchCommand.benchmarks.map { $0.name }.joined(separator: ", ")
        let known = BenchCommand.benchmarks + BenchCommand.parts
        guard let name = arguments.takeWord(), let kind = known.first(where: { $0.name == name }) else {
            throw UsageError("name what to measure: \(names)")
        }
        benchmark = try kind.init(&arguments)
        try arguments.finish()
    }

    func run() async throws -> Int32 { try await benchmark.run() }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }.joined(
            separator: "\n")
    }
}
