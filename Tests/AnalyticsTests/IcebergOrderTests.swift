import Analytics
import Market
import Testing
import TestPrograms

@Suite struct `Icebergs of single orders` {
    @Test func `an order that shows its size again right after a fill is native`() throws {
        for (pause, expected) in [(0.15, 2), (0.1500001, 0)] {
            var trial = try icebergTrial()
            trial.sendOrder(0, .add, 7, 5)
            trial.sendOrder(1, .fill, 7, 2)
            trial.sendOrder(1, .modify, 7, 3)
            trial.sendOrder(2, .fill, 7, 3)
            trial.sendOrder(2 + pause, .modify, 7, 5)
            trial.sendOrder(3, .fill, 7, 5)
            trial.sendOrder(3, .remove, 7, 5)
            trial.clock(100)
            let found = trial.icebergs
            #expect(found.count == expected)
            guard expected == 2 else { continue }
            #expect(trial.endings == ["open", "filled"])
            #expect(icebergMethods[Int(found[1].method)] == "native" && found[1].signs == 1)
            #expect(found[0].executed == 5 && found[1].executed == 10 && found[1].refills == 1 && found[1].hidden == 5)
            #expect(found[1].prints == 3 && found[1].first == 2 && found[1].last == 6)
        }
    }

    @Test func `an order that executes more than it shows is native, and a cancelled one is told so`() throws {
        var trial = try icebergTrial()
        trial.sendOrder(0, .add, 7, 5, side: .buy)
        trial.sendOrder(1, .fill, 7, 3, side: .buy)
        #expect(trial.icebergs.isEmpty)
        trial.sendOrder(1, .fill, 7, 3, side: .buy)
        trial.sendOrder(1.1, .modify, 7, 5, side: .buy)
        trial.sendOrder(2, .remove, 7, 5, side: .buy)
        #expect(trial.endings == ["open", "cancelled"])
        let end = try #require(trial.icebergs.last)
        #expect(end.signs == 3 && end.side == Side.buy.rawValue && end.executed == 6)
    }

    @Test func `orders that follow each other at a consumed price are synthetic`() throws {
        for others in [false, true] {
            var trial = try icebergTrial()
            if others { trial.sendOrder(0, .add, 99, 4) }
            trial.sendOrder(0, .add, 1, 10)
            for index in 1...4 {
                let (time, order) = (Double(index), UInt64(index))
                trial.sendOrder(time, .fill, order, 10)
                trial.sendOrder(time, .remove, order, 10)
                if index < 4 { trial.sendOrder(time + 0.1, .add, order + 1, 10) }
            }
            trial.clock(100)
            // While somebody else's order stands there, the price is not consumed.
            #expect(trial.endings == (others ? [] : ["open", "filled"]))
            guard let end = trial.icebergs.last else { continue }
            #expect(icebergMethods[Int(end.method)] == "synthetic" && end.signs == 4)
            #expect(end.executed == 40 && end.refills == 3 && end.shown == 10 && end.hidden == 30)
        }
    }

    @Test func `a following order that is late, elsewhere or of a snapshot is none`() throws {
        for (pause, price, side) in [(0.2, 100.0, Side.sell), (0.1, 100.01, .sell), (0.1, 100, .buy)] {
            var trial = try icebergTrial(#"{ "refills": 1, "ratio": 1 }"#)
            trial.sendOrder(0, .add, 1, 10)
            trial.sendOrder(1, .fill, 1, 10)
            trial.sendOrder(1, .remove, 1, 10)
            trial.sendOrder(1 + pause, .add, 2, 10, price: price, side: side)
            #expect(trial.icebergs.isEmpty)
        }
    }

    @Test func `an order that moves ends its iceberg, and orders are forgotten after a gap`() throws {
        var trial = try icebergTrial()
        trial.sendOrder(0, .add, 7, 5)
        trial.sendOrder(1, .fill, 7, 5)
        trial.sendOrder(1.1, .modify, 7, 5)
        trial.sendOrder(2, .modify, 7, 5, price: 101)
        #expect(trial.endings == ["open", "cancelled"])
        trial.stop(.gap)
        trial.sendOrder(3, .fill, 7, 5, price: 101)
        trial.sendOrder(3.1, .modify, 7, 5, price: 101)
        trial.sendOrder(4, .fill, 7, 5, price: 101)
        #expect(trial.endings.count == 2)
        trial.sendOrder(4.1, .modify, 7, 5, price: 101)
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
            var trial = try icebergTrial()
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
                "\(update.price) \(update.executed) \(update.refills) \(icebergEnds[Int(update.end)])"
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
        trial.sendOrder(time, .add, identifier, peak, price: price, side: side)
        return Order(identifier: identifier, price: price, side: side, peak: peak, shown: peak, hidden: hidden)
    }

    /// Cancels the order, or trades it until it is gone; how it ended.
    private func trade(
        _ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double, _ order: inout Order
    ) -> String? {
        if chance.below(3) == 0 {
            trial.sendOrder(time, .remove, order.identifier, order.shown, price: order.price, side: order.side)
            return "cancelled"
        }
        let speaksByRemoval = chance.below(2) == 0
        for step in 0... {
            let moment = time + Double(step) / 1000
            let size = Int64(1 + chance.below(Int(order.shown)))
            (order.shown, order.executed) = (order.shown - size, order.executed + size)
            trial.sendOrder(moment, .fill, order.identifier, size, price: order.price, side: order.side)
            if order.shown == 0, order.hidden > 0 {
                order.shown = min(order.peak, order.hidden)
                (order.hidden, order.refills) = (order.hidden - order.shown, order.refills + 1)
                trial.sendOrder(moment, .modify, order.identifier, order.shown, price: order.price, side: order.side)
            } else if order.shown == 0 || speaksByRemoval {
                trial.sendOrder(moment, .remove, order.identifier, size, price: order.price, side: order.side)
            } else {
                trial.sendOrder(moment, .modify, order.identifier, order.shown, price: order.price, side: order.side)
            }
            if order.shown == 0 { return "filled" }
        }
        return nil
    }

    @Test func `the expected size is the Kaplan-Meier estimate over those that ended`() throws {
        var trial = try icebergTrial(#"{ "history": 4 }"#)
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
        trial.sendOrder(time, .add, order, 5)
        for tranche in 1...tranches where tranche < tranches || isFilled {
            trial.sendOrder(time, .fill, order, 5)
            if tranche < tranches { trial.sendOrder(time, .modify, order, 5) }
        }
        trial.sendOrder(time, .remove, order, 5)
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
