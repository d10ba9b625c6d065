import Market
import Testing
import Updates

@testable import Analytics

private let both = [true, false]

/// A trend signal: entry 115, stop 105, target 130, known after 31 minutes.
private func born(_ isUp: Bool, more: String = "", coverage: Double = 1) throws -> SignalTrial {
    var trial = try SignalTrial(#"{ "rules": { "trend": {} }, "atr": 1, "cooldown": 0\#(more) }"#, up: isUp)
    trial.quiet()
    trial.again(coverage: coverage)
    return trial
}

extension SignalTrial {
    /// One more minute that makes a signal, if the state is as it was.
    fileprivate mutating func again(coverage: Double = 1) {
        state(.imbalance, 1)
        let node = mirrored(130, isUp)
        board { $0.priorHighNodes = [node] }
        minute(120, 111, 115, delta: 40, coverage: coverage)
    }

    fileprivate mutating func change(
        _ seconds: Double, _ reason: RevisionReason = .late, isRemoval: Bool = false, isApproximate: Bool = false
    ) {
        let trade = trial.made(seconds, 115, 1, .buy)
        trial.change(trade, isRemoval: isRemoval, reason, isApproximate: isApproximate)
    }
}

@Suite struct `Life of signals` {
    @Test(arguments: both) func `a trade reaches the target or the stop`(_ isUp: Bool) throws {
        for (prices, status) in [
            ([129.0, 106, 131], "target"), ([106, 104], "stopped"), ([130], "target"), ([105], "stopped"),
        ] {
            var trial = try born(isUp)
            for (second, price) in prices.enumerated() { trial.trade(Double(second), price) }
            trial.trade(30, 130)
            trial.trade(31, 100)
            #expect(trial.signals.count == 2)
            guard let end = trial.signals.last, let price = prices.last else { continue }
            #expect(end.status == status && end.head.isFinal && end.body.exit == mirrored(price, isUp))
            #expect(end.body.ended == AnalyticTrial.time(31 * 60 + Double(prices.count - 1)))
            #expect(end.head.end.nanoseconds == end.body.ended && end.head.start == trial.signals[0].head.start)
            #expect(end.head.revision == 0 && end.head.flags == [] && end.head.number == 2)
            #expect(end.inputs.count == 5 && end.body.confidence == trial.signals[0].body.confidence)
        }
    }

    @Test(arguments: both) func `trades without a price and trades before it was known end nothing`(_ isUp: Bool) throws
    {
        var trial = try born(isUp)
        trial.trade(1, 140, marks: .volumeOnly)
        trial.trade(-1, 140)
        #expect(trial.signals.count == 1)
    }

    @Test(arguments: both) func `acceptance or the opposite state invalidates`(_ isUp: Bool) throws {
        for (step, ends) in [(0, true), (1, true), (2, false), (3, false), (4, true), (5, false), (6, false)] {
            var trial = try born(isUp)
            let known = trial.now
            switch step {
            case 0: trial.accept(.inside, since: known + 1)
            case 1: trial.accept(.below, since: known + 1)
            case 2: trial.accept(.above, since: known + 1)
            case 3: trial.accept(.inside, since: known)
            case 4: trial.state(.imbalance, -1, since: known + 1)
            case 5: trial.state(.imbalance, 1, since: known + 1)
            default: trial.state(.balance, since: known + 1)
            }
            trial.minute(120, 116, 118, delta: -1)
            #expect(trial.signals.map(\.status) == (ends ? ["open", "invalidated"] : ["open"]), "\(step)")
            if ends { #expect(trial.signals.last?.body.exit == mirrored(118, isUp)) }
        }
    }

    @Test(arguments: both) func `a reversion goes on while the area is accepted`(_ isUp: Bool) throws {
        for place in [AuctionPlace.inside, .above, .below] {
            var trial = try SignalTrial(#"{ "rules": { "reversion": {} }, "atr": 1 }"#, up: isUp)
            trial.state(.balance)
            trial.minute(112, 108, 111)
            trial.find(.absorption, -1, 112, at: 30)
            trial.minute(111, 101, 108)
            #expect(trial.signals.count == 1)
            trial.accept(place, since: trial.now + 1)
            trial.minute(109, 107, 108)
            #expect(trial.signals.count == (place == .above ? 2 : 1))
        }
    }

    @Test func `bars or time let it expire`() throws {
        var trial = try born(true, more: #", "expiresBars": 3"#)
        for _ in 0..<2 { trial.minute(120, 116, 118, delta: -1) }
        #expect(trial.signals.count == 1)
        trial.minute(120, 116, 118, delta: -1)
        #expect(trial.signals.map(\.status) == ["open", "expired"])
        #expect(trial.signals[1].body.ended == AnalyticTrial.time(34 * 60))
        var timed = try born(true, more: #", "expires": "90s", "expiresBars": 1"#)
        timed.minute(120, 116, 118, delta: -1)
        #expect(timed.signals.count == 1)
        timed.trial.clock(timed.now + 45)
        #expect(timed.signals.map(\.status) == ["open", "expired"])
        #expect(timed.signals[1].body.ended == AnalyticTrial.time(31 * 60 + 90))
        #expect(timed.signals[1].body.exit == Price.none.billionths)
        // Nothing is left that a trade could end.
        timed.trade(60, 140)
        #expect(timed.signals.count == 2)
    }

    @Test func `the session's end ends all`() throws {
        var trial = try born(true)
        trial.again()
        trial.trial.closeSession()
        #expect(trial.signals.map(\.status) == ["open", "open", "sessionEnd", "sessionEnd"])
        #expect(trial.signals.map(\.body.identifier) == [1, 2, 1, 2])
        #expect(trial.signals[2].body.ended == AnalyticTrial.time(86_400))
        trial.trial.openSession(day: 1)
        trial.trial.trade(86_500, 140, 1)
        #expect(trial.signals.count == 4)
    }

    @Test func `of too many open signals the oldest makes room`() throws {
        var trial = try born(true)
        for _ in 1..<Signals.openLimit { trial.again() }
        #expect(trial.signals.allSatisfy { $0.status == "open" } && trial.signals.count == Signals.openLimit)
        trial.again()
        #expect(trial.signals.suffix(2).map(\.status) == ["expired", "open"])
        #expect(trial.signals.suffix(2).map(\.body.identifier) == [1, 17])
        // One trade ends all others, in the order of their birth.
        trial.trade(0, 130)
        #expect(trial.signals.suffix(16).map(\.body.identifier) == Array(2...17))
    }
}

@Suite struct `When signals are given` {
    @Test func `a cooldown holds the same direction`() throws {
        var trial = try SignalTrial(#"{ "rules": { "trend": {} }, "atr": 1, "cooldown": 2 }"#)
        trial.quiet()
        for _ in 0..<7 { trial.again() }
        #expect(trial.signals.map(\.body.known) == [31, 34, 37].map { AnalyticTrial.time($0 * 60) })
        #expect(trial.signals.allSatisfy { $0.body.held == 0 })
    }

    @Test func `windows begin and end at times since the open`() throws {
        var trial = try SignalTrial(
            #"{ "rules": { "trend": {} }, "atr": 1, "cooldown": 0, "windows": [{ "from": "32m", "to": "34m" }, "#
                + #"{ "from": "36m" }] }"#)
        trial.quiet()
        for _ in 0..<6 { trial.again() }
        #expect(trial.signals.map(\.body.known) == [32, 33, 36].map { AnalyticTrial.time($0 * 60) })
    }

    @Test func `a doubtful one is marked, or held back and counted`() throws {
        let marked = try born(true, coverage: 0.9)
        let signal = try #require(marked.signals.first)
        #expect(signal.body.doubtful == 1 && signal.body.doubts == SignalUpdate.coverageDoubt)
        #expect(signal.head.coverage == 0.9 && signal.inputs.map(\.doubtful) == [0, 0, 0, 1, 1])
        var held = try born(true, more: #", "holdBack": true"#, coverage: 0.9)
        held.again(coverage: 0.9)
        #expect(held.signals.isEmpty)
        held.again(coverage: 0.95)
        held.again()
        #expect(held.signals.map(\.body.held) == [2, 0] && held.signals.map(\.body.identifier) == [1, 2])
        #expect(held.signals.allSatisfy { $0.body.doubtful == 0 })
        #expect(abs(marked.signals[0].body.confidence / held.signals[1].body.confidence - 0.9) < 0.05)
    }

    @Test func `a book in disorder is a doubt`() throws {
        var trial = try SignalTrial(#"{ "rules": { "trend": {} }, "atr": 1 }"#)
        trial.quiet()
        var evidence = Evidence(kind: .state, number: 7, time: 1, quality: .whole)
        evidence.quality.bookState = .crossed
        evidence.quality.inferredShare = 0.5
        trial.board {
            $0.state = StateReading(state: .imbalance, direction: 1, confidence: 1, since: 0, evidence: evidence)
        }
        trial.minute(120, 111, 115, delta: 40)
        let signal = try #require(trial.signals.first)
        #expect(signal.body.doubts == SignalUpdate.bookDoubt && signal.inputs.map(\.doubtful) == [1, 0, 0, 0, 0])
        #expect(signal.head.quality.bookState == .crossed && signal.head.inferredShare == 0.5)
        #expect(abs(signal.body.confidence - (1 + 1 + 2.0 / 3) / 3 * 0.75) < 1e-15)
    }

    @Test func `too little confidence holds back`() throws {
        let trial = try born(true, more: #", "minimumConfidence": 0.75"#)
        #expect(trial.signals.isEmpty)
        #expect(try born(true, more: #", "minimumConfidence": 0.69"#).signals.count == 1)
    }

    @Test func `settings change while running, topics and bars do not`() throws {
        var trial = try born(true)
        let text = #"{ "rules": { "trend": { "tolerance": 0 }, "sma": {} }, "bars": "5m", "atr": 1, "stopRange": 0 }"#
        let choice = AnalyticChoice(Signals.self, try signalSettings(text).settings)
        let isTaken = trial.trial.set.change(choice)
        #expect(isTaken)
        trial.again()
        // 111 no longer counts; 110 does, and the cooldown of 5 has begun with the first signal.
        trial.minute(120, 110, 115, delta: 40)
        #expect(trial.signals.count == 1)
        for _ in 0..<5 { trial.minute(120, 114, 118, delta: -1) }
        trial.minute(120, 110, 115, delta: 40)
        #expect(trial.signals.count == 2 && trial.signals[1].body.stop == mirrored(108, true))
        #expect(trial.signals[0].body.stop == mirrored(105, true))
    }
}

@Suite struct `Revised inputs of signals` {
    @Test func `an open signal is named and stays open`() throws {
        var trial = try born(true)
        trial.change(31 * 60 - 1, .corrected, isRemoval: true)
        // The other half of the correction comes within the same second.
        trial.change(31 * 60 - 1, .corrected)
        trial.change(31 * 60)
        #expect(trial.signals.map(\.status) == ["open", "open"])
        let told = try #require(trial.signals.last)
        #expect(told.head.revision == 1 && !told.head.isFinal && told.head.flags == .inputRevised)
        #expect(told.head.reason == RevisionReason.corrected.rawValue && told.body.doubts == SignalUpdate.revisedDoubt)
        #expect(told.body.doubtful == 1 && told.inputs.map(\.revised) == [0, 0, 0, 1, 1])
        trial.trade(1, 130)
        let end = try #require(trial.signals.last)
        #expect(end.status == "target" && end.head.isFinal && end.head.revision == 1)
        #expect(end.head.flags == .inputRevised && end.inputs.map(\.revised) == [0, 0, 0, 1, 1])
    }

    @Test func `a past signal is named as revised, with its end`() throws {
        var trial = try born(true)
        trial.trade(1, 130)
        trial.trade(2, 120)
        trial.change(5, .late, isApproximate: true)
        trial.trade(3, 120)
        trial.change(5, .cancelled, isRemoval: true)
        #expect(trial.signals.map(\.status) == ["open", "target", "revised", "revised"])
        #expect(trial.signals.map(\.head.revision) == [0, 0, 1, 2])
        #expect(trial.signals[2].head.isFinal && trial.signals[2].head.flags == [.inputRevised, .approximate])
        #expect(trial.signals[3].head.reason == RevisionReason.cancelled.rawValue)
        #expect(trial.signals[3].body.exit == mirrored(130, true))
        #expect(trial.signals[3].head.end == trial.signals[1].head.end)
        // State, reference, flow and bar were known after it; the prior area was known before.
        #expect(trial.signals[3].inputs.map(\.revised) == [1, 0, 0, 1, 1])
    }

    @Test func `so many times at most, and not for another session`() throws {
        var trial = try born(true)
        for second in 0..<40 {
            trial.trade(Double(second), 120)
            trial.change(5)
        }
        #expect(trial.signals.count == 1 + Int(Signal.revisionLimit))
        trial.trial.closeSession()
        trial.change(-5)
        trial.trial.openSession(day: 1)
        trial.change(10)
        #expect(trial.signals.count == 2 + Int(Signal.revisionLimit))
    }

    @Test func `past signals are remembered up to a limit`() throws {
        var trial = try born(true)
        trial.trade(1, 130)
        for _ in 0..<PastSignals.limit {
            trial.again()
            trial.trade(1, 130)
        }
        trial.trade(2, 120)
        let before = trial.signals.count
        trial.change(5)
        let revised = trial.signals[before...].map(\.body.identifier)
        #expect(revised == Array(2...Int64(PastSignals.limit + 1)))
    }
}
