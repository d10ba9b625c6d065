internal import Foundation
internal import Memory
internal import Postgres
internal import TestPrograms
internal import TestServers
import Testing

/// Binary COPY, against what the server reads out of it.
@Suite(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"), .serialized)
struct CopyTests {
    /// An exact decimal by long division, slow and plain.
    private static func text(billionths: Int128) -> String {
        let digits = String(billionths.magnitude)
        let padded = String(repeating: "0", count: max(10 - digits.count, 0)) + digits
        var fraction = padded.suffix(9)
        while fraction.last == "0" { fraction.removeLast() }
        let whole = (billionths < 0 ? "-" : "") + padded.dropLast(9)
        return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }

    @Test func `exact decimals arrive digit by digit`() throws {
        let server = try PostgresServer()
        var connection = try Connection(to: ServerAddress(url: server.url))
        try connection.run("CREATE TABLE t (place integer, value numeric)")
        var values: [Int128] = [0, 1, -1, 10, 1_000_000_000, 12_345_678_900_000, 99_990_000, 100_000, -1 << 62]
        values += [Int128(Int64.max) * 1_000_000, Int128(1) << 110, -(Int128(1) << 112) + 1]
        for power in 0..<30 {
            let ten = (0..<power).reduce(Int128(1)) { product, _ in product * 10 }
            values += [ten, ten - 1, -ten * 7, ten + 1]
        }
        var chance = SeededChance(seed: 1 + Campaign.seed)
        for _ in 0..<2_000 * Campaign.factor { values.append(Int128(chance.anyMagnitude(bits: 63)) - 1_000) }
        for _ in 0..<500 {
            values.append(Int128(chance.anyMagnitude(bits: 63)) * Int128(chance.anyMagnitude(bits: 40)))
        }
        var rows = CopyRows()
        for (place, value) in values.enumerated() {
            rows.begin(columns: 2)
            rows.append(Int32(place))
            rows.append(billionths: value)
        }
        #expect(try connection.copy(rows, with: "COPY t FROM STDIN (FORMAT binary)") == values.count)
        let answer = try connection.query("SELECT value::text, scale(value) = min_scale(value) FROM t ORDER BY place")
        let texts = (0..<answer.count).map { answer.text($0, 0) ?? "" }
        #expect(texts == values.map { Self.text(billionths: $0) })
        let shortest = (0..<answer.count).allSatisfy { answer.integer($0, 1) == 1 }
        #expect(shortest)
    }

    @Test func `every type arrives, in as many chunks as it takes`() throws {
        let server = try PostgresServer()
        var connection = try Connection(to: ServerAddress(url: server.url))
        try connection.run(
            "CREATE TABLE t (a bigint, b smallint, c integer, d float8, e boolean, f text, g jsonb, h text)")
        var rows = CopyRows(capacity: 16)
        let long = String(repeating: "ä;'\"", count: 10_000)
        for index in 0..<300 {
            rows.begin(columns: 8)
            rows.append(Int64(index) - 150)
            rows.append(Int16(-index))
            rows.append(Int32(index * 1_000_000))
            rows.append(Double(index) / 3)
            rows.append(index.isMultiple(of: 2))
            rows.append(index == 7 ? long : "\(index)")
            Array(#"{"a":\#(index)}"#.utf8).withRawSpan { rows.append(json: $0) }
            rows.appendNull()
        }
        #expect(try connection.copy(rows, with: "COPY t FROM STDIN (FORMAT binary)") == 300)
        let sums = try connection.query(
            """
            SELECT sum(a)::bigint, sum(b), sum(c), sum(d), count(*) FILTER (WHERE e), sum((g->>'a')::int), count(h)
            FROM t
            """
        )
        #expect(sums.integer(0, 0) == -150 && sums.integer(0, 1) == -44_850 && sums.integer(0, 2) == 44_850_000_000)
        #expect(abs((sums.real(0, 3) ?? 0) - 14_950) < 1e-6)
        #expect(sums.integer(0, 4) == 150 && sums.integer(0, 5) == 44_850 && sums.integer(0, 6) == 0)
        #expect(try connection.query("SELECT f FROM t WHERE a = -143").text(0, 0) == long)
        try connection.run("TRUNCATE t")
        #expect(try connection.copy(rows, range: 10..<13, with: "COPY t FROM STDIN (FORMAT binary)") == 3)
        #expect(try connection.query("SELECT string_agg(a::text, ' ') FROM t").text(0, 0) == "-140 -139 -138")
    }

    @Test func `a refused row ends the copy with its reason, however much follows`() throws {
        let server = try PostgresServer()
        var connection = try Connection(to: ServerAddress(url: server.url))
        try connection.run("CREATE TABLE t (a bigint CHECK (a <> 3), f text)")
        var rows = CopyRows()
        let text = String(repeating: "x", count: 2_000)
        for index in 0..<20_000 {
            rows.begin(columns: 2)
            rows.append(Int64(index))
            rows.append(text)
        }
        do {
            try connection.copy(rows, with: "COPY t FROM STDIN (FORMAT binary)")
            Issue.record("a forbidden row went in")
        } catch {
            #expect(error.state == "23514" && error.isRowFault)
        }
        #expect(try connection.query("SELECT count(*) FROM t").integer(0, 0) == 0)
        do { try connection.copy(rows, with: "COPY nowhere FROM STDIN (FORMAT binary)") } catch {
            #expect(error.state == "42P01")
        }
        do { try connection.copy(rows, with: "SELECT 1") } catch {
            #expect(error.message == "the statement copies no rows from its client")
        }
        #expect(try connection.copy(rows, range: 0..<3, with: "COPY t FROM STDIN (FORMAT binary)") == 3)
    }
}
