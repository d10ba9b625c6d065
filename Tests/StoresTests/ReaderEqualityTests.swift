import Engine
import Foundation
import Market
import Memory
import Stores
import TestPrograms
import TestServers
import Testing
import Updates

/// Whatever is asked, PostgreSQL answers as SQLite does.
@Suite(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"))
struct ReaderEqualityTests {
    /// An answer, or why there is none.
    private enum Reply: Equatable {
        case rows(columns: [String], [[QueryAnswer.Cell]], notes: [String])
        case error(QueryError)
    }

    private static func ask(_ query: StoreQuery, _ reader: any StoreReader) throws -> Reply {
        do {
            let answer = try query.answer(from: reader)
            return .rows(columns: answer.columns, answer.rows, notes: answer.notes)
        } catch let error as QueryError { return .error(error) }
    }

    private static func question(_ symbol: String, _ chance: inout SeededChance, _ times: [Int64]) -> StoreQuery {
        let kind = QueryKind.allCases[chance.below(QueryKind.allCases.count)]
        var query = StoreQuery(kind, of: symbol)
        // Ends at, just before and just behind what is stored.
        func time() -> Timestamp {
            Timestamp(nanoseconds: times[chance.below(times.count)] + Int64(chance.below(5)) - 2)
        }
        if chance.below(2) == 0 { query.from = time() }
        if chance.below(2) == 0 { query.to = time() }
        if kind == .candles || kind == .flow, chance.below(3) > 0 {
            query.width = .seconds([60, 300, 420, 900, 3_600, 86_400, 90][chance.below(7)])
        }
        if chance.below(5) == 0 { query.session = chance.below(2) == 0 ? "last" : "2026-03-31" }
        if chance.below(8) == 0 { query.node = chance.below(4) == 0 ? "nobody" : StoreInput.node }
        if chance.below(4) == 0 { query.limit = 1 + chance.below(6) }
        return query
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(2, each: 12)))
    func `every question has the same answer in both stores`(seed: UInt64) throws {
        let seed = 700 + seed + Campaign.seed
        let input = StoreInput(1_500, seed: seed, isOnGrid: true)
        let pair = try StorePair()
        for (index, entry) in input.entries.enumerated() where (index + 1).isMultiple(of: 100) {
            let records = input.entries[(index - 99)...index].flatMap(\.record)
            try pair.store(records, from: input.origin, position: entry.number)
        }
        let readers = try pair.readers()
        let times = input.entries.map { entry in
            entry.bytes.withRawSpan { RecordReader.updateHead(of: $0).start.nanoseconds }
        }
        var chance = SeededChance(seed: seed)
        var rows: [QueryKind: Int] = [:]
        for _ in 0..<400 {
            let known = StoreInput.symbols[chance.below(StoreInput.symbols.count)].name
            let query = Self.question(chance.below(30) == 0 ? "nothing" : known, &chance, times)
            let replies = try readers.map { try Self.ask(query, $0) }
            #expect(replies[0] == replies[1], "\(query)")
            if case .rows(_, let some, _) = replies[0] { rows[query.kind, default: 0] += some.count }
        }
        for kind in QueryKind.allCases { #expect(rows[kind, default: 0] > 20, "\(kind) was hardly asked") }
    }

    @Test func `another size step changes nothing of what is shown`() throws {
        let topics = RowPlanTests.topics.filter { $0.layout.kind == "trade" }
        let server = try PostgresServer()
        let rig = try TimescaleRig(server.url)
        let input = StoreInput(60, seed: 9, topics: topics, isOnGrid: true)
        try rig.feed(input, to: 30, step: 30)
        let before = try TimescaleReader(rig.settings)
        let symbol = StoreInput.symbols[0].name
        let sizes = try StoreQuery(.ticks, of: symbol).answer(from: before).rows.map { $0[2] }
        // A step that the first is no multiple of.
        try rig.run("INSERT INTO symbols SELECT id + 100, node, symbol, 15000000 FROM symbols")
        let after = try StoreQuery(.ticks, of: symbol).answer(from: try TimescaleReader(rig.settings))
        #expect(!sizes.isEmpty && after.rows.map { $0[2] } == sizes)
    }

    @Test func `a server without a store, a wrong password and no server are told without the password`() throws {
        let server = try PostgresServer()
        let message = { (url: String) -> String in
            do { _ = try TimescaleReader(url: url, password: nil, schema: "millrace") } catch { return "\(error)" }
            return "opened"
        }
        let place = "postgres://postgres@127.0.0.1:\(server.port)"
        #expect(message(server.url).hasPrefix("\(place)/postgres holds no store in schema millrace: name"))
        #expect(
            message(server.url(database: "postgres", password: "hush"))
                == "\(place)/postgres: password authentication failed for user \"postgres\" (28P01)")
        server.stop()
        let gone = message(server.url)
        #expect(gone.hasPrefix(place) && !gone.contains(PostgresServer.password) && !gone.contains("w%C3%B6hn"))
    }

    @Test func `a password beside the address serves, and the address' own goes before it`() throws {
        let server = try PostgresServer()
        let rig = try TimescaleRig(server.url)
        let bare = "postgres://postgres@127.0.0.1:\(server.port)/postgres"
        for (url, password) in [(bare, PostgresServer.password), (server.url, "hush")] {
            let reader = try TimescaleReader(url: url, password: password, schema: TimescaleRig.schema)
            #expect(reader.name == "postgres://postgres@127.0.0.1:\(server.port)/postgres")
            #expect(try reader.symbols().isEmpty)
        }
        try rig.run("INSERT INTO millrace_schema (version, parting) VALUES (99, 'native')")
        #expect(throws: (any Error).self) { try TimescaleReader(rig.settings) }
    }

    @Test func `numbers are written out and members stand in one order`() {
        let cases = [
            ("1.5e-7", "0.00000015"), ("-2E3", "-2000"), ("12.50", "12.50"), ("-0.0", "0.0"), ("1.25e1", "12.5"),
            ("0.001e2", "0.1"), ("5e-324", "0.\(String(repeating: "0", count: 323))5"),
        ]
        for (written, plain) in cases { #expect(StoredJSON.text(written) == plain) }
        #expect(StoredJSON.text(#"[{ "b": null, "aa": "é\"" }, true]"#) == #"[{"aa":"é\"","b":null},true]"#)
    }
}
