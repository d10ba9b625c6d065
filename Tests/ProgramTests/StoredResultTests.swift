import Foundation
import TestPrograms
import Testing

@testable import millrace

/// What `make bench` keeps, and what it says of a new result beside it.
@Suite struct `Stored results` {
    private func line(_ text: String) throws -> ResultLine { try #require(ResultLine(parsing: text), "\(text)") }

    private func rows(_ text: String, beside stored: String...) throws -> [RatioComparison] {
        let kept = try stored.map { StoredResults.stored(try line($0), at: "abc1234") }.joined(separator: "\n")
        return try StoredResults(kept).comparisons(of: line(text))
    }

    private func verdict(_ now: String, _ then: String) throws -> RatioComparison.Verdict? {
        try rows(now, beside: then).first?.verdict
    }

    @Test func `each ratio is held against the last stored one of the same circumstances`() throws {
        let stored = try StoredResults(
            """
            { "benchmark": "latency", "transport": "tcp", "rate": 10, "ratio_p50": 1.5, "ratio_p99": 2.0, "at": "aaa" }
            { "benchmark": "latency", "transport": "tcp", "rate": 10, "ratio_p50": 1.25, "ratio_p99": 1.6, \
              "others": 0, "at": "bbb" }
            { "benchmark": "latency", "transport": "ipc", "rate": 10, "ratio_p50": 9, "at": "ccc" }
            { "note": "no result" }
            """)
        let now = try line("RESULT latency transport=tcp rate=10 p50_us=40.5 ratio_p50=1.5 ratio_p99=1.6 others=0.05")
        #expect(
            stored.comparisons(of: now).map(\.description) == [
                "latency rate=10 transport=tcp: ratio_p50 1.5, was 1.25 at bbb, 1.2 times that: worse",
                "latency rate=10 transport=tcp: ratio_p99 1.6, was 1.6 at bbb, 1.0 times that: same",
            ])
    }

    @Test(arguments: ["transport=ipc rate=10", "transport=tcp rate=11", "transport=tcp rate=10 machine=other/4"])
    func `another circumstance is compared with nothing`(circumstances: String) throws {
        let row = try #require(
            rows(
                "RESULT latency \(circumstances) ratio_p50=1",
                beside: "RESULT latency transport=tcp rate=10 ratio_p50=1"
            )
            .first)
        #expect(row.verdict == .none && row.description.hasSuffix(": ratio_p50 1, nothing stored to compare with"))
    }

    @Test(arguments: [("latency", 2.0, 1.0), ("orderflow-v1", 0.5, 0.7), ("fan-out", 0.5, 0.7), ("recovery", 1, 2)])
    func `which way is better depends on what is measured`(benchmark: String, worse: Double, better: Double) throws {
        let (low, high) = (
            "RESULT \(benchmark) ratio=\(worse) others=0", "RESULT \(benchmark) ratio=\(better) others=0"
        )
        #expect(try verdict(low, high) == .worse && verdict(high, low) == .better && verdict(low, low) == .same)
    }

    @Test func `spreads that meet tell of no difference, and a tenth counts where there are none`() throws {
        let then = "RESULT store ratio=0.8 least=0.7 most=0.9 others=0"
        #expect(try verdict("RESULT store ratio=0.6 least=0.5 most=0.7 others=0", then) == .same)
        #expect(try verdict("RESULT store ratio=0.6 least=0.5 most=0.69 others=0", then) == .worse)
        #expect(try verdict("RESULT store ratio=1 least=0.91 most=1 others=0", then) == .better)
        let one = "RESULT throughput spread=two ratio_to_one=2 others=0"
        #expect(try verdict("RESULT throughput spread=two ratio_to_one=1.85 others=0", one) == .same)
        #expect(try verdict("RESULT throughput spread=two ratio_to_one=1.75 others=0", one) == .worse)
    }

    @Test(arguments: ["others=0.06", "", "others=none"])
    func `nothing is better or worse while others use the machine`(others: String) throws {
        let (now, quiet) = ("RESULT redis ratio=0.2 \(others)", "RESULT redis ratio=1 others=0.05")
        #expect(try verdict(now, quiet) == .unquiet && verdict(quiet, now) == .unquiet)
    }

    @Test func `of a benchmark that nobody knows no ratio is better`() throws {
        #expect(
            try verdict("RESULT new ratio=2 others=0", "RESULT new ratio=1 others=0") == RatioComparison.Verdict.none)
    }

    @Test func `a line is stored as it was, with its commit`() throws {
        let one = try line("RESULT latency transport=tcp rate=7 ratio_p50=1.5")
        let kept = StoredResults.stored(one, at: "1234567")
        #expect(
            kept == #"{ "benchmark": "latency", "transport": "tcp", "rate": 7, "ratio_p50": 1.5, "at": "1234567" }"#)
        #expect(try StoredResults(kept).last(like: one)?.text == one.text + " at=1234567")
        #expect(throws: (any Error).self) { try StoredResults("latency") }
        #expect(ResultLine(parsing: "RESULT") == nil && ResultLine(parsing: "RESULT a b") == nil)
    }

    @Test func `a program that compares ends with 1 where something is worse, and stores both`() throws {
        let folder = try TestFolder()
        let file = folder.path("stored.jsonl")
        let script = #"printf '%s' "$1" | "$2" bench compare "$3" --store aaa"#
        let store = { text in try PythonProgram.finish("/bin/sh", ["-c", script, "sh", text, BuiltProgram.path, file]) }
        #expect(try store("RESULT recovery events=5 ratio=1.5 others=0\nanything\n").status == 0)
        let second = try store("RESULT recovery events=5 ratio=1 others=0\n")
        #expect(
            second.status == 1 && second.output.hasSuffix("was 1.5 at aaa, 0.667 times that: worse\n"),
            "\(second.output)")
        #expect(folder.text("stored.jsonl").split(separator: "\n").count == 2)
        #expect(folder.text("stored.jsonl").contains("\"machine\": \"\(MachineName.current)\""))
    }

    @Test func `a machine is its processor's name in one word`() {
        #expect(MachineName.name(in: "processor\t: 0\nmodel name\t: AMD EPYC 9R45\nflags\t: a b\n") == "AMD-EPYC-9R45")
        #expect(MachineName.name(in: "") == "unknown" && MachineName.name(in: "model name\t:\n") == "unknown")
    }
}
