import Analytics
import Market
import Testing

/// The published table (definitions §2), line by line: code, tapes, and the leaves of the minute's and the day's bar.
private let published: [(codes: String, tapes: String, minute: String, day: String)] = [
    (" ", "AB", "YYY", "YYY"), ("@", "CO", "YYY", "YYY"), ("ADY", "C", "YYY", "YYY"), ("B", "AB", "NNY", "NNY"),
    ("B", "C", "YYY", "YYY"), ("CNR", "ABCO", "NNY", "NNY"), ("E", "AB", "YYY", "YYY"), ("F", "ABC", "YYY", "YYY"),
    ("G", "C", "NNY", "FYY"), ("HV7", "ABC", "NNY", "NNY"), ("I", "ABCO", "NNY", "NNY"),
    ("KLXO56", "ABC", "YYY", "YYY"),
    ("MQ", "ABC", "NNN", "NNN"), ("P", "ABCO", "NNY", "FYY"), ("T", "ABCO", "YYY", "NNY"), ("U", "ABCO", "NNY", "NNY"),
    ("W", "CO", "NNY", "NNY"), ("Z", "ABC", "NNY", "FYY"), ("4", "ABC", "NNY", "FYY"), ("9", "ABC", "NNN", "YYN"),
]

/// Codes whose trades are no order flow although they add volume (definitions §2).
private let excluded = "47VPZUMQ9HCNRG"

private func text(_ rule: SaleRule) -> String {
    [rule.openClose, rule.highLow, rule.volume].map { ["N", "F", "Y"][Int($0.rawValue)] }.joined()
}

/// The letters of a code on a tape; nil where the table has none.
private func letters(_ code: Character, _ tape: ConsolidatedTape, _ span: BarSpan) -> String? {
    let line = published.first { $0.codes.contains(code) && $0.tapes.contains("\(tape)".uppercased()) }
    return line.map { span == .minute ? $0.minute : $0.day }
}

private let allCodes = SaleCodes.list.map { Character(Unicode.Scalar($0)) }

/// The strictest letters of several codes, column by column.
private func strictest(_ codes: [Character], _ tape: ConsolidatedTape, _ span: BarSpan) -> [Character] {
    (0..<3).map { column in
        let found = codes.map { Array(letters($0, tape, span) ?? "NNY")[column] }
        return found.contains("N") ? "N" : found.contains("F") ? "F" : "Y"
    }
}

@Suite struct `Sale conditions` {
    @Test func `every code on every tape has the rule of the published table`() {
        #expect(SaleCodes.list.count == 31 && Set(SaleCodes.list).count == 31)
        for code in 0..<UInt8(128) {
            for tape in ConsolidatedTape.allCases {
                for span in BarSpan.allCases {
                    let expected = letters(Character(Unicode.Scalar(code)), tape, span)
                    #expect(SaleConditions.rule(code, tape, span).map(text) == expected, "\(code) \(tape) \(span)")
                }
            }
        }
        #expect(published.allSatisfy { $0.codes.allSatisfy(allCodes.contains) })
    }

    @Test func `of any two codes the strictest rules in each column, and the masks say the same`() {
        let conditions = SaleConditions()
        for tape in ConsolidatedTape.allCases {
            for first in allCodes {
                for second in allCodes {
                    check([first, second], tape, conditions)
                }
            }
            check([], tape, conditions)
        }
    }

    private func check(_ codes: [Character], _ tape: ConsolidatedTape, _ conditions: SaleConditions) {
        let bits = codes.reduce(0) { $0 | SaleCodes.bit($1.asciiValue ?? 0) }
        let minute = strictest(codes, tape, .minute)
        let day = strictest(codes, tape, .day)
        #expect(text(SaleConditions.rule(bits, tape, .minute)) == String(minute), "\(codes) \(tape)")
        #expect(text(SaleConditions.rule(bits, tape, .day)) == String(day), "\(codes) \(tape)")
        let isUnknown = codes.contains { letters($0, tape, .minute) == nil }
        let isAuction = codes.contains { "O56".contains($0) }
        let isFlow =
            !isUnknown && minute[2] == "Y"
            && codes.allSatisfy { code in
                let isAverage = code == "W" || code == "B" && (tape == .a || tape == .b)
                return !excluded.contains(code) && !isAverage
            }
        var expected: TradeEffects = []
        if minute[2] == "Y" { expected.insert(.volume) }
        if minute[1] == "Y" { expected.insert(.price) }
        if day[1] == "Y" { expected.insert(.dayPrice) }
        if day[0] == "Y" { expected.insert(.dayOpenClose) }
        if day[0] == "F" { expected.insert(.dayFirst) }
        if isAuction { expected.insert(.auction) }
        if isFlow { expected.insert(.profile) }
        if isFlow, !isAuction { expected.insert(.flow) }
        #expect(conditions.effects(bits, tape) == expected, "\(codes) \(tape)")
        #expect(conditions.hasUnknown(bits, tape) == isUnknown, "\(codes) \(tape)")
        #expect(conditions.isPlain(bits, tape) == (expected == .regular), "\(codes) \(tape)")
        // A minute's open and close go with its high and low: one mark stands for both.
        #expect(minute[0] == minute[1] && minute[2] == day[2], "\(codes) \(tape)")
    }

    @Test func `a code that nobody knows adds volume and no price`() {
        let conditions = SaleConditions()
        for tape in ConsolidatedTape.allCases {
            let bits = SaleCodes.bits("S")
            #expect(bits == SaleCodes.unknown && conditions.hasUnknown(bits, tape))
            #expect(conditions.effects(bits, tape) == .volume)
            #expect(text(SaleConditions.rule(bits, tape, .day)) == "NNY")
        }
    }

    @Test func `texts of codes become bits and codes again`() {
        let texts: [(String, String)] = [
            ("", ""), (" ", " "), ("  ", " "), ("@", "@"), ("@ F I", "@FI"), ("@,F,I", "@FI"), ("@FI", "@FI"),
            (" ,7", " 7"), ("7, ", " 7"), ("@, F", "@F"), (",,", ""), ("F  9", "F9"), ("é", "?"), ("@ j", "@?"),
        ]
        for (written, codes) in texts {
            #expect(SaleCodes.text(SaleCodes.bits(written)) == codes, "\"\(written)\"")
        }
        #expect(SaleCodes.bits(" @A") == 0b110)
        #expect(SaleCodes.bit(UInt8(ascii: "9")) == 1 << 30)
    }

    @Test func `six trades of tape C make the bars of vector TC1`() {
        let trades: [(cents: Int64, quantity: Int64, codes: String)] = [
            (10_000, 200, "@"), (10_050, 50, "@,I"), (9_900, 1_000, "@,4"), (10_020, 300, "@,F"), (10_100, 500, "@,Z"),
            (10_010, 100, "@,Q"),
        ]
        let conditions = SaleConditions()
        var minute = Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60_000_000_000))
        var day = minute
        for (place, trade) in trades.enumerated() {
            let kept = KeptTrade(
                price: trade.cents * 10_000_000, quantity: trade.quantity, time: Int64(place), aggressor: .unknown,
                effects: conditions.effects(SaleCodes.bits(trade.codes), .c), identifier: 1, number: UInt64(place))
            if kept.effects.contains(.volume) { minute.add(kept) }
            day.addToDay(kept)
        }
        #expect(cents(minute) == [10_000, 10_020, 10_000, 10_020])
        #expect(minute.volume == 2_050 && minute.count == 5 && minute.turnover == 50_060 * 1_000_000_000)
        #expect(minute.volume - minute.unpriced == 500 && abs(minute.volumeWeightedPrice - 100.12) < 1e-12)
        #expect(cents(day) == [10_000, 10_100, 9_900, 10_020])
        #expect(day.volume == 2_050 && day.count == 5 && day.turnover == 199_560 * 1_000_000_000)
        #expect(day.volume - day.unpriced == 2_000 && abs(day.volumeWeightedPrice - 99.78) < 1e-12)
    }

    private func cents(_ bar: Bar) -> [Int64] { [bar.open, bar.high, bar.low, bar.close].map { $0 / 10_000_000 } }
}
