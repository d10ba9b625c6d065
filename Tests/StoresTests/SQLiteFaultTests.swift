import Engine
import Foundation
import Journal
import Memory
import SQLite
import Stores
import TestPrograms
import TestStores
import Testing

/// Bad moments and bad rows of a store in an SQLite file.
@Suite struct SQLiteFaultTests {
    private static func place(_ position: UInt64) -> JournalPlace {
        JournalPlace(journal: ProbeJournal.id, position: position)
    }

    /// What an undisturbed store holds at a place.
    private static func undisturbed(_ position: UInt64) throws -> [String] {
        let file = try StoreFile()
        let sink = try file.sink()
        if position > 0 { try StoreFile.store(1...position, in: sink) }
        return try file.dump()
    }

    /// The write-ahead log is all that a kill can cut short: behind any of its pages, and in the middle of one, the
    /// file must hold exactly what its place says.
    @Test func `cut behind any page of its log, a file holds the rows of its place and no others`() throws {
        var chance = SeededChance(seed: 40 + Campaign.seed)
        let file = try StoreFile()
        var sink = try file.sink()
        try StoreFile.store(1...300, in: sink)
        // The last connection's end brings everything into the file: what follows lies in the log alone.
        sink.close()
        let base = try Data(contentsOf: URL(filePath: file.path))
        sink = try file.sink()
        var expected: [UInt64: [String]] = [:]
        var last: UInt64 = 300
        while last < 360 {
            let next = last + 1 + UInt64(chance.below(12))
            try StoreFile.store(last + 1...next, in: sink)
            last = next
            expected[next] = try Self.undisturbed(next)
        }
        expected[300] = try Self.undisturbed(300)
        let log = try Data(contentsOf: URL(filePath: file.path + "-wal"))
        #expect(try Data(contentsOf: URL(filePath: file.path)) == base, "the log was brought into the file too early")
        // A head of 32 bytes, then pages with heads of 24.
        let page = try file.open().integer("PRAGMA page_size").map { Int($0) + 24 } ?? 0
        let pages = (log.count - 32) / page
        #expect(pages > 50)
        var places: Set<UInt64> = []
        for cut in 0...pages {
            let copy = try StoreFile()
            try FileManager.default.createDirectory(
                at: URL(filePath: copy.path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try base.write(to: URL(filePath: copy.path))
            let length = min(32 + cut * page + chance.below(page), log.count)
            try log.prefix(length).write(to: URL(filePath: copy.path + "-wal"))
            let position = try copy.sink().place(of: ProbeJournal.node)?.position ?? 0
            places.insert(position)
            let lines = try copy.dump()
            #expect(lines == expected[position], "cut at \(length): place \(position)")
        }
        #expect(places.count >= expected.count - 1)
    }

    @Test func `a full disk makes the store unavailable, and with room again it goes on`() throws {
        let file = try StoreFile()
        let limit = #", "sizeLimit": 2097152"#
        var sink = try file.sink(limit)
        try StoreFile.store(1...50, in: sink)
        sink.close()
        let filler = "CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(1500000))"
        try file.open(.write).execute(filler)
        sink = try file.sink(limit)
        var position = try #require(try sink.place(of: ProbeJournal.node)).position
        var losses = 0
        var message = ""
        while position < 4_000 {
            let next = min(position + 40, 4_000)
            do {
                try StoreFile.store(position + 1...next, in: sink)
            } catch let error as StoreUnavailable {
                losses += 1
                message = error.description
                // Full it stays for a while; then somebody makes room.
                if losses == 3 { try file.open(.write).execute("DROP TABLE filler") }
                try #require(losses < 5, "\(error)")
                try sink.reopen()
            }
            position = try sink.place(of: ProbeJournal.node)?.position ?? 0
        }
        #expect(losses == 3)
        #expect(message.hasPrefix(file.path) && message.contains("full"), "\(message)")
        #expect(try file.dump() == Self.undisturbed(4_000))
    }

    @Test func `a refused row is set aside with its reason, and the others go on`() throws {
        let file = try StoreFile()
        let sink = try file.sink()
        try StoreFile.store(1...100, in: sink)
        let numbers = try file.open().texts("SELECT DISTINCT number FROM exact_ticks ORDER BY number LIMIT 5")
        let other = try StoreFile()
        let second = try other.sink()
        try other.open(.write).execute(
            """
            CREATE TRIGGER some BEFORE INSERT ON exact_ticks WHEN new.number IN (\(numbers.joined(separator: ", ")))
            BEGIN SELECT raise(ABORT, 'not this one'); END;
            CREATE TRIGGER rows BEFORE INSERT ON exact_volume_profile
            BEGIN SELECT raise(ABORT, 'no rows'); END;
            """)
        try StoreFile.store(1...100, in: second)
        let database = try other.open()
        let ticks = "SELECT count(*) FROM exact_ticks"
        #expect(try database.integer(ticks) == file.open().integer(ticks).map { $0 - Int64(numbers.count) })
        let refused = "SELECT number FROM rejected_rows WHERE reason = 'not this one' ORDER BY number"
        #expect(try database.texts(refused) == numbers)
        #expect(try database.integer("SELECT count(*) FROM rejected_rows WHERE content IS NULL") == 0)
        // What else such an update wrote is gone with its rows.
        let profiles = try database.texts("SELECT number FROM rejected_rows WHERE reason = 'no rows' ORDER BY number")
        #expect(!profiles.isEmpty)
        let metrics = "SELECT count(*) FROM exact_profile_metrics WHERE number IN (\(profiles.joined(separator: ", ")))"
        #expect(try database.integer(metrics) == 0)
        #expect(try database.integer("SELECT count(*) FROM exact_volume_profile") == 0)
        // Each is counted: those of the file without triggers were cut short already.
        #expect(second.rejected == sink.rejected + numbers.count + profiles.count)
        #expect(try second.place(of: ProbeJournal.node)?.position == 100)
    }

    @Test func `tables that refuse everything stop the sink`() throws {
        let file = try StoreFile()
        let sink = try file.sink()
        try StoreFile.store(1...50, in: sink)
        try file.open(.write).execute(
            "CREATE TRIGGER none BEFORE INSERT ON exact_ticks BEGIN SELECT raise(ABORT, 'never'); END")
        var message = ""
        do { try StoreFile.store(51...20_000, in: sink) } catch { message = "\(error)" }
        #expect(message.hasPrefix("more than 1000 rows of one commit were refused, the last because: "))
        try sink.reopen()
        #expect(try sink.place(of: ProbeJournal.node)?.position == 50)
        // Fewer in each commit go on.
        for first in stride(from: UInt64(51), to: 8_000, by: 500) { try StoreFile.store(first...first + 499, in: sink) }
        #expect(sink.rejected > 1_000)
    }
}
