import Foundation
import TestPrograms
import Testing

/// A journal that was recorded elsewhere, and a source that goes on from it.
@Suite struct `A journal and then another source` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private static let analytics = """
        { "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {}, "profile": {}, "print": {}, \
        "sweep": {}, "vpin": {} }
        """

    /// - Parameter data: what stands in the file's `data`; empty for none.
    private func topology(_ name: String, data: String, market: String, lanes: Int = 1) throws -> String {
        let kept = data.isEmpty ? "" : "\"data\": { \"folder\": \"\(data)\", \"snapshots\": \"200ms\" },"
        return try folder.file(
            name,
            """
            { "millrace": 1, \(kept)
              "instruments": { "*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": { "market": \(market),
                "flow": { "kind": "symbols", "lanes": \(lanes), "analytics": \(Self.analytics) },
                "screen": { "kind": "console" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "screen", "topics": ["vwap/"] } ] }
            """)
    }

    private func simulated(_ events: Int, speed: String = "max") -> String {
        """
        { "kind": "simulated", "symbols": 6, "rate": 2000, "seed": 7, "speed": "\(speed)", \
        "start": "2026-03-09T13:30:00Z", "events": \(events) }
        """
    }

    /// Symbols that come one after the other, some with many trades and some with few.
    private func recording(_ rows: Int) throws -> String {
        var chance = SeededChance(seed: 3)
        var text = "time,symbol,price,size\n"
        for row in 0..<rows {
            let symbol = "S\(min(row * 8 / 3_000, chance.below(8)))"
            let time = 1_773_063_000_000 + row * 40
            text += "\(time),\(symbol),\(100 + chance.below(40)),\(1 + chance.below(9))\n"
        }
        return try folder.file("rows\(rows).csv", text)
    }

    private func replay(_ file: String, speed: String = "max") -> String {
        """
        { "kind": "replay", "files": ["\(file)"], "format": "csv", "speed": "\(speed)", "columns": { "time": "time", \
        "symbol": "symbol", "price": "price", "size": "size", "timeFormat": "ms" } }
        """
    }

    private func continued(_ journal: String, _ market: String) -> String {
        "[ { \"kind\": \"journal\", \"folder\": \"\(journal)/events/market\" }, \(market) ]"
    }

    @discardableResult
    private func digest(of file: String) throws -> String {
        let path = folder.path("digest")
        let outcome = try BuiltProgram.run(["run", file, "--quiet", "--digest", path], within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return folder.text("digest")
    }

    private func disturb(_ file: String, _ chance: inout SeededChance) throws {
        let program = try BuiltProgram.Running(["run", file, "--quiet"])
        usleep(UInt32.random(in: 30_000...400_000, using: &chance))
        program.signal(SIGKILL)
        _ = program.finish(within: .seconds(10))
    }

    @Test func `a simulated market says what it says from the open, also with data and killed in between`() throws {
        let recorded = folder.path("recorded")
        try digest(of: topology("r.json", data: recorded, market: simulated(12_000)))
        let open = try digest(of: topology("o.json", data: "", market: simulated(30_000)))
        for lanes in 1...2 {
            let file = try topology(
                "c.json", data: "", market: continued(recorded, simulated(30_000)), lanes: lanes)
            #expect(try digest(of: file) == open, "\(lanes) lanes")
        }
        let own = folder.path("own")
        let paced = try topology(
            "p.json", data: own, market: continued(recorded, simulated(30_000, speed: "6x")), lanes: 2)
        var chance = SeededChance(seed: 21 + Campaign.seed)
        for _ in 0..<Campaign.rounds(5, each: 10) { try disturb(paced, &chance) }
        #expect(try digest(of: paced) == open)
        // At its end it knows that it has ended.
        #expect(try digest(of: paced) == open)
    }

    @Test func `a recording whose symbols come one by one goes on where a killed run has left it`() throws {
        let recorded = folder.path("recorded")
        let whole = try recording(3_000)
        var chance = SeededChance(seed: 22 + Campaign.seed)
        let program = try BuiltProgram.Running(
            ["run", topology("r.json", data: recorded, market: replay(whole, speed: "100x")), "--quiet"])
        let segment = "\(recorded)/events/market/00000000000000000001.mrj"
        let hasBegun = program.wait(until: .seconds(60)) { _ in
            (try? FileManager.default.attributesOfItem(atPath: segment)[.size] as? Int) ?? 0 > 30_000
        }
        #expect(hasBegun)
        program.signal(SIGKILL)
        _ = program.finish(within: .seconds(10))
        let open = try digest(of: topology("o.json", data: "", market: replay(whole)))
        let file = try topology("c.json", data: "", market: continued(recorded, replay(whole)))
        #expect(try digest(of: file) == open)
        let own = folder.path("own")
        let paced = try topology("p.json", data: own, market: continued(recorded, replay(whole, speed: "100x")))
        for _ in 0..<Campaign.rounds(3, each: 5) { try disturb(paced, &chance) }
        #expect(try digest(of: paced) == open)
    }

    @Test func `a recording with a journal of its own is killed and goes on by the same numbers`() throws {
        let whole = try recording(3_000)
        let open = try digest(of: topology("o.json", data: "", market: replay(whole)))
        let paced = try topology("p.json", data: folder.path("own"), market: replay(whole, speed: "100x"))
        var chance = SeededChance(seed: 23 + Campaign.seed)
        for _ in 0..<Campaign.rounds(4, each: 10) { try disturb(paced, &chance) }
        #expect(try digest(of: paced) == open)
    }

    @Test func `behind a source that goes on with the present the symbols learn of a gap, once at each start`() throws {
        let (recorded, own) = (folder.path("recorded"), folder.path("own"))
        try digest(of: topology("r.json", data: recorded, market: simulated(2_000)))
        let live = #"{ "kind": "simulated", "symbols": 6, "rate": 2000, "seed": 8, "speed": "max", "events": 500 }"#
        let file = try topology("c.json", data: own, market: continued(recorded, live))
        for start in 1...2 {
            try digest(of: file)
            let lines = try BuiltProgram.run(["journal", "export", "\(own)/events/market"]).output.split(
                separator: "\n")
            #expect(lines.count { $0.contains("\"kind\":\"gap\"") } == 6 * start)
            #expect(lines.count { $0.contains("\"kind\":\"trade\"") } > 400 * start)
        }
    }

    @Test func `the journal's own settings choose among its symbols, and check and graph show both kinds`() throws {
        let recorded = folder.path("recorded")
        try digest(of: topology("r.json", data: recorded, market: simulated(2_000)))
        let journal = """
            [ { "kind": "journal", "folder": "\(recorded)/events/market", "symbols": ["SIM01"] }, \
            { "kind": "simulated", "symbols": 6, "seed": 7, "start": "2026-03-09T13:30:00Z", "events": 1 } ]
            """
        let file = try topology("c.json", data: folder.path("own"), market: journal)
        let check = try BuiltProgram.run(["check", file])
        #expect(check.output.contains("journal, simulated"), "\(check.output)\(check.errors)")
        #expect(try BuiltProgram.run(["graph", file]).output.contains("journal, simulated"))
        try digest(of: file)
        let trades = try BuiltProgram.run(["journal", "export", folder.path("own/events/market")]).output
            .split(separator: "\n").filter { $0.contains("\"kind\":\"trade\"") }
        #expect(trades.count > 100 && trades.allSatisfy { $0.contains("SIM01") || $0.contains("SIM1\"") })
    }
}
