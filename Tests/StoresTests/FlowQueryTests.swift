import Analytics
import Engine
import Foundation
import Market
import Memory
import Stores
import TestPrograms
import TestStores
import Testing
import Updates

/// Flow, sessions and states, from both stores, against a plain recount of the same trades.
@Suite struct FlowQueryTests {
    private typealias Sale = QueryTests.Sale
    private static let minute = QueryTests.minute
    private static let step: Int64 = 10_000_000
    private static let names = ["delta/1m/", "candle/1m/", "profile/session/"]

    /// A session with its trades; it neither opens nor closes at a whole minute.
    private struct Session {
        let time: Range<Int64>
        let sales: [Sale]

        init(_ open: Int64, _ chance: inout SeededChance) {
            var sales = QueryTests.sales(200 + chance.below(200), &chance)
            let shift = open - QueryTests.start
            sales = sales.map {
                Sale(time: $0.time + shift, price: $0.price, quantity: $0.quantity, side: $0.side)
            }
            time = open..<(sales[sales.count - 1].time + 1_500_000_000)
            self.sales = sales
        }
    }

    /// What a window of flow must show, found by walking over its trades.
    private struct Flow {
        var volume: Int64 = 0
        var buy: Int64 = 0
        var sell: Int64 = 0
        var most: Int64 = 0
        var least: Int64 = 0
        var cumulative: Int64 = 0
        var trades: Int64 = 0

        mutating func add(_ sale: Sale) {
            volume += sale.quantity
            buy += sale.side == 1 ? sale.quantity : 0
            sell += sale.side == 2 ? sale.quantity : 0
            most = max(most, buy - sell)
            least = min(least, buy - sell)
            cumulative += sale.side == 1 ? sale.quantity : sale.side == 2 ? -sale.quantity : 0
            trades += 1
        }
    }

    /// Windows with trades, counted from the session's open and cut at its close.
    private static func windows(_ session: Session, _ width: Int64) -> [(Range<Int64>, [Sale], Flow)] {
        var windows: [(Range<Int64>, [Sale], Flow)] = []
        for sale in session.sales {
            let begin = session.time.lowerBound + (sale.time - session.time.lowerBound) / width * width
            if windows.last?.0.lowerBound != begin {
                var flow = Flow()
                flow.cumulative = windows.last?.2.cumulative ?? 0
                windows.append((begin..<min(begin + width, session.time.upperBound), [], flow))
            }
            windows[windows.count - 1].1.append(sale)
            windows[windows.count - 1].2.add(sale)
        }
        return windows
    }

    private static func head(_ number: Int, _ time: Range<Int64>, coverage: Double) -> UpdateHead {
        UpdateHead(
            number: UInt64(number), start: Timestamp(nanoseconds: time.lowerBound),
            end: Timestamp(nanoseconds: time.upperBound), revision: 0, final: true, reason: .none,
            quality: Quality(coverage: coverage, gapSeconds: 0, inferredShare: 0.25, bookState: .none))
    }

    private static func records(_ session: Session, _ chance: inout SeededChance) -> [UInt8] {
        var outbox = Outbox()
        for (index, (time, sales, flow)) in windows(session, minute).enumerated() {
            var bar = Bar(start: Timestamp(nanoseconds: time.lowerBound), end: Timestamp(nanoseconds: time.upperBound))
            for sale in sales {
                bar.add(
                    price: sale.price, quantity: sale.quantity, sign: sale.side == 1 ? 1 : sale.side == 2 ? -1 : 0,
                    inferred: false, time: sale.time)
            }
            let head = head(index + 1, time, coverage: 0.75)
            outbox.append(DeltaUpdate(bar, cumulative: flow.cumulative), head: head, slot: 0, template: 4, symbol: 0)
            outbox.append(CandleUpdate(bar), head: head, slot: 1, template: 1, symbol: 0)
        }
        var profile = RandomUpdates.bytes(of: ProfileUpdate.layout, number: 1, chance: &chance)
        StoreInput.write(session.time.lowerBound, to: &profile, at: 8)
        StoreInput.write(session.time.upperBound, to: &profile, at: 16)
        return outbox.withBytes { $0.array } + StoreInput.record(2, 0, profile, ProfileUpdate.layout.template)
    }

    private static func size(_ steps: Int64) -> QueryAnswer.Cell {
        .plain(DecimalText.text(billionths: Int128(steps) * Int128(step)))
    }

    private static func check(_ answer: QueryAnswer, _ expected: [(Range<Int64>, [Sale], Flow)]) throws {
        #expect(answer.rows.count == expected.count)
        for (row, (time, _, flow)) in zip(answer.rows, expected) {
            #expect(row[0] == .text(Timestamp(nanoseconds: time.lowerBound).description))
            #expect(row[1] == .text(Timestamp(nanoseconds: time.upperBound).description))
            let sizes = [
                flow.buy - flow.sell, flow.most, flow.least, flow.cumulative, flow.volume, flow.buy, flow.sell,
                flow.volume - flow.buy - flow.sell,
            ]
            #expect(Array(row[2..<10]) == sizes.map(size))
            #expect(row[10] == .plain("\(flow.trades)"))
            let pressure = try #require(Double(row[11].shown))
            #expect(pressure == Double(flow.buy - flow.sell) / Double(flow.volume))
            #expect(row[12] == .plain("0.75"))
        }
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(2, each: 10)))
    func `flow of any width and session equals a recount`(seed: UInt64) throws {
        var chance = SeededChance(seed: 900 + Campaign.seed &+ seed)
        let odd = Int64(chance.below(86_400)) * 1_000_000_000
        let sessions = (0..<3).map { Session(QueryTests.start + odd + Int64($0) * 86_400_000_000_000, &chance) }
        let pair = try StorePair()
        let layouts = [DeltaUpdate.layout, CandleUpdate.layout, ProfileUpdate.layout]
        let topics = TopicTable(zip(Self.names, layouts).map { TopicEntry(prefix: $0, layout: $1) })
        let symbol = try #require(Symbol("ESH6"))
        let origin = UpdateOrigin(node: "flow", topics: topics) { _ in (symbol, Self.step) }
        for (index, session) in sessions.enumerated() {
            try pair.store(Self.records(session, &chance), from: origin, position: UInt64(index + 1))
        }
        for reader in try pair.readers() {
            for minutes: Int64 in [1, 2, 7, 30, 600] {
                let windows = sessions.map { Self.windows($0, minutes * Self.minute) }
                var query = StoreQuery(.flow, of: "ESH6")
                query.width = .seconds(60 * minutes)
                try Self.check(try query.answer(from: reader), windows.flatMap { $0 })
                query.session = "last"
                try Self.check(try query.answer(from: reader), windows[2])
                query.session = String(
                    Timestamp(nanoseconds: sessions[1].time.lowerBound).description.prefix(10))
                try Self.check(try query.answer(from: reader), windows[1])
                // From the second window on, in this session only.
                guard windows[1].count > 1 else { continue }
                query.from = Timestamp(nanoseconds: windows[1][1].0.lowerBound)
                try Self.check(try query.answer(from: reader), Array(windows[1].dropFirst()))
            }
            try checkCandles(reader, sessions[2])
        }
    }

    private func checkCandles(_ reader: any StoreReader, _ session: Session) throws {
        var query = StoreQuery(.candles, of: "ESH6")
        query.width = .seconds(420)
        query.session = "last"
        let answer = try query.answer(from: reader)
        let expected = Self.windows(session, 420_000_000_000)
        #expect(answer.rows.count == expected.count)
        for (row, (_, sales, _)) in zip(answer.rows, expected) {
            let prices = sales.map(\.price)
            let four = [prices[0], prices.max() ?? 0, prices.min() ?? 0, prices[prices.count - 1]]
            #expect(Array(row[2..<6]) == four.map { .plain(DecimalText.text(billionths: Int128($0))) })
        }
    }

    @Test func `states are shown as they were published`() throws {
        var chance = SeededChance(seed: 31 + Campaign.seed)
        let topic = TopicEntry(prefix: "state/", layout: MarketStateUpdate.layout)
        let symbol = try #require(Symbol("ESH6"))
        let origin = UpdateOrigin(node: "flow", topics: TopicTable([topic])) { _ in (symbol, RowPlanTests.sizeStep) }
        let updates = (1...40).map { number in
            RandomUpdates.bytes(
                of: topic.layout, number: UInt64(number), start: QueryTests.start + Int64(number) * 1_000_000_007,
                chance: &chance)
        }
        let pair = try StorePair()
        let records = updates.flatMap { StoreInput.record(0, 0, $0, topic.layout.template) }
        try pair.store(records, from: origin, position: 40)
        for reader in try pair.readers() {
            let answer = try StoreQuery(.state, of: "ESH6").answer(from: reader)
            #expect(answer.rows.count == updates.count)
            for (row, update) in zip(answer.rows, updates) {
                let json = try RowPlanTests.json(topic, update)
                #expect(row[0] == .text(json["start"] as? String ?? ""))
                for field in topic.layout.fields {
                    let column = field.name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
                    let place = try #require(answer.columns.firstIndex(of: column))
                    #expect(Self.isEqual(row[place].shown, json[field.name]), "\(column)")
                }
            }
        }
    }

    /// Whether an answer shows a JSON value. Foundation reads some decimals a last bit off.
    private static func isEqual(_ shown: String, _ value: Any?) -> Bool {
        switch value {
        case let list as [String]: return shown == list.joined(separator: " ")
        case let text as String: return shown == text
        case let number as NSNumber:
            guard let own = Double(shown) else { return false }
            return abs(own - number.doubleValue) <= abs(own) * 1e-15
        default: return shown.isEmpty
        }
    }
}
