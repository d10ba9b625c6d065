import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

private func settings(_ text: String) throws -> (settings: HiddenSettings, faults: [TopologyFault]) {
    SettingsReader.read(
        HiddenSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("hidden")))
}

/// A trial with the quote 99.98 × 30 to 100.02 × 50.
private func trial(_ text: String = "{}", isQuoted: Bool = true) throws -> AnalyticTrial {
    var trial = AnalyticTrial([AnalyticChoice(Hidden.self, try settings(text).settings)])
    if isQuoted { trial.quote(0, 99.98, 30, 100.02, 50) }
    return trial
}

extension AnalyticTrial {
    fileprivate var hidden: [HiddenUpdate] { on("hidden/").map { $0.body() } }
}

/// A book of one level a side, whose every print is known to be shown or hidden.
private struct InventedBook {
    /// Best price in ticks, and what it shows.
    struct Level {
        var ticks: Int
        var size: Int64
        var price: Double { Double(ticks) / 100 }
    }

    var bid = Level(ticks: 9_990, size: 10)
    var ask = Level(ticks: 10_010, size: 10)
    let isQuoteFirst: Bool
    /// Hidden volume by ticks.
    var hidden: [Int64: Int64] = [:]

    static func play(_ seed: UInt64, clocks: Bool) throws -> (said: [TrialUpdate], hidden: [Int64: Int64]) {
        var chance = SeededChance(seed: seed)
        var clockChance = SeededChance(seed: seed)
        var trial = try trial(isQuoted: false)
        var book = InventedBook(isQuoteFirst: chance.below(2) == 0)
        var time = 1.0
        book.quote(&trial, 0)
        for _ in 0..<200 {
            time += [0.02, 0.1, 0.1000001, 0.3][chance.below(4)]
            if clocks, clockChance.below(2) == 0 { trial.clock(time - 0.01) }
            let side = chance.below(2) == 0 ? Side.buy : .sell
            if chance.below(3) == 0 {
                book.tradeInside(&trial, &chance, time, side)
            } else {
                book.tradeAtBest(&trial, &chance, time, side)
            }
            book.narrow(&trial, time + 0.015)
        }
        trial.clock(time + 10)
        return (trial.on("hidden/"), book.hidden)
    }

    private func quote(_ trial: inout AnalyticTrial, _ time: Double) {
        trial.quote(time, bid.price, bid.size, ask.price, ask.size)
    }

    private mutating func tradeInside(
        _ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double, _ aggressor: Side
    ) {
        let ticks = bid.ticks + 1 + chance.below(ask.ticks - bid.ticks - 1)
        let size = Int64(1 + chance.below(9))
        trial.trade(time, Double(ticks) / 100, size, aggressor)
        hidden[Int64(ticks), default: 0] += size
    }

    /// Takes a part of the best level, or all of it and now and then more than it shows.
    private mutating func tradeAtBest(
        _ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double, _ aggressor: Side
    ) {
        let met = aggressor == .buy ? ask : bid
        let beyond = chance.below(4) == 0 ? Int64(1 + chance.below(5)) : 0
        let size = beyond > 0 ? met.size : Int64(1 + chance.below(Int(met.size)))
        var left = Level(ticks: met.ticks, size: met.size - size)
        if left.size == 0 {
            left = Level(
                ticks: met.ticks + (aggressor == .buy ? 1 : -1) * (1 + chance.below(3)),
                size: Int64(1 + chance.below(20)))
        }
        if aggressor == .buy { ask = left } else { bid = left }
        if isQuoteFirst { quote(&trial, time) }
        trial.trade(time + 0.001, met.price, size + beyond, aggressor)
        if beyond > 0 { hidden[Int64(met.ticks), default: 0] += beyond }
        if !isQuoteFirst { quote(&trial, time + 0.002) }
    }

    /// Keeps the spread from growing without end.
    private mutating func narrow(_ trial: inout AnalyticTrial, _ time: Double) {
        guard ask.ticks - bid.ticks > 30 else { return }
        (bid.ticks, ask.ticks) = (9_990, 10_010)
        quote(&trial, time)
    }
}

@Suite struct `Hidden orders` {
    @Test func `a lit print inside the spread met a hidden order`() throws {
        var trial = try trial()
        trial.trade(1, 100, 7, .buy)
        trial.trade(1, 99.99, 5, .sell, method: .quote)
        trial.trade(1, 100.01, 3)
        trial.trade(1, 100.02, 50, .buy)
        trial.trade(1, 99.98, 30, .sell)
        trial.trade(1, 99.97, 900, .sell)
        trial.trade(1, 100.03, 900, .buy)
        trial.clock(2)
        let found = trial.hidden
        #expect(found.map(\.price) == [100, 99.99, 100.01].map(AnalyticTrial.billionths))
        #expect(
            found.map(\.hidden) == [7, 5, 3] && found.map(\.side) == [2, 1, 0] && found.map(\.middle) == [1, 0, 0])
        #expect(found.allSatisfy { $0.cause == 0 && $0.shown == 0 && $0.executed == $0.hidden && $0.prints == 1 })
        #expect(found[0].bid == AnalyticTrial.billionths(99.98) && found[0].ask == AnalyticTrial.billionths(100.02))
        let shares = trial.on("hidden/").map(\.head.inferredShare)
        #expect(shares[0] == 0 && shares[1] == 1 && shares[2].isNaN)
        #expect(trial.set.surroundings.board.findings.map(\.direction) == [-1, 1, 0])
    }

    @Test func `prints off the exchange, of auctions and without a sound quote say nothing`() throws {
        for marks in [MarketEvent.Marks.offExchange, .auction] {
            var trial = try trial()
            trial.trade(1, 100, 7, .buy, marks: marks)
            trial.trade(1, 100.02, 700, .buy, marks: marks)
            trial.clock(2)
            #expect(trial.hidden.isEmpty)
        }
        let quotes: [(Double?, Double?)] = [(nil, 100.02), (99.98, nil), (100.02, 100.02), (100.04, 99.96)]
        for (bid, ask) in quotes {
            var trial = try trial(isQuoted: false)
            trial.trade(0, 100, 7, .buy)
            trial.quote(0.5, bid, 10, ask, 10)
            trial.trade(1, 100, 7, .buy)
            trial.clock(2)
            #expect(trial.hidden.isEmpty)
        }
    }

    @Test func `the prints of one instant beyond the size that is shown met a hidden order`() throws {
        var trial = try trial()
        trial.trade(1, 100.02, 30, .buy)
        trial.trade(1, 100.02, 30, .buy)
        trial.trade(1, 100.02, 5, .buy)
        // Another instant: what stands may have been shown anew.
        trial.trade(1.05, 100.02, 50, .buy)
        trial.trade(1.06, 100.02, 70, .buy)
        trial.clock(2)
        let found = trial.hidden
        #expect(found.map(\.hidden) == [35] && found.map(\.executed) == [105] && found.map(\.shown) == [50])
        #expect(found.map(\.cause) == [1] && found.map(\.prints) == [3] && found.map(\.first) == [3])
        var silent = try AnalyticsTests.trial(#"{ "larger": false }"#)
        silent.trade(1, 100.02, 300, .buy)
        silent.clock(2)
        #expect(silent.hidden.isEmpty)
    }

    @Test func `a quote that runs ahead of its trade explains it, for as long as it may`() throws {
        for (pause, expected) in [(0.01, [Int64]()), (0.0100001, [50])] {
            var trial = try trial()
            trial.quote(1, 99.98, 30, 100.05, 10)
            trial.trade(1 + pause, 100.02, 50, .buy)
            trial.clock(2)
            #expect(trial.hidden.map(\.hidden) == expected)
        }
        // Only as much as has gone.
        var trial = try trial()
        trial.quote(1, 99.98, 30, 100.05, 10)
        trial.trade(1, 100.02, 80, .buy)
        trial.clock(2)
        #expect(trial.hidden.map(\.hidden) == [30] && trial.hidden.map(\.shown) == [50])
    }

    @Test func `a trade in front of its quote leaves nothing that a later print could hide behind`() throws {
        var trial = try trial()
        trial.trade(1, 100.02, 50, .buy)
        trial.quote(1.001, 99.98, 30, 100.05, 10)
        trial.trade(1.002, 100.02, 5, .buy)
        trial.clock(2)
        #expect(trial.hidden.map(\.hidden) == [5] && trial.hidden.map(\.cause) == [0])
    }

    @Test func `prints as far apart as the gap are told together, further ones are not`() throws {
        for (pause, prints) in [(0.1, [Int64(2)]), (0.1000001, [1, 1])] {
            var trial = try trial()
            trial.trade(1, 100, 7, .buy)
            trial.trade(1 + pause, 100, 7, .buy)
            trial.clock(2)
            #expect(trial.hidden.map(\.prints) == prints)
        }
    }

    @Test func `a gap blinds until the next quote and cuts what is open`() throws {
        var trial = try trial()
        trial.trade(1, 100, 7, .buy)
        trial.stop(.gap)
        trial.trade(1.01, 100, 7, .buy)
        trial.quote(1.02, 99.98, 30, 100.02, 51)
        trial.trade(1.03, 100, 9, .buy)
        trial.stop(.halt)
        trial.trade(1.04, 100, 1, .buy)
        trial.closeSession()
        #expect(trial.hidden.map(\.hidden) == [7, 9, 1] && trial.hidden.map(\.cuts) == [1, 0, 0])
    }

    @Test func `more groups than the limit end the oldest`() throws {
        var trial = AnalyticTrial([AnalyticChoice(Hidden.self, try settings("{}").settings)])
        trial.quote(0, 90, 1, 110, 1)
        for step in 0..<17 { trial.trade(1, 100 + Double(step) / 100, Quantity.limit, .buy) }
        #expect(trial.hidden.map(\.cuts) == [2] && trial.hidden.map(\.price) == [100 * Price.scale])
        trial.show(1.01, isEnding: true)
        #expect(trial.hidden.count == 17)
        trial.change(trial.made(1, 100.05, 1, .buy), isRemoval: true, .cancelled)
        trial.clock(2)
        let heads = trial.on("hidden/").map(\.head)
        #expect(heads.count == 33 && heads.filter(\.isFinal).count == 17)
        #expect(heads.filter { $0.flags == .inputRevised }.count == 1)
    }

    @Test func `hidden volume by price is what an invented market hid, whatever clocks come between`() throws {
        for round in 0..<Campaign.rounds(30, each: 200) {
            let seed = Campaign.seed + UInt64(round)
            let (said, hidden) = try InventedBook.play(seed, clocks: false)
            var found: [Int64: Int64] = [:]
            for update in said {
                let body: HiddenUpdate = update.body()
                found[body.price / 10_000_000, default: 0] += body.hidden
            }
            #expect(found == hidden, "\(seed)")
            let clocked = try InventedBook.play(seed, clocks: true)
            #expect(clocked.said.map(\.bytes) == said.map(\.bytes), "\(seed)")
            #expect(hidden.count > 5)
        }
    }

    @Test func `settings are read and faults are told`() throws {
        #expect(try settings("{}").faults == [])
        #expect(try settings(Hidden.example).faults == [])
        for text in [#"{ "gap": "61s" }"#, #"{ "within": 3 }"#, #"{ "larger": 1 }"#, #"{ "inside": true }"#] {
            #expect(try settings(text).faults.count == 1, "\(text)")
        }
    }

    @Test func `fields tile the body`() {
        #expect(fieldsTile(HiddenUpdate.layout) && HiddenUpdate.layout.template == 37)
        #expect(MemoryLayout<HiddenUpdate>.size == 96 && MemoryLayout<HiddenUpdate>.stride == 96)
    }
}
