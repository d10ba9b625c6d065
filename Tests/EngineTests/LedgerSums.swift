import Analytics
import Market
import Updates

@testable import Engine

/// Sums of trades, one after the other.
struct PlainBar {
    var open: Int64?, high = Int64.min, low = Int64.max, close: Int64?
    var first = Int64.max, last = Int64.min
    var volume: Int64 = 0, buy: Int64 = 0, sell: Int64 = 0, neutral: Int64 = 0, trades: Int64 = 0
    var delta: Int64 = 0, highest: Int64 = 0, lowest: Int64 = 0
    var inferred: Int64 = 0
    var product: Int128 = 0, priced: Int64 = 0

    /// The trades of a bar whose width is summed up from `widths`, itself the first of them; of no width, in the order
    /// in which they came.
    init(_ trades: [Ledger.Trade], of widths: [Int64], isDay: Bool = false) {
        // A late trade stands before all that was in the widest window which was open when it came and began after it:
        // that window was not yet summed up.
        func place(_ trade: Ledger.Trade) -> (Int64, Int, Int) {
            guard trade.isLate, let level = widths.firstIndex(where: { trade.opens[$0, default: .min] > trade.time })
            else { return (trade.base, .max, trade.order) }
            return (trade.opens[widths[level], default: .min], level, trade.order)
        }
        if isDay {
            for trade in trades.sorted(by: { $0.order < $1.order }) { addToDay(trade) }
        } else {
            for trade in trades.sorted(by: { place($0) < place($1) }) where trade.sale.hasVolume { add(trade) }
        }
    }

    private mutating func addToDay(_ trade: Ledger.Trade) {
        let sale = trade.sale
        if sale.dayHighLow {
            high = max(high, trade.price)
            low = min(low, trade.price)
        }
        if sale.dayOpenClose == "Y" || sale.dayOpenClose == "F" && open == nil {
            if trade.time < first { (open, first) = (trade.price, trade.time) }
            if trade.time >= last { (close, last) = (trade.price, trade.time) }
        }
        guard sale.hasVolume else { return }
        addVolume(trade)
        guard sale.dayHighLow else { return }
        product += Int128(trade.price) * Int128(trade.quantity)
        priced += trade.quantity
    }

    private mutating func addVolume(_ trade: Ledger.Trade) {
        trades += 1
        volume += trade.quantity
        if trade.sign > 0 {
            buy += trade.quantity
        } else if trade.sign < 0 {
            sell += trade.quantity
        } else {
            neutral += trade.quantity
        }
        if trade.isInferred { inferred += trade.quantity }
        delta += trade.flow
        highest = max(highest, delta)
        lowest = min(lowest, delta)
    }

    private mutating func add(_ trade: Ledger.Trade) {
        addVolume(trade)
        guard trade.movesPrice else { return }
        if trade.time < first { (open, first) = (trade.price, trade.time) }
        if trade.time >= last { (close, last) = (trade.price, trade.time) }
        high = max(high, trade.price)
        low = min(low, trade.price)
        product += Int128(trade.price) * Int128(trade.quantity)
        priced += trade.quantity
    }

    /// In units; close enough to tell a wrong mean from a rounded one.
    var mean: Double { priced > 0 ? Double(product) / Double(priced) / 1e9 : .nan }
    var inferredShare: Double { buy + sell > 0 ? Double(inferred) / Double(buy + sell) : .nan }

    /// What a candle says otherwise, by name.
    func differences(_ candle: CandleUpdate) -> [String] {
        let none = Price.none.billionths
        let figures: [(String, Int64, Int64)] = [
            ("open", candle.open, open ?? none), ("high", candle.high, open == nil ? none : high),
            ("low", candle.low, open == nil ? none : low), ("close", candle.close, close ?? none),
            ("volume", candle.volume, volume), ("buy", candle.buy, buy), ("sell", candle.sell, sell),
            ("neutral", candle.neutral, neutral), ("trades", candle.trades, trades),
        ]
        let sum = candle.buy + candle.sell + candle.neutral == candle.volume ? [] : ["sides do not add up"]
        return figures.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), not \($0.2)" }
            + (isClose(candle.volumeWeightedPrice, mean) ? [] : ["vwap"]) + sum
    }

    func differences(_ update: DeltaUpdate, cumulative: Int64) -> [String] {
        let figures: [(String, Int64, Int64)] = [
            ("delta", update.delta, delta), ("maxDelta", update.maxDelta, highest),
            ("minDelta", update.minDelta, lowest), ("volume", update.volume, volume), ("buy", update.buy, buy),
            ("sell", update.sell, sell), ("neutral", update.neutral, neutral),
            ("cvd", update.cumulative, cumulative), ("trades", update.trades, trades),
        ]
        let share = volume > 0 ? Double(delta) / Double(volume) : .nan
        return figures.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), not \($0.2)" }
            + (isClose(update.deltaShare, share) ? [] : ["deltaShare"])
    }
}

func isClose(_ left: Double, _ right: Double) -> Bool {
    left.isNaN && right.isNaN || abs(left - right) <= 1e-9 * max(1, abs(left), abs(right))
}

/// Volume by price and its value area the slow way (definitions §6, the standard rule).
struct PlainProfile {
    private(set) var rows: [Int64] = []
    private(set) var lowest: Int64 = 0
    let total: Int64

    init(_ trades: [Ledger.Trade], height: Int64) {
        var volumes: [Int64: Int64] = [:]
        for trade in trades where trade.sale.isInProfile && trade.sale.hasVolume {
            volumes[trade.price / height, default: 0] += trade.quantity
        }
        total = volumes.values.reduce(0, +)
        guard let low = volumes.keys.min(), let high = volumes.keys.max() else { return }
        lowest = low
        rows = (low...high).map { volumes[$0] ?? 0 }
    }

    /// Control, low and high as rows.
    var area: (control: Int64, low: Int64, high: Int64)? {
        guard let most = rows.max(), most > 0 else { return nil }
        let middle = Double(rows.count - 1) / 2
        let equals = rows.indices.filter { rows[$0] == most }
        guard
            let control = equals.min(by: { left, right in
                (abs(Double(left) - middle), left) < (abs(Double(right) - middle), right)
            })
        else { return nil }
        var (low, high, sum) = (control, control, most)
        while sum * 10 < total * 7 {
            let above = rows[(high + 1)...].prefix(2)
            let below = rows[..<low].suffix(2)
            if below.isEmpty || !above.isEmpty && above.reduce(0, +) >= below.reduce(0, +) {
                sum += above.reduce(0, +)
                high += above.count
            } else {
                sum += below.reduce(0, +)
                low -= below.count
            }
        }
        return (lowest + Int64(control), lowest + Int64(low), lowest + Int64(high))
    }
}

extension Ledger {
    /// Coverage and gap seconds of a window as they were known at an event, by cutting time at every border.
    func quality(_ start: Int64, _ end: Int64, _ session: Session, at event: Int) -> (coverage: Double, gap: Double) {
        let from = max(start, session.open.nanoseconds)
        let to = max(from, min(end, session.close.nanoseconds))
        let known = { (list: [Interval]) in list.filter { $0.known <= event && event < $0.replaced } }
        // A status is taken after what its time closes, a gap's end before.
        let halts = self.halts.filter { $0.known < event && event <= $0.replaced }
        let gaps = known(self.gaps)
        let borders = Set((gaps + halts).flatMap { [$0.from, $0.to] } + [from, to]).filter { $0 >= from && $0 <= to }
        let cuts = borders.sorted()
        var (elapsed, missing): (Int64, Int64) = (0, 0)
        for (left, right) in zip(cuts, cuts.dropFirst()) {
            if halts.contains(where: { $0.from <= left && $0.to >= right }) { continue }
            elapsed += right - left
            if gaps.contains(where: { $0.from <= left && $0.to >= right }) { missing += right - left }
        }
        return (elapsed > 0 ? 1 - Double(missing) / Double(elapsed) : 1, Double(missing) / 1e9)
    }
}
