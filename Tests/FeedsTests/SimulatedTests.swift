import Market
import Testing

@testable import Feeds

private let start = Timestamp(nanoseconds: 1_772_409_600 * Timestamp.second)  // 2026-03-02 00:00 UTC

private func market(
    symbols: Int = 20, rate: Double = 2_000, seed: UInt64 = 7, curve: [Double] = [1], unknown: Double = 0.05,
    quantity: Int64 = 100
) throws -> SimulatedMarket {
    let settings = SimulatedSettings(seed: seed, rate: rate, start: start, curve: curve, unknownSideShare: unknown)
    let instruments = (0..<UInt32(symbols)).map { index in
        SimulatedInstrument(
            index: index, tick: Price(billionths: 10_000_000), typicalQuantity: Quantity(steps: quantity))
    }
    return try SimulatedMarket(settings, instruments: instruments)
}

extension SimulatedMarket {
    fileprivate mutating func take(_ count: Int) -> [MarketEvent] {
        var events: [MarketEvent] = []
        events.reserveCapacity(count)
        next(into: &events, limit: count)
        return events
    }
}

/// FNV-1a over every field an event has.
private func digest(_ events: [MarketEvent]) -> UInt64 {
    events.reduce(0xCBF2_9CE4_8422_2325) { hash, event in
        let words: [UInt64] = [
            UInt64(event.venueTime.nanoseconds), UInt64(event.receiveTime.nanoseconds), UInt64(event.symbol),
            UInt64(event.kind?.rawValue ?? 0), UInt64(event.side.rawValue), UInt64(event.marks.rawValue),
            UInt64(event.variant), UInt64(event.bid.billionths), UInt64(event.ask.billionths),
            UInt64(event.bidSize.steps), UInt64(event.askSize.steps), event.sequence,
        ]
        return words.reduce(hash) { ($0 ^ $1) &* 0x100_0000_01B3 }
    }
}

@Suite struct `A simulated market` {
    @Test func `the same seed gives the same bytes, on every run and in every batch size`() throws {
        var whole = try market()
        let events = whole.take(50_000)
        #expect(digest(events) == 990_600_904_336_790_168)
        for limit in [1, 7, 1_024] {
            var again = try market()
            var taken: [MarketEvent] = []
            while taken.count < events.count {
                again.next(into: &taken, limit: min(limit, events.count - taken.count))
            }
            #expect(taken == events)
        }
        var other = try market(seed: 8)
        #expect(other.take(1_000) != Array(events.prefix(1_000)))
    }

    @Test func `numbers, times and identifiers rise`() throws {
        var source = try market()
        let events = source.take(200_000)
        #expect(events.map(\.sequence) == (1...200_000).map { $0 })
        let trades = events.filter(\.isTrade)
        #expect(trades.map(\.identifier) == (1...UInt64(trades.count)).map { $0 })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.venueTime <= $1.venueTime })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.receiveTime <= $1.receiveTime })
        #expect(events.allSatisfy { $0.receiveTime - $0.venueTime >= 80_000 })
        #expect(events.allSatisfy { $0.receiveTime - $0.venueTime < 400_000 })
        #expect(try #require(events.first).venueTime >= start)
    }

    @Test(arguments: [(1, 50.0), (20, 2_000), (10_000, 200_000)])
    func `the rate is the mean of trades per second`(symbols: Int, rate: Double) throws {
        var source = try market(symbols: symbols, rate: rate)
        var trades = 0
        var last = start
        var batch: [MarketEvent] = []
        while trades < 150_000 {
            batch.removeAll(keepingCapacity: true)
            source.next(into: &batch, limit: 4_096)
            for event in batch where event.isTrade { trades += 1 }
            last = batch[batch.count - 1].venueTime
        }
        let measured = Double(trades) / (Double(last - start) / Double(Timestamp.second))
        #expect(abs(measured / rate - 1) < 0.06, "\(measured)")
    }

    @Test func `a day is busy at its ends and calm in the middle`() throws {
        var source = try market(symbols: 2, rate: 2, curve: SimulatedSettings.defaultCurve)
        var hours = [Int](repeating: 0, count: 24)
        var batch: [MarketEvent] = []
        day: while true {
            batch.removeAll(keepingCapacity: true)
            source.next(into: &batch, limit: 4_096)
            for event in batch {
                guard event.venueTime < start + Timestamp.day else { break day }
                if event.isTrade { hours[Int((event.venueTime - start) / (3_600 * Timestamp.second))] += 1 }
            }
        }
        let sum = hours.reduce(0, +)
        #expect(abs(Double(sum) / (2 * 86_400) - 1) < 0.06)
        let ends = hours[0] + hours[1] + hours[22] + hours[23]
        let middle = hours[10] + hours[11] + hours[12] + hours[13]
        #expect(ends > 2 * middle, "\(hours)")
        #expect(ends < 5 * middle, "\(hours)")
    }

    @Test func `trades come in clusters, and the first symbols have most of them`() throws {
        var source = try market(symbols: 20, rate: 200)
        let trades = source.take(400_000).filter(\.isTrade)
        var perSymbol = [Int](repeating: 0, count: 20)
        var perSecond: [Int64: Double] = [:]
        for trade in trades {
            perSymbol[Int(trade.symbol)] += 1
            perSecond[trade.venueTime.nanoseconds / Timestamp.second, default: 0] += 1
        }
        #expect(perSymbol[0] > 6 * perSymbol[19] && perSymbol[19] > 0)
        // Without excitement the variance of a count would be its mean.
        let mean = perSecond.values.reduce(0, +) / Double(perSecond.count)
        let variance = perSecond.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(perSecond.count)
        #expect(variance > 3 * mean, "\(variance) against \(mean)")
    }
}

/// What a symbol's last quote said, and the last trade after it.
private struct Touch {
    var bid = Price.none
    var ask = Price.none
    var last: MarketEvent?
}

@Suite struct `The tape of a simulated market` {
    static let events: [MarketEvent] = {
        guard var source = try? market() else { return [] }
        return source.take(400_000)
    }()

    @Test func `quotes are never crossed nor empty`() {
        let quotes = Self.events.filter { $0.kind == .quote }
        #expect(quotes.count > 50_000)
        #expect(quotes.allSatisfy { $0.bid > Price(billionths: 0) && $0.bid < $0.ask })
        #expect(quotes.allSatisfy { $0.bidSize > .zero && $0.askSize > .zero })
        #expect(quotes.allSatisfy { ($0.ask.billionths - $0.bid.billionths) / 10_000_000 <= 20 })
        #expect(quotes.allSatisfy { $0.bid.billionths % 10_000_000 == 0 && $0.ask.billionths % 10_000_000 == 0 })
    }

    @Test func `trades are at the touch or within it, or go on a sweep`() {
        var touches = [Touch](repeating: Touch(), count: 20)
        var outside = 0
        var inside = 0
        for event in Self.events {
            let symbol = Int(event.symbol)
            if event.kind == .quote { touches[symbol] = Touch(bid: event.bid, ask: event.ask) }
            guard event.isTrade else { continue }
            let touch = touches[symbol]
            if event.price < touch.bid || event.price > touch.ask {
                outside += 1
                let step: Int64 = event.price > touch.ask ? 10_000_000 : -10_000_000
                let before = touch.last
                let goesOn = before?.venueTime == event.venueTime && before?.side == event.side
                guard goesOn, before?.price.billionths == event.price.billionths - step else {
                    Issue.record("A trade beyond the touch that continues no sweep: \(event)")
                    return
                }
            } else if event.price > touch.bid, event.price < touch.ask {
                inside += 1
            } else {
                let expected: Side = event.price == touch.ask ? .buy : .sell
                #expect(event.side == expected || event.side == .unknown)
            }
            touches[symbol].last = event
        }
        #expect(outside > 1_000 && inside > 500)
    }

    @Test func `no trade is of nothing, and some are very large`() {
        let sizes = Self.events.filter(\.isTrade).map(\.quantity.steps)
        #expect(sizes.allSatisfy { $0 >= 1 })
        let mean = Double(sizes.reduce(0, +)) / Double(sizes.count)
        #expect(mean > 95 && mean < 125, "\(mean)")
        #expect(sizes.filter { $0 > 2_000 }.count > 100)
    }

    @Test func `most trades say their side, a small share does not`() {
        let trades = Self.events.filter(\.isTrade)
        let unknown = Double(trades.filter { $0.side == .unknown }.count) / Double(trades.count)
        #expect(abs(unknown - 0.05) < 0.01)
        let buys = Double(trades.filter { $0.side == .buy }.count) / Double(trades.count)
        #expect(abs(buys - 0.475) < 0.05)
    }

    @Test func `every symbol hears every whole second, before anything later`() {
        var second = start
        var heard = 0
        for event in Self.events {
            if event.kind == .clock {
                if heard == 0 { second = second + Timestamp.second }
                #expect(event.venueTime == second && event.symbol == UInt32(heard))
                heard = (heard + 1) % 20
            } else {
                #expect(heard == 0 && event.venueTime >= second && event.venueTime < second + Timestamp.second)
            }
        }
        #expect(second - start > 50 * Timestamp.second)
    }
}

@Suite struct `A simulated market's settings` {
    @Test func `one symbol and ten thousand both work`() throws {
        var one = try market(symbols: 1, rate: 10)
        #expect(one.take(5_000).allSatisfy { $0.symbol == 0 })
        var many = try market(symbols: 10_000, rate: 100_000)
        let symbols = Set(many.take(300_000).filter(\.isTrade).map(\.symbol))
        #expect(symbols.count > 5_000)
    }

    @Test func `names have as many digits as their count needs`() {
        #expect(SimulatedMarket.names(count: 20).first == "SIM01")
        #expect(SimulatedMarket.names(count: 20).last == "SIM20")
        #expect(SimulatedMarket.names(count: 100).first == "SIM001")
        #expect(SimulatedMarket.names(count: 1_000).first == "SIM0001")
        #expect(SimulatedMarket.names(count: 1_000).last == "SIM1000")
    }

    @Test func `values out of range are refused by name`() {
        #expect(throws: SimulatedSettingsError.symbolCount(0)) { _ = try market(symbols: 0) }
        for rate in [0, -1, 1e9] { #expect(throws: SimulatedSettingsError.rate(rate)) { _ = try market(rate: rate) } }
        #expect(throws: SimulatedSettingsError.self) { _ = try market(rate: .nan) }
        #expect(throws: SimulatedSettingsError.curveCount(0)) { _ = try market(curve: []) }
        #expect(throws: SimulatedSettingsError.curvePart(0)) { _ = try market(curve: [1, 0]) }
        #expect(throws: SimulatedSettingsError.unknownSideShare(1.5)) { _ = try market(unknown: 1.5) }
        #expect(throws: SimulatedSettingsError.typicalQuantity(.zero)) { _ = try market(quantity: 0) }
    }

    @Test func `a symbol's size step decides how large its trades are`() throws {
        for (step, expected) in [(Price.scale, 100), (10, 100_000_000), (1_000_000, 1_000), (200 * Price.scale, 1)] {
            let instrument = Instrument(tick: Price(billionths: 1), sizeStep: step, calendar: AroundTheClock())
            let entry = SymbolEntry(index: 3, symbol: try #require(Symbol("SIM04")), instrument: instrument)
            #expect(SimulatedInstrument(entry).typicalQuantity == Quantity(steps: Int64(expected)))
        }
    }

    @Test func `extremes of rate and size neither hang nor overflow`() throws {
        var slow = try market(symbols: 1, rate: 0.0001, curve: SimulatedSettings.defaultCurve, unknown: 1)
        #expect(slow.take(20_000).filter(\.isTrade).allSatisfy { $0.side == .unknown })
        var fast = try market(rate: 100_000_000, unknown: 0, quantity: 1 << 36)
        let trades = fast.take(100_000).filter(\.isTrade)
        #expect(trades.allSatisfy { $0.quantity.steps <= Quantity.limit && $0.side != .unknown })
        var single = try market(rate: 1_000, quantity: 1)
        #expect(single.take(20_000).filter(\.isTrade).allSatisfy { $0.quantity > .zero })
    }

    @Test func `the logarithm is right to a trillionth`() {
        #expect(Chance.logarithm(1) == 0)
        #expect(abs(Chance.logarithm(2) - 0.693_147_180_559_945_3) < 1e-12)
        #expect(abs(Chance.logarithm(10) - 2.302_585_092_994_046) < 1e-12)
        #expect(abs(Chance.logarithm(0x1p-54) + 37.429_947_750_237_05) < 1e-11)
        var chance = Chance(seed: 1)
        for _ in 0..<10_000 {
            let (left, right) = (chance.uniform(), chance.uniform())
            let difference = Chance.logarithm(left * right) - Chance.logarithm(left) - Chance.logarithm(right)
            #expect(abs(difference) < 1e-11)
        }
    }
}
