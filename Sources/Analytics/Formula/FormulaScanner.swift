/// A word, a number or a sign of a formula, and the byte with which it begins.
struct FormulaToken: Equatable {
    enum Kind: Equatable {
        case number(Double)
        case name(String)
        case sign(FormulaSign)
        case end
    }

    let kind: Kind
    let offset: Int

    /// How a message calls it.
    var shown: String {
        switch kind {
        case .number: "a number"
        case .name(let name): "\"\(name)\""
        case .sign(let sign): "\"\(sign.rawValue)\""
        case .end: "the end"
        }
    }
}

/// Signs; longer ones stand before their beginnings.
enum FormulaSign: String, CaseIterable {
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case remainder = "%"
    case open = "("
    case close = ")"
    case openBracket = "["
    case closeBracket = "]"
    case comma = ","
}

/// Cuts a formula into its words, numbers and signs.
struct FormulaScanner {
    /// Names longer than this are refused: nothing that exists is half as long.
    static let nameLimit = 32

    let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() throws(FormulaFault) -> FormulaToken {
        while position < text.count, [9, 10, 13, 32].contains(text[position]) { position += 1 }
        let start = position
        guard start < text.count else { return FormulaToken(kind: .end, offset: start) }
        if FormulaScanner.isLetter(text[start]) { return try name(from: start) }
        if isDigit(at: start) || text[start] == 46 && isDigit(at: start + 1) { return try number(from: start) }
        for sign in FormulaSign.allCases where text[start...].starts(with: sign.rawValue.utf8) {
            position += sign.rawValue.utf8.count
            return FormulaToken(kind: .sign(sign), offset: start)
        }
        throw unknownSign(at: start)
    }

    private mutating func name(from start: Int) throws(FormulaFault) -> FormulaToken {
        while position < text.count, FormulaScanner.isPartOfName(text[position]) { position += 1 }
        guard position - start <= FormulaScanner.nameLimit else {
            throw FormulaFault(
                text, at: start, "a name has \(position - start) letters",
                "Write at most \(FormulaScanner.nameLimit)")
        }
        return FormulaToken(kind: .name(String(decoding: text[start..<position], as: UTF8.self)), offset: start)
    }

    private mutating func number(from start: Int) throws(FormulaFault) -> FormulaToken {
        skipDigits()
        if position < text.count, text[position] == 46 {
            position += 1
            skipDigits()
        }
        if position < text.count, text[position] | 32 == 101 {
            let signed = position + 1 < text.count && (text[position + 1] == 43 || text[position + 1] == 45)
            if isDigit(at: position + (signed ? 2 : 1)) {
                position += signed ? 2 : 1
                skipDigits()
            }
        }
        // A letter right behind a number is a slip such as 2x or 1e.
        let isCut = position < text.count && (FormulaScanner.isPartOfName(text[position]) || text[position] == 46)
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        guard !isCut, let number = Double(digits), number.isFinite else {
            throw FormulaFault(text, at: start, "this is no number", "Write one such as 20, 0.5 or 1e6")
        }
        return FormulaToken(kind: .number(number), offset: start)
    }

    private mutating func skipDigits() { while isDigit(at: position) { position += 1 } }

    private func isDigit(at place: Int) -> Bool { place < text.count && (48...57).contains(text[place]) }

    private func unknownSign(at start: Int) -> FormulaFault {
        let remedy =
            switch text[start] {
            case UInt8(ascii: "="): "Write == to compare"
            case UInt8(ascii: "!"): "Write not, or != to compare"
            case UInt8(ascii: "&"): "Write and"
            case UInt8(ascii: "|"): "Write or"
            case UInt8(ascii: "^"): "Write a product instead of a power"
            case UInt8(ascii: "?"): "Write if(condition, then, else)"
            default: "Write numbers, names and + - * / % < <= > >= == != ( ) [ ] ,"
            }
        return FormulaFault(text, at: start, "this sign means nothing here", remedy)
    }

    static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    static func isPartOfName(_ byte: UInt8) -> Bool { isLetter(byte) || (48...57).contains(byte) || byte == 95 }
}
