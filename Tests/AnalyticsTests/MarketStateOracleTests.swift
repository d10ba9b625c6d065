import Market
import TestPrograms
import Testing
import Updates

@testable import Analytics

/// A trade with its minute and all that features ask of it.
private struct Print {
    let time: Int64
    let price: Int64
    let quantity: Int64
    let sign: Int64
    let isInferred: Bool
    let isPriced: Bool
}

/// What an evaluation must say, from all trades and bars so far.
private struct SlowState {
    let settings: MarketStateSettings
    let prior: ClosedRange<Int64>
    var prints: [Print] = []
    /// Opens and closes of one-minute bars.
    var bars: [(open: Int64, close: Int64)] = []
    /// Names of the states asked for so far, and those that held after each.
    var asked: [String] = []
    var held: [String] = ["transition"]

    func recent(_ time: Int64) -> [Print] {
        prints.filter { $0.time < time && $0.time >= time - settings.window.components.seconds }
    }

    func outside(_ time: Int64) -> (share: Double, lean: Double) {
        let priced = recent(time).filter(\.isPriced)
        let volume = Double(priced.map(\.quantity).reduce(0, +))
        let above = Double(priced.filter { $0.price > prior.upperBound }.map(\.quantity).reduce(0, +))
        let below = Double(priced.filter { $0.price < prior.lowerBound }.map(\.quantity).reduce(0, +))
        return volume > 0 ? ((above + below) / volume, (above - below) / volume) : (.nan, 0)
    }

    func pressure(_ time: Int64) -> (share: Double, lean: Double, signed: Double) {
        let recent = recent(time)
        let volume = Double(recent.map(\.quantity).reduce(0, +))
        let delta = Double(recent.map { $0.sign * $0.quantity }.reduce(0, +))
        let signed = Double(recent.filter { $0.sign != 0 }.map(\.quantity).reduce(0, +))
        guard volume > 0 else { return (.nan, 0, 0) }
        return (signed > 0 ? abs(delta) / volume : .nan, delta / volume, signed / volume)
    }

    var efficiency: Double {
        guard bars.count >= settings.efficiencyBars else { return .nan }
        let bars = bars.suffix(settings.efficiencyBars)
        let prices = [bars.first?.open ?? 0] + bars.map(\.close)
        let path = zip(prices, prices.dropFirst()).map { abs($1 - $0) }.reduce(0, +)
        return path == 0 ? 0 : Double(abs((prices.last ?? 0) - prices[0])) / Double(path)
    }

    /// The state that holds now: the last stretch of equal wishes is long enough, and so is the present state's.
    mutating func decide(_ score: Double, lean: Double) -> String {
        var wish = score >= settings.imbalance ? "imbalance" : score <= settings.balance ? "balance" : "transition"
        if wish == "imbalance" { wish += lean > 0 ? " up" : lean < 0 ? " down" : "" }
        if wish == "imbalance", let last = asked.last, last.hasPrefix("imbalance") { wish = last }
        asked.append(wish)
        let present = held[held.count - 1]
        let since = held.reversed().prefix { $0 == present }.count
        let row = asked.reversed().prefix { $0 == wish }.count
        let dwell = Int((settings.dwell / settings.evaluation).rounded(.up))
        held.append(wish != present && row >= settings.confirmations && since >= dwell ? wish : present)
        return held[held.count - 1]
    }
}

private func same(_ left: Double, _ right: Double) -> Bool {
    left.isNaN ? right.isNaN : abs(left - right) < 1e-12
}

@Suite struct `Market state against a slow one` {
    @Test(arguments: 0..<Campaign.rounds(40, each: 300))
    private func `features, state and direction are the same`(round: Int) {
        var chance = SeededChance(seed: Campaign.seed &+ UInt64(round) &* 104_729)
        var settings = MarketStateSettings()
        settings.evaluation = .seconds(60 * (1 + chance.below(5)))
        settings.window = .seconds(60 * (5 + chance.below(30)))
        settings.efficiencyBars = 2 + chance.below(10)
        settings.confirmations = 1 + chance.below(3)
        settings.dwell = .seconds(60 * chance.below(15))
        settings.minimumFeatures = 1 + chance.below(4)
        for index in 0..<7 { settings.weights[index] = Double(1 + chance.below(4)) }
        var slow = SlowState(settings: settings, prior: 100...109)
        var trial = AnalyticTrial([AnalyticChoice(MarketStateAnalytic.self, settings)], tick: 1, opens: false)
        trial.set.refresh(0) {
            $0.priorArea = AreaReading(
                control: 100 * Price.scale, high: 109 * Price.scale, low: 100 * Price.scale, rowHeight: Price.scale)
        }
        trial.openSession()
        var price: Int64 = 105
        for minute in 0..<Int64(60 + chance.below(60)) {
            let from = minute * 60
            for second in (0..<Int64(chance.below(7))).map({ from + $0 * 9 }) {
                price += Int64(chance.below(7)) - 3
                add(at: second, price: price, &chance, &trial, &slow)
            }
            let (open, close) = (price - Int64(chance.below(5)), price)
            trial.bar(
                "1m", from: Double(from), to: Double(from + 60) - 0.001, open: Double(open), high: 1_000, low: 0,
                close: Double(close), volume: 1)
            slow.bars.append((open, close))
            let share = Double(chance.below(101)) / 100
            trial.set.refresh(0) { $0.singlePrintShare = share }
            let count = trial.said.count
            let time = from + 60
            trial.clock(Double(time))
            let isDue = time % settings.evaluation.components.seconds == 0
            #expect(trial.said.count == count + (isDue ? 1 : 0))
            if isDue { check(trial.said[count], at: time, share, &slow) }
        }
    }

    private func add(
        at time: Int64, price: Int64, _ chance: inout SeededChance, _ trial: inout AnalyticTrial,
        _ slow: inout SlowState
    ) {
        let side = Side.allCases[chance.below(3)]
        let quantity = Int64(1 + chance.below(50))
        let isPriced = chance.below(8) > 0
        let marks: MarketEvent.Marks = isPriced ? [] : .volumeOnly
        let method: SignMethod = side == .unknown ? .none : chance.below(2) == 0 ? .venue : .tick
        // Some come late, by up to two minutes; some are taken back again.
        let lag = chance.below(6) == 0 ? Int64(chance.below(120)) : 0
        let print = Print(
            time: max(0, time - lag), price: price, quantity: quantity, sign: side.sign,
            isInferred: method.isInferred, isPriced: isPriced)
        if lag > 0 {
            let late = trial.made(Double(print.time), Double(price), quantity, side, method: method, marks: marks)
            trial.change(late, isRemoval: false, .late)
        } else {
            trial.trade(Double(time), Double(price), quantity, side, method: method, marks: marks)
        }
        guard chance.below(5) == 0 else { return slow.prints.append(print) }
        let made = trial.made(Double(print.time), Double(price), quantity, side, method: method, marks: marks)
        trial.change(made, isRemoval: true, .cancelled)
    }

    private func check(_ update: TrialUpdate, at time: Int64, _ share: Double, _ slow: inout SlowState) {
        let body: MarketStateUpdate = update.body()
        let (outside, pressure) = (slow.outside(time), slow.pressure(time))
        let expected: [Double] = [.nan, outside.share, .nan, slow.efficiency, pressure.share, share, .nan]
        let values = (0..<7).map { body.features.values[$0] }
        #expect(zip(values, expected).allSatisfy(same), "\(time): \(values), not \(expected)")
        let known = (0..<7).filter { !expected[$0].isNaN }
        let used = known.reduce(UInt32(0)) { $0 | UInt32(1) << UInt32($1) }
        #expect(body.used == used && same(body.liveShare, pressure.signed))
        let weights = slow.settings.weights
        let weight = known.map { weights[$0] }.reduce(0, +)
        let mean = known.map { weights[$0] * expected[$0] }.reduce(0, +) / weight
        let score = known.count >= slow.settings.minimumFeatures ? mean : .nan
        #expect(same(body.score, score))
        #expect(same(body.confidence, score.isNaN ? 0 : abs(score - 0.5) * 2 * pressure.signed))
        let state = slow.decide(score, lean: weights[1] * outside.lean + weights[4] * pressure.lean)
        let direction = MarketStateUpdate.directionNames[Int(body.direction)]
        let said = MarketStateUpdate.stateNames[Int(body.state)] + (direction == "none" ? "" : " " + direction)
        #expect(said == state)
        let signed = slow.recent(time).filter { $0.sign != 0 }
        let inferred = signed.filter(\.isInferred).map(\.quantity).reduce(0, +)
        let all = signed.map(\.quantity).reduce(0, +)
        #expect(same(update.head.inferredShare, all > 0 ? Double(inferred) / Double(all) : .nan))
    }
}
