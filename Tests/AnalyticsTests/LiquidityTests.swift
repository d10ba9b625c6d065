import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

private typealias Make = BookEvents

@Suite struct `Liquidity of a book` {
    private static let none = Price.none.billionths

    private func trial(
        levels: Int = 5, weights: LiquiditySettings.Weights = .equal, ladder: Int = 0, interval: Duration = .seconds(1),
        microprice: MicropriceTable? = nil, opens: Bool = true
    ) -> AnalyticTrial {
        var settings = LiquiditySettings()
        (settings.levels, settings.weights, settings.ladder) = (levels, weights, ladder)
        (settings.interval, settings.microprice) = (interval, microprice)
        return AnalyticTrial([AnalyticChoice(Liquidity.self, settings)], opens: opens)
    }

    private func bodies(_ trial: borrowing AnalyticTrial) -> [LiquidityUpdate] {
        trial.on("liquidity/").map { $0.body() }
    }

    private func flows(_ update: TrialUpdate) -> [Int64] { update.group(0) }

    /// The vector of Cont, Kukanov and Stoikov's flow: bid, its size, ask, its size; and the flow of each.
    private static let quotes: [(Double, Int64, Double, Int64, Int64)] = [
        (100, 10, 101, 8, 0), (100, 15, 101, 8, 5), (101, 5, 102, 7, 13), (101, 5, 102, 3, 4), (100, 9, 102, 3, -5),
        (100, 9, 101, 4, -4),
    ]

    @Test func `the flow of quotes is that of the vector, step by step and over the window`() {
        var each = trial(interval: .zero)
        var window = trial(interval: .seconds(10))
        for (index, (bid, bidSize, ask, askSize, _)) in Self.quotes.enumerated() {
            each.quote(Double(index), bid, bidSize, ask, askSize)
            window.quote(Double(index), bid, bidSize, ask, askSize)
        }
        #expect(bodies(each).map(\.flow) == Self.quotes.map(\.4))
        #expect(bodies(each).map(\.steps) == [0, 1, 1, 1, 1, 1])
        #expect(bodies(window).isEmpty)
        window.clock(10)
        let said = window.on("liquidity/")
        let body: LiquidityUpdate = said[0].body()
        #expect(said.count == 1 && body.flow == 13 && body.depthFlow == 13 && body.steps == 5 && body.ends == 6)
        #expect(flows(said[0]) == [13] && body.source == LiquidityUpdate.Source.quotes.rawValue)
        #expect(said[0].head.isFinal && said[0].head.end.nanoseconds == AnalyticTrial.time(10))
        #expect(body.marks == .flowBegan && body.bidDepth == 9 && body.askDepth == 4)
    }

    @Test func `the flow of a book is that of its best bid and ask`() {
        var each = trial(interval: .zero)
        var last: (Double, Double)?
        for (index, (bid, bidSize, ask, askSize, _)) in Self.quotes.enumerated() {
            let time = Double(index)
            if let last {
                each.book(Make.level(time, .buy, last.0, 0, last: false))
                each.book(Make.level(time, .sell, last.1, 0, last: false))
            }
            each.book(Make.level(time, .buy, bid, bidSize, last: false))
            each.book(Make.level(time, .sell, ask, askSize))
            last = (bid, ask)
        }
        #expect(bodies(each).map(\.flow) == Self.quotes.map(\.4))
        let state = each.set.surroundings.bookState
        #expect(state == .whole)
    }

    @Test func `touch, depth and imbalance are those of the vector`() {
        var trial = trial(levels: 2, interval: .zero)
        trial.quote(0, 100, 900, 100.02, 300)
        var body = bodies(trial)[0]
        #expect(body.imbalance == 0.75 && body.tilt == 0.5 && abs(body.weightedMiddle - 100.015) < 1e-10)
        #expect(body.depthImbalance == 0.75 && body.depthTilt == 0.5 && body.microprice.isNaN && body.trained == 0)
        #expect(body.spread == 20_000_000 && body.sound == 1 && body.time == AnalyticTrial.time(0))
        trial.book(Make.level(1, .buy, 100, 9, last: false))
        trial.book(Make.level(1, .buy, 99, 6, last: false))
        trial.book(Make.level(1, .buy, 98, 100, last: false))
        trial.book(Make.level(1, .sell, 101, 5))
        body = bodies(trial)[1]
        #expect(body.bidDepth == 15 && body.askDepth == 5 && body.depthImbalance == 0.75 && body.depthTilt == 0.5)
        #expect(body.imbalance == 9.0 / 14 && body.flow == 0 && body.source == LiquidityUpdate.Source.levels.rawValue)
    }

    @Test func `weights fall from level to level where they are asked for`() {
        var trial = trial(levels: 3, weights: .exponential, interval: .zero)
        for (rank, size) in [Int64(4), 8, 2].enumerated() {
            trial.book(Make.level(0, .buy, 100 - Double(rank), size, last: false))
        }
        trial.book(Make.level(0, .sell, 101, 6))
        let body = bodies(trial)[0]
        let bids = 4 + 8 * 0.6065306597126334 + 2 * 0.36787944117144233
        #expect(abs(body.depthImbalance - bids / (bids + 6)) < 1e-15)
        #expect(abs(body.depthTilt - (bids - 6) / (bids + 6)) < 1e-15 && body.bidDepth == 14)
    }

    @Test func `a trained table gives the microprice`() {
        let table = MicropriceTable(buckets: 2, spreads: 1, adjustments: [-0.25, 0.25])
        var trial = trial(interval: .zero, microprice: table)
        trial.quote(0, 100, 9, 100.01, 1)
        trial.quote(1, 100, 9, 100.02, 1)
        let said = bodies(trial)
        #expect(abs(said[0].microprice - 100.0075) < 1e-10 && said[0].trained == 1 && said[1].microprice.isNaN)
    }

    @Test func `one side makes an imbalance of one or none, an empty book leaves it open`() {
        var trial = trial(ladder: 3, interval: .zero)
        trial.book(Make.level(0, .buy, 100, 9))
        trial.book(Make.level(1, .buy, 100, 0))
        trial.book(Make.level(2, .sell, 100, 4))
        let said = bodies(trial)
        #expect(said.map(\.bid) == [100 * Price.scale, Self.none, Self.none])
        #expect(said[0].imbalance == 1 && said[0].depthTilt == 1 && said[0].marks.contains(.askEmpty))
        #expect(said[1].imbalance.isNaN && said[1].depthImbalance.isNaN && said[1].weightedMiddle.isNaN)
        #expect(said[2].imbalance == 0 && said[2].depthTilt == -1 && said[2].middle.isNaN && said[2].sound == 0)
        // What comes to an empty side or leaves it flows whole.
        #expect(said.map(\.flow) == [0, -9, -4])
        let ladder = trial.on("ladder/")
        #expect(ladder.map { $0.group(0, as: BookLevel.self).count } == [1, 0, 0])
        #expect(ladder[2].group(1) == [BookLevel(price: 100 * Price.scale, size: 4, orders: 0)])
    }

    @Test func `a ladder lists levels best first, with their orders`() {
        var trial = trial(levels: 1, ladder: 2)
        for (number, price) in [100.0, 99, 98, 100].enumerated() {
            trial.book(Make.order(0, .add, UInt64(number), .buy, price, Int64(number + 1)))
        }
        trial.book(Make.order(0.5, .add, 9, .sell, 101, 7))
        trial.clock(1)
        let ladder = trial.on("ladder/")
        #expect(ladder.count == 1 && ladder[0].head.isFinal)
        let body: LadderUpdate = ladder[0].body()
        #expect(body.bidLevels == 2 && body.askLevels == 1 && body.time == AnalyticTrial.time(0.5))
        #expect(
            ladder[0].group(0) == [
                BookLevel(price: 100 * Price.scale, size: 5, orders: 2),
                BookLevel(price: 99 * Price.scale, size: 2, orders: 1),
            ])
        #expect(ladder[0].group(1) == [BookLevel(price: 101 * Price.scale, size: 7, orders: 1)])
        #expect(bodies(trial)[0].source == LiquidityUpdate.Source.orders.rawValue)
    }

    @Test func `quotes have an empty ladder`() {
        var trial = trial(ladder: 2)
        trial.quote(0, 100, 9, 101, 1)
        trial.clock(1)
        let ladder = trial.on("ladder/")
        #expect(ladder.count == 1 && ladder[0].group(0, as: BookLevel.self).isEmpty)
    }

    // MARK: Windows

    @Test func `a window shows what stood at its end, and silence is not published`() {
        var trial = trial(interval: .seconds(10))
        trial.quote(1, 100, 9, 101, 1)
        trial.quote(9.5, 100, 4, 101, 1)
        trial.quote(47, 100, 6, 101, 1)
        trial.clock(60)
        let said = trial.on("liquidity/")
        #expect(said.map { $0.head.start.nanoseconds } == [0, 40].map(AnalyticTrial.time))
        #expect(said.map { $0.head.end.nanoseconds } == [10, 50].map(AnalyticTrial.time))
        #expect(said.allSatisfy(\.head.isFinal) && said.map(\.head.number) == [1, 2])
        #expect(bodies(trial).map(\.bidSize) == [4, 6] && bodies(trial).map(\.flow) == [-5, 2])
    }

    @Test func `an end in the midst of a group publishes what the last group left`() {
        var trial = trial(levels: 2, ladder: 2)
        trial.book(Make.level(0, .buy, 100, 9, last: false))
        trial.book(Make.level(0, .sell, 101, 1))
        trial.book(Make.level(0.9, .buy, 102, 5, last: false))
        trial.clock(1)
        let said = bodies(trial)
        #expect(said.count == 1 && said[0].bid == 100 * Price.scale && said[0].bidDepth == 9)
        #expect(trial.on("ladder/")[0].group(0) == [BookLevel(price: 100 * Price.scale, size: 9, orders: 0)])
        trial.book(Make.level(0.9, .sell, 101, 0))
        trial.clock(3)
        // It belongs to the window after the one that was published.
        #expect(trial.on("liquidity/")[1].head.start.nanoseconds == AnalyticTrial.time(1))
        #expect(bodies(trial)[1].bid == 102 * Price.scale && bodies(trial)[1].flow == 5 + 1)
    }

    @Test func `a growing window is shown, and shown once more at the end of the input`() {
        var trial = trial(interval: .seconds(10))
        trial.show(0)
        trial.quote(1, 100, 9, 101, 1)
        trial.show(2)
        trial.show(3)
        trial.quote(4, 100, 7, 101, 1)
        trial.show(5)
        trial.show(6, isEnding: true)
        let said = trial.on("liquidity/")
        #expect(said.map { $0.head.end.nanoseconds } == [2, 5, 6].map(AnalyticTrial.time))
        #expect(said.allSatisfy { !$0.head.isFinal && $0.head.reason == RevisionReason.live.rawValue })
        #expect(bodies(trial).map(\.flow) == [0, -2, -2])
        trial.clock(10)
        #expect(bodies(trial).last?.flow == -2 && trial.on("liquidity/").last?.head.isFinal == true)
    }

    @Test func `a session's end closes the window, and the next one goes on from the book that stands`() {
        var trial = trial(interval: .seconds(10))
        trial.quote(86_395, 100, 9, 101, 1)
        trial.closeSession()
        #expect(trial.on("liquidity/").map { $0.head.end.nanoseconds } == [AnalyticTrial.time(86_400)])
        // Between sessions nothing is published, but all is seen.
        trial.quote(86_398, 100, 5, 101, 1)
        trial.openSession(day: 2)
        trial.quote(2 * 86_400 + 1, 100, 6, 101, 1)
        trial.clock(2 * 86_400 + 10)
        #expect(trial.on("liquidity/").count == 2)
        #expect(bodies(trial)[1].flow == 1 && bodies(trial)[1].steps == 1 && bodies(trial)[1].ends == 1)
    }

    @Test func `before a session nothing is published`() {
        var trial = trial(interval: .zero, opens: false)
        trial.quote(1, 100, 9, 101, 1)
        trial.book(Make.level(2, .buy, 100, 9))
        trial.show(3, isEnding: true)
        #expect(trial.on("liquidity/").isEmpty)
    }

    @Test func `without windows only what changes the watched levels is published`() {
        var trial = trial(levels: 2, interval: .zero)
        for price in [100.0, 99, 98, 97] { trial.book(Make.level(0, .buy, price, 5)) }
        trial.book(Make.level(1, .buy, 97, 6))
        trial.book(Make.level(1, .buy, 99, 5))
        trial.book(Make.level(2, .buy, 99, 6))
        let said = trial.on("liquidity/")
        #expect(said.map { $0.head.end.nanoseconds } == [0, 0, 2].map(AnalyticTrial.time))
        #expect(said.map { $0.head.start.nanoseconds } == [0, 0, 0].map(AnalyticTrial.time))
        #expect(bodies(trial).map(\.ends) == [1, 1, 5] && bodies(trial).map(\.depthFlow) == [0, 5, 1])
    }

    // MARK: Layouts

    @Test func `fields tile each body and each row`() {
        for layout in Liquidity.layouts {
            for (fields, size) in [(layout.fields, layout.size)] + layout.groups.map({ ($0.fields, $0.size) }) {
                var next = 0
                for field in fields {
                    #expect(field.offset == next, "\(layout.kind) \(field.name)")
                    next += field.type.size
                    #expect(field.meaning.hasSuffix("."))
                }
                #expect(next == size && size % 8 == 0, "\(layout.kind)")
                #expect(Set(fields.map(\.name)).count == fields.count)
            }
        }
        #expect(Liquidity.layouts.map(\.template) == [20, 21])
        #expect(MemoryLayout<LiquidityUpdate>.size == LiquidityUpdate.layout.size)
        #expect(MemoryLayout<LiquidityUpdate>.stride == LiquidityUpdate.layout.size)
    }
}
