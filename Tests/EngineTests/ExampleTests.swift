import Analytics
import Engine
import Market
import Testing
import Updates

/// Small tapes whose meaning can be read off; times in seconds after the epoch, prices in cents.
@Suite struct ExampleTests {
    private func bars(_ events: [MarketEvent], _ change: (inout FlowSettings) -> Void = { _ in }) -> [Said] {
        play(events) { settings in
            settings.candles = BarSettings(widths: [.seconds(1)])
            settings.delta = BarSettings(widths: [.seconds(1)])
            change(&settings)
        }
    }

    @Test func `a clock closes a bar that nobody trades out of`() {
        let said = bars([Make.trade(10.2, 100, 5, .buy), Make.clock(10.9), Make.clock(11)]).on("candle/1s/")
        #expect(said.map(\.event) == [2])
        #expect(said.first?.head.isFinal == true)
        #expect(said.first?.start == 10_000_000_000)
    }

    @Test func `a late trade makes a revision, and one beyond the horizon none`() {
        let said = bars([
            Make.trade(10.2, 100, 5, .buy), Make.trade(11.2, 101, 7, .sell), Make.trade(10.4, 99, 2, .sell),
            Make.trade(60, 101, 1, .buy), Make.trade(10.5, 90, 100, .buy), Make.end(60),
        ])
        let candles = said.on("candle/1s/").filter { $0.head.isFinal }
        #expect(candles.map(\.head.revision) == [0, 1, 0])
        #expect(candles[1].candle.low == 990_000_000)
        #expect(candles[1].head.reason == RevisionReason.late.rawValue)
        #expect(said.last { $0.topic == "session/" }?.session.volume == 115)
        #expect(said.last { $0.topic == "session/" }?.session.counts.late == 2)
    }

    @Test func `a late trade is in the cumulative delta of every bar that ended after it`() {
        let said = bars([
            Make.trade(10.2, 100, 10, .buy), Make.trade(12.2, 100, 20, .buy), Make.trade(14.2, 100, 1, .buy),
            Make.trade(11.5, 100, 5, .sell), Make.trade(12.6, 100, 3, .buy), Make.trade(10.9, 100, 1, .buy),
            Make.clock(20),
        ])
        let deltas = said.on("delta/1s/").filter { $0.head.isFinal }
        let spoken = deltas.map { "\($0.start / 1_000_000_000):\($0.delta.cumulative)" }
        #expect(spoken == ["10:10", "12:30", "11:5", "12:28", "10:11", "14:30"])
    }

    @Test func `bars wait for their grace, and late trades within it make no revision`() {
        let said = bars([
            Make.trade(10.2, 100, 10, .buy), Make.trade(11.1, 100, 20, .buy), Make.trade(10.8, 100, 1, .sell),
            Make.trade(11.5, 100, 1, .sell), Make.clock(12.5),
        ]) { $0.grace = .milliseconds(500) }
        let candles = said.on("candle/1s/")
        #expect(candles.map(\.event) == [3, 4])
        #expect(candles[0].candle.volume == 11)
        #expect(candles.map(\.head.revision) == [0, 0])
    }

    @Test func `more bars than can be kept inside a grace are published early and none is lost`() {
        let trades = (0..<150).map { Make.trade(10 + Double($0) * 0.001, 100, 1, .buy) }
        let said = play(trades + [Make.clock(12)]) {
            $0.candles = BarSettings(widths: [.milliseconds(1)])
            $0.grace = .seconds(1)
        }
        #expect(said.on("candle/1ms/").map(\.start) == trades.map(\.venueTime.nanoseconds))
    }

    @Test func `the end of the input shows bars that wait for their grace`() {
        let said = bars([Make.trade(10.2, 100, 10, .buy), Make.trade(11.1, 100, 20, .buy), Make.end(11.1)]) {
            $0.grace = .seconds(1)
        }
        let candles = said.on("candle/1s/")
        #expect(candles.map(\.start) == [10_000_000_000, 11_000_000_000])
        #expect(candles.allSatisfy { !$0.head.isFinal })
    }

    @Test func `coverage follows the vector QL1`() {
        let said = play([
            Make.clock(0), Make.trade(9, 100, 1), Make.trade(10, 100, 1), Make.gap(14), Make.trade(15, 100, 1),
            Make.trade(12, 100, 1), Make.gap(16), Make.trade(20, 100, 1), Make.status(30, .halted),
            Make.status(40, .trading), Make.trade(41, 100, 1), Make.clock(60),
        ]) { $0.candles = BarSettings(widths: [.seconds(60)]) }
        let head = said.on("candle/1m/").first?.head
        #expect(head?.gapSeconds == 10)
        #expect(head?.coverage == 0.8)
    }

    @Test func `a start in mid-session is a gap from the open, one before it is none`() throws {
        let calendar = try LocalCalendar(name: "day", zone: "UTC", open: "00:01", close: "00:05", days: ["thu"])
        let change: (inout FlowSettings) -> Void = { $0.candles = BarSettings(widths: [.seconds(60)]) }
        let middle = play([Make.trade(75, 100, 1), Make.clock(120)], calendar: calendar, change).on("candle/1m/")
        #expect(middle.first?.head.gapSeconds == 15)
        let early = play([Make.clock(50), Make.trade(75, 100, 1), Make.clock(120)], calendar: calendar, change)
        #expect(early.on("candle/1m/").first?.head.gapSeconds == 0)
        let gap = [Make.clock(50), Make.gap(55), Make.trade(75, 100, 1), Make.clock(120)]
        #expect(play(gap, calendar: calendar, change).on("candle/1m/").first?.head.gapSeconds == 15)
    }

    @Test func `a session that has ended is not begun again`() throws {
        let calendar = try LocalCalendar(name: "day", zone: "UTC", open: "00:01", close: "00:05", days: ["thu"])
        let events = [
            Make.trade(61, 100, 7), Make.trade(301, 100, 1), Make.gap(302), Make.trade(298, 100, 1), Make.end(400),
        ]
        let sessions = play(events, calendar: calendar) { _ in }.on("session/")
        #expect(sessions.map(\.session.volume) == [7, 7])
        #expect(sessions.map(\.head.revision) == [0, 1])
        #expect(sessions.last?.session.counts.outsideSession == 1)
    }

    @Test func `a session's volume has a limit that no sum overflows`() {
        let huge = (0..<513).map { Make.trade(10 + Double($0), 100, Quantity.limit, .buy) }
        let said = bars(huge + [Make.end(2_000)])
        let session = said.last { $0.topic == "session/" }?.session
        #expect(session?.volume == 1 << 61)
        #expect(session?.counts.refused == 1)
        #expect(said.last { $0.topic == "cvd/" }?.cumulative.delta == 1 << 61)
    }

    @Test func `late trades count for the limit of a session's volume`() {
        let events = (0..<300).flatMap { second in
            [10, 8.5].map { Make.trade($0 + Double(second), 100, Quantity.limit, .buy) }
        }
        let session = bars(events + [Make.end(400)]).last { $0.topic == "session/" }?.session
        #expect(session?.volume == 1 << 61)
        #expect(session?.counts.refused == 88)
    }

    @Test func `prices of zero and below are real where the instrument says so`() {
        var settings = FlowSettings()
        settings.profile = ProfileSettings()
        settings.profile?.rowLimit = 64
        let prices = [-3_763, 0, -Price.limit / 10_000_000, 12]
        for (allowed, volume) in [(true, Int64(4)), (false, 1)] {
            var flow = SoloFlow(settings: settings, instrument: instrument(allowsNegativePrices: allowed))
            _ = flow.router.directory.entry(for: "CL")
            let said = flow.play(prices.map { Make.trade(10, $0, 1) } + [Make.end(11)])
            #expect(said.on("session/").last?.session.volume == volume)
            let flags = said.on("profile/session/").last?.head.flags
            #expect(flags?.contains(.coarsened) == allowed)
        }
    }
}
