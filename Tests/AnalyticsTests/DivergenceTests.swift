import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

/// A minute bar for tests: prices in hundredths, CVD at its end.
private struct Minute {
    var high: Int
    var low: Int
    var cumulative: Int64
    var delta: Int64 = 0
    var coverage = 1.0
}

@Suite struct `Divergence examples` {
    /// Deltas are all alike unless a test says otherwise: any change of CVD is enough.
    private func settings() -> Divergence.Settings {
        var settings = Divergence.Settings()
        settings.minimumBars = 2
        return settings
    }

    private func trial(_ settings: Divergence.Settings) -> AnalyticTrial {
        AnalyticTrial([AnalyticChoice(Divergence.self, settings)])
    }

    private func feed(_ minutes: [Minute], from first: Int = 0, _ trial: inout AnalyticTrial) {
        for (index, minute) in minutes.enumerated() {
            let start = Double(first + index) * 60
            let (high, low) = (Double(minute.high) / 100, Double(minute.low) / 100)
            trial.bar(
                "1m", from: start, to: start + 60, open: low, high: high, low: low, close: high, volume: 100,
                delta: minute.delta, cumulative: minute.cumulative, coverage: minute.coverage)
        }
    }

    /// Two tops three bars apart from their neighbours: highs at places 3 and 10, CVD at both.
    private func tops(_ first: (Int, Int64), _ second: (Int, Int64)) -> [Minute] {
        let highs = [100, 101, 102, first.0, 102, 101, 100, 101, 102, 103, second.0, 102, 101, 100, 99]
        return highs.enumerated().map { place, high in
            let cumulative = place < 7 ? first.1 : second.1
            return Minute(high: high, low: 50 + place, cumulative: cumulative)
        }
    }

    /// The same turned upside down.
    private func bottoms(_ first: (Int, Int64), _ second: (Int, Int64)) -> [Minute] {
        tops((300 - first.0, first.1), (300 - second.0, second.1)).map { minute in
            Minute(high: 400 - minute.low, low: 300 - minute.high, cumulative: minute.cumulative)
        }
    }

    @Test func `a higher high with a lower CVD is bearish, and known three bars later`() throws {
        var trial = trial(settings())
        let minutes = tops((110, 500), (111, 400))
        feed(Array(minutes.prefix(13)), &trial)
        #expect(trial.said.isEmpty)
        feed(Array(minutes.suffix(2)), from: 13, &trial)
        #expect(trial.on("divergence/1m/").count == 1)
        let told = trial.said[0]
        let body: DivergenceUpdate = told.body()
        #expect(told.head.end.nanoseconds == AnalyticTrial.time(14 * 60))
        #expect(told.head.start.nanoseconds == AnalyticTrial.time(3 * 60))
        #expect(body.pivotTime == AnalyticTrial.time(10 * 60) && body.priorPivotTime == AnalyticTrial.time(3 * 60))
        #expect(body.price == AnalyticTrial.billionths(1.11) && body.priorPrice == AnalyticTrial.billionths(1.10))
        #expect(body.cumulative == 400 && body.priorCumulative == 500 && body.distance == 7)
        #expect(DivergenceUpdate.formNames[Int(body.form)] == "regular")
        #expect(DivergenceUpdate.directionNames[Int(body.direction)] == "bearish")
        #expect(DivergenceUpdate.pivotNames[Int(body.pivot)] == "high" && body.atExtreme == 1)
        #expect(body.shape == 1 | 8 && body.pivotBar == 1 && told.head.isFinal)
        let finding = try #require(trial.set.surroundings.board.findings.first)
        #expect(finding.direction == -1 && finding.evidence.time == AnalyticTrial.time(14 * 60))
        #expect(finding.evidence.kind == .divergence && finding.high == body.price && finding.low == body.priorPrice)
    }

    @Test func `each form is told from the moves of price and CVD`() {
        // Second price and CVD against the first's 110 and 500: the form and direction, or none.
        let high: [(Int, Int64, UInt8?)] = [
            (111, 400, 0), (111, 600, nil), (109, 600, 1), (109, 400, nil), (110, 400, nil), (111, 500, nil),
        ]
        for (price, cumulative, form) in high {
            var trial = trial(settings())
            feed(tops((110, 500), (price, cumulative)), &trial)
            let told = trial.said.map { $0.body(DivergenceUpdate.self) }
            #expect(told.map(\.form) == [form].compactMap { $0 }, "\(price) \(cumulative)")
            #expect(told.allSatisfy { $0.direction == 0 && $0.pivot == 0 })
        }
        let low: [(Int, Int64, UInt8?)] = [
            (189, 600, 0), (189, 400, nil), (191, 400, 1), (191, 600, nil), (190, 600, nil), (189, 500, nil),
        ]
        for (price, cumulative, form) in low {
            var trial = trial(settings())
            feed(bottoms((190, 500), (price, cumulative)), &trial)
            let told = trial.said.map { $0.body(DivergenceUpdate.self) }
            #expect(told.map(\.form) == [form].compactMap { $0 }, "\(price) \(cumulative)")
            #expect(told.allSatisfy { $0.direction == 1 && $0.pivot == 1 })
        }
        var regular = settings()
        regular.hidden = false
        var trial = trial(regular)
        feed(tops((110, 500), (109, 600)), &trial)
        #expect(trial.said.isEmpty)
    }

    @Test func `CVD must change by a tenth of the deltas' deviation, and the price by its ticks`() {
        // Deltas ±100 fourteen times: the deviation is 100 × √(14/13), a tenth of it 10.377.
        for (change, ticks, isFound) in [(10, 1, false), (11, 1, true), (11, 2, false)] {
            var settings = settings()
            settings.minimumTicks = ticks
            var trial = trial(settings)
            var minutes = tops((110, 500), (111, 500 - Int64(change)))
            for place in minutes.indices { minutes[place].delta = place % 2 == 0 ? 100 : -100 }
            feed(minutes, &trial)
            #expect(trial.said.isEmpty != isFound, "\(change)")
        }
    }

    @Test func `with too few bars nothing is found`() {
        for (least, count) in [(14, 1), (15, 0)] {
            var settings = settings()
            settings.minimumBars = least
            var trial = trial(settings)
            feed(tops((110, 500), (111, 400)), &trial)
            #expect(trial.said.count == count)
        }
    }

    @Test func `of equal highs the first is the pivot`() {
        var minutes = tops((110, 500), (111, 400))
        minutes[11].high = 111
        minutes[11].cumulative = 700
        minutes.append(Minute(high: 98, low: 70, cumulative: 400))
        var trial = trial(settings())
        feed(minutes, &trial)
        #expect(trial.said.map { $0.body(DivergenceUpdate.self).pivotTime } == [AnalyticTrial.time(600)])
    }

    @Test func `a bar with a gap, and a gap between two bars, break the chain`() {
        var broken = tops((110, 500), (111, 400))
        broken[6].coverage = 0.9
        var trial = trial(settings())
        feed(broken, &trial)
        #expect(trial.said.isEmpty)
        // The gap lies where no bar is, between the bars of minutes 6 and 8.
        var second = self.trial(settings())
        let minutes = tops((110, 500), (111, 400))
        feed(Array(minutes.prefix(7)), &second)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(430)),
            to: Timestamp(nanoseconds: AnalyticTrial.time(440)))
        second.set.setGaps(ledger, cleanSince: AnalyticTrial.time(440))
        feed(Array(minutes.suffix(8)), from: 8, &second)
        #expect(second.said.isEmpty)
        // Without the gap the missing minute is no hole.
        var third = self.trial(settings())
        feed(Array(minutes.prefix(7)), &third)
        feed(Array(minutes.suffix(8)), from: 8, &third)
        #expect(third.said.count == 1)
    }

    @Test func `a chain does not reach over sessions, nor does a late bar of the session before`() {
        let minutes = tops((110, 500), (111, 400))
        var trial = trial(settings())
        feed(Array(minutes.prefix(7)), &trial)
        trial.closeSession()
        trial.openSession(day: 1)
        feed([Minute(high: 900, low: 1, cumulative: 0)], from: 1_439, &trial)
        feed(Array(minutes.suffix(8)), from: 1_440, &trial)
        #expect(trial.said.isEmpty)
    }

    @Test func `a halt does not break a chain`() {
        let minutes = tops((110, 500), (111, 400))
        var trial = trial(settings())
        feed(Array(minutes.prefix(7)), &trial)
        trial.stop(.halt)
        trial.stop(.resume)
        feed(Array(minutes.suffix(8)), from: 7, &trial)
        #expect(trial.said.count == 1)
    }

    @Test func `a change of the tape behind the prior pivot marks what is published`() {
        for (second, isMarked) in [(100.0, false), (200.0, true)] {
            var trial = trial(settings())
            let wrong = trial.made(second, 1, 5, .buy)
            trial.change(wrong, isRemoval: true, .cancelled)
            feed(tops((110, 500), (111, 400)), &trial)
            #expect(trial.said.map { $0.head.flags.contains(.inputRevised) } == [isMarked])
        }
    }

    @Test func `extreme volumes stay numbers`() {
        var trial = trial(settings())
        var minutes = tops((110, Int64(1) << 61), (111, -(Int64(1) << 61)))
        for place in minutes.indices { minutes[place].delta = place % 2 == 0 ? Int64(1) << 61 : -(Int64(1) << 61) }
        feed(minutes, &trial)
        #expect(trial.said.count == 1)
        #expect(trial.said.allSatisfy { $0.body(DivergenceUpdate.self).threshold.isFinite })
    }
}

@Suite struct `Divergence by hand` {
    private struct Expected: Equatable {
        var end: Int
        var pivot: Int
        var prior: Int
        var isHigh: Bool
        var isHidden: Bool
    }

    @Test func `every divergence is that of looking at all bars of the session anew`() {
        var count = 0
        for round in 0..<Campaign.rounds(10, each: 60) {
            var chance = SeededChance(seed: 400 + Campaign.seed + UInt64(round))
            var settings = Divergence.Settings()
            settings.reach = 1 + chance.below(4)
            settings.minimumBars = 10
            settings.history = 10 + chance.below(40)
            settings.minimumTicks = 1 + chance.below(2)
            settings.minimumChange = [0, 0.1, 1][chance.below(3)]
            let bars = bars(&chance)
            var trial = AnalyticTrial([AnalyticChoice(Divergence.self, settings)])
            for (index, bar) in bars.enumerated() {
                let start = Double(index) * 60
                trial.bar(
                    "1m", from: start, to: start + 60, open: Double(bar.low) / 100, high: Double(bar.high) / 100,
                    low: Double(bar.low) / 100, close: Double(bar.low) / 100, volume: 10, delta: bar.delta,
                    cumulative: bar.cumulative, coverage: bar.coverage)
            }
            let told = trial.said.map { update -> Expected in
                let body: DivergenceUpdate = update.body()
                func place(_ time: Int64) -> Int { Int((time - AnalyticTrial.open) / (60 * Timestamp.second)) }
                return Expected(
                    end: place(update.head.end.nanoseconds) - 1, pivot: place(body.pivotTime),
                    prior: place(body.priorPivotTime), isHigh: body.pivot == 0, isHidden: body.form == 1)
            }
            let expected = recount(bars, settings)
            #expect(told == expected, "round \(round)")
            count += told.count
        }
        #expect(count > 50)
    }

    private func bars(_ chance: inout SeededChance) -> [Minute] {
        var (middle, cumulative) = (1_000, Int64(0))
        return (0..<400).map { _ in
            middle += chance.below(7) - 3
            let delta = Int64(chance.below(201)) - 100
            cumulative += delta
            return Minute(
                high: middle + chance.below(4), low: middle - chance.below(4), cumulative: cumulative, delta: delta,
                coverage: chance.below(60) == 0 ? 0.5 : 1)
        }
    }

    private func recount(_ bars: [Minute], _ settings: Divergence.Settings) -> [Expected] {
        var told: [Expected] = []
        for end in bars.indices {
            let first = (bars[...end].lastIndex { $0.coverage < 1 } ?? -1) + 1
            for isHigh in [true, false] {
                let heights = bars.map { isHigh ? $0.high : -$0.low }
                let pivots = (first...max(first, end)).filter { isPivot($0, heights, first, end, settings.reach) }
                guard let pivot = pivots.last, pivot == end - settings.reach, pivots.count > 1 else { continue }
                let prior = pivots[pivots.count - 2]
                let move = heights[pivot] - heights[prior]
                let change = Double(bars[pivot].cumulative - bars[prior].cumulative) * (isHigh ? 1 : -1)
                let deltas = bars[...end].filter { $0.coverage == 1 }.suffix(settings.history).map { Double($0.delta) }
                guard deltas.count >= settings.minimumBars, abs(move) >= settings.minimumTicks, change != 0,
                    (move > 0) == (change < 0), abs(change) >= settings.minimumChange * deviation(deltas)
                else { continue }
                told.append(
                    Expected(end: end, pivot: pivot, prior: prior, isHigh: isHigh, isHidden: move < 0))
            }
        }
        return told
    }

    private func isPivot(_ place: Int, _ heights: [Int], _ first: Int, _ end: Int, _ reach: Int) -> Bool {
        guard place - reach >= first, place + reach <= end else { return false }
        return heights[place - reach..<place].allSatisfy { $0 < heights[place] }
            && heights[place + 1...place + reach].allSatisfy { $0 <= heights[place] }
    }

    private func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}
