import Graph
import Market
import TestPrograms
import Testing
import Updates

@testable import Analytics

/// Which way each rule points at each bar, computed from all closes anew.
private enum Plain {
    static func mean(_ closes: ArraySlice<Double>) -> Double { closes.reduce(0, +) / Double(closes.count) }

    static func exponential(_ values: [Double], _ length: Int) -> [Double] {
        values.indices.map { index in
            guard index >= length - 1 else { return .nan }
            var value = mean(values[0..<length])
            for next in values[length..<(index + 1)] {
                value += (next - value) * 2 / Double(length + 1)
            }
            return value
        }
    }

    static func sma(_ closes: [Double], _ fast: Int, _ slow: Int) -> [Double] {
        closes.indices.map { index in
            guard index >= slow - 1 else { return .nan }
            return mean(closes[(index - fast + 1)...index]) - mean(closes[(index - slow + 1)...index])
        }
    }

    static func macd(_ closes: [Double], _ fast: Int, _ slow: Int, _ signal: Int) -> [Double] {
        let line = zip(exponential(closes, fast), exponential(closes, slow)).map { $0 - $1 }
        let known = line.filter { !$0.isNaN }
        let smooth = known.count >= signal ? exponential(known, signal) : known.map { _ in .nan }
        return line.indices.map { $0 < slow - 1 ? .nan : line[$0] - smooth[$0 - slow + 1] }
    }

    static func rsi(_ closes: [Double], _ length: Int) -> [Double] {
        closes.indices.map { index in
            guard index >= length else { return .nan }
            let changes = (1...index).map { closes[$0] - closes[$0 - 1] }
            var gain = changes.prefix(length).map { max($0, 0) }.reduce(0, +) / Double(length)
            var loss = changes.prefix(length).map { max(-$0, 0) }.reduce(0, +) / Double(length)
            for change in changes.dropFirst(length) {
                gain = (gain * Double(length - 1) + max(change, 0)) / Double(length)
                loss = (loss * Double(length - 1) + max(-change, 0)) / Double(length)
            }
            return gain + loss == 0 ? 50 : 100 * gain / (gain + loss)
        }
    }

    /// How many deviations the close lies from the mean of the last bars, its own among them.
    static func bands(_ closes: [Double], _ length: Int) -> [Double] {
        closes.indices.map { index in
            guard index >= length - 1 else { return .nan }
            let window = closes[(index - length + 1)...index]
            let mean = mean(window)
            let deviation = (window.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(length)).squareRoot()
            return deviation == 0 ? 0 : (closes[index] - mean) / deviation
        }
    }

    /// Changes of sign; a gap before a bar of `gaps` forgets the side, and so does an unknown value.
    static func crossings(_ values: [Double], gaps: Set<Int>) -> [Int] {
        values.indices.map { index in
            var before = index - 1
            guard !gaps.contains(index), values[index] != 0, !values[index].isNaN else { return 0 }
            while before >= 0, values[before] == 0 {
                if gaps.contains(before) { return 0 }
                before -= 1
            }
            guard before >= 0, !values[before].isNaN, values[before].sign != values[index].sign else { return 0 }
            return values[index] > 0 ? 1 : -1
        }
    }

    static func returns(_ values: [Double], low: Double, high: Double, gaps: Set<Int>) -> [Int] {
        values.indices.map { index in
            guard index > 0, !gaps.contains(index) else { return 0 }
            let (last, now) = (values[index - 1], values[index])
            return last < low && now >= low ? 1 : last > high && now <= high ? -1 : 0
        }
    }
}

private let text = """
    { "rules": { "sma": { "fast": 3, "slow": 7 }, "rsi": { "length": 4, "low": 35, "high": 65 },
    "macd": { "fast": 3, "slow": 6, "signal": 4 }, "bollinger": { "length": 8, "width": 1.37 } },
    "cooldown": 0, "atr": 2, "stopRange": 0.25, "expiresBars": 100000 }
    """

@Suite struct `Indicator signals` {
    @Test func `over bars by chance they are those of the plain way`() throws {
        for seed in 0..<UInt64(Campaign.rounds(12, each: 200)) {
            var chance = SeededChance(seed: Campaign.seed + seed)
            var trial = try SignalTrial(text)
            var closes: [Double] = []
            var gaps: Set<Int> = []
            var price = 1_000.0
            for bar in 0..<150 {
                if chance.below(25) == 0 {
                    gaps.insert(bar)
                    trial.trial.stop(chance.below(2) == 0 ? .gap : .halt)
                }
                price += Double(chance.below(9) - 4)
                closes.append(price)
                trial.minute(price + Double(chance.below(3)), price - Double(chance.below(3)), price)
            }
            let spread = Plain.bands(closes, 8)
            let expected: [(String, [Int])] = [
                ("sma", Plain.crossings(Plain.sma(closes, 3, 7).map(clean), gaps: gaps)),
                ("rsi", Plain.returns(Plain.rsi(closes, 4), low: 35, high: 65, gaps: gaps)),
                ("macd", Plain.crossings(Plain.macd(closes, 3, 6, 4).map(clean), gaps: gaps)),
                ("bollinger", bandReturns(spread, gaps)),
            ]
            for (rule, directions) in expected {
                let given = trial.signals.filter { $0.rule == rule && $0.status == "open" }
                let told = given.map { [Int($0.body.known - AnalyticTrial.open) / 60_000_000_000, $0.isLong ? 1 : -1] }
                let plain = directions.indices.filter { directions[$0] != 0 }.map { [$0 + 1, directions[$0]] }
                #expect(told == plain, "\(rule) of seed \(Campaign.seed + seed)")
            }
        }
    }

    /// Rounding of the plain way is no crossing.
    private func clean(_ value: Double) -> Double { abs(value) < 1e-9 ? 0 : value }

    private func bandReturns(_ spread: [Double], _ gaps: Set<Int>) -> [Int] {
        spread.indices.map { index in
            guard index > 0, !gaps.contains(index), abs(spread[index]) <= 1.37 else { return 0 }
            return spread[index - 1] < -1.37 ? 1 : spread[index - 1] > 1.37 ? -1 : 0
        }
    }

    @Test(arguments: [true, false]) func `stop, target, span and quality are those of its bars`(_ isUp: Bool) throws {
        var trial = try SignalTrial(
            #"{ "rules": { "sma": { "fast": 1, "slow": 2 } }, "atr": 1, "minimumCoverage": 0.5 }"#, up: isUp)
        for coverage in [0.1, 0.6, 1] { trial.minute(121, 119, 120 - coverage, coverage: coverage) }
        for size in 1...30 { trial.minute(121, 119, 118 - Double(size) / 100, delta: Int64(size)) }
        trial.minute(130, 120, 125, delta: 15, coverage: 0.8)
        trial.minute(130, 120, 126, delta: 15, coverage: 0.7)
        let signal = try #require(trial.signals.first)
        #expect(trial.signals.count == 1 && signal.topic == "signal/sma/" && signal.isLong == isUp)
        // From the close before, 117.7, up to 130 the range is 12.3; one whole range lies between, on a tick.
        #expect(signal.body.stop == mirrored(112, isUp) && signal.body.target == mirrored(151, isUp))
        #expect(signal.body.rewardRisk == 2 && signal.head.coverage == 0.8)
        let rank = 18.0 / 33
        #expect(abs(signal.body.confidence - (rank + 2.0 / 3) / 2 * 0.8) < 1e-15)
        #expect(signal.roles == [5, 3])
        // Its bars are the last three: a change before them is none of its own.
        trial.trial.change(trial.trial.made(31 * 60 - 1, 118, 1, .buy), isRemoval: false, .late)
        #expect(trial.signals.count == 1)
        trial.trial.change(trial.trial.made(31 * 60, 118, 1, .buy), isRemoval: false, .late)
        #expect(trial.signals.count == 2 && trial.signals[1].head.revision == 1)
    }

    @Test func `auction readings end no indicator signal, prices do`() throws {
        var trial = try SignalTrial(#"{ "rules": { "sma": { "fast": 1, "slow": 2 } }, "atr": 1 }"#)
        trial.minute(121, 119, 121)
        trial.minute(121, 119, 120)
        trial.minute(123, 119, 122)
        trial.accept(.below, since: trial.now + 1)
        trial.state(.imbalance, -1, since: trial.now + 1)
        trial.minute(124, 120, 123)
        #expect(trial.signals.map(\.status) == ["open"])
        trial.trade(1, 117.5)
        #expect(trial.signals.map(\.status) == ["open", "stopped"])
    }

    @Test func `without a known range there is no stop and no signal`() throws {
        for (atr, count) in [(4, 0), (3, 1)] {
            var trial = try SignalTrial(#"{ "rules": { "sma": { "fast": 1, "slow": 2 } }, "atr": \#(atr) }"#)
            trial.minute(121, 119, 121)
            trial.minute(121, 119, 120)
            trial.minute(123, 119, 122)
            #expect(trial.signals.count == count)
        }
    }
}

@Suite struct `Settings of signals` {
    @Test func `a topic for each rule that is switched on, in their order`() throws {
        let settings = try signalSettings(
            #"{ "rules": { "macd": {}, "trend": {}, "eighty": {} }, "bars": "60s" }"#
        ).settings
        #expect(Signals.topics(settings).map(\.prefix) == ["signal/trend/", "signal/eighty/", "signal/macd/"])
        #expect(Signals.bars(settings) == ["1m"])
        #expect(try signalSettings(Signals.example).faults == [])
        #expect(settings.rules.macd == SignalSettings.Crossing(fast: 12, slow: 26, signal: 9))
        #expect(settings.minimumCoverage == 0.95 && settings.cooldown == 5 && settings.expiresBars == 60)
        #expect(settings.stopTicks == 2 && settings.stopRange == 0.5 && settings.atr == 14 && !settings.holdBack)
        #expect(AnalyticKind(Signals.self).fields.map(\.name).prefix(3) == ["bars", "rules", "windows"])
    }

    @Test(arguments: [
        ("{}", "no rule is switched on"),
        (#"{ "rules": { "ema": {} } }"#, "ema"),
        (#"{ "rules": { "trend": {} }, "bars": ["1m", "5m"] }"#, "one kind of bars"),
        (#"{ "rules": { "sma": { "fast": 50, "slow": 20 } } }"#, "the slow average is not the longer one"),
        (#"{ "rules": { "rsi": { "low": 70, "high": 30 } } }"#, "low and high at once"),
        (#"{ "rules": { "trend": {} }, "windows": [{ "from": "2h", "to": "1h" }] }"#, "ends before it begins"),
        (#"{ "rules": { "trend": { "pullback": 61 } } }"#, "pullback"),
        (#"{ "rules": { "trend": {} }, "minimumCoverage": 1.5 }"#, "minimumCoverage"),
    ])
    func `refuses what makes no sense`(_ text: String, _ message: String) throws {
        let faults = try signalSettings(text).faults
        #expect(!faults.isEmpty && faults[0].contains(message), "\(faults)")
    }

    @Test func `fields and inputs tile their memory`() {
        func tile(_ fields: [UpdateField], _ size: Int) -> Bool {
            var next = 0
            for field in fields {
                guard field.offset == next else { return false }
                next += field.type.size
            }
            return next == size
        }
        let layout = SignalUpdate.layout
        #expect(tile(layout.fields, layout.size) && layout.size == 112 && layout.template == 60)
        #expect(layout.groups.count == 1 && layout.groups.allSatisfy { tile($0.fields, $0.size) && $0.size % 8 == 0 })
        for fields in [layout.fields] + layout.groups.map(\.fields) {
            #expect(Set(fields.map(\.name)).count == fields.count && fields.allSatisfy { $0.meaning.hasSuffix(".") })
        }
    }
}
