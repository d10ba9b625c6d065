public import Graph

/// What a topology says of `indicators`: for which bars which indicators are computed.
public struct IndicatorSettings: NodeSettings {
    /// A node may have at most so many topics of indicators: a quarter of all its topics.
    public static let topicLimit = 64

    /// Indicators over the same bars that follow the same number.
    public struct Series: Sendable {
        public let bars: [String]
        public let reset: IndicatorUpdate.Reset
        public let choices: [IndicatorChoice]
    }

    public let series: [Series]

    public init(reading reader: inout SettingsReader) {
        let read = reader.objectList("series", meaning: "Bars, and the indicators that are computed over them") {
            Series(reading: &$0)
        }
        series = read
        guard !read.isEmpty else {
            if !reader.has("series") {
                reader.fault(
                    at: "series", problem: "the field is missing", remedy: #"Write [{ "bars": "1m", "sma": 20 }]"#)
            } else if reader.faults.isEmpty {
                reader.fault(at: "series", problem: "the list is empty", remedy: #"Write { "sma": 20 } into it"#)
            }
            return
        }
        let topics = series.flatMap(\.topics)
        if topics.count > IndicatorSettings.topicLimit {
            reader.fault(
                at: "series", problem: "these are \(topics.count) topics",
                remedy: "Choose at most \(IndicatorSettings.topicLimit)")
        }
        var seen: Set<String> = []
        if let twice = topics.first(where: { !seen.insert($0).inserted }) {
            reader.fault(
                at: "series", problem: "two indicators have the topic \(twice)", remedy: "Write each one once")
        }
    }
}

extension IndicatorSettings.Series {
    static let lengths = 1...IndicatorChoice.lengthLimit

    init(reading reader: inout SettingsReader) {
        bars = BarNames.read(&reader)
        let source = reader.choice(
            "source", default: BarSource.close, meaning: "The number of each bar that averages, RSI and the like follow"
        )
        reset = reader.choice(
            "reset", default: IndicatorUpdate.Reset.never,
            meaning: "When indicators begin anew; vwap and obv always do with a session")
        var choices: [IndicatorChoice] = []
        for (kind, meaning) in Self.plainKinds {
            let own = IndicatorChoice.customarySource(of: kind)
            let follows = own == .close && kind != .atr && kind != .mfi ? source : own
            choices += reader.integers(kind.rawValue, in: Self.lengths, meaning: meaning).map {
                IndicatorChoice(kind, length: $0, of: follows)
            }
        }
        choices += Self.divergence(&reader, source).map { [$0] } ?? []
        choices += Self.bollinger(&reader, source).map { [$0] } ?? []
        if reader.flag(
            "vwap", default: false, meaning: "Mean price by volume of the session's bars, with its deviation")
        {
            choices.append(.meanPrice)
        }
        if reader.flag("obv", default: false, meaning: "On-balance volume of the session's bars") {
            choices.append(.balanceVolume)
        }
        if choices.isEmpty, reader.faults.isEmpty {
            reader.fault(problem: "no indicator is chosen", remedy: #"Write "sma": 20 or another one"#)
        }
        self.choices = choices
    }

    /// Kinds with nothing but a length.
    private static let plainKinds: [(IndicatorChoice.Kind, String)] = [
        (.sma, "Lengths of simple moving averages, bars"),
        (.ema, "Lengths of exponential moving averages, bars"),
        (.rsi, "Lengths of relative strength indices after Wilder, bars"),
        (.stdev, "Lengths of population standard deviations, bars"),
        (.highest, "Over how many bars the highest high is taken"),
        (.lowest, "Over how many bars the lowest low is taken"),
        (.roc, "Over how many bars the change in percent is taken"),
        (.atr, "Lengths of average true ranges after Wilder, bars"),
        (.mfi, "Lengths of money flow indices, bars"),
    ]

    private static func divergence(_ reader: inout SettingsReader, _ source: BarSource) -> IndicatorChoice? {
        reader.optionalObject("macd", meaning: "Distance of two exponential averages; {} for 12, 26 and 9") { reader in
            let fast = reader.integer("fast", default: 12, in: lengths, meaning: "Length of the fast average, bars")
            let slow = reader.integer("slow", default: 26, in: lengths, meaning: "Length of the slow average, bars")
            let signal = reader.integer("signal", default: 9, in: lengths, meaning: "Length of their signal, bars")
            if fast >= slow {
                reader.fault(
                    at: "fast", problem: "the fast average is not shorter than the slow one",
                    remedy: "Write a length below \(slow)")
            }
            return IndicatorChoice.divergence(fast: fast, slow: slow, signal: signal, of: source)
        }
    }

    private static func bollinger(_ reader: inout SettingsReader, _ source: BarSource) -> IndicatorChoice? {
        reader.optionalObject("bollinger", meaning: "Bollinger bands; {} for 20 bars and 2 deviations") { reader in
            let length = reader.integer(
                "length", default: 20, in: lengths, meaning: "Length of mean and deviation, bars")
            let width = reader.real("width", default: 2, in: 0.1...10, meaning: "Deviations from mean to band")
            return IndicatorChoice.bollinger(length: length, width: width, of: source)
        }
    }

    var topics: [String] {
        bars.flatMap { bar in
            choices.map { choice in
                let parameters = choice.parameters.map { $0 + "/" } ?? ""
                return "indicator/\(choice.kind.rawValue)/\(parameters)\(bar)/"
            }
        }
    }
}
