import Analytics
import Foundation
import Market
import TestPrograms
import Testing
import Updates

/// A formula as a tree: written as text for the program, and worked out here the slow way, from all bars each time.
private indirect enum Tree {
    case number(Int)
    case field(BarSource)
    case average(Int)
    case unary(String, Tree)
    case infix(String, Tree, Tree)
    case call(String, [Tree])
    case history(Tree, Int)

    static let infixes = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "and", "or"]

    static func any(_ chance: inout SeededChance, depth: Int) -> Tree {
        switch chance.below(depth > 0 ? 12 : 3) {
        case 0: return .number(chance.below(5))
        case 1: return .field(BarSource.allCases[chance.below(BarSource.allCases.count)])
        case 2: return .average(1 + chance.below(5))
        case 3: return .unary(["-", "not "][chance.below(2)], any(&chance, depth: depth - 1))
        case 4: return .call(["abs", "sqrt", "log", "exp"][chance.below(4)], [any(&chance, depth: depth - 1)])
        case 5: return .call("if", (0..<3).map { _ in any(&chance, depth: depth - 1) })
        case 6:
            let count = 2 + chance.below(3)
            return .call(["min", "max"][chance.below(2)], (0..<count).map { _ in any(&chance, depth: depth - 1) })
        case 7: return .history(any(&chance, depth: depth - 1), chance.below(4))
        default:
            let sign = infixes[chance.below(infixes.count)]
            return .infix(sign, any(&chance, depth: depth - 1), any(&chance, depth: depth - 1))
        }
    }

    /// How tightly it binds when it is written.
    var binding: Int {
        switch self {
        case .number, .field, .average, .call: 9
        case .history: 8
        case .unary(let sign, _): sign == "-" ? 7 : 3
        case .infix(let sign, _, _):
            ["or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6][sign] ?? 4
        }
    }

    /// As text with no parenthesis that is not needed.
    var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .field(let field): field.rawValue
        case .average(let length): "sma(\(length))"
        case .unary(let sign, let tree): sign + tree.written(atLeast: binding)
        case .infix(let sign, let left, let right):
            // Operators join from the left; comparisons do not join at all. A `not` on the left would take the sign in.
            left.written(atLeast: binding == 4 ? 5 : binding) + " \(sign) " + right.written(atLeast: binding + 1)
        case .call(let name, let trees): "\(name)(" + trees.map(\.text).joined(separator: ", ") + ")"
        case .history(let tree, let bars): tree.written(atLeast: 8) + "[\(bars)]"
        }
    }

    private func written(atLeast least: Int) -> String { binding >= least && !endsOpen ? text : "(\(text))" }

    /// Whether its text ends in an operand that would take in what follows: `2 * not x`.
    private var endsOpen: Bool {
        switch self {
        case .infix(_, _, let right): right.binding == 3 || right.endsOpen
        case .unary(_, let tree): binding == 3 || tree.endsOpen
        case .number, .field, .average, .call, .history: false
        }
    }

    /// Its value after bar `now`.
    func value(_ bars: [FinishedBar], _ now: Int) -> Double {
        guard now >= 0 else { return .nan }
        switch self {
        case .number(let number): return Double(number)
        case .field(let field): return field.unit(sizeStep: 1_000_000).value(field.count(of: bars[now]))
        case .average(let length):
            var average = SimpleAverage(length: length, unit: .price)
            for bar in bars[...now] { average.add(bar.bar.close) }
            return average.value
        case .history(let tree, let back): return tree.value(bars, now - back)
        case .unary(let sign, let tree):
            let value = tree.value(bars, now)
            if sign == "-" { return -value }
            return value.isNaN ? .nan : value == 0 ? 1 : 0
        case .call(let name, let trees): return Tree.call(name, trees.map { $0.value(bars, now) })
        case .infix(let sign, let left, let right):
            let (left, right) = (left.value(bars, now), right.value(bars, now))
            return left.isNaN || right.isNaN ? .nan : Tree.join(sign, left, right)
        }
    }

    private static func call(_ name: String, _ values: [Double]) -> Double {
        if name == "if" { return values[0].isNaN ? .nan : values[0] == 0 ? values[2] : values[1] }
        if values.contains(where: { $0.isNaN }) { return .nan }
        let value =
            switch name {
            case "min": values.min() ?? .nan
            case "max": values.max() ?? .nan
            case "abs": values[0].magnitude
            case "sqrt": values[0] < 0 ? .nan : values[0].squareRoot()
            case "log": values[0] > 0 ? Foundation.log(values[0]) : .nan
            default: Foundation.exp(values[0])
            }
        return value.isFinite ? value : .nan
    }

    private static func join(_ sign: String, _ left: Double, _ right: Double) -> Double {
        let value: Double =
            switch sign {
            case "+": left + right
            case "-": left - right
            case "*": left * right
            case "/": left / right
            case "%": left.remainder(towardZero: right)
            case "<": left < right ? 1 : 0
            case "<=": left <= right ? 1 : 0
            case ">": left > right ? 1 : 0
            case ">=": left >= right ? 1 : 0
            case "==": left == right ? 1 : 0
            case "!=": left != right ? 1 : 0
            case "and": left != 0 && right != 0 ? 1 : 0
            default: left != 0 || right != 0 ? 1 : 0
            }
        return value.isFinite ? value : .nan
    }
}

extension Double {
    fileprivate func remainder(towardZero other: Double) -> Double {
        other == 0 ? .nan : truncatingRemainder(dividingBy: other)
    }
}

@Suite struct `Formulas by chance` {
    private func bars(_ chance: inout SeededChance, _ count: Int) -> [FinishedBar] {
        let closes = (0..<count).map { _ in Double(chance.below(400)) / 4 }
        return formulaBars(closes, volumes: (0..<count).map { _ in Int64(chance.below(5_000)) })
    }

    @Test func `have the value of their tree`() throws {
        var defined = 0
        for round in 0..<Campaign.rounds(400, each: 2_000) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            let tree = Tree.any(&chance, depth: 1 + chance.below(5))
            let bars = bars(&chance, 12)
            var plan = FormulaPlan()
            guard tree.text.utf8.count <= FormulaPlan.textLimit else { continue }
            do throws(FormulaFault) {
                try plan.add(tree.text, named: "it")
            } catch {
                #expect(error.problem.contains("steps"), "round \(round): \(tree.text): \(error)")
                continue
            }
            var machine = FormulaMachine(plan, sizeStep: 1_000_000)
            for (index, bar) in bars.enumerated() {
                machine.add(bar, Board())
                let (value, known) = (machine.values[0], tree.value(bars, index))
                defined += value.isNaN ? 0 : 1
                #expect(
                    agree(value, known, within: 0), "round \(round), bar \(index): \(tree.text): \(value), not \(known)"
                )
            }
        }
        #expect(defined > 1_000)
    }

    /// Words and signs in any order, and bytes of any kind: either a program that runs, or a fault within the text.
    @Test func `never stop the parser, whatever the text`() {
        let words = [
            "sma", "ema", "(", ")", "[", "]", ",", "+", "-", "*", "/", "%", "<", "==", "not", "and", "or", "if", "prev",
            "close", "volume", "20", "1", "0.5", "1e5", "macd", "poc", "obv", " ", "=", "é", "\n", "other", "max",
        ]
        var accepted = 0
        for round in 0..<Campaign.rounds(4_000, each: 20_000) {
            var chance = SeededChance(seed: Campaign.seed + 1_000_000 + UInt64(round))
            var text = ""
            for _ in 0..<chance.below(14) {
                text +=
                    chance.below(8) == 0
                    ? String(UnicodeScalar(UInt8(chance.below(128)))) : words[chance.below(words.count)]
            }
            var plan = FormulaPlan()
            do throws(FormulaFault) {
                try plan.add("close - 1", named: "other")
                try plan.add(text, named: "it")
                accepted += 1
                var machine = FormulaMachine(plan, sizeStep: 1)
                for bar in bars(&chance, 3) { machine.add(bar, Board()) }
                #expect(machine.values[1].isNaN || machine.values[1].isFinite, "\(text)")
            } catch {
                // By scalars: of characters, a return and a newline are one.
                let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
                let isInside =
                    error.line <= lines.count
                    && error.column <= lines[error.line - 1].count + 1 && error.column > 0
                #expect(isInside, "round \(round): \(error) of \(text)")
            }
        }
        #expect(accepted > 50)
    }
}
