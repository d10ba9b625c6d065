import Foundation
import Market
import TestPrograms
import Testing

@testable import Engine
@testable import Status

/// What Prometheus is given.
@Suite struct `The page of metrics` {
    /// Names with everything that has to be escaped, and counts at their bounds.
    static let report = StatusReport(
        phase: .ready, began: Timestamp(nanoseconds: 1_700_000_000_500_000_000), problems: [],
        counts: RunCounts(
            sources: [
                RunCounts.SourceLine(name: "market", accepted: 12, refused: 3, gaps: 1, report: []),
                RunCounts.SourceLine(name: "od\"d\\na\nme", accepted: .max, refused: 0, gaps: 0, report: []),
            ],
            flows: [
                RunCounts.FlowLine(
                    name: "flow", symbols: 4, events: 11, refusedSymbols: ["A", "B"],
                    faults: [.quarantined: 2, .givenUp: 1, .suspect: 5])
            ],
            links: [RunCounts.LinkLine(from: "flow", to: "screen", offered: 9, delivered: 5, dropped: 1)],
            lags: [
                RunCounts.LagLine(
                    from: "flow", to: "store", head: 100, position: 90,
                    time: Timestamp(nanoseconds: 1_700_000_000_250_000_000), byteCount: 4_096)
            ]),
        usage: ProcessUsage(
            cpuTime: .milliseconds(1_250), residentBytes: 4_096, virtualBytes: 8_192, threads: 7, openFiles: 9))

    private var lines: [String] {
        MetricsText.text(Self.report, version: "1.2.3").split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        #"millrace_build_info{version="1.2.3"} 1"#, #"millrace_phase{phase="ready"} 1"#,
        #"millrace_phase{phase="starting"} 0"#, "millrace_healthy 1", "millrace_ready 1",
        #"millrace_source_events_accepted_total{source="market"} 12"#,
        #"millrace_source_events_refused_total{source="market"} 3"#,
        #"millrace_source_gaps_total{source="market"} 1"#,
        #"millrace_source_events_accepted_total{source="od\"d\\na\nme"} 9223372036854775807"#,
        #"millrace_symbols{node="flow"} 4"#, #"millrace_symbols_refused{node="flow"} 2"#,
        #"millrace_events_total{node="flow"} 11"#, #"millrace_symbols_quarantined{node="flow"} 3"#,
        #"millrace_symbol_faults{node="flow",standing="suspect"} 5"#,
        #"millrace_symbol_faults{node="flow",standing="released"} 0"#,
        #"millrace_link_updates_offered_total{from="flow",to="screen"} 9"#,
        #"millrace_link_updates_delivered_total{from="flow",to="screen"} 5"#,
        #"millrace_link_updates_dropped_total{from="flow",to="screen"} 1"#,
        #"millrace_link_updates_in_flight{from="flow",to="screen"} 3"#,
        #"millrace_store_lag_updates{from="flow",to="store"} 10"#,
        #"millrace_store_position{from="flow",to="store"} 90"#,
        #"millrace_store_read_bytes_total{from="flow",to="store"} 4096"#,
        "process_start_time_seconds 1700000000.5", "process_cpu_seconds_total 1.25",
        "process_resident_memory_bytes 4096", "process_open_fds 9",
    ]) func `every count has its line`(line: String) { #expect(lines.contains(line)) }

    @Test func `every name has one help, one type, and ends as its type asks`() {
        var types: [Substring: Substring] = [:]
        var helps: Set<Substring> = []
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 3)
            switch words[1] {
            case "HELP": #expect(helps.insert(words[2]).inserted && words.count == 4, "\(line)")
            case "TYPE":
                #expect(types.updateValue(words[3], forKey: words[2]) == nil && helps.contains(words[2]), "\(line)")
                #expect((words[3] == "counter") == words[2].hasSuffix("_total"), "\(line)")
            case _: #expect(types[line.prefix { $0 != "{" && $0 != " " }] != nil, "\(line)")
            }
        }
        #expect(types.count == helps.count && types.count > 20)
    }

    @Test func `no sample comes twice`() {
        let samples = lines.filter { !$0.hasPrefix("#") }.map { $0.prefix(upTo: $0.lastIndex(of: " ") ?? $0.endIndex) }
        #expect(Set(samples).count == samples.count)
    }

    @Test func `what is not there has no line`() {
        let empty = StatusReport(
            phase: .starting, began: Self.report.began, problems: ["a lane is stuck"], counts: nil, usage: nil)
        let text = MetricsText.text(empty, version: "1")
        #expect(!text.contains("millrace_source") && !text.contains("process_cpu"))
        #expect(text.contains("millrace_healthy 0\n") && text.contains("millrace_ready 0\n"))
    }

    /// Prometheus' own parser reads it, and gives the names back as they were.
    @Test(.enabled(if: PythonProgram.hasPackage("prometheus_client")))
    func `another parser reads the same`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(MetricsText.text(Self.report, version: "1.2.3").utf8).write(to: file)
        let check = try PythonProgram.finish(
            PythonProgram.path,
            [PythonProgram.root.appending(path: "Tests/StatusTests/check_metrics.py").path(), file.path()])
        #expect(check.status == 0, "\(check.output)")
        #expect(
            check.output.contains(#"millrace_source_events_accepted_total source='od"d\\na\nme' 9223372036854775807"#),
            "\(check.output)")
    }

    @Test func `a process's usage is read from what Linux tells`() throws {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 10 0 0 0 150 50 0 0 20 0 9 0 4242 1000000 25 18446744073709551615"
        let usage = try #require(ProcessUsage.read(stat, ticks: 100, pageSize: 4_096, openFiles: 3))
        #expect(
            usage
                == ProcessUsage(
                    cpuTime: .seconds(2), residentBytes: 102_400, virtualBytes: 1_000_000, threads: 9, openFiles: 3))
        #expect(ProcessUsage.read("7 (cut) S 1", ticks: 100, pageSize: 4_096, openFiles: 0) == nil)
        let now = try #require(ProcessUsage.now())
        #expect(now.residentBytes > 1 << 20 && now.threads >= 1 && now.openFiles >= 3 && now.cpuTime > .zero)
    }
}
