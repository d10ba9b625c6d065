/// What a formula can call; the names are those of formulas.
enum FormulaFunction: String, CaseIterable {
    case min, max, abs, sqrt, log, exp
    case choose = "if"
    case prev
    case sma, ema, rsi, stdev, highest, lowest, roc
    case macd, macdsignal, macdhistogram
    case atr, mfi

    static let names = FormulaFunction.allCases.map(\.rawValue)

    /// What stands in its parentheses, for messages.
    var form: String {
        switch self {
        case .min, .max: "\(rawValue)(value, value, …)"
        case .abs, .sqrt, .log, .exp: "\(rawValue)(value)"
        case .choose: "if(condition, then, else)"
        case .prev: "prev(value, bars)"
        case .sma, .ema, .rsi, .stdev, .highest, .lowest, .roc: "\(rawValue)(length) or \(rawValue)(length, field)"
        case .macd, .macdsignal, .macdhistogram:
            "\(rawValue)(fast, slow, signal) or \(rawValue)(fast, slow, signal, field)"
        case .atr, .mfi: "\(rawValue)(length)"
        }
    }

    /// Of those that take a length and may take a field, and of those that take only a length.
    var kind: IndicatorChoice.Kind? {
        switch self {
        case .sma: .sma
        case .ema: .ema
        case .rsi: .rsi
        case .stdev: .stdev
        case .highest: .highest
        case .lowest: .lowest
        case .roc: .roc
        case .atr: .atr
        case .mfi: .mfi
        case .macd, .macdsignal, .macdhistogram: .macd
        case .min, .max, .abs, .sqrt, .log, .exp, .choose, .prev: nil
        }
    }

    var takesField: Bool {
        switch self {
        case .sma, .ema, .rsi, .stdev, .highest, .lowest, .roc, .macd, .macdsignal, .macdhistogram: true
        case .atr, .mfi, .min, .max, .abs, .sqrt, .log, .exp, .choose, .prev: false
        }
    }
}

/// Words that stand between values.
enum FormulaWord: String, CaseIterable {
    case and, or, not
}

/// Every name with a meaning of its own, which no formula may bear.
enum FormulaVocabulary {
    /// On-balance volume since the session's open; the one indicator without parameters.
    static let balance = "obv"
    /// What stands for a value by its name alone.
    static let readings = BarSource.names + BoardNumber.names + [balance]
    static let all = readings + FormulaFunction.names + FormulaWord.allCases.map(\.rawValue)
}
