import Foundation
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
    @Test func `hypertables hold the rows that partitions would`() throws {
        let rig = try TimescaleRig(
            try #require(ExtendedServer.url), #", "timescale": "required", "compressAfter": "7d", "retention": "3650d""#
        )
        defer { try? rig.run("DROP SCHEMA \(Connection.quoted(TimescaleRig.schema)) CASCADE") }
        let input = StoreInput(600, seed: 31 + Campaign.seed)
        try rig.feed(input, to: 600, step: 60)
        try rig.check(input, upTo: 600)
        try rig.feed(input, to: 600, step: 70, journal: 7)
        try rig.check(input, upTo: 600)
        let large = try rig.query(
            """
            SELECT count(*)::text FROM timescaledb_information.hypertables \
            WHERE hypertable_name IN ('ticks', 'candles')
            """
        )
        #expect(large == "2")
        try rig.sink.close()
    }

    @Test func `a late candle shows in a window that was worked out already`() throws {
        let rig = try TimescaleRig(try #require(ExtendedServer.url), #", "timescale": "required""#)
        defer { try? rig.run("DROP SCHEMA \(Connection.quoted(TimescaleRig.schema)) CASCADE") }
        let topics = RowPlanTests.topics.filter { $0.layout.kind == "candle" }
            .map { TopicEntry(prefix: "candle/1m/", layout: $0.layout) }
        let input = StoreInput(200, seed: 32 + Campaign.seed, topics: topics)
        let equal = """
            SELECT (SELECT sum(volume) FROM candles WHERE width = '1m') = (SELECT sum(volume) FROM candles_5m)
            """
        try rig.feed(input, to: 100, step: 50)
        try rig.sink.close()
        #expect(try rig.query("SELECT (\(equal))::text") == "true")
        try rig.feed(input, to: 200, step: 50)
        try rig.sink.close()
        #expect(try rig.query("SELECT (\(equal))::text") == "true")
    }
}
