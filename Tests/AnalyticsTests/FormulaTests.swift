import Analytics
import Market
import Testing
import Updates

/// Bars whose close is the first number, with a range of 1 around it, opened at the close before.
func formulaBars(_ closes: [Double], volumes: [Int64] = []) -> [FinishedBar] {
    closes.enumerated().map { index, close in
        var bar = Bar(
            start: Timestamp(nanoseconds: Int64(index) * 60), end: Timestamp(nanoseconds: Int64(index) * 60 + 60))
        bar.close = Int64((close * 1e9).rounded())
        bar.open = index > 0 ? Int64((closes[index - 1] * 1e9).rounded()) : bar.close
        bar.high = max(bar.open, bar.close) + Price.scale
        bar.low = min(bar.open, bar.close) - Price.scale
        bar.volume = index < volumes.count ? volumes[index] : 10
        bar.turnover = Int128(bar.close) * Int128(bar.volume)
        bar.delta = Int64(index)
        bar.count = 4
        bar.firstTime = bar.start.nanoseconds
        return FinishedBar(name: 0, bar: bar, cumulative: Int64(index * 2), number: 1, quality: .whole)
    }
}

/// A formula's values bar by bar; nil where undefined.
private func run(
    _ text: String, _ closes: [Double] = [10, 11, 12, 11, 13], board: Board = Board(), sizeStep: Int64 = Price.scale
) throws -> [Double?] {
    var plan = FormulaPlan()
    try plan.add(text, named: "it")
    var machine = FormulaMachine(plan, sizeStep: sizeStep)
    return formulaBars(closes).map { bar in
        machine.add(bar, board)
        return machine.values[0].isNaN ? nil : machine.values[0]
    }
}

private func refusal(_ text: String, after earlier: [(String, String)] = []) -> String {
    var plan = FormulaPlan()
    do throws(FormulaFault) {
        for (name, text) in earlier { try plan.add(text, named: name) }
        try plan.add(text, named: "it")
        return "accepted"
    } catch {
        return error.description
    }
}

@Suite struct Formula {
    @Test(arguments: [
        ("1 + 2 * 3", 7.0), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("12 / 3 / 2", 2), ("7 % 4", 3), ("-7 % 4", -3),
        ("-2 * -3", 6), ("- - 4", 4), ("2 - -1", 3), (".5 + 1e2 + 2.5e-1", 100.75), ("1 < 2", 1), ("2 <= 1", 0),
        ("2 > 1 and 1 >= 1", 1), ("1 == 1 and 1 != 1", 0), ("0 or not 0", 1), ("not 1 < 2", 0), ("not 0 and 0", 0),
        ("1 or 0 and 0", 1), ("1 + 1 == 2", 1), ("min(3, 1, 2)", 1), ("max(3, 1, 5, 2)", 5), ("abs(-3)", 3),
        ("sqrt(16)", 4), ("log(exp(2))", 2), ("if(2 > 1, 10, 20)", 10), ("if(0, 10, 20)", 20),
        ("if(1, 5, 1 / 0)", 5), ("5[0]", 5), ("\t1\n+ 1\r", 2),
    ])
    func `of constants has the value that arithmetic gives`(_ text: String, _ value: Double) throws {
        #expect(try run(text, [1]) == [value])
    }

    @Test(arguments: [
        "1 / 0", "0 / 0", "5 % 0", "sqrt(0 - 1)", "log(0)", "log(-1)", "exp(1000)", "1e308 * 10", "1 / 0 < 1",
        "1 / 0 == 1 / 0", "not (1 / 0)", "1 or 1 / 0", "0 and 1 / 0", "max(1, 1 / 0)", "if(1 / 0, 1, 1)",
        "if(1, 1 / 0, 1)", "abs(1 / 0)", "-(1 / 0)", "close[1]", "poc", "state", "priorclose",
    ])
    func `undefined goes on through every step`(_ text: String) throws { #expect(try run(text, [1]) == [nil]) }

    @Test func `minus zero is zero`() throws {
        let value = try #require(try run("-0", [1])[0])
        #expect(value.sign == .plus)
    }

    @Test func `fields are the bar's numbers in units`() throws {
        #expect(try run("close") == [10, 11, 12, 11, 13])
        #expect(try run("open") == [10, 10, 11, 12, 11])
        #expect(try run("high - low") == [2, 3, 3, 3, 4])
        #expect(try run("volume", sizeStep: Price.scale / 10) == [1, 1, 1, 1, 1])
        #expect(try run("delta + trades") == [4, 5, 6, 7, 8])
        #expect(try run("cvd") == [0, 2, 4, 6, 8])
        #expect(try run("vwap == close") == [1, 1, 1, 1, 1])
    }

    @Test func `history is the value of so many bars ago`() throws {
        #expect(try run("close[1]") == [nil, 10, 11, 12, 11])
        #expect(try run("prev(close, 2)") == [nil, nil, 10, 11, 12])
        #expect(try run("(close - close[1])[1]") == [nil, nil, 1, 1, -1])
        #expect(try run("close[1][2]") == [nil, nil, nil, 10, 11])
        #expect(try run("-close[1]") == [nil, -10, -11, -12, -11])
        #expect(try run("prev(sma(2), 1)[1] + 0 * close") == [nil, nil, nil, 10.5, 11.5])
    }

    @Test func `indicators follow the close or another field`() throws {
        #expect(try run("sma(2)") == [nil, 10.5, 11.5, 11.5, 12])
        #expect(try run("sma(2, open)") == [nil, 10, 10.5, 11.5, 11.5])
        #expect(try run("highest(3)") == [nil, nil, 13, 13, 14])
        #expect(try run("highest(3, close)") == [nil, nil, 12, 12, 13])
        #expect(try run("lowest(3)") == [nil, nil, 9, 9, 10])
        #expect(try run("ema(2, delta)") == [nil, 0.5, 1.5, 2.5, 3.5])
        #expect(try run("rsi(2)") == [nil, nil, 100, 50, 83.33333333333333])
        #expect(try run("stdev(2)") == [nil, 0.5, 0.5, 0.5, 1])
        #expect(try run("roc(1)") == [nil, 10, 100.0 / 11, -100.0 / 12, 200.0 / 11])
        #expect(try run("atr(2)")[1] == 2.5)
        #expect(try run("mfi(1)") == [nil, 100, 100, 0, 100])
        #expect(try run("obv") == [0, 10, 20, 10, 20])
        let lines = try run("macd(1, 2, 2) - macdsignal(1, 2, 2) == macdhistogram(1, 2, 2)")
        #expect(lines == [nil, nil, 1, 1, 1])
    }

    @Test func `the board's numbers are in units`() throws {
        var board = Board()
        board.initialHigh = 12_500_000_000
        board.initialLow = 11_000_000_000
        let evidence = Evidence(kind: .state, number: 7, time: 0, quality: .whole)
        board.state = StateReading(state: .imbalance, direction: -1, confidence: 0.25, since: 0, evidence: evidence)
        #expect(try run("ibhigh - iblow", [1], board: board) == [1.5])
        #expect(try run("state + stateconfidence", [1], board: board) == [-0.75])
        board.state = StateReading(state: .balance, direction: 1, confidence: 0.25, since: 0, evidence: evidence)
        #expect(try run("state", [1], board: board) == [0])
    }

    @Test func `earlier formulas can be named, and indicators are shared`() throws {
        var plan = FormulaPlan()
        try plan.add("ema(2) - sma(2)", named: "trend")
        try plan.add("trend > trend[1] and ema(2) > 0", named: "rises")
        #expect(plan.choices.count == 2)
        #expect(plan.programs[1].inputs == [.indicator, .formula, .history])
        #expect(plan.programs.map(\.reach) == [2, 3])
        var machine = FormulaMachine(plan, sizeStep: 1)
        var rises: [Double] = []
        var trends: [Double] = []
        for bar in formulaBars([10, 11, 14, 14, 14]) {
            machine.add(bar, Board())
            trends.append(machine.values[0])
            rises.append(machine.values[1])
        }
        #expect(rises.prefix(2).allSatisfy { $0.isNaN })
        #expect(Array(rises.dropFirst(2)) == (2..<5).map { trends[$0] > trends[$0 - 1] ? 1 : 0 })
    }

    @Test func `reach adds up what lies within each other`() throws {
        let reaches = [
            "1": 1, "close": 1, "close[3]": 4, "sma(20)": 20, "sma(20)[5]": 25, "prev(rsi(14)[2], 3)": 20,
            "macd(12, 26, 9)": 34, "max(close[7], sma(5), roc(9))": 10, "obv": 1,
        ]
        for (text, reach) in reaches {
            var plan = FormulaPlan()
            try plan.add(text, named: "it")
            #expect(plan.programs[0].reach == reach, "\(text)")
            #expect(plan.programs[0].isAnchored == (text == "obv"))
        }
    }

    @Test func `a reset forgets indicators and history`() throws {
        var plan = FormulaPlan()
        try plan.add("close[1] + sma(2)", named: "it")
        var machine = FormulaMachine(plan, sizeStep: 1)
        for bar in formulaBars([1, 2, 3]) { machine.add(bar, Board()) }
        machine.reset(all: false)
        machine.add(formulaBars([4])[0], Board())
        #expect(machine.values[0] == 6.5)
        machine.reset(all: true)
        machine.add(formulaBars([4])[0], Board())
        #expect(machine.values[0].isNaN)
    }
}

@Suite struct `A refused formula` {
    @Test(arguments: [
        ("", #"column 1: the end stands where a value must be. Write a number or a name"#),
        ("ema(20) - emma(50)", #"column 11: there is no function "emma". Did you mean "ema"?"#),
        ("clse > 1", #"column 1: nothing is called "clse". Did you mean "close"?"#),
        ("1 + sma", #"column 5: "sma" needs its parentheses. Write sma(length) or sma(length, field)"#),
        ("(1 + 2", "column 7: the parenthesis of column 1 is not closed. Write ) here"),
        ("1 + 2)", #"column 6: ")" stands where an operator or the end must be. Write an operator before it"#),
        ("close[1", "column 8: the bracket of column 6 is not closed. Write ] here"),
        ("sma(2.5)", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma(0)", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma(1001)", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma(-1)", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma(close)", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma()", "column 5: the length must be a whole number. Write one from 1 to 1000"),
        ("sma(20, volme)", #"column 9: "volme" is no field of a bar. Did you mean "volume"?"#),
        ("sma(20, 5)", "column 9: a number stands where a field must be. Write one such as volume"),
        (
            "sma(20, volume, 3)",
            #"column 15: "," stands where a parenthesis must close. "#
                + "Write sma(length) or sma(length, field)"
        ),
        ("atr(14, close)", #"column 7: "," stands where a parenthesis must close. Write atr(length)"#),
        ("if(1, 2)", #"column 8: ")" stands where a comma must be. Write if(condition, then, else)"#),
        ("min(1)", #"column 6: ")" stands where a comma must be. Write min(value, value, …)"#),
        ("abs(1, 2)", #"column 6: "," stands where a parenthesis must close. Write abs(value)"#),
        (
            "macd(26, 12, 9)",
            "column 10: the slow average is not longer than the fast one. "
                + "Write macd(fast, slow, signal) or macd(fast, slow, signal, field)"
        ),
        ("close[1.5]", "column 7: the number of bars must be a whole number. Write one from 0 to 1000"),
        ("prev(close)", #"column 11: ")" stands where a comma must be. Write prev(value, bars)"#),
        (
            "1 < 2 < 3",
            "column 7: a comparison cannot be compared. "
                + "Join two comparisons with and, or use parentheses"
        ),
        ("close = 1", "column 7: this sign means nothing here. Write == to compare"),
        ("2 ^ 3", "column 3: this sign means nothing here. Write a product instead of a power"),
        ("2x", "column 1: this is no number. Write one such as 20, 0.5 or 1e6"),
        ("1e999", "column 1: this is no number. Write one such as 20, 0.5 or 1e6"),
        ("1 1", "column 3: a number stands where an operator or the end must be. Write an operator before it"),
        ("it + 1", "column 1: a formula cannot name itself. Name one that stands above it"),
        (
            "1 +\n  zzzzzz",
            "line 2, column 3: nothing is called \"zzzzzz\". "
                + "A formula may name only those that stand above it"
        ),
        (
            "1 + é",
            "column 5: this sign means nothing here. Write numbers, names and + - * / % < <= > >= == != ( ) [ ] ,"
        ),
    ])
    func `says where, what and what would be right`(_ text: String, _ message: String) {
        #expect(refusal(text) == message)
    }

    @Test func `counts columns in characters, not bytes`() {
        #expect(refusal("  1 $").hasPrefix("column 5:"))
        #expect(FormulaPlan.refusal("1 + é + $") == "column 5")
    }

    @Test func `keeps to the limits`() {
        let deep = String(repeating: "(", count: 63) + "1" + String(repeating: ")", count: 63)
        #expect(refusal(deep) == "accepted")
        #expect(refusal("(" + deep + ")").contains("nested too deeply"))
        #expect(refusal(String(repeating: "-", count: 200) + "1").contains("nested too deeply"))
        let long = "1" + String(repeating: "+1", count: 127)
        #expect(refusal(long) == "accepted")
        #expect(refusal(long + "+1").contains("more than 256 steps"))
        #expect(refusal(String(repeating: " ", count: 999) + "1") == "accepted")
        #expect(refusal(String(repeating: " ", count: 1_000) + "1").contains("longer than 1000 bytes"))
        #expect(refusal("close" + String(repeating: "[1000]", count: 4)) == "accepted")
        #expect(refusal("close" + String(repeating: "[1000]", count: 5)).contains("more than 5000 bars"))
        let wide = Array(repeating: "close[1000]", count: 10).joined(separator: "+")
        #expect(refusal(wide) == "accepted")
        #expect(refusal(wide + "+close[1]").contains("more than 10000 values"))
        #expect(refusal(String(repeating: "x", count: 33)).contains("33 letters"))
    }
}

extension FormulaPlan {
    /// The place at which a text is refused.
    fileprivate static func refusal(_ text: String) -> String? {
        var plan = FormulaPlan()
        do throws(FormulaFault) {
            try plan.add(text, named: "it")
            return nil
        } catch {
            return error.place
        }
    }
}
