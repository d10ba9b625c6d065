@testable import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

/// What an update of a touch says, without the parts that the tests leave open.
private struct Told: Equatable {
    var node: TouchNode
    /// Hundredths.
    var level: Int64
    var age: Int64
    var approach: TouchApproach
    var isThrough: Bool
    var last: Int64

    init(node: TouchNode, level: Int64, age: Int64, approach: TouchApproach, isThrough: Bool, last: Int64) {
        self.node = node
        self.level = level
        self.age = age
        self.approach = approach
        self.isThrough = isThrough
        self.last = last
    }

    init(_ update: TrialUpdate) {
        let body: TouchUpdate = update.body()
        self.init(
            node: TouchNode(rawValue: body.node) ?? .lowNode, level: body.level / 10_000_000, age: body.age,
            approach: TouchApproach(rawValue: body.approach) ?? .none, isThrough: body.through == 1, last: body.last)
    }
}

/// A symbol with days and profiles; prices in hundredths, rows a hundredth high.
private struct Days: ~Copyable {
    var trial: AnalyticTrial
    var day: Int64 = -1
    var second = 0.0

    init(_ settings: Touch.Settings) {
        trial = AnalyticTrial([AnalyticChoice(Touch.self, settings)], opens: false)
    }

    /// Begins the next session; the one before left a point of control and low nodes.
    mutating func open(control: Int64?, nodes: [Int64] = []) {
        if day >= 0 { trial.closeSession() }
        day += 1
        second = Double(day) * 86_400
        trial.set.refresh(AnalyticTrial.time(second)) { board in
            board.priorArea = control.map { AreaReading($0 * 10_000_000) }
            board.priorLowNodes = nodes.map { $0 * 10_000_000 }
            board.area = nil
            board.lowNodes = []
        }
        trial.openSession(day: day)
    }

    /// Ends a minute in which the profile got these low nodes.
    mutating func develop(_ nodes: [Int64]) {
        trial.set.refresh(AnalyticTrial.time(second)) { board in
            board.area = AreaReading(0)
            board.lowNodes = nodes.map { $0 * 10_000_000 }
        }
        trial.bar(
            "1m", from: second, to: second + 60, open: 1, high: 1, low: 1, close: 1, volume: 1)
        second += 60
    }

    mutating func trade(_ price: Int64, marks: MarketEvent.Marks = []) {
        second += 1
        trial.trade(second, Double(price) / 100, 1, .buy, marks: marks)
    }

    var told: [Told] { trial.said.map { Told($0) } }
}

extension AreaReading {
    fileprivate init(_ control: Int64) {
        self.init(control: control, high: control, low: control, rowHeight: 10_000_000)
    }
}

@Suite struct `Touch examples` {
    private func days(leave: Int = 4, lookback: Int = 80) -> Days {
        var settings = Touch.Settings()
        settings.leave = leave
        settings.lookback = lookback
        return Days(settings)
    }

    @Test func `a low node is told once, and again when the price has left it`() {
        var days = days()
        days.open(control: nil)
        days.open(control: 200, nodes: [100])
        for price: Int64 in [97, 99, 100, 100, 101, 100, 103, 100] { days.trade(price) }
        let first = Told(node: .lowNode, level: 100, age: 1, approach: .fromBelow, isThrough: false, last: 3)
        #expect(days.told == [first])
        // Four ticks away, and back from above.
        days.trade(104)
        days.trade(100)
        days.trade(97)
        days.trade(100)
        days.trade(96)
        days.trade(100)
        #expect(days.told.map(\.approach) == [.fromBelow, .fromAbove, .fromBelow])
        #expect(days.told.map(\.last) == [3, 10, 14])
        let findings = days.trial.set.surroundings.board.findings
        #expect(findings.map(\.evidence.kind) == [.lowNode, .lowNode, .lowNode])
        #expect(findings[0].low == 100 * 10_000_000 && findings[0].high == 101 * 10_000_000)
    }

    @Test func `a jump over a low node is no touch`() {
        var days = days()
        days.open(control: 200, nodes: [100])
        for price: Int64 in [90, 110, 90] { days.trade(price) }
        #expect(days.told.isEmpty)
        days.trade(100)
        #expect(days.told.count == 1)
    }

    @Test func `a naked control is told once, with its age, whether met or jumped over`() {
        var days = days()
        days.open(control: 100)
        days.trade(150)
        days.open(control: 200)
        days.trade(150)
        days.trade(151)
        days.open(control: 150)
        days.trade(160)
        days.trade(100)
        days.trade(150)
        days.trade(210)
        days.trade(200)
        let expected = [
            Told(node: .nakedControl, level: 100, age: 3, approach: .fromAbove, isThrough: false, last: 5),
            Told(node: .nakedControl, level: 150, age: 1, approach: .fromAbove, isThrough: true, last: 5),
            Told(node: .nakedControl, level: 200, age: 2, approach: .fromBelow, isThrough: true, last: 7),
        ]
        #expect(days.told == expected)
        let through: TouchUpdate = days.trial.said[2].body()
        #expect(through.first == 6 && through.prints == 2 && through.price == 210 * 10_000_000)
        #expect(through.date == 20_231_116)
        #expect(days.trial.said[2].head.start.nanoseconds == AnalyticTrial.time(2 * 86_400 + 3))
        #expect(days.trial.set.surroundings.board.findings.map(\.direction) == [0, 0, 0])
    }

    @Test func `what the price does between sessions meets nothing but what it opens in`() {
        var days = days()
        days.open(control: 100)
        days.trade(50)
        days.open(control: 51)
        // From 50 to 150 over both, and none of them traded.
        days.trade(150)
        #expect(days.told.isEmpty)
        days.open(control: 150)
        days.trade(51)
        #expect(days.told.map(\.approach) == [.none] && days.told.map(\.level) == [51])
        let body: TouchUpdate = days.trial.said[0].body()
        #expect(body.first == body.last && body.prints == 1)
        #expect(days.trial.said[0].head.start.nanoseconds == AnalyticTrial.time(2 * 86_400))
    }

    @Test func `after the lookback a control is forgotten, and a session without trades leaves none`() {
        var days = days(lookback: 2)
        days.open(control: 100)
        days.trade(1)
        days.open(control: 1)
        days.trade(1)
        days.open(control: 1)
        days.trade(100)
        #expect(days.told.map(\.level) == [1])
        // The board still tells of the session before the one that did not trade.
        var quiet = self.days()
        quiet.open(control: 100)
        quiet.trade(100)
        quiet.open(control: 100)
        quiet.open(control: 100)
        quiet.trade(100)
        #expect(quiet.told.map(\.age) == [1, 2])
    }

    @Test func `developing nodes are told, new ones once the price has been away`() {
        var days = days()
        days.open(control: nil)
        days.trade(100)
        days.develop([102, 120])
        days.trade(102)
        #expect(days.told.isEmpty)
        days.trade(106)
        days.trade(102)
        #expect(days.told.map(\.level) == [102] && days.told.map(\.age) == [0])
        // A node that stays has been told; one that went and came back is new.
        days.develop([102, 130])
        days.trade(120)
        days.trade(130)
        days.develop([])
        days.trade(102)
        #expect(days.told.map(\.level) == [102, 130])
    }

    @Test func `off-exchange reports and prices that must not move anything meet nothing`() {
        var days = days()
        days.open(control: 100, nodes: [90])
        days.trade(100, marks: .offExchange)
        days.trade(90, marks: .volumeOnly)
        #expect(days.told.isEmpty)
    }

    @Test func `a gap before the touch shows in its coverage, a changed trade in its flags`() {
        var days = days()
        days.open(control: 100)
        days.trade(50)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(1)),
            to: Timestamp(nanoseconds: AnalyticTrial.time(1.5)))
        days.trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(1.5))
        let wrong = days.trial.made(1, 0.5, 1, .buy)
        days.trial.change(wrong, isRemoval: true, .cancelled)
        days.trade(150)
        #expect(days.trial.said.map(\.head.coverage) == [0.5])
        #expect(days.trial.said.map { $0.head.flags == .inputRevised } == [true])
    }

    @Test func `more nodes than the limit are cut from above`() {
        var days = days()
        let nodes = (0..<Int64(TouchLevels.nodeLimit + 1)).map { 1_000 + 10 * $0 }
        days.open(control: nil)
        days.trade(1)
        days.open(control: 1, nodes: nodes)
        days.trade(nodes[TouchLevels.nodeLimit - 1])
        days.trade(nodes[TouchLevels.nodeLimit])
        #expect(days.told.map(\.level) == [nodes[TouchLevels.nodeLimit - 1]])
    }
}

@Suite struct `Touch by hand` {
    /// The same definition, each level after the other at every trade.
    private struct Recount {
        struct Level {
            var price: Int64
            var session: Int
            var isNode: Bool
            var isDeveloping = false
            var isArmed = true
        }
        let leave: Int64
        let lookback: Int
        var session = 0
        var levels: [Level] = []
        var last: Int64?
        var number: Int64 = 0
        var told: [Told] = []

        func isAway(_ price: Int64, _ level: Int64) -> Bool { abs(price - level) >= leave }

        mutating func open(_ control: Int64, _ nodes: [Int64]) {
            session += 1
            levels = levels.filter { !$0.isNode && session - $0.session <= lookback }
            if !levels.contains(where: { $0.price == control }) {
                levels.append(Level(price: control, session: session - 1, isNode: false))
            }
            levels += nodes.map { Level(price: $0, session: session - 1, isNode: true) }
            last = nil
        }

        mutating func develop(_ nodes: [Int64]) {
            let before = levels.filter(\.isDeveloping)
            levels.removeAll(where: \.isDeveloping)
            for node in nodes {
                let isArmed =
                    before.first { $0.price == node }?.isArmed ?? last.map { isAway($0, node) } ?? true
                levels.append(Level(price: node, session: session, isNode: true, isDeveloping: true, isArmed: isArmed))
            }
        }

        mutating func trade(_ price: Int64) {
            number += 1
            var gone: [Int] = []
            for index in levels.indices {
                let level = levels[index]
                if !level.isArmed {
                    levels[index].isArmed = isAway(price, level.price)
                    continue
                }
                let isOver = last.map { ($0 < level.price) != (price < level.price) && price != level.price } ?? false
                guard price == level.price || (!level.isNode && isOver && last != level.price) else { continue }
                let approach: TouchApproach = last.map { $0 < level.price ? .fromBelow : .fromAbove } ?? .none
                told.append(
                    Told(
                        node: level.isNode ? .lowNode : .nakedControl, level: level.price,
                        age: Int64(session - level.session), approach: approach, isThrough: price != level.price,
                        last: number))
                levels[index].isArmed = false
                if !level.isNode { gone.append(index) }
            }
            for index in gone.reversed() { levels.remove(at: index) }
            last = price
        }
    }

    @Test func `every touch is that of looking at all levels at each trade`() {
        var counts: [TouchNode: Int] = [:]
        for round in 0..<Campaign.rounds(10, each: 60) {
            var chance = SeededChance(seed: 410 + Campaign.seed + UInt64(round))
            var settings = Touch.Settings()
            settings.leave = 1 + chance.below(5)
            settings.lookback = 1 + chance.below(4)
            var days = Days(settings)
            var recount = Recount(leave: Int64(settings.leave), lookback: settings.lookback)
            var price: Int64 = 1_000
            func nodes(_ chance: inout SeededChance) -> [Int64] {
                Set((0..<chance.below(6)).map { _ in price + Int64(chance.below(80)) - 40 }).sorted()
            }
            for _ in 0..<8 {
                price += Int64(chance.below(41)) - 20
                let (control, prior) = (price + Int64(chance.below(31)) - 15, nodes(&chance))
                days.open(control: control, nodes: prior)
                recount.open(control, prior)
                for _ in 0..<200 {
                    if chance.below(25) == 0 {
                        let developing = nodes(&chance)
                        days.develop(developing)
                        recount.develop(developing)
                    }
                    price += chance.below(10) == 0 ? Int64(chance.below(21)) - 10 : Int64(chance.below(3)) - 1
                    days.trade(price)
                    recount.trade(price)
                }
            }
            let told = days.told
            #expect(told == recount.told, "round \(round)")
            for one in told { counts[one.node, default: 0] += 1 }
        }
        #expect(counts[.lowNode, default: 0] > 100 && counts[.nakedControl, default: 0] > 20)
    }
}
