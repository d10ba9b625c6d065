import Feeds
import Market
import Testing

@Suite struct `Binance reader` {
    private func read(_ lines: [String], strict: Bool = false, _ directory: OpenDirectory = OpenDirectory()) -> Reading
    {
        Reading.text(lines.joined(separator: "\n") + "\n", name: "frames", ReaderSettings(isStrict: strict), directory)
    }

    private func trade(_ symbol: String = "BNBBTC", kind: String = "trade", extra: String = "") -> String {
        #"{"e":"\#(kind)","E":1700000000002,"s":"\#(symbol)","t":7,"a":8,"p":"0.001","q":"100","T":1700000000001,"#
            + #""m":true\#(extra)}"#
    }

    private func depth(_ first: Int, _ last: Int, _ bids: String = #"["1","2"]"#, previous: Int? = nil) -> String {
        let before = previous.map { ",\"pu\":\($0)" } ?? ""
        return #"{"e":"depthUpdate","E":1700000000000,"s":"BNBBTC","U":\#(first),"u":\#(last)\#(before),"#
            + #""b":[\#(bids)],"a":[["3","4"]]}"#
    }

    @Test func `the maker's side gives the aggressor`() throws {
        let reading = read([trade(), "1700000000005000000 " + trade().replacing("true", with: "false")])
        #expect(reading.trades.map(\.side) == [.sell, .buy])
        #expect(reading.trades.map(\.receiveTime.nanoseconds) == [0, 1_700_000_000_005_000_000])
        let trade = try #require(reading.trades.first)
        #expect(trade.price == price("0.001"))
        #expect(trade.quantity.steps == 10_000_000_000)
        #expect(trade.venueTime.nanoseconds == 1_700_000_000_001_000_000)
        #expect(trade.identifier == 7)
    }

    @Test func `trades that are none of the market's are left out and counted`() {
        let extra = [",\"X\":\"MARKET\"", ",\"X\":\"INSURANCE_FUND\"", ",\"X\":\"ADL\"", ",\"X\":\"NA\"", ""]
        let reading = read(extra.map { trade(extra: $0) })
        #expect(reading.trades.count == 2)
        #expect(reading.counts[.notMarketTrade] == 3)
        #expect(reading.counts.accounted == 5)
    }

    @Test func `a file with trades and aggregates does not count them twice`() {
        let reading = read([trade(kind: "aggTrade"), trade(), trade(kind: "aggTrade"), trade("ETHBTC")])
        #expect(reading.trades.map(\.identifier) == [8, 8, 7])
        #expect(reading.counts[.otherTradeKind] == 1)
    }

    @Test func `combined streams and spot tickers without a time`() throws {
        let ticker = #"{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21","a":"25.36520000","A":"40.66"}"#
        let wrapped = #"{"stream":"bnbusdt@bookTicker","data":\#(ticker)}"#
        let reading = read([wrapped, "1700000000000000001 " + wrapped, ticker, #"{"result":null,"id":1}"#])
        #expect(reading.faults.kept.map(\.reason) == [.missing("T")])
        #expect(reading.quotes.map(\.venueTime.nanoseconds) == [1_700_000_000_000_000_001, 1_700_000_000_000_000_001])
        let quote = try #require(reading.quotes.first)
        #expect(quote.bid == price("25.3519") && quote.ask == price("25.3652"))
        #expect(quote.askSize.steps == 4_066_000_000)
        #expect(reading.counts[.notReplayed] == 1)
    }

    @Test func `a book waits for its snapshot and starts anew after a hole`() {
        let snapshot = #"{"lastUpdateId":10,"bids":[["1","5"]],"asks":[["3","1"],["4","1"]]}"#
        let reading = read([
            depth(1, 4), depth(5, 9), depth(10, 12), snapshot, depth(13, 14), depth(20, 21), depth(22, 22),
            snapshot.replacing("10", with: "21"), depth(23, 23, ""),
        ])
        let kinds = reading.events.map(\.kind)
        let snapshotLevels: [EventKind?] = [.bookReset, .level, .level, .level]
        let expected: [EventKind?] =
            snapshotLevels + [.level, .level, .level, .level] + [.gap, .bookReset] + snapshotLevels
            + [.level, .level, .level]
        #expect(kinds == expected)
        #expect(reading.counts[.superseded] == 3)
        #expect(reading.counts[.replayed] == 6)
        #expect(reading.counts.sequenceGaps == 1)
        let gap = reading.of(.gap).first
        #expect(gap?.gapCause == .feed && gap?.gapFirst == 15 && gap?.gapLast == 19)
        #expect(reading.of(.level).filter { $0.marks.contains(.lastOfGroup) }.count == 6)
        #expect(reading.of(.level).filter { $0.marks.contains(.snapshot) }.count == 6)
    }

    @Test func `a snapshot before any name waits for one, and is refused among several`() {
        let snapshot = #"{"lastUpdateId":10,"bids":[["1","5"]],"asks":[["3","1"]]}"#
        let early = read(["1700000000000000000 " + snapshot, depth(9, 12)])
        #expect(early.of(.bookReset).count == 1)
        #expect(early.of(.level).count == 4)
        #expect(early.counts[.replayed] == 2)
        let several = read([trade(), trade("ETHBTC"), snapshot])
        #expect(several.faults.kept.map(\.reason) == [.ambiguousSnapshot])
        let alone = read([snapshot])
        #expect(alone.counts[.unsynchronized] == 1)
    }

    @Test func `changes without a snapshot are counted, not lost`() {
        let reading = read((0..<20_000).map { depth($0 * 2, $0 * 2 + 1) })
        #expect(reading.events.isEmpty)
        #expect(reading.counts[.unsynchronized] == 20_000)
        #expect(reading.counts.accounted == 20_000)
    }

    @Test func `a torn line is a fault with its number and a gap before the next event`() throws {
        let lines = [trade(), String(trade().dropLast(10)), #"{"e":"trade","s":"BNBBTC"}"#, "junk", trade()]
        let reading = read(lines)
        #expect(reading.events.map(\.kind) == [.trade, .gap, .gap, .trade])
        #expect(reading.of(.gap).reduce(0) { $0 + $1.gapCount } == 3)
        #expect(reading.faults.kept.map(\.place) == [.line(2), .line(3), .line(4)])
        #expect(reading.faults.kept[1].reason == .missing("p"))
        let strict = read(lines, strict: true)
        #expect(strict.trades.count == 1)
        #expect(strict.error?.description.hasPrefix("frames, line 2: no JSON") == true)
    }

    @Test func `sizes off their step and unwanted symbols are counted`() {
        let directory = OpenDirectory(sizeStep: 1_000_000_000_000, wanted: ["BNBBTC"])
        let reading = read([trade(), trade("ETHBTC"), trade("ETHBTC")], directory)
        #expect(reading.events.isEmpty)
        #expect(reading.counts[.offStep] == 1)
        #expect(reading.counts.offStepBySymbol == [0: 1])
        #expect(reading.counts[.refusedSymbol] == 2)
        #expect(directory.refusals == 1)
    }

    @Test func `streams of partial books are whole books`() {
        let frame =
            #"{"stream":"bnbbtc@depth5@100ms","data":{"lastUpdateId":160,"bids":[["1","2"]],"asks":[["3","4"]]}}"#
        let reading = read(["1700000000000000000 " + frame, "1700000000000000001 " + frame])
        #expect(reading.events.map(\.kind) == [.bookReset, .level, .level, .bookReset, .level, .level])
        #expect(reading.symbols == ["BNBBTC"])
    }
}
