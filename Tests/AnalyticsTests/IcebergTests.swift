import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

/// In which order a source tells a trade and the sizes around it.
private enum Arrival: CaseIterable {
    case tradeFirst, sizeFirst, bothSizesFirst, tradeAlone, quoteBehind, quoteAhead

    var isQuote: Bool { self == .quoteBehind || self == .quoteAhead }
}

/// The ask of 100.00 shows `size` and a trade takes it; behind it stands 100.01.
private struct Ask {
    let arrival: Arrival

    func show(_ trial: inout AnalyticTrial, _ seconds: Double, _ size: Int64) {
        if !arrival.isQuote { return trial.showLevel(seconds, .sell, 100, size) }
        if size > 0 { return trial.quote(seconds, 99.99, 10, 100, size) }
        trial.quote(seconds, 99.99, 10, 100.01, 70)
    }

    /// A trade of the whole size, after which it stands there again, or is gone.
    func take(_ trial: inout AnalyticTrial, _ seconds: Double, _ size: Int64, again: Bool) {
        let isAhead = arrival != .tradeFirst && arrival != .quoteBehind && arrival != .tradeAlone
        if !isAhead { trial.trade(seconds, 100, size, .buy) }
        if arrival != .tradeAlone || !again { show(&trial, seconds + 0.0001, 0) }
        if arrival == .bothSizesFirst, again { show(&trial, seconds + 0.005, size) }
        if isAhead { trial.trade(seconds + 0.006, 100, size, .buy) }
        if arrival != .bothSizesFirst, again { show(&trial, seconds + 0.012, size) }
    }
}

/// One iceberg at the ask of 100.00 among other orders; whoever makes it knows the truth.
private struct InventedIceberg {
    struct Truth: Equatable {
        var executed: Int64 = 0
        var refills: Int64 = 0
        var added: Int64 = 0
        var shown: Int64 = 0
    }

    private let isSizeFirst: Bool
    private let peak: Int64
    private var hidden: Int64
    private var own: Int64
    private var others: Int64
    var truth = Truth()
    /// The truth when it first was one by the rule.
    var found: Truth?

    init(_ chance: inout SeededChance) {
        isSizeFirst = chance.below(2) == 0
        peak = Int64(1 + chance.below(30))
        hidden = peak * Int64(chance.below(9))
        own = peak
        others = Int64(chance.below(20))
        truth.shown = size
    }

    /// What stands there.
    var size: Int64 { own + others }

    private mutating func show(_ trial: inout AnalyticTrial, _ time: Double) {
        trial.showLevel(time, .sell, 100, size)
        truth.shown = max(truth.shown, size)
    }

    private mutating func look() {
        guard found == nil, truth.refills >= 3, truth.executed >= 3 * truth.shown else { return }
        found = truth
    }

    /// Somebody else adds to the level.
    mutating func join(_ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double) {
        let more = Int64(1 + chance.below(10))
        others += more
        truth.added += more
        show(&trial, time)
    }

    /// A part of what stands there is taken, the others' first.
    mutating func trade(_ trial: inout AnalyticTrial, _ chance: inout SeededChance, _ time: Double) {
        let taken = Int64(1 + chance.below(Int(size)))
        let first = min(others, taken)
        others -= first
        own -= taken - first
        truth.executed += taken
        if isSizeFirst { trial.showLevel(time, .sell, 100, size) }
        trial.trade(time, 100, taken, .buy)
        if !isSizeFirst { trial.showLevel(time + 0.001, .sell, 100, size) }
        look()
        guard own == 0, hidden > 0 else { return }
        own = min(peak, hidden)
        hidden -= own
        truth.refills += 1
        show(&trial, time + 0.001 + Double(chance.below(148)) / 1000)
        look()
    }
}

extension InventedIceberg.Truth {
    init(_ update: IcebergUpdate) {
        self.init(executed: update.executed, refills: update.refills, added: update.added, shown: update.shown)
    }
}

@Suite struct `Icebergs` {
    @Test func `a level that comes back after trades, vector I1, however trades and sizes are ordered`() throws {
        for arrival in Arrival.allCases {
            var trial = try icebergTrial()
            let ask = Ask(arrival: arrival)
            ask.show(&trial, 1, 50)
            for index in 0..<4 { ask.take(&trial, 2 + Double(index), 50, again: index < 3) }
            trial.clock(60)
            let said = trial.on("iceberg/")
            #expect(said.map(\.head.isFinal) == [false, true], "\(arrival)")
            #expect(trial.endings == ["open", "filled"], "\(arrival)")
            let found = trial.icebergs
            guard let end = found.last, found.count == 2 else { continue }
            #expect(end.executed == 200 && end.shown == 50 && end.refills == 3 && end.hidden == 150, "\(arrival)")
            #expect(end.added == 0 && end.prints == 4 && end.price == 100 * Price.scale, "\(arrival)")
            #expect(end.side == Side.sell.rawValue && end.method == 0 && end.signs == 1)
            #expect(found[0].executed == 150 && found[0].refills == 3, "\(arrival)")
            let findings = trial.set.surroundings.board.findings
            #expect(findings.count == 1 && findings[0].direction == -1 && findings[0].evidence.kind == .iceberg)
        }
    }

    @Test func `a rise that comes too late is an order of somebody else`() throws {
        for (pause, expected) in [(0.15, 2), (0.1500001, 0)] {
            var trial = try icebergTrial()
            trial.showLevel(0, .buy, 100, 50)
            for index in 0..<4 {
                let time = Double(index + 1)
                trial.trade(time, 100, 30, .sell)
                trial.showLevel(time, .buy, 100, 20)
                trial.showLevel(time + pause, .buy, 100, 50)
                trial.trade(time + 0.5, 100, 30, .sell)
                trial.showLevel(time + 0.5, .buy, 100, 20)
                trial.showLevel(time + 0.5 + pause, .buy, 100, 50)
            }
            trial.clock(500)
            #expect(trial.icebergs.count == expected)
            if expected > 0 { #expect(trial.icebergs[1].side == Side.buy.rawValue && trial.endings[1] == "idle") }
        }
    }

    @Test func `what others add and take away is told apart`() throws {
        var trial = try icebergTrial()
        let ask = Ask(arrival: .tradeFirst)
        ask.show(&trial, 0, 10)
        for index in 0..<5 {
            ask.take(&trial, 1 + Double(index), 10, again: true)
            trial.showLevel(1.5 + Double(index), .sell, 100, 13)
            trial.showLevel(1.6 + Double(index), .sell, 100, 10)
        }
        trial.showLevel(9, .sell, 100, 0)
        trial.clock(60)
        #expect(trial.endings == ["open", "cancelled"])
        let end = try #require(trial.icebergs.last)
        #expect(end.executed == 50 && end.shown == 13 && end.added == 15 && end.refills == 5 && end.hidden == 22)
    }

    @Test func `a price that is passed by a better one for too long is left`() throws {
        for (back, ends) in [(4.1, ["open", "filled"]), (4.3, ["open", "left"])] {
            var trial = try icebergTrial()
            let ask = Ask(arrival: .quoteBehind)
            ask.show(&trial, 0, 10)
            for index in 0..<3 { ask.take(&trial, 1 + Double(index), 10, again: true) }
            trial.quote(4, 99.98, 1, 99.99, 5)
            trial.quote(back, 99.98, 1, 100, 10)
            ask.take(&trial, 5, 10, again: false)
            trial.clock(60)
            #expect(trial.endings == ends)
        }
    }

    @Test func `sizes and executions add up as an invented market made them`() throws {
        var told = 0
        for round in 0..<Campaign.rounds(60, each: 300) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            told += try compare(&chance, round)
        }
        #expect(told > 20)
    }

    /// 1 where the iceberg is found.
    private func compare(_ chance: inout SeededChance, _ round: Int) throws -> Int {
        var trial = try icebergTrial()
        var market = InventedIceberg(&chance)
        let clocks = chance.below(2) == 0
        var time = 1.0
        trial.showLevel(0, .sell, 100, market.size)
        while market.size > 0 {
            time += 0.2 + Double(chance.below(1000)) / 1000
            if clocks { trial.clock(time - 0.1) }
            if market.truth.executed > 0, chance.below(4) == 0 {
                market.join(&trial, &chance, time)
            } else {
                market.trade(&trial, &chance, time)
            }
        }
        trial.clock(time + 100)
        let found = trial.icebergs.map(InventedIceberg.Truth.init)
        #expect(found == (market.found.map { [$0, market.truth] } ?? []), "\(round)")
        guard let end = trial.icebergs.last else { return 0 }
        #expect(end.hidden == max(0, end.executed - end.shown - end.added), "\(round)")
        #expect(trial.endings == ["open", "filled"], "\(round)")
        return 1
    }

    @Test func `a gap, a reset, a halt and the session's end cut what is open`() throws {
        for ending in 0..<4 {
            var trial = try icebergTrial()
            let ask = Ask(arrival: .tradeFirst)
            ask.show(&trial, 0, 10)
            for index in 0..<3 { ask.take(&trial, 1 + Double(index), 10, again: true) }
            switch ending {
            case 0: trial.stop(.gap)
            case 1: trial.resetBook(4)
            case 2: trial.stop(.halt)
            default: trial.closeSession()
            }
            #expect(trial.endings == ["open", "cut"], "\(ending)")
            // What was executed before counts no more.
            ask.show(&trial, 4, 10)
            for index in 0..<2 { ask.take(&trial, 5 + Double(index), 10, again: true) }
            trial.clock(100)
            #expect(trial.endings.count == 2, "\(ending)")
        }
    }

    @Test func `off-exchange prints count nowhere, and a trade without a side where the quote puts it`() throws {
        for (marks, expected) in [(MarketEvent.Marks(), 2), (.offExchange, 0)] {
            var trial = try icebergTrial()
            let ask = Ask(arrival: .quoteBehind)
            ask.show(&trial, 0, 10)
            for index in 0..<4 {
                trial.trade(1 + Double(index), 100, 10, marks: marks)
                ask.show(&trial, 1 + Double(index), 0)
                ask.show(&trial, 1.01 + Double(index), 10)
            }
            trial.clock(100)
            #expect(trial.icebergs.count == expected)
        }
    }

    @Test func `a correction at its price and in its time marks it, and the end of the input shows it`() throws {
        var trial = try icebergTrial()
        let ask = Ask(arrival: .tradeFirst)
        ask.show(&trial, 0, Quantity.limit)
        for index in 0..<3 { ask.take(&trial, 1 + Double(index), Quantity.limit, again: true) }
        trial.show(4, isEnding: true)
        trial.change(trial.made(2, 100, 10, .buy), isRemoval: true, .cancelled)
        trial.clock(100)
        #expect(trial.endings == ["open", "open", "idle"])
        #expect(trial.on("iceberg/").map(\.head.flags) == [[], [], .inputRevised])
        #expect(trial.icebergs[2].hidden == 2 * Quantity.limit)
    }

    @Test func `the finest news of the book decides from its first event on`() throws {
        var trial = try icebergTrial()
        let ask = Ask(arrival: .quoteBehind)
        ask.show(&trial, 0, 10)
        for index in 0..<3 { ask.take(&trial, 1 + Double(index), 10, again: true) }
        #expect(trial.endings == ["open"])
        trial.showLevel(4, .sell, 100, 10)
        #expect(trial.endings == ["open", "cut"])
        // Quotes say nothing any more, and neither do trades once there are orders.
        for index in 0..<5 { ask.take(&trial, 5 + Double(index), 10, again: true) }
        #expect(trial.endings.count == 2)
        trial.sendOrder(10, .add, 1, 10)
        let levels = Ask(arrival: .tradeFirst)
        for index in 0..<5 { levels.take(&trial, 11 + Double(index), 10, again: true) }
        trial.clock(100)
        #expect(trial.endings.count == 2)
    }

    @Test func `the prices that are followed are the ones traded last`() throws {
        var trial = try icebergTrial()
        for step in 0..<9 { trial.showLevel(0, .sell, 100 + Double(step) / 100, 10) }
        for _ in 0..<3 {
            trial.trade(1, 100, 10, .buy)
            trial.showLevel(1, .sell, 100, 0)
            trial.showLevel(1.01, .sell, 100, 10)
        }
        #expect(trial.endings == ["open"])
        for step in 1..<9 { trial.trade(2, 100 + Double(step) / 100, 1, .buy) }
        #expect(trial.endings == ["open", "cut"])
    }

    @Test func `settings are read and faults are told`() throws {
        #expect(try icebergSettings("{}").faults == [])
        #expect(try icebergSettings(Iceberg.example).faults == [])
        for text in [
            #"{ "within": "10s", "idle": "5s" }"#, #"{ "refills": 0 }"#, #"{ "ratio": 1.5 }"#, #"{ "dt": "1s" }"#,
        ] {
            #expect(try icebergSettings(text).faults.count == 1, "\(text)")
        }
    }

    @Test func `fields tile the body`() {
        #expect(fieldsTile(IcebergUpdate.layout) && IcebergUpdate.layout.template == 36)
        #expect(MemoryLayout<IcebergUpdate>.size == 104 && MemoryLayout<IcebergUpdate>.stride == 104)
    }
}
