@testable import Analytics
import Graph
import Market
import Testing
import Updates

/// What an update of an absorption says, without the parts that the tests leave open.
struct AbsorptionTold: Equatable, CustomStringConvertible {
    var ending: AbsorptionEnding
    var side: Side
    var low: Int64
    var high: Int64
    var flow: RowFlow
    var prints: Int64
    var first: Int64
    var last: Int64
    var threshold: Int64
    var start: Int64
    var end: Int64

    var description: String {
        "\(ending) \(side) \(low)...\(high) \(flow.buy)/\(flow.sell)/\(flow.total) \(prints) \(first)-\(last) "
            + "\(threshold) [\(start - AnalyticTrial.open), \(end - AnalyticTrial.open))"
    }
}

extension AbsorptionTold {
    init(_ update: TrialUpdate, tick: Int64) {
        let body: AbsorptionUpdate = update.body()
        self.init(
            ending: AbsorptionEnding(rawValue: body.ending) ?? .open, side: Side(rawValue: body.side) ?? .unknown,
            low: body.low / tick, high: body.high / tick,
            flow: RowFlow(buy: body.buy, sell: body.sell, total: body.volume), prints: body.prints, first: body.first,
            last: body.last, threshold: body.threshold, start: update.head.start.nanoseconds,
            end: update.head.end.nanoseconds)
    }
}

@Suite struct `Absorption examples` {
    /// A fixed floor of 4,000 and no history.
    private func fixed() -> Absorption.Settings {
        var settings = Absorption.Settings()
        settings.minimumSamples = 0
        settings.minimumVolume = 4_000 * Price.scale
        return settings
    }

    private func trial(_ settings: Absorption.Settings) -> AnalyticTrial {
        AnalyticTrial([AnalyticChoice(Absorption.self, settings)])
    }

    /// Vector AB1 from `start` on: 10 s, zone 99.99 to 100.00, buys 5,200, sells 900.
    private func push(_ trial: inout AnalyticTrial, at start: Double = 0) {
        trial.trade(start, 99.99, 600, .sell)
        trial.trade(start + 2, 100.00, 1_900, .buy)
        trial.trade(start + 4, 99.99, 300, .sell)
        trial.trade(start + 6, 99.99, 2_000, .buy)
        trial.trade(start + 10, 100.00, 1_300, .buy)
    }

    @Test func `vector AB1 is absorbed by sellers at 100 and confirmed two ticks below`() throws {
        var trial = trial(fixed())
        push(&trial)
        let found = try #require(trial.on("absorption/").first)
        let body: AbsorptionUpdate = found.body()
        #expect(body.price == 100 * Price.scale && body.low == AnalyticTrial.billionths(99.99))
        #expect(body.buy == 5_200 && body.sell == 900 && body.volume == 6_100)
        #expect(body.deltaShare == 4_300.0 / 6_100)
        #expect(body.threshold == 4_000 && body.progress == 1 && body.prints == 5)
        #expect(body.first == 1 && body.last == 5 && body.foundTime == AnalyticTrial.time(10))
        #expect(TradeTail.sideNames[Int(body.side)] == "sell" && TradeTail.sideNames[Int(body.aggressor)] == "buy")
        #expect(AbsorptionEnding.names[Int(body.ending)] == "open" && body.atExtreme == 1)
        #expect(!found.head.isFinal && found.head.start.nanoseconds == AnalyticTrial.time(0))
        #expect(trial.set.surroundings.board.findings.isEmpty)
        trial.trade(11, 99.99, 100, .sell)
        #expect(trial.on("absorption/").count == 1)
        trial.trade(12, 99.98, 50, .sell)
        let ended = trial.on("absorption/")
        #expect(ended.count == 2)
        let last: AbsorptionUpdate = ended[1].body()
        #expect(AbsorptionEnding.names[Int(last.ending)] == "confirmed" && ended[1].head.isFinal)
        #expect(last.sell == 1_000 && last.prints == 6 && last.last == 7)
        #expect(ended[1].head.start == ended[0].head.start)
        #expect(ended[1].head.end.nanoseconds == AnalyticTrial.time(12))
        let findings = trial.set.surroundings.board.findings
        #expect(findings.count == 1 && findings[0].direction == -1 && findings[0].high == 100 * Price.scale)
        #expect(findings[0].evidence.kind == .absorption && findings[0].evidence.number == 2)
    }

    @Test func `the threshold is the percentile of what each side did in whole windows`() throws {
        // Twenty windows: by the nearest rank the 95th percentile is the nineteenth volume, 4,000.
        let volumes: [Int64] = [4_000, 6_000] + Array(repeating: 1_000, count: 18)
        func run(_ first: Int64) -> Int {
            var trial = trial(Absorption.Settings())
            for (index, volume) in volumes.enumerated() {
                trial.trade(Double(index) * 30 + 5, 100, index == 0 ? first : volume, .buy)
            }
            push(&trial, at: 605)
            return trial.on("absorption/").count
        }
        #expect(run(4_000) == 1)
        #expect(run(5_200) == 1)
        #expect(run(5_201) == 0)
    }

    @Test func `with too little history nothing is found`() {
        var settings = fixed()
        settings.minimumSamples = 20
        var trial = trial(settings)
        for index in 0..<19 { trial.trade(Double(index) * 30 + 5, 100, 10, .buy) }
        push(&trial, at: 575)
        #expect(trial.said.isEmpty)
    }

    @Test func `sellers are absorbed by buyers at the low`() throws {
        var trial = trial(fixed())
        for index in 0..<5 { trial.trade(Double(index), 50, 1_000, .sell) }
        trial.trade(6, 50.02, 1, .buy)
        let told = trial.on("absorption/").map { AbsorptionTold($0, tick: 10_000_000) }
        #expect(told.map(\.ending) == [.open, .confirmed])
        #expect(told.map(\.side) == [.buy, .buy])
        #expect(trial.set.surroundings.board.findings.map(\.direction) == [1])
    }

    @Test func `a price beyond the row fails it, and the window begins anew`() {
        var trial = trial(fixed())
        push(&trial)
        trial.trade(11, 100.01, 3_999, .buy)
        trial.trade(12, 100.01, 1, .buy)
        let told = trial.on("absorption/").map { AbsorptionTold($0, tick: 10_000_000) }
        #expect(told.map(\.ending) == [.open, .failed, .open])
        #expect(told[2].flow == RowFlow(buy: 4_000, sell: 0, total: 4_000))
        #expect(trial.set.surroundings.board.findings.isEmpty)
    }

    @Test func `a candidate expires at its own time, however late that is noticed`() {
        var trial = trial(fixed())
        push(&trial)
        trial.clock(69.5)
        #expect(trial.said.count == 1)
        trial.clock(500)
        #expect(trial.said.count == 2)
        let told = AbsorptionTold(trial.said[1], tick: 10_000_000)
        #expect(told.ending == .expired && told.end == AnalyticTrial.time(70))
    }

    @Test func `gaps, halts and the session's end interrupt, and nothing reaches over them`() {
        for way in 0..<3 {
            var trial = trial(fixed())
            push(&trial)
            if way == 0 { trial.stop(.gap) }
            if way == 1 { trial.stop(.halt) }
            if way == 2 {
                trial.closeSession()
                trial.openSession(day: 1)
            }
            let later: Double = way == 2 ? 86_400 : 11
            trial.trade(later, 100, 3_000, .buy)
            let told = trial.said.map { AbsorptionTold($0, tick: 10_000_000) }
            #expect(told.map(\.ending) == [.open, .interrupted], "\(way)")
            trial.trade(later + 1, 100, 1_000, .buy)
            #expect(trial.said.count == 3, "\(way)")
        }
    }

    @Test func `windows that a gap touched are no history`() {
        for hasGap in [false, true] {
            var settings = fixed()
            settings.minimumSamples = 3
            settings.minimumVolume = 0
            var trial = trial(settings)
            if hasGap {
                var ledger = GapLedger()
                ledger.addGap(
                    from: Timestamp(nanoseconds: AnalyticTrial.time(40)),
                    to: Timestamp(nanoseconds: AnalyticTrial.time(41)))
                trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(41))
            }
            for index in 0..<4 { trial.trade(Double(index) * 30 + 20, 100, 10, .buy) }
            // The fourth window has not passed: three, or two where one had a gap.
            #expect(trial.said.isEmpty == hasGap)
        }
    }

    @Test func `reports from off the exchange and prices that must not move anything are left out`() {
        var trial = trial(fixed())
        push(&trial)
        trial.trade(11, 101, 9_000, .buy, marks: .offExchange)
        trial.trade(12, 90, 9_000, .sell, marks: .volumeOnly)
        #expect(trial.said.count == 1)
    }

    @Test func `one trade is enough, and unknown sides only weigh against the share`() {
        var settings = fixed()
        settings.minimumVolume = 1
        var trial = trial(settings)
        trial.trade(1, 100, Quantity.limit, .unknown)
        #expect(trial.said.isEmpty)
        trial.trade(40, 100, Quantity.limit, .buy, method: .tick)
        #expect(trial.said.count == 1)
        let body: AbsorptionUpdate = trial.said[0].body()
        #expect(body.volume == Quantity.limit && body.deltaShare == 1)
        #expect(trial.said[0].head.inferredShare == 1)
    }

    @Test func `a change of the tape marks what is published after it`() {
        var trial = trial(fixed())
        push(&trial)
        let wrong = trial.made(3, 100, 5, .buy)
        trial.change(wrong, isRemoval: true, .cancelled)
        trial.trade(12, 99.98, 1, .sell)
        #expect(trial.said.map { $0.head.flags == .inputRevised } == [false, true])
    }
}
