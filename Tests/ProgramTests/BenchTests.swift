import Foundation
import Testing

@testable import millrace

/// Benchmarks in small: each runs through and says what programs read. How fast it was is nobody's concern here.
@Suite struct `Benchmarks` {
    private func results(_ arguments: [String]) throws -> [ResultLine] {
        let outcome = try BuiltProgram.run(["bench"] + arguments, within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").compactMap { ResultLine(parsing: String($0)) }
    }

    private func number(_ line: ResultLine, _ field: String) throws -> Double {
        let text = try #require(line[field], "\(line.text) has no \(field)")
        return try #require(Double(text), "\(field) of \(line.text)")
    }

    @Test(arguments: ["tcp", "ipc", "inproc"]) func `latency is that of every trade, on both sides`(
        transport: String
    ) throws {
        let folder = try TestFolder()
        let lines = try results([
            "latency", "--transport", transport, "--rate", "500", "--seconds", "1", "--rounds", "1", "--attempts", "1",
            "--symbols", "3", "--folder", folder.url.path(),
        ])
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.benchmark == "latency" && line["transport"] == transport && line["rate"] == "500")
        #expect(line["missing"] == "0" && line["bare_missing"] == "0")
        for field in ["p50_us", "p90_us", "p99_us", "p999_us", "max_us", "ratio_p50", "ratio_p99", "bare_p99_us"] {
            #expect(try number(line, field) > 0)
        }
        #expect(try number(line, "p50_us") <= number(line, "max_us"))
        #expect(folder.text("latency-\(transport)-500.svg").contains("<polyline"))
        #expect(folder.text("latency-\(transport)-500.txt").contains("bare ZeroMQ\t"))
    }

    @Test func `throughput is told for one source, for two and for one router of two lanes`() throws {
        let lines = try results(["throughput", "--symbols", "4", "--events", "20000", "--rounds", "1"])
        #expect(lines.map { $0["spread"] } == ["one", "two", "router"])
        for line in lines { #expect(try number(line, "events_per_second") > 0) }
        for line in lines { #expect(try number(line, "peak_memory_mib") > 0) }
    }

    @Test func `a fan-out reaches every subscriber`() throws {
        let lines = try results(["fan-out", "--subscribers", "1,3", "--events", "200000", "--rounds", "1"])
        #expect(lines.map { $0["subscribers"] } == ["1", "3"])
        for line in lines {
            #expect(try number(line, "ratio") > 0 && number(line, "received") > 0)
        }
    }

    @Test func `stages are told for analytics and for the topic`() throws {
        let lines = try results(["stages", "--rate", "2000", "--symbols", "5", "--seconds", "1", "--rounds", "1"])
        #expect(lines.map { $0["stage"] } == ["analytics", "topic"])
        for line in lines { #expect(try number(line, "trades") == 2_000 && number(line, "p99_us") > 0) }
    }

    @Test func `recovery compares a run with its own repetition, and leaves nothing behind`() throws {
        let folder = try TestFolder()
        let lines = try results([
            "recovery", folder.url.path(), "--events", "20000", "--symbols", "5", "--rounds", "1",
        ])
        #expect(lines.count == 1)
        #expect(try number(#require(lines.first), "ratio") > 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path()).isEmpty)
    }

    @Test func `each ratio is held against the last stored one of the same circumstances`() throws {
        let stored = try StoredResults(
            """
            { "benchmark": "latency", "transport": "tcp", "rate": 10, "ratio_p50": 1.5, "ratio_p99": 2.0, "at": "aaa" }
            { "benchmark": "latency", "transport": "tcp", "rate": 10, "ratio_p50": 1.25, "ratio_p99": 1.6, "at": "bbb" }
            { "benchmark": "latency", "transport": "ipc", "rate": 10, "ratio_p50": 9, "at": "ccc" }
            { "note": "no result" }
            """)
        let line = try #require(
            ResultLine(parsing: "RESULT latency transport=tcp rate=10 p50_us=40.5 ratio_p50=1.5 ratio_p99=1.6 new=1"))
        #expect(
            stored.comparison(of: line) == [
                "latency rate=10 transport=tcp: ratio_p50 1.5, was 1.25 at bbb, 1.2 times that",
                "latency rate=10 transport=tcp: ratio_p99 1.6, was 1.6 at bbb, 1.0 times that",
            ])
        let other = try #require(ResultLine(parsing: "RESULT latency transport=tcp rate=7 ratio_p50=1.5"))
        #expect(stored.comparison(of: other) == ["latency rate=7 transport=tcp: nothing stored to compare with"])
        let kept = StoredResults.stored(other, at: "1234567")
        #expect(
            kept == #"{ "benchmark": "latency", "transport": "tcp", "rate": 7, "ratio_p50": 1.5, "at": "1234567" }"#)
        #expect(try StoredResults(kept).last(like: other)?.text == other.text + " at=1234567")
        #expect(throws: (any Error).self) { try StoredResults("latency") }
        #expect(ResultLine(parsing: "RESULT") == nil && ResultLine(parsing: "RESULT a b") == nil)
    }

    @Test func `what others use of the machine is told from what the program itself uses`() {
        let before = MachineLoad(
            machine: "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 …", own: "7 (a (b) c) S 1 1 1 0 -1 0 1 1 1 1 10 5 3 2 20 0")
        let after = MachineLoad(
            machine: "cpu  150 0 70 900 60 0 0 20 0 0\ncpu0 …",
            own: "7 (a (b) c) S 1 1 1 0 -1 0 1 1 1 1 30 10 9 11 20 0")
        // 200 hundredths in all, 110 of them idle, 40 its own and its children's.
        #expect(after.others(since: before) == 0.25)
        #expect(before.others(since: before) == 0)
    }
}
