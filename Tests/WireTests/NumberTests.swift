import Market
import Memory
import TestPrograms
import Testing
import Updates
import Wire

/// One real and one time, to see how values are written.
private struct Pair: UpdateBody {
    var real = 0.0
    var price = Price(billionths: 0)

    static let layout = UpdateLayout(
        template: 903, kind: "pair", size: 16,
        fields: [
            UpdateField("real", .real, \Pair.real, "A double."),
            UpdateField("price", .price, \Pair.price, "An exact decimal."),
        ], meaning: "Two numbers for tests.")
}

@Suite struct `Numbers in JSON` {
    private let encoding = JSONEncoding(Pair.layout)

    /// What is written for a double and for a count of billionths.
    private func written(_ real: Double, _ billionths: Int64 = 0) throws -> (real: String, price: String) {
        var outbox = Outbox()
        let head = UpdateHead(
            number: 1, start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0), revision: 0, final: true,
            reason: .none, quality: .whole)
        outbox.append(
            Pair(real: real, price: Price(billionths: billionths)), head: head, slot: 0, template: 903, symbol: 0)
        var update: [UInt8] = []
        outbox.forEach { update = $1.array }
        let message = MessageHead(
            publishTime: Timestamp(nanoseconds: 0), position: 0, publisher: 0, firstNumber: 1, sizeStep: 1)
        let text = String(decoding: try encoding.text(update, of: .node("n"), head: message), as: UTF8.self)
        let parts = text.split(separator: ",").suffix(2).map { $0.split(separator: ":")[1] }
        return (String(parts[0]), String(parts[1].dropLast()))
    }

    @Test func `doubles are written as ECMAScript writes them`() throws {
        let examples: [(Double, String)] = [
            (0, "0"), (-0.0, "-0.0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1.2345e20, "123450000000000000000"), (1e-6, "0.000001"), (1.5e-7, "1.5e-7"),
            (.leastNonzeroMagnitude, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (9007199254740992, "9007199254740992"), (0.3, "0.3"), (0.1 + 0.2, "0.30000000000000004"), (.nan, "null"),
            (.infinity, "null"), (61799.99999999999, "61799.99999999999"), (1e23, "1e+23"), (9.5e-3, "0.0095"),
        ]
        for (value, text) in examples { #expect(try written(value).real == text) }
    }

    @Test func `a double is as short as the standard library's and reads back`() throws {
        var chance = SeededChance(seed: 11)
        for round in 0..<Campaign.rounds(15_000, each: 60_000) {
            var value = Double(bitPattern: chance.next())
            if round % 4 == 1 { value = Double(chance.below(1 << 50)) / 1_000 }
            if round % 4 == 2 { value = Double(bitPattern: UInt64(chance.below(2047)) << 52) }
            if round % 4 == 3 { value = Double(bitPattern: chance.next() >> 12) }
            guard value.isFinite else { continue }
            let text = try written(value).real
            #expect(Double(text)?.bitPattern == value.bitPattern, "\(value)")
            #expect(digits(text) == digits(value.description), "\(value) as \(text)")
        }
    }

    @Test func `prices are exact and shortest`() throws {
        var chance = SeededChance(seed: 12)
        for value in [0, 1, -1, 10, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000, Int64.min, Int64.max - 1] {
            #expect(try written(0, value).price == DecimalText.text(billionths: Int128(value)))
        }
        for _ in 0..<20_000 {
            var value = chance.integer()
            if chance.below(2) == 0 { value = value / 10_000_000 * 10_000_000 }
            #expect(try written(0, value).price == DecimalText.text(billionths: Int128(value)))
        }
    }

    /// The digits that say something, without sign, point, exponent, and zeros at the ends.
    private func digits(_ text: String) -> Substring {
        let mantissa = text.split(separator: "e")[0].filter { $0.isNumber }
        var rest = mantissa.drop { $0 == "0" }
        while rest.last == "0" { rest.removeLast() }
        return rest
    }
}
