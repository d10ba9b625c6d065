import Analytics
import Engine
import Market
import Testing
import Updates

extension Make {
    /// A trade with a name; with codes, of tape C.
    static func named(
        _ seconds: Double, _ cents: Int64, _ quantity: Int64, id: UInt64, _ side: Side = .unknown, codes: String? = nil
    ) -> MarketEvent {
        var event = trade(seconds, cents, quantity, side)
        (event.identifier, event.venue) = (id, 68)
        if let codes { (event.tape, event.conditions) = (.c, SaleCodes.bits(codes)) }
        return event
    }

    static func change(
        _ kind: EventKind, _ seconds: Double, _ cents: Int64, _ quantity: Int64, id: UInt64,
        marks: MarketEvent.Marks = [], codes: String? = nil
    ) -> MarketEvent {
        var event = MarketEvent(kind, symbol: 0, venueTime: time(seconds), receiveTime: time(0))
        (event.price, event.quantity) = (Price(billionths: cents * 10_000_000), Quantity(steps: quantity))
        (event.identifier, event.venue, event.marks) = (id, 68, marks)
        if let codes { (event.tape, event.conditions) = (.c, SaleCodes.bits(codes)) }
        return event
    }
}

/// Plays trades with candles, deltas and sums of the widths.
private func play(_ events: [MarketEvent], _ widths: [Int64], _ change: (inout FlowSettings) -> Void = { _ in })
    -> [Said]
{
    play(events) { settings in
        settings.candles = BarSettings(widths: widths.map { .seconds($0) })
        settings.delta = BarSettings(widths: widths.map { .seconds($0) })
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        change(&settings)
    }
}

private func cents(_ candle: CandleUpdate) -> [Int64] {
    [candle.open, candle.high, candle.low, candle.close].map { $0 / 10_000_000 }
}

@Suite struct `The tape and its changes` {
    private static let vector = [
        Make.named(1, 10_000, 200, id: 1, codes: "@"), Make.named(2, 10_050, 50, id: 2, codes: "@,I"),
        Make.named(3, 9_900, 1_000, id: 3, codes: "@,4"), Make.named(4, 10_020, 300, id: 4, codes: "@,F"),
        Make.named(5, 10_100, 500, id: 5, codes: "@,Z"), Make.named(6, 10_010, 100, id: 6, codes: "@,Q"),
    ]

    @Test(arguments: [[60, 86_400], [86_400], [1, 7, 60, 86_400, 604_800]])
    func `six trades of tape C make the bars of vector TC1 in one run`(widths: [Int64]) {
        let said = play(Self.vector + [Make.clock(90_000)], widths)
        for minute in said.on("candle/1m/") {
            #expect(cents(minute.candle) == [10_000, 10_020, 10_000, 10_020])
            #expect(minute.candle.volume == 2_050 && minute.candle.trades == 5)
            #expect(isClose(minute.candle.volumeWeightedPrice, 100.12) && minute.head.flags == [])
        }
        let days = said.on("candle/1d/") + said.on("candle/7d/")
        #expect(days.count == widths.count { $0 >= 86_400 })
        for day in days {
            #expect(cents(day.candle) == [10_000, 10_100, 9_900, 10_020])
            #expect(day.candle.volume == 2_050 && day.candle.trades == 5)
            #expect(isClose(day.candle.volumeWeightedPrice, 99.78) && day.head.flags == [])
        }
        // The session's sums are those of its minutes.
        let session = said.on("session/").last?.session
        #expect(session?.volume == 2_050 && session.map { isClose($0.volumeWeightedPrice, 100.12) } == true)
    }

    @Test func `live bars of a day are the day's too`() {
        let said = play(Self.vector + [Make.end(7)], [60, 86_400])
        #expect(said.on("candle/1d/").last.map { cents($0.candle) } == [10_000, 10_100, 9_900, 10_020])
        #expect(said.on("candle/1m/").last.map { cents($0.candle) } == [10_000, 10_020, 10_000, 10_020])
    }

    @Test func `a cancel returns everything to its prior state`() {
        // Vector X1.
        let before = [Make.named(1, 10_530, 10, id: 1, .sell)]
        let trade = Make.named(2, 10_531, 300, id: 465, .buy)
        let cancel = Make.change(.cancel, 3, 10_531, 300, id: 465)
        let plain = play(before + [Make.end(4)], [60])
        let said = play(before + [trade, cancel, Make.end(4)], [60])
        for topic in ["candle/1m/", "vwap/", "profile/session/", "cvd/", "session/"] {
            let (one, other) = (said.on(topic).last, plain.on(topic).last)
            #expect(one.map { $0.bytes[UpdateHead.size...] } == other.map { $0.bytes[UpdateHead.size...] }, "\(topic)")
        }
        let delta = said.on("delta/1m/").last
        #expect(delta?.delta.delta == -10 && delta?.delta.maxDelta == 290 && delta?.head.flags == .inputRevised)
    }

    @Test func `a correction of a contingent trade leaves prices alone`() {
        // Vector X2, with codes of tape A.
        var trade = Make.named(2, 3_915, 440_000, id: 52_983_525_033_527)
        var events = [Make.named(1, 3_900, 10, id: 1), trade]
        (trade.tape, trade.conditions) = (.a, SaleCodes.bits(" ,7"))
        events[1] = trade
        let cancel = Make.change(.cancel, 3, 3_915, 440_000, id: trade.identifier, marks: .replaced)
        var again = Make.change(.restate, 3, 3_918, 440_000, id: 52_983_525_034_326)
        (again.tape, again.conditions) = (trade.tape, trade.conditions)
        let plain = play(events + [Make.clock(61)], [60])
        let said = play(events + [cancel, again, Make.clock(61)], [60])
        let (one, other) = (said.on("candle/1m/"), plain.on("candle/1m/"))
        #expect(one.count == 1 && one.first?.candle.volume == 440_010)
        #expect(one.first.map { $0.bytes[UpdateHead.size...] } == other.first.map { $0.bytes[UpdateHead.size...] })
    }

    @Test func `a closed bar is revised with its reason, once for a correction`() {
        let trades = [
            Make.named(0.1, 100, 5, id: 1, .buy), Make.named(0.5, 110, 7, id: 2, .sell),
            Make.named(0.9, 90, 9, id: 3, .buy), Make.named(1.5, 101, 1, id: 4, .buy),
        ]
        let pair = [
            Make.change(.cancel, 2, 110, 7, id: 2, marks: .replaced), Make.change(.restate, 2, 105, 8, id: 20),
        ]
        let said = play(trades + pair + [Make.change(.cancel, 2.1, 0, 0, id: 3)], [1])
        let first = said.on("candle/1s/").filter { $0.start == 0 }
        #expect(first.map(\.head.revision) == [0, 1, 2])
        #expect(first.map(\.head.reason) == [RevisionReason.none, .corrected, .cancelled].map(\.rawValue))
        #expect(first.map(\.head.flags) == [[], .inputRevised, .inputRevised])
        #expect(first.map { cents($0.candle) } == [[100, 110, 90, 90], [100, 105, 90, 90], [100, 105, 100, 105]])
        let deltas = said.on("delta/1s/").filter { $0.start == 0 }.map(\.delta)
        #expect(deltas.map(\.delta) == [7, 6, -3] && deltas.map(\.cumulative) == [7, 6, -3])
        #expect(deltas.map(\.maxDelta) == [7, 7, 7] && deltas.map(\.sell) == [7, 8, 8])
    }

    @Test func `a restate alone corrects the trade that it names, and nobody else's halves are lost`() {
        let trades = [Make.named(0.1, 100, 5, id: 1, .buy), Make.named(1.5, 101, 1, id: 4, .buy)]
        let alone = play(trades + [Make.change(.restate, 2, 99, 6, id: 1)], [1])
        #expect(
            alone.on("candle/1s/").filter { $0.start == 0 }.map { cents($0.candle) }
                == [100, 99].map { [$0, $0, $0, $0] })
        #expect(alone.on("delta/1s/").filter { $0.start == 0 }.map(\.delta.delta) == [5, 6])
        let half = play(
            trades + [Make.change(.cancel, 2, 100, 5, id: 1, marks: .replaced), Make.clock(2.5)], [1])
        let revised = half.on("candle/1s/").filter { $0.start == 0 }
        #expect(revised.map(\.head.reason) == [RevisionReason.none, .cancelled].map(\.rawValue))
        #expect(revised.map(\.candle.volume) == [5, 0] && revised.last?.candle.open == Price.none.billionths)
    }

    @Test func `the same cancel twice and a change of a trade that was never seen`() {
        let trades = [Make.named(0.1, 100, 5, id: 1, .buy), Make.named(0.2, 100, 6, id: 2, .sell)]
        let cancel = Make.change(.cancel, 0.3, 100, 5, id: 1)
        let once = play(trades + [cancel, Make.end(0.5)], [1]).on("session/").last
        let twice = play(trades + [cancel, cancel, Make.end(0.5)], [1]).on("session/").last
        #expect(once?.session.volume == 6 && once?.head.flags == [])
        #expect(once.map { $0.bytes[8...] } == twice.map { $0.bytes[8...] })
        let unknown = Make.change(.cancel, 0.3, 100, 4, id: 9)
        let said = play(trades + [unknown, Make.end(0.5)], [1])
        let sums = said.on("session/").last
        #expect(sums?.head.flags == .approximate && sums?.session.volume == 7 && sums?.session.neutral == -4)
        #expect(sums?.session.buy == 5 && sums?.session.sell == 6 && sums?.session.counts.trades == 1)
        #expect(said.on("vwap/").last?.meanPrice.volume == 7 && said.on("profile/session/").last?.profile.total == 7)
        #expect(said.on("candle/1s/").last?.candle.volume == 11)
        // More than there is: not applied.
        let tooMuch = play(trades + [Make.change(.cancel, 0.3, 100, 12, id: 9), Make.end(0.5)], [1])
        #expect(tooMuch.on("session/").last?.session.volume == 11 && tooMuch.on("session/").last?.head.flags == [])
    }

    @Test func `past the horizon the bar stays and the session's sums change`() {
        let trades = [Make.named(0.1, 100, 5, id: 1, .buy), Make.named(0.2, 90, 6, id: 2, .sell)]
        for (seconds, isRevised) in [(36.0, true), (36.001, false)] {
            let events = trades + [Make.change(.cancel, seconds, 90, 6, id: 2), Make.end(40)]
            let said = play(events, [1])
            #expect(said.on("candle/1s/").count == (isRevised ? 2 : 1))
            let session = said.on("session/").last
            #expect(session?.session.volume == 5 && session?.session.low == 1_000_000_000)
            #expect(session?.session.delta == 5 && session?.head.flags == [])
        }
    }

    @Test func `prices that cannot be found anew are approximate`() {
        let trades = (1...4).map { Make.named(Double($0) / 10, 100 + Int64($0), 1, id: UInt64($0), .buy) }
        let events = trades + [Make.change(.cancel, 0.6, 104, 1, id: 4), Make.clock(2), Make.end(2)]
        let said = play(events, [1]) { $0.keptTrades = 3 }
        let bar = said.on("candle/1s/").last
        #expect(bar?.head.flags == [.inputRevised, .approximate])
        #expect(bar.map { cents($0.candle) } == [101, 104, 101, 104] && bar?.candle.volume == 3)
        #expect(said.on("session/").last?.head.flags == .approximate)
        let none = play(events, [1]) { $0.keptTrades = 0 }.on("session/").last
        #expect(none?.head.flags == .approximate && none?.session.volume == 3)
    }

    @Test func `a cancel after the session is counted and changes nothing`() {
        let trades = [Make.named(86_399, 100, 5, id: 1, .buy)]
        let said = play(trades + [Make.change(.cancel, 86_401, 100, 5, id: 1), Make.end(86_402)], [1])
        let sessions = said.on("session/")
        #expect(sessions.first?.session.volume == 5 && sessions.last?.session.volume == 0)
        #expect(said.on("candle/1s/").count == 1)
    }
}
