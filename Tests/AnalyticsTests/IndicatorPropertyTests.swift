import Analytics
import Market
import TestPrograms
import Testing
import Updates

/// Bars by chance: a walk of prices, some standing still, some jumping far.
private func walk(_ chance: inout SeededChance, _ count: Int) -> [Bar] {
    var price = Int64(chance.below(1_000) + 1) * Price.scale
    return (0..<count).map { index in
        let step: Int64 = chance.below(20) == 0 ? 50 * Price.scale : Price.scale / 100
        price += Int64(chance.below(11) - 5) * step
        var bar = Bar(start: Timestamp(nanoseconds: Int64(index)), end: Timestamp(nanoseconds: Int64(index) + 1))
        (bar.open, bar.close) = (price - step, price)
        bar.high = max(bar.open, price) + Int64(chance.below(3)) * step
        bar.low = min(bar.open, price) - Int64(chance.below(3)) * step
        bar.volume = Int64(chance.below(1_000)) * Int64(chance.below(2)) * 1_000
        bar.firstTime = Int64(index)
        return bar
    }
}

/// The slow and plain way, from all bars each time.
private enum Plain {
    static func units(_ count: Int64) -> Double { Double(count) / 1e9 }

    static func window(_ counts: [Int64], _ length: Int) -> [Int64]? {
        counts.count >= length ? Array(counts.suffix(length)) : nil
    }

    static func mean(_ counts: [Int64], _ length: Int) -> Double {
        guard let window = window(counts, length) else { return .nan }
        return window.map(units).reduce(0, +) / Double(length)
    }

    static func deviation(_ counts: [Int64], _ length: Int) -> Double {
        guard let window = window(counts, length) else { return .nan }
        let mean = mean(counts, length)
        return (window.map { (units($0) - mean) * (units($0) - mean) }.reduce(0, +) / Double(length)).squareRoot()
    }

    static func exponential(_ values: [Double], _ length: Int) -> Double {
        guard values.count >= length else { return .nan }
        let seed = values.prefix(length).reduce(0, +) / Double(length)
        let part = 2 / Double(length + 1)
        return values.dropFirst(length).reduce(seed) { part * $1 + (1 - part) * $0 }
    }

    static func strength(_ counts: [Int64], _ length: Int) -> Double {
        guard counts.count > length else { return .nan }
        let changes = zip(counts.dropFirst(), counts).map { units($0 - $1) }
        func smoothed(_ moves: [Double]) -> Double {
            let seed = moves.prefix(length).reduce(0, +) / Double(length)
            return moves.dropFirst(length).reduce(seed) { ($0 * Double(length - 1) + $1) / Double(length) }
        }
        let gain = smoothed(changes.map { max($0, 0) })
        let loss = smoothed(changes.map { max(-$0, 0) })
        if loss == 0 { return gain == 0 ? 50 : 100 }
        return 100 - 100 / (1 + gain / loss)
    }

    static func flow(_ bars: [Bar], _ length: Int) -> Double {
        guard bars.count > length else { return .nan }
        var (up, down) = (0.0, 0.0)
        for (bar, before) in zip(bars.dropFirst(), bars).suffix(length) {
            let (typical, last) = (units(bar.high + bar.low + bar.close) / 3, before.high + before.low + before.close)
            if bar.high + bar.low + bar.close > last { up += abs(typical) * Double(bar.volume) }
            if bar.high + bar.low + bar.close < last { down += abs(typical) * Double(bar.volume) }
        }
        if up + down == 0 { return 50 }
        return down == 0 ? 100 : 100 - 100 / (1 + up / down)
    }

    static func range(_ bars: [Bar], _ length: Int) -> Double {
        guard bars.count >= length else { return .nan }
        let ranges = bars.indices.map { index in
            let bar = bars[index]
            let last = index > 0 ? bars[index - 1].close : bar.close
            return units(index > 0 ? max(bar.high, last) - min(bar.low, last) : bar.high - bar.low)
        }
        let seed = ranges.prefix(length).reduce(0, +) / Double(length)
        return ranges.dropFirst(length).reduce(seed) { ($0 * Double(length - 1) + $1) / Double(length) }
    }

    static func balance(_ bars: [Bar]) -> Double {
        zip(bars.dropFirst(), bars).map { bar, before in
            Double(bar.volume) * (bar.close > before.close ? 1 : bar.close < before.close ? -1 : 0)
        }.reduce(0, +)
    }

    static func meanPrice(_ bars: [Bar]) -> (mean: Double, deviation: Double) {
        let volume = Double(bars.map(\.volume).reduce(0, +))
        guard volume > 0 else { return (.nan, .nan) }
        func typical(_ bar: Bar) -> Double { (units(bar.high) + units(bar.low) + units(bar.close)) / 3 }
        let mean = bars.map { typical($0) * Double($0.volume) }.reduce(0, +) / volume
        let squares = bars.map { (typical($0) - mean) * (typical($0) - mean) * Double($0.volume) }.reduce(0, +)
        return (mean, (squares / volume).squareRoot())
    }
}

@Suite struct `Indicators bar by bar` {
    @Test func `equal what is computed anew from all bars`() {
        for round in 0..<Campaign.rounds(12, each: 40) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            let bars = walk(&chance, 5 + chance.below(120))
            let length = 1 + chance.below(20)
            follow(bars, length, slow: length + 1 + chance.below(20), round: round)
        }
    }

    /// One panel follows the bars; each reading is held against the plain way.
    private func follow(_ bars: [Bar], _ length: Int, slow: Int, round: Int) {
        let plain: [IndicatorChoice.Kind] = [.sma, .ema, .rsi, .stdev, .highest, .lowest, .roc, .atr, .mfi]
        var choices = plain.map { IndicatorChoice($0, length: length, of: IndicatorChoice.customarySource(of: $0)) }
        choices += [
            .bollinger(length: length, width: 2, of: .close),
            .divergence(fast: length, slow: slow, signal: 5, of: .close),
            .meanPrice, .balanceVolume,
        ]
        var panel = IndicatorPanel(choices, sizeStep: Price.scale)
        for end in 1...bars.count {
            let seen = Array(bars.prefix(end))
            panel.add(FinishedBar(name: 0, bar: seen[end - 1], cumulative: 0, number: 0, quality: .whole))
            for (place, choice) in choices.enumerated() {
                let known = expected(choice, seen)
                let reading = panel.readings[place]
                let lines = [reading.value, reading.second, reading.third]
                let isEqual = zip(lines, known).allSatisfy { agree($0, $1, within: 2e-9) }
                #expect(isEqual, "round \(round), bar \(end), \(choice): \(reading), not \(known)")
            }
        }
    }

    private func expected(_ choice: IndicatorChoice, _ bars: [Bar]) -> [Double] {
        let closes = bars.map(\.close)
        let length = choice.length
        let isFull = bars.count >= length
        switch choice.kind {
        case .sma: return [Plain.mean(closes, length)]
        case .ema: return [Plain.exponential(closes.map(Plain.units), length)]
        case .rsi: return [Plain.strength(closes, length)]
        case .stdev: return [Plain.deviation(closes, length)]
        case .highest: return [isFull ? Plain.units(bars.suffix(length).map(\.high).max() ?? 0) : .nan]
        case .lowest: return [isFull ? Plain.units(bars.suffix(length).map(\.low).min() ?? 0) : .nan]
        case .roc: return [change(closes, length)]
        case .atr: return [Plain.range(bars, length)]
        case .mfi: return [Plain.flow(bars, length)]
        case .obv: return [Plain.balance(bars)]
        case .bollinger:
            let (mean, reach) = (Plain.mean(closes, length), 2 * Plain.deviation(closes, length))
            return [mean, mean + reach, mean - reach]
        case .vwap:
            let (mean, deviation) = Plain.meanPrice(bars)
            return [mean, mean + deviation, mean - deviation]
        case .macd:
            let lines = closes.indices.map { distance(choice, Array(closes[...$0])) }
            let signal = Plain.exponential(lines.filter { !$0.isNaN }, choice.signal)
            return [lines[lines.count - 1], signal, lines[lines.count - 1] - signal]
        }
    }

    private func change(_ closes: [Int64], _ length: Int) -> Double {
        guard closes.count > length, let now = closes.last else { return .nan }
        let before = closes[closes.count - 1 - length]
        return before == 0 ? .nan : 100 * (Double(now) / Double(before) - 1)
    }

    private func distance(_ choice: IndicatorChoice, _ closes: [Int64]) -> Double {
        let units = closes.map(Plain.units)
        return Plain.exponential(units, choice.length) - Plain.exponential(units, choice.slow)
    }

    @Test func `a reset panel does what a new one does`() {
        var chance = SeededChance(seed: Campaign.seed + 77)
        let choices: [IndicatorChoice] = IndicatorChoice.Kind.allCases.map { kind in
            switch kind {
            case .macd: .divergence(fast: 3, slow: 6, signal: 2, of: .close)
            case .bollinger: .bollinger(length: 4, width: 2, of: .close)
            case .vwap: .meanPrice
            case .obv: .balanceVolume
            case .sma, .ema, .rsi, .stdev, .highest, .lowest, .roc, .atr, .mfi:
                IndicatorChoice(kind, length: 4, of: .close)
            }
        }
        var used = IndicatorPanel(choices, sizeStep: 1)
        for bar in walk(&chance, 9) {
            used.add(FinishedBar(name: 0, bar: bar, cumulative: 0, number: 0, quality: .whole))
        }
        used.reset(all: true)
        #expect(used.readings.allSatisfy { $0.value.isNaN && $0.second.isNaN && $0.third.isNaN && !$0.isWarm })
        var new = IndicatorPanel(choices, sizeStep: 1)
        for bar in walk(&chance, 9) {
            let finished = FinishedBar(name: 0, bar: bar, cumulative: 0, number: 0, quality: .whole)
            used.add(finished)
            new.add(finished)
            for (left, right) in zip(used.readings, new.readings) {
                #expect(agree(left.value, right.value, within: 0) && agree(left.second, right.second, within: 0))
                #expect(left.isWarm == right.isWarm)
            }
        }
    }
}
