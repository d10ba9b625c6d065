@testable import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

@Suite struct `Absorption by hand` {
    /// The same definition over all trades, again and again.
    private struct Recount {
        struct Open {
            var told: AbsorptionTold
            var direction: Int64
            var deadline: Int64
        }
        let settings: Absorption.Settings
        let width: Int64
        var trades: [Trade] = []
        var rows: [Int64] = []
        var from = 0
        var since = AnalyticTrial.open
        var next: Int64
        var samples: [Int64] = []
        var open: [Open] = []
        var told: [AbsorptionTold] = []

        init(_ settings: Absorption.Settings) {
            self.settings = settings
            width = DurationText.nanoseconds(settings.window)
            next = AnalyticTrial.open + width
        }

        var threshold: Int64? {
            guard samples.count >= settings.minimumSamples, !samples.isEmpty else { return nil }
            let kept = samples.suffix(settings.history).sorted()
            let rank = (Int64(kept.count) * settings.shareInMillionths + 999_999) / 1_000_000
            return max(1, settings.minimumVolume / Price.scale, kept[Int(rank) - 1])
        }

        func flow(_ indices: [Int], _ low: Int64, _ high: Int64) -> (flow: RowFlow, places: [Int]) {
            let places = indices.filter { rows[$0] >= low && rows[$0] <= high }
            func sum(_ sign: Int64?) -> Int64 {
                places.filter { sign == nil || trades[$0].sign == sign }.reduce(0) { $0 + trades[$1].quantity }
            }
            return (RowFlow(buy: sum(1), sell: sum(-1), total: sum(nil)), places)
        }

        mutating func finish(_ index: Int, _ ending: AbsorptionEnding, at time: Int64, from place: Int) {
            var ended = open.remove(at: index).told
            ended.ending = ending
            ended.end = time
            told.append(ended)
            from = place
            since = time
        }

        mutating func expire(_ time: Int64) {
            while let index = open.indices.min(by: { open[$0].deadline < open[$1].deadline }),
                open[index].deadline <= time
            {
                finish(index, .expired, at: open[index].deadline, from: trades.count)
            }
        }

        mutating func sample(_ time: Int64) {
            while next <= time {
                let inside = (from..<trades.count).filter {
                    trades[$0].time >= next - width && trades[$0].time < next
                }
                if next - width >= since, let high = inside.map({ rows[$0] }).max(),
                    let low = inside.map({ rows[$0] }).min()
                {
                    let zone = Int64(settings.zoneTicks)
                    samples += [flow(inside, high - zone + 1, high).flow.buy].filter { $0 > 0 }
                    samples += [flow(inside, low, low + zone - 1).flow.sell].filter { $0 > 0 }
                }
                next += width
            }
        }

        mutating func receive(_ trade: Trade, tick: Int64) {
            expire(trade.time)
            sample(trade.time)
            let row = trade.price / tick
            var index = 0
            while index < open.count {
                let candidate = open[index]
                if row >= candidate.told.low, row <= candidate.told.high {
                    open[index].told.flow.total += trade.quantity
                    open[index].told.flow.buy += trade.sign > 0 ? trade.quantity : 0
                    open[index].told.flow.sell += trade.sign < 0 ? trade.quantity : 0
                    open[index].told.prints += 1
                    open[index].told.last = Int64(trade.number)
                }
                let edge = candidate.direction > 0 ? candidate.told.high : candidate.told.low
                let beyond = candidate.direction * (row - edge)
                guard beyond > 0 || beyond <= -Int64(settings.confirmTicks) else {
                    index += 1
                    continue
                }
                open[index].told.last = Int64(trade.number)
                finish(index, beyond > 0 ? .failed : .confirmed, at: trade.time, from: trades.count)
            }
            trades.append(trade)
            rows.append(row)
            consider(trade, row)
        }

        mutating func consider(_ trade: Trade, _ row: Int64) {
            guard trade.sign != 0, let threshold, !open.contains(where: { $0.direction == trade.sign }) else { return }
            let inside = (from..<trades.count).filter { trades[$0].time > trade.time - width }
            let inRows = inside.map { rows[$0] }
            let zone = Int64(settings.zoneTicks)
            let top = inRows.max() ?? row
            let bottom = inRows.min() ?? row
            let low = trade.sign > 0 ? max(bottom, top - zone + 1) : bottom
            let high = trade.sign > 0 ? top : min(top, bottom + zone - 1)
            let (flow, places) = flow(inside, low, high)
            guard row >= low, row <= high, (trade.sign > 0 ? flow.buy : flow.sell) >= threshold,
                Double(trade.sign * (flow.buy - flow.sell)) >= settings.share * Double(flow.total)
            else { return }
            let new = AbsorptionTold(
                ending: .open, side: trade.sign > 0 ? .sell : .buy, low: low, high: high, flow: flow,
                prints: Int64(places.count), first: Int64(trades[places[0]].number), last: Int64(trade.number),
                threshold: threshold, start: trades[places[0]].time, end: trade.time)
            told.append(new)
            open.append(
                Open(
                    told: new, direction: trade.sign,
                    deadline: trade.time + DurationText.nanoseconds(settings.expiry)))
        }
    }

    private func settings(_ chance: inout SeededChance) -> Absorption.Settings {
        var settings = Absorption.Settings()
        settings.window = .seconds(5 + chance.below(10))
        settings.zoneTicks = 1 + chance.below(4)
        settings.shareInMillionths = 700_000
        settings.history = 20 + chance.below(20)
        settings.minimumSamples = 5
        settings.share = 0.2
        settings.confirmTicks = 1 + chance.below(4)
        settings.expiry = .seconds(3 + chance.below(20))
        return settings
    }

    @Test func `every candidate and every ending is that of looking at all trades anew`() {
        var endings: [AbsorptionEnding: Int] = [:]
        for round in 0..<Campaign.rounds(12, each: 40) {
            var chance = SeededChance(seed: 380 + Campaign.seed + UInt64(round))
            let settings = settings(&chance)
            var trial = AnalyticTrial([AnalyticChoice(Absorption.self, settings)])
            var recount = Recount(settings)
            var time = 0.0
            var row = 10_000
            for _ in 0..<900 {
                time += chance.below(60) == 0 ? 25 : Double(chance.below(8)) / 10
                row += chance.below(6) == 0 ? chance.below(5) - 2 : 0
                let side: Side = [.buy, .sell, .unknown, chance.below(2) == 0 ? .buy : .sell][chance.below(4)]
                let quantity = 1 + chance.anyMagnitude(bits: 8)
                var copy = trial.made(time, Double(row) / 100, quantity, side)
                // `trade` makes the same trade under the next number.
                copy.number += 1
                recount.receive(copy, tick: 10_000_000)
                trial.trade(time, Double(row) / 100, quantity, side)
            }
            let told = trial.said.map { AbsorptionTold($0, tick: 10_000_000) }
            #expect(told == recount.told, "round \(round)")
            for one in told { endings[one.ending, default: 0] += 1 }
        }
        for ending in [AbsorptionEnding.open, .confirmed, .failed, .expired] {
            #expect(endings[ending, default: 0] > 20, "\(ending)")
        }
    }

    @Test func `the window's sums are those of its trades at any width of the market`() {
        for round in 0..<Campaign.rounds(8, each: 60) {
            var chance = SeededChance(seed: 381 + Campaign.seed + UInt64(round))
            let zone = Int64([1, 2, 5, 100][round % 4])
            var window = AbsorptionWindow(width: 1_000, zone: zone)
            var kept: [WindowTrade] = []
            var row: Int64 = round % 2 == 0 ? 0 : -50_000
            for time in 0..<Int64(800) {
                row += chance.below(4) == 0 ? Int64(chance.below(400)) - 200 : Int64(chance.below(3)) - 1
                let trade = WindowTrade(
                    time: time, number: UInt64(time), row: row, quantity: 1 + chance.anyMagnitude(bits: 40), prints: 1,
                    sign: Int8(chance.below(3) - 1), isInferred: false, marks: 0)
                window.add(trade)
                kept.append(trade)
                if chance.below(5) == 0 {
                    let left = time - Int64(chance.below(60))
                    window.leave(upTo: left)
                    kept.removeAll { $0.time <= left }
                }
                if chance.below(200) == 0 {
                    window.clear()
                    kept = []
                }
                let found = [window.top, window.bottom]
                #expect(found == sums(kept, zone), "round \(round), \(time)")
            }
        }
    }

    @Test func `at the limit of trades equal neighbours are joined, and others leave early`() {
        for isEqual in [true, false] {
            var window = AbsorptionWindow(width: 64_000_000, zone: 3)
            let count = AbsorptionWindow.tradeLimit * 2
            for index in 0..<count {
                window.add(
                    WindowTrade(
                        time: Int64(index), number: UInt64(index), row: isEqual ? 7 : Int64(index % 2), quantity: 1,
                        prints: 1, sign: 1, isInferred: false, marks: 0))
            }
            let total = window.top.total
            let stretch = window.stretch(from: 0, to: 7)
            #expect(stretch.prints == total)
            #expect(isEqual ? total == count : total > count / 4 && total <= AbsorptionWindow.tradeLimit)
            window.leave(upTo: Int64(count))
            let (rest, isEmpty) = (window.top, window.isEmpty)
            #expect(isEmpty && rest == RowFlow())
        }
    }

    @Test func `at the limit of rows the oldest trades leave until the rest fits`() {
        var chance = SeededChance(seed: 382)
        var window = AbsorptionWindow(width: 1_000_000, zone: 5)
        var kept: [WindowTrade] = []
        for time in 0..<Int64(400) {
            let trade = WindowTrade(
                time: time, number: UInt64(time), row: Int64(chance.below(40_000)) - 20_000, quantity: 1, prints: 1,
                sign: 1, isInferred: false, marks: 0)
            window.add(trade)
            kept.append(trade)
            while let low = kept.map(\.row).min(), let high = kept.map(\.row).max(),
                high - low >= AbsorptionWindow.rowLimit
            {
                kept.removeFirst()
            }
            let found = [window.top, window.bottom]
            #expect(found == sums(kept, 5), "\(time)")
        }
        window.add(
            WindowTrade(
                time: 400, number: 0, row: Price.limit, quantity: 1, prints: 1, sign: 1, isInferred: false, marks: 0))
        let (lowest, top) = (window.lowest, window.top)
        #expect(lowest == Price.limit && top.total == 1)
    }

    private func sums(_ kept: [WindowTrade], _ zone: Int64) -> [RowFlow] {
        let (low, high) = (kept.map(\.row).min() ?? 0, kept.map(\.row).max() ?? 0)
        let zones = [high - zone + 1...high, low...low + zone - 1]
        return zones.map { rows in
            kept.filter { rows.contains($0.row) }.reduce(into: RowFlow()) { $0 &+= $1.flow }
        }
    }
}
