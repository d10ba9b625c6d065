import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

private func settings(_ text: String) throws -> (settings: IcebergSettings, faults: [TopologyFault]) {
    SettingsReader.read(
        IcebergSettings.self,
        from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("iceberg")))
}

private func trial(_ text: String = "{}") throws -> AnalyticTrial {
    AnalyticTrial([AnalyticChoice(Iceberg.self, try settings(text).settings)])
}

private let ends = ["open", "filled", "cancelled", "left", "idle", "cut"]
private let methods = ["level", "native", "synthetic"]

extension AnalyticTrial {
    fileprivate var icebergs: [IcebergUpdate] { on("iceberg/").map { $0.body() } }
    /// What ended each.
    fileprivate var endings: [String] { icebergs.map { ends[Int($0.end)] } }

    fileprivate mutating func level(_ seconds: Double, _ side: Side, _ price: Double, _ size: Int64) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        book(
            .level(
                symbol: 0, venueTime: time, receiveTime: time, side: side,
                price: Price(billionths: AnalyticTrial.billionths(price)), quantity: Quantity(steps: size),
                isLastOfGroup: true))
    }

    fileprivate mutating func order(
        _ seconds: Double, _ action: OrderAction, _ identifier: UInt64, _ size: Int64, price: Double = 100,
        side: Side = .sell
    ) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        var event = MarketEvent(.order, symbol: 0, venueTime: time, receiveTime: time)
        event.orderAction = action
        event.side = side
        event.price = Price(billionths: AnalyticTrial.billionths(price))
        event.quantity = Quantity(steps: size)
        event.identifier = identifier
        book(event)
    }

    fileprivate mutating func reset(_ seconds: Double) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        book(MarketEvent(.bookReset, symbol: 0, venueTime: time, receiveTime: time))
    }
}

/// In which order a source tells a trade and the sizes around it.
private enum Arrival: CaseIterable {
    case tradeFirst, sizeFirst, bothSizesFirst, tradeAlone, quoteBehind, quoteAhead

    var isQuote: Bool { self == .quoteBehind || self == .quoteAhead }
}

/// The ask of 100.00 shows `size` and a trade takes it; behind it stands 100.01.
private struct Ask {
    let arrival: Arrival

    func show(_ trial: inout AnalyticTrial, _ seconds: Double, _ size: Int64) {
        if !arrival.isQuote { return trial.level(seconds, .sell, 100, size) }
        if size > 0 { return trial.quote(seconds, 99.99, 10, 100, size) }
        trial.quote(seconds, 99.99, 10, 100.01, 70)
    }

    /// A trade of the whole size, after which it stands there again, or is gone.
    func take(_ trial: inout AnalyticTrial, _ seconds: Double, _ size: Int64, again: Bool) {
        let isAhead = arrival != .tradeFirst && arrival != .quoteBehind && arrival != .tradeAlone
        if !isAhead { trial.trade(seconds, 100, size, .buy) }
        if arrival != .tradeAlone || !again { show(&trial, seconds + 0.0001, 0) }
        if arrival == .bothSizesFirst, again { show(&trial, seconds + 0.005, size) }
        if isAhead { trial.trade(seconds + 0.006, 100, size, .buy) }
        if arrival != .bothSizesFirst, again { show(&trial, seconds + 0.012, size) }
    }
}

@Suite struct `Icebergs` {
    @Test func `a level that comes back after trades, vector I1, however trades and sizes are ordered`() throws {
        for arrival in Arrival.allCases {
            var trial = try trial()
            let ask = Ask(arrival: arrival)
            ask.show(&trial, 1, 50)
            for index in 0..<4 { ask.take(&trial, 2 + Double(index), 50, again: index < 3) }
            trial.clock(60)
            let said = trial.on("iceberg/")
            #expect(said.map(\.head.isFinal) == [false, true], "\(arrival)")
            #expect(trial.endings == ["open", "filled"], "\(arrival)")
            let found = trial.icebergs
            guard let end = found.last, found.count == 2 else { continue }
            #expect(end.executed == 200 && end.shown == 50 && end.refills == 3 && end.hidden == 150, "\(arrival)")
            #expect(end.added == 0 && end.prints == 4 && end.price == 100 * Price.scale, "\(arrival)")
            #expect(end.side == Side.sell.rawValue && end.method == 0 && end.signs == 1)
            #expect(found[0].executed == 150 && found[0].refills == 3, "\(arrival)")
            let findings = trial.set.surroundings.board.findings
            #expect(findings.count == 1 && findings[0].direction == -1 && findings[0].evidence.kind == .iceberg)
        }
    }

    @Test func `a rise that comes too late is an order of somebody else`() throws {
        for (pause, expected) in [(0.15, 2), (0.1500001, 0)] {
            var trial = try trial()
            trial.level(0, .buy, 100, 50)
            for index in 0..<4 {
                let time = Double(index + 1)
                trial.trade(time, 100, 30, .sell)
                trial.level(time, .buy, 100, 20)
                trial.level(time + pause, .buy, 100, 50)
                trial.trade(time + 0.5, 100, 30, .sell)
                trial.level(time + 0.5, .buy, 100, 20)
                trial.level(time + 0.5 + pause, .buy, 100, 50)
            }
            trial.clock(500)
            #expect(trial.icebergs.count == expected)
            if expected > 0 { #expect(trial.icebergs[1].side == Side.buy.rawValue && trial.endings[1] == "idle") }
        }
    }

    @Test func `what others add and take away is told apart`() throws {
        var trial = try trial()
        let ask = Ask(arrival: .tradeFirst)
        ask.show(&trial, 0, 10)
        for index in 0..<5 {
            ask.take(&trial, 1 + Double(index), 10, again: true)
            trial.level(1.5 + Double(index), .sell, 100, 13)
            trial.level(1.6 + Double(index), .sell, 100, 10)
        }
        trial.level(9, .sell, 100, 0)
        trial.clock(60)
        #expect(trial.endings == ["open", "cancelled"])
        let end = try #require(trial.icebergs.last)
        #expect(end.executed == 50 && end.shown == 13 && end.added == 15 && end.refills == 5 && end.hidden == 22)
    }

    @Test func `a price that is passed by a better one for too long is left`() throws {
        for (back, ends) in [(4.1, ["open", "filled"]), (4.3, ["open", "left"])] {
            var trial = try trial()
            let ask = Ask(arrival: .quoteBehind)
            ask.show(&trial, 0, 10)
            for index in 0..<3 { ask.take(&trial, 1 + Double(index), 10, again: true) }
            trial.quote(4, 99.98, 1, 99.99, 5)
            trial.quote(back, 99.98, 1, 100, 10)
            ask.take(&trial, 5, 10, again: false)
            trial.clock(60)
            #expect(trial.endings == ends)
        }
    }

    @Test func `sizes and executions add up as an invented market made them`() throws {
        var told = 0
        for round in 0..<Campaign.rounds(60, each: 300) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            told += try compare(&chance, round)
        }
        #expect(told > 20)
    }

    /// One iceberg at one price among other orders; the truth is kept by whoever makes it. 1 where it is found.
    private func compare(_ chance: inout SeededChance, _ round: Int) throws -> Int {
        let isSizeFirst = chance.below(2) == 0
        let clocks = chance.below(2) == 0
        var trial = try trial()
        let peak = Int64(1 + chance.below(30))
        var hidden = peak * Int64(chance.below(9))
        var (own, others) = (peak, Int64(chance.below(20)))
        var (executed, refills, added, shown) = (Int64(0), Int64(0), Int64(0), own + others)
        var truth: (Int64, Int64, Int64, Int64)?
        func look() {
            if refills >= 3, executed >= 3 * shown, truth == nil { truth = (executed, refills, added, shown) }
        }
        var time = 1.0
        trial.level(0, .sell, 100, shown)
        while own + others > 0 {
            time += 0.2 + Double(chance.below(1000)) / 1000
            if clocks { trial.clock(time - 0.1) }
            if executed > 0, chance.below(4) == 0 {
                let more = Int64(1 + chance.below(10))
                (others, added) = (others + more, added + more)
                trial.level(time, .sell, 100, own + others)
                shown = max(shown, own + others)
            } else {
                let size = Int64(1 + chance.below(Int(own + others)))
                let first = min(others, size)
                (others, own, executed) = (others - first, own - (size - first), executed + size)
                if isSizeFirst { trial.level(time, .sell, 100, own + others) }
                trial.trade(time, 100, size, .buy)
                if !isSizeFirst { trial.level(time + 0.001, .sell, 100, own + others) }
                look()
                if own == 0, hidden > 0 {
                    (own, hidden, refills) = (min(peak, hidden), hidden - min(peak, hidden), refills + 1)
                    trial.level(time + 0.001 + Double(chance.below(148)) / 1000, .sell, 100, own + others)
                    shown = max(shown, own + others)
                    look()
                }
            }
        }
        trial.clock(time + 100)
        let found = trial.icebergs
        #expect(found.count == (truth == nil ? 0 : 2), "\(round)")
        guard let truth, found.count == 2 else { return 0 }
        #expect((found[0].executed, found[0].refills, found[0].added, found[0].shown) == truth, "\(round)")
        #expect((found[1].executed, found[1].refills, found[1].added) == (executed, refills, added), "\(round)")
        #expect(found[1].shown == shown && found[1].hidden == max(0, executed - shown - added), "\(round)")
        #expect(trial.endings[1] == "filled", "\(round)")
        return 1
    }

    @Test func `a gap, a reset, a halt and the session's end cut what is open`() throws {
        for ending in 0..<4 {
            var trial = try trial()
            let ask = Ask(arrival: .tradeFirst)
            ask.show(&trial, 0, 10)
            for index in 0..<3 { ask.take(&trial, 1 + Double(index), 10, again: true) }
            switch ending {
            case 0: trial.stop(.gap)
            case 1: trial.reset(4)
            case 2: trial.stop(.halt)
            default: trial.closeSession()
            }
            #expect(trial.endings == ["open", "cut"], "\(ending)")
            // What was executed before counts no more.
            ask.show(&trial, 4, 10)
            for index in 0..<2 { ask.take(&trial, 5 + Double(index), 10, again: true) }
            trial.clock(100)
            #expect(trial.endings.count == 2, "\(ending)")
        }
    }

    @Test func `off-exchange prints count nowhere, and a trade without a side where the quote puts it`() throws {
        for (marks, expected) in [(MarketEvent.Marks(), 2), (.offExchange, 0)] {
            var trial = try trial()
            let ask = Ask(arrival: .quoteBehind)
            ask.show(&trial, 0, 10)
            for index in 0..<4 {
                trial.trade(1 + Double(index), 100, 10, marks: marks)
                ask.show(&trial, 1 + Double(index), 0)
                ask.show(&trial, 1.01 + Double(index), 10)
            }
            trial.clock(100)
            #expect(trial.icebergs.count == expected)
        }
    }

    @Test func `a correction at its price and in its time marks it, and the end of the input shows it`() throws {
        var trial = try trial()
        let ask = Ask(arrival: .tradeFirst)
        ask.show(&trial, 0, Quantity.limit)
        for index in 0..<3 { ask.take(&trial, 1 + Double(index), Quantity.limit, again: true) }
        trial.show(4, isEnding: true)
        trial.change(trial.made(2, 100, 10, .buy), isRemoval: true, .cancelled)
        trial.clock(100)
        #expect(trial.endings == ["open", "open", "idle"])
        #expect(trial.on("iceberg/").map(\.head.flags) == [[], [], .inputRevised])
        #expect(trial.icebergs[2].hidden == 2 * Quantity.limit)
    }

    @Test func `the prices that are followed are the ones traded last`() throws {
        var trial = try trial()
        for step in 0..<9 { trial.level(0, .sell, 100 + Double(step) / 100, 10) }
        for _ in 0..<3 {
            trial.trade(1, 100, 10, .buy)
            trial.level(1, .sell, 100, 0)
            trial.level(1.01, .sell, 100, 10)
        }
        #expect(trial.endings == ["open"])
        for step in 1..<9 { trial.trade(2, 100 + Double(step) / 100, 1, .buy) }
        #expect(trial.endings == ["open", "cut"])
    }

    @Test func `settings are read and faults are told`() throws {
        #expect(try settings("{}").faults == [])
        #expect(try settings(Iceberg.example).faults == [])
        for text in [
            #"{ "within": "10s", "idle": "5s" }"#, #"{ "refills": 0 }"#, #"{ "ratio": 1.5 }"#, #"{ "dt": "1s" }"#,
        ] {
            #expect(try settings(text).faults.count == 1, "\(text)")
        }
    }

    @Test func `fields tile the body`() {
        #expect(tiles(IcebergUpdate.layout) && IcebergUpdate.layout.template == 36)
        #expect(MemoryLayout<IcebergUpdate>.size == 104 && MemoryLayout<IcebergUpdate>.stride == 104)
    }
}

// MARK: - Single orders

@Suite struct `Icebergs of single orders` {
    @Test func `an order that shows its size again right after a fill is native`() throws {
        for (pause, expected) in [(0.15, 2), (0.1500001, 0)] {
            var trial = try trial()
            trial.order(0, .add, 7, 5)
            trial.order(1, .fill, 7, 2)
            trial.order(1, .modify, 7, 3)
            trial.order(2, .fill, 7, 3)
            trial.order(2 + pause, .modify, 7, 5)
            trial.order(3, .fill, 7, 5)
            trial.order(3, .remove, 7, 5)
            trial.clock(100)
            let found = trial.icebergs
            #expect(found.count == expected)
            guard expected == 2 else { continue }
            #expect(trial.endings == ["open", "filled"])
            #expect(methods[Int(found[1].method)] == "native" && found[1].signs == 1)
            #expect(found[0].executed == 5 && found[1].executed == 10 && found[1].refills == 1 && found[1].hidden == 5)
            #expect(found[1].prints == 3 && found[1].first == 2 && found[1].last == 6)
        }
    }

    @Test func `an order that executes more than it shows is native, and a cancelled one is told so`() throws {
        var trial = try trial()
        trial.order(0, .add, 7, 5, side: .buy)
        trial.order(1, .fill, 7, 3, side: .buy)
        #expect(trial.icebergs.isEmpty)
        trial.order(1, .fill, 7, 3, side: .buy)
        trial.order(1.1, .modify, 7, 5, side: .buy)
        trial.order(2, .remove, 7, 5, side: .buy)
        #expect(trial.endings == ["open", "cancelled"])
        let end = try #require(trial.icebergs.last)
        #expect(end.signs == 3 && end.side == Side.buy.rawValue && end.executed == 6)
    }

    @Test func `orders that follow each other at a consumed price are synthetic`() throws {
        for others in [false, true] {
            var trial = try trial()
            if others { trial.order(0, .add, 99, 4) }
            trial.order(0, .add, 1, 10)
            for index in 1...4 {
                let (time, order) = (Double(index), UInt64(index))
                trial.order(time, .fill, order, 10)
                trial.order(time, .remove, order, 10)
                if index < 4 { trial.order(time + 0.1, .add, order + 1, 10) }
            }
            trial.clock(100)
            // While somebody else's order stands there, the price is not consumed.
            #expect(trial.endings == (others ? [] : ["open", "filled"]))
            guard let end = trial.icebergs.last else { continue }
            #expect(methods[Int(end.method)] == "synthetic" && end.signs == 4)
            #expect(end.executed == 40 && end.refills == 3 && end.shown == 10 && end.hidden == 30)
        }
    }

    @Test func `a following order that is late, elsewhere or of a snapshot is none`() throws {
        for (pause, price, side) in [(0.2, 100.0, Side.sell), (0.1, 100.01, .sell), (0.1, 100, .buy)] {
            var trial = try trial(#"{ "refills": 1, "ratio": 1 }"#)
            trial.order(0, .add, 1, 10)
            trial.order(1, .fill, 1, 10)
            trial.order(1, .remove, 1, 10)
            trial.order(1 + pause, .add, 2, 10, price: price, side: side)
            #expect(trial.icebergs.isEmpty)
        }
    }

    @Test func `an order that moves ends its iceberg, and orders are forgotten after a gap`() throws {
        var trial = try trial()
        trial.order(0, .add, 7, 5)
        trial.order(1, .fill, 7, 5)
        trial.order(1.1, .modify, 7, 5)
        trial.order(2, .modify, 7, 5, price: 101)
        #expect(trial.endings == ["open", "cancelled"])
        trial.stop(.gap)
        trial.order(3, .fill, 7, 5, price: 101)
        trial.order(3.1, .modify, 7, 5, price: 101)
        trial.order(4, .fill, 7, 5, price: 101)
        #expect(trial.endings.count == 2)
        trial.order(4.1, .modify, 7, 5, price: 101)
        #expect(trial.endings.count == 3)
    }

    /// A venue's order as the invented market keeps it.
    private struct Order {
        var identifier: UInt64
        var price: Double
        var side: Side
        var peak: Int64
        var shown: Int64
        var hidden: Int64
        var executed: Int64 = 0
        var refills: Int64 = 0
        var isHiding: Bool { refills > 0 }
    }

    @Test func `among thousands of orders exactly the refilled ones are native`() throws {
        for round in 0..<Campaign.rounds(4, each: 20) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            var trial = try trial()
            var live: [Order] = []
            var expected: [String] = []
            var time = 0.0
            for step in 0..<6000 {
                time += 0.2
                if live.isEmpty || chance.below(100) < (step < 3000 ? 70 : 20) {
                    live.append(add(&trial, &chance, time, UInt64(step) &* 7919))
                } else {
                    let index = chance.below(live.count)
                    if let end = trade(&trial, &chance, time, &live[index]) {
                        if live[index].isHiding { expected.append(line(live[index], end)) }
                        live.remove(at: index)
                    }
                }
            }
            let found = trial.icebergs.filter { $0.method == 1 && $0.end != 0 }.map { update in
                "\(update.price) \(update.executed) \(update.refills) \(ends[Int(update.end)])"
            }
            #expect(found == expected, "\(round)")
            #expect(expected.count > 20)
        }
    }

    private func line(_ order: Order, _ end: String) -> String {
        "\(AnalyticTrial.billionths(order.price)) \(order.executed) \(order.refills) \(end)"
    }

    private func add(
        _ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double, _ identifier: UInt64
    ) -> Order {
        let peak = Int64(1 + chance.below(9))
        let side = chance.below(2) == 0 ? Side.buy : .sell
        let price = 100 + Double(chance.below(40) + (side == .buy ? 0 : 40)) / 100
        let hidden = chance.below(3) == 0 ? peak * Int64(chance.below(4)) : 0
        trial.order(time, .add, identifier, peak, price: price, side: side)
        return Order(identifier: identifier, price: price, side: side, peak: peak, shown: peak, hidden: hidden)
    }

    /// Cancels the order, or trades it until it is gone; how it ended.
    private func trade(
        _ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double, _ order: inout Order
    ) -> String? {
        if chance.below(3) == 0 {
            trial.order(time, .remove, order.identifier, order.shown, price: order.price, side: order.side)
            return "cancelled"
        }
        let speaksByRemoval = chance.below(2) == 0
        for step in 0... {
            let moment = time + Double(step) / 1000
            let size = Int64(1 + chance.below(Int(order.shown)))
            (order.shown, order.executed) = (order.shown - size, order.executed + size)
            trial.order(moment, .fill, order.identifier, size, price: order.price, side: order.side)
            if order.shown == 0, order.hidden > 0 {
                order.shown = min(order.peak, order.hidden)
                (order.hidden, order.refills) = (order.hidden - order.shown, order.refills + 1)
                trial.order(moment, .modify, order.identifier, order.shown, price: order.price, side: order.side)
            } else if order.shown == 0 || speaksByRemoval {
                trial.order(moment, .remove, order.identifier, size, price: order.price, side: order.side)
            } else {
                trial.order(moment, .modify, order.identifier, order.shown, price: order.price, side: order.side)
            }
            if order.shown == 0 { return "filled" }
        }
        return nil
    }

    @Test func `the expected size is the Kaplan-Meier estimate over those that ended`() throws {
        var trial = try trial(#"{ "history": 4 }"#)
        // Tranches, and whether the last one was filled.
        let past: [(Int, Bool)] = [(2, true), (2, false), (3, true), (4, true), (4, false), (6, true), (2, true)]
        for (index, iceberg) in past.enumerated() {
            play(&trial, 100 + Double(index), UInt64(index + 1), tranches: iceberg.0, isFilled: iceberg.1)
        }
        let found = trial.icebergs.filter { $0.end == 0 }
        #expect(found.prefix(4).allSatisfy { $0.expectedTotal.isNaN })
        for (index, update) in found.enumerated().dropFirst(4) {
            let expected = 5 * expectedCount(Array(past.prefix(index)), from: 2)
            #expect(abs(update.expectedTotal - expected) < 1e-9, "\(index)")
        }
        #expect(trial.icebergs.filter { $0.end != 0 }.allSatisfy { $0.expectedTotal.isNaN })
    }

    /// A native iceberg with tranches of 5.
    private func play(
        _ trial: inout AnalyticTrial, _ time: Double, _ order: UInt64, tranches: Int, isFilled: Bool
    ) {
        trial.order(time, .add, order, 5)
        for tranche in 1...tranches where tranche < tranches || isFilled {
            trial.order(time, .fill, order, 5)
            if tranche < tranches { trial.order(time, .modify, order, 5) }
        }
        trial.order(time, .remove, order, 5)
    }

    /// The sum of the survival curve, from its textbook product over all counts up to 64.
    private func expectedCount(_ past: [(Int, Bool)], from start: Int) -> Double {
        (start...64).map { last -> Double in
            (start..<last).map { count -> Double in
                let atRisk = past.filter { $0.0 >= count }.count
                let filled = past.filter { $0.0 == count && $0.1 }.count
                return atRisk == 0 ? 0 : 1 - Double(filled) / Double(atRisk)
            }.reduce(1, *)
        }.reduce(Double(start - 1), +)
    }
}
