import Market
import TestPrograms
import Testing
import Updates

@testable import Analytics

/// What a signal could see after its birth.
private enum Event {
    case bar(close: Int64)
    case trade(price: Int64)
}

@Suite struct `Signals by chance` {
    /// Follows each signal through all events behind the bar that made it.
    @Test func `each ends as looking at every trade would end it`() throws {
        for seed in 0..<UInt64(Campaign.rounds(12, each: 200)) {
            var chance = SeededChance(seed: Campaign.seed + seed)
            var trial = try SignalTrial(
                #"{ "rules": { "sma": { "fast": 1, "slow": 2 } }, "atr": 3, "stopRange": 1, "cooldown": 0, "#
                    + #""expiresBars": 8 }"#)
            var events: [Event] = []
            var births: [Int: Int] = [:]
            var price = 1_000.0
            for minute in 0..<120 {
                price += Double(chance.below(7) - 3)
                trial.minute(price + Double(chance.below(3)), price - Double(chance.below(3)), price)
                events.append(.bar(close: AnalyticTrial.billionths(price)))
                births[minute + 1] = events.count
                for second in 0..<chance.below(12) {
                    let traded = price + Double(chance.below(15) - 7)
                    trial.trade(Double(second), traded)
                    events.append(.trade(price: AnalyticTrial.billionths(traded)))
                }
            }
            trial.trial.closeSession()
            let all = trial.signals
            let born = all.filter { $0.status == "open" }
            #expect(born.count > 10 && all.count == 2 * born.count)
            for signal in born {
                let minute = Int((signal.body.known - AnalyticTrial.open) / 60_000_000_000)
                let ends = all.filter { $0.body.identifier == signal.body.identifier && $0.status != "open" }
                let expected = end(of: signal, in: events[(births[minute] ?? 0)...])
                #expect(ends.map(\.status) == [expected.status] && ends[0].body.exit == expected.exit, "seed \(seed)")
            }
        }
    }

    private func end(of signal: ToldSignal, in events: ArraySlice<Event>) -> (status: String, exit: Int64) {
        var bars = 0
        for event in events {
            switch event {
            case .bar(let close):
                bars += 1
                if bars == 8 { return ("expired", close) }
            case .trade(let price):
                let (target, stop) = (signal.body.target, signal.body.stop)
                if signal.isLong ? price >= target : price <= target { return ("target", price) }
                if signal.isLong ? price <= stop : price >= stop { return ("stopped", price) }
            }
        }
        return ("sessionEnd", Price.none.billionths)
    }

    @Test func `whatever lies on the board, a plan is in order`() throws {
        var given = 0
        for seed in 0..<UInt64(Campaign.rounds(10, each: 100)) {
            var chance = SeededChance(seed: Campaign.seed + seed)
            var trial = try SignalTrial(
                #"{ "rules": { "trend": { "tolerance": 5, "rank": 0.3 }, "reversion": { "tolerance": 9, "#
                    + #""maximumBreak": 9, "requireState": false }, "eighty": {} }, "atr": 3, "cooldown": 0 }"#,
                up: chance.below(2) == 0)
            for _ in 0..<300 {
                fill(&trial, &chance)
                let close = Double(85 + chance.below(40))
                trial.minute(
                    close + Double(chance.below(6)), close - Double(chance.below(6)), close,
                    delta: Int64(chance.below(200) - 100), coverage: Double(chance.below(11)) / 10)
            }
            for signal in trial.signals where signal.status == "open" {
                given += 1
                check(signal)
            }
        }
        #expect(given > 100)
    }

    private func fill(_ trial: inout SignalTrial, _ chance: inout SeededChance) {
        func price(_ chance: inout SeededChance) -> Int64 { AnalyticTrial.billionths(Double(80 + chance.below(50))) }
        let states = StateReading.State.allCases
        trial.state(
            states[chance.below(3)], Int8(chance.below(3) - 1), confidence: Double(chance.below(101)) / 100)
        let places = AuctionPlace.allCases
        trial.accept(places[chance.below(4)], opened: places[chance.below(4)], since: Double(chance.below(20_000)))
        let kinds: [EvidenceKind] = [.sweep, .absorption, .exhaustion, .divergence, .print]
        trial.find(
            kinds[chance.below(5)], Int8(chance.below(3) - 1), Double(80 + chance.below(50)), at: trial.now + 30)
        let (node, low, high) = (price(&chance), price(&chance), price(&chance))
        let (mean, deviation) = (Double(80 + chance.below(50)), Double(chance.below(4)) / 3)
        let hasMean = chance.below(3) > 0
        trial.board {
            $0.lowNodes = [node]
            $0.highNodes = [low]
            $0.priorHighNodes = [high]
            $0.meanPrice = hasMean ? mean : .nan
            $0.deviation = deviation
        }
    }

    private func check(_ signal: ToldSignal) {
        let body = signal.body
        let direction: Int64 = signal.isLong ? 1 : -1
        #expect(direction * (body.entry - body.stop) > 0 && direction * (body.target - body.entry) > 0)
        #expect(body.stop % Price.scale == 0 && body.rewardRisk > 0)
        #expect(direction * (body.reference - body.stop) > 0)
        #expect(body.confidence >= 0 && body.confidence <= 1)
        let known = signal.inputs.map(\.coverage).filter { !$0.isNaN }
        #expect(signal.head.coverage == min(1, known.min() ?? 1))
        #expect((body.doubtful == 1) == (signal.head.coverage < 0.95))
        #expect((2...SignalInputs.limit).contains(signal.inputs.count))
    }

    @Test func `with the market's state before it the eighty-percent rule needs nothing else`() throws {
        let (settings, _) = try signalSettings(#"{ "rules": { "eighty": {} } }"#)
        var trial = AnalyticTrial(
            [AnalyticChoice(MarketStateAnalytic.self, MarketStateSettings()), AnalyticChoice(Signals.self, settings)],
            tick: 1, opens: false)
        trial.set.refresh(AnalyticTrial.time(0)) {
            $0.priorArea = AreaReading(
                control: AnalyticTrial.billionths(105), high: AnalyticTrial.billionths(109),
                low: AnalyticTrial.billionths(100), rowHeight: AnalyticTrial.billionths(1))
        }
        trial.openSession()
        trial.trade(1, 115, 1, .sell)
        for minute in 0..<70 {
            let start = Double(minute) * 60
            trial.trade(start + 30, 106, 1, .sell)
            trial.bar(
                "1m", from: start, to: start + 60, open: 106, high: 107, low: 105, close: 106, volume: 1, delta: -1)
        }
        let told = trial.on("signal/eighty/")
        let body: SignalUpdate = try #require(told.first).body()
        #expect(told.count == 1 && body.known == AnalyticTrial.time(3_600) && body.direction == 1)
        #expect(body.target == AnalyticTrial.billionths(100) && body.stop == AnalyticTrial.billionths(112))
        let inputs: [SignalInput] = try #require(told.first).group(0)
        #expect(inputs[0].kind == EvidenceKind.state.rawValue && inputs[0].number >= 11)
    }
}
