import Analytics
import Engine
import Foundation
import Graph
import Journal
import Market
import Memory
import Stores
import TestPrograms
import TestStores
import Testing
import Updates

/// Answers equal what a plain recount of the same trades gives.
@Suite struct QueryTests {
    static let minute: Int64 = 60_000_000_000
    static let start: Int64 = 1_773_014_400_000_000_000

    struct Sale {
        let time: Int64
        let price: Int64
        let quantity: Int64
        let side: UInt8
    }

    /// Trades of some hours, with minutes without any.
    static func sales(_ count: Int, _ chance: inout SeededChance) -> [Sale] {
        var time = start
        return (0..<count).map { _ in
            time += Int64(1 + chance.below(chance.below(20) == 0 ? 400 : 30)) * 1_000_000_000
            return Sale(
                time: time, price: Int64(9_900 + chance.below(200)) * 10_000_000,
                quantity: Int64(1 + chance.below(500)), side: UInt8(chance.below(3)))
        }
    }

    /// A file with these trades as ticks, as one-minute candles, or both.
    static func file(_ sales: [Sale], ticks: Bool, candles: Bool) throws -> StoreFile {
        let file = try StoreFile()
        let sink = try file.sink()
        let topics = TopicTable([
            TopicEntry(prefix: "trade/", layout: TradeUpdate.layout),
            TopicEntry(prefix: "candle/1m/", layout: CandleUpdate.layout),
        ])
        let symbol = try #require(Symbol("BTC/USD"))
        let origin = UpdateOrigin(node: "flow", topics: topics) { _ in (symbol, 10_000_000) }
        var outbox = Outbox()
        var number: UInt64 = 0
        func head(_ start: Int64, _ end: Int64, coverage: Double) -> UpdateHead {
            number += 1
            return UpdateHead(
                number: number, start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end), revision: 0,
                final: true, reason: .none,
                quality: Quality(coverage: coverage, gapSeconds: 0, inferredShare: .nan, bookState: .none))
        }
        for sale in sales where ticks {
            let time = Timestamp(nanoseconds: sale.time)
            var event = MarketEvent(.trade, symbol: 0, venueTime: time, receiveTime: time)
            event.price = Price(billionths: sale.price)
            event.quantity = Quantity(steps: sale.quantity)
            let aggressor = Aggressor(sign: sale.side == 1 ? 1 : sale.side == 2 ? -1 : 0, method: .venue)
            let body = TradeUpdate(event, aggressor, isLate: false)
            outbox.append(body, head: head(sale.time, sale.time, coverage: 1), slot: 0, template: 7, symbol: 0)
        }
        for (begin, window) in windows(sales, minute) where candles {
            var body = CandleUpdate(Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1)))
            (body.open, body.close) = (window.open, window.close)
            (body.high, body.low) = (window.high, window.low)
            (body.volume, body.buy, body.sell) = (window.volume, window.buy, window.sell)
            (body.neutral, body.trades) = (window.volume - window.buy - window.sell, window.trades)
            body.volumeWeightedPrice = window.mean
            outbox.append(body, head: head(begin, begin + minute, coverage: 0.5), slot: 1, template: 1, symbol: 0)
        }
        try outbox.withBytes { try sink.receive($0, from: origin) }
        try sink.commit(JournalPlace(journal: 1, position: 1), of: "flow")
        return file
    }

    struct Window {
        var open, high, low, close: Int64
        var volume: Int64 = 0
        var buy: Int64 = 0
        var sell: Int64 = 0
        var trades: Int64 = 0
        var turnover = 0.0
        var mean: Double { turnover / Double(volume) / 1e9 }
    }

    static func windows(_ sales: [Sale], _ width: Int64) -> [(Int64, Window)] {
        let day = start
        return Dictionary(grouping: sales) { day + ($0.time - day) / width * width }.sorted { $0.key < $1.key }.map {
            begin, sales in
            let prices = sales.map(\.price)
            var window = Window(
                open: prices[0], high: prices.max() ?? 0, low: prices.min() ?? 0, close: prices[prices.count - 1])
            for sale in sales {
                window.volume += sale.quantity
                window.buy += sale.side == 1 ? sale.quantity : 0
                window.sell += sale.side == 2 ? sale.quantity : 0
                window.trades += 1
                window.turnover += Double(sale.price) * Double(sale.quantity)
            }
            return (begin, window)
        }
    }

    private static func decimal(_ value: Int64, _ scale: Int64) -> QueryAnswer.Cell {
        .plain(DecimalText.text(billionths: Int128(value) * Int128(scale)))
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(3, each: 30)))
    func `candles of any width equal a recount, from ticks and from candles`(seed: UInt64) throws {
        var chance = SeededChance(seed: Campaign.seed &+ seed)
        let sales = Self.sales(600, &chance)
        for (ticks, candles) in [(true, false), (false, true), (true, true)] {
            let file = try Self.file(sales, ticks: ticks, candles: candles)
            let reader = try SQLiteReader(path: file.path)
            for minutes in [1, 5, 7, 15, 60] {
                var query = StoreQuery(.candles, of: "BTC/USD")
                query.width = .seconds(60 * minutes)
                let answer = try query.answer(from: reader)
                let expected = Self.windows(sales, Int64(minutes) * Self.minute)
                #expect(answer.rows.count == expected.count)
                for (row, (begin, window)) in zip(answer.rows, expected) {
                    #expect(row[0] == .text(Timestamp(nanoseconds: begin).description))
                    let prices = [window.open, window.high, window.low, window.close].map { Self.decimal($0, 1) }
                    let sizes = [window.volume, window.buy, window.sell].map { Self.decimal($0, 10_000_000) }
                    #expect(Array(row[2..<6]) == prices && Array(row[6..<9]) == sizes)
                    #expect(row[10] == .plain("\(window.trades)"))
                    let mean = try #require(Double(row[11].shown))
                    #expect(abs(mean - window.mean) <= window.mean * 1e-14)
                    #expect(row[12] == (candles ? .plain("0.5") : .nothing))
                }
                #expect(answer.notes.contains { $0.contains("coverage below 1") } == candles)
            }
        }
    }

    @Test func `ticks of a range are those of the range`() throws {
        var chance = SeededChance(seed: 3)
        let sales = Self.sales(200, &chance)
        let file = try Self.file(sales, ticks: true, candles: false)
        var query = StoreQuery(.ticks, of: "BTC/USD")
        query.from = Timestamp(nanoseconds: sales[50].time)
        query.to = Timestamp(nanoseconds: sales[150].time)
        let answer = try query.answer(from: try SQLiteReader(path: file.path))
        #expect(answer.rows.count == 100)
        #expect(answer.rows.map { $0[1] } == sales[50..<150].map { Self.decimal($0.price, 1) })
        query.limit = 10
        let cut = try query.answer(from: try SQLiteReader(path: file.path))
        #expect(cut.rows.count == 10 && cut.notes.count == 1)
    }

    @Test func `a question without an answer says what there is`() throws {
        var chance = SeededChance(seed: 4)
        let sales = Self.sales(50, &chance)
        let file = try Self.file(sales, ticks: false, candles: true)
        let reader = try SQLiteReader(path: file.path)
        #expect(throws: QueryError.unknownSymbol("BTCUSD", known: ["BTC/USD"])) {
            try StoreQuery(.candles, of: "BTCUSD").answer(from: reader)
        }
        #expect("\(QueryError.unknownSymbol("BTCUSD", known: ["BTC/USD"]))".contains("Did you mean"))
        #expect(throws: QueryError.nothing(table: "ticks", symbol: "BTC/USD")) {
            try StoreQuery(.ticks, of: "BTC/USD").answer(from: reader)
        }
        var early = StoreQuery(.candles, of: "BTC/USD")
        early.to = Timestamp(nanoseconds: Self.start - 1)
        let all = Self.windows(sales, Self.minute).map(\.0)
        let stored = all[0]...all[all.count - 1]
        #expect(throws: QueryError.emptyRange(table: "candles", symbol: "BTC/USD", stored: stored)) {
            try early.answer(from: reader)
        }
        var odd = StoreQuery(.candles, of: "BTC/USD")
        odd.width = .seconds(90)
        #expect(throws: QueryError.width("90s", symbol: "BTC/USD", stored: ["1m"])) { try odd.answer(from: reader) }
        var session = StoreQuery(.candles, of: "BTC/USD")
        session.session = "last"
        #expect(throws: QueryError.unknownSession("last", known: [])) { try session.answer(from: reader) }
        var node = StoreQuery(.candles, of: "BTC/USD")
        node.node = "flaw"
        #expect(throws: QueryError.unknownNode("flaw", known: ["flow"])) { try node.answer(from: reader) }
    }

    @Test func `every kind can be asked, and every format holds every row`() throws {
        let file = try StoreFile()
        try StoreFile.store(1...2_000, in: try file.sink())
        let reader = try SQLiteReader(path: file.path)
        for kind in QueryKind.allCases where kind != .state {
            for name in ProbeJournal.names {
                let answer = try StoreQuery(kind, of: name).answer(from: reader)
                #expect(!answer.rows.isEmpty && answer.rows.allSatisfy { $0.count == answer.columns.count })
                for line in QueryFormat.json.text(answer).split(separator: "\n") {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    #expect(object?.count == answer.columns.count)
                }
                #expect(QueryFormat.table.text(answer).split(separator: "\n").count == answer.rows.count + 1)
            }
        }
    }
}
