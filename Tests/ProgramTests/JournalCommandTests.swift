import Analytics
import Foundation
import Journal
import Market
import Testing
import Updates

/// `millrace journal` as a person calls it.
@Suite struct `The command journal` {
    private let folder: TestFolder
    private var journal: String { folder.path("events") }

    init() throws { folder = try TestFolder() }

    private static func time(_ second: Int) -> Timestamp {
        Timestamp(nanoseconds: (1_700_000_000 + Int64(second)) * Timestamp.second)
    }

    /// Trades and a quote of two symbols, in batches of two.
    private func writeEvents() throws {
        var writer = try JournalWriter(
            opening: journal, content: .events, settings: JournalSettings(sync: .never), newId: 0xABC)
        try writer.define(SymbolDefinition(name: "A,B", sizeStep: 1_000_000, tick: 1).definition(of: 0))
        try writer.define(SymbolDefinition(name: "C", sizeStep: 1_000_000_000, tick: 1).definition(of: 1))
        for second in 0..<5 {
            let time = Self.time(second)
            var trade = MarketEvent.trade(
                symbol: 0, venueTime: time, receiveTime: time, price: Price(billionths: 61_800_300_000_000),
                quantity: Quantity(steps: Int64(second) + 1))
            trade.side = .sell
            let quote = MarketEvent.quote(
                symbol: 1, venueTime: time, receiveTime: Timestamp(nanoseconds: 0), bid: Price(billionths: 5),
                bidSize: Quantity(steps: 3), ask: .none, askSize: .zero)
            let events = [trade, quote]
            try writer.append(unsafe events.span.bytes, count: 2, earliest: time, latest: time)
        }
    }

    @Test func `events are listed, verified and exported`() throws {
        try writeEvents()
        let list = try BuiltProgram.run(["journal", "list", journal])
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("id        abc\ncontent   events\npositions 1 to 10\n"), "\(list.output)")
        #expect(list.output.contains("symbols   2: A,B C\n"))
        let verify = try BuiltProgram.run(["journal", "verify", journal])
        #expect(verify.status == 0 && verify.output.hasPrefix("10 records in 5 batches, 2 definitions, 1 segments"))
        let lines = try BuiltProgram.run(["journal", "export", journal, "--after", "8"]).output
        #expect(
            lines == """
                {"position":9,"sequence":0,"kind":"trade","symbol":"A,B","venueTime":"2023-11-14T22:13:24.000000000Z",\
                "receiveTime":"2023-11-14T22:13:24.000000000Z","side":"sell","price":61800.3,"size":0.005}
                {"position":10,"sequence":0,"kind":"quote","symbol":"C","venueTime":"2023-11-14T22:13:24.000000000Z",\
                "bid":0.000000005,"bidSize":3,"askSize":0}

                """)
        let rows = try BuiltProgram.run(
            [
                "journal", "export", journal, "--format", "csv", "--symbol", "A,B", "--from", "2023-11-14T22:13:21Z",
                "--to", "2023-11-14T22:13:23Z",
            ]
        ).output.split(separator: "\n")
        #expect(rows.count == 3)
        #expect(rows[0].hasPrefix("position,sequence,kind,symbol,"))
        #expect(rows[1].hasPrefix("3,0,trade,\"A,B\",2023-11-14T22:13:21.000000000Z,"))
    }

    @Test func `an archive goes there and back`() throws {
        try writeEvents()
        let (file, other) = (folder.path("a.mrja"), folder.path("other"))
        #expect(try BuiltProgram.run(["journal", "archive", journal, file]).status == 0)
        #expect(try BuiltProgram.run(["journal", "restore", file, other]).status == 0)
        #expect(try BuiltProgram.run(["journal", "restore", file, other]).errors.contains("is not empty"))
        let export = try BuiltProgram.run(["journal", "export", journal]).output
        #expect(try BuiltProgram.run(["journal", "export", other]).output == export)
    }

    @Test func `damage is named with its place`() throws {
        try writeEvents()
        let segment = URL(filePath: journal).appending(path: "00000000000000000001.mrj")
        var bytes = try Data(contentsOf: segment)
        bytes[bytes.count - 300] ^= 4
        try bytes.write(to: segment)
        let verify = try BuiltProgram.run(["journal", "verify", journal])
        #expect(verify.status == 1 && verify.errors.contains("behind position 6"), "\(verify.errors)")
        try bytes.prefix(bytes.count / 2).write(to: segment)
        #expect(try BuiltProgram.run(["journal", "verify", journal]).status == 1)
        #expect(try BuiltProgram.run(["journal", "list", folder.path("none")]).errors.contains("no journal in"))
        #expect(try BuiltProgram.run(["journal", "lits", journal]).status == 2)
    }

    @Test func `updates are exported as an endpoint publishes them`() throws {
        var writer = try JournalWriter(
            opening: journal, content: .updates, settings: JournalSettings(sync: .never), newId: 1)
        let layout = SessionUpdate.layout
        try writer.define(SymbolDefinition(name: "BTC/USD", sizeStep: 10, tick: 10).definition(of: 4))
        try writer.define(
            TopicDefinition(prefix: "session/", template: layout.template, layoutSize: UInt16(layout.size))
                .definition(of: 2))
        let head = UpdateHead(
            number: 9, start: Self.time(0), end: Self.time(60), revision: 0, final: true, reason: .none,
            quality: .whole)
        var record = [UInt8](repeating: 0, count: RecordHead.size + UpdateHead.size + layout.size)
        let length = record.count
        // A record's head: length, symbol, slot and template, bytes of update.
        let words = [length, 4, 2 | Int(layout.template) << 16, length - RecordHead.size].map { UInt32($0) }
        unsafe words.withUnsafeBytes { unsafe record.replaceSubrange(0..<RecordHead.size, with: $0) }
        unsafe withUnsafeBytes(of: head) {
            unsafe record.replaceSubrange(RecordHead.size..<RecordHead.size + UpdateHead.size, with: $0)
        }
        try writer.append(unsafe record.span.bytes, count: 1, earliest: head.start, latest: head.end)
        let outcome = try BuiltProgram.run(["journal", "export", journal])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let start = "{\"topic\":\"session/BTC%2FUSD/\",\"update\":{\"kind\":\"session\",\"symbol\":\"BTC/USD\","
        #expect(outcome.output.hasPrefix(start), "\(outcome.output)")
        #expect(outcome.output.contains("\"number\":9,"))
    }
}
