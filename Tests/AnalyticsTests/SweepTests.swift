import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

/// Settings as a file has them, and its faults.
private func settings(_ text: String) throws -> (settings: SweepSettings, faults: [TopologyFault]) {
    SettingsReader.read(
        SweepSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("sweep")))
}

private func trial(_ text: String = "{}") throws -> AnalyticTrial {
    AnalyticTrial([AnalyticChoice(Sweep.self, try settings(text).settings)])
}

private let flavours = ["book", "intermarket", "options", "block"]

extension AnalyticTrial {
    fileprivate var sweeps: [SweepUpdate] { on("sweep/").map { $0.body() } }
}

/// A print of a random tape; the time in nanoseconds since the open.
private struct Print {
    var time: Int64
    var ticks: Int64
    var quantity: Int64
    var side: Side
    var venue: UInt16
    var isFlagged: Bool
    var isOffExchange: Bool
    /// What comes behind it: a gap in the stream.
    var isBeforeGap: Bool

    var seconds: Double { Double(time) / 1e9 }
    var price: Double { Double(ticks) / 100 }
}

/// What the oracle finds: enough figures to tell any two chains apart.
private struct Found: Equatable, CustomStringConvertible {
    var flavour: String
    var times: [Int64]
    var counts: [Int64]
    var side: String

    var description: String { "\(flavour) \(side) \(times) \(counts)" }
}

extension Found {
    init(_ update: SweepUpdate) {
        flavour = flavours[Int(update.flavour)]
        times = [update.firstTime - AnalyticTrial.open, update.lastTime - AnalyticTrial.open]
        counts = [
            update.prints, update.levels, update.venues, update.quantity, update.largest, update.flagged,
            update.threshold, update.firstPrice, update.lastPrice, Int64(update.monotonic), Int64(update.cuts),
        ]
        side = ["unknown", "buy", "sell"][Int(update.side)]
    }
}

/// Finds all chains of a tape at once, each flavour from the whole list, with sets and sorted sizes.
private struct Oracle {
    var flavour: String
    var gap: Int64
    var warmUp = 20

    func find(_ tape: [Print]) -> [Found] {
        let lit = tape.filter { !$0.isOffExchange }
        var found: [Found] = []
        var chain: [Int] = []
        for (index, print) in lit.enumerated() where print.side != .unknown {
            if let last = chain.last {
                let isCut = lit[last..<index].contains { $0.isBeforeGap }
                if isCut || !continues(lit[last], print) {
                    found += judge(chain, lit, isCut: isCut)
                    chain = []
                }
            }
            chain.append(index)
        }
        return found + judge(chain, lit, isCut: chain.last.map { lit[$0...].contains(where: \.isBeforeGap) } ?? false)
    }

    private func continues(_ last: Print, _ print: Print) -> Bool {
        guard last.side == print.side, print.time - last.time <= gap else { return false }
        guard flavour == "book" else { return true }
        let moved = (print.ticks - last.ticks) * print.side.sign
        return moved >= 0 && last.venue == print.venue
    }

    private func judge(_ chain: [Int], _ lit: [Print], isCut: Bool) -> [Found] {
        guard let first = chain.first else { return [] }
        let prints = chain.map { lit[$0] }
        let quantity = prints.map(\.quantity).reduce(0, +)
        let flagged = prints.filter(\.isFlagged).map(\.quantity).reduce(0, +)
        let levels = Set(prints.map(\.ticks)).count
        let venues = Set(prints.map(\.venue)).subtracting([0]).count
        let notional = prints.map { $0.ticks * $0.quantity }.reduce(0, +)
        var threshold: Int64 = 0
        var name = flavour
        switch flavour {
        case "book": guard levels >= 3 else { return [] }
        case "intermarket":
            // Sizes count from the first print on whose venue is known.
            let named = lit.firstIndex { $0.venue != 0 } ?? lit.count
            guard first - named >= warmUp, venues >= 2 else { return [] }
            guard 2 * flagged >= quantity, notional >= 100 * 5_000 else { return [] }
            let sizes = lit[named..<first].suffix(50).map(\.quantity).sorted()
            threshold = sizes[(sizes.count * 9 + 9) / 10 - 1]
            guard quantity >= threshold else { return [] }
        default:
            let isSweep = prints.count >= 2 && venues >= 2
            guard isSweep || prints.contains(where: { $0.quantity >= 100 }) else { return [] }
            name = isSweep ? "options" : "block"
        }
        let moves = zip(prints, prints.dropFirst()).map { ($1.ticks - $0.ticks) * $0.side.sign }
        // Beyond the pause that its timer waits for, a chain is over before the gap.
        let cut = isCut && !isOverBeforeGap(chain.last ?? first, lit)
        return [
            Found(
                flavour: name, times: [prints[0].time, prints[prints.count - 1].time],
                counts: [
                    Int64(prints.count), Int64(levels), Int64(venues), quantity, prints.map(\.quantity).max() ?? 0,
                    flagged, threshold, prints[0].ticks * 10_000_000, prints[prints.count - 1].ticks * 10_000_000,
                    moves.allSatisfy { $0 >= 0 } ? 1 : 0, cut ? 1 : 0,
                ], side: prints[0].side == .buy ? "buy" : "sell")
        ]
    }

    /// The gap is told at the time of the print before it.
    private func isOverBeforeGap(_ last: Int, _ lit: [Print]) -> Bool {
        guard let gap = lit[last...].first(where: \.isBeforeGap) else { return false }
        return gap.time - lit[last].time > 500_000_000
    }
}

private func randomTape(_ chance: inout SeededChance, count: Int) -> [Print] {
    let pauses: [Int64] = [
        0, 0, 0, 300_000, 1_000_000, 1_000_001, 20_000_000, 50_000_000, 50_000_001, 260_000_000, 499_000_000,
        500_000_000, 500_000_001, 2_000_000_000,
    ]
    var time: Int64 = 0
    var ticks: Int64 = 10_000
    var side = Side.buy
    return (0..<count).map { _ in
        time += pauses[chance.below(pauses.count)]
        if chance.below(4) == 0 { side = [.buy, .sell, .unknown][chance.below(3)] }
        ticks += side.sign * Int64(chance.below(2)) + (chance.below(5) == 0 ? Int64(chance.below(5) - 2) : 0)
        return Print(
            time: time, ticks: ticks, quantity: Int64(1 + chance.below(60) * (chance.below(10) == 0 ? 10 : 1)),
            side: side, venue: UInt16(chance.below(3) == 0 ? chance.below(4) : 1), isFlagged: chance.below(3) > 0,
            isOffExchange: chance.below(12) == 0, isBeforeGap: chance.below(25) == 0)
    }
}

private let allFlavours = """
    { "intermarket": { "minimumCount": 20, "window": 50, "percentile": 0.9, "minimumNotional": 5000 },
      "options": { "enabled": true } }
    """

/// Plays a tape, with clocks between its prints where `clocks` says so, and a last one.
private func play(_ tape: [Print], clocks: Bool, seed: UInt64) throws -> [TrialUpdate] {
    var chance = SeededChance(seed: seed)
    var trial = try trial(allFlavours)
    var last: Int64 = 0
    for print in tape {
        while clocks, chance.below(3) > 0, last < print.time {
            last += Int64.random(in: 1...(print.time - last), using: &chance)
            trial.clock(Double(last) / 1e9)
        }
        trial.trade(
            print.seconds, print.price, print.quantity, print.side, venue: print.venue,
            conditions: print.isFlagged ? 64 : 1, marks: print.isOffExchange ? .offExchange : [])
        if print.isBeforeGap, !print.isOffExchange { trial.stop(.gap) }
        last = print.time
    }
    trial.clock(Double(last) / 1e9 + 60)
    return trial.on("sweep/")
}

@Suite struct `Sweeps` {
    /// The prints of definitions §11, S1, behind a hundred of 1000 that make the percentile.
    private func intermarket(scale: Int64) throws -> [TrialUpdate] {
        var trial = try trial()
        for index in 0..<100 { trial.trade(Double(index), 100, 1000, venue: 9) }
        let prints: [(Double, Double, Int64, UInt16, UInt32)] = [
            (0, 100, 400, 81, 64), (0.3, 100.01, 600, 80, 64), (0.9, 100.02, 800, 90, 64), (80, 100.02, 200, 81, 0),
        ]
        for (time, price, quantity, venue, flag) in prints {
            trial.trade(200 + time / 1000, price, quantity / scale, .buy, venue: venue, conditions: flag)
        }
        trial.clock(300)
        let findings = trial.set.surroundings.board.findings
        #expect(findings.count == (scale == 1 ? 1 : 0))
        #expect(findings.allSatisfy { $0.direction == 1 && $0.evidence.kind == .sweep && $0.evidence.number == 1 })
        return trial.on("sweep/")
    }

    @Test func `three venues' flagged prints within 50 ms are one sweep, vector S1`() throws {
        let said = try intermarket(scale: 1)
        #expect(said.count == 1)
        let sweep: SweepUpdate = try #require(said.first).body()
        #expect(flavours[Int(sweep.flavour)] == "intermarket" && sweep.side == Side.buy.rawValue)
        #expect(sweep.quantity == 1800 && sweep.notional == 180_022 && sweep.threshold == 1000)
        #expect(sweep.levels == 3 && sweep.venues == 3 && sweep.prints == 3 && sweep.impact == 2)
        #expect(abs(sweep.volumeWeightedPrice - 100.012222) < 1e-6)
        #expect(sweep.flagged == 1800 && sweep.largest == 800 && sweep.first == 101 && sweep.last == 103)
        #expect(sweep.firstTime == AnalyticTrial.time(200) && sweep.lastTime == AnalyticTrial.time(200.0009))
        #expect(said[0].head.isFinal && said[0].head.inferredShare == 0)
        #expect(said[0].head.end.nanoseconds == sweep.lastTime + 1)
    }

    @Test func `half the sizes of S1 are no sweep`() throws {
        let said = try intermarket(scale: 2)
        #expect(said.isEmpty)
    }

    @Test func `chains are those that a search through the whole tape finds, whatever clocks come between`() throws {
        var seen: Set<String> = []
        for round in 0..<Campaign.rounds(30, each: 100) {
            let seed = Campaign.seed + UInt64(round)
            var chance = SeededChance(seed: seed)
            let tape = randomTape(&chance, count: 300)
            let said = try play(tape, clocks: false, seed: seed)
            let found = said.map { Found($0.body()) }
            for (flavour, gap) in [("book", 1), ("intermarket", 50), ("options", 500)] {
                let expected = Oracle(flavour: flavour, gap: Int64(gap) * 1_000_000).find(tape)
                let own = found.filter { $0.flavour == flavour || flavour == "options" && $0.flavour == "block" }
                #expect(own == expected, "seed \(seed), \(flavour)")
                seen.formUnion(own.map { "\($0.flavour) \($0.side) \($0.counts.last == 1)" })
            }
            let clocked = try play(tape, clocks: true, seed: seed)
            #expect(clocked.map(\.bytes) == said.map(\.bytes), "seed \(seed)")
        }
        // Each flavour on both sides, ended by a gap and otherwise.
        #expect(seen.count == 16, "\(seen)")
    }

    @Test func `a chain is told once, by its timer or by the print that ends it, with the same bytes`() throws {
        var said: [[UInt8]] = []
        for ending in 0..<3 {
            var trial = try trial()
            for step in 0..<3 { trial.trade(1 + Double(step) / 1e4, 100 + Double(step) / 100, 5, .buy) }
            if ending == 0 { trial.trade(1.1, 100, 1, .sell) }
            if ending == 1 {
                trial.clock(1.2502)
                #expect(trial.sweeps.count == 1)
                let early = trial.sweeps
                trial.clock(1.3)
                #expect(early.count == trial.sweeps.count)
            }
            if ending == 2 { trial.closeSession() }
            trial.clock(9)
            #expect(trial.sweeps.count == 1)
            said.append(try #require(trial.on("sweep/").first).bytes)
        }
        #expect(said[0] == said[1] && said[0] == said[2])
    }

    @Test func `equal times join, unknown sides and off-exchange prints neither join nor end`() throws {
        var trial = try trial()
        trial.trade(1, 100, 5, .sell)
        trial.trade(1, 99.99, 5, .sell)
        trial.trade(1, 150, 1000, .unknown)
        trial.trade(1, 150, 1000, .buy, marks: .offExchange)
        trial.trade(1, 150, 1000, .buy, marks: .auction)
        trial.trade(1, 99.98, 5, .sell, method: .tick)
        trial.clock(2)
        let sweeps = trial.sweeps
        #expect(sweeps.count == 1)
        #expect(sweeps[0].prints == 3 && sweeps[0].quantity == 15 && sweeps[0].side == Side.sell.rawValue)
        #expect(sweeps[0].impact == 2 && sweeps[0].inferred == 1 && sweeps[0].monotonic == 1)
        #expect(abs(trial.on("sweep/")[0].head.inferredShare - 1.0 / 3) < 1e-12)
    }

    @Test func `one huge print is no sweep, and a block of an option contract`() throws {
        var trial = try trial(#"{ "options": { "enabled": true } }"#)
        trial.trade(1, 100, Quantity.limit, .buy, venue: 3, conditions: 64)
        trial.trade(3, 100, 99, .buy, venue: 3)
        trial.clock(5)
        let sweeps = trial.sweeps
        #expect(sweeps.count == 1)
        #expect(flavours[Int(sweeps[0].flavour)] == "block" && sweeps[0].quantity == Quantity.limit)
        #expect(trial.set.surroundings.board.findings.isEmpty)
    }

    @Test func `sums of sizes and prices at their limits hold, and a chain ends at its limit`() throws {
        var trial = try trial(#"{ "intermarket": { "enabled": false }, "options": { "enabled": true } }"#)
        let price = Double(Price.limit / Price.scale)
        for index in 0..<2050 {
            trial.trade(1, price, Quantity.limit, .buy, venue: UInt16(index % 40 + 1))
        }
        trial.clock(5)
        let sweeps = trial.sweeps
        #expect(sweeps.map(\.prints) == [1024, 1024, 2])
        #expect(sweeps.map(\.cuts) == [2, 2, 0])
        #expect(sweeps[0].quantity == Quantity.limit * 1024 && sweeps[0].venues == 32)
        #expect(abs(sweeps[0].volumeWeightedPrice / price - 1) < 1e-12)
    }

    @Test func `a gap ends an open chain and says so, a halt ends it plainly`() throws {
        for (stop, cuts) in [(StreamBreak.gap, UInt32(1)), (.halt, 0)] {
            var trial = try trial()
            for step in 0..<3 { trial.trade(1, 100 + Double(step) / 100, 5, .buy) }
            trial.stop(stop)
            trial.trade(1.0005, 100.03, 5, .buy)
            trial.clock(3)
            let sweeps = trial.sweeps
            #expect(sweeps.map(\.prints) == [3] && sweeps.map(\.cuts) == [cuts])
        }
    }

    @Test func `a correction in its time marks an open chain, one before it does not`() throws {
        var trial = try trial()
        let old = trial.made(0.5, 100, 5, .buy)
        for step in 0..<3 { trial.trade(1, 100 + Double(step) / 100, 5, .buy) }
        trial.change(old, isRemoval: true, .cancelled)
        trial.clock(2)
        for step in 0..<3 { trial.trade(3, 100 + Double(step) / 100, 5, .buy) }
        trial.change(trial.made(3, 100, 5, .buy), isRemoval: true, .cancelled)
        trial.clock(4)
        #expect(trial.on("sweep/").map(\.head.flags) == [[], .inputRevised])
    }

    @Test func `the end of the input tells an open chain as it stands`() throws {
        var trial = try trial()
        trial.show(0.5, isEnding: true)
        for step in 0..<3 { trial.trade(1, 100 + Double(step) / 100, 5, .buy) }
        trial.show(1.1)
        #expect(trial.sweeps.isEmpty)
        trial.show(1.2, isEnding: true)
        #expect(trial.on("sweep/").map(\.head.isFinal) == [false])
        #expect(trial.set.surroundings.board.findings.isEmpty)
    }

    @Test func `settings are read and faults are told`() throws {
        #expect(try settings("{}").faults == [])
        #expect(try settings(Sweep.example).faults == [])
        #expect(try settings(allFlavours).faults == [])
        let faults = [
            #"{ "book": { "enabled": false }, "intermarket": { "enabled": false } }"#,
            #"{ "intermarket": { "window": 50, "minimumCount": 51 } }"#, #"{ "book": { "levels": 1 } }"#,
            #"{ "timer": "off" }"#, #"{ "intermarket": { "percentile": 1 } }"#, #"{ "options": { "blocks": 3 } }"#,
        ]
        for text in faults { #expect(try settings(text).faults.count == 1, "\(text)") }
    }

    @Test func `fields tile the body`() {
        #expect(fieldsTile(SweepUpdate.layout) && SweepUpdate.layout.template == 35)
        #expect(MemoryLayout<SweepUpdate>.size == 136 && MemoryLayout<SweepUpdate>.stride == 136)
    }
}
