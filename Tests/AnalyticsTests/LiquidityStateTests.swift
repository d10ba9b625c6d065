import Analytics
import Market
import Testing
import Updates

private typealias Make = BookEvents

@Suite struct `The state of a book` {
    private static let none = Price.none.billionths

    private func trial(interval: Duration = .zero) -> AnalyticTrial {
        var settings = LiquiditySettings()
        (settings.interval, settings.levels) = (interval, 3)
        return AnalyticTrial([AnalyticChoice(Liquidity.self, settings)])
    }

    private func bodies(_ trial: borrowing AnalyticTrial) -> [LiquidityUpdate] {
        trial.on("liquidity/").map { $0.body() }
    }

    private func states(_ trial: borrowing AnalyticTrial) -> [BookState?] {
        bodies(trial).map { BookState(rawValue: $0.bookState) }
    }

    /// The best bid and ask that others know of, in units.
    private func told(_ trial: borrowing AnalyticTrial) -> [Double] {
        let quote = trial.set.surroundings.quote
        return [quote.bid, quote.ask].map { $0 == Self.none ? -1 : Double($0) / 1e9 }
    }

    private func bookState(_ trial: borrowing AnalyticTrial) -> BookState { trial.set.surroundings.bookState }

    @Test func `a gap withdraws the book, and the first end after the next snapshot begins the flow anew`() {
        var trial = trial()
        trial.book(Make.level(0, .buy, 100, 9, last: false))
        trial.book(Make.level(0, .sell, 101, 1))
        trial.stop(.gap)
        #expect(bookState(trial) == .resyncing && told(trial) == [-1, -1])
        trial.book(Make.level(1, .buy, 50, 1))
        trial.book(Make.reset(2, .lastOfGroup))
        #expect(bodies(trial).count == 2)
        trial.book(Make.reset(3, .snapshot))
        trial.book(Make.level(3, .buy, 99, 4, last: false, marks: .snapshot))
        #expect(bookState(trial) == .resyncing)
        trial.book(Make.level(3, .sell, 101, 8, marks: .snapshot))
        trial.book(Make.level(4, .buy, 99, 6))
        #expect(states(trial) == [.whole, .resyncing, .whole, .whole] && bookState(trial) == .whole)
        #expect(bodies(trial).map(\.flow) == [0, 0, 0, 2] && bodies(trial).map(\.steps) == [0, 0, 0, 1])
        #expect(bodies(trial).map(\.bid) == [100, -1, 99, 99].map { $0 < 0 ? Self.none : $0 * Price.scale })
        #expect(bodies(trial)[1].imbalance.isNaN && bodies(trial)[1].askSize == 0 && bodies(trial)[1].ends == 0)
        #expect(told(trial) == [99, 101])
    }

    @Test func `the head has the worst state of the window`() {
        var trial = trial(interval: .seconds(10))
        trial.book(Make.level(0, .buy, 100, 9))
        trial.stop(.gap)
        trial.book(Make.reset(2, .snapshot))
        trial.book(Make.level(2, .buy, 99, 4, marks: .snapshot))
        trial.book(Make.level(12, .buy, 99, 5))
        trial.clock(20)
        let said = trial.on("liquidity/")
        #expect(said.map(\.head.quality.bookState) == [.resyncing, .whole] && states(trial) == [.whole, .whole])
        #expect(bodies(trial).map(\.flow) == [0, 1])
    }

    @Test func `a snapshot of a book that is whole begins the flow anew without a word between`() {
        var trial = trial()
        trial.book(Make.level(0, .buy, 100, 9))
        trial.book(Make.reset(1, .snapshot))
        #expect(bookState(trial) == .whole && told(trial) == [100, -1])
        trial.book(Make.level(1, .buy, 100, 4, marks: .snapshot))
        trial.book(Make.level(2, .buy, 100, 5))
        #expect(bodies(trial).map(\.flow) == [0, 0, 1] && states(trial) == [.whole, .whole, .whole])
    }

    @Test func `a crossed and a locked book are counted, and left out of the flow`() {
        var trial = trial(interval: .seconds(10))
        trial.book(Make.level(0, .buy, 100, 9, last: false))
        trial.book(Make.level(0, .sell, 102, 5))
        trial.book(Make.level(1, .buy, 103, 2))
        #expect(bookState(trial) == .crossed && told(trial) == [103, 102])
        trial.book(Make.level(2, .buy, 103, 0, last: false))
        trial.book(Make.level(2, .buy, 102, 3))
        #expect(bookState(trial) == .crossed)
        trial.book(Make.level(3, .buy, 102, 0))
        trial.book(Make.level(4, .buy, 100, 8))
        trial.clock(10)
        let body = bodies(trial)[0]
        #expect(body.crossedEnds == 1 && body.lockedEnds == 1 && body.ends == 5 && body.steps == 1 && body.flow == -1)
        #expect(states(trial) == [.whole] && trial.on("liquidity/")[0].head.quality.bookState == .crossed)
    }

    @Test func `a crossed quote is a crossed state, a locked one is not`() {
        var trial = trial()
        trial.quote(0, 1.1, 1_000_000, 1.2, 1_000_000)
        trial.quote(1, 1.25, 1_000_000, 1.2, 2_000_000)
        #expect(bookState(trial) == .crossed)
        trial.quote(2, 1.2, 2_000_000, 1.2, 2_000_000)
        #expect(bookState(trial) == .none)
        trial.quote(3, 1.2, 3_000_000, 1.2, 2_000_000)
        let said = bodies(trial)
        #expect(said.map(\.crossedEnds) == [0, 1, 0, 0] && said.map(\.lockedEnds) == [0, 0, 1, 1])
        #expect(said.map(\.flow) == [0, 0, 0, 1_000_000] && said[1].spread == -50_000_000 && said[1].sound == 0)
        #expect(said[1].marks == [.crossed, .flowBegan] && said[3].marks == .locked)
    }

    @Test func `a gap between quotes begins the flow anew, and nothing stands until the next`() {
        var trial = trial()
        trial.stop(.gap)
        trial.quote(0, 100, 9, 101, 1)
        trial.stop(.gap)
        trial.quote(1, 100, 5, 101, 1)
        trial.book(Make.reset(2, .lastOfGroup))
        trial.quote(3, 100, 7, 101, 1)
        trial.quote(3, 100, 8, 101, 1)
        #expect(bodies(trial).map(\.flow) == [0, 0, 0, 0, 0, 1])
        #expect(bodies(trial).map(\.bidSize) == [9, 0, 5, 0, 7, 8] && bookState(trial) == .none)
    }

    @Test func `impossible quotes are refused and counted`() {
        var trial = trial(interval: .seconds(10))
        trial.quote(0, 100, 9, 101, 1)
        trial.quote(1, 100, -1, 101, 1)
        trial.quote(2, -5, 1, 101, 1)
        trial.quote(3, 100, 1, 101, Quantity.limit + 1)
        trial.clock(10)
        #expect(bodies(trial).map(\.refused) == [3] && bodies(trial).map(\.bidSize) == [9])
    }

    @Test func `bad changes of a book are counted in their window`() {
        var trial = trial(interval: .seconds(10))
        trial.book(Make.level(0, .buy, 100, 9, last: false))
        trial.book(Make.level(0, .buy, 99, -3, last: false))
        trial.book(Make.level(0, .sell, 105, 0))
        trial.clock(10)
        trial.book(Make.level(11, .buy, 100, 8))
        trial.clock(20)
        #expect(bodies(trial).map(\.refused) == [1, 0] && bodies(trial).map(\.mismatched) == [1, 0])
    }

    @Test func `a halt leaves the book as it is`() {
        var trial = trial()
        trial.book(Make.level(0, .buy, 100, 9))
        trial.stop(.halt)
        trial.stop(.resume)
        trial.book(Make.level(1, .buy, 100, 8))
        #expect(bodies(trial).map(\.flow) == [0, -1] && states(trial) == [.whole, .whole])
    }

    // MARK: What others are told

    @Test func `others are told the best bid and ask when they change at a group's end`() {
        var trial = trial()
        trial.book(Make.level(0, .buy, 100, 9, last: false))
        #expect(told(trial) == [-1, -1])
        trial.book(Make.level(0, .sell, 101, 1))
        let first = trial.set.surroundings.quote
        #expect(told(trial) == [100, 101] && first.bidSize == 9 && first.time == AnalyticTrial.time(0))
        trial.book(Make.level(1, .buy, 98, 4))
        #expect(trial.set.surroundings.quote == first)
        trial.book(Make.level(2, .buy, 100, 4))
        let second = trial.set.surroundings.quote
        #expect(second.bidSize == 4 && second.time == AnalyticTrial.time(2) && second.number == 4)
        #expect(bodies(trial).map(\.source) == [1, 1, 1])
    }

    @Test func `a source's own quotes have the last word on the touch, the book on depth`() {
        var trial = trial()
        trial.quote(0, 100, 9, 101, 1)
        trial.book(Make.level(1, .buy, 99, 5, last: false))
        trial.book(Make.level(1, .sell, 102, 5))
        #expect(told(trial) == [100, 101])
        trial.quote(2, 100.5, 9, 101, 1)
        #expect(told(trial) == [100.5, 101])
        #expect(bodies(trial).map(\.bid) == [100, 99].map { $0 * Price.scale })
        #expect(bodies(trial).map(\.flow) == [0, 0] && bodies(trial).map(\.source) == [0, 1])
    }

    @Test func `what a quote said is no level of the book behind it`() {
        var trial = trial()
        trial.quote(0, 100, 9, 101, 1)
        trial.book(Make.level(1, .buy, 100, 9))
        #expect(bodies(trial).map(\.ask) == [101 * Price.scale, Self.none] && bodies(trial)[1].depthTilt == 1)
    }

    @Test func `a book lost before its first group's end is a book all the same`() {
        var trial = trial()
        trial.quote(0, 100, 9, 101, 1)
        trial.book(Make.order(1, .add, 1, .buy, 100, 9, last: false))
        trial.stop(.gap)
        #expect(states(trial) == [BookState.none, .resyncing] && bodies(trial).map(\.source) == [0, 2])
        #expect(bodies(trial)[1].bid == Self.none && trial.on("liquidity/")[1].group(0, as: Int64.self) == [0, 0, 0])
    }

    @Test func `flows beyond sixty-four bits are cut, not wrapped`() {
        var trial = trial(interval: .seconds(10))
        // Each bid above the last one adds its whole size: 2048 of them make 2^63.
        for step in 0..<2_047 { trial.quote(1, 100 + Double(step) * 0.01, Quantity.limit, 900, 1) }
        trial.show(2)
        for step in 2_047..<3_000 { trial.quote(3, 100 + Double(step) * 0.01, Quantity.limit, 900, 1) }
        trial.clock(10)
        #expect(bodies(trial).map(\.flow) == [2_046 * Quantity.limit, .max] && bodies(trial)[1].depthFlow == .max)
    }
}
