import Graph
import Market
import TestPrograms
import Testing
import Updates

@testable import Analytics

/// Whether the fields lie behind one another without a hole and end where the body ends.
private func tile(_ fields: [UpdateField], _ size: Int) -> Bool {
    var next = 0
    for field in fields {
        guard field.offset == next else { return false }
        next += field.type.size
    }
    return next == size
}

private func choice(_ change: (inout TimeProfileSettings) -> Void = { _ in }) -> AnalyticChoice {
    var settings = TimeProfileSettings()
    change(&settings)
    return AnalyticChoice(TimeProfileAnalytic.self, settings)
}

private func billionths(_ price: Double) -> Int64 { AnalyticTrial.billionths(price) }

extension TrialUpdate {
    fileprivate var summary: TimeProfileUpdate { body() }
    fileprivate var timeRows: [TimeProfileRow] { group(0) }
    fileprivate var singles: [TimeRows.Singles] { group(1) }
    fileprivate var brackets: [TimeProfileBracket] { group(2) }
    /// End of its window in seconds since the session's open.
    fileprivate var end: Double { Double(head.end - head.start) / 1e9 }
}

extension TimeProfileUpdate {
    fileprivate var stage: String { TimeProfileUpdate.initialNames[Int(initial)] }
}

extension AnalyticTrial {
    /// Trades a bracket's low and high a little after its start.
    fileprivate mutating func bracket(_ start: Double, _ low: Double, _ high: Double) {
        trade(start + 1, low, 1)
        trade(start + 2, high, 1)
    }
}

/// A gap from the open to `seconds` after it.
private func joined(at seconds: Double, _ trial: borrowing AnalyticTrial) {
    var ledger = GapLedger()
    let end = AnalyticTrial.time(seconds)
    ledger.addGap(from: Timestamp(nanoseconds: AnalyticTrial.open), to: Timestamp(nanoseconds: end))
    trial.set.setGaps(ledger, cleanSince: end)
}

@Suite struct `Time profile` {
    /// Vector TPO1 of definitions §7.
    @Test func `a published vector comes out`() throws {
        var trial = AnalyticTrial([choice()], tick: 1)
        for (bracket, range) in [(100.0, 103.0), (101, 104), (103, 106), (105, 106)].enumerated() {
            trial.bracket(Double(bracket) * 1_800, range.0, range.1)
        }
        trial.clock(7_200)
        let update = try #require(trial.on("tpo/").last)
        let body = update.summary
        #expect(update.timeRows.map(\.count) == [1, 2, 2, 3, 2, 2, 2])
        #expect(update.timeRows.map(\.price) == (100...106).map { billionths(Double($0)) })
        #expect([body.control, body.areaLow, body.areaHigh] == [103, 101, 105].map(billionths))
        #expect([body.total, body.controlCount, body.areaCount, body.brackets] == [14, 3, 11, 4])
        #expect([body.initialLow, body.initialHigh, body.low, body.high] == [100, 104, 100, 106].map(billionths))
        #expect([body.upTicks, body.downTicks, body.upBracket, body.downBracket] == [2, 0, 3, 0])
        #expect(body.hasPoorHigh == 1 && body.hasPoorLow == 0 && body.isInitialComplete == 1)
        #expect(body.highTail == 0 && body.lowTail == 0 && update.singles.isEmpty)
        #expect(body.singleShare == 1.0 / 7 && body.lastMade == 0)
        #expect(!update.head.isFinal && update.end == 7_200)
        #expect(trial.set.surroundings.board.initialHigh == billionths(104))
        #expect(trial.set.surroundings.board.singlePrintShare == 1.0 / 7)
    }

    @Test func `each bracket with a trade is told at its end, the session at its close, silence not at all`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.bracket(0, 10, 12)
        trial.clock(1_799)
        #expect(trial.said.isEmpty)
        trial.clock(1_800)
        #expect(trial.said.map(\.end) == [1_800] && trial.said[0].summary.stage == "forming")
        // One bracket alone makes nothing but single rows.
        #expect(trial.said[0].summary.singleShare == 1 && trial.set.surroundings.board.singlePrintShare.isNaN)
        // The first hour ends in silence: its end is news, hours of silence behind it are not.
        trial.clock(20_000)
        #expect(trial.said.map(\.end) == [1_800, 3_600] && trial.said[1].summary.stage == "complete")
        trial.trade(20_000, 13, 1)
        trial.clock(21_600)
        #expect(trial.said.last?.summary.brackets == 12 && trial.said.last?.summary.upBracket == 12)
        #expect(trial.said.last?.summary.lastMade == 0b101)
        trial.closeSession()
        #expect(trial.said.count == 4 && trial.said[3].head.isFinal && trial.said[3].end == 86_400)
        #expect(trial.said.map(\.head.number) == [1, 2, 3, 4])
    }

    @Test func `a bracket holds its start and not its end`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.trade(0, 1, 1)
        trial.trade(1_799.999_999_999, 2, 1)
        trial.trade(1_800, 3, 1)
        trial.closeSession()
        #expect(trial.said.last?.brackets.map(\.bracket) == [1, 2])
        #expect(trial.said.last?.brackets.map(\.high) == [billionths(2), billionths(3)])
    }

    @Test func `tails are single rows at an end that the last bracket did not make`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.bracket(0, 100, 110)
        trial.bracket(1_800, 103, 108)
        trial.clock(3_600)
        #expect(trial.said.last?.summary.lowTail == 3 && trial.said.last?.summary.highTail == 2)
        trial.bracket(3_600, 104, 112)
        trial.clock(5_400)
        // The last bracket made the high: no tail there yet.
        #expect(trial.said.last?.summary.lowTail == 3 && trial.said.last?.summary.highTail == 0)
        trial.bracket(5_400, 104, 109)
        trial.clock(7_200)
        #expect(trial.said.last?.summary.highTail == 2 && trial.said.last?.summary.hasPoorHigh == 0)
    }

    @Test func `single prints lie inside, by the bracket that made them`() throws {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.bracket(0, 100, 105)
        trial.bracket(1_800, 101, 103)
        trial.bracket(3_600, 104, 110)
        trial.bracket(5_400, 109, 111)
        trial.bracket(7_200, 111, 112)
        trial.clock(9_000)
        let update = try #require(trial.said.last)
        // 100 is an end, 112 too; 104 and 105 have two, 106 to 108 the third bracket alone.
        #expect(update.timeRows.map(\.count) == [1, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 1])
        #expect(update.singles == [TimeRows.Singles(low: billionths(106), high: billionths(108), bracket: 3)])
    }

    @Test func `single prints of neighbouring brackets are apart, and rows between brackets have no TPO`() throws {
        var trial = AnalyticTrial([choice()], tick: 1)
        for start in [0.0, 1_800] { trial.bracket(start, 100, 100) }
        trial.bracket(3_600, 101, 102)
        trial.bracket(5_400, 103, 104)
        for start in [7_200.0, 9_000] { trial.bracket(start, 107, 107) }
        trial.clock(10_800)
        let update = try #require(trial.said.last)
        #expect(update.timeRows.map(\.count) == [2, 1, 1, 1, 1, 0, 0, 2])
        #expect(update.singles.map(\.low) == [101, 103].map(billionths))
        #expect(update.singles.map(\.high) == [102, 104].map(billionths))
        #expect(update.singles.map(\.bracket) == [3, 4])
        #expect(update.summary.singleShare == 0.5)
    }

    @Test func `rows merge where the prices span too many, and say so`() throws {
        var trial = AnalyticTrial([choice { $0.rowLimit = 16 }], tick: 1)
        trial.bracket(0, -3, 12)
        trial.clock(1_800)
        #expect(trial.said.last?.head.flags == [] && trial.said.last?.timeRows.count == 16)
        trial.bracket(1_800, 12, 13)
        trial.clock(3_600)
        let update = try #require(trial.said.last)
        #expect(update.head.flags == .coarsened && update.summary.rowHeight == billionths(2))
        // Counted anew and not summed: the row of 12 and 13 has one TPO of each bracket.
        #expect(update.timeRows.map(\.count) == [1, 1, 1, 1, 1, 1, 1, 1, 2])
        #expect(update.timeRows[0].price == billionths(-4))
    }

    @Test func `the widest prices fit`() throws {
        var profile = TimeProfile(rowHeight: 1, rowLimit: 16)
        for price in [Price.limit, -Price.limit, 0] { _ = profile.add(price, bracket: 0) }
        let rows = try #require(profile.rows(.standard))
        #expect(rows.counts.count <= 16 && rows.counts.allSatisfy { $0 == 1 } && rows.isMerged)
        #expect(rows.lowerEdge(0) <= -Price.limit && rows.singles.isEmpty)
    }

    @Test func `a volume without a price touches no row`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.trade(1, 5, 1, marks: .volumeOnly)
        trial.closeSession()
        #expect(trial.said.isEmpty)
    }

    @Test func `live values only where they are asked for, and at the input's end`() {
        var quiet = AnalyticTrial([choice()], tick: 1)
        quiet.bracket(0, 1, 2)
        quiet.show(5)
        #expect(quiet.said.isEmpty)
        quiet.show(6, isEnding: true)
        #expect(quiet.said.map(\.end) == [6] && quiet.said.first?.head.isFinal == false)
        var loud = AnalyticTrial([choice { $0.live = true }], tick: 1)
        loud.bracket(0, 1, 2)
        loud.show(5)
        loud.show(6)
        loud.trade(7, 2, 1)
        loud.show(8)
        #expect(loud.said.map(\.end) == [5])
        // Whether live values were shown changes nothing of the bracket's own.
        loud.clock(1_800)
        #expect(loud.said.map(\.end) == [5, 1_800])
    }
}

@Suite struct `Initial balance` {
    @Test func `later analytics learn of it when its hour is over`() {
        var trial = AnalyticTrial([choice { $0.initialBalance = .seconds(2_700) }], tick: 1)
        trial.bracket(0, 10, 12)
        trial.trade(2_699, 9, 1)
        #expect(trial.set.surroundings.board.initialLow == nil)
        trial.trade(2_700, 8, 1)
        #expect(trial.set.surroundings.board.initialLow == billionths(9))
        trial.clock(3_600)
        #expect(trial.said.last?.summary.downBracket == 2 && trial.said.last?.summary.downTicks == 1)
        trial.closeSession()
        trial.openSession(day: 1)
        let board = trial.set.surroundings.board
        #expect(board.initialLow == nil && board.initialHigh == nil && board.singlePrintShare.isNaN)
    }

    @Test func `a start in mid-session makes it partial and hides it`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        joined(at: 3_000, trial)
        trial.bracket(3_000, 10, 12)
        trial.trade(4_000, 20, 1)
        trial.clock(5_400)
        #expect(trial.said.map(\.end) == [3_600, 5_400])
        #expect(trial.said.allSatisfy { $0.summary.stage == "partial" && $0.summary.isInitialComplete == 0 })
        #expect(trial.said[1].summary.upTicks == 0 && trial.said[1].summary.initialHigh == billionths(12))
        #expect(trial.said[0].head.coverage == 1 - 3_000.0 / 3_600)
        #expect(trial.set.surroundings.board.initialHigh == nil)
        #expect(trial.said[1].brackets.map(\.bracket) == [2, 3])
    }

    @Test func `a start after its hour finds none, a short gap is forgiven`() {
        var late = AnalyticTrial([choice()], tick: 1)
        joined(at: 4_000, late)
        late.bracket(4_000, 10, 12)
        late.clock(5_400)
        #expect(late.said.map(\.summary.stage) == ["none"])
        #expect(late.said.last?.summary.initialHigh == Price.none.billionths)
        for (gap, stage) in [(179.0, "complete"), (181, "partial")] {
            var trial = AnalyticTrial([choice()], tick: 1)
            joined(at: gap, trial)
            trial.bracket(200, 10, 12)
            trial.clock(3_600)
            #expect(trial.said.last?.summary.stage == stage)
        }
    }

    @Test func `a session shorter than its hour completes it at its close`() {
        var trial = AnalyticTrial([choice()], tick: 1, opens: false)
        trial.openSession(length: 2_400)
        trial.bracket(0, 10, 12)
        trial.bracket(1_800, 11, 13)
        trial.clock(2_400)
        trial.closeSession()
        #expect(trial.said.map(\.end) == [1_800, 2_400])
        #expect(trial.said.last?.summary.stage == "complete" && trial.said.last?.head.isFinal == true)
        #expect(trial.said.last?.summary.initialHigh == billionths(13))
    }

    @Test func `a half day and a session that opens at another hour begin their brackets at their own open`() {
        var trial = AnalyticTrial([choice()], tick: 1, opens: false)
        trial.openSession(length: 12_600)
        trial.bracket(12_500, 10, 12)
        trial.clock(12_600)
        trial.closeSession()
        #expect(trial.said.last?.brackets.map(\.bracket) == [7])
        // The next one opens an hour earlier by the clock of the world.
        let open = Timestamp(nanoseconds: AnalyticTrial.time(82_800 + 600))
        var updates = Outbox()
        trial.set.open(Session(open: open, close: open + 23_400 * Timestamp.second, date: 0), &updates)
        trial.trade(82_800 + 601, 5, 1)
        trial.trade(82_800 + 600 + 1_799, 6, 1)
        trial.trade(82_800 + 600 + 1_800, 7, 1)
        #expect(trial.said.last?.brackets == [TimeProfileBracket(bracket: 1, low: billionths(5), high: billionths(6))])
    }
}

@Suite struct `Time profile under correction` {
    @Test func `a late trade joins the bracket of its time, and the initial balance`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.bracket(0, 10, 12)
        trial.clock(3_600)
        trial.change(trial.made(100, 15, 1, .unknown), isRemoval: false, .late)
        #expect(trial.set.surroundings.board.initialHigh == billionths(15))
        trial.trade(3_700, 11, 1)
        trial.clock(5_400)
        let update = trial.said.last
        #expect(update?.brackets.map(\.high) == [billionths(15), billionths(11)] && update?.head.flags == [])
        #expect(update?.summary.initialHigh == billionths(15))
        // Before the session there is no bracket.
        trial.change(trial.made(-1, 99, 1, .unknown), isRemoval: false, .late)
        trial.closeSession()
        #expect(trial.said.last?.summary.high == billionths(15))
    }

    @Test func `a removal at the edge of its bracket is told from then on, another changes nothing`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.bracket(0, 10, 12)
        trial.trade(3, 11, 1)
        trial.clock(1_800)
        trial.change(trial.made(3, 11, 1, .unknown), isRemoval: true, .cancelled)
        trial.change(trial.made(3, 12, 1, .unknown, marks: .volumeOnly), isRemoval: true, .cancelled)
        trial.clock(3_600)
        #expect(trial.said.map(\.head.flags) == [[], []])
        trial.change(trial.made(2, 12, 1, .unknown), isRemoval: true, .cancelled)
        trial.clock(5_400)
        #expect(trial.said.last?.head.flags == .inputRevised && trial.said.last?.summary.high == billionths(12))
        trial.change(trial.made(1, 10, 1, .unknown), isRemoval: true, .cancelled, isApproximate: true)
        trial.closeSession()
        #expect(trial.said.last?.head.flags == [.inputRevised, .approximate])
        trial.openSession(day: 1)
        trial.trade(86_400 + 1, 5, 1)
        trial.closeSession()
        #expect(trial.said.last?.head.flags == [])
    }

    @Test func `a trade behind its bracket's end counts in its own bracket`() {
        var trial = AnalyticTrial([choice()], tick: 1)
        trial.trade(1_801, 10, 1)
        trial.trade(1_799, 20, 1)
        trial.closeSession()
        #expect(trial.said.last?.brackets.map(\.low) == [billionths(20), billionths(10)])
    }

    @Test func `the last bracket of the limit takes in the rest of the session`() {
        var trial = AnalyticTrial([choice { $0.bracket = .seconds(60) }], tick: 1, opens: false)
        trial.openSession(length: 200_000)
        trial.trade(86_339, 1, 1)
        trial.trade(86_400, 2, 1)
        trial.trade(150_000, 3, 1)
        trial.closeSession()
        #expect(trial.said.last?.brackets.map(\.bracket) == [1_439, 1_440])
        #expect(trial.said.last?.brackets.last?.high == billionths(3))
    }
}

@Suite struct `Time profile settings` {
    private func read(_ text: String) throws -> (settings: TimeProfileSettings, faults: [TopologyFault]) {
        SettingsReader.read(
            TimeProfileSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("tpo")))
    }

    @Test func `settings are read, and a fault named`() throws {
        let (settings, faults) = try read(
            #"{ "bracket": "15m", "initialBalance": "30m", "valueArea": 0.68, "rowTicks": 4, "live": true }"#)
        #expect(faults.isEmpty && settings.bracket == .seconds(900) && settings.initialBalance == .seconds(1_800))
        #expect(settings.shareInMillionths == 680_000 && settings.rowTicks == 4 && settings.live)
        let wrong = try read(#"{ "bracket": "1s", "rowLimit": 4 }"#)
        #expect(wrong.faults.count == 2 && wrong.settings.bracket == .seconds(1_800))
        #expect(try read(TimeProfileAnalytic.example).faults.isEmpty)
    }

    @Test func `fields tile the body and the entries`() {
        let layout = TimeProfileUpdate.layout
        #expect(tile(layout.fields, layout.size) && layout.size % 8 == 0 && layout.template == 50)
        #expect(layout.groups.allSatisfy { tile($0.fields, $0.size) })
        #expect(Set(layout.fields.map(\.name)).count == layout.fields.count)
        #expect(layout.fields.allSatisfy { $0.meaning.hasSuffix(".") })
    }
}
