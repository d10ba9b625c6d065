import Analytics
import Market
import TestPrograms
import Testing
import Updates

/// What a footprint of one window must be, worked out from its trades with dictionaries and sorting.
struct PlainFootprint {
    struct Row: Equatable {
        var bid: Int64 = 0
        var ask: Int64 = 0
        var neutral: Int64 = 0
        var trades: Int64 = 0
        var volume: Int64 { bid + ask + neutral }
    }

    /// In order of arrival.
    var tape: [Trade] = []
    var delta: Int64 = 0
    var minDelta: Int64 = 0
    var maxDelta: Int64 = 0

    mutating func add(_ trade: Trade) {
        tape.append(trade)
        run(trade.flow)
    }

    mutating func remove(_ number: UInt64) -> Trade? {
        guard let place = tape.firstIndex(where: { $0.number == number }) else { return nil }
        let trade = tape.remove(at: place)
        run(-trade.flow)
        if tape.isEmpty { (delta, minDelta, maxDelta) = (0, 0, 0) }
        return trade
    }

    private mutating func run(_ flow: Int64) {
        delta += flow
        (minDelta, maxDelta) = (min(minDelta, delta), max(maxDelta, delta))
    }

    func rows(_ height: Int64) -> [Int64: Row] {
        var rows: [Int64: Row] = [:]
        for trade in tape {
            let row = Int64((Double(trade.price) / Double(height)).rounded(.down))
            rows[row, default: Row()].trades += 1
            switch trade.sign {
            case 1: rows[row, default: Row()].ask += trade.quantity
            case -1: rows[row, default: Row()].bid += trade.quantity
            default: rows[row, default: Row()].neutral += trade.quantity
            }
        }
        return rows
    }

    /// Rows with an imbalance of one side, for a ratio of 3 and the median as minimum.
    func imbalances(_ rows: [Int64: Row], buy: Bool) -> [Int64] {
        let sorted = rows.values.map(\.volume).sorted()
        guard !sorted.isEmpty else { return [] }
        let median = Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        return rows.keys.sorted().filter { row in
            let (own, other) =
                buy ? (rows[row]?.ask ?? 0, rows[row - 1]?.bid ?? 0) : (rows[row]?.bid ?? 0, rows[row + 1]?.ask ?? 0)
            return other == 0 ? own > 0 && Double(own) >= median : own >= 3 * other
        }
    }

    /// Runs of at least three neighbouring rows.
    static func stacks(_ rows: [Int64]) -> [ClosedRange<Int64>] {
        var runs: [ClosedRange<Int64>] = []
        for row in rows {
            if let last = runs.last, last.upperBound == row - 1 {
                runs[runs.count - 1] = last.lowerBound...row
            } else {
                runs.append(row...row)
            }
        }
        return runs.filter { $0.count >= 3 }
    }

    /// Whether an update says the same, as far as it claims to know.
    func matches(_ update: TrialUpdate, height: Int64) -> Bool {
        let bar = update.footprint
        let rows = rows(height)
        let keys = rows.keys.sorted()
        let buys = imbalances(rows, buy: true)
        let sells = imbalances(rows, buy: false)
        let entries = update.rows
        let stacks = update.stacks
        let first = tape.min { $0.time < $1.time }?.price ?? Price.none.billionths
        let last = tape.max { $0.time < $1.time }?.price ?? Price.none.billionths
        let high = tape.map(\.price).max() ?? Price.none.billionths
        let low = tape.map(\.price).min() ?? Price.none.billionths
        return entries.map(\.price) == keys.map { $0 * height }
            && entries.map { Row(bid: $0.bid, ask: $0.ask, neutral: $0.neutral, trades: $0.trades) }
                == keys.map { rows[$0] ?? Row() }
            && update.prices(.buyImbalance) == buys.map { Double($0 * height) / 1e9 }
            && update.prices(.sellImbalance) == sells.map { Double($0 * height) / 1e9 }
            && stacks.map { $0.low...$0.high }
                == (PlainFootprint.stacks(buys) + PlainFootprint.stacks(sells)).map {
                    $0.lowerBound * height...$0.upperBound * height
                }
            && bar.volume == tape.map(\.quantity).reduce(0, +) && bar.delta == tape.map(\.flow).reduce(0, +)
            && bar.minDelta == minDelta && bar.maxDelta == maxDelta && bar.trades == Int64(tape.count)
            && (update.isLost(.high) || bar.high == high) && (update.isLost(.low) || bar.low == low)
            && (update.isLost(.open) || bar.open == first) && (update.isLost(.close) || bar.close == last)
    }
}

/// A tape with late trades, cancels and corrections, and what it must come to in one width.
private struct ChangedTape: ~Copyable {
    static let horizon = 35.0
    var trial: AnalyticTrial
    var chance: SeededChance
    let width: Double
    let length: Double
    var windows: [Int: PlainFootprint] = [:]
    var known: [Trade] = []
    /// The latest time, and that of the last event that analytics were told of.
    var latest = 0.0
    var now = 0.0
    var events = 0
    var price = 400

    init(seed: UInt64, width: Int, rowTicks: Int, rowLimit: Int) {
        let length = 1000
        var settings = FootprintSettings()
        settings.widths = [.seconds(width)]
        settings.rowTicks = rowTicks
        settings.rowLimit = rowLimit
        trial = AnalyticTrial([AnalyticChoice(Footprint.self, settings)], tick: 0.25, opens: false)
        trial.openSession(length: Int64(length))
        chance = SeededChance(seed: seed)
        self.width = Double(width)
        self.length = Double(length)
    }

    /// A time that no other trade has.
    mutating func unique(_ time: Double) -> Double {
        events += 1
        return (max(time, 0) * 1000).rounded(.down) / 1000 + Double(events) * 1e-7
    }

    mutating func made(_ time: Double) -> Trade {
        price += [-1, 0, 0, 1][chance.below(4)]
        let side = [Side.buy, .sell, .unknown][chance.below(20) == 0 ? 2 : chance.below(2)]
        return trial.made(
            time, Double(price + chance.below(3) - 1) * 0.25, Int64(chance.below(50) + 1), side,
            method: chance.below(4) == 0 ? .tick : .venue)
    }

    func seconds(_ trade: Trade) -> Double { Double(trade.time - AnalyticTrial.open) / 1e9 }
    func window(_ time: Double) -> Int { Int(time / width) }
    /// Whether a change now still reaches a window.
    func reaches(_ window: Int) -> Bool { min(Double(window + 1) * width, length) + Self.horizon >= now }

    mutating func step() {
        switch chance.below(20) {
        case 0:
            now = latest
            trial.show(now)
        case 1...3: addLate()
        case 4...5: takeBack(correcting: false)
        case 6...7: takeBack(correcting: true)
        default: addInTime()
        }
    }

    /// A trade in order, or one that is a little behind but not late for whoever makes the bars.
    mutating func addInTime() {
        let isBehind = chance.below(10) == 0
        if !isBehind {
            latest = min(latest + (chance.below(60) == 0 ? 90 : Double(chance.below(2000)) / 1000), length - 1)
        }
        let time = unique(latest - (isBehind ? Double(chance.below(2000)) / 1000 : 0))
        let trade = made(time)
        latest = max(latest, time)
        now = time
        trial.receive(trade)
        known.append(trade)
        windows[window(time), default: PlainFootprint()].add(trade)
    }

    mutating func addLate() {
        let time = unique(latest - Double(chance.below(60_000)) / 1000)
        // Times of one millisecond are apart by less: what is not before now is not late.
        guard time < latest else { return }
        let trade = made(time)
        trial.change(trade, isRemoval: false, .late)
        guard reaches(window(time)) else { return }
        known.append(trade)
        windows[window(time), default: PlainFootprint()].add(trade)
    }

    mutating func takeBack(correcting: Bool) {
        guard !known.isEmpty else { return }
        let trade = known.remove(at: known.count - 1 - chance.below(min(known.count, 60)))
        trial.change(trade, isRemoval: true, correcting ? .corrected : .cancelled)
        let window = window(seconds(trade))
        let isReached = reaches(window)
        if isReached { _ = windows[window]?.remove(trade.number) }
        guard correcting else { return }
        let right = made(seconds(trade))
        trial.change(right, isRemoval: false, .corrected)
        guard isReached else { return }
        known.append(right)
        windows[window]?.add(right)
    }
}

@Suite struct `A changed footprint` {
    @Test(arguments: [(10, 1, 1024), (60, 1, 1024), (420, 1, 1024), (60, 4, 1024), (420, 1, 16)])
    func `is that of the corrected tape`(width: Int, rowTicks: Int, rowLimit: Int) {
        var coarse = 0
        for seed in 0..<UInt64(Campaign.rounds(12, each: 100)) {
            var tape = ChangedTape(seed: Campaign.seed + seed, width: width, rowTicks: rowTicks, rowLimit: rowLimit)
            for _ in 0..<600 { tape.step() }
            tape.trial.closeSession()
            var last: [Int: TrialUpdate] = [:]
            for update in tape.trial.said where update.layout.kind == "footprint" && update.head.isFinal {
                let window = tape.window(Double(update.head.start.nanoseconds - AnalyticTrial.open) / 1e9)
                let expected = last[window].map { $0.head.revision + 1 } ?? 0
                #expect(update.head.revision == expected, "seed \(seed)")
                last[window] = update
            }
            for (window, plain) in tape.windows where !plain.tape.isEmpty || last[window] != nil {
                let matches = last[window].map { plain.matches($0, height: $0.footprint.rowHeight) } ?? false
                #expect(matches, "seed \(seed), window \(window)")
            }
            #expect(Set(last.keys).isSubset(of: tape.windows.keys), "seed \(seed)")
            let isCoarse = last.values.contains { $0.head.flags.contains(.coarsened) }
            coarse += isCoarse ? 1 : 0
            let isFine = rowTicks == 1 && !isCoarse
            if isFine { #expect(last.values.allSatisfy { !$0.isLost(.high) && !$0.isLost(.low) }) }
        }
        #expect((coarse > 0) == (rowLimit == 16))
    }

    @Test func `is published again with the next revision and its reason`() throws {
        var trial = footprints([60])
        trial.trade(1, 100, 10, .buy)
        let first = trial.made(2, 101, 5, .sell)
        trial.receive(first)
        trial.trade(61, 100, 1, .buy)
        trial.change(first, isRemoval: true, .cancelled)
        trial.change(trial.made(30, 99, 2, .sell), isRemoval: false, .late)
        let said = trial.on("footprint/1m/")
        #expect(said.map(\.head.revision) == [0, 1, 2] && said.allSatisfy { $0.head.isFinal })
        #expect(said.map(\.head.reason) == [RevisionReason.none, .cancelled, .late].map(\.rawValue))
        #expect(said[1].footprint.high == AnalyticTrial.billionths(100) && said[1].footprint.delta == 10)
        #expect(said[2].footprint.low == AnalyticTrial.billionths(99) && said[2].footprint.delta == 8)
        #expect(said[0].head.flags == [] && said[2].head.flags.contains(.inputRevised))
    }

    @Test func `keeps its old prices where nobody knows the next ones, and says so`() throws {
        var trial = footprints([60])
        let opening = trial.made(1, 100, 10, .buy)
        trial.receive(opening)
        trial.trade(2, 101, 5, .sell)
        trial.trade(3, 102, 5, .sell)
        let closing = trial.made(4, 99, 5, .buy)
        trial.receive(closing)
        trial.change(closing, isRemoval: true, .cancelled)
        trial.show(5)
        let shown = try #require(trial.said.last)
        #expect(shown.isLost(.close) && !shown.isLost(.open) && shown.head.flags.contains(.approximate))
        #expect(shown.footprint.close == AnalyticTrial.billionths(100))
        // Another trade closes the bar exactly; a correction at the same instant takes the open's place.
        trial.trade(6, 101, 1, .buy)
        trial.change(opening, isRemoval: true, .corrected)
        trial.change(trial.made(1, 101.5, 9, .buy), isRemoval: false, .corrected)
        trial.show(7)
        let bar = try #require(trial.said.last)
        #expect(bar.footprint.lost == 0 && bar.head.flags == .inputRevised)
        #expect(bar.footprint.open == AnalyticTrial.billionths(101.5))
        #expect(bar.footprint.close == AnalyticTrial.billionths(101))
    }

    @Test func `takes an unknown trade's volume from its sum alone`() throws {
        var trial = footprints([60])
        trial.trade(1, 100, 10, .buy)
        trial.trade(2, 100, 4)
        trial.change(trial.made(1.5, 100, 6, .unknown), isRemoval: true, .cancelled, isApproximate: true)
        trial.clock(60)
        let update = try #require(trial.said.last)
        #expect(update.footprint.volume == 8 && update.footprint.delta == 10 && update.footprint.neutral == 0)
        #expect(update.rows.map(\.ask) == [10] && update.isLost(.volume))
        #expect(update.head.flags == [.approximate, .inputRevised])
    }

    @Test func `is not changed beyond the horizon, nor by a trade taken back twice`() throws {
        var trial = footprints([60])
        let old = trial.made(1, 100, 10, .buy)
        trial.receive(old)
        trial.trade(2, 101, 3, .sell)
        trial.trade(95, 100, 1, .buy)
        trial.change(old, isRemoval: true, .cancelled)
        #expect(trial.said.count == 2)
        // What is no longer there cannot be taken: the volume alone shows it, and says so.
        trial.change(old, isRemoval: true, .cancelled)
        #expect(try #require(trial.said.last).isLost(.volume))
        trial.trade(95.1, 100, 1, .buy)
        trial.change(trial.made(2, 101, 3, .sell), isRemoval: true, .cancelled)
        trial.change(trial.made(3, 100, 3, .sell), isRemoval: false, .late)
        #expect(trial.said.count == 3)
    }

    @Test func `begins with a late trade where its window had none`() throws {
        var trial = footprints([60, 300])
        trial.trade(1, 100, 10, .buy)
        trial.trade(130, 100, 10, .buy)
        trial.change(trial.made(119, 99, 2, .sell), isRemoval: false, .late)
        let late = try #require(trial.said.last)
        #expect(late.topic == "footprint/1m/" && late.head.start.nanoseconds == AnalyticTrial.time(60))
        #expect(late.head.isFinal && late.head.revision == 0 && late.head.reason == RevisionReason.late.rawValue)
        // In the longer bar, which is open, it counts at once.
        trial.clock(300)
        let wide = try #require(trial.on("footprint/5m/").last)
        #expect(wide.footprint.trades == 3 && wide.footprint.low == AnalyticTrial.billionths(99))
    }

    @Test func `knows a trade that is late for a short width alone`() throws {
        var trial = footprints([10, 60])
        trial.trade(5, 100, 10, .buy)
        trial.trade(12, 100, 10, .buy)
        // In order for whoever ends bars each minute, late for those of ten seconds.
        trial.trade(9, 101, 1, .sell)
        let short = trial.on("footprint/10s/")
        #expect(short.map(\.head.revision) == [0, 1] && short[1].footprint.trades == 2)
        trial.clock(60)
        let wide = try #require(trial.on("footprint/1m/").first)
        #expect(wide.footprint.trades == 3 && wide.head.flags == [])
        #expect(wide.footprint.close == AnalyticTrial.billionths(100))
    }

    @Test func `is nothing once all its trades were taken back`() throws {
        var trial = footprints([60])
        let only = trial.made(1, 100, 10, .buy)
        trial.receive(only)
        trial.change(only, isRemoval: true, .cancelled)
        trial.clock(60)
        #expect(trial.said.isEmpty)
        // What readers were shown is taken back in the open.
        let other = trial.made(61, 100, 10, .buy)
        trial.receive(other)
        trial.show(62)
        trial.change(other, isRemoval: true, .cancelled)
        trial.clock(120)
        let last = try #require(trial.said.last)
        #expect(last.head.isFinal && last.footprint.volume == 0 && last.rows.isEmpty)
        #expect(last.footprint.high == Price.none.billionths && last.footprint.open == Price.none.billionths)
    }
}
