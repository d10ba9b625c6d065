import Engine
import Foundation
import Journal
import TestPrograms
import Testing

/// One graph in one process or in many, whole or in shards: the same updates and the same rows.
@Suite struct `One graph in many processes` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private static let market = """
        { "kind": "simulated", "symbols": 12, "rate": 2000, "seed": 7, "speed": "SPEED",
          "start": "2026-03-09T13:30:00Z", "events": EVENTS }
        """

    /// Where the nodes of the test's graph run.
    struct Split {
        let name: String
        let processes: String
        let shards: Int
        let parts: [String]

        static let one = Split(name: "one", processes: "", shards: 1, parts: ["main"])
        static let two = Split(
            name: "two",
            processes: """
                "in": { "nodes": ["market", "other", "flow", "bars"] }, "out": { "nodes": ["store"] }
                """, shards: 1, parts: ["in", "out"])
        static let five = Split(
            name: "five",
            processes: """
                "feed": { "nodes": ["market"] }, "core": { "nodes": ["flow"] }, "second": { "nodes": ["other"] },
                "small": { "nodes": ["bars"] }, "out": { "nodes": ["store"] }
                """, shards: 1, parts: ["out", "core", "small", "feed", "second"])

        static func sharded(_ count: Int) -> Split {
            Split(
                name: "sharded\(count)",
                processes: """
                    "feed": { "nodes": ["market", "other"] }, "core": { "nodes": ["flow"] },
                    "small": { "nodes": ["bars"] }, "out": { "nodes": ["store"] }
                    """, shards: count,
                parts: ["feed", "small", "out"] + (count == 1 ? ["core"] : (0..<count).map { "core.\($0)" }))
        }
    }

    private func topology(_ split: Split, events: Int, speed: String, market: String? = nil) throws -> String {
        let data = folder.path(split.name)
        let source = (market ?? Self.market).replacingOccurrences(of: "EVENTS", with: "\(events)")
            .replacingOccurrences(of: "SPEED", with: speed)
        let processes = split.processes.isEmpty ? "" : "\"processes\": { \(split.processes) },"
        return try folder.file(
            "\(split.name).json",
            """
            { "millrace": 1, "data": { "folder": "\(data)", "snapshots": "200ms", "sync": "50ms" }, \(processes)
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": \(source),
                "other": { "kind": "simulated", "symbols": 24, "rate": 500, "seed": 11, "speed": "\(speed)",
                  "start": "2026-03-09T13:30:00Z", "events": \(events / 4) },
                "flow": { "kind": "symbols", "lanes": 2, "shards": \(split.shards), "analytics": {
                  "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {}, "profile": {},
                  "print": {}, "footprint": { "widths": ["10s"] }, "sweep": {}, "absorption": {}, "vpin": {} } },
                "bars": { "kind": "symbols",
                  "analytics": { "candles": { "widths": ["5s"] }, "bars": { "tick": [500] } } },
                "store": { "kind": "sqlite", "path": "\(data)/rows.db" } },
              "edges": [ { "from": "market", "to": "flow", "symbols": ["SIM0*", "SIM1*", "BTC*", "AAPL", "IBM"] },
                { "from": "other", "to": "bars", "symbols": "SIM2*" },
                { "from": "flow", "to": "store" }, { "from": "bars", "to": "store", "topics": ["bar/"] } ] }
            """)
    }

    private func digest(_ split: Split, events: Int, speed: String = "max", market: String? = nil) throws -> String {
        let file = try topology(split, events: events, speed: speed, market: market)
        return try Fleet(file, split.parts, in: folder).digest()
    }

    private func rows(_ split: Split) throws -> [String: [String]] {
        try StoredRows.sqlite("\(folder.path(split.name))/rows.db")
    }

    private func expectEqualRows(_ split: Split) throws {
        let (all, others) = (try rows(.one), try rows(split))
        #expect(all.values.contains { $0.count > 10 })
        for (table, lines) in all { #expect(others[table] == lines, "\(table) of \(split.name)") }
    }

    @Test func `two and five processes give what one gives`() throws {
        let events = 8_000 * Campaign.factor
        let whole = try digest(.one, events: events)
        #expect(whole.split(separator: "\n").count > 100)
        for split in [Split.two, .five] {
            #expect(try digest(split, events: events) == whole, "\(split.name)")
            try expectEqualRows(split)
        }
    }

    @Test func `any number of shards gives what one gives`() throws {
        let events = 8_000 * Campaign.factor
        let whole = try digest(.one, events: events)
        for count in [1, 2, 4, 8] {
            let split = Split.sharded(count)
            #expect(try digest(split, events: events) == whole, "\(count) shards")
            try expectEqualRows(split)
        }
    }

    @Test func `up writes the very digest that one process writes`() throws {
        let events = 8_000 * Campaign.factor
        let file = try topology(.one, events: events, speed: "max")
        let whole = try BuiltProgram.run(["run", file, "--quiet", "--digest", folder.path("whole")])
        #expect(whole.status == 0, "\(whole.errors)")
        for split in [Split.one, .sharded(4)] {
            let file = try topology(split, events: events, speed: "max")
            let up = try BuiltProgram.run(["up", file, "--digest", folder.path("up")], within: Fleet.patience)
            #expect(up.status == 0, "\(up.errors)")
            #expect(folder.text("up") == folder.text("whole"), "\(split.name)")
            #expect(folder.text("up").split(separator: "\n").count > 100)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter {
                $0.hasPrefix("up.")
            }
            #expect(left == [], "the parts go when they have become one")
        }
        let forbidden = try complaint(["up", file, "--digest", folder.path("no/such/folder")])
        #expect(forbidden.contains("cannot write the digest"), "\(forbidden)")
    }

    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `a real recording gives the same in shards`() throws {
        let market = #"{ "kind": "replay", "files": ["\#(Recordings.binance)", "\#(Recordings.equity)"] }"#
        let whole = try digest(.one, events: 400, market: market)
        #expect(whole.contains("candle/1m/BTCUSDT/"))
        #expect(try digest(.five, events: 400, market: market) == whole)
        #expect(try digest(.sharded(4), events: 400, market: market) == whole)
    }

    @Test func `any of the processes killed at any moment changes nothing`() throws {
        let kills = Campaign.rounds(5, each: 5)
        let events = 12_000 + 3_000 * kills
        let whole = try digest(.one, events: events)
        let split = Split.sharded(2)
        let file = try topology(split, events: events, speed: "4x")
        let fleet = try Fleet(file, split.parts, in: folder)
        var chance = SeededChance(seed: 5 + Campaign.seed)
        for _ in 0..<kills {
            usleep(UInt32.random(in: 50_000...600_000, using: &chance))
            try fleet.kill(&chance)
        }
        #expect(try fleet.digest() == whole)
        try expectEqualRows(split)
    }

    // MARK: Bad input

    private func complaint(_ arguments: [String]) throws -> String {
        let outcome = try BuiltProgram.run(arguments, within: .seconds(30))
        #expect(outcome.status != 0)
        return outcome.errors
    }

    @Test func `what the command line names must be in the file`() throws {
        let file = try topology(.sharded(2), events: 10, speed: "max")
        #expect(try complaint(["run", file]).contains("name one by --process"))
        #expect(try complaint(["run", file, "--process", "cor"]).contains("the file has no process cor"))
        #expect(try complaint(["run", file, "--process", "core"]).contains("--shard wants a number from 0 to 1"))
        #expect(try complaint(["run", file, "--process", "core", "--shard", "2"]).contains("from 0 to 1"))
        #expect(try complaint(["run", file, "--process", "feed", "--shard", "0"]).contains("feed has no shards"))
    }

    @Test func `a second process of the same part is refused`() throws {
        let file = try topology(.sharded(2), events: 10, speed: "max")
        let first = try BuiltProgram.Running(["run", file, "--process", "core", "--shard", "1"])
        let isThere = first.wait(until: .seconds(20)) { _ in
            FileManager.default.fileExists(atPath: folder.path("sharded2/links/core.1"))
        }
        #expect(isThere)
        let second = try complaint(["run", file, "--process", "core", "--shard", "1"])
        #expect(second.contains("another process runs core.1"), "\(second)")
    }

    @Test func `journals that others read let go of what nobody needs, and of nothing else`() throws {
        let events = 24_000
        _ = try digest(.one, events: events)
        let split = Split.sharded(2)
        let file = try topology(split, events: events, speed: "3x")
        let text = folder.text("sharded2.json").replacingOccurrences(
            of: "\"sync\": \"50ms\"", with: "\"sync\": \"50ms\", \"keepBytes\": 1, \"segmentBytes\": 65536")
        _ = try folder.file("sharded2.json", text)
        let fleet = try Fleet(file, split.parts, in: folder)
        var chance = SeededChance(seed: 8 + Campaign.seed)
        usleep(900_000)
        try fleet.kill(&chance)
        _ = try fleet.digest()
        try expectEqualRows(split)
        for journal in ["events/market", "updates/flow%2E0", "updates/flow%2E1"] {
            let place = "\(folder.path("sharded2"))/\(journal)"
            #expect(FileManager.default.fileExists(atPath: place))
            let first = "\(place)/00000000000000000001.mrj"
            #expect(!FileManager.default.fileExists(atPath: first), "\(journal) is whole")
        }
    }

    @Test func `the number of shards changes between runs, and numbers go on`() throws {
        let events = 9_000
        _ = try digest(.one, events: events)
        let split = Split.sharded(2)
        let file = try topology(split, events: events, speed: "4x")
        var chance = SeededChance(seed: 77 + Campaign.seed)
        // Whatever the kills leave behind is moved as it is.
        for (before, after) in [(2, 5), (5, 1), (1, 3)] {
            let parts = Split.sharded(before).parts
            do {
                let fleet = try Fleet(file, parts, in: folder)
                usleep(UInt32.random(in: 150_000...500_000, using: &chance))
                try fleet.kill(&chance)
                usleep(UInt32.random(in: 50_000...200_000, using: &chance))
            }
            let text = folder.text("sharded2.json").replacingOccurrences(
                of: "\"shards\": \(before)", with: "\"shards\": \(after)")
            _ = try folder.file("sharded2.json", text)
            let outcome = try BuiltProgram.run(["reshard", file], within: .seconds(30))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("symbols moved, from \(before) to \(after)"), "\(outcome.output)")
        }
        let fleet = try Fleet(file, Split.sharded(3).parts, in: folder)
        _ = try fleet.digest()
        // What a digest says of one journal, the store has of all of them.
        try expectEqualRows(split)
    }

    @Test func `a quarantine moves with its symbols`() throws {
        _ = try digest(.sharded(2), events: 400)
        let data = folder.path("sharded2")
        let lists = "\(data)/quarantine"
        func list(_ shard: Int) -> String { "\(lists)/flow%2E\(shard)" }
        func line(_ symbol: Int) -> String { "quarantined SIM0\(symbol) 5 event 2 x -\n" }
        // Wherever they were before, each goes to its own shard.
        try FileManager.default.createDirectory(atPath: lists, withIntermediateDirectories: true)
        try Data((1...9).map(line).joined().utf8).write(to: URL(filePath: list(0)))
        let text = folder.text("sharded2.json").replacingOccurrences(of: "\"shards\": 2", with: "\"shards\": 5")
        let file = try folder.file("sharded2.json", text)
        #expect(try BuiltProgram.run(["reshard", file], within: .seconds(30)).status == 0)
        var found: [String] = []
        for shard in 0..<5 {
            let lines = folder.text("sharded2/quarantine/flow%2E\(shard)").split(separator: "\n").map(String.init)
            let known = try LastNumbers(of: "\(data)/updates/flow%2E\(shard)") { _ in }
            let here = known.lines.filter { line in line.numbers.contains { $0 > 0 } }.map(\.symbol.name)
            for line in lines { #expect(here.contains { line.contains(" \($0) ") }, "\(line) in \(shard)") }
            found += lines
        }
        #expect(found.sorted() == (1...9).map { String(line($0).dropLast()) })
        let listed = try BuiltProgram.run(["quarantine", file], within: .seconds(30))
        #expect(listed.status == 1 && listed.output.split(separator: "\n").count == 9, "\(listed.output)")
    }

    @Test func `shards that have changed are refused until the data is moved`() throws {
        _ = try digest(.sharded(2), events: 400)
        let text = folder.text("sharded2.json").replacingOccurrences(of: "\"shards\": 2", with: "\"shards\": 4")
        let file = try folder.file("more.json", text)
        let refusal = try complaint(["run", file, "--process", "core", "--shard", "3"])
        #expect(refusal.contains("spread over shards as 2, and the topology says 4"), "\(refusal)")
    }
}
