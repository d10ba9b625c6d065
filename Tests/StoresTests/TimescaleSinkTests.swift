import Engine
import Foundation
import Journal
import Memory
import Postgres
import Stores
import TestPrograms
import TestStores
import TestServers
import Testing
import Updates

/// The PostgreSQL store against a real server.
@Suite(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"), .serialized)
struct TimescaleSinkTests {
    @Test func `every update of every kind becomes the rows that it says`() throws {
        let server = try PostgresServer()
        let input = StoreInput(800 * Campaign.factor, seed: 11 + Campaign.seed)
        let rig = try TimescaleRig(server.url)
        try rig.feed(input, to: input.entries.count, step: 97)
        try rig.check(input, upTo: input.entries.count)
        let place = try rig.sink.place(of: StoreInput.node)
        #expect(place == JournalPlace(journal: TimescaleRig.journal, position: UInt64(input.entries.count)))
        #expect(try rig.sink.place(of: "nobody") == nil)
        #expect(try rig.query("SELECT count(*)::text FROM rejected_rows") == "0")
        #expect(try rig.query("SELECT string_agg(symbol, '|' ORDER BY id) FROM symbols")?.count ?? 0 > 20)
        #expect(try rig.query("SELECT size_step::text FROM instruments LIMIT 1") == "10000000")
        try rig.sink.close()
    }

    @Test func `a batch may be smaller than what is committed at once`() throws {
        let server = try PostgresServer()
        let input = StoreInput(600, seed: 12 + Campaign.seed)
        let rig = try TimescaleRig(server.url, #", "batch": 20"#)
        try rig.feed(input, to: 600, step: 300)
        try rig.check(input, upTo: 600)
    }

    @Test func `the same input again changes nothing`() throws {
        let server = try PostgresServer()
        let input = StoreInput(500, seed: 13 + Campaign.seed)
        let rig = try TimescaleRig(server.url)
        try rig.feed(input, to: 500, step: 100)
        try rig.feed(input, to: 500, step: 70, journal: 7)
        try rig.check(input, upTo: 500)
        #expect(try rig.query("SELECT count(*)::text FROM rejected_rows") == "0")
        #expect(try rig.query("SELECT count(*)::text FROM symbols") == "3")
    }

    @Test func `what was not committed is gone after reopening`() throws {
        let server = try PostgresServer()
        let input = StoreInput(300, seed: 14 + Campaign.seed)
        let rig = try TimescaleRig(server.url, #", "batch": 10"#)
        try rig.feed(input, to: 100, step: 50)
        for entry in input.entries[100..<200] {
            try entry.record.withRawSpan { try rig.sink.receive($0, from: input.origin) }
        }
        try rig.sink.reopen()
        try rig.check(input, upTo: 100)
        try rig.feed(input, to: 300, step: 50)
        try rig.check(input, upTo: 300)
    }

    @Test func `killed at any moment, a server that comes back holds every row once`() throws {
        let server = try PostgresServer()
        let input = StoreInput(1_000, seed: 15 + Campaign.seed)
        let rig = try TimescaleRig(server.url)
        var chance = SeededChance(seed: 15 + Campaign.seed)
        let kills = 6 * Campaign.factor
        // Each kill comes a random moment after the feed has passed its share of the input.
        let pauses = (0..<kills).map { _ in UInt32(chance.below(30_000)) }
        let progress = Progress()
        let killer = Thread {
            for (index, pause) in pauses.enumerated() {
                while progress.fed < input.entries.count * index / kills { usleep(200) }
                usleep(pause)
                server.killAtOnce()
                do { try server.start() } catch { Issue.record("the server does not come back: \(error)") }
            }
        }
        killer.start()
        var losses = 0
        for end in stride(from: 20, through: input.entries.count, by: 20) {
            losses += try rig.persist(input, to: end, step: 7)
            progress.fed = end
        }
        while !killer.isFinished { usleep(1_000) }
        losses += try rig.persist(input, to: input.entries.count, step: 7)
        #expect(losses > 0)
        try rig.check(input, upTo: input.entries.count)
    }

    @Test func `a killed connection costs nothing`() throws {
        let server = try PostgresServer()
        let input = StoreInput(400, seed: 16 + Campaign.seed)
        let rig = try TimescaleRig(server.url)
        try rig.feed(input, to: 100, step: 50)
        try rig.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        #expect(throws: StoreUnavailable.self) { try rig.feed(input, to: 200, step: 50) }
        #expect(try rig.persist(input, to: 400, step: 50) == 1)
        try rig.check(input, upTo: 400)
    }

    @Test func `wider candles are there as views`() throws {
        let server = try PostgresServer()
        let rig = try TimescaleRig(server.url)
        try rig.run(
            """
            CREATE TABLE candles_202603 PARTITION OF candles FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
            INSERT INTO candles (node, symbol, width, start_time, end_time, open, high, low, close, volume, buy, sell, \
            neutral, trades, vwap, number, revision, final, flags, coverage, book_state) \
            SELECT 'n', 's', '1m', t, t + interval '1 minute', m, m + 0.5, m - 0.5, m + 0.25, 10, 4, 3, 3, 2, m, \
            m + 1, 0, true, '', CASE m WHEN 7 THEN 0.5 ELSE 1 END, 'none' \
            FROM generate_series(0, 59) m, \
            LATERAL (SELECT '2026-03-09 10:00+00'::timestamptz + m * interval '1 minute') x(t)
            """)
        let five = try rig.query(
            """
            SELECT string_agg(concat_ws(' ', open, high, low, close, volume, trades, vwap, coverage, minutes), ';') \
            FROM (SELECT * FROM candles_5m ORDER BY start_time LIMIT 2) x
            """)
        #expect(five == "0 4.5 -0.5 4.25 50 10 2 1 5;5 9.5 4.5 9.25 50 10 7 0.5 5")
        #expect(try rig.query("SELECT count(*)::text FROM candles_15m") == "4")
        #expect(try rig.query("SELECT concat_ws(' ', open, close, volume, vwap) FROM candles_1d") == "0 59.25 600 29.5")
    }

    @Test func `days of ticks beyond the retention are dropped, counted from the newest`() throws {
        let server = try PostgresServer()
        let topics = RowPlanTests.topics.filter { ["trade", "candle"].contains($0.layout.kind) }
        let input = StoreInput(400, seed: 17 + Campaign.seed, topics: topics)
        let rig = try TimescaleRig(server.url, #", "retention": "2d""#)
        try rig.feed(input, to: 400, step: 400)
        let days = "SELECT (max(time)::date - min(time)::date)::text FROM ticks"
        #expect(try rig.query(days) == "2" || rig.query(days) == "3")
        #expect(try rig.query("SELECT (max(start_time)::date - min(start_time)::date)::text FROM candles") == "4")
    }

    /// How far the feed has come.
    private final class Progress: @unchecked Sendable {
        // Sendable: guarded by the lock.
        private let lock = NSLock()
        private var count = 0
        var fed: Int {
            get { lock.withLock { count } }
            set { lock.withLock { count = newValue } }
        }
    }
}
