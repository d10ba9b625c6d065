/// One step of a formula: it takes its operands from the stack and leaves its result there.
public enum FormulaStep: BitwiseCopyable, Equatable, Sendable {
    case read(FormulaReading)
    /// The operand of so many bars ago, which is at least 1.
    case history(Int)
    case one(FormulaUnary)
    case two(FormulaBinary)
    /// The second operand where the first one is true, else the third.
    case choose

    /// How many operands it takes.
    var operands: Int {
        switch self {
        case .read: 0
        case .history, .one: 1
        case .two: 2
        case .choose: 3
        }
    }
}

/// What a formula takes from outside.
public enum FormulaReading: BitwiseCopyable, Equatable, Sendable {
    /// One of an indicator's lines.
    public enum Line: UInt8, BitwiseCopyable, Sendable { case value, second, third }

    case constant(Double)
    case field(BarSource)
    /// An indicator by its place among the plan's choices.
    case indicator(Int, Line)
    case board(BoardNumber)
    /// An earlier formula's value for the same bar, by its place in the plan.
    case formula(Int)
}

/// Operations on one value.
public enum FormulaUnary: BitwiseCopyable, Sendable {
    case negate, not, abs, sqrt, log, exp
}

/// Operations on two values.
public enum FormulaBinary: BitwiseCopyable, Sendable {
    case add, subtract, multiply, divide, remainder
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
    case and, or, min, max
}

/// A formula as steps in postfix order, ready to run for each bar without a decision left to make.
public struct FormulaProgram: Equatable, Sendable {
    public let name: String
    public internal(set) var steps: [FormulaStep] = []
    /// The most values that lie on the stack at once.
    public internal(set) var stackDepth = 0
    /// Bars up to the last one that the value rests on, as `IndicatorChoice.reach` counts them.
    public internal(set) var reach = 1
    public internal(set) var inputs: FormulaInputs = []
    /// Whether it rests on an indicator that begins with each session.
    public internal(set) var isAnchored = false

    init(name: String) { self.name = name }
}

/// Formulas over the same bars, each compiled, and the indicators that they share.
public struct FormulaPlan: Sendable {
    /// A node may have at most so many topics of formulas: a quarter of all its topics.
    public static let formulaLimit = 64
    /// Bytes of one formula: more than anybody reads in one go.
    public static let textLimit = 1_000
    /// Steps of one formula.
    public static let stepLimit = 256
    /// Operations and parentheses that are open at once.
    public static let depthLimit = 64
    /// Bars that a value may rest on, over all histories that lie within each other.
    public static let reachLimit = 5_000
    /// Values of earlier bars that one formula may remember.
    public static let historyLimit = 10_000

    public private(set) var choices: [IndicatorChoice] = []
    public private(set) var programs: [FormulaProgram] = []

    public init() {}

    /// Compiles a formula; it may name those that were added before it.
    public mutating func add(_ text: String, named name: String) throws(FormulaFault) {
        var parser = FormulaParser(Array(text.utf8), named: name, programs: programs, choices: choices)
        let program = try parser.program()
        choices = parser.choices
        programs.append(program)
    }

    /// Takes the place of a formula that was refused, so that those behind it are judged by their own text.
    mutating func addUndefined(named name: String) {
        var program = FormulaProgram(name: name)
        program.steps = [.read(.constant(.nan))]
        program.stackDepth = 1
        programs.append(program)
    }
}
