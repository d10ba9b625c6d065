import Feeds
import Market
import Testing

@Suite(.enabled(if: Recorded.isPresent, "the recordings are not here")) struct `The recorded IBM day` {
    private static let open = Timestamp(nanoseconds: 1_381_152_600_000_000_000)
    private static let close = Timestamp(nanoseconds: 1_381_176_000_000_000_000)

    @Test func `its regular session gives the published figures`() {
        let reading = Reading.file(
            Recorded.path("lean-equity/20131007_trade.zip"), ReaderSettings(), OpenDirectory(sizeStep: 1_000_000_000))
        #expect(reading.error == nil)
        #expect(reading.symbols == ["IBM"])
        #expect(reading.counts.rows == 24_045)
        #expect(reading.counts[.replayed] == 24_045)
        let trades = reading.trades.filter { $0.venueTime >= Self.open && $0.venueTime < Self.close }
        #expect(trades.count == 24_043)
        #expect(trades.first?.price == price("181.85"))
        #expect(trades.map(\.price).max() == price("183.31"))
        #expect(trades.map(\.price).min() == price("181.85"))
        #expect(trades.last?.price == price("182"))
        let volume = trades.reduce(0) { $0 + $1.quantity.steps }
        #expect(volume == 3_718_714)
        let value = trades.reduce(Int128(0)) { $0 + Int128($1.price.billionths) * Int128($1.quantity.steps) }
        #expect((Double(value) / Double(volume) / 1e3).rounded() == 182_527_173)
        #expect(reading.trades.filter { $0.marks.contains(.auction) }.count == 3)
        #expect(reading.trades.filter { $0.marks.contains(.offExchange) }.count == 7_383)
    }

    @Test func `its quotes are the national best`() {
        let reading = Reading.file(
            Recorded.path("lean-equity/20131007_quote.zip"), ReaderSettings(), OpenDirectory(sizeStep: 1_000_000_000))
        #expect(reading.error == nil)
        #expect(reading.counts.rows == 109_068)
        #expect(reading.counts[.suspicious] == 2)
        #expect(reading.counts.accounted == reading.counts.rows)
        let quotes = reading.quotes.filter { $0.venueTime >= Self.open && $0.venueTime < Self.close }
        #expect(quotes.allSatisfy { !$0.bid.isNone && !$0.ask.isNone })
        let crossed = quotes.filter { $0.bid >= $0.ask }.count
        #expect(crossed * 20 < quotes.count, "\(crossed) of \(quotes.count) quotes are locked or crossed")
    }

    @Test func `trades and quotes merge by venue time, quotes first`() throws {
        let directory = OpenDirectory(sizeStep: 1_000_000_000)
        let names = ["lean-equity/20131007_trade.zip", "lean-equity/20131007_quote.zip"]
        let merged = MergedRecordings(
            try names.flatMap { name in
                try Recordings.open(path: Recorded.path(name), settings: ReaderSettings(), directory: directory)
            })
        var batch = EventBatch()
        var events: [MarketEvent] = []
        while try merged.next(into: &batch) {
            for index in 0..<batch.count { events.append(batch[index]) }
            batch.removeAll()
        }
        #expect(!merged.usesReceiveTime)
        #expect(merged.counts.events == UInt64(events.count))
        var inside = 0
        var total = 0
        var quote: MarketEvent?
        var latest = Timestamp(nanoseconds: 0)
        for event in events {
            #expect(event.venueTime >= latest)
            latest = event.venueTime
            if event.kind == .quote { quote = event }
            guard event.kind == .trade, let quote else { continue }
            total += 1
            if event.price >= quote.bid, event.price <= quote.ask { inside += 1 }
        }
        #expect(total == 24_045)
        #expect(inside * 100 > total * 96, "\(inside) of \(total) trades lie within the national best")
    }
}
