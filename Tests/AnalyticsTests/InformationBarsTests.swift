import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

private func settings(_ text: String) throws -> (settings: BarSettings, faults: [TopologyFault]) {
    SettingsReader.read(
        BarSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("flow")))
}

private func choice(_ text: String) throws -> AnalyticChoice {
    let (read, faults) = try settings(text)
    #expect(faults == [])
    return AnalyticChoice(InformationBars.self, read)
}

private func trial(_ text: String, sizeStep: Int64 = Price.scale) throws -> AnalyticTrial {
    AnalyticTrial([try choice(text)], tick: 1, sizeStep: sizeStep)
}

extension AnalyticTrial {
    mutating func trade(_ print: TapePrint) {
        trade(
            print.seconds, print.price, print.quantity, print.side, method: print.method,
            marks: print.isUnpriced ? .volumeOnly : [])
    }

    /// The bars that were published as final on a topic.
    func bars(_ name: String) -> [BarUpdate] { on("bar/\(name)/").filter(\.head.isFinal).map { $0.body() } }
}

private func figures(_ bar: BarUpdate) -> [Double] {
    let prices = [bar.candle.open, bar.candle.high, bar.candle.low, bar.candle.close].map {
        $0 == Price.none.billionths ? -1 : Price(billionths: $0).double
    }
    let times = [bar.firstTime, bar.lastTime].map { Double($0 - AnalyticTrial.open) / 1e9 }
    return prices + [
        Double(bar.candle.volume), Double(bar.candle.buy), Double(bar.candle.sell), Double(bar.candle.trades),
        Double(bar.delta), Double(bar.maxDelta), Double(bar.minDelta),
    ] + times
}

private func marks(_ bar: BarUpdate) -> BarMarks { BarMarks(rawValue: bar.marks) }

/// Runs a tape and compares every final bar with the naive ones, the partial one at the session's close included.
private func check(_ text: String, _ name: String, _ tape: [TapePrint], _ naive: [NaiveBar]) throws {
    var trial = try trial(text)
    for print in tape { trial.trade(print) }
    trial.closeSession()
    let bars = trial.bars(name)
    #expect(bars.count == naive.count, "\(name)")
    for (bar, expected) in zip(bars, naive) {
        #expect(figures(bar) == expected.figures, "\(name)")
        #expect(marks(bar).contains(.partial) == !expected.isWhole, "\(name)")
    }
    #expect(bars.reduce(0) { $0 + $1.candle.volume } == tape.reduce(0) { $0 + $1.quantity }, "\(name)")
    let heads = trial.on("bar/\(name)/").map(\.head)
    #expect(heads.allSatisfy { $0.start < $0.end }, "\(name)")
    #expect(zip(heads, heads.dropFirst()).allSatisfy { $0.end <= $1.start }, "\(name)")
}

@Suite struct `Information-driven bars` {
    @Test func `an imbalance bar ends where buyers and sellers are as far apart as the threshold`() throws {
        // Vector IB1.
        let signs: [Int64] = [1, 1, -1, 1, 1, 1, 1, -1, -1, 1, -1, -1, -1, -1]
        var trial = try trial(#"{ "imbalance": [{ "threshold": 4 }] }"#)
        for (index, sign) in signs.enumerated() {
            trial.trade(Double(index), 10, 7, sign > 0 ? .buy : .sell)
        }
        let bars = trial.bars("imbalance/tick/4")
        #expect(bars.map(\.theta) == [4, -4])
        #expect(bars.map(\.candle.trades) == [6, 8])
        #expect(bars.map(\.firstTime) == [AnalyticTrial.time(0), AnalyticTrial.time(6)])
        #expect(bars.map(\.lastTime) == [AnalyticTrial.time(5), AnalyticTrial.time(13)])
        #expect(bars.allSatisfy { $0.threshold == 4 && $0.expectedLength.isNaN && $0.adaptive == 0 })
    }

    @Test func `a volume bar splits the trade that fills it`() throws {
        // Vector VB1.
        var trial = try trial(#"{ "volume": ["100"] }"#)
        let trades: [(Double, Int64)] = [(10, 30), (11, 50), (12, 45), (11, 100)]
        for (index, trade) in trades.enumerated() { trial.trade(Double(index), trade.0, trade.1, .buy) }
        let bars = trial.bars("volume/100")
        #expect(bars.map { figures($0).prefix(4) } == [[10, 12, 10, 12], [12, 12, 11, 11]])
        #expect(bars.allSatisfy { $0.candle.volume == 100 && $0.splits == 1 && $0.theta == 100 })
        trial.closeSession()
        let left = trial.bars("volume/100")[2]
        #expect(left.candle.volume == 25 && figures(left).prefix(4) == [11, 11, 11, 11])
        #expect(marks(left) == .partial)
    }

    @Test func `a dollar bar overshoots unless told to split`() throws {
        let trades: [(Double, Int64)] = [(10, 30), (11, 50), (12, 45), (11, 100)]
        var trial = try trial(#"{ "dollar": ["1000"] }"#)
        for (index, trade) in trades.enumerated() { trial.trade(Double(index), trade.0, trade.1, .buy) }
        let bars = trial.bars("dollar/1000")
        #expect(bars.map(\.theta) == [1390, 1100])
        #expect(bars.map(\.lastTime) == [AnalyticTrial.time(2), AnalyticTrial.time(3)])
        #expect(bars.allSatisfy { $0.splits == 0 && $0.threshold == 1000 })
        var split = try self.split(trades)
        split.closeSession()
        // 300 + 550 leave 150: 13 steps at 12 make 156; 32 × 12 leave 616: 56 × 11; 44 × 11 are left.
        #expect(split.bars("dollar/1000").map(\.theta) == [1006, 1000, 484])
        #expect(split.bars("dollar/1000").map(\.candle.volume) == [93, 88, 44])
    }

    private func split(_ trades: [(Double, Int64)]) throws -> AnalyticTrial {
        var trial = try trial(#"{ "dollar": ["1000"], "splitDollar": true }"#)
        for (index, trade) in trades.enumerated() { trial.trade(Double(index), trade.0, trade.1, .buy) }
        return trial
    }

    @Test func `runs count both sides apart, trades of unknown side for neither`() throws {
        var trial = try trial(#"{ "runs": [{ "of": "volume", "threshold": "10" }] }"#)
        trial.trade(0, 1, 6, .buy)
        trial.trade(1, 1, 9, .sell)
        trial.trade(2, 1, 50, .unknown)
        trial.trade(3, 1, 4, .buy)
        let bars = trial.bars("runs/volume/10")
        #expect(bars.map(\.theta) == [10] && bars[0].candle.volume == 69 && bars[0].candle.neutral == 50)
    }

    @Test func `sums are those of every trade recomputed`() throws {
        for round in 0..<Campaign.rounds(2, each: 40) {
            let tape = TapePrint.random(400, seed: Campaign.seed + UInt64(round))
            try check(#"{ "tick": [7] }"#, "tick/7", tape, NaiveBar.overshooting(tape, .plain, .tick, threshold: 7))
            try check(
                #"{ "dollar": [9000] }"#, "dollar/9000", tape,
                NaiveBar.overshooting(tape, .plain, .dollar, threshold: 9000))
            try check(
                #"{ "volume": [150], "splitVolume": false }"#, "volume/150", tape,
                NaiveBar.overshooting(tape, .plain, .volume, threshold: 150))
            for measure in BarMeasure.allCases {
                let threshold = ["tick": 5.0, "volume": 120, "dollar": 9000][measure.rawValue, default: 0]
                for sum in [BarSum.imbalance, .runs] {
                    let text = #"{ "\#(sum)": [{ "of": "\#(measure)", "threshold": \#(Int(threshold)) }] }"#
                    try check(
                        text, "\(sum)/\(measure)/\(Int(threshold))", tape,
                        NaiveBar.overshooting(tape, sum, measure, threshold: threshold))
                }
            }
        }
    }

    @Test func `split bars are the tape cut into equal lengths`() throws {
        for round in 0..<Campaign.rounds(2, each: 40) {
            let tape = TapePrint.random(250, seed: Campaign.seed + 1000 + UInt64(round), largest: 90)
            for threshold: Int64 in [1, 7, 64, 500] {
                let small = threshold == 1 ? tape.map { print in Self.cut(print, to: 60) } : tape
                try check(
                    #"{ "volume": [\#(threshold)] }"#, "volume/\(threshold)", small,
                    NaiveBar.splitting(small, threshold: threshold))
            }
        }
    }

    /// One trade makes at most so many bars.
    private static func cut(_ print: TapePrint, to limit: Int64) -> TapePrint {
        var print = print
        print.quantity = min(print.quantity, limit)
        return print
    }

    @Test func `a dollar bar that splits overshoots by less than the worth of one step`() throws {
        for round in 0..<Campaign.rounds(2, each: 40) {
            let tape = TapePrint.random(300, seed: Campaign.seed + 1500 + UInt64(round))
            var trial = try trial(#"{ "dollar": [5000], "splitDollar": true }"#)
            for print in tape { trial.trade(print) }
            trial.closeSession()
            let bars = trial.bars("dollar/5000")
            let prices = tape.flatMap { print in Array(repeating: print.price, count: Int(print.quantity)) }
            var start = 0
            for bar in bars {
                let steps = prices[start..<start + Int(bar.candle.volume)]
                let worth = steps.reduce(0, +)
                #expect(bar.theta == worth)
                if !marks(bar).contains(.partial) { #expect(worth >= 5000 && worth - (steps.last ?? 0) < 5000) }
                start += steps.count
            }
            #expect(start == prices.count && bars.count > 100)
        }
    }

    @Test func `learnt thresholds are those of all bars so far folded anew`() throws {
        for round in 0..<Campaign.rounds(2, each: 30) {
            let tape = TapePrint.random(600, seed: Campaign.seed + 2000 + UInt64(round))
            for (sum, measure) in [(BarSum.imbalance, BarMeasure.volume), (.imbalance, .tick), (.runs, .volume)] {
                let naive = NaiveAdaptiveBars(sum: sum, measure: measure, target: 20, span: 5)
                let expected = naive.bars(tape)
                let text = #"{ "\#(sum)": [{ "of": "\#(measure)", "expected": 20, "span": 5 }] }"#
                let name = "\(sum)/\(measure)/adaptive/20"
                try check(text, name, tape, expected)
                var trial = try trial(text)
                for print in tape { trial.trade(print) }
                for (index, bar) in trial.bars(name).enumerated() {
                    let before = Array(expected.prefix(index))
                    #expect(abs(bar.expectedLength - naive.length(after: before)) < 1e-9)
                    let threshold = naive.threshold(after: before)
                    #expect(bar.threshold.isNaN ? threshold == 0 : bar.threshold == threshold)
                    #expect((7...60).contains(bar.candle.trades) && bar.adaptive == 1)
                }
            }
        }
    }

    @Test func `balanced flow neither shrinks nor stretches adaptive bars beyond their guards`() throws {
        var trial = try trial(#"{ "imbalance": [{ "expected": 30, "span": 3 }] }"#)
        for index in 0..<3000 { trial.trade(Double(index), 1, 1, index % 2 == 0 ? .buy : .sell) }
        let balanced = trial.bars("imbalance/tick/adaptive/30")
        #expect(balanced.count == 100 && balanced.allSatisfy { $0.candle.trades == 30 && $0.threshold.isNaN })
        #expect(balanced.allSatisfy { marks($0) == .byLength })
        for index in 3000..<3030 { trial.trade(Double(index), 1, 1, .buy) }
        // Flow that was one-sided and is balanced now never reaches what is expected: three times the target ends it.
        for index in 3030..<3120 { trial.trade(Double(index), 1, 1, index % 2 == 0 ? .buy : .sell) }
        #expect(trial.bars("imbalance/tick/adaptive/30")[101].candle.trades == 90)
    }
}

@Suite struct `Information-driven bars in a stream` {
    @Test func `one trade fills a limited number of bars and the last one takes the rest`() throws {
        var trial = try trial(#"{ "volume": [10] }"#)
        trial.trade(0, 5, 5, .buy)
        trial.trade(1, 6, 1_000_000, .sell)
        let bars = trial.bars("volume/10")
        #expect(bars.count == InformationBars.barsPerTrade)
        #expect(bars.dropLast().allSatisfy { $0.candle.volume == 10 && $0.marks == 0 })
        #expect(marks(bars[63]) == .spilled && bars[63].candle.volume == 1_000_005 - 63 * 10)
        let cumulative: [Int64] = (0..<63).map { -10 * Int64($0) }
        #expect(bars.map(\.cumulative) == cumulative + [5 - 1_000_000])
        let starts = trial.on("bar/volume/10/").map(\.head.start.nanoseconds)
        #expect(Set(starts).count == starts.count)
        trial.trade(2, 7, 9, .buy)
        #expect(trial.bars("volume/10").count == 64)
    }

    @Test func `a finished bar is handed on before the session is closed`() throws {
        let bars = try choice(#"{ "volume": [10] }"#)
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
        var trial = try trial(#"{ "tick": [3] }"#)
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
        var trial = try trial(#"{ "tick": [2] }"#)
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
        var trial = try trial(#"{ "volume": [10], "tick": [1] }"#)
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
        var trial = try trial(#"{ "tick": [3], "imbalance": [{ "expected": 3, "span": 1 }] }"#)
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
        #expect(marks(bar) == .gap)
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
        var trial = try trial(#"{ "tick": [3] }"#)
        trial.trade(0, 5, 30, .buy, method: .tick)
        trial.trade(1, 5, 10, .sell)
        trial.trade(2, 5, 100, .unknown)
        #expect(trial.on("bar/tick/3/")[0].head.inferredShare == 0.75)
    }

    @Test func `volume is counted in units, rounded up to whole steps`() throws {
        // A step is a hundredth; 0.125 units are 12.5 steps.
        var trial = try trial(#"{ "volume": ["0.125"], "dollar": ["0.5"] }"#, sizeStep: 10_000_000)
        trial.trade(0, 4, 13, .buy)
        let bar = trial.bars("volume/0.125")[0]
        #expect(bar.threshold == 0.13 && bar.theta == 0.13 && bar.candle.volume == 13)
        #expect(trial.bars("dollar/0.5").map(\.theta) == [0.52])
    }

    @Test func `the largest prices and sizes stay exact`() throws {
        var trial = try trial(
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
        var trial = try trial(#"{ "dollar": [100], "splitDollar": true }"#)
        trial.trade(0, 0, 1_000_000, .buy)
        trial.trade(1, -4, 30, .sell)
        return trial
    }
}

@Suite struct `Settings of information-driven bars` {
    @Test func `every kind has its name, topic and place among the bars`() throws {
        let choice = try choice(
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
            (#"{ "tick": 100 }"#, "cannot stand here"), (#"{ "volume": [0] }"#, "too small"),
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
            let faults = try settings(text).faults
            #expect(faults.map { $0.problem.contains(problem) } == [true], "\(text) \(faults)")
        }
    }

    @Test func `the example reads and the fields are listed`() throws {
        let faults = try settings(InformationBars.example).faults
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
