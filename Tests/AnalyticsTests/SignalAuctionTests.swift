import Market
import Testing
import Updates

@testable import Analytics

private let both = [true, false]
private let trendText = #"{ "rules": { "trend": {} }, "atr": 1 }"#

/// A trend signal's conditions, of which one may be missing.
private enum Missing: CaseIterable {
    case nothing, state, direction, outside, pullback, oldPullback, hold, aggression, side, area, warmth
}

/// An imbalance upward; a pullback to 111, one tick above the area's upper edge; delta resumes.
private func trend(_ isUp: Bool, without missing: Missing = .nothing) throws -> SignalTrial {
    var trial = try SignalTrial(trendText, up: isUp)
    trial.quiet(missing == .warmth ? 29 : 30)
    if missing != .state { trial.state(.imbalance, missing == .direction ? 0 : 1) }
    if missing == .area { trial.board { $0.priorArea = nil } }
    if missing == .outside { trial.board { $0.priorArea?.high = AnalyticTrial.billionths(130) } }
    if missing == .outside, !isUp { trial.board { $0.priorArea?.low = AnalyticTrial.billionths(80) } }
    let node = trial.billionths(130)
    trial.board { $0.priorHighNodes = [node] }
    if missing == .oldPullback {
        trial.minute(120, 111, 115, delta: -1)
        for _ in 0..<4 { trial.minute(120, 114, 115, delta: -1) }
    }
    let low: Double = missing == .pullback || missing == .oldPullback ? 113 : 111
    let delta: Int64 = missing == .aggression ? 20 : missing == .side ? -25 : 25
    if missing == .hold {
        // It closes where it is outside of the area, but not beyond the only reference that it came near to.
        trial.board { $0.meanPrice = trial.price(116) }
        trial.minute(120, 116, 116, delta: delta)
    } else {
        trial.minute(120, low, 115, delta: delta)
    }
    return trial
}

@Suite struct `Trend signals` {
    @Test(arguments: both) func `a pullback holds and aggression resumes`(_ isUp: Bool) throws {
        let trial = try trend(isUp)
        let signal = try #require(trial.signals.first)
        #expect(trial.signals.count == 1 && signal.topic == "signal/trend/" && signal.isLong == isUp)
        #expect(signal.status == "open" && !signal.head.isFinal && signal.head.revision == 0)
        // The range is 9 (from the close before, 120, to 111): half of it lies beyond the edge, on a whole tick.
        #expect(signal.body.entry == trial.billionths(115) && signal.body.stop == trial.billionths(105))
        #expect(signal.body.target == trial.billionths(130) && signal.body.rewardRisk == 1.5)
        #expect(signal.body.reference == trial.billionths(110) && signal.body.invalidation == signal.body.reference)
        #expect(abs(signal.body.confidence - (0.5 + 0.6 + 25.0 / 30) / 3) < 1e-15)
        #expect(signal.body.known == AnalyticTrial.time(31 * 60) && signal.head.start.nanoseconds == signal.body.known)
        #expect(signal.body.secondTarget == Price.none.billionths && signal.body.exit == Price.none.billionths)
        #expect(signal.body.ended == 0 && signal.body.held == 0 && signal.body.identifier == 1)
        let kinds = signal.inputs.map { EvidenceKind.names[Int($0.kind)] }
        #expect(kinds == ["state", "priorProfile", "priorProfile", "delta", "candle"])
        #expect(signal.roles == [0, 1, 2, 3, 5] && signal.inputs[0].number == 7)
        #expect(signal.inputs[1].coverage.isNaN && signal.head.coverage == 1)
    }

    @Test(arguments: both, Missing.allCases)
    fileprivate func `each condition is needed`(_ isUp: Bool, _ missing: Missing) throws {
        let trial = try trend(isUp, without: missing)
        #expect(trial.signals.count == (missing == .nothing ? 1 : 0))
    }

    @Test(arguments: both) func `a sweep within the bar stands in for delta`(_ isUp: Bool) throws {
        for (direction, time, count) in [(1, 1_830.0, 1), (-1, 1_830, 0), (1, 1_799, 0)] as [(Int8, Double, Int)] {
            var trial = try SignalTrial(trendText, up: isUp)
            trial.quiet()
            trial.state(.imbalance, 1)
            trial.find(.sweep, direction, 114, at: time)
            trial.find(.print, 1, 114, at: 1_830)
            trial.minute(120, 111, 115, delta: 2)
            #expect(trial.signals.count == count)
            guard let signal = trial.signals.first else { continue }
            #expect(signal.inputs[3].number == 3 && signal.inputs[3].kind == EvidenceKind.sweep.rawValue)
            // No node, control and extreme lie behind: twice the risk of 10.
            #expect(signal.body.target == trial.billionths(135))
            #expect(abs(signal.body.confidence - (0.6 + 0.7 + 2.0 / 3) / 3) < 1e-15)
        }
    }

    @Test(arguments: both) func `of several references the nearest to the extreme counts`(_ isUp: Bool) throws {
        var trial = try SignalTrial(#"{ "rules": { "trend": { "tolerance": 3 } }, "stopRange": 0 }"#, up: isUp)
        trial.quiet()
        trial.state(.imbalance, 1)
        let (node, low, high) = (trial.billionths(112), trial.billionths(113), trial.billionths(114))
        let evidence = Evidence(kind: .zone, number: 12, time: AnalyticTrial.time(5), quality: .whole)
        let mean = trial.price(111)
        trial.board {
            $0.meanPrice = mean
            $0.deviation = 2
            $0.priorLowNodes = [node]
            $0.add(ZoneReading(low: min(low, high), high: max(low, high), direction: isUp ? 1 : -1, evidence: evidence))
            $0.add(ZoneReading(low: 0, high: 1 << 60, direction: isUp ? -1 : 1, evidence: evidence))
        }
        // 112 lies nearest to 112, though the zone (113 to 114) and the mean line (113) are within the tolerance.
        trial.minute(120, 112, 116, delta: 40)
        trial.board { $0.priorLowNodes = [] }
        for _ in 0..<6 { trial.minute(121, 119, 120, delta: -1) }
        // Now 113 is the upper line and the zone's edge, 115 lies nearer to the zone.
        trial.minute(120, 115, 116, delta: 40)
        #expect(trial.signals.map(\.body.reference) == [node, low])
        #expect(trial.signals.map(\.body.stop) == [110, 111].map { mirrored($0, isUp) })
        #expect(trial.signals[1].inputs[2].number == 12)
    }

    @Test(arguments: both) func `targets come in their order`(_ isUp: Bool) throws {
        for (step, target) in [(0, 125.0), (1, 130), (2, 140), (3, 150), (4, 135)] {
            var trial = try SignalTrial(trendText, up: isUp)
            trial.quiet()
            trial.state(.imbalance, 1)
            let prices = [125, 130, 140, 150, 115, 90].map { mirrored($0, isUp) }
            trial.board {
                if step == 0 { $0.highNodes = [prices[1], prices[0], prices[4], prices[5]] }
                if step <= 1 { $0.priorHighNodes = [prices[1], prices[5]] }
                if step <= 2 { $0.priorArea?.control = prices[2] }
                if step <= 3 { $0.sums.add(price: prices[3], quantity: 1, sign: 0, inferred: false, time: 1) }
            }
            trial.minute(120, 111, 115, delta: 25)
            #expect(trial.signals.map(\.body.target) == [trial.billionths(target)])
        }
    }

    @Test(arguments: both) func `a gap or a halt forgets the pullback`(_ isUp: Bool) throws {
        for stop in [nil, StreamBreak.gap, .halt] {
            var trial = try SignalTrial(trendText, up: isUp)
            trial.quiet()
            trial.state(.imbalance, 1)
            trial.minute(120, 111, 115, delta: -1)
            if let stop { trial.trial.stop(stop) }
            trial.minute(118, 114, 116, delta: 30)
            #expect(trial.signals.count == (stop == nil ? 1 : 0))
        }
    }
}

/// A reversion signal's conditions, of which one may be missing.
private enum Flaw: CaseIterable {
    case none, state, inside, depth, finding, outward, early, far, kind, accepted, bracket, bothSides, gap, poor
}

/// A break to 112 above the area, an absorption there, and a close back at 108; the range is 10.
private func reversion(_ isUp: Bool, flaw: Flaw = .none, more: String = "") throws -> SignalTrial {
    var trial = try SignalTrial(#"{ "rules": { "reversion": { \#(more) } }, "atr": 1 }"#, up: isUp)
    trial.minute(109, 104, 108)
    if flaw != .state { trial.state(.balance) }
    let far: Double = flaw == .depth ? 116 : 112
    trial.minute(far, 108, 111)
    if flaw == .bracket { for _ in 0..<60 { trial.minute(112, 111, 111) } }
    if flaw == .accepted { trial.accept(.above, since: 100) }
    let kind: EvidenceKind = flaw == .kind ? .sweep : .absorption
    let seconds: Double = flaw == .early ? 59 : 90
    if flaw != .finding {
        trial.find(kind, flaw == .outward ? 1 : -1, flaw == .far ? 109 : far, at: seconds)
    }
    if flaw == .bothSides { trial.minute(111, 99, 111) }
    if flaw == .gap { trial.trial.stop(.gap) }
    let close: Double = flaw == .inside ? 111 : flaw == .poor ? 104 : 108
    // From the close before, 111, down to 101 the range is 10.
    trial.minute(flaw == .gap ? 109 : 111, 101, close)
    return trial
}

@Suite struct `Reversion signals` {
    @Test(arguments: both) func `a break fails and the bar closes inside`(_ isUp: Bool) throws {
        let trial = try reversion(isUp)
        let signal = try #require(trial.signals.first)
        #expect(trial.signals.count == 1 && signal.isLong == !isUp && signal.rule == "reversion")
        #expect(signal.body.entry == trial.billionths(108) && signal.body.stop == trial.billionths(114))
        #expect(signal.body.target == AnalyticTrial.billionths(105))
        #expect(signal.body.secondTarget == AnalyticTrial.billionths(isUp ? 100 : 109))
        #expect(signal.body.reference == trial.billionths(112) && signal.body.invalidation == trial.billionths(110))
        #expect(signal.body.rewardRisk == 0.5 && abs(signal.body.confidence - (0.6 + 0.5 / 3) / 2) < 1e-15)
        #expect(signal.roles == [0, 1, 4, 5] && signal.inputs[2].number == 3)
    }

    @Test(arguments: both, Flaw.allCases)
    fileprivate func `each condition is needed`(_ isUp: Bool, _ flaw: Flaw) throws {
        #expect(try reversion(isUp, flaw: flaw).signals.count == (flaw == .none ? 1 : 0))
    }

    @Test func `without a state it must be allowed`() throws {
        let trial = try reversion(true, flaw: .state, more: #""requireState": false"#)
        let signal = try #require(trial.signals.first)
        #expect(signal.roles == [1, 4, 5] && abs(signal.body.confidence - 0.5 / 3) < 1e-15)
    }

    @Test(arguments: both) func `fifty-nine minutes outside hold no whole bracket where they begin late`(
        _ isUp: Bool
    ) throws {
        for (minutes, count) in [(58, 1), (59, 0)] {
            var trial = try SignalTrial(#"{ "rules": { "reversion": {} }, "atr": 1 }"#, up: isUp)
            trial.state(.balance)
            trial.minute(112, 108, 111)
            for _ in 0..<minutes { trial.minute(112, 111, 111) }
            trial.find(.divergence, -1, 112, at: 90)
            trial.minute(111, 101, 108)
            #expect(trial.signals.count == count, "\(minutes)")
        }
    }

    @Test func `without a prior area the developing one counts`() throws {
        var trial = try SignalTrial(#"{ "rules": { "reversion": {} }, "atr": 1 }"#)
        trial.board {
            $0.area = $0.priorArea
            $0.priorArea = nil
        }
        trial.state(.balance)
        trial.minute(112, 108, 111)
        trial.find(.exhaustion, -1, 111, at: 30)
        trial.minute(111, 101, 108)
        let signal = try #require(trial.signals.first)
        #expect(EvidenceKind.names[Int(signal.inputs[1].kind)] == "profile" && signal.inputs[1].coverage == 1)
    }
}

@Suite struct `Eighty-percent signals` {
    private func trial(_ isUp: Bool, opened: AuctionPlace, place: AuctionPlace = .inside, close: Double = 107) throws
        -> SignalTrial
    {
        var trial = try SignalTrial(#"{ "rules": { "eighty": {} }, "atr": 1 }"#, up: isUp)
        trial.state(.balance, confidence: 0.8)
        trial.minute(109, 105, 108)
        #expect(trial.signals.isEmpty)
        trial.accept(place, opened: opened, since: 60)
        trial.minute(110, 104, close)
        return trial
    }

    @Test(arguments: both) func `acceptance inside after an open outside asks for the other edge, once`(
        _ isUp: Bool
    ) throws {
        var trial = try trial(isUp, opened: .above)
        let signal = try #require(trial.signals.first)
        // The range is 6, and 3 of it lie beyond the edge.
        #expect(signal.isLong == !isUp && signal.body.stop == trial.billionths(113))
        #expect(signal.body.target == AnalyticTrial.billionths(isUp ? 100 : 109))
        #expect(signal.body.invalidation == trial.billionths(110) && signal.roles == [0, 1, 5])
        let reward = Double(isUp ? 7 : 6) / 6
        #expect(signal.body.rewardRisk == reward && abs(signal.body.confidence - (0.8 + reward / 3) / 2) < 1e-15)
        for _ in 0..<10 { trial.minute(108, 106, 107) }
        #expect(trial.signals.count == 1)
        trial.trial.closeSession()
        trial.trial.openSession(day: 1)
        #expect(trial.signals.map(\.status) == ["open", "sessionEnd"])
    }

    @Test(arguments: both) func `each condition is needed`(_ isUp: Bool) throws {
        #expect(try trial(isUp, opened: .inside).signals.isEmpty)
        #expect(try trial(isUp, opened: .none).signals.isEmpty)
        #expect(try trial(isUp, opened: .above, place: .above).signals.isEmpty)
        #expect(try trial(isUp, opened: .above, place: .none).signals.isEmpty)
        #expect(try trial(isUp, opened: .above, close: 112).signals.isEmpty)
    }
}
