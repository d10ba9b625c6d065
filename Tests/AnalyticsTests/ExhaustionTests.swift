import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

private func exhaustion(
    tick: Double = 0.25, _ change: (inout ExhaustionSettings) -> Void = { _ in }
) -> AnalyticTrial {
    var settings = ExhaustionSettings()
    change(&settings)
    return AnalyticTrial([AnalyticChoice(Exhaustion.self, settings)], tick: tick)
}

/// A bar whose buyers die away towards 101: 60, 20, 2 of rows with a mean of 50.
private let fading: [(price: Double, bid: Int64, ask: Int64)] = [
    (100, 60, 20), (100.25, 80, 0), (100.5, 10, 60), (100.75, 10, 20), (101, 1, 2),
]

@Suite struct `The exhaustion of a bar` {
    @Test func `is found at a high whose buyers die away`() throws {
        var trial = exhaustion()
        trial.fill(from: 1, fading)
        #expect(trial.said.isEmpty)
        trial.clock(60)
        let update = try #require(trial.on("exhaustion/1m/").first)
        let found: ExhaustionUpdate = update.body()
        #expect(trial.said.count == 1 && update.head.isFinal && found.direction == -1 && found.levels == 3)
        #expect(found.price == AnalyticTrial.billionths(101) && found.volume == 3)
        #expect(found.innerVolume == 60 && found.outerVolume == 2)
        #expect(found.meanVolume == 263.0 / 5 && found.share == 3 / (263.0 / 5))
        #expect(found.trades == 9 && found.firstNumber == 1 && found.lastNumber == 9)
        #expect(found.firstTime == AnalyticTrial.time(1) && found.lastTime == AnalyticTrial.time(1.008))
        let finding = try #require(trial.set.surroundings.board.findings.first)
        #expect(finding.direction == -1 && finding.evidence.kind == .exhaustion && finding.evidence.number == 1)
        #expect(finding.evidence.time == AnalyticTrial.time(60))
        #expect(finding.low == AnalyticTrial.billionths(100.5) && finding.high == AnalyticTrial.billionths(101))
    }

    @Test func `is found at a low whose sellers die away`() throws {
        var trial = exhaustion()
        // The fading bar upside down, its sides exchanged.
        trial.fill(from: 1, fading.map { (201 - $0.price, $0.ask, $0.bid) })
        trial.clock(60)
        let found: ExhaustionUpdate = try #require(trial.said.first).body()
        #expect(trial.said.count == 1 && found.direction == 1 && found.price == AnalyticTrial.billionths(100))
        #expect(found.innerVolume == 60 && found.outerVolume == 2)
        #expect(trial.set.surroundings.board.findings.map(\.direction) == [1])
    }

    @Test(
        arguments: [
            // Buyers that do not fall strictly; a row without trades on the way; an extreme that trades too much.
            ([(100, 400, 20), (100.5, 10, 20), (100.75, 10, 20), (101, 1, 2)], false),
            ([(100, 400, 20), (100.25, 10, 60), (100.75, 10, 20), (101, 1, 2)], false),
            ([(100, 400, 20), (100.5, 10, 60), (100.75, 10, 20), (101, 12, 2)], false),
            // One tenth of the mean exactly: 100 of four rows, and 10 at the extreme.
            ([(100, 280, 20), (100.5, 0, 60), (100.75, 10, 20), (101, 8, 2)], true),
            ([(100, 279, 20), (100.5, 0, 60), (100.75, 10, 20), (101, 8, 2)], false),
            // Fewer rows than levels.
            ([(100.75, 400, 20), (101, 1, 2)], false),
            // No buyer at the extreme is the end of a fall too.
            ([(100, 400, 20), (100.5, 10, 60), (100.75, 10, 20), (101, 1, 0)], true),
        ] as [([(Double, Int64, Int64)], Bool)])
    func `needs a fall in every step and a thin extreme`(rows: [(Double, Int64, Int64)], isFound: Bool) {
        var trial = exhaustion()
        trial.fill(from: 1, rows.map { (price: $0.0, bid: $0.1, ask: $0.2) })
        trial.clock(60)
        #expect(trial.said.contains { $0.body(ExhaustionUpdate.self).direction == -1 } == isFound)
    }

    @Test func `is judged by the corrected tape, once`() {
        var trial = exhaustion()
        trial.fill(from: 1, fading)
        let much = trial.made(3, 101, 40, .buy)
        trial.receive(much)
        trial.change(much, isRemoval: true, .cancelled)
        trial.change(trial.made(2, 100, 5, .sell), isRemoval: false, .late)
        trial.clock(60)
        #expect(trial.said.count == 1 && trial.said[0].body(ExhaustionUpdate.self).trades == 10)
        trial.change(trial.made(2, 101, 900, .buy), isRemoval: false, .late)
        trial.trade(59, 101, 900, .buy)
        trial.clock(200)
        #expect(trial.said.count == 1)
    }

    @Test func `ends its bar with the session and begins anew`() {
        var trial = exhaustion()
        trial.fill(from: 1, fading)
        trial.closeSession()
        #expect(trial.said.count == 1)
        trial.openSession(day: 1)
        trial.trade(86_401, 101, 1, .buy)
        trial.clock(86_460)
        #expect(trial.said.count == 1)
    }

    @Test func `agrees with a plain search over random bars`() {
        var found = 0
        for seed in 0..<UInt64(Campaign.rounds(300, each: 3000)) {
            var chance = SeededChance(seed: Campaign.seed + seed)
            var trial = exhaustion { $0.share = 400_000_000 }
            var plain = PlainFootprint()
            for index in 0..<(1 + chance.below(40)) {
                let trade = trial.made(
                    Double(index), Double(chance.below(5) + chance.below(5)) * 0.25, Int64(chance.below(20) + 1),
                    chance.below(2) == 0 ? .buy : .sell)
                trial.receive(trade)
                plain.add(trade)
            }
            trial.clock(60)
            let rows = plain.rows(250_000_000)
            let volumes = rows.values.map { Double($0.volume) }
            let mean = volumes.reduce(0, +) / Double(volumes.count)
            let (low, high) = (rows.keys.min() ?? 0, rows.keys.max() ?? 0)
            var expected: [Int64] = []
            let up = (0..<3).map { rows[high - $0]?.ask ?? 0 }
            let down = (0..<3).map { rows[low + $0]?.bid ?? 0 }
            let isWide = high - low >= 2
            let isThin = { (row: Int64) in Double(rows[row]?.volume ?? 0) * 10 <= mean * 4 }
            if isWide, up[0] < up[1], up[1] < up[2], isThin(high) { expected.append(-1) }
            if isWide, down[0] < down[1], down[1] < down[2], isThin(low) { expected.append(1) }
            #expect(trial.said.map { $0.body(ExhaustionUpdate.self).direction } == expected, "seed \(seed)")
            found += expected.count
        }
        #expect(found > 20)
    }

    @Test func `reads its settings`() throws {
        func read(_ text: String) throws -> (settings: ExhaustionSettings, faults: [TopologyFault]) {
            SettingsReader.read(
                ExhaustionSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("exhaustion")))
        }
        let (settings, faults) = try read(#"{ "widths": ["5m", "15m"], "levels": 4, "share": 0.05, "rowTicks": 2 }"#)
        #expect(faults == [] && settings.widths == [.seconds(300), .seconds(900)] && settings.levels == 4)
        #expect(settings.share == 50_000_000 && settings.rowTicks == 2)
        #expect(try read(Exhaustion.example).faults == [])
        #expect(try read(#"{ "levels": 1 }"#).faults.count == 1)
        #expect(try read(#"{ "share": 2 }"#).faults.count == 1)
        #expect(Exhaustion.topics(settings).map(\.prefix) == ["exhaustion/5m/", "exhaustion/15m/"])
    }
}
