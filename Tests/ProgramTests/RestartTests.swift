import Foundation
import TestPrograms
import TestServers
import Testing

/// The program killed at any moment, and what its stores and digests hold in the end.
@Suite struct `Killed and started again` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Most analytics over a market that takes some seconds of wall time, so that kills meet it at work.
    private func topology(_ name: String, data: String, store: String, events: Int, pace: String) throws -> String {
        try folder.file(
            name,
            """
            { "millrace": 1, "data": { "folder": "\(data)", "snapshots": "300ms", "sync": "50ms" },
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 6, "rate": 2000, "seed": 7, "speed": "\(pace)",
                  "start": "2026-03-09T13:30:00Z", "events": \(events) },
                "flow": { "kind": "symbols", "lanes": 2, "analytics": {
                  "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {}, "profile": {},
                  "print": {}, "footprint": { "widths": ["10s"] }, "sweep": {}, "hidden": {}, "bars": { "tick": [500] },
                  "absorption": {}, "state": {}, "vpin": {} } },
                "store": \(store) },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "store" } ] }
            """)
    }

    private func sqlite(_ data: String) -> String { #"{ "kind": "sqlite", "path": "\#(data)/rows.db" }"# }

    /// Starts and kills the program at random moments, and lets it end once; returns the digest of all its updates.
    private func digest(of file: String, kills: Int, seed: UInt64) throws -> String {
        var chance = SeededChance(seed: seed + Campaign.seed)
        for _ in 0..<kills { try disturb(file, &chance) {} }
        let path = folder.path("digest")
        let outcome = try BuiltProgram.run(["run", file, "--quiet", "--digest", path], within: .seconds(120))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return folder.text("digest")
    }

    /// Starts the program, does something to it at a random moment, and kills it at another.
    private func disturb(_ file: String, _ chance: inout SeededChance, _ deed: () throws -> Void) throws {
        let process = Process()
        process.executableURL = URL(filePath: BuiltProgram.path)
        process.arguments = ["run", file, "--quiet"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        usleep(UInt32.random(in: 20_000...500_000, using: &chance))
        try deed()
        usleep(UInt32.random(in: 0...200_000, using: &chance))
    }

    @Test func `rows in SQLite and digests are those of an undisturbed run`() throws {
        let (calm, hard) = (folder.path("calm"), folder.path("hard"))
        // As many more as there are kills: each shall meet the program at work.
        let kills = Campaign.rounds(10, each: 10)
        let events = 30_000 + 2_000 * kills
        let undisturbed = try topology("calm.json", data: calm, store: sqlite(calm), events: events, pace: "max")
        let first = try digest(of: undisturbed, kills: 0, seed: 0)
        let disturbed = try topology("hard.json", data: hard, store: sqlite(hard), events: events, pace: "4x")
        #expect(try digest(of: disturbed, kills: kills, seed: 41) == first)
        let rows = try StoredRows.sqlite("\(calm)/rows.db")
        #expect(rows.count > 10)
        let others = try StoredRows.sqlite("\(hard)/rows.db")
        for (table, lines) in rows { #expect(others[table] == lines, "\(table)") }
    }

    @Test(.enabled(if: PostgresServer.isAvailable, "needs PostgreSQL's programs"))
    func `rows in PostgreSQL are those of an undisturbed run, though both are killed`() throws {
        let server = try PostgresServer()
        let (calm, hard) = (folder.path("calm"), folder.path("hard"))
        func store(_ schema: String) -> String {
            #"{ "kind": "timescale", "url": "\#(server.url)", "schema": "\#(schema)" }"#
        }
        let kills = (both: Campaign.rounds(3, each: 3), alone: Campaign.rounds(4, each: 10))
        let events = 20_000 + 2_000 * (kills.both + kills.alone)
        let undisturbed = try topology("calm.json", data: calm, store: store("calm"), events: events, pace: "max")
        let first = try digest(of: undisturbed, kills: 0, seed: 0)
        let disturbed = try topology("hard.json", data: hard, store: store("hard"), events: events, pace: "4x")
        var chance = SeededChance(seed: 50 + Campaign.seed)
        for _ in 0..<kills.both {
            let pause = UInt32.random(in: 0...300_000, using: &chance)
            try disturb(disturbed, &chance) {
                server.killAtOnce()
                usleep(pause)
                try server.start()
            }
        }
        #expect(try digest(of: disturbed, kills: kills.alone, seed: 90) == first)
        let rows = try StoredRows.postgres(server.url, schema: "calm")
        #expect(rows.count > 10)
        let others = try StoredRows.postgres(server.url, schema: "hard")
        for (table, lines) in rows { #expect(others[table] == lines, "\(table)") }
    }

    @Test func `a journal replayed says what the run said that recorded it`() throws {
        let data = folder.path("data")
        let file = try topology("t.json", data: data, store: sqlite(data), events: 6_000, pace: "max")
        let first = try digest(of: file, kills: 0, seed: 0)
        let text = folder.text("t.json")
        let begin = try #require(text.range(of: "\"market\": {")?.lowerBound)
        let end = try #require(text.range(of: "\"flow\": {")?.lowerBound)
        let again = text.replacingCharacters(
            in: begin..<end, with: "\"market\": { \"kind\": \"journal\", \"folder\": \"\(data)/events/market\" },\n")
        let other = again.replacingOccurrences(
            of: "\"folder\": \"\(data)\",", with: "\"folder\": \"\(folder.path("copy"))\",")
        let copy = other.replacingOccurrences(of: "\(data)/rows.db", with: folder.path("copy/rows.db"))
        #expect(try digest(of: try folder.file("u.json", copy), kills: 0, seed: 0) == first)
    }

    @Test func `a store that belongs to another journal stops the run and names both places`() throws {
        let data = folder.path("data")
        let file = try topology("t.json", data: data, store: sqlite(folder.path("other")), events: 2_000, pace: "max")
        _ = try digest(of: file, kills: 0, seed: 0)
        try FileManager.default.removeItem(atPath: data)
        let outcome = try BuiltProgram.run(["run", file, "--quiet"], within: .seconds(60))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the store holds the updates of flow up to position"), "\(outcome.errors)")
    }

    @Test func `another size step in the same data folder is refused by name`() throws {
        let data = folder.path("data")
        let file = try topology("t.json", data: data, store: sqlite(data), events: 500, pace: "max")
        _ = try digest(of: file, kills: 0, seed: 0)
        let other = folder.text("t.json").replacingOccurrences(of: "\"size\": \"1\"", with: "\"size\": \"0.1\"")
        let outcome = try BuiltProgram.run(["run", try folder.file("t.json", other), "--quiet"], within: .seconds(60))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the size step of SIM0"), "\(outcome.errors)")
    }

    @Test func `a topology that has changed is made again from the journal`() throws {
        let data = folder.path("data")
        let file = try topology("t.json", data: data, store: sqlite(data), events: 8_000, pace: "max")
        _ = try digest(of: file, kills: 0, seed: 0)
        let wider = folder.text("t.json").replacingOccurrences(
            of: "\"sweep\": {}", with: "\"sweep\": {}, \"touch\": {}, \"tpo\": {}")
        let changed = try digest(of: try folder.file("t.json", wider), kills: 0, seed: 0)
        let fresh = folder.path("fresh")
        let alone = try digest(
            of: try folder.file("u.json", wider.replacingOccurrences(of: data, with: fresh)),
            kills: 0, seed: 0)
        #expect(changed == alone)
        #expect(changed.contains("tpo/SIM01/"))
    }
}
