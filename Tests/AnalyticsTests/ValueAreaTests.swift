import Analytics
import Testing

private struct AreaVector: Sendable, CustomTestStringConvertible {
    let name: String
    let rows: [Int64]
    let rule: ValueAreaRule
    let expected: [Int64]
    var testDescription: String { name }

    init(_ name: String, _ rows: [Int64], _ rule: ValueAreaRule, _ expected: [Int64]) {
        self.name = name
        self.rows = rows
        self.rule = rule
        self.expected = expected
    }
}

private func rule(
    _ expansion: ValueAreaRule.Expansion, _ stop: ValueAreaRule.Stop = .atLeast, _ tie: ValueAreaRule.Tie = .above
) -> ValueAreaRule {
    ValueAreaRule(shareInMillionths: 700_000, expansion: expansion, stop: stop, tie: tie, controlTie: .middle)
}

/// An expectation cannot hold a span.
private func area(_ rows: [Int64], _ rule: ValueAreaRule, held: Int? = nil) -> ValueArea? {
    ValueArea.of(rows.span, rule: rule, held: held)
}

private let first: [Int64] = [50, 80, 120, 160, 210, 300, 260, 190, 140, 70, 20]
private let second: [Int64] = [30, 70, 10, 20, 90, 20, 60, 10]
private let third: [Int64] = [50, 70, 60, 70, 40, 30, 20, 30, 30]

/// Point of control, low, high, volume of the area; definitions §6.
private let vectors = [
    AreaVector("VA1", first, rule(.twoRow), [5, 3, 7, 1120]),
    AreaVector("VA1b", first, rule(.oneRow, .beyond), [5, 3, 8, 1260]),
    AreaVector("VA2", second, rule(.twoRow), [4, 0, 6, 300]),
    AreaVector("VA2b", second, rule(.oneRow), [4, 1, 7, 280]),
    AreaVector("VA3", third, rule(.twoRow), [3, 1, 7, 320]),
    AreaVector("VA3b", third, rule(.twoRow, .atLeast, .below), [3, 0, 5, 320]),
    AreaVector("VA4", [7, 7, 7, 7, 7], rule(.twoRow), [2, 0, 4, 35]),
    AreaVector("VA5", [100], rule(.twoRow), [0, 0, 0, 100]),
    AreaVector("VA6", [10, 20, 30, 30, 20, 10], rule(.twoRow), [2, 0, 4, 110]),
    AreaVector("VA7", [40, 0, 0, 100, 0, 0, 35], rule(.twoRow), [3, 3, 6, 135]),
    AreaVector("VA8", [10, 100, 20, 15, 12, 9, 8], rule(.twoRow), [1, 1, 3, 135]),
    AreaVector("VA9", [44, 50, 70, 150, 90, 80, 70], rule(.oneRow), [3, 3, 6, 390]),
]

@Suite struct `Value area` {
    @Test(arguments: vectors)
    private func `a published vector comes out, from rows and from a profile`(vector: AreaVector) throws {
        let bare = try #require(area(vector.rows, vector.rule))
        #expect([bare.control, bare.low, bare.high, bare.volume] == vector.expected)
        var profile = VolumeProfile(rowHeight: 5, rowLimit: 64)
        for (row, volume) in vector.rows.enumerated() where volume > 0 {
            profile.add(price: Int64(row) * 5 - 997, quantity: volume)
        }
        let found = profile.valueArea(vector.rule)
        let moved = try #require(found)
        // Row 0 holds the price −997, which lies in the row from −1000 to −995.
        #expect([moved.control + 200, moved.low + 200, moved.high + 200, moved.volume] == vector.expected)
        #expect(profile.lowerEdge(ofRow: -200) == -1000)
    }

    @Test func `nothing traded has no area, and empty ends do not move the middle`() {
        #expect(area([], .standard) == nil)
        #expect(area([Int64](repeating: 0, count: 9), .standard) == nil)
        let rows: [Int64] = [0, 0, 0, 0, 0, 7, 7, 7, 7, 7]
        #expect(area(rows, .standard)?.control == 7)
    }

    @Test func `ties of the point of control go low, high or to the middle, or stay where they were held`() {
        let rows: [Int64] = [9, 1, 1, 9, 1, 9]
        func control(_ tie: ValueAreaRule.ControlTie, held: Int? = nil) -> Int64? {
            let rule = ValueAreaRule(
                shareInMillionths: 700_000, expansion: .oneRow, stop: .atLeast, tie: .above, controlTie: tie)
            return area(rows, rule, held: held)?.control
        }
        #expect(control(.low) == 0)
        #expect(control(.high) == 5)
        #expect(control(.middle) == 3)
        #expect(control(.low, held: 5) == 5)
        #expect(control(.low, held: 4) == 0)
        #expect(control(.low, held: -7) == 0)
        #expect(control(.low, held: 99) == 0)
    }

    @Test func `the share is compared exactly where doubles would err`() {
        // 70 % of these totals: 0.7 × 10 is 7.000000000000001 in some orders of doubles; at 2^60 all low digits go.
        let large = Int64(1) << 60
        let rows: [Int64] = [large / 10 * 7, 1, large / 10 * 3]
        let found = area(rows, .standard)
        let total = rows.reduce(0, +)
        #expect(Int128(rows[0]) * 10 < Int128(total) * 7)
        #expect(found?.high == 2)
        #expect(area([7, 3], .orderflow)?.high == 0)
        #expect(area([7, 3], .lean)?.high == 1)
        #expect(area([6_999_999, 3_000_001], .standard)?.high == 1)
    }
}
