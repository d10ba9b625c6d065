internal import Graph

/// Reads a formula from left to right and writes its steps as it goes: Pratt's method, in which every operator says how
/// tightly it binds.
struct FormulaParser {
    /// How tightly operators bind; a comparison of comparisons is refused.
    private enum Binding {
        static let none = 0
        static let or = 1
        static let and = 2
        static let not = 3
        static let comparison = 4
        static let sum = 5
        static let product = 6
        static let sign = 7
    }

    private struct Infix {
        let operation: FormulaBinary
        let binding: Int
    }

    private(set) var choices: [IndicatorChoice]
    private var scanner: FormulaScanner
    private var token = FormulaToken(kind: .end, offset: 0)
    private let earlier: [FormulaProgram]
    private var result: FormulaProgram
    /// For every value on the stack, the bars that it rests on.
    private var reaches: [Int] = []
    private var remembered = 0
    private var depth = 0

    init(_ text: [UInt8], named name: String, programs: [FormulaProgram], choices: [IndicatorChoice]) {
        scanner = FormulaScanner(text)
        earlier = programs
        self.choices = choices
        result = FormulaProgram(name: name)
    }

    mutating func program() throws(FormulaFault) -> FormulaProgram {
        guard scanner.text.count <= FormulaPlan.textLimit else {
            throw fault(
                at: FormulaPlan.textLimit, "the formula is longer than \(FormulaPlan.textLimit) bytes",
                "Split it into several formulas; one may name those above it")
        }
        try advance()
        try expression(above: Binding.none)
        guard token.kind == .end else {
            throw fault("\(token.shown) stands where an operator or the end must be", "Write an operator before it")
        }
        result.reach = max(1, reaches[0])
        return result
    }

    // MARK: Expressions

    /// Reads operators that bind tighter than `binding`, and what they join.
    private mutating func expression(above binding: Int) throws(FormulaFault) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FormulaPlan.depthLimit else {
            throw fault("the formula is nested too deeply", "Split it into several formulas")
        }
        try operand()
        while let infix = infix(), infix.binding > binding {
            let sign = token
            try advance()
            try expression(above: infix.binding)
            try write(.two(infix.operation), at: sign.offset)
            if infix.binding == Binding.comparison, let next = self.infix(), next.binding == Binding.comparison {
                throw fault("a comparison cannot be compared", "Join two comparisons with and, or use parentheses")
            }
        }
    }

    private mutating func operand() throws(FormulaFault) {
        let first = token
        try advance()
        switch first.kind {
        case .number(let number): try write(.read(.constant(number)), at: first.offset)
        case .name(FormulaWord.not.rawValue):
            try expression(above: Binding.not)
            return try write(.one(.not), at: first.offset)
        case .name(let name): try value(of: name, at: first)
        case .sign(.minus):
            try expression(above: Binding.sign)
            return try write(.one(.negate), at: first.offset)
        case .sign(.open):
            try expression(above: Binding.none)
            try expect(.close, "the parenthesis of column \(column(of: first)) is not closed")
        case .sign, .end:
            throw fault(at: first.offset, "\(first.shown) stands where a value must be", "Write a number or a name")
        }
        try brackets()
    }

    /// `close[1]`: the value of so many bars ago.
    private mutating func brackets() throws(FormulaFault) {
        while token.kind == .sign(.openBracket) {
            let bracket = token
            try advance()
            let bars = try wholeNumber("the number of bars", in: 0...IndicatorChoice.lengthLimit)
            try expect(.closeBracket, "the bracket of column \(column(of: bracket)) is not closed")
            try writeHistory(bars, at: bracket.offset)
        }
    }

    private func infix() -> Infix? {
        switch token.kind {
        case .name(FormulaWord.or.rawValue): Infix(operation: .or, binding: Binding.or)
        case .name(FormulaWord.and.rawValue): Infix(operation: .and, binding: Binding.and)
        case .sign(let sign): infix(sign)
        case .name, .number, .end: nil
        }
    }

    private func infix(_ sign: FormulaSign) -> Infix? {
        switch sign {
        case .less: Infix(operation: .less, binding: Binding.comparison)
        case .lessOrEqual: Infix(operation: .lessOrEqual, binding: Binding.comparison)
        case .greater: Infix(operation: .greater, binding: Binding.comparison)
        case .greaterOrEqual: Infix(operation: .greaterOrEqual, binding: Binding.comparison)
        case .equal: Infix(operation: .equal, binding: Binding.comparison)
        case .notEqual: Infix(operation: .notEqual, binding: Binding.comparison)
        case .plus: Infix(operation: .add, binding: Binding.sum)
        case .minus: Infix(operation: .subtract, binding: Binding.sum)
        case .times: Infix(operation: .multiply, binding: Binding.product)
        case .over: Infix(operation: .divide, binding: Binding.product)
        case .remainder: Infix(operation: .remainder, binding: Binding.product)
        case .open, .close, .openBracket, .closeBracket, .comma: nil
        }
    }

    // MARK: Names

    private mutating func value(of name: String, at place: FormulaToken) throws(FormulaFault) {
        if let function = FormulaFunction(rawValue: name) {
            guard token.kind == .sign(.open) else {
                throw fault(at: place.offset, "\"\(name)\" needs its parentheses", "Write \(function.form)")
            }
            try advance()
            return try call(function, at: place)
        }
        guard token.kind != .sign(.open) else {
            let remedy = Spelling.remedy(for: name, among: FormulaFunction.names)
            throw fault(at: place.offset, "there is no function \"\(name)\"", remedy)
        }
        if let field = BarSource(rawValue: name) { return try write(.read(.field(field)), at: place.offset) }
        if let number = BoardNumber(rawValue: name) { return try write(.read(.board(number)), at: place.offset) }
        if name == FormulaVocabulary.balance { return try write(.balanceVolume, .value, at: place.offset) }
        if let index = earlier.lastIndex(where: { $0.name == name }) {
            return try write(.read(.formula(index)), at: place.offset)
        }
        throw unknown(name, at: place)
    }

    private func unknown(_ name: String, at place: FormulaToken) -> FormulaFault {
        if name == result.name {
            return fault(at: place.offset, "a formula cannot name itself", "Name one that stands above it")
        }
        let known = FormulaVocabulary.readings + earlier.map(\.name) + FormulaFunction.names
        let nearest = Spelling.nearest(to: name, among: known)
        let remedy = nearest.map { "Did you mean \"\($0)\"?" } ?? "A formula may name only those that stand above it"
        return fault(at: place.offset, "nothing is called \"\(name)\"", remedy)
    }

    // MARK: Calls

    /// The parenthesis is open already.
    private mutating func call(_ function: FormulaFunction, at place: FormulaToken) throws(FormulaFault) {
        switch function {
        case .min: try fold(.two(.min), function, place)
        case .max: try fold(.two(.max), function, place)
        case .abs: try apply(.one(.abs), to: 1, function, place)
        case .sqrt: try apply(.one(.sqrt), to: 1, function, place)
        case .log: try apply(.one(.log), to: 1, function, place)
        case .exp: try apply(.one(.exp), to: 1, function, place)
        case .choose: try apply(.choose, to: 3, function, place)
        case .prev:
            try expression(above: Binding.none)
            try comma(function)
            let bars = try wholeNumber("the number of bars", in: 0...IndicatorChoice.lengthLimit)
            try endCall(function)
            try writeHistory(bars, at: place.offset)
        case .macd: try divergence(.value, function, place)
        case .macdsignal: try divergence(.second, function, place)
        case .macdhistogram: try divergence(.third, function, place)
        case .sma, .ema, .rsi, .stdev, .highest, .lowest, .roc, .atr, .mfi:
            guard let kind = function.kind else { preconditionFailure("A function with a length must have a kind.") }
            let length = try length()
            let field = try field(function) ?? IndicatorChoice.customarySource(of: kind)
            try endCall(function)
            try write(IndicatorChoice(kind, length: length, of: field), .value, at: place.offset)
        }
    }

    private mutating func apply(
        _ step: FormulaStep, to count: Int, _ function: FormulaFunction, _ place: FormulaToken
    ) throws(FormulaFault) {
        try expression(above: Binding.none)
        for _ in 1..<count {
            try comma(function)
            try expression(above: Binding.none)
        }
        try endCall(function)
        try write(step, at: place.offset)
    }

    /// Two values or more, joined from left to right.
    private mutating func fold(
        _ step: FormulaStep, _ function: FormulaFunction, _ place: FormulaToken
    ) throws(FormulaFault) {
        try expression(above: Binding.none)
        repeat {
            try comma(function)
            try expression(above: Binding.none)
            try write(step, at: place.offset)
        } while token.kind == .sign(.comma)
        try endCall(function)
    }

    private mutating func divergence(
        _ line: FormulaReading.Line, _ function: FormulaFunction, _ place: FormulaToken
    ) throws(FormulaFault) {
        let fast = try length()
        try comma(function)
        let slowPlace = token
        let slow = try length()
        guard fast < slow else {
            throw fault(
                at: slowPlace.offset, "the slow average is not longer than the fast one", "Write \(function.form)")
        }
        try comma(function)
        let signal = try length()
        let field = try field(function) ?? .close
        try endCall(function)
        try write(.divergence(fast: fast, slow: slow, signal: signal, of: field), line, at: place.offset)
    }

    /// `, volume`: the number of each bar that an indicator follows; nil where none is written.
    private mutating func field(_ function: FormulaFunction) throws(FormulaFault) -> BarSource? {
        guard function.takesField, token.kind == .sign(.comma) else { return nil }
        try advance()
        guard case .name(let name) = token.kind else {
            throw fault("\(token.shown) stands where a field must be", "Write one such as volume")
        }
        guard let field = BarSource(rawValue: name) else {
            throw fault(
                "\"\(name)\" is no field of a bar", Spelling.remedy(for: name, among: BarSource.names))
        }
        try advance()
        return field
    }

    private mutating func length() throws(FormulaFault) -> Int {
        try wholeNumber("the length", in: 1...IndicatorChoice.lengthLimit)
    }

    /// A number as it stands there: lengths cannot be computed, since memory is set aside for them.
    private mutating func wholeNumber(_ what: String, in range: ClosedRange<Int>) throws(FormulaFault) -> Int {
        guard case .number(let number) = token.kind, let whole = Int(exactly: number), range.contains(whole) else {
            throw fault(
                "\(what) must be a whole number", "Write one from \(range.lowerBound) to \(range.upperBound)")
        }
        try advance()
        return whole
    }

    private mutating func comma(_ function: FormulaFunction) throws(FormulaFault) {
        guard token.kind == .sign(.comma) else {
            throw fault("\(token.shown) stands where a comma must be", "Write \(function.form)")
        }
        try advance()
    }

    private mutating func endCall(_ function: FormulaFunction) throws(FormulaFault) {
        guard token.kind == .sign(.close) else {
            throw fault("\(token.shown) stands where a parenthesis must close", "Write \(function.form)")
        }
        try advance()
    }

    // MARK: Steps

    private mutating func write(
        _ choice: IndicatorChoice, _ line: FormulaReading.Line, at offset: Int
    ) throws(FormulaFault) {
        let index = choices.firstIndex(of: choice) ?? choices.count
        if index == choices.count { choices.append(choice) }
        try write(.read(.indicator(index, line)), at: offset)
    }

    private mutating func writeHistory(_ bars: Int, at offset: Int) throws(FormulaFault) {
        guard bars > 0 else { return }
        remembered += bars
        try write(.history(bars), at: offset)
        guard reaches[reaches.count - 1] <= FormulaPlan.reachLimit else {
            throw fault(
                at: offset, "this reaches back over more than \(FormulaPlan.reachLimit) bars", "Write fewer bars")
        }
        guard remembered <= FormulaPlan.historyLimit else {
            throw fault(
                at: offset, "the formula remembers more than \(FormulaPlan.historyLimit) values", "Write fewer bars")
        }
    }

    private mutating func write(_ step: FormulaStep, at offset: Int) throws(FormulaFault) {
        guard result.steps.count < FormulaPlan.stepLimit else {
            throw fault(
                at: offset, "the formula has more than \(FormulaPlan.stepLimit) steps", "Split it into several formulas"
            )
        }
        result.steps.append(step)
        let reach = reaches.suffix(step.operands).max() ?? 0
        reaches.removeLast(step.operands)
        switch step {
        case .read(let reading): reaches.append(take(reading))
        case .history(let bars):
            result.inputs.insert(.history)
            reaches.append(max(reach, 1) + bars)
        case .one, .two, .choose: reaches.append(reach)
        }
        result.stackDepth = max(result.stackDepth, reaches.count)
    }

    /// Notes what the formula rests on, and gives the bars that the reading reaches back over.
    private mutating func take(_ reading: FormulaReading) -> Int {
        switch reading {
        case .constant: return 0
        case .field: return 1
        case .indicator(let index, _):
            result.inputs.insert(.indicator)
            result.isAnchored = result.isAnchored || choices[index].isAnchored
            return choices[index].reach
        case .board(let number):
            result.inputs.insert(number.input)
            return 1
        case .formula(let index):
            result.inputs.formUnion(earlier[index].inputs.union(.formula))
            result.isAnchored = result.isAnchored || earlier[index].isAnchored
            return earlier[index].reach
        }
    }

    // MARK: Tokens

    private mutating func advance() throws(FormulaFault) { token = try scanner.next() }

    private mutating func expect(_ sign: FormulaSign, _ problem: String) throws(FormulaFault) {
        guard token.kind == .sign(sign) else { throw fault(problem, "Write \(sign.rawValue) here") }
        try advance()
    }

    private func fault(_ problem: String, _ remedy: String) -> FormulaFault {
        fault(at: token.offset, problem, remedy)
    }

    private func fault(at offset: Int, _ problem: String, _ remedy: String) -> FormulaFault {
        FormulaFault(scanner.text, at: offset, problem, remedy)
    }

    private func column(of token: FormulaToken) -> Int { fault(at: token.offset, "", "").column }
}
