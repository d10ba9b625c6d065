import Foundation
import TestServers
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
            let (updates, received) = (try number(line, "updates"), try number(line, "received"))
            #expect(try number(line, "ratio") > 0)
            // Last values come again to who subscribes.
            #expect(try received >= updates * number(line, "subscribers"))
        }
    }

    @Test func `stages are told for analytics, for the topic and for Redis, each since due and since decided`() throws {
        let server = try RedisServer()
        // No symbol has more trades than its ring has room: nothing is missing, however busy the machine is.
        let lines = try results([
            "stages", "--rate", "500", "--symbols", "5", "--seconds", "1", "--rounds", "1", "--redis", server.url,
            "--redis-symbols", "2",
        ])
        #expect(lines.map { $0["stage"] } == ["analytics", "topic", "redis"])
        #expect(lines.map { $0["trades"] } == ["500", "500", "200"])
        for line in lines { #expect(try number(line, "p99_us") > 0 && number(line, "missing") == 0) }
        #expect(lines.first?["decision_p50_us"] == nil)
        for line in lines.dropFirst() {
            for field in ["p50_us", "p99_us", "max_us"] {
                let sinceDecision = try number(line, "decision_\(field)")
                #expect(try sinceDecision > 0 && sinceDecision <= number(line, field))
            }
        }
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

    @Test(arguments: ["orderflow", "analytics"]) func `an input of other symbols, or of no whole record, is refused`(
        benchmark: String
    ) throws {
        let folder = try TestFolder()
        let record = { (symbol: UInt8) in [UInt8](repeating: 1, count: 8) + [symbol] + [UInt8](repeating: 0, count: 31)
        }
        for (bytes, reason) in [
            (record(0) + record(7), "has the symbol 7: --symbols must be more than that"),
            ([], "no whole records of 40"),
            (record(0) + [1], "no whole records of 40"),
        ] {
            try Data(bytes).write(to: folder.url.appending(path: "input.bin"))
            let outcome = try BuiltProgram.run(["bench", benchmark, folder.path("input.bin"), "--symbols", "7"])
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
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
