import Foundation
import Journal
import Market
import Memory
import Postgres
import Stores
import TestPrograms
import TestStores
import Testing
import Updates

/// A server that somebody has prepared.
enum ExtendedServer {
    static let url = ProcessInfo.processInfo.environment["MILLRACE_TIMESCALE_URL"]
}

/// The same store on a server that has the extension: MILLRACE_TIMESCALE_URL names a database that may be written to.
@Suite(
    .enabled(
        if: ExtendedServer.url != nil, "MILLRACE_TIMESCALE_URL names no server with the extension timescaledb"),
    .serialized)
struct TimescaleExtensionTests {
    private static let policies = #", "timescale": "required", "compressAfter": "7d", "retention": "3650d""#
    private static let candles = RowPlanTests.topics.filter { $0.layout.kind == "candle" }
        .map { TopicEntry(prefix: "candle/1m/", layout: $0.layout) }
    /// Every wider candle as it is kept against the same worked out anew; 0 where they are equal.
    private static let differences = ["5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "1d": 86_400].map { view in
        """
        (SELECT count(*) FROM (SELECT node, symbol, date_bin(interval '\(view.value) seconds', start_time, \
        timestamptz '1970-01-01 00:00+00') AS start_time, sum(volume) AS volume, max(high) AS high, min(low) AS low, \
        sum(trades)::bigint AS trades, (array_agg(close ORDER BY start_time DESC) FILTER (WHERE close IS NOT NULL))[1] \
        AS close FROM candles WHERE width = '1m' GROUP BY 1, 2, 3) anew FULL JOIN candles_\(view.key) kept \
        USING (node, symbol, start_time) WHERE (anew.volume, anew.high, anew.low, anew.trades, anew.close) \
        IS DISTINCT FROM (kept.volume, kept.high, kept.low, kept.trades, kept.close))
        """
    }.joined(separator: " + ")

    /// TimescaleDB's own jobs work beside the test: locks are waited for.
    private func withRig(_ extra: String, lock: String = "5s", _ body: (TimescaleRig) throws -> Void) throws {
        let url = try #require(ExtendedServer.url)
        // A run that was killed may have left its own.
        try TimescaleRig.drop(url)
        defer { try? TimescaleRig.drop(url) }
        try body(try TimescaleRig(url, extra, lock: lock))
    }

    @Test func `hypertables hold the rows that partitions would`() throws {
        try withRig(Self.policies) { rig in
            let input = StoreInput(600, seed: 31 + Campaign.seed)
            try rig.feed(input, to: 600, step: 60)
            try rig.check(input, upTo: 600)
            try rig.feed(input, to: 600, step: 70, journal: 7)
            try rig.check(input, upTo: 600)
            let parted = StoredTables.all.filter { $0.time != nil }.map(\.name).sorted()
            #expect(
                try rig.query(
                    """
                    SELECT string_agg(hypertable_name, ' ' ORDER BY hypertable_name COLLATE "C") \
                    FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema()
                    """) == parted.joined(separator: " "))
            try rig.sink.close()
            #expect(rig.told.all.isEmpty)
        }
    }

    @Test func `policies are what the settings say, also after they change`() throws {
        let jobs = """
            SELECT coalesce(string_agg(DISTINCT job.proc_name || ' ' || concat_ws('', config ->> 'compress_after', \
            config ->> 'drop_after', config ->> 'end_offset'), '; '), '') \
            FROM timescaledb_information.jobs job LEFT JOIN timescaledb_information.continuous_aggregates view \
            ON view.materialization_hypertable_name = job.hypertable_name \
            WHERE coalesce(view.view_schema, job.hypertable_schema) = current_schema()
            """
        let refreshing = ["00:05:00", "00:15:00", "00:30:00", "01:00:00", "1 day"].map {
            "policy_refresh_continuous_aggregate \($0)"
        }
        try withRig(Self.policies) { rig in
            let policies = try rig.query(jobs)?.components(separatedBy: "; ").sorted()
            #expect(
                policies == (["policy_compression 168:00:00", "policy_retention 87600:00:00"] + refreshing).sorted())
            #expect(
                try rig.query(
                    """
                    SELECT string_agg(DISTINCT segmentby, ';') \
                    FROM timescaledb_information.hypertable_compression_settings \
                    WHERE hypertable::text LIKE '%ticks'
                    """) == "node,symbol")
            let other = try TimescaleRig(
                try #require(ExtendedServer.url), #", "timescale": "required", "retention": "30d""#)
            let changed = try other.query(jobs)?.components(separatedBy: "; ").sorted()
            #expect(changed == (["policy_retention 720:00:00"] + refreshing).sorted())
        }
    }

    @Test func `rows in compressed chunks are revised, replaced and met again as any others`() throws {
        try withRig(Self.policies) { rig in
            let input = StoreInput(900, seed: 33 + Campaign.seed)
            for end in [300, 600, 900] {
                try rig.feed(input, to: end, step: 60)
                for table in StoredTables.all where table.time != nil {
                    try rig.run(
                        "SELECT public.compress_chunk(chunk, true) FROM public.show_chunks('\(table.name)') chunk")
                }
                try rig.check(input, upTo: end)
            }
            let compressed = """
                SELECT count(*)::text FROM timescaledb_information.chunks WHERE is_compressed \
                AND hypertable_schema = current_schema()
                """
            #expect(try rig.query(compressed).flatMap { Int($0) } ?? 0 > 15)
            // Another run of the same input, all of which lies compressed.
            try rig.feed(input, to: 900, step: 70, journal: 7)
            try rig.check(input, upTo: 900)
            #expect(try rig.query("SELECT count(*)::text FROM rejected_rows") == "0")
        }
    }

    @Test func `old ticks are dropped by the retention policy, and candles are kept`() throws {
        try withRig(#", "timescale": "required""#) { rig in
            let topics = RowPlanTests.topics.filter { ["trade", "candle"].contains($0.layout.kind) }
            let input = StoreInput(300, seed: 34 + Campaign.seed, topics: topics)
            try rig.feed(input, to: 300, step: 60)
            #expect(try rig.query("SELECT (count(*) > 100)::text FROM ticks") == "true")
            let url = try #require(ExtendedServer.url)
            _ = try TimescaleRig(url, #", "timescale": "required", "retention": "1d""#, lock: "5s")
            let jobs = """
                SELECT string_agg(format('CALL run_job(%s)', job_id), '; ') FROM timescaledb_information.jobs \
                WHERE proc_name = 'policy_retention' AND hypertable_schema = current_schema()
                """
            for call in try #require(try rig.query(jobs)).components(separatedBy: "; ") { try rig.run(alone: call) }
            #expect(try rig.query("SELECT count(*)::text FROM ticks") == "0")
            #expect(try rig.query("SELECT (count(*) > 10)::text FROM candles") == "true")
        }
    }

    /// Lets the time between two refreshes pass.
    private func wait(_ rig: TimescaleRig) throws {
        for beat in 0...100 { rig.sink.beat(Timestamp(nanoseconds: Int64(beat) * 100_000_000)) }
    }

    /// Waits until wider candles are what they should be; a refresh of TimescaleDB's own may come between.
    private func settle(_ rig: TimescaleRig) throws {
        for _ in 0..<100 {
            try wait(rig)
            if try rig.query("SELECT (\(Self.differences))::text") == "0" { return }
            usleep(50_000)
        }
        Issue.record("wider candles differ from those of a minute; told: \(rig.told.all)")
    }

    @Test func `a late candle shows in a window that was worked out already`() throws {
        try withRig(#", "timescale": "required""#) { rig in
            let input = StoreInput(300, seed: 32 + Campaign.seed, topics: Self.candles)
            for end in [100, 200, 300] {
                try rig.feed(input, to: end, step: 50)
                // Without a refresh the windows that were worked out stay as they were.
                if end > 100 { #expect(try rig.query("SELECT (\(Self.differences) > 0)::text") == "true") }
                try settle(rig)
            }
        }
    }

    @Test func `a refresh that fails again is told once, and made up for`() throws {
        try withRig(#", "timescale": "required""#, lock: "200ms") { rig in
            let input = StoreInput(200, seed: 35 + Campaign.seed, topics: Self.candles)
            _ = try rig.persist(input, to: 100, step: 50)
            try settle(rig)
            _ = try rig.persist(input, to: 200, step: 50)
            let before = rig.told.all.count
            var other = try rig.connect()
            let candles = "\(Connection.quoted(TimescaleRig.schema)).candles"
            try other.run("BEGIN; LOCK TABLE \(candles) IN ACCESS EXCLUSIVE MODE")
            // Once may be a refresh of TimescaleDB's own, which does the work.
            try wait(rig)
            #expect(rig.told.all.count == before)
            try wait(rig)
            try wait(rig)
            #expect(rig.told.all.count == before + 1, "\(rig.told.all)")
            #expect(rig.told.all.last?.contains("lock timeout (55P03)") == true, "\(rig.told.all)")
            try other.run("ROLLBACK")
            #expect(try rig.query("SELECT (\(Self.differences) > 0)::text") == "true")
            try settle(rig)
            #expect(rig.told.all.last == "wider candles are refreshed again")
        }
    }

    @Test func `a refresh that can never succeed is told at once`() throws {
        try withRig(#", "timescale": "required""#) { rig in
            let input = StoreInput(100, seed: 37 + Campaign.seed, topics: Self.candles)
            try rig.feed(input, to: 100, step: 50)
            try rig.run("DROP MATERIALIZED VIEW candles_30m CASCADE")
            try wait(rig)
            #expect(rig.told.all.count == 1 && rig.told.all.first?.contains("candles_30m") == true, "\(rig.told.all)")
            // The others are refreshed all the same.
            #expect(try rig.query("SELECT (sum(minutes) > 0)::text FROM candles_1d") == "true")
        }
    }

    @Test func `a reader finds the same in hypertables as in a file`() throws {
        try withRig(#", "timescale": "required""#) { rig in
            let input = StoreInput(400, seed: 36 + Campaign.seed, isOnGrid: true)
            let file = try StoreFile()
            let sink = try file.sink()
            for entry in input.entries { try entry.record.withRawSpan { try sink.receive($0, from: input.origin) } }
            try sink.commit(JournalPlace(journal: 1, position: 400), of: StoreInput.node)
            try rig.feed(input, to: 400, step: 100)
            let readers: [any StoreReader] = [try SQLiteReader(path: file.path), try TimescaleReader(rig.settings)]
            for kind in QueryKind.allCases {
                let query = StoreQuery(kind, of: StoreInput.symbols[1].name)
                let rows = try readers.map { try query.answer(from: $0).rows }
                #expect(!rows[0].isEmpty && rows[0] == rows[1])
            }
        }
    }

    @Test func `a schema without hypertables stays as it is, and is refused where they are required`() throws {
        try withRig(#", "timescale": "off""#) { rig in
            let again = try TimescaleRig(try #require(ExtendedServer.url))
            let parting = "SELECT parting FROM millrace_schema LIMIT 1"
            #expect(try again.query(parting) == "native" && again.told.all.isEmpty)
            #expect(
                throws: SchemaRefused.otherParting(schema: TimescaleRig.schema, made: "native", wanted: "timescale")
            ) { try TimescaleRig(try #require(ExtendedServer.url), Self.policies) }
        }
    }
}
