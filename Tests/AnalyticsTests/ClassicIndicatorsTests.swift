import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

private func read(_ text: String) throws -> (settings: IndicatorSettings, faults: [String]) {
    let object = SettingsObject(try JSONParser.parse(text), path: JSONPath("indicators"))
    let (settings, faults) = SettingsReader.read(IndicatorSettings.self, from: object)
    return (settings, faults.map(\.description))
}

private func trial(_ text: String, sizeStep: Int64 = Price.scale, opens: Bool = true) throws -> AnalyticTrial {
    let (settings, faults) = try read(text)
    #expect(faults == [])
    return AnalyticTrial([AnalyticChoice(ClassicIndicators.self, settings)], sizeStep: sizeStep, opens: opens)
}

extension AnalyticTrial {
    /// A minute bar around a close, the minute counted from the session's open.
    mutating func minute(_ minute: Int, _ close: Double, volume: Int64 = 10, delta: Int64 = 0, coverage: Double = 1) {
        let start = Double(minute) * 60
        bar(
            "1m", from: start, to: start + 60, open: close, high: close + 1, low: close - 1, close: close,
            volume: volume, delta: delta, coverage: coverage)
    }

    /// Takes a trade back that stood so many seconds after the open.
    mutating func takeBack(_ seconds: Double) {
        change(made(seconds, 1, 1, .buy), isRemoval: true, .cancelled)
    }

    func bodies<Body: UpdateBody>(_ topic: String, as type: Body.Type) -> [Body] { on(topic).map { $0.body() } }
}

@Suite struct `Classic indicators` {
    private let everything = """
        { "series": [{ "bars": ["1m", "tick/100"], "sma": [2, 3], "ema": 3, "rsi": 2, "stdev": 4, "highest": 2,
        "lowest": 2, "roc": 1, "atr": 2, "mfi": 2, "macd": { "fast": 2, "slow": 3, "signal": 2 },
        "bollinger": { "length": 3, "width": 2.5 }, "vwap": true, "obv": true },
        { "bars": "60s", "source": "hlc3", "reset": "session", "sma": 20 }] }
        """

    @Test func `have a topic for each indicator and kind of bars`() throws {
        let topics = ClassicIndicators.topics(try read(everything).settings).map(\.prefix)
        let parts = [
            "sma/2", "sma/3", "ema/3", "rsi/2", "stdev/4", "highest/2", "lowest/2", "roc/1", "atr/2", "mfi/2",
            "macd/2-3-2", "bollinger/3-2.5", "vwap", "obv",
        ]
        let first = ["1m", "tick/100"].flatMap { bars in parts.map { "indicator/\($0)/\(bars)/" } }
        #expect(topics == first + ["indicator/sma/20-hlc3/1m/"])
        #expect(ClassicIndicators.bars(try read(everything).settings) == ["1m", "tick/100"])
    }

    @Test func `read their own example`() throws {
        let (settings, faults) = try read(ClassicIndicators.example)
        #expect(faults == [])
        #expect(settings.series[0].choices.count == 6)
        #expect(AnalyticKind(ClassicIndicators.self).fields.map(\.name) == ["series"])
    }

    @Test(arguments: [
        ("{}", "indicators.series: the field is missing"),
        (#"{ "series": [] }"#, "indicators.series: the list is empty"),
        (#"{ "series": [{}] }"#, "indicators.series[0]: no indicator is chosen"),
        (#"{ "series": [{ "sma": [20, 20] }] }"#, "series[0].sma[1]: 20 stands in this list already"),
        (#"{ "series": [{ "sma": 0 }] }"#, "series[0].sma: 0 is too small. Write a whole number, 1 to 1000"),
        (#"{ "series": [{ "sma": [1001] }] }"#, "series[0].sma[0]: 1001 is too large"),
        (#"{ "series": [{ "sma": [2.5] }] }"#, "series[0].sma[0]: 2.5 cannot stand here"),
        (#"{ "series": [{ "smaa": 20, "ema": 5 }] }"#, #"no field of this name is known here. Did you mean "sma"?"#),
        (#"{ "series": [{ "macd": { "fast": 26 } }] }"#, "macd.fast: the fast average is not shorter"),
        (
            #"{ "series": [{ "sma": 20 }, { "bars": "60s", "sma": 20 }] }"#,
            "two indicators have the topic indicator/sma/20/1m/"
        ),
        (#"{ "series": [{ "bars": ["1m", "60s"], "sma": 20 }] }"#, "bars: 1m stands there twice"),
        (#"{ "series": [{ "bars": "2d", "sma": 20 }] }"#, "one of the names is no name of bars"),
        (#"{ "series": [{ "bars": "tick//5", "sma": 20 }] }"#, "one of the names is no name of bars"),
        (#"{ "series": [{ "bars": [], "sma": 20 }] }"#, "bars: the list is empty"),
        (#"{ "series": [{ "source": "clsoe", "sma": 20 }] }"#, #"Did you mean "close"?"#),
        (#"{ "series": [{ "reset": "daily", "sma": 20 }] }"#, "is none of the choices"),
    ])
    func `refuse settings that make no sense`(_ text: String, _ message: String) throws {
        let faults = try read(text).faults
        #expect(faults.count == 1 && faults.first?.contains(message) == true, "\(faults)")
    }

    @Test func `refuse more topics than the limit`() throws {
        let lengths = (1...33).map(String.init).joined(separator: ", ")
        let faults = try read(#"{ "series": [{ "bars": ["1m", "5m"], "sma": [\#(lengths)] }] }"#).faults
        #expect(faults.count == 1 && faults[0].contains("these are 66 topics. Choose at most 64"))
    }

    @Test func `publish once for each bar, unknown until warm`() throws {
        var trial = try trial(#"{ "series": [{ "sma": 2, "macd": { "fast": 1, "slow": 2, "signal": 2 } }] }"#)
        for (minute, close) in [10.0, 12, 13].enumerated() { trial.minute(minute, close) }
        let updates = trial.on("indicator/sma/2/1m/")
        let averages = trial.bodies("indicator/sma/2/1m/", as: IndicatorUpdate.self)
        #expect(averages[0].value.isNaN && averages.dropFirst().map(\.value) == [11, 12.5])
        #expect(averages.map(\.warm) == [0, 1, 1] && averages.map(\.bars) == [1, 2, 2])
        #expect(averages.map(\.close) == [10, 12, 13].map { $0 * Price.scale })
        #expect(averages.map(\.since) == [0, 0, 60].map(AnalyticTrial.time))
        #expect(averages.map(\.marks) == [2, 0, 0])
        #expect(updates.map(\.head.number) == [1, 2, 3] && updates.allSatisfy(\.head.isFinal))
        #expect(updates[2].head.start.nanoseconds == AnalyticTrial.time(120))
        #expect(updates[2].head.end.nanoseconds == AnalyticTrial.time(180))
        let lines = trial.bodies("indicator/macd/1-2-2/1m/", as: IndicatorUpdate.self)
        #expect(lines.map(\.warm) == [0, 0, 1] && lines.map(\.bars) == [1, 2, 3])
        #expect(lines[1].value == 1 && lines[1].second.isNaN && lines[2].third == lines[2].value - lines[2].second)
        #expect(IndicatorChoice.Kind.names[Int(lines[0].label.indicator)] == "macd")
        #expect(BarSource.names[Int(lines[0].label.source)] == "close")
    }

    @Test func `each kind of bars has its own values`() throws {
        var trial = try trial(#"{ "series": [{ "bars": ["1m", "5m"], "sma": 1 }, { "source": "volume", "ema": 1 }] }"#)
        trial.minute(0, 10, volume: 7)
        trial.bar("5m", from: 0, to: 300, open: 10, high: 20, low: 10, close: 20, volume: 90)
        #expect(trial.bodies("indicator/sma/1/1m/", as: IndicatorUpdate.self).map(\.value) == [10])
        #expect(trial.bodies("indicator/sma/1/5m/", as: IndicatorUpdate.self).map(\.value) == [20])
        #expect(trial.bodies("indicator/ema/1-volume/1m/", as: IndicatorUpdate.self).map(\.value) == [7])
    }

    @Test func `averages run on over sessions, the session's own begin anew`() throws {
        var trial = try trial(
            #"{ "series": [{ "sma": 2, "vwap": true, "obv": true }, { "reset": "session", "ema": 2 }] }"#)
        trial.minute(0, 10)
        trial.minute(1, 20)
        trial.closeSession()
        trial.openSession(day: 1)
        trial.minute(1440, 40)
        let sma = trial.bodies("indicator/sma/2/1m/", as: IndicatorUpdate.self)
        #expect(sma.dropFirst().map(\.value) == [15, 30] && sma.map(\.marks) == [2, 0, 2])
        #expect(trial.bodies("indicator/vwap/1m/", as: IndicatorUpdate.self).map(\.value) == [10, 15, 40])
        let balance = trial.bodies("indicator/obv/1m/", as: IndicatorUpdate.self)
        #expect(balance.map(\.value) == [0, 10, 0] && balance.map(\.bars) == [1, 2, 1])
        #expect(balance.map(\.since) == [0, 0, 86_400].map(AnalyticTrial.time))
        let ema = trial.bodies("indicator/ema/2/1m/", as: IndicatorUpdate.self)
        #expect(ema[1].value == 15 && ema[2].value.isNaN && ema[2].bars == 1 && ema[2].label.reset == 1)
    }

    @Test func `a bar of the session before that finishes behind its end belongs to it`() throws {
        var trial = try trial(#"{ "series": [{ "obv": true }] }"#)
        trial.minute(0, 10)
        trial.closeSession()
        trial.openSession(day: 1)
        trial.minute(1439, 20)
        trial.minute(1440, 30)
        #expect(trial.bodies("indicator/obv/1m/", as: IndicatorUpdate.self).map(\.value) == [0, 10, 0])
    }

    @Test func `quality is the worst over the window`() throws {
        var trial = try trial(#"{ "series": [{ "sma": 2, "rsi": 2 }] }"#)
        for (minute, coverage) in [1, 0.5, 0.75, 1, 1].enumerated() { trial.minute(minute, 10, coverage: coverage) }
        #expect(trial.on("indicator/sma/2/1m/").map(\.head.coverage) == [1, 0.5, 0.5, 0.75, 1])
        #expect(trial.on("indicator/rsi/2/1m/").map(\.head.coverage) == [1, 0.5, 0.5, 0.5, 0.75])
        let marks = trial.bodies("indicator/sma/2/1m/", as: IndicatorUpdate.self).map(\.marks)
        #expect(marks == [2, 1, 1, 1, 0])
    }

    @Test func `a gap between two bars shows in the values behind it`() throws {
        var trial = try trial(#"{ "series": [{ "sma": 2, "vwap": true }] }"#)
        trial.minute(0, 10)
        var ledger = GapLedger()
        let lost = (AnalyticTrial.time(60), AnalyticTrial.time(150))
        ledger.addGap(from: Timestamp(nanoseconds: lost.0), to: Timestamp(nanoseconds: lost.1))
        trial.set.setGaps(ledger, cleanSince: lost.1)
        for minute in 4...6 { trial.minute(minute, 10) }
        let heads = trial.on("indicator/sma/2/1m/").map(\.head)
        #expect(heads.map(\.coverage) == [1, 0.5, 0.5, 1])
        #expect(heads.map(\.gapSeconds) == [0, 90, 90, 0])
        let session = trial.on("indicator/vwap/1m/").map(\.head)
        #expect(session.map(\.coverage) == [1, 0.7, 0.75, 1 - 90.0 / 420])
        #expect(session[3].gapSeconds == 90)
    }

    @Test func `values say so while a bar that was changed afterwards lies in their window`() throws {
        var trial = try trial(#"{ "series": [{ "sma": 2, "ema": 3, "obv": true }] }"#)
        for minute in 0..<3 { trial.minute(minute, 10) }
        trial.takeBack(90)
        for minute in 3..<6 { trial.minute(minute, 10) }
        func revised(_ topic: String) -> [Bool] { trial.on(topic).map { $0.head.flags.contains(.inputRevised) } }
        #expect(revised("indicator/sma/2/1m/") == [false, false, false, false, false, false])
        #expect(revised("indicator/ema/3/1m/") == [false, false, false, true, false, false])
        #expect(revised("indicator/obv/1m/") == [false, false, false, true, true, true])
        trial.takeBack(360)
        trial.takeBack(400)
        trial.minute(6, 10)
        #expect(revised("indicator/sma/2/1m/").last == false, "A bar that is not finished is not changed afterwards.")
        trial.takeBack(419)
        trial.takeBack(30)
        trial.minute(7, 10)
        trial.minute(8, 10)
        #expect(revised("indicator/sma/2/1m/").suffix(2) == [true, false])
        trial.closeSession()
        trial.openSession(day: 1)
        trial.takeBack(30)
        trial.minute(1440, 10)
        #expect(revised("indicator/obv/1m/").suffix(2) == [true, false])
    }

    @Test func `a bar without a price or out of order changes nothing`() throws {
        var trial = try trial(#"{ "series": [{ "sma": [2, 3] }] }"#)
        trial.minute(0, 10)
        var unpriced = Bar(
            start: Timestamp(nanoseconds: AnalyticTrial.time(60)), end: Timestamp(nanoseconds: AnalyticTrial.time(120)))
        unpriced.addUnpriced(quantity: 5, sign: 0, inferred: false)
        var outbox = Outbox()
        trial.set.receive(
            FinishedBar(name: 0, bar: unpriced, cumulative: 0, number: 1, quality: .whole), &outbox)
        let isSilent = outbox.isEmpty
        #expect(isSilent)
        trial.minute(2, 20)
        trial.minute(1, 90)
        trial.minute(3, 30)
        let updates = trial.on("indicator/sma/2/1m/")
        #expect(updates.dropFirst().map { $0.body(IndicatorUpdate.self).value } == [15, 25])
        let longer = trial.on("indicator/sma/3/1m/")
        #expect(longer.map { $0.head.flags.contains(.inputRevised) } == [false, false, true])
    }

    @Test func `a gap between two bars as a start in mid-session leaves the first bar alone`() throws {
        var trial = try trial(#"{ "series": [{ "sma": 1, "obv": true }] }"#)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.open), to: Timestamp(nanoseconds: AnalyticTrial.time(60)))
        trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(60))
        trial.minute(1, 10)
        #expect(trial.on("indicator/sma/1/1m/")[0].head.coverage == 1)
        #expect(trial.on("indicator/obv/1m/")[0].head.coverage == 0.5)
    }

    @Test func `qualities and changes are those of the last bars, whatever comes`() throws {
        for round in 0..<Campaign.rounds(10, each: 50) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            let length = 1 + chance.below(6)
            var trial = try trial(#"{ "series": [{ "sma": \#(length) }] }"#)
            var coverages: [Double] = []
            var changed: Set<Int> = []
            for minute in 0..<40 {
                coverages.append(Double(chance.below(4) + 1) / 4)
                if minute > 0, chance.below(4) == 0 {
                    let place = chance.below(minute)
                    changed.insert(place)
                    trial.takeBack(Double(place * 60 + [0, chance.below(60), 59][chance.below(3)]))
                }
                trial.minute(minute, 10, coverage: coverages[minute])
                let head = trial.on("indicator/sma/\(length)/1m/")[minute].head
                #expect(head.coverage == coverages.suffix(length).min(), "round \(round), minute \(minute)")
                let window = max(0, minute - length + 1)...minute
                #expect(head.flags.contains(.inputRevised) == !changed.isDisjoint(with: window), "round \(round)")
            }
        }
    }

    @Test func `the layout tiles the body`() {
        #expect(tiles(IndicatorUpdate.layout) && tiles(FormulaUpdate.layout))
        #expect([IndicatorUpdate.layout.template, FormulaUpdate.layout.template] == [55, 56])
        #expect(MemoryLayout<IndicatorUpdate>.size == 56 && MemoryLayout<FormulaUpdate>.size == 48)
    }

    /// Whether fields lie behind one another without a hole, with names used once and meanings as sentences.
    private func tiles(_ layout: UpdateLayout) -> Bool {
        var next = 0
        for field in layout.fields {
            guard field.offset == next, field.meaning.hasSuffix(".") else { return false }
            next += field.type.size
        }
        return next == layout.size && layout.size % 8 == 0
            && Set(layout.fields.map(\.name)).count == layout.fields.count
    }
}
