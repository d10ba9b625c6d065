internal import Glibc
internal import Market
internal import Memory

/// Runs the formulas of a plan for each bar: their indicators, the values that they remember, and one stack.
///
/// Undefined is not a number and goes on through every step, comparisons included; only `if` passes over the branch
/// that it does not take. What is no finite number counts as undefined, so division by 0 does. True is whatever is not
/// 0. Both branches and both sides of `and` and `or` are computed for every bar, so that histories have no holes.
public struct FormulaMachine: Sendable {
    private let programs: [FormulaProgram]
    private var panel: IndicatorPanel
    private let volume: CountUnit
    /// The formulas' values after the last bar, in the order of the plan.
    public private(set) var values: [Double]
    private var stack: [Double]
    /// The rings of all histories one behind the other, in the order of their steps.
    private var memory: [Double]
    /// For each history, the cell of its oldest value, counted from its ring's start.
    private var cursors: [Int]

    /// `sizeStep` is the instrument's, in billionths of a unit.
    public init(_ plan: FormulaPlan, sizeStep: Int64) {
        programs = plan.programs
        panel = IndicatorPanel(plan.choices, sizeStep: sizeStep)
        volume = CountUnit(billionths: sizeStep)
        values = Array(repeating: .nan, count: plan.programs.count)
        stack = Array(repeating: .nan, count: plan.programs.map(\.stackDepth).max() ?? 0)
        let histories = plan.programs.flatMap(\.steps).compactMap { step in
            if case .history(let bars) = step { bars } else { nil }
        }
        memory = Array(repeating: .nan, count: histories.reduce(0, +))
        cursors = Array(repeating: 0, count: histories.count)
    }

    /// Takes a finished bar, which must have a price, with the board as it stands.
    public mutating func add(_ bar: FinishedBar, _ board: borrowing Board) {
        panel.add(bar)
        var history = 0
        var offset = 0
        for index in programs.indices {
            var top = -1
            for place in programs[index].steps.indices {
                switch programs[index].steps[place] {
                case .read(let reading):
                    top += 1
                    stack[top] = read(reading, bar, board)
                case .history(let bars):
                    stack[top] = remember(stack[top], bars, history, offset)
                    history += 1
                    offset += bars
                case .one(let operation): stack[top] = FormulaMachine.apply(operation, stack[top])
                case .two(let operation):
                    top -= 1
                    stack[top] = FormulaMachine.apply(operation, stack[top], stack[top + 1])
                case .choose:
                    top -= 2
                    let condition = stack[top]
                    stack[top] = condition.isNaN ? .nan : condition != 0 ? stack[top + 1] : stack[top + 2]
                }
            }
            // Minus zero becomes zero.
            values[index] = stack[0] + 0
        }
    }

    /// Begins those indicators anew that a session begins anew; `all`: every one, and forgets what was remembered.
    public mutating func reset(all: Bool) {
        panel.reset(all: all)
        guard all else { return }
        for place in memory.indices { memory[place] = .nan }
        for place in cursors.indices { cursors[place] = 0 }
    }

    private func read(_ reading: FormulaReading, _ bar: FinishedBar, _ board: borrowing Board) -> Double {
        switch reading {
        case .constant(let number): number
        case .field(let field): field.unit(volume: volume).value(field.count(of: bar))
        case .indicator(let index, .value): panel.readings[index].value
        case .indicator(let index, .second): panel.readings[index].second
        case .indicator(let index, .third): panel.readings[index].third
        case .board(let number): number.value(board, volume: volume)
        case .formula(let index): values[index]
        }
    }

    /// Writes a value into a ring and gives the one that it takes the place of.
    private mutating func remember(_ new: Double, _ bars: Int, _ history: Int, _ offset: Int) -> Double {
        let cell = offset + cursors[history]
        let old = memory[cell]
        memory[cell] = new
        cursors[history] = cursors[history] + 1 == bars ? 0 : cursors[history] + 1
        return old
    }

    private static func apply(_ operation: FormulaUnary, _ value: Double) -> Double {
        switch operation {
        case .negate: -value
        case .not: value.isNaN ? .nan : value == 0 ? 1 : 0
        case .abs: Swift.abs(value)
        case .sqrt: value.squareRoot()
        case .log: finite(Glibc.log(value))
        case .exp: finite(Glibc.exp(value))
        }
    }

    private static func apply(_ operation: FormulaBinary, _ left: Double, _ right: Double) -> Double {
        guard !left.isNaN, !right.isNaN else { return .nan }
        return switch operation {
        case .add: finite(left + right)
        case .subtract: finite(left - right)
        case .multiply: finite(left * right)
        case .divide: finite(left / right)
        case .remainder: finite(left.truncatingRemainder(dividingBy: right))
        case .less: left < right ? 1 : 0
        case .lessOrEqual: left <= right ? 1 : 0
        case .greater: left > right ? 1 : 0
        case .greaterOrEqual: left >= right ? 1 : 0
        case .equal: left == right ? 1 : 0
        case .notEqual: left != right ? 1 : 0
        case .and: left != 0 && right != 0 ? 1 : 0
        case .or: left != 0 || right != 0 ? 1 : 0
        case .min: Swift.min(left, right)
        case .max: Swift.max(left, right)
        }
    }

    private static func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }
}

extension FormulaMachine: Archivable {
    mutating func archive(_ archive: inout Archive) {
        panel.archive(&archive)
        archive.each(&values) { $1.value(&$0) }
        archive.each(&memory) { $1.value(&$0) }
        archive.each(&cursors) { $1.value(&$0) }
        archive.check(cursors.allSatisfy { $0 >= 0 && $0 < max(1, memory.count) }, "a formula's memory does not fit")
    }
}
