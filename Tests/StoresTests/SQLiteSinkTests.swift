import Engine
import Foundation
import Journal
import Market
import Memory
import SQLite
import Stores
import TestPrograms
import TestStores
import Testing

/// What lies in a file after whatever happened to whoever wrote it.
@Suite struct SQLiteSinkTests {
    @Test func `rows and place are committed together, and begun again behind them`() throws {
        let (whole, parts) = (try StoreFile(), try StoreFile())
        try StoreFile.store(1...1_500, in: try whole.sink())
        var chance = SeededChance(seed: Campaign.seed)
        var sink = try parts.sink()
        var position: UInt64 = 0
        while position < 1_500 {
            let last = min(position + UInt64(1 + chance.below(200)), 1_500)
            let origin = ProbeJournal.origin
            // What was not committed is forgotten, however the sink goes on.
            try ProbeJournal.records((position + 1)...last).withRawSpan { try sink.receive($0, from: origin) }
            switch chance.below(4) {
            case 0: try sink.reopen()
            case 1:
                sink.close()
                sink = try parts.sink()
            default:
                try sink.commit(JournalPlace(journal: ProbeJournal.id, position: last), of: ProbeJournal.node)
            }
            position = try sink.place(of: ProbeJournal.node)?.position ?? 0
        }
        sink.close()
        let lines = try parts.dump()
        #expect(lines.count > 1_000)
        #expect(try lines == whole.dump())
    }

    @Test func `what comes twice stands once, and what is revised stands as it was revised`() throws {
        let file = try StoreFile()
        let sink = try file.sink()
        try StoreFile.store(1...800, in: sink)
        let first = try file.dump()
        try StoreFile.store(1...800, in: sink)
        #expect(try file.dump() == first)
        // Independent of the sink: the last whole update of each window in the order of the journal.
        let database = try file.open()
        let stored = try database.integer("SELECT count(*) FROM exact_candles") ?? 0
        let windows = try database.integer(
            "SELECT count(*) FROM (SELECT DISTINCT symbol, width, start_time FROM exact_candles)")
        #expect(stored > 50 && stored == windows)
        #expect(sink.rejected > 10)
        let rejected = try database.integer("SELECT count(*) FROM rejected_rows WHERE reason LIKE '%not as long%'")
        #expect(rejected.map { $0 * 2 } == Int64(sink.rejected))
    }

    @Test func `symbols are kept as they are written`() throws {
        let file = try StoreFile()
        try StoreFile.store(1...200, in: try file.sink())
        let database = try file.open()
        #expect(try Set(database.texts("SELECT symbol FROM symbols")) == Set(ProbeJournal.names))
        #expect(try Set(database.texts("SELECT DISTINCT symbol FROM candles")) == Set(ProbeJournal.names))
    }

    @Test func `views show decimals, names and dates`() throws {
        let file = try StoreFile()
        try StoreFile.store(1...400, in: try file.sink())
        let database = try file.open()
        let wrong = try database.integer(
            """
            SELECT count(*) FROM candles AS shown JOIN symbols AS named ON named.symbol = shown.symbol
            JOIN exact_candles AS row ON row.symbol = named.id AND row.start_time = shown.start_time_ns
            WHERE abs(shown.volume - row.volume / 100.0) > 1e-15 * shown.volume OR shown.open <> row.open / 1e9
               OR unixepoch(substr(shown.start_time, 1, 19)) <> row.start_time / 1000000000
            """)
        #expect(wrong == 0)
        #expect(try database.texts("SELECT start_time FROM candles LIMIT 1").first?.hasSuffix(":00.000000000Z") == true)
        for table in StoredTables.all { _ = try database.integer("SELECT count(*) FROM \(table.name)") }
    }

    @Test func `a writer killed anywhere loses nothing and doubles nothing`() throws {
        let program =
            Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
            + [PythonProgram.root.appending(path: ".build/debug")]
        let probe = try #require(
            program.map { $0.appending(path: "StoreProbe").path() }.first {
                FileManager.default.isExecutableFile(atPath: $0)
            })
        let whole = try StoreFile()
        try StoreFile.store(1...6_000, in: try whole.sink())
        let expected = try whole.dump()
        for round in 0..<Campaign.rounds(2, each: 20) {
            var chance = SeededChance(seed: Campaign.seed &+ UInt64(round))
            let file = try StoreFile()
            var kills = 0
            while true {
                let process = Process()
                process.executableURL = URL(filePath: probe)
                process.arguments = [file.path, "6000", "\(1 + chance.below(60))"]
                try process.run()
                if kills < 8 {
                    usleep(UInt32(5_000 + chance.below(60_000)))
                    kill(process.processIdentifier, SIGKILL)
                    kills += 1
                }
                process.waitUntilExit()
                if process.terminationReason == .exit, process.terminationStatus == 0 { break }
            }
            let lines = try file.dump()
            #expect(lines == expected, "round \(round)")
        }
    }

    @Test func `what was not committed with its place is not there after a close`() throws {
        let file = try StoreFile()
        let sink = try file.sink()
        try StoreFile.store(1...50, in: sink)
        let before = try file.dump()
        try ProbeJournal.records(51...200).withRawSpan { try sink.receive($0, from: ProbeJournal.origin) }
        sink.beat(Timestamp(nanoseconds: 1_773_014_400_000_000_000))
        sink.close()
        #expect(try file.dump() == before)
        #expect(try file.sink().place(of: ProbeJournal.node)?.position == 50)
    }
}
