import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

/// Runs a tape and compares every final bar with the naive ones, the partial one at the session's close included.
private func check(_ text: String, _ name: String, _ tape: [TapePrint], _ naive: [NaiveBar]) throws {
    var trial = try BarTrial.trial(text)
    for print in tape { trial.trade(print) }
    trial.closeSession()
    let bars = trial.bars(name)
    #expect(bars.count == naive.count, "\(name)")
    for (bar, expected) in zip(bars, naive) {
        #expect(bar.figures == expected.figures, "\(name)")
        #expect(bar.shownMarks.contains(.partial) == !expected.isWhole, "\(name)")
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
        var trial = try BarTrial.trial(#"{ "imbalance": [{ "threshold": 4 }] }"#)
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
        var trial = try BarTrial.trial(#"{ "volume": ["100"] }"#)
        let trades: [(Double, Int64)] = [(10, 30), (11, 50), (12, 45), (11, 100)]
        for (index, trade) in trades.enumerated() { trial.trade(Double(index), trade.0, trade.1, .buy) }
        let bars = trial.bars("volume/100")
        #expect(bars.map { $0.figures.prefix(4) } == [[10, 12, 10, 12], [12, 12, 11, 11]])
        #expect(bars.allSatisfy { $0.candle.volume == 100 && $0.splits == 1 && $0.theta == 100 })
        trial.closeSession()
        let left = trial.bars("volume/100")[2]
        #expect(left.candle.volume == 25 && left.figures.prefix(4) == [11, 11, 11, 11])
        #expect(left.shownMarks == .partial)
    }

    @Test func `a dollar bar overshoots unless told to split`() throws {
        let trades: [(Double, Int64)] = [(10, 30), (11, 50), (12, 45), (11, 100)]
        var trial = try BarTrial.trial(#"{ "dollar": ["1000"] }"#)
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
        var trial = try BarTrial.trial(#"{ "dollar": ["1000"], "splitDollar": true }"#)
        for (index, trade) in trades.enumerated() { trial.trade(Double(index), trade.0, trade.1, .buy) }
        return trial
    }

    @Test func `runs count both sides apart, trades of unknown side for neither`() throws {
        var trial = try BarTrial.trial(#"{ "runs": [{ "of": "volume", "threshold": "10" }] }"#)
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
            var trial = try BarTrial.trial(#"{ "dollar": [5000], "splitDollar": true }"#)
            for print in tape { trial.trade(print) }
            trial.closeSession()
            let bars = trial.bars("dollar/5000")
            let prices = tape.flatMap { print in Array(repeating: print.price, count: Int(print.quantity)) }
            var start = 0
            for bar in bars {
                let steps = prices[start..<start + Int(bar.candle.volume)]
                let worth = steps.reduce(0, +)
                #expect(bar.theta == worth)
                if !bar.shownMarks.contains(.partial) { #expect(worth >= 5000 && worth - (steps.last ?? 0) < 5000) }
                start += steps.count
            }
            #expect(start == prices.count && bars.count > 20)
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
                var trial = try BarTrial.trial(text)
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
        var trial = try BarTrial.trial(#"{ "imbalance": [{ "expected": 30, "span": 3 }] }"#)
        for index in 0..<3000 { trial.trade(Double(index), 1, 1, index % 2 == 0 ? .buy : .sell) }
        let balanced = trial.bars("imbalance/tick/adaptive/30")
        #expect(balanced.count == 100 && balanced.allSatisfy { $0.candle.trades == 30 && $0.threshold.isNaN })
        #expect(balanced.allSatisfy { $0.shownMarks == .byLength })
        for index in 3000..<3030 { trial.trade(Double(index), 1, 1, .buy) }
        // Flow that was one-sided and is balanced now never reaches what is expected: three times the target ends it.
        for index in 3030..<3120 { trial.trade(Double(index), 1, 1, index % 2 == 0 ? .buy : .sell) }
        #expect(trial.bars("imbalance/tick/adaptive/30")[101].candle.trades == 90)
    }
}
