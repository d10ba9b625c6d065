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

/// Bad rows, bad servers and bad settings of the PostgreSQL store.
@Suite(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"), .serialized)
struct TimescaleFaultTests {
    private static let ticks = RowPlanTests.topics.filter { ["trade", "candle"].contains($0.layout.kind) }

    private static func message(of body: () throws -> Void) -> String? {
        do { try body() } catch { return "\(error)" }
        return nil
    }

    @Test func `a refused row is set aside with its reason, and the others go on`() throws {
        let server = try PostgresServer()
        var input = StoreInput(300, seed: 21 + Campaign.seed, topics: Self.ticks)
        let rig = try TimescaleRig(server.url)
        // Of candles the last one, which no later one replaces.
        let isLast = { (entry: StoreInput.Entry) in
            input.topics[entry.slot].layout.kind == "candle" && entry.symbol == 0
        }
        let last = try #require(input.entries.last(where: isLast)).number
        try rig.run(
            """
            ALTER TABLE ticks ADD CONSTRAINT small CHECK (number <> 3);
            ALTER TABLE candles ADD CONSTRAINT late CHECK (symbol <> 'BTC/USD' OR number <> \(last))
            """)
        // Shorter than its kind says.
        input.replace(200) { $0.removeLast(8) }
        try rig.feed(input, to: 300, step: 150)
        #expect(try rig.query("SELECT count(*)::text FROM rejected_rows") == "5")
        #expect(try rig.query("SELECT count(*)::text FROM rejected_rows WHERE reason LIKE '%\"late\" (23514)%'") == "1")
        #expect(
            try rig.query("SELECT count(*)::text FROM rejected_rows WHERE reason LIKE '%\"small\" (23514)%'") == "3")
        #expect(try rig.query("SELECT reason FROM rejected_rows WHERE reason NOT LIKE '%(23514)%'")?.isEmpty == false)
        let topic = try rig.query("SELECT topic FROM rejected_rows WHERE number = 3 AND topic LIKE '%DROP%'")
        #expect(topic == "trade/O%27Brien%3B%20DROP%20TABLE%20ticks%3B%20--/")
        #expect(try rig.sink.place(of: StoreInput.node)?.position == 300)
        let trades = input.entries.enumerated().filter { index, entry in
            index != 200 && entry.number != 3 && input.topics[entry.slot].layout.kind == "trade"
        }
        #expect(try rig.query("SELECT count(*)::text FROM ticks") == "\(trades.count)")
    }

    @Test func `tables that refuse everything stop the sink`() throws {
        let server = try PostgresServer()
        let input = StoreInput(2_600, seed: 22 + Campaign.seed, topics: Self.ticks)
        let rig = try TimescaleRig(server.url)
        try rig.run("ALTER TABLE ticks ADD CHECK (number < 0)")
        let message = Self.message { try rig.feed(input, to: 2_600, step: 2_600) }
        #expect(message?.contains("more than 1000 rows of one commit were refused") == true)
        try rig.sink.reopen()
        #expect(try rig.sink.place(of: StoreInput.node) == nil)
    }

    @Test func `what waiting may heal makes the store unavailable`() throws {
        let server = try PostgresServer()
        let input = StoreInput(400, seed: 23 + Campaign.seed, topics: Self.ticks)
        let rig = try TimescaleRig(server.url)
        try rig.feed(input, to: 50, step: 50)
        // Disk full, as the server says it.
        try rig.run(
            """
            CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER filled BEFORE INSERT ON candles FOR EACH ROW EXECUTE FUNCTION fill()
            """)
        let full = Self.message { try rig.feed(input, to: 100, step: 50) }
        #expect(full?.hasSuffix("could not extend file (53100)") == true)
        #expect(full?.contains(PostgresServer.password) == false)
        try rig.run("DROP TRIGGER filled ON candles")
        try rig.sink.reopen()
        // Read-only.
        try rig.run("ALTER ROLE postgres SET default_transaction_read_only = on")
        try rig.sink.reopen()
        #expect(throws: StoreUnavailable.self) { try rig.feed(input, to: 100, step: 50) }
        try rig.run("SET transaction_read_only = off; ALTER ROLE postgres RESET default_transaction_read_only")
        try rig.sink.reopen()
        // Somebody else's lock.
        var other = try rig.connect()
        try other.run("BEGIN; LOCK TABLE \(Connection.quoted(TimescaleRig.schema)).places")
        #expect(throws: StoreUnavailable.self) { try rig.feed(input, to: 100, step: 50) }
        try other.run("ROLLBACK")
        // Gone.
        server.stop()
        #expect(throws: StoreUnavailable.self) { try rig.sink.reopen() }
        #expect(throws: StoreUnavailable.self) { try rig.sink.place(of: StoreInput.node) }
        try server.start()
        _ = try rig.persist(input, to: 400, step: 50)
        try rig.check(input, upTo: 400)
    }

    @Test func `a statement that takes too long makes the store unavailable`() throws {
        let server = try PostgresServer()
        let input = StoreInput(100, seed: 24 + Campaign.seed, topics: Self.ticks)
        let rig = try TimescaleRig(server.url, timeout: "300ms")
        try rig.run(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON ticks FOR EACH ROW EXECUTE FUNCTION slow()
            """)
        let message = Self.message { try rig.feed(input, to: 100, step: 100) }
        #expect(message?.hasSuffix("canceling statement due to statement timeout (57014)") == true)
    }

    @Test func `what a person must heal is said at the opening`() throws {
        let server = try PostgresServer()
        let wrong = Self.message { _ = try TimescaleRig(server.url(database: "postgres", password: "hush")) }
        #expect(wrong == "password authentication failed for user \"postgres\" (28P01)")
        let nowhere = Self.message { _ = try TimescaleRig(server.url(database: "nowhere")) }
        #expect(nowhere == "database \"nowhere\" does not exist (3D000)")
        let rig = try TimescaleRig(server.url)
        try rig.run("INSERT INTO millrace_schema (version, parting) VALUES (99, 'native')")
        let newer = Self.message { _ = try TimescaleRig(server.url) }
        #expect(
            newer
                == "schema \(TimescaleRig.schema) is of version 99; "
                + "this program knows versions up to 2: use a newer one"
        )
        let missing = Self.message { _ = try TimescaleRig(server.url, #", "timescale": "required""#) }
        #expect(missing?.hasSuffix("install it, or leave \"timescale\" at \"auto\"") == true)
    }

    @Test func `an older store is brought to the present version with its rows`() throws {
        let server = try PostgresServer()
        let input = StoreInput(200, seed: 25 + Campaign.seed)
        let old = try TimescaleRig(server.url)
        try old.feed(input, to: 100, step: 50)
        for view in ["5m", "15m", "30m", "1h", "1d"] { try old.run("DROP VIEW candles_\(view)") }
        try old.run("DELETE FROM millrace_schema WHERE version = 2")
        let rig = try TimescaleRig(server.url)
        #expect(try rig.query("SELECT string_agg(version::text, ' ' ORDER BY version) FROM millrace_schema") == "1 2")
        #expect(try rig.query("SELECT (count(*) >= 0)::text FROM candles_1d") == "true")
        try rig.feed(input, to: 200, step: 50)
        try rig.check(input, upTo: 200)
    }

    @Test func `two programs that start at once make one schema`() throws {
        let server = try PostgresServer()
        let settings = try TimescaleRig.settings(server.url)
        let faults = Lines()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do { _ = try TimescaleSink.open(settings) { faults.append($0) } } catch { faults.append("\(error)") }
        }
        #expect(faults.all.isEmpty, "\(faults.all)")
    }
}
