import Market
import Testing

@testable import Analytics

private let even = InlineArray<7, Double>(repeating: 1)

private func area(_ low: Double, _ high: Double, height: Double = 1) -> AreaReading {
    AreaReading(
        control: AnalyticTrial.billionths(low), high: AnalyticTrial.billionths(high),
        low: AnalyticTrial.billionths(low), rowHeight: AnalyticTrial.billionths(height))
}

private func features(_ values: [Double]) -> MarketFeatures {
    var features = MarketFeatures()
    features.migration = values[0]
    features.outside = values[1]
    features.extent = values[2]
    features.efficiency = values[3]
    features.pressure = values[4]
    features.singlePrints = values[5]
    features.distance = values[6]
    return features
}

@Suite struct `Market features` {
    /// Vector MS1 of definitions §15.
    @Test func `a published vector comes out`() {
        let score = features([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.8]).score(even)
        #expect(abs(score - 0.671429) < 5e-7)
        #expect(abs(abs(score - 0.5) * 2 - 0.342857) < 5e-7)
    }

    @Test func `what is not known leaves the mean with its weight`() {
        let some = features([0.5, .nan, 1, .nan, 0, .nan, .nan])
        #expect(some.used(even) == 0b1_0101 && some.score(even) == 0.5)
        var weights = even
        weights[0] = 0
        weights[2] = 3
        #expect(some.used(weights) == 0b1_0100 && some.score(weights) == 0.75)
        #expect(MarketFeatures().used(even) == 0 && MarketFeatures().score(even).isNaN)
    }

    @Test func `migration is what the areas do not share, of the smaller one`() {
        let prior = area(100, 109)
        #expect(MarketFeatures.migration(of: area(100, 109), from: prior) == 0)
        #expect(MarketFeatures.migration(of: area(104, 105), from: prior) == 0)
        #expect(MarketFeatures.migration(of: area(105, 114), from: prior) == 0.5)
        // The highest row counts to its upper edge.
        #expect(MarketFeatures.migration(of: area(109, 109), from: prior) == 0)
        #expect(MarketFeatures.migration(of: area(110, 119), from: prior) == 1)
        #expect(MarketFeatures.migration(of: area(90, 91), from: prior) == 1)
        let wide = AreaReading(control: 0, high: Price.limit, low: -Price.limit, rowHeight: 1)
        #expect(MarketFeatures.migration(of: wide, from: wide) == 0)
    }

    @Test func `an extension counts on one side alone`() {
        func extent(_ low: Int64, _ high: Int64) -> Double {
            MarketFeatures.extent(low: low, high: high, initialLow: 100, initialHigh: 110)
        }
        #expect(extent(100, 110) == 0 && extent(100, 115) == 0.5 && extent(97, 110) == 0.3)
        #expect(extent(99, 115) == 0 && extent(100, 500) == 1)
        #expect(MarketFeatures.extent(low: 5, high: 6, initialLow: 5, initialHigh: 5) == 1)
        #expect(MarketFeatures.extent(low: 5, high: 5, initialLow: 5, initialHigh: 5) == 0)
    }

    @Test func `distance is at most two deviations`() {
        #expect(MarketFeatures.distance(price: 103, mean: 100, deviation: 3) == 0.5)
        #expect(MarketFeatures.distance(price: 90, mean: 100, deviation: 3) == 1)
        #expect(MarketFeatures.distance(price: 100, mean: 100, deviation: 0) == 0)
        #expect(MarketFeatures.distance(price: 100, mean: .nan, deviation: .nan).isNaN)
    }

    @Test func `efficiency needs all its bars and begins anew`() {
        var path = PathEfficiency(bars: 3)
        path.add(open: 10, close: 12)
        path.add(open: 11, close: 11)
        let early = path.value
        #expect(early.isNaN)
        path.add(open: 0, close: 14)
        // From 10: 2 up, 1 down, 3 up.
        let full = path.value
        #expect(full == 4.0 / 6)
        path.add(open: 1, close: 14)
        // The oldest bar is gone: from the open of the second, 11, to 11, 14 and 14.
        let rolled = path.value
        #expect(rolled == 1)
        path.restart()
        for _ in 0..<2 { path.add(open: 7, close: 7) }
        let restarted = path.value
        #expect(restarted.isNaN)
        path.add(open: 7, close: 7)
        let flat = path.value
        #expect(flat == 0)
    }
}

@Suite struct `A market state's hold` {
    private func run(_ views: [(StateReading.State, Int8)], confirmations: Int = 2, dwell: Int = 2) -> [String] {
        var hold = MarketStateHold()
        return views.map { state, direction in
            let view = MarketStateHold.View(state: state, direction: direction)
            let changed = hold.receive(view, confirmations: confirmations, dwell: dwell)
            return "\(hold.present.state)\(hold.present.direction)" + (changed ? "!" : "")
        }
    }

    @Test func `a change takes two evaluations in a row`() {
        #expect(
            run([(.balance, 0), (.balance, 0), (.imbalance, 1), (.balance, 0), (.imbalance, 1), (.imbalance, 1)])
                == ["transition0", "balance0!", "balance0", "balance0", "balance0", "imbalance1!"])
    }

    @Test func `a state holds its dwell even when confirmed`() {
        #expect(
            run([(.balance, 0), (.imbalance, 1), (.imbalance, 1), (.imbalance, 1)], confirmations: 1, dwell: 3)
                == ["transition0", "transition0", "imbalance1!", "imbalance1"])
        #expect(
            run([(.balance, 0), (.transition, 0), (.transition, 0), (.transition, 0)], confirmations: 1, dwell: 1)
                == ["balance0!", "transition0!", "transition0", "transition0"])
    }

    @Test func `an imbalance turns around as states change, and keeps its direction where none is said`() {
        #expect(
            run([(.imbalance, 1), (.imbalance, 0), (.imbalance, -1), (.imbalance, 0), (.imbalance, 0)])
                == ["transition0", "imbalance1!", "imbalance1", "imbalance-1!", "imbalance-1"])
        // Only an imbalance has a direction.
        #expect(run([(.balance, 1), (.balance, -1)]) == ["transition0", "balance0!"])
    }

    @Test func `an interruption breaks the row`() {
        var hold = MarketStateHold()
        let view = MarketStateHold.View(state: .balance, direction: 0)
        _ = hold.receive(view, confirmations: 2, dwell: 0)
        hold.interrupt()
        let broken = hold.receive(view, confirmations: 2, dwell: 0)
        let again = hold.receive(view, confirmations: 2, dwell: 0)
        #expect(!broken && again)
    }
}

@Suite struct `Acceptance of prices` {
    /// What is accepted as brackets end one after the other; a bracket is the places of its trades.
    private func run(_ brackets: [[AuctionPlace]], missing: Set<Int> = [], needed: Int = 2) -> [AuctionPlace] {
        var acceptance = Acceptance()
        return brackets.enumerated().map { number, places in
            for place in places { acceptance.add(place) }
            acceptance.end(at: Int64(number + 1), isWhole: !missing.contains(number), needed: needed)
            return acceptance.reading.place
        }
    }

    @Test func `two brackets in a row make it, another kind ends it`() {
        #expect(run([[.inside], [.inside], [.above], [.above], [.above]]) == [.none, .inside, .none, .above, .above])
        #expect(run([[.below], [.above], [.below], [.below]]) == [.none, .none, .none, .below])
        #expect(run([[.above], [.above]], needed: 1) == [.above, .above])
    }

    @Test func `a bracket that comes back is inside, one that jumps across is nothing`() {
        #expect(run([[.above], [.above, .inside], [.inside, .above]]) == [.none, .none, .inside])
        #expect(run([[.above], [.above, .below], [.above], [.above]]) == [.none, .none, .none, .above])
    }

    @Test func `a bracket without a trade neither counts nor breaks the row`() {
        #expect(run([[.above], [], [.above], []]) == [.none, .none, .above, .above])
    }

    @Test func `what was missed might have been inside, and breaks a row outside`() {
        #expect(run([[.above], [.above], [.above], [.above]], missing: [1]) == [.none, .none, .none, .above])
        #expect(run([[.inside], [.inside]], missing: [0, 1]) == [.none, .inside])
    }
}
