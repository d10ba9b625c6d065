import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

@Suite struct `Information-driven bars in a stream` {
    @Test func `one trade fills a limited number of bars and the last one takes the rest`() throws {
        var trial = try BarTrial.trial(#"{ "volume": [10] }"#)
        trial.trade(0, 5, 5, .buy)
        trial.trade(1, 6, 1_000_000, .sell)
        let bars = trial.bars("volume/10")
        #expect(bars.count == InformationBars.barsPerTrade)
        #expect(bars.dropLast().allSatisfy { $0.candle.volume == 10 && $0.marks == 0 })
        #expect(bars[63].shownMarks == .spilled && bars[63].candle.volume == 1_000_005 - 63 * 10)
        let cumulative: [Int64] = (0..<63).map { -10 * Int64($0) }
        #expect(bars.map(\.cumulative) == cumulative + [5 - 1_000_000])
        let starts = trial.on("bar/volume/10/").map(\.head.start.nanoseconds)
        #expect(Set(starts).count == starts.count)
        trial.trade(2, 7, 9, .buy)
        #expect(trial.bars("volume/10").count == 64)
    }

    @Test func `a finished bar is handed on before the session is closed`() throws {
        let bars = try BarTrial.choice(#"{ "volume": [10] }"#)
        var trial = AnalyticTrial([bars, AnalyticChoice(BarEcho.self, BarEcho.Settings("volume/10"))], tick: 1)
        trial.trade(0, 5, 15, .buy)
        trial.trade(1, 7, 2, .sell)
        trial.closeSession()
        let echoes = trial.on("echo/volume/10/").map { $0.body(EchoUpdate.self) }
        #expect(echoes.map(\.number) == [1, 2, 0])
        #expect(echoes.map(\.volume) == [10, 7, 0])
        #expect(echoes.map(\.cumulative) == [10, 13, 0])
        #expect(echoes[1].close == AnalyticTrial.billionths(7))
        let heads = [trial.on("bar/volume/10/"), trial.on("echo/volume/10/")].map { $0.map(\.head.start) }
        #expect(heads[0] == Array(heads[1].prefix(2)))
    }

    @Test func `a session begins with a new bar and a new cumulative delta`() throws {
        var trial = try BarTrial.trial(#"{ "tick": [3] }"#)
        trial.trade(0, 5, 1, .buy)
        trial.closeSession()
        trial.openSession(day: 1)
        for index in 0..<3 { trial.trade(86_400 + Double(index), 5, 2, .sell) }
        let bars = trial.bars("tick/3")
        #expect(bars.map(\.candle.trades) == [1, 3] && bars.map(\.cumulative) == [1, -6])
        #expect(bars.map(\.marks) == [BarMarks.partial.rawValue, 0])
        trial.closeSession()
        #expect(trial.bars("tick/3").count == 2, "An empty bar is none.")
    }

    @Test func `changes of the tape reopen no bar and are added up`() throws {
        var trial = try BarTrial.trial(#"{ "tick": [2] }"#)
        let first = trial.made(0, 5, 10, .buy)
        trial.trade(0, 5, 10, .buy)
        trial.trade(1, 5, 10, .buy)
        trial.change(first, isRemoval: true, .cancelled)
        trial.trade(2, 5, 1, .buy)
        trial.change(trial.made(2, 6, 4, .sell), isRemoval: false, .late)
        trial.show(2)
        trial.trade(3, 5, 1, .buy)
        trial.trade(4, 5, 1, .buy)
        // An earlier bar's trade does not touch the open one.
        trial.change(first, isRemoval: true, .cancelled)
        trial.trade(5, 5, 1, .buy)
        let said = trial.on("bar/tick/2/")
        #expect(said.map(\.head.isFinal) == [true, false, true, true])
        #expect(said.map { $0.body(BarUpdate.self).pending } == [0, -6, -6, -16])
        #expect(said.map { $0.head.flags == .inputRevised } == [false, true, true, false])
        #expect(said.map { $0.body(BarUpdate.self).cumulative } == [20, 7, 8, 0])
        #expect(said[0].body(BarUpdate.self).candle.volume == 20)
        trial.closeSession()
        trial.openSession(day: 1)
        trial.change(first, isRemoval: true, .cancelled)
        trial.trade(86_401, 5, 1, .buy)
        trial.trade(86_402, 5, 1, .buy)
        #expect(trial.bars("tick/2").last.map(\.pending) == 0, "A change of an earlier session is none of this one.")
    }

    @Test func `the open bar is shown when it has grown, and never as final`() throws {
        var trial = try BarTrial.trial(#"{ "volume": [10], "tick": [1] }"#)
        trial.show(0)
        #expect(trial.said.isEmpty)
        trial.trade(1, 5, 4, .buy)
        trial.show(2)
        trial.show(3)
        trial.show(4, isEnding: true)
        let said = trial.on("bar/volume/10/")
        #expect(said.count == 1 && !said[0].head.isFinal && said[0].head.reason == RevisionReason.live.rawValue)
        #expect(said[0].body(BarUpdate.self).theta == 4)
        #expect(trial.on("bar/tick/1/").map(\.head.final) == [1])
    }

    @Test func `a gap inside a bar marks it, lowers its quality and teaches nothing`() throws {
        var trial = try BarTrial.trial(#"{ "tick": [3], "imbalance": [{ "expected": 3, "span": 1 }] }"#)
        trial.stop(.gap)
        trial.trade(0, 5, 1, .buy)
        trial.trade(10, 5, 1, .buy)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(10)), to: Timestamp(nanoseconds: AnalyticTrial.time(15)))
        trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(15))
        trial.stop(.gap)
        trial.stop(.halt)
        trial.trade(20, 5, 1, .buy)
        let bar = trial.bars("tick/3")[0]
        #expect(bar.shownMarks == .gap)
        let head = trial.on("bar/tick/3/")[0].head
        #expect(head.gapSeconds == 5 && abs(head.coverage - 0.75) < 1e-6)
        for index in 0..<3 { trial.trade(30 + Double(index), 5, 1, .buy) }
        #expect(trial.bars("tick/3").map(\.marks) == [BarMarks.gap.rawValue, 0])
        let adaptive = trial.bars("imbalance/tick/adaptive/3")
        #expect(adaptive.map(\.threshold.isNaN) == [true, true], "The bar with a hole taught nothing.")
        for index in 0..<3 { trial.trade(40 + Double(index), 5, 1, .buy) }
        #expect(trial.bars("imbalance/tick/adaptive/3")[2].threshold == 3)
    }

    @Test func `sides that were inferred are a share of the signed volume`() throws {
        var trial = try BarTrial.trial(#"{ "tick": [3] }"#)
        trial.trade(0, 5, 30, .buy, method: .tick)
        trial.trade(1, 5, 10, .sell)
        trial.trade(2, 5, 100, .unknown)
        #expect(trial.on("bar/tick/3/")[0].head.inferredShare == 0.75)
    }

    @Test func `volume is counted in units, rounded up to whole steps`() throws {
        // A step is a hundredth; 0.125 units are 12.5 steps.
        var trial = try BarTrial.trial(#"{ "volume": ["0.125"], "dollar": ["0.5"] }"#, sizeStep: 10_000_000)
        trial.trade(0, 4, 13, .buy)
        let bar = trial.bars("volume/0.125")[0]
        #expect(bar.threshold == 0.13 && bar.theta == 0.13 && bar.candle.volume == 13)
        #expect(trial.bars("dollar/0.5").map(\.theta) == [0.52])
    }

    @Test func `the largest prices and sizes stay exact`() throws {
        var trial = try BarTrial.trial(
            #"{ "dollar": ["4000000000"], "splitDollar": true, "imbalance": [{ "of": "dollar", "threshold": 1 }] }"#)
        let price = 4_600_000_000.0
        for index in 0..<4 { trial.trade(Double(index), price, Quantity.limit, index % 2 == 0 ? .buy : .sell) }
        let bars = trial.bars("dollar/4000000000")
        #expect(bars.count == 4 * InformationBars.barsPerTrade)
        #expect(bars.reduce(0) { $0 + $1.candle.volume } == 4 * Quantity.limit)
        #expect(trial.bars("imbalance/dollar/1").map(\.theta.sign) == [.plus, .minus, .plus, .minus])
        var free = try self.trialOfNegativePrices()
        free.closeSession()
        #expect(free.bars("dollar/100").map(\.theta) == [100, 20])
    }

    private func trialOfNegativePrices() throws -> AnalyticTrial {
        var trial = try BarTrial.trial(#"{ "dollar": [100], "splitDollar": true }"#)
        trial.trade(0, 0, 1_000_000, .buy)
        trial.trade(1, -4, 30, .sell)
        return trial
    }
}

@Suite struct `Settings of information-driven bars` {
    @Test func `every kind has its name, topic and place among the bars`() throws {
        let choice = try BarTrial.choice(
            """
            { "tick": [100, 5], "volume": ["1000", 0.5], "dollar": ["1000000"],
              "imbalance": [{ "threshold": "50" }, { "of": "volume", "expected": 1000, "span": 7 }],
              "runs": [{ "of": "dollar", "threshold": 1000000 }] }
            """)
        let names = [
            "tick/100", "tick/5", "volume/1000", "volume/0.5", "dollar/1000000", "imbalance/tick/50",
            "imbalance/volume/adaptive/1000", "runs/dollar/1000000",
        ]
        #expect(choice.makes == names && choice.bars.isEmpty)
        #expect(choice.topics.map(\.prefix) == names.map { "bar/\($0)/" })
        #expect(AnalyticPlan([choice]).stateBars.isEmpty)
    }

    @Test func `impossible settings are refused`() throws {
        let faulty: [(String, String)] = [
            ("{}", "no bar is listed"), (#"{ "tick": [] }"#, "no bar is listed"),
            (#"{ "tick": [100, 100] }"#, "stands in this list already"),
            (#"{ "tick": [0] }"#, "too small"), (#"{ "tick": ["x"] }"#, "cannot stand here"),
            (#"{ "tick": true }"#, "cannot stand here"), (#"{ "volume": [0] }"#, "too small"),
            (#"{ "volume": ["1", "1.0"] }"#, "stands in this list already"),
            (#"{ "volume": ["0.0000000001"] }"#, "no plain decimal"),
            (#"{ "imbalance": [{}] }"#, "either a fixed threshold or an expected length"),
            (#"{ "runs": [{ "threshold": 1, "expected": 9 }] }"#, "either a fixed threshold or an expected length"),
            (#"{ "runs": [{ "expected": 9 }, { "expected": 9, "span": 3 }] }"#, "two bars are called"),
            (#"{ "imbalance": [{ "of": "ticks", "threshold": 1 }] }"#, "none of the choices"),
            (#"{ "tick": [\#((1...33).map { "\($0)" }.joined(separator: ","))] }"#, "33 bars are listed"),
            (#"{ "tick": [1], "split": true }"#, "no field of this name"),
        ]
        for (text, problem) in faulty {
            let faults = try BarTrial.settings(text).faults
            #expect(faults.map { $0.problem.contains(problem) } == [true], "\(text) \(faults)")
        }
    }

    @Test func `the example reads and the fields are listed`() throws {
        let faults = try BarTrial.settings(InformationBars.example).faults
        #expect(faults == [])
        let fields = AnalyticKind(InformationBars.self).fields
        #expect(
            fields.map(\.name) == ["tick", "volume", "dollar", "splitVolume", "splitDollar", "imbalance", "runs"])
        #expect(fields[5].fields.map(\.name) == ["of", "threshold", "expected", "span"])
    }

    @Test func `the fields tile the body`() {
        let layout = BarUpdate.layout
        var next = 0
        for field in layout.fields {
            #expect(field.offset == next, "\(field.name)")
            next += field.type.size
        }
        #expect(next == layout.size && layout.size == 168 && layout.template == 45)
        #expect(Set(layout.fields.map(\.name)).count == layout.fields.count)
        #expect(layout.fields.allSatisfy { $0.meaning.hasSuffix(".") })
    }
}
