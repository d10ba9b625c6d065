import Analytics
import Market
import TestPrograms

/// A trade of a test's tape: whole seconds and units, so that all sums can be told by hand.
struct TapePrint {
    var seconds: Double
    var price: Double
    var quantity: Int64
    var side: Side
    var method = SignMethod.venue
    var isUnpriced = false

    /// A tape with equal times, steps back in time, unknown sides and volume without a price in it.
    static func random(_ count: Int, seed: UInt64, largest: Int = 60) -> [TapePrint] {
        var chance = SeededChance(seed: seed)
        var seconds = 1.0
        var price = 100.0
        return (0..<count).map { _ in
            seconds += Double(chance.below(3)) - (chance.below(20) == 0 ? 1 : 0)
            price += Double(chance.below(5) - 2)
            return TapePrint(
                seconds: seconds, price: max(price, 1), quantity: Int64(1 + chance.below(largest)),
                side: [.buy, .buy, .sell, .sell, .unknown][chance.below(5)],
                method: chance.below(3) == 0 ? .tick : .venue, isUnpriced: chance.below(10) == 0)
        }
    }
}

/// Bars told naively: every figure is computed anew from the trades of the bar.
struct NaiveBar: Equatable {
    var parts: [TapePrint]
    var isWhole = true

    static func == (left: NaiveBar, right: NaiveBar) -> Bool { left.figures == right.figures }

    var volume: Int64 { parts.reduce(0) { $0 + $1.quantity } }
    var buy: Int64 { parts.reduce(0) { $0 + ($1.side == .buy ? $1.quantity : 0) } }
    var sell: Int64 { parts.reduce(0) { $0 + ($1.side == .sell ? $1.quantity : 0) } }
    var priced: [TapePrint] { parts.filter { !$0.isUnpriced } }
    /// Of equal times the first to arrive opens and the last to arrive closes.
    var open: Double? { priced.min { $0.seconds < $1.seconds }?.price }
    var close: Double? { priced.reversed().max { $0.seconds < $1.seconds }?.price }
    var deltas: [Int64] {
        var delta: Int64 = 0
        return [0]
            + parts.map { part in
                delta += part.side.sign * part.quantity
                return delta
            }
    }

    /// Everything that an update must say, none as −1.
    var figures: [Double] {
        let highest = priced.map(\.price).max() ?? -1
        let lowest = priced.map(\.price).min() ?? -1
        let times = parts.map(\.seconds)
        return [
            open ?? -1, highest, lowest, close ?? -1, Double(volume), Double(buy), Double(sell), Double(parts.count),
            Double(deltas.last ?? 0), Double(deltas.max() ?? 0), Double(deltas.min() ?? 0), times.min() ?? 0,
            times.max() ?? 0,
        ]
    }

    /// What a trade counts, its sign aside.
    static func weight(_ print: TapePrint, _ measure: BarMeasure) -> Double {
        switch measure {
        case .tick: 1
        case .volume: Double(print.quantity)
        case .dollar: print.price * Double(print.quantity)
        }
    }

    /// The sum that a bar of these trades has reached.
    static func reached(_ parts: [TapePrint], _ sum: BarSum, _ measure: BarMeasure) -> Double {
        let buys = parts.filter { $0.side == .buy }.reduce(0) { $0 + weight($1, measure) }
        let sells = parts.filter { $0.side == .sell }.reduce(0) { $0 + weight($1, measure) }
        return switch sum {
        case .plain: parts.reduce(0) { $0 + weight($1, measure) }
        case .imbalance: (buys - sells).magnitude
        case .runs: max(buys, sells)
        }
    }

    /// Bars that overshoot a fixed threshold, and what is left at the end.
    static func overshooting(
        _ tape: [TapePrint], _ sum: BarSum, _ measure: BarMeasure, threshold: Double
    ) -> [NaiveBar] {
        var bars: [NaiveBar] = []
        var start = 0
        for end in tape.indices {
            let parts = Array(tape[start...end])
            guard reached(parts, sum, measure) >= threshold else { continue }
            bars.append(NaiveBar(parts: parts))
            start = end + 1
        }
        if start < tape.count { bars.append(NaiveBar(parts: Array(tape[start...]), isWhole: false)) }
        return bars
    }

    /// Volume bars that split: the tape laid out step by step and cut every `threshold` steps.
    static func splitting(_ tape: [TapePrint], threshold: Int64) -> [NaiveBar] {
        var bars: [NaiveBar] = []
        var cells: [Int] = []
        for (index, print) in tape.enumerated() { cells += Array(repeating: index, count: Int(print.quantity)) }
        for start in stride(from: 0, to: cells.count, by: Int(threshold)) {
            let cut = cells[start..<min(start + Int(threshold), cells.count)]
            let parts = Set(cut).sorted().map { index in
                var part = tape[index]
                part.quantity = Int64(cut.count { $0 == index })
                return part
            }
            bars.append(NaiveBar(parts: parts, isWhole: cut.count == Int(threshold)))
        }
        return bars
    }
}

/// Adaptive bars told naively: every expectation is folded anew from the bars so far.
struct NaiveAdaptiveBars {
    var sum: BarSum
    var measure: BarMeasure
    var target: Double
    var span: Double

    func bars(_ tape: [TapePrint]) -> [NaiveBar] {
        var bars: [NaiveBar] = []
        var parts: [TapePrint] = []
        for print in tape {
            parts.append(print)
            let count = Double(parts.count)
            let threshold = threshold(after: bars)
            let isReached = threshold > 0 && NaiveBar.reached(parts, sum, measure) >= threshold
            let cap = threshold > 0 ? target * 3 : target
            guard isReached && count >= target / 3 || count >= cap else { continue }
            bars.append(NaiveBar(parts: parts))
            parts = []
        }
        if !parts.isEmpty { bars.append(NaiveBar(parts: parts, isWhole: false)) }
        return bars
    }

    /// E[T], trades.
    func length(after bars: [NaiveBar]) -> Double {
        fold(bars.map { Double($0.parts.count) }) ?? target
    }

    func threshold(after bars: [NaiveBar]) -> Double {
        let buys = fold(bars.map { perTrade($0, .buy) }) ?? 0
        let sells = fold(bars.map { perTrade($0, .sell) }) ?? 0
        let flow = sum == .runs ? max(buys, sells) : (buys - sells).magnitude
        // Rounding differs from that of one folded difference; sums are whole numbers.
        let expected = length(after: bars) * flow
        return expected < 1e-9 ? 0 : (expected * (1 - 0x1p-36)).rounded(.up)
    }

    private func perTrade(_ bar: NaiveBar, _ side: Side) -> Double {
        let parts = bar.parts.filter { $0.side == side }
        return parts.reduce(0) { $0 + NaiveBar.weight($1, measure) } / Double(bar.parts.count)
    }

    /// The exponential mean with the first value as its seed.
    private func fold(_ values: [Double]) -> Double? {
        guard var mean = values.first else { return nil }
        let weight = 2 / (span + 1)
        for value in values.dropFirst() { mean = weight * value + (1 - weight) * mean }
        return mean
    }
}
