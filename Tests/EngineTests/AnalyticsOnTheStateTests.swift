import Analytics
import Engine
import Graph
import Market
import Testing
import Updates

/// What the analytics of the catalogue are told by a symbol's state, and when.
@Suite struct `Analytics on the state` {
    private static let minute = 60.0

    private func told(
        _ events: [MarketEvent], _ change: (inout FlowSettings) -> Void = { _ in }
    ) -> [(told: Listener.Told?, value: Int64, seconds: Double, body: ListenerUpdate)] {
        let said = play(events) { settings in
            settings.candles = BarSettings(widths: [.seconds(60)])
            settings.analytics = [AnalyticChoice(Listener.self, Listener.Settings())]
            change(&settings)
        }
        return said.on("listener/").map { one in
            let body = one.body(ListenerUpdate.self)
            return (Listener.Told(rawValue: body.told), body.value, Double(one.end) / 1e9, body)
        }
    }

    @Test func `come in the order of events, bars before the trade that ends them`() {
        let heard = told([
            Make.trade(1, 100, 5, .buy), Make.trade(2, 101, 3, .sell), Make.trade(61, 102, 4, .buy),
        ])
        #expect(heard.map(\.told) == [.open, .trade, .trade, .bar, .trade])
        #expect(heard.map(\.value).dropFirst() == [5, -3, 8, 4])
        // The board has the session's volume up to the bar's end.
        #expect(heard[3].body.volume == 8)
    }

    @Test func `bars come although no candle of their width is published`() {
        let heard = told([Make.trade(1, 100, 5, .buy), Make.clock(60)]) { $0.candles = nil }
        #expect(heard.map(\.told) == [.open, .trade, .bar])
        let wide = told([Make.trade(1, 100, 5, .buy), Make.clock(60), Make.clock(300)]) {
            $0.candles = BarSettings(widths: [.seconds(300)])
        }
        #expect(wide.map(\.told) == [.open, .trade, .bar])
    }

    @Test func `bars wait for their grace with the late trade in them, and a later one is a change`() {
        let events = [
            Make.trade(1, 100, 5, .buy), Make.clock(60), Make.trade(59, 100, 2, .buy), Make.clock(65),
            Make.trade(58, 100, 1, .sell),
        ]
        let heard = told(events) { $0.grace = .seconds(5) }
        #expect(heard.map(\.told) == [.open, .trade, .change, .bar, .change])
        #expect(heard.map(\.value).dropFirst() == [5, 2, 7, 1])
    }

    @Test func `what is taken back and put right is a change, with the side that it first had`() {
        let trades = [Make.named(1, 100, 5, id: 1, .buy), Make.named(2, 101, 3, id: 2, .sell)]
        let heard = told(
            trades + [
                Make.change(.cancel, 3, 101, 3, id: 2), Make.change(.cancel, 3, 101, 3, id: 2),
                Make.change(.cancel, 4, 100, 5, id: 1, marks: .replaced), Make.change(.restate, 4, 100, 6, id: 3),
                Make.named(5, 100, 9, id: 4, codes: "4"), Make.change(.cancel, 6, 100, 9, id: 4),
                Make.change(.cancel, 7, 100, 2, id: 99),
            ])
        // The derivatively priced trade is not of the order flow, nor is its cancel.
        #expect(heard.map(\.told) == [.open, .trade, .trade, .change, .change, .change, .change])
        #expect(heard.map(\.value).dropFirst() == [5, -3, -3, -5, 6, -2])
    }

    @Test func `a footprint after cancels and corrections is that of the corrected tape`() {
        let kept = [Make.named(1, 100, 5, id: 1, .buy), Make.named(3, 102, 4, id: 3, .sell)]
        let gone = Make.named(2, 101, 3, id: 2, .sell)
        let changes = [
            Make.change(.cancel, 62, 101, 3, id: 2), Make.change(.cancel, 63, 102, 4, id: 3, marks: .replaced),
            Make.change(.restate, 63, 103, 6, id: 30),
        ]
        func last(_ events: [MarketEvent]) -> Said? {
            let said = play(events) { settings in
                settings.analytics = [AnalyticChoice(Analytics.Footprint.self, FootprintSettings())]
            }
            return said.last { $0.topic.hasPrefix("footprint/") && $0.start == 0 && $0.head.isFinal }
        }
        let changed = last([kept[0], gone, kept[1], Make.clock(61)] + changes)
        let clean = last([kept[0], Make.named(3, 103, 6, id: 30, .sell), Make.clock(61)])
        #expect(changed?.head.reason == RevisionReason.corrected.rawValue && clean?.head.revision == 0)
        // The head and the extremes of delta differ; the rows stand behind the body.
        let rows = MemoryLayout<FootprintUpdate>.size + UpdateHead.size
        #expect(changed.map { $0.bytes[rows...] } == clean.map { $0.bytes[rows...] })
        #expect((changed?.bytes.count ?? 0) > rows)
    }

    @Test func `an instant comes with the first event that reaches it, a clock too`() {
        let heard = told([Make.trade(1, 100, 7, .buy), Make.clock(30), Make.clock(31), Make.clock(32)])
        #expect(heard.map(\.told) == [.open, .trade, .wake])
        #expect(heard[2].seconds == 31)
    }

    @Test func `gaps, halts and their end`() {
        let heard = told([
            Make.trade(1, 100, 1), Make.gap(2), Make.trade(3, 100, 1), Make.status(4, .halted),
            Make.status(5, .halted), Make.status(6, .trading),
        ])
        #expect(heard.map(\.told) == [.open, .trade, .gap, .trade, .halt, .resume])
    }

    @Test func `a session's end leaves its value area to the next`() {
        let day = 86_400.0
        let heard = told([Make.trade(1, 10_000, 5, .buy), Make.trade(day + 1, 10_100, 1, .buy)])
        #expect(heard.map(\.told) == [.open, .trade, .bar, .close, .open, .trade])
        #expect(heard[4].body.priorControl == 100 * Price.scale)
        #expect(heard[3].body.priorControl == 0)
    }

    @Test func `are shown once per live interval and at the end`() {
        let heard = told([Make.trade(1, 100, 5), Make.clock(2), Make.clock(3), Make.end(3.5)]) {
            $0.live = .seconds(1)
        }
        #expect(heard.map(\.told) == [.open, .trade, .show, .show, .end])
    }

    @Test func `trades of no order flow are not told`() {
        let heard = told([
            Make.trade(1, 100, 5, .buy, marks: .auction), Make.trade(2, 100, 6, .buy, marks: .volumeOnly),
            Make.trade(3, 100, 8, .buy, marks: .offExchange),
        ])
        #expect(heard.map(\.told) == [.open, .trade])
        #expect(heard[1].value == 8)
    }

    @Test func `quotes and the book`() {
        let quote = MarketEvent.quote(
            symbol: 0, venueTime: Make.time(1), receiveTime: Make.time(1), bid: Price(billionths: 1),
            bidSize: Quantity(steps: 3), ask: Price(billionths: 2), askSize: Quantity(steps: 4))
        let level = MarketEvent.level(
            symbol: 0, venueTime: Make.time(2), receiveTime: Make.time(2), side: .buy, price: Price(billionths: 1),
            quantity: Quantity(steps: 9), isLastOfGroup: true)
        let heard = told([quote, level])
        #expect(heard.map(\.told) == [.open, .quote, .book])
        #expect(heard.map(\.value).dropFirst() == [3, 9])
    }
}

/// What a symbol says of its own input.
@Suite struct `A symbol's quality` {
    private func quality(
        _ events: [MarketEvent], live: Duration = .zero
    ) -> [(body: QualityUpdate, head: UpdateHead)] {
        play(events) { $0.live = live }.on("quality/").map { ($0.body(QualityUpdate.self), $0.head) }
    }

    private func quote(_ seconds: Double, _ bid: Int64, _ ask: Int64) -> MarketEvent {
        .quote(
            symbol: 0, venueTime: Make.time(seconds), receiveTime: Make.time(seconds), bid: Price(billionths: bid),
            bidSize: Quantity(steps: 1), ask: Price(billionths: ask), askSize: Quantity(steps: 1))
    }

    @Test func `is published when a gap begins and when it ends, with what was missed`() {
        let said = quality([Make.trade(0, 100, 1), Make.trade(10, 100, 1), Make.gap(12), Make.trade(20, 100, 1)])
        #expect(said.map(\.body.marks) == [.gap, []])
        #expect(said.map(\.body.sound) == [0, 1])
        #expect(said[1].head.gapSeconds == 10 && said[1].head.coverage == 0.5)
        #expect(said[1].body.counts.gaps == 1)
    }

    @Test func `a halt is said and is no gap`() {
        let said = quality([
            Make.trade(0, 100, 1), Make.status(10, .halted), Make.status(40, .trading), Make.trade(60, 100, 1),
        ])
        #expect(said.map(\.body.halted) == [1, 0])
        #expect(said.allSatisfy { $0.head.coverage == 1 })
    }

    @Test func `a start in mid-session is a gap from its open and stays marked`() {
        let said = quality([Make.trade(43_200, 100, 1), Make.end(43_201)])
        #expect(said.last?.body.marks == .startedLate)
        #expect(said.last.map { abs($0.head.coverage - 1.0 / 43_201) < 1e-9 } ?? false)
    }

    @Test func `crossed quotes are counted, and said at most once a second`() {
        var events = [Make.trade(0, 100, 1)]
        for index in 0..<400 {
            events.append(quote(1 + Double(index) / 100, index % 2 == 0 ? 12 : 10, 11))
        }
        events += [Make.clock(10), Make.end(11)]
        let said = quality(events)
        #expect(said.last?.body.counts.crossedQuotes == 200)
        #expect(said.count <= 6 && said.count >= 2)
        #expect(said.last?.body.marks == [])
    }

    @Test func `what is counted is shown once per live interval`() {
        let events = [
            Make.trade(0, 100, 1), Make.trade(61, 100, 1), Make.trade(59, 100, 1), Make.clock(62), Make.clock(63),
        ]
        let said = quality(events, live: .seconds(1))
        #expect(said.map(\.body.counts.late) == [1])
    }

    @Test func `a session's end says the whole session's`() {
        let said = quality([Make.trade(0, 100, 1), Make.trade(86_400, 100, 1), Make.trade(5, 100, 1), Make.end(86_401)])
        #expect(said.map(\.head.isFinal) == [true, false])
        #expect(said[0].head.coverage == 1 && said[0].body.marks == [])
        #expect(said[1].body.counts.tooLate == 1)
    }
}

/// Settings that change while running.
@Suite struct `A change of settings` {
    private func choice(_ note: Int64) -> AnalyticChoice {
        var settings = Listener.Settings()
        settings.note = note
        return AnalyticChoice(Listener.self, settings)
    }

    private func settings(listing: Bool) -> FlowSettings {
        var settings = FlowSettings()
        settings.live = .zero
        if listing { settings.analytics = [choice(0)] }
        return settings
    }

    @Test func `an analytic that nobody lists takes none`() {
        let flow = SoloFlow(settings: settings(listing: false), instrument: instrument())
        let desk = flow.router.controls
        #expect(throws: ControlRefusal(problem: "the symbols node lists no analytic listener")) {
            try desk.add(ControlRecord(symbols: [.any], start: nil, choice: choice(1)))
        }
    }

    @Test func `holds for the symbols that it names, from the next event on or from its instant on`() throws {
        var flow = SoloFlow(settings: settings(listing: true), instrument: instrument())
        let desk = flow.router.controls
        _ = flow.router.directory.entry(for: "ONE")
        _ = flow.router.directory.entry(for: "TWO")
        var said = flow.play([Make.trade(1, 100, 1), Make.trade(1, 100, 1, symbol: 1)])
        try desk.add(ControlRecord(symbols: [SymbolPattern("T*")], start: nil, choice: choice(5)))
        try desk.add(ControlRecord(symbols: [.any], start: Make.time(10), choice: choice(7)))
        // A symbol that is named only now learns of both.
        _ = flow.router.directory.entry(for: "THREE")
        for second in [2.0, 9, 10, 11] {
            for symbol in 0..<3 { said += flow.play([Make.trade(second, 100, 1, symbol: UInt32(symbol))]) }
        }
        let notes = (0..<3).map { symbol in
            said.on("listener/").filter { $0.symbol == UInt32(symbol) }.map { $0.body(ListenerUpdate.self) }
                .filter { $0.told == Listener.Told.trade.rawValue }.map(\.note)
        }
        // An instant's change holds from the first event that reaches it on.
        #expect(notes == [[0, 0, 0, 7, 7], [0, 5, 5, 7, 7], [5, 5, 7, 7]])
    }

    @Test func `enters with a number of its own, and nothing is lost beside it`() throws {
        var flow = SoloFlow(settings: settings(listing: true), instrument: instrument())
        _ = flow.router.directory.entry(for: "ONE")
        let desk = flow.router.controls
        for note in 1...5 { try desk.add(ControlRecord(symbols: [.any], start: nil, choice: choice(Int64(note)))) }
        let said = flow.play((1...2_000).map { Make.trade(Double($0), 100, 1) }, burst: 100)
        let trades = said.on("listener/").map { $0.body(ListenerUpdate.self) }.filter {
            $0.told == Listener.Told.trade.rawValue
        }
        #expect(trades.count == 2_000)
        #expect(trades.allSatisfy { $0.note == 5 })
    }
}
