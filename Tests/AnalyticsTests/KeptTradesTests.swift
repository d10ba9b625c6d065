import Analytics
import Market
import TestPrograms
import Testing

/// Kept trades the slow way: a list.
private struct PlainTrades {
    let limit: Int
    var all: [KeptTrade] = []
    /// A trade was forgotten that set prices of a day without volume: no count shows that it is missing.
    var hasLost = false

    mutating func append(_ trade: KeptTrade) {
        all.append(trade)
        guard all.count > limit else { return }
        let gone = all.removeFirst()
        if !gone.isRemoved, !gone.effects.contains(.volume) { hasLost = true }
    }

    func find(_ identifier: UInt64, _ venue: UInt16) -> Int? {
        all.lastIndex { $0.identifier == identifier && $0.venue == venue }
    }

    /// The bar of a window: all trades that are left, in the order in which the originals came.
    func bar(from start: Int64, to end: Int64, width: UInt64, span: BarSpan) -> Bar {
        var bar = Bar(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
        let left = all.filter {
            !$0.isRemoved && $0.time >= start && $0.time < end && $0.missing & width == 0
        }
        for trade in left.sorted(by: { $0.number < $1.number }) {
            if span == .day { bar.addToDay(trade) } else if trade.effects.contains(.volume) { bar.add(trade) }
        }
        return bar
    }
}

@Suite struct `Kept trades` {
    private static func trade(_ chance: inout SeededChance, _ number: UInt64, at time: Int64) -> KeptTrade {
        let effects: [TradeEffects] = [
            .regular, .regular, .volumeOnly, [.volume, .dayPrice, .dayFirst], [.volume, .price, .flow, .profile],
            [.dayPrice, .dayOpenClose], [.volume],
        ]
        var trade = KeptTrade(
            price: Int64(chance.below(9)) * 10_000_000, quantity: Int64(1 + chance.below(50)), time: time,
            aggressor: Aggressor(sign: Int8(chance.below(3) - 1), method: .tick),
            effects: effects[chance.below(effects.count)], identifier: UInt64(1 + chance.below(60)), number: number)
        trade.venue = UInt16(chance.below(2))
        if chance.below(10) == 0 { trade.missing = UInt64(1) << UInt64(chance.below(3)) }
        return trade
    }

    @Test func `names and prices are those of a plain list, in any order of prints, cancels and corrections`() {
        for seed in 0..<UInt64(Campaign.rounds(300, each: 3_000)) {
            var chance = SeededChance(seed: seed &+ Campaign.seed)
            let limit = [1, 2, 31, 32, 33, 100][chance.below(6)]
            var kept = KeptTrades(limit: limit)
            var plain = PlainTrades(limit: limit)
            var now: Int64 = 0
            for step in 0..<UInt64(30 + chance.below(200)) {
                now += Int64(chance.below(4))
                let late = chance.below(4) == 0 ? Int64(chance.below(30)) : 0
                let made = Self.trade(&chance, step, at: now - late)
                kept.append(made)
                plain.append(made)
                if chance.below(3) == 0 { change(&kept, &plain, &chance) }
                if chance.below(8) == 0 { compare(kept, plain, &chance, now, seed) }
                if chance.below(150) == 0 {
                    kept.removeAll()
                    (plain.all, plain.hasLost) = ([], false)
                }
            }
        }
    }

    private func change(_ kept: inout KeptTrades, _ plain: inout PlainTrades, _ chance: inout SeededChance) {
        let (identifier, venue) = (UInt64(chance.below(70)), UInt16(chance.below(2)))
        let place = kept.find(identifier: identifier, venue: venue)
        let index = plain.find(identifier, venue)
        let found = place.map { kept[$0] }
        #expect(found == index.map { plain.all[$0] })
        guard let place, let index, let old = found, !old.isRemoved else { return }
        kept.remove(at: place)
        plain.all[index].state.insert(.removed)
        guard chance.below(2) == 0 else { return }
        var again = old
        again.price = Int64(chance.below(9)) * 10_000_000
        again.identifier = UInt64(1 + chance.below(60))
        again.state = .restated
        kept.append(again)
        plain.append(again)
    }

    private func compare(
        _ kept: borrowing KeptTrades, _ plain: PlainTrades, _ chance: inout SeededChance, _ now: Int64, _ seed: UInt64
    ) {
        let start = now - Int64(chance.below(60))
        let end = start + 1 + Int64(chance.below(40))
        let width = [0, 1, 2, 4][chance.below(4)]
        for span in BarSpan.allCases {
            let bar = plain.bar(from: start, to: end, width: UInt64(width), span: span)
            let prices = kept.prices(from: start, to: end, width: UInt64(width), span: span)
            var again = bar
            again.set(prices)
            let isSure = span == .minute || !plain.hasLost
            #expect(again == bar && bar.isWhole(prices) == isSure, "seed \(seed), \(span), from \(start) to \(end)")
        }
    }

    @Test func `a trade is found by its venue and number, and stays known once it is taken back`() {
        var kept = KeptTrades(limit: 8)
        let one = KeptTrade(
            price: 5, quantity: 300, time: 9, aggressor: .unknown, effects: .regular, identifier: 465, number: 1)
        kept.append(one)
        let elsewhere = kept.find(identifier: 465, venue: 3)
        let none = kept.find(identifier: 0, venue: 0)
        let place = kept.find(identifier: 465, venue: 0)
        #expect(elsewhere == nil && none == nil && place == 0)
        kept.remove(at: 0)
        let again = kept.find(identifier: 465, venue: 0)
        let isRemoved = kept[0].isRemoved
        #expect(again == 0 && isRemoved)
        for number in 2...UInt64(9) {
            var other = one
            other.identifier = number
            kept.append(other)
        }
        let forgotten = kept.find(identifier: 465, venue: 0)
        let count = kept.count
        #expect(forgotten == nil && count == 8)
    }

    @Test func `nothing is kept at the limit zero, and memory follows what came`() {
        #expect(MemoryLayout<KeptTrade>.stride == 64)
        var none = KeptTrades(limit: 0)
        var some = KeptTrades(limit: 65_536)
        let before = some.memory
        for number in 1...UInt64(10_000) {
            let trade = KeptTrade(
                price: 1, quantity: 1, time: 1, aggressor: .unknown, effects: .regular, identifier: number,
                number: number)
            none.append(trade)
            some.append(trade)
        }
        let (nothing, grown) = (none.memory, some.memory)
        #expect(before == 0 && nothing == 0 && grown == 16_384 * 64)
        let first = some.find(identifier: 1, venue: 0)
        #expect(first == 0)
        some.removeAll()
        let (after, lost) = (some.memory, some.find(identifier: 1, venue: 0))
        #expect(after == 0 && lost == nil)
    }

    @Test func `a cancel returns a bar to its prior state`() {
        // Vector X1: 105.31 × 300, then its cancel.
        var bar = Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60))
        bar.add(price: 105_300_000_000, quantity: 10, sign: -1, inferred: true, time: 1)
        var prior = bar
        let trade = KeptTrade(
            price: 105_310_000_000, quantity: 300, time: 2, aggressor: Aggressor(sign: 1, method: .quote),
            effects: .regular, identifier: 465, number: 2)
        bar.add(trade)
        #expect(bar.stands(on: trade, span: .minute))
        bar.change(trade, by: -1, span: .minute)
        prior.maxDelta = bar.maxDelta
        #expect(bar.delta == -10 && bar.volume == 10)
        bar.high = prior.high
        (bar.close, bar.lastTime) = (prior.close, prior.lastTime)
        #expect(bar == prior)
    }
}
