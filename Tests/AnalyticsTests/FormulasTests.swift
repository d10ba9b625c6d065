import Graph
import Market
import Testing
import Updates

@testable import Analytics

private func read(_ text: String) throws -> (settings: FormulaSettings, faults: [String]) {
    let object = SettingsObject(try JSONParser.parse(text), path: JSONPath("formula"))
    let (settings, faults) = SettingsReader.read(FormulaSettings.self, from: object)
    return (settings, faults.map(\.description))
}

private func trial(_ text: String) throws -> AnalyticTrial {
    let (settings, faults) = try read(text)
    #expect(faults == [])
    return AnalyticTrial([AnalyticChoice(Formulas.self, settings)])
}

@Suite struct `The formula analytic` {
    @Test func `has a topic for each formula and kind of bars, in file order`() throws {
        let text = #"{ "bars": ["1m", "tick/50"], "formulas": { "z": "close", "a": "z + 1" } }"#
        let settings = try read(text).settings
        #expect(
            Formulas.topics(settings).map(\.prefix)
                == ["formula/z/1m/", "formula/a/1m/", "formula/z/tick/50/", "formula/a/tick/50/"])
        #expect(Formulas.bars(settings) == ["1m", "tick/50"])
        #expect(try read(Formulas.example).faults == [])
        #expect(AnalyticKind(Formulas.self).fields.map(\.name) == ["bars", "reset", "formulas"])
    }

    @Test(arguments: [
        ("{}", "formula.formulas: the field is missing"),
        (#"{ "formulas": {} }"#, "formula.formulas: no formula is there"),
        (#"{ "formulas": { "a": 5 } }"#, "formulas.a: 5 cannot stand here. Write a text in quotes"),
        (
            #"{ "formulas": { "a": "emma(5)" } }"#,
            #"line 1, column 22: formula.formulas.a: "emma(5)": column 1: there is no function "emma". "#
                + #"Did you mean "ema"?"#
        ),
        (#"{ "formulas": { "sma": "close" } }"#, #"formulas.sma: "close": "sma" has a meaning of its own"#),
        (#"{ "formulas": { "a b": "close" } }"#, "this cannot be a formula's name"),
        (#"{ "formulas": { "a": "b", "b": "close" } }"#, #"column 1: nothing is called "b""#),
        (#"{ "formulas": { "a": "close +", "b": "a > 0" } }"#, #"formulas.a: "close +": column 8: the end stands"#),
        (#"{ "formulas": { "a": "close" }, "bars": "1x" }"#, "formula.bars: one of the names is no name of bars"),
    ])
    func `refuses settings that make no sense, each fault once`(_ text: String, _ message: String) throws {
        let faults = try read(text).faults
        #expect(faults.count == 1 && faults.first?.contains(message) == true, "\(faults)")
    }

    @Test func `refuses more topics than the limit`() throws {
        let formulas = (1...33).map { #""f\#($0)": "close""# }.joined(separator: ", ")
        let faults = try read(#"{ "bars": ["1m", "5m"], "formulas": { \#(formulas) } }"#).faults
        #expect(faults.count == 1 && faults[0].contains("these are 66 topics. Write at most 64"))
    }

    @Test func `publishes once for each bar and says when a condition begins and ends`() throws {
        var trial = try trial(#"{ "formulas": { "change": "close - close[1]", "up": "change > 0" } }"#)
        for (minute, close) in [10.0, 12, 13, 11].enumerated() { trial.minute(minute, close) }
        let changes = trial.bodies("formula/change/1m/", as: FormulaUpdate.self)
        #expect(changes[0].value.isNaN && changes.dropFirst().map(\.value) == [2, 1, -2])
        #expect(changes.map(\.defined) == [0, 1, 1, 1] && changes.map(\.bars) == [1, 2, 2, 2])
        #expect(changes.map(\.close) == [10, 12, 13, 11].map { $0 * Price.scale })
        #expect(changes.map(\.candle) == [1, 1, 1, 1])
        let ups = trial.bodies("formula/up/1m/", as: FormulaUpdate.self)
        #expect(ups.map(\.holds) == [0, 1, 1, 0] && ups.map(\.changed) == [0, 1, 0, 1])
        #expect(ups.map(\.inputs) == Array(repeating: FormulaInputs([.formula, .history]).rawValue, count: 4))
        let heads = trial.on("formula/up/1m/").map(\.head)
        #expect(heads.map(\.number) == [1, 2, 3, 4] && heads[1].start.nanoseconds == AnalyticTrial.time(60))
    }

    @Test func `takes the quality of what it reads`() throws {
        var trial = try trial(
            #"{ "formulas": { "plain": "close", "back": "close[1]", "session": "sessionvwap", "#
                + #""says": "state * stateconfidence" } }"#)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.open), to: Timestamp(nanoseconds: AnalyticTrial.time(30)))
        trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(30))
        trial.minute(0, 10, coverage: 0.5)
        var quality = Quality.whole
        quality.coverage = 0.25
        trial.set.refresh(AnalyticTrial.time(120)) { board in
            board.state = StateReading(
                state: .imbalance, direction: 1, confidence: 0.5, since: 0,
                evidence: Evidence(kind: .state, number: 9, time: 0, quality: quality))
        }
        trial.minute(1, 10)
        trial.minute(2, 10)
        #expect(trial.on("formula/plain/1m/").map(\.head.coverage) == [0.5, 1, 1])
        #expect(trial.on("formula/back/1m/").map(\.head.coverage) == [0.5, 0.5, 1])
        #expect(trial.on("formula/session/1m/").map(\.head.coverage) == [0.5, 0.75, 1 - 30.0 / 180])
        #expect(trial.on("formula/says/1m/").map(\.head.coverage) == [0.5, 0.25, 0.25])
        let says = trial.bodies("formula/says/1m/", as: FormulaUpdate.self)
        #expect(says[0].value.isNaN && says[0].state == 0)
        #expect(says[1].value == 0.5 && says[1].state == 9)
        #expect(trial.bodies("formula/back/1m/", as: FormulaUpdate.self).map(\.gap) == [1, 1, 0])
    }

    @Test func `says so while a bar that was changed afterwards lies in its reach`() throws {
        var trial = try trial(#"{ "formulas": { "plain": "close", "back": "sma(2)[1]", "balance": "obv" } }"#)
        for minute in 0..<2 { trial.minute(minute, 10) }
        trial.takeBack(70)
        for minute in 2..<5 { trial.minute(minute, 10) }
        func revised(_ topic: String) -> [Bool] { trial.on(topic).map { $0.head.flags.contains(.inputRevised) } }
        #expect(revised("formula/plain/1m/") == [false, false, false, false, false])
        #expect(revised("formula/back/1m/") == [false, false, true, true, false])
        #expect(revised("formula/balance/1m/") == [false, false, true, true, true])
    }

    @Test func `begins anew with a session where it is told to`() throws {
        for (reset, values) in [("never", [15.0, 30]), ("session", [15, nil])] {
            var trial = try trial(#"{ "reset": "\#(reset)", "formulas": { "mean": "(close + close[1]) / 2" } }"#)
            trial.minute(0, 10)
            trial.minute(1, 20)
            trial.closeSession()
            trial.openSession(day: 1)
            trial.minute(1440, 40)
            let bodies = trial.bodies("formula/mean/1m/", as: FormulaUpdate.self)
            #expect(bodies.dropFirst().map { $0.value.isNaN ? nil : $0.value } == values, "\(reset)")
            #expect(bodies.map(\.bars) == (reset == "never" ? [1, 2, 2] : [1, 2, 1]))
        }
    }
}
