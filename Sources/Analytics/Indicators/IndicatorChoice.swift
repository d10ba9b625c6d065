/// An indicator with its parameters, as settings or a formula ask for it.
public struct IndicatorChoice: Hashable, Sendable {
    /// The names stand in topics and on the wire.
    public enum Kind: String, CaseIterable, BitwiseCopyable, Sendable {
        case sma, ema, rsi, macd, bollinger, stdev, highest, lowest, roc, atr, mfi, vwap, obv

        public static let names = Kind.allCases.map(\.rawValue)
    }

    /// Longer windows are refused: their memory is held for each symbol.
    public static let lengthLimit = 1000

    public let kind: Kind
    /// The window's length, or the fast one; 1 where the kind has none.
    public let length: Int
    /// Of `macd` only, else 0.
    public let slow: Int
    public let signal: Int
    /// How many deviations bands lie from their mean, else 0.
    public let width: Double
    /// Of kinds that follow one number; `close` for the others.
    public let source: BarSource

    /// A kind with a length that follows one number.
    public init(_ kind: Kind, length: Int, of source: BarSource) {
        self.init(kind: kind, length: length, slow: 0, signal: 0, width: 0, source: source)
    }

    public static func divergence(fast: Int, slow: Int, signal: Int, of source: BarSource) -> IndicatorChoice {
        IndicatorChoice(kind: .macd, length: fast, slow: slow, signal: signal, width: 0, source: source)
    }

    public static func bollinger(length: Int, width: Double, of source: BarSource) -> IndicatorChoice {
        IndicatorChoice(kind: .bollinger, length: length, slow: 0, signal: 0, width: width, source: source)
    }

    /// The session's mean price with bands of one deviation.
    public static let meanPrice = IndicatorChoice(kind: .vwap, length: 1, slow: 0, signal: 0, width: 1, source: .close)
    public static let balanceVolume = IndicatorChoice(.obv, length: 1, of: .close)

    private init(kind: Kind, length: Int, slow: Int, signal: Int, width: Double, source: BarSource) {
        self.kind = kind
        self.length = length
        self.slow = slow
        self.signal = signal
        self.width = width
        self.source = source
    }

    /// Whether it begins anew with each session.
    public var isAnchored: Bool { kind == .vwap || kind == .obv }

    /// Bars up to the last one that its quality speaks of: all that it sees, or, where it forgets slowly, those that it
    /// needs to begin. In an exponential average they have 86 % of the weight.
    public var reach: Int {
        switch kind {
        case .sma, .ema, .bollinger, .stdev, .highest, .lowest: length
        case .rsi, .roc, .atr, .mfi: length + 1
        case .macd: slow + signal - 1
        case .vwap, .obv: 1
        }
    }

    /// Whether it rests on all bars since it began, not on its last ones.
    public var forgetsSlowly: Bool {
        switch kind {
        case .ema, .rsi, .macd, .atr, .vwap, .obv: true
        case .sma, .bollinger, .stdev, .highest, .lowest, .roc, .mfi: false
        }
    }

    /// The parameters as a topic names them, `20`, `12-26-9`, `20-hlc3`; nil where the kind has none.
    public var parameters: String? {
        let numbers: String
        switch kind {
        case .vwap, .obv: return nil
        case .macd: numbers = "\(length)-\(slow)-\(signal)"
        case .bollinger: numbers = "\(length)-\(IndicatorChoice.text(width))"
        case .sma, .ema, .rsi, .stdev, .highest, .lowest, .roc, .atr, .mfi: numbers = "\(length)"
        }
        return source == customarySource ? numbers : "\(numbers)-\(source.rawValue)"
    }

    /// The number that the kind follows unless somebody says otherwise.
    public var customarySource: BarSource { IndicatorChoice.customarySource(of: kind) }

    public static func customarySource(of kind: Kind) -> BarSource {
        switch kind {
        case .highest: .high
        case .lowest: .low
        case .sma, .ema, .rsi, .macd, .bollinger, .stdev, .roc, .atr, .mfi, .vwap, .obv: .close
        }
    }

    private static func text(_ width: Double) -> String {
        let text = "\(width)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
