public import Graph
internal import Market

/// What a topology says of `signals`. Every number is a proposal of ours: measure before you trust one (definitions
/// §16).
public struct SignalSettings: NodeSettings {
    /// Indicators longer than this would need a longer memory of bars than `Signals.reach`.
    public static let lengthLimit = 250
    /// A day has few times of its own; more windows than this are a mistake.
    public static let windowLimit = 16
    private static let day = Duration.seconds(86_400)

    /// A stretch of each session, from its open on, in which signals may be given.
    public struct Span: Equatable, Sendable {
        public var from: Duration
        public var to: Duration
    }

    /// Out of balance: a pullback to a reference holds, and aggression resumes.
    public struct Trend: Equatable, Sendable {
        public var pullback = 5
        public var tolerance = 2
        public var rank = 0.7
    }

    /// In balance: a break of the value area fails.
    public struct Reversion: Equatable, Sendable {
        public var maximumBreak = 0.5
        public var tolerance = 2
        public var requireState = true
    }

    public struct Crossing: Equatable, Sendable {
        public var fast: Int
        public var slow: Int
        /// 0 where there is no such line.
        public var signal: Int
    }

    public struct Strength: Equatable, Sendable {
        public var length = 14
        public var low = 30.0
        public var high = 70.0
    }

    public struct Bands: Equatable, Sendable {
        public var length = 20
        public var width = 2.0
    }

    /// The rules that are switched on, each with its settings.
    public struct Rules: Equatable, Sendable {
        public var trend: Trend?
        public var reversion: Reversion?
        public var eighty = false
        public var sma: Crossing?
        public var rsi: Strength?
        public var macd: Crossing?
        public var bollinger: Bands?

        public func has(_ rule: SignalRule) -> Bool {
            switch rule {
            case .trend: trend != nil
            case .reversion: reversion != nil
            case .eighty: eighty
            case .sma: sma != nil
            case .rsi: rsi != nil
            case .macd: macd != nil
            case .bollinger: bollinger != nil
            }
        }

        /// These rules with the new settings of those that stand in both: topics cannot come or go while running.
        func taking(_ new: Rules) -> Rules {
            var rules = self
            if trend != nil { rules.trend = new.trend ?? trend }
            if reversion != nil { rules.reversion = new.reversion ?? reversion }
            if sma != nil { rules.sma = new.sma ?? sma }
            if rsi != nil { rules.rsi = new.rsi ?? rsi }
            if macd != nil { rules.macd = new.macd ?? macd }
            if bollinger != nil { rules.bollinger = new.bollinger ?? bollinger }
            return rules
        }
    }

    public var bars = "1m"
    public var rules = Rules()
    /// None: the whole session.
    public var windows: [Span] = []
    public var minimumConfidence = 0.0
    public var minimumCoverage = 0.95
    public var holdBack = false
    public var stopTicks = 2
    /// A part of the average true range.
    public var stopRange = 0.5
    public var atr = 14
    public var cooldown = 5
    public var expiresBars = 60
    /// In place of `expiresBars`.
    public var expires: Duration?

    public init(reading reader: inout SettingsReader) {
        let names = BarNames.read(&reader)
        if names.count > 1 {
            reader.fault(at: "bars", problem: "signals follow one kind of bars", remedy: "Write one name, such as 1m")
        }
        bars = names.first ?? bars
        rules = reader.object("rules", meaning: "The rules to follow, each with its settings") { Rules(reading: &$0) }
        if !SignalRule.allCases.contains(where: rules.has), reader.faults.isEmpty {
            reader.fault(at: "rules", problem: "no rule is switched on", remedy: #"Write { "trend": {} }"#)
        }
        readWindows(&reader)
        readQuality(&reader)
        readStops(&reader)
    }

    private mutating func readWindows(_ reader: inout SettingsReader) {
        windows = reader.objectList("windows", meaning: "When signals may be given; none for the whole session") {
            reader in
            let from = reader.duration(
                "from", default: .zero, in: .zero...SignalSettings.day, meaning: "Begin, from the session's open on")
            let to = reader.duration(
                "to", default: SignalSettings.day, in: .zero...SignalSettings.day,
                meaning: "End, from the session's open on")
            if from >= to {
                reader.fault(at: "to", problem: "the window ends before it begins", remedy: "Write a later end")
            }
            return Span(from: from, to: to)
        }
        guard windows.count > SignalSettings.windowLimit else { return }
        reader.fault(
            at: "windows", problem: "these are \(windows.count) windows",
            remedy: "Write at most \(SignalSettings.windowLimit)")
    }

    private mutating func readQuality(_ reader: inout SettingsReader) {
        minimumConfidence = reader.real(
            "minimumConfidence", default: minimumConfidence, in: 0...1,
            meaning: "Signals of less confidence are held back")
        minimumCoverage = reader.real(
            "minimumCoverage", default: minimumCoverage, in: 0...1,
            meaning: "The coverage of the worst input below which a signal is doubtful")
        holdBack = reader.flag(
            "holdBack", default: holdBack, meaning: "Whether doubtful signals are held back and counted, not marked")
        cooldown = reader.integer(
            "cooldown", default: cooldown, in: 0...10_000,
            meaning: "Bars after a signal in which its rule gives no other of the same direction")
        expiresBars = reader.integer(
            "expiresBars", default: expiresBars, in: 1...100_000, meaning: "Bars after which an open signal ends")
        expires = reader.optionalDuration(
            "expires", in: .seconds(1)...SignalSettings.day,
            meaning: "Time after which an open signal ends, in place of expiresBars")
    }

    private mutating func readStops(_ reader: inout SettingsReader) {
        stopTicks = reader.integer(
            "stopTicks", default: stopTicks, in: 1...10_000, meaning: "The least ticks between a reference and the stop"
        )
        stopRange = reader.real(
            "stopRange", default: stopRange, in: 0...100,
            meaning: "Average true ranges between a reference and the stop, where that is more")
        atr = reader.integer(
            "atr", default: atr, in: 1...SignalSettings.lengthLimit, meaning: "Bars of the average true range")
    }
}

extension SignalSettings.Rules {
    init(reading reader: inout SettingsReader) {
        self.init()
        trend = reader.optionalObject("trend", meaning: "Imbalance: a pullback holds and aggression resumes") {
            SignalSettings.Trend(reading: &$0)
        }
        reversion = reader.optionalObject("reversion", meaning: "Balance: a break of the value area fails") {
            SignalSettings.Reversion(reading: &$0)
        }
        eighty =
            reader.optionalObject("eighty", meaning: "Opened outside the prior value area, accepted inside") { _ in
                true
            } ?? false
        sma = reader.optionalObject("sma", meaning: "A fast simple average crosses a slow one") {
            SignalSettings.Crossing(reading: &$0, fast: 20, slow: 50, signal: 0)
        }
        rsi = reader.optionalObject("rsi", meaning: "RSI comes back from an extreme") {
            SignalSettings.Strength(reading: &$0)
        }
        macd = reader.optionalObject("macd", meaning: "MACD crosses its signal") {
            SignalSettings.Crossing(reading: &$0, fast: 12, slow: 26, signal: 9)
        }
        bollinger = reader.optionalObject("bollinger", meaning: "A close comes back between the bands") {
            SignalSettings.Bands(reading: &$0)
        }
    }
}

extension SignalSettings.Trend {
    fileprivate init(reading reader: inout SettingsReader) {
        self.init()
        pullback = reader.integer(
            "pullback", default: pullback, in: 1...RecentBars.limit, meaning: "Bars in which the pullback must lie")
        tolerance = reader.integer(
            "tolerance", default: tolerance, in: 0...1_000, meaning: "Ticks by which it may miss its reference")
        rank = reader.real(
            "rank", default: rank, in: 0...1, meaning: "The part of earlier bars that the bar's delta must reach")
    }
}

extension SignalSettings.Reversion {
    fileprivate init(reading reader: inout SettingsReader) {
        self.init()
        maximumBreak = reader.real(
            "maximumBreak", default: maximumBreak, in: 0...100,
            meaning: "Average true ranges by which a failed break may leave the area")
        tolerance = reader.integer(
            "tolerance", default: tolerance, in: 0...1_000, meaning: "Ticks between the extreme and what speaks inward")
        requireState = reader.flag(
            "requireState", default: requireState, meaning: "Whether the market must be found in balance by `state`")
    }
}

extension SignalSettings.Crossing {
    fileprivate init(reading reader: inout SettingsReader, fast: Int, slow: Int, signal: Int) {
        let lengths = 1...SignalSettings.lengthLimit
        self.init(
            fast: reader.integer("fast", default: fast, in: lengths, meaning: "Bars of the fast average"),
            slow: reader.integer("slow", default: slow, in: lengths, meaning: "Bars of the slow average"),
            signal: 0)
        if signal > 0 {
            self.signal = reader.integer("signal", default: signal, in: lengths, meaning: "Bars of the signal")
        }
        if self.fast >= self.slow {
            reader.fault(at: "slow", problem: "the slow average is not the longer one", remedy: "Write more bars")
        }
    }
}

extension SignalSettings.Strength {
    fileprivate init(reading reader: inout SettingsReader) {
        self.init()
        length = reader.integer(
            "length", default: length, in: 1...SignalSettings.lengthLimit, meaning: "Bars of the index")
        low = reader.real("low", default: low, in: 0...100, meaning: "The index below which a fall is extreme")
        high = reader.real("high", default: high, in: 0...100, meaning: "The index above which a rise is extreme")
        if low >= high {
            reader.fault(at: "low", problem: "an index would be low and high at once", remedy: "Keep it below `high`")
        }
    }
}

extension SignalSettings.Bands {
    fileprivate init(reading reader: inout SettingsReader) {
        self.init()
        length = reader.integer(
            "length", default: length, in: 2...SignalSettings.lengthLimit, meaning: "Bars of the middle band")
        width = reader.real(
            "width", default: width, in: 0.1...10, meaning: "Standard deviations between the middle and a band")
    }
}
