public import Graph
internal import Market

/// How balance and imbalance are told apart: all of it is a proposal and not a standard (definitions §15).
public struct MarketStateSettings: NodeSettings {
    /// The longest window: the sums of a symbol's minutes then take 15 KiB.
    public static let windowLimit = Duration.seconds(4 * 3_600)

    /// Whole minutes.
    public var evaluation = Duration.seconds(300)
    /// Whole minutes.
    public var window = Duration.seconds(3_600)
    public var efficiencyBars = 30
    public var bracket = Duration.seconds(1_800)
    public var acceptanceBrackets = 2
    public var imbalance = 0.6
    public var balance = 0.4
    public var confirmations = 2
    public var dwell = Duration.seconds(600)
    public var minimumFeatures = 3
    /// In the order of `MarketFeatures.names`, not all 0.
    public var weights = InlineArray<7, Double>(repeating: 1)

    public init() {}

    public init(reading reader: inout SettingsReader) {
        let standard = MarketStateSettings()
        evaluation = reader.duration(
            "evaluation", default: evaluation, in: .seconds(60) ... .seconds(3_600),
            meaning: "How often the state is evaluated, in whole minutes from the session's open")
        window = reader.duration(
            "window", default: window, in: .seconds(300)...MarketStateSettings.windowLimit,
            meaning: "The time whose volume is looked at, in whole minutes")
        efficiencyBars = reader.integer(
            "efficiencyBars", default: efficiencyBars, in: 2...240,
            meaning: "Bars of one minute over which the efficiency ratio is taken")
        bracket = reader.duration(
            "bracket", default: bracket, in: .seconds(60) ... .seconds(86_400),
            meaning: "The bracket of acceptance, counted from the session's open")
        acceptanceBrackets = reader.integer(
            "acceptanceBrackets", default: acceptanceBrackets, in: 1...48,
            meaning: "Brackets in a row that make acceptance")
        readThresholds(&reader)
        confirmations = reader.integer(
            "confirmations", default: confirmations, in: 1...100, meaning: "Evaluations in a row that change the state")
        dwell = reader.duration(
            "dwell", default: dwell, in: .zero ... .seconds(86_400), meaning: "The least time that a state holds")
        readWeights(&reader)
        for (name, duration) in [("evaluation", evaluation), ("window", window)]
        where DurationText.nanoseconds(duration) % MinuteFlow.minute != 0 {
            reader.fault(at: name, problem: "the time is no whole number of minutes", remedy: "Write 5m, 60m …")
            (evaluation, window) = (standard.evaluation, standard.window)
        }
    }

    private mutating func readThresholds(_ reader: inout SettingsReader) {
        let standard = (imbalance, balance)
        imbalance = reader.real(
            "imbalance", default: imbalance, in: 0...1, meaning: "The score from which on the market is out of balance")
        balance = reader.real(
            "balance", default: balance, in: 0...1, meaning: "The score up to which the market is in balance")
        guard balance >= imbalance else { return }
        reader.fault(
            at: "balance", problem: "a score would be both balance and imbalance", remedy: "Keep it below `imbalance`")
        (imbalance, balance) = standard
    }

    private mutating func readWeights(_ reader: inout SettingsReader) {
        weights = reader.object("weights", meaning: "What each feature weighs in the score; 0 leaves it out") {
            reader in
            var weights = InlineArray<7, Double>(repeating: 1)
            for (index, name) in MarketFeatures.names.enumerated() {
                weights[index] = reader.real(
                    name, default: 1, in: 0...1_000, meaning: "Weight of f\(index + 1) of definitions §15")
            }
            return weights
        }
        minimumFeatures = reader.integer(
            "minimumFeatures", default: minimumFeatures, in: 1...MarketFeatures.count,
            meaning: "Features that must be known for a score")
        let weighted = weights.indices.count { weights[$0] > 0 }
        guard weighted < minimumFeatures else { return }
        reader.fault(
            at: "minimumFeatures", problem: "only \(weighted) features have a weight",
            remedy: "Write less, or give more features a weight")
        weights = InlineArray(repeating: 1)
        minimumFeatures = 3
    }
}
