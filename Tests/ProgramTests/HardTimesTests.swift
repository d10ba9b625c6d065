import Foundation
import TestPrograms
import TestServers
import Testing

/// Kills where several nodes, many symbols or a full disk make it harder.
@Suite struct `Hard times` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func simulated(_ symbols: Int, _ events: Int, _ speed: String) -> String {
        """
        { "kind": "simulated", "symbols": \(symbols), "rate": 2000, "seed": 7, "speed": "\(speed)", \
        "start": "2026-03-09T13:30:00Z", "events": \(events) }
        """
    }

    /// - Parameters:
    ///   - nodes: more nodes than `market` and `flow`, and the edges that they need.
    private func topology(
        _ name: String, data: String, market: String, analytics: String, nodes: String = "", edges: String = ""
    ) throws -> String {
        try folder.file(
            name,
            """
            { "millrace": 1, "data": { "folder": "\(data)", "snapshots": "60ms", "sync": "50ms" },
              "instruments": { "*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": { "market": \(market), "flow": { "kind": "symbols", "lanes": 2, "analytics": \(analytics) },
                \(nodes.isEmpty ? "\"screen\": { \"kind\": \"console\" }" : nodes) },
              "edges": [ { "from": "market", "to": "flow" },
                \(edges.isEmpty ? "{ \"from\": \"flow\", \"to\": \"screen\" }" : edges) ] }
            """)
    }

    private func digest(of file: String) throws -> String {
        let path = folder.path("digest")
        let outcome = try BuiltProgram.run(["run", file, "--quiet", "--digest", path], within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return folder.text("digest")
    }

    private func kill(_ file: String, after pause: UInt32) throws {
        let program = try BuiltProgram.Running(["run", file, "--quiet"])
        usleep(pause)
        program.signal(SIGKILL)
        _ = program.finish(within: .seconds(10))
    }

    // MARK: Two nodes into one store

    private func tape() throws -> String {
        var chance = SeededChance(seed: 3)
        var text = "time,symbol,price,size\n"
        for row in 0..<3_000 {
            let symbol = "T\(min(row * 8 / 3_000, chance.below(8)))"
            text += "\(1_773_063_000_000 + row * 40),\(symbol),\(100 + chance.below(40)),\(1 + chance.below(9))\n"
        }
        return try folder.file("tape.csv", text)
    }

    private func pair(_ name: String, data: String, store: String, isCalm: Bool) throws -> String {
        let analytics = #"{ "candles": { "widths": ["1s"] }, "delta": { "widths": "1s" }, "profile": {}, "sweep": {} }"#
        return try topology(
            name, data: data, market: simulated(6, 20_000, isCalm ? "max" : "8x"), analytics: analytics,
            nodes: """
                "tape": { "kind": "replay", "files": ["\(try tape())"], "format": "csv", "symbols": ["T*"],
                  "speed": "\(isCalm ? "max" : "100x")",
                  "columns": { "time": "time", "symbol": "symbol", "price": "price", "size": "size",
                    "timeFormat": "ms" } },
                "second": { "kind": "symbols", "analytics": \(analytics) }, "store": \(store)
                """,
            edges: """
                { "from": "tape", "to": "second" }, { "from": "flow", "to": "store" },
                { "from": "second", "to": "store" }
                """)
    }

    private func disturbed(_ file: String, seed: UInt64) throws -> String {
        var chance = SeededChance(seed: seed + Campaign.seed)
        for _ in 0..<Campaign.rounds(4, each: 6) {
            try kill(file, after: UInt32.random(in: 30_000...400_000, using: &chance))
        }
        return try digest(of: file)
    }

    private func check(_ rows: [String: [String]], _ others: [String: [String]]) {
        #expect(rows.count > 10)
        for (table, lines) in rows { #expect(others[table] == lines, "\(table)") }
    }

    @Test func `two symbols nodes in one SQLite file hold the rows of an undisturbed run`() throws {
        let (calm, hard) = (folder.path("calm"), folder.path("hard"))
        func store(_ data: String) -> String { #"{ "kind": "sqlite", "path": "\#(data)/rows.db" }"# }
        let first = try digest(of: pair("calm.json", data: calm, store: store(calm), isCalm: true))
        let file = try pair("hard.json", data: hard, store: store(hard), isCalm: false)
        #expect(try disturbed(file, seed: 61) == first)
        check(try StoredRows.sqlite("\(calm)/rows.db"), try StoredRows.sqlite("\(hard)/rows.db"))
    }

    @Test(.enabled(if: PostgresServer.isAvailable, "needs PostgreSQL's programs"))
    func `two symbols nodes in one PostgreSQL schema hold the rows of an undisturbed run`() throws {
        let server = try PostgresServer()
        func store(_ schema: String) -> String {
            #"{ "kind": "timescale", "url": "\#(server.url)", "schema": "\#(schema)" }"#
        }
        let first = try digest(of: pair("calm.json", data: folder.path("calm"), store: store("calm"), isCalm: true))
        let file = try pair("hard.json", data: folder.path("hard"), store: store("hard"), isCalm: false)
        #expect(try disturbed(file, seed: 62) == first)
        check(
            try StoredRows.postgres(server.url, schema: "calm"), try StoredRows.postgres(server.url, schema: "hard"))
    }

    // MARK: The end

    @Test func `many symbols that are killed around the end of their input each learn of it once`() throws {
        let analytics = #"{ "candles": { "widths": ["1s"] }, "vwap": {}, "profile": {} }"#
        func file(_ data: String, _ speed: String) throws -> String {
            try topology(
                "\(data).json", data: folder.path(data), market: simulated(200, 4_000, speed), analytics: analytics)
        }
        let first = try digest(of: file("calm", "max"))
        let clock = ContinuousClock()
        let whole = try clock.measure { _ = try BuiltProgram.run(["run", try file("timed", "8x"), "--quiet"]) }
        let length = Int(whole.components.attoseconds / 1_000_000_000_000) + Int(whole.components.seconds) * 1_000_000
        var chance = SeededChance(seed: 63 + Campaign.seed)
        for round in 0..<Campaign.rounds(4, each: 10) {
            let hard = try file("hard\(round)", "8x")
            try kill(hard, after: UInt32(length * (70 + chance.below(32)) / 100))
            try kill(hard, after: UInt32(chance.below(200_000)))
            #expect(try digest(of: hard) == first, "round \(round)")
        }
    }

    // MARK: A full disk

    /// A limit on the size of files stands for a full disk: it too takes a part of a write and refuses the rest.
    private func runInLittleRoom(_ file: String, kilobytes: Int) throws -> (status: Int32, output: String) {
        try PythonProgram.finish(
            "/bin/bash",
            ["-c", "trap '' XFSZ; ulimit -f \(kilobytes); exec \"$0\" run \"$1\" --quiet", BuiltProgram.path, file])
    }

    @Test(arguments: [
        ("events/market", #"{ "candles": { "widths": ["1m"] } }"#, 700),
        ("updates/flow", #"{ "candles": { "widths": ["1m"] } }"#, 700),
    ])
    func `a full disk ends the run with the file's name, and the next one goes on`(
        journal: String, analytics: String, kilobytes: Int
    ) throws {
        let edges =
            journal == "events/market" ? "" : #"{ "from": "flow", "to": "screen", "topics": ["trade/", "quote/"] }"#
        func file(_ data: String) throws -> String {
            try topology(
                "\(data).json", data: folder.path(data), market: simulated(6, 30_000, "max"), analytics: analytics,
                nodes: #""screen": { "kind": "console" }"#, edges: edges)
        }
        let first = try digest(of: file("calm"))
        let hard = try file("hard")
        for room in [kilobytes / 3, kilobytes] {
            let outcome = try runInLittleRoom(hard, kilobytes: room)
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("no room for \(folder.path("hard"))/\(journal)/"), "\(outcome.output)")
            #expect(try BuiltProgram.run(["journal", "verify", "\(folder.path("hard"))/\(journal)"]).status == 0)
        }
        #expect(try digest(of: hard) == first)
    }
}
