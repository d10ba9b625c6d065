@testable import Analytics
import Graph
import Market
import Testing
import TestPrograms
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
