import Compression
import Feeds
import Market
import Testing

/// The recorded day, read once for all its tests.
enum BinanceDay {
    static let reading = Reading.file(
        Recorded.path("binance-usdm/btcusdt_20240808.gz"), ReaderSettings(), OpenDirectory(sizeStep: 1_000_000))

    /// The venue's best prices by the update number that they belong to.
    static func tickers() throws -> [UInt64: MarketEvent] {
        let updates = try tickerUpdates()
        let quotes = reading.quotes
        try #require(updates.count == quotes.count && quotes.count == 66_089)
        return Dictionary(zip(updates, quotes)) { _, last in last }
    }

    /// The update numbers of the file's `bookTicker` lines in order, found by plain search.
    private static func tickerUpdates() throws -> [UInt64] {
        var stream = try DecodedStream(path: Recorded.path("binance-usdm/btcusdt_20240808.gz"))
        var updates: [UInt64] = []
        while case .line = try stream.nextLine(limit: 1 << 20) {
            let text = stream.withLine { line in
                line.withText { text in
                    String(decoding: (0..<min(text.count, 140)).map { text[$0] }, as: UTF8.self)
                }
            }
            guard text.contains("@bookTicker"), let start = text.firstRange(of: "\"u\":") else { continue }
            updates.append(UInt64(text[start.upperBound...].prefix { $0.isNumber }) ?? 0)
        }
        return updates
    }
}

@Suite(.enabled(if: Recorded.isPresent, "the recordings are not here")) struct `The recorded Binance day` {
    private static let reading = BinanceDay.reading

    @Test func `its trades give the published figures`() throws {
        let reading = Self.reading
        #expect(reading.error == nil)
        #expect(reading.symbols == ["BTCUSDT"])
        let trades = reading.trades
        #expect(trades.count == 21_313)
        #expect(trades.first?.price == price("61800.3"))
        #expect(trades.map(\.price).max() == price("61839.9"))
        #expect(trades.map(\.price).min() == price("61590.3"))
        #expect(trades.last?.price == price("61659.8"))
        let buy = trades.filter { $0.side == .buy }.reduce(0) { $0 + $1.quantity.steps }
        let sell = trades.filter { $0.side == .sell }.reduce(0) { $0 + $1.quantity.steps }
        #expect(buy == 1_251_576)
        #expect(sell == 1_177_790)
        #expect(trades.allSatisfy { $0.side != .unknown })
        let value = trades.reduce(Int128(0)) { $0 + Int128($1.price.billionths) * Int128($1.quantity.steps) }
        let average = Double(value) / Double(buy + sell) / 1e9
        #expect((average * 10_000).rounded() == 616_809_822)
        #expect(trades.first?.identifier == 5_266_583_935)
        #expect(trades.first?.venueTime.nanoseconds == 1_723_161_256_322_000_000)
        #expect(trades.first?.receiveTime.nanoseconds == 1_723_161_255_088_176_367)
    }

    @Test func `every row has its outcome`() {
        let counts = Self.reading.counts
        #expect(counts.rows == 93_954)
        #expect(counts.accounted == counts.rows)
        #expect(counts[.superseded] == 4)
        #expect(counts[.replayed] == 93_950)
        #expect(counts.sequenceGaps == 0)
        #expect(counts.events == UInt64(Self.reading.events.count))
        #expect(Self.reading.faults.count == 0)
    }

    @Test func `the book follows the venue's own best prices`() throws {
        let tickers = try BinanceDay.tickers()
        var bids: [Int64: Int64] = [:]
        var asks: [Int64: Int64] = [:]
        var groups = 0
        var equal = 0
        var resets = 0
        for event in Self.reading.events {
            if event.kind == .bookReset {
                bids.removeAll()
                asks.removeAll()
                resets += 1
            }
            guard event.kind == .level else { continue }
            let size = event.quantity.steps
            if event.side == .buy { bids[event.price.billionths] = size == 0 ? nil : size }
            if event.side == .sell { asks[event.price.billionths] = size == 0 ? nil : size }
            guard event.marks.contains(.lastOfGroup) else { continue }
            groups += 1
            guard groups % 16 == 0 || tickers[event.identifier] != nil else { continue }
            let bid = try #require(bids.keys.max())
            let ask = try #require(asks.keys.min())
            #expect(bid < ask)
            guard let ticker = tickers[event.identifier] else { continue }
            #expect(ticker.bid.billionths == bid && ticker.bidSize.steps == bids[bid])
            #expect(ticker.ask.billionths == ask && ticker.askSize.steps == asks[ask])
            equal += 1
        }
        #expect(resets == 1)
        #expect(groups == 6_547 + 1)
        #expect(equal == 629)
        let bid = try #require(bids.keys.max())
        let ask = try #require(asks.keys.min())
        #expect(Price(billionths: bid) == price("61659.7") && bids[bid] == 1_486)
        #expect(Price(billionths: ask) == price("61659.8") && asks[ask] == 981)
        #expect((Self.imbalance(bids, asks, levels: 10) * 1e6).rounded() == 32_988)
    }

    /// (b − a) / (b + a) over the best levels of each side.
    private static func imbalance(_ bids: [Int64: Int64], _ asks: [Int64: Int64], levels: Int) -> Double {
        let bid = bids.keys.sorted(by: >).prefix(levels).reduce(0) { $0 + (bids[$1] ?? 0) }
        let ask = asks.keys.sorted().prefix(levels).reduce(0) { $0 + (asks[$1] ?? 0) }
        return Double(bid - ask) / Double(bid + ask)
    }

    @Test func `a batch of one gives the same events`() {
        let single = Reading.file(
            Recorded.path("binance-usdm/btcusdt_20240808.gz"), ReaderSettings(), OpenDirectory(sizeStep: 1_000_000),
            batch: 1)
        #expect(single.events == Self.reading.events)
    }

    @Test func `its tick is a tenth`() throws {
        let survey = PriceSurvey()
        for reader in try Recordings.open(
            path: Recorded.path("binance-usdm/btcusdt_20240808.gz"), settings: ReaderSettings(), directory: survey)
        {
            try survey.read(reader)
        }
        #expect(survey.ticks == ["BTCUSDT": price("0.1")])
    }
}
