import Graph
import Market
import Testing
import Updates

@testable import Analytics

private func billionths(_ price: Double) -> Int64 { AnalyticTrial.billionths(price) }

private func area(_ low: Double, _ high: Double, height: Double = 1) -> AreaReading {
    AreaReading(
        control: billionths(low), high: billionths(high), low: billionths(low), rowHeight: billionths(height))
}

private func trial(_ change: (inout MarketStateSettings) -> Void = { _ in }) -> AnalyticTrial {
    var settings = MarketStateSettings()
    change(&settings)
    return AnalyticTrial([AnalyticChoice(MarketStateAnalytic.self, settings)], tick: 1, opens: false)
}

extension AnalyticTrial {
    fileprivate func board(_ change: (inout Board) -> Void) { set.refresh(AnalyticTrial.time(0), change) }
    /// Opens a session with a prior value area of 100 to 109.
    fileprivate mutating func openAgainstArea(length: Int64 = 86_400) {
        board { $0.priorArea = area(100, 109) }
        openSession(length: length)
    }
    /// A feature that asks for a score by itself: the single prints.
    fileprivate func lean(_ share: Double) { board { $0.singlePrintShare = share } }
    fileprivate var states: [MarketStateUpdate] { said.map { $0.body() } }
    fileprivate func declareGap(_ from: Double, _ to: Double) {
        var ledger = set.surroundings.ledger
        let end = AnalyticTrial.time(to)
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(from)), to: Timestamp(nanoseconds: end))
        set.setGaps(ledger, cleanSince: end)
    }
}

extension MarketStateUpdate {
    fileprivate var name: String {
        MarketStateUpdate.stateNames[Int(state)]
            + (direction == 0 ? "" : " " + MarketStateUpdate.directionNames[Int(direction)])
    }
    fileprivate var place: String { AuctionPlace.names[Int(accepted)] }
}

@Suite struct `Market state` {
    @Test func `every evaluation is told, with its features`() throws {
        var trial = trial()
        trial.openAgainstArea()
        trial.board {
            $0.area = area(105, 114)
            $0.meanPrice = 100
            $0.deviation = 10
            $0.initialLow = billionths(95)
            $0.initialHigh = billionths(105)
            $0.singlePrintShare = 0.25
            $0.sums.add(price: billionths(95), quantity: 1, sign: 0, inferred: false, time: 1)
            $0.sums.add(price: billionths(108), quantity: 1, sign: 0, inferred: false, time: 2)
        }
        trial.trade(10, 99, 10, .sell)
        trial.trade(20, 100, 30, .buy, method: .tick)
        trial.trade(30, 109, 20, .unknown)
        trial.trade(40, 110, 40, .buy)
        trial.trade(50, 500, 100, .sell, marks: .volumeOnly)
        trial.clock(300)
        let update = try #require(trial.said.first)
        let body: MarketStateUpdate = update.body()
        #expect(trial.said.count == 1 && update.head.isFinal && update.head.end - update.head.start == 300_000_000_000)
        let values = body.features.values
        #expect(values[0] == 0.5 && values[1] == 0.5 && values[2] == 0.3 && values[3].isNaN)
        #expect(values[4] == 40.0 / 200 && values[5] == 0.25 && values[6] == 0.4)
        let sum: Double = [0.5, 0.5, 0.3, 0.2, 0.25, 0.4].reduce(0, +)
        #expect(body.used == 0b111_0111 && abs(body.score - sum / 6) < 1e-15)
        // 180 of 200 have a side; 30 of these were inferred.
        #expect(body.liveShare == 0.9 && update.head.inferredShare == 30.0 / 180)
        #expect(body.confidence == abs(body.score - 0.5) * 2 * 0.9 && body.name == "transition")
        #expect(body.since == AnalyticTrial.open && body.held == 1 && body.run == 1)
        let reading = try #require(trial.set.surroundings.board.state)
        #expect(reading.state == .transition && reading.confidence == body.confidence && reading.evidence.number == 1)
    }

    @Test func `two evaluations change it, ten minutes hold it`() {
        var trial = trial { $0.minimumFeatures = 1 }
        trial.openAgainstArea()
        // The single prints alone decide, as nothing is traded.
        for (minute, share) in [(0.0, 0.9), (5, 0.9), (10, 0.1), (15, 0.1), (20, 0.5), (25, 0.5)] {
            trial.lean(share)
            trial.clock(minute * 60 + 300)
        }
        #expect(
            trial.states.map(\.name)
                == ["transition", "imbalance", "imbalance", "balance", "balance", "transition"])
        #expect(trial.states.map(\.asked) == [2, 2, 1, 1, 0, 0] && trial.states.allSatisfy { $0.confidence == 0 })
        #expect(trial.states.map(\.held) == [1, 0, 1, 0, 1, 0] && trial.states.map(\.run) == [1, 2, 1, 2, 1, 2])
        #expect(trial.states[3].since == AnalyticTrial.time(1_200))
    }

    @Test func `with too few features there is no score and no confidence`() {
        var trial = trial()
        trial.openSession()
        trial.trade(1, 100, 10, .buy)
        trial.lean(0.9)
        trial.clock(600)
        #expect(trial.states.count == 2 && trial.states.allSatisfy { $0.score.isNaN && $0.confidence == 0 })
        #expect(trial.states.map(\.used) == [0b11_0000, 0b11_0000])
        // No prior session: nothing is outside of anything.
        #expect(trial.states[0].features.outside.isNaN && trial.states[0].features.migration.isNaN)
    }

    @Test func `the side of volume and delta gives an imbalance its direction`() {
        for (price, side, direction) in [(115.0, Side.buy, "up"), (90, .sell, "down"), (90, .buy, "none")] {
            var trial = trial { $0.minimumFeatures = 2 }
            trial.openAgainstArea()
            trial.trade(1, price, 5, side)
            trial.clock(600)
            #expect(trial.states.map { MarketStateUpdate.directionNames[Int($0.direction)] } == ["none", direction])
            #expect(trial.states.allSatisfy { $0.score == 1 && $0.confidence == 1 })
        }
    }

    @Test func `volume leaves the window minute by minute`() {
        var trial = trial { $0.window = .seconds(600) }
        trial.openAgainstArea()
        trial.trade(59, 120, 10, .buy)
        trial.trade(300, 105, 30, .buy)
        trial.clock(1_500)
        #expect(trial.states.map(\.features.outside).prefix(3) == [1, 0.25, 0])
        #expect(trial.states[3].features.outside.isNaN && trial.states[3].liveShare == 0)
    }

    @Test func `bars make the efficiency, a gap begins it anew`() {
        var trial = trial { $0.efficiencyBars = 2 }
        trial.openSession()
        func bar(_ trial: inout AnalyticTrial, _ minute: Double, _ open: Double, _ close: Double, coverage: Double = 1)
        {
            trial.bar(
                "1m", from: minute * 60, to: minute * 60 + 60, open: open, high: 9, low: 1, close: close, volume: 1,
                coverage: coverage)
        }
        bar(&trial, 0, 5, 7)
        bar(&trial, 1, 7, 6)
        trial.clock(300)
        trial.stop(.gap)
        bar(&trial, 5, 5, 7)
        trial.clock(600)
        bar(&trial, 10, 6, 8)
        trial.clock(900)
        bar(&trial, 15, 6, 8, coverage: 0.5)
        bar(&trial, 16, 6, 8)
        trial.clock(1_200)
        let values = trial.states.map(\.features.efficiency)
        #expect(values[0] == 1.0 / 3 && values[1].isNaN && values[2] == 1 && values[3].isNaN)
    }

    @Test func `acceptance is published and lies on the board`() throws {
        var trial = trial { $0.bracket = .seconds(600) }
        trial.openAgainstArea(length: 3_000)
        trial.trade(1, 110, 1)
        trial.clock(600)
        trial.trade(601, 120, 1)
        // Behind its bracket's end: it is no part of the present one.
        trial.trade(599, 105, 1)
        trial.trade(602, 50, 1, marks: .volumeOnly)
        trial.clock(1_200)
        #expect(trial.states.map(\.place) == ["none", "none", "none", "above"])
        #expect(trial.states.last?.acceptedSince == AnalyticTrial.time(1_200))
        let reading = try #require(trial.set.surroundings.board.acceptance)
        #expect(reading.opened == .above && reading.place == .above && reading.brackets == 2)
        trial.trade(1_201, 109, 1)
        trial.clock(1_800)
        #expect(trial.states.last?.place == "none" && trial.states.last?.acceptedSince == 0)
        trial.trade(1_801, 100, 1)
        trial.clock(3_000)
        trial.closeSession()
        #expect(trial.states.last?.place == "inside" && trial.states.count == 10)
        trial.openSession(day: 1)
        #expect(trial.set.surroundings.board.acceptance == AcceptanceReading())
        #expect(trial.set.surroundings.board.state == nil)
    }
}

@Suite struct `Market state in trouble` {
    @Test func `a start in mid-session evaluates from then on`() {
        var trial = trial()
        trial.openAgainstArea()
        trial.declareGap(0, 1_000)
        trial.trade(1_000, 105, 10, .buy)
        trial.clock(1_500)
        #expect(trial.said.map(\.head.start.nanoseconds) == [900, 1_200].map(AnalyticTrial.time))
        #expect(trial.said.map(\.head.end.nanoseconds) == [1_200, 1_500].map(AnalyticTrial.time))
        let seen: [Double] = [1 - 1_000.0 / 1_200, 1 - 1_000.0 / 1_500]
        #expect(trial.said.map(\.head.coverage) == seen)
        // The window is not whole, and so is the confidence.
        #expect(trial.states[0].liveShare == seen[0] && trial.states[0].held == 1)
        // Nobody knows where the session opened.
        trial.clock(1_800)
        #expect(trial.set.surroundings.board.acceptance?.opened == AuctionPlace.none)
    }

    @Test func `a feature of the whole session brings the quality of the whole session`() {
        var trial = trial { $0.window = .seconds(300) }
        trial.openAgainstArea()
        trial.declareGap(0, 150)
        for minute in 0..<10 { trial.trade(Double(minute) * 60 + 1, 105, 10, .buy) }
        trial.clock(600)
        trial.lean(0.5)
        trial.clock(900)
        #expect(trial.said.map(\.head.coverage) == [0.5, 1, 1 - 150.0 / 900])
        #expect(trial.states.map(\.liveShare) == [0.5, 1, 0])
    }

    @Test func `an interval of which nothing was seen breaks the row`() {
        var trial = trial { $0.minimumFeatures = 1 }
        trial.openSession()
        trial.lean(0.9)
        trial.clock(300)
        trial.declareGap(300, 600)
        trial.clock(600)
        #expect(trial.states.map(\.name) == ["transition"])
        trial.clock(900)
        trial.clock(1_200)
        #expect(trial.states.map(\.name) == ["transition", "transition", "imbalance"])
        #expect(trial.states.map(\.run) == [1, 1, 2])
    }

    @Test func `a halt stops evaluations, and the dwell with them`() {
        var trial = trial {
            $0.minimumFeatures = 1; $0.dwell = .seconds(900)
        }
        trial.openSession()
        trial.lean(0.9)
        trial.clock(300)
        trial.stop(.halt)
        trial.clock(7_200)
        #expect(trial.said.count == 1)
        trial.stop(.resume)
        trial.clock(7_500)
        trial.clock(7_800)
        #expect(trial.states.map(\.name) == ["transition", "transition", "imbalance"])
        #expect(trial.states.map(\.held) == [1, 2, 0])
    }

    @Test func `a silence is evaluated in order when it ends`() {
        var trial = trial { $0.minimumFeatures = 1 }
        trial.openAgainstArea()
        trial.trade(1, 115, 10, .buy)
        trial.trade(4_000, 105, 10, .sell)
        #expect(trial.states.count == 13)
        #expect(trial.states.map(\.features.outside)[11] == 1 && trial.states[12].features.outside.isNaN)
        #expect(trial.states[1].name == "imbalance up")
    }

    @Test func `a half day's close evaluates a last time where an interval ends there`() {
        for (length, count) in [(Int64(900), 3), (1_000, 3)] {
            var trial = trial()
            trial.openSession(length: length)
            trial.trade(5, 1, 1)
            trial.clock(Double(length))
            #expect(trial.said.count == (length == 900 ? 2 : 3))
            trial.closeSession()
            #expect(trial.said.count == count)
            trial.clock(5_000)
            #expect(trial.said.count == count)
        }
    }

    @Test func `sessions stand apart`() {
        var trial = trial { $0.minimumFeatures = 1 }
        trial.openAgainstArea(length: 600)
        trial.trade(1, 115, 10, .buy)
        trial.clock(600)
        trial.closeSession()
        #expect(trial.states.last?.name == "imbalance up")
        trial.openSession(day: 1)
        trial.clock(86_400 + 300)
        #expect(trial.states.last?.name == "transition" && trial.states.last?.features.outside.isNaN == true)
        #expect(trial.states.last?.since == AnalyticTrial.time(86_400) && trial.states.last?.held == 1)
    }

    @Test func `corrections reach the evaluations to come, and are told`() {
        var trial = trial()
        trial.openAgainstArea()
        trial.trade(10, 105, 10, .buy)
        trial.trade(20, 115, 10, .buy)
        trial.clock(300)
        // Not evaluated yet: nothing to tell.
        trial.trade(301, 115, 40, .sell)
        trial.change(trial.made(302, 105, 20, .buy), isRemoval: false, .late)
        trial.clock(600)
        #expect(trial.said.map(\.head.flags) == [[], []])
        #expect(trial.states.map(\.features.outside) == [0.5, 50.0 / 80])
        trial.change(trial.made(20, 115, 10, .buy), isRemoval: true, .cancelled)
        trial.clock(900)
        #expect(trial.said[2].head.flags == .inputRevised && trial.states[2].features.outside == 40.0 / 70)
        #expect(trial.states[2].features.pressure == 10.0 / 70)
        trial.change(trial.made(30, 115, 50, .unknown), isRemoval: true, .cancelled, isApproximate: true)
        trial.clock(1_200)
        #expect(trial.said[3].head.flags == [.inputRevised, .approximate])
        #expect(trial.states[3].features.outside == 40.0 / 70)
        trial.clock(1_500)
        #expect(trial.said[4].head.flags == [])
    }

    @Test func `a late trade of a minute that has left the window changes nothing`() {
        var trial = trial { $0.window = .seconds(300) }
        trial.openAgainstArea()
        trial.trade(10, 105, 10, .buy)
        trial.trade(310, 105, 10, .buy)
        trial.change(trial.made(11, 115, 90, .buy), isRemoval: false, .late)
        trial.change(trial.made(-5, 115, 90, .buy), isRemoval: false, .late)
        trial.trade(320, 115, 10, .buy)
        trial.clock(600)
        #expect(trial.states.map(\.features.outside) == [0, 0.5])
    }

    @Test func `a prior area that comes late judges only what comes after it`() {
        var trial = trial()
        trial.openSession()
        trial.trade(10, 115, 10, .buy)
        trial.board { $0.priorArea = area(100, 109) }
        trial.clock(300)
        #expect(trial.states[0].features.outside.isNaN)
        trial.trade(310, 105, 10, .buy)
        trial.trade(320, 115, 30, .buy)
        trial.clock(600)
        #expect(trial.states[1].features.outside == 0.75 && trial.states[1].features.pressure == 1)
        // A bar brings it as well.
        trial.board { $0.priorArea = area(0, 9) }
        trial.bar("1m", from: 600, to: 660, open: 1, high: 1, low: 1, close: 1, volume: 1)
        trial.trade(661, 5, 10, .buy)
        trial.clock(900)
        #expect(trial.states[2].features.outside == 0)
    }

    @Test func `sizes at their limit stay exact`() {
        var trial = trial()
        trial.openAgainstArea()
        for second in 0..<256 { trial.trade(Double(second), 115, Quantity.limit, second < 192 ? .buy : .sell) }
        trial.clock(300)
        #expect(trial.states[0].features.outside == 1 && trial.states[0].features.pressure == 0.5)
    }
}

@Suite struct `Market state settings` {
    private func read(_ text: String) throws -> (settings: MarketStateSettings, faults: [String]) {
        let (settings, faults) = SettingsReader.read(
            MarketStateSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("state")))
        return (settings, faults.map { "\($0.path): \($0.problem)" })
    }

    @Test func `settings are read`() throws {
        let (settings, faults) = try read(
            """
            { "evaluation": "10m", "window": "30m", "imbalance": 0.7, "balance": 0.3, "minimumFeatures": 2,
              "weights": { "pressure": 2.5, "singlePrints": 0 } }
            """)
        #expect(faults.isEmpty && settings.evaluation == .seconds(600) && settings.minimumFeatures == 2)
        #expect((0..<7).map { settings.weights[$0] } == [1, 1, 1, 1, 2.5, 0, 1])
        #expect(try read(MarketStateAnalytic.example).faults.isEmpty)
        #expect(try read("{}").settings.dwell == .seconds(600))
    }

    @Test func `what cannot be is a fault, and reads as the default`() throws {
        let thresholds = try read(#"{ "imbalance": 0.4, "balance": 0.6 }"#)
        #expect(thresholds.faults == ["state.balance: a score would be both balance and imbalance"])
        #expect(thresholds.settings.imbalance == 0.6 && thresholds.settings.balance == 0.4)
        let times = try read(#"{ "evaluation": "90s" }"#)
        #expect(times.faults == ["state.evaluation: the time is no whole number of minutes"])
        #expect(times.settings.evaluation == .seconds(300))
        let weights = try read(
            #"{ "weights": { "migration": 0, "outside": 0, "extension": 0, "efficiency": 0, "pressure": 0 } }"#)
        #expect(weights.faults == ["state.minimumFeatures: only 2 features have a weight"])
        #expect(weights.settings.weights[0] == 1)
    }

    @Test func `fields tile the body`() {
        let layout = MarketStateUpdate.layout
        var next = 0
        for field in layout.fields {
            #expect(field.offset == next, "\(field.name)")
            next += field.type.size
        }
        #expect(next == layout.size && layout.size % 8 == 0 && layout.template == 51)
        #expect(Set(layout.fields.map(\.name)).count == layout.fields.count)
        #expect(layout.fields.allSatisfy { $0.meaning.hasSuffix(".") })
    }
}
