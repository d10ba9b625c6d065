public import Graph
internal import Market

/// Which information-driven bars a symbols node makes.
public struct InformationBarSettings: NodeSettings {
    /// Bars of one node: each costs every trade some nanoseconds.
    public static let barLimit = 32
    static let tickLimit = 1_000_000_000
    /// Trades that an adaptive bar aims at: a third of the least is one trade.
    static let expectedRange = 3...10_000_000
    static let spanRange = 1...1_000
    static let standardSpan = 20
    /// In billionths: anything above zero.
    static let amounts: ClosedRange<Int64> = 1...Price.limit

    public let rules: [BarRule]

    public init(_ rules: [BarRule]) { self.rules = rules }

    public init(reading reader: inout SettingsReader) {
        let ticks = reader.integers(
            "tick", in: 1...InformationBarSettings.tickLimit, meaning: "Bars of so many trades each")
        let volumes = reader.decimals(
            "volume", in: InformationBarSettings.amounts,
            meaning: "Bars of so much volume each, in units, rounded up to whole size steps")
        let dollars = reader.decimals(
            "dollar", in: InformationBarSettings.amounts,
            meaning: "Bars of so much price × size each, in the quote currency")
        let splitsVolume = reader.flag(
            "splitVolume", default: true,
            meaning: "Whether the trade that fills a volume bar is cut, its rest opening the next one")
        let splitsDollar = reader.flag(
            "splitDollar", default: false,
            meaning: "Whether the trade that fills a dollar bar is cut, its rest opening the next one")
        var rules: [BarRule] = []
        rules += ticks.map { BarRule(.plain, of: .tick, goal: .fixed(Int64($0) * Price.scale), splits: false) }
        rules += volumes.map { BarRule(.plain, of: .volume, goal: .fixed($0), splits: splitsVolume) }
        rules += dollars.map { BarRule(.plain, of: .dollar, goal: .fixed($0), splits: splitsDollar) }
        rules += reader.objectList(
            "imbalance", meaning: "Bars that end when buyers and sellers are so far apart"
        ) { InformationBarSettings.rule(.imbalance, reading: &$0) }
        rules += reader.objectList(
            "runs", meaning: "Bars that end when either buyers or sellers have traded so much"
        ) { InformationBarSettings.rule(.runs, reading: &$0) }
        self.rules = rules
        InformationBarSettings.check(rules, &reader)
    }

    private static func rule(_ sum: BarSum, reading reader: inout SettingsReader) -> BarRule {
        let measure = reader.choice("of", default: BarMeasure.tick, meaning: "What is counted of each trade")
        let threshold = reader.optionalDecimal(
            "threshold", in: amounts,
            meaning: "A fixed threshold in trades, units or quote currency; without it one is learnt")
        let expected = reader.optionalInteger(
            "expected", in: expectedRange,
            meaning: "Trades that a bar is aimed at, where the threshold is learnt")
        let span = reader.integer(
            "span", default: standardSpan, in: spanRange,
            meaning: "Bars over which a learnt threshold forgets: each new one weighs 2 / (span + 1)")
        if (threshold == nil) == (expected == nil) {
            reader.fault(
                problem: "a bar has either a fixed threshold or an expected length",
                remedy: "Write threshold or expected, one of them")
        }
        guard let threshold else {
            let trades = Int64(expected ?? expectedRange.lowerBound)
            return BarRule(sum, of: measure, goal: .expected(trades: trades, span: Int64(span)), splits: false)
        }
        return BarRule(sum, of: measure, goal: .fixed(threshold), splits: false)
    }

    private static func check(_ rules: [BarRule], _ reader: inout SettingsReader) {
        // Of a list whose elements are all faulty, their faults are told already.
        if rules.isEmpty, reader.faults.isEmpty {
            reader.fault(problem: "no bar is listed", remedy: "List one at least, \"tick\": [100]")
        }
        if rules.count > barLimit {
            reader.fault(problem: "\(rules.count) bars are listed", remedy: "List at most \(barLimit)")
        }
        // Within a list numbers stand once; the objects of adaptive and of fixed bars do not check each other.
        var names: Set<String> = []
        for name in rules.map(\.name) where !names.insert(name).inserted {
            reader.fault(problem: "two bars are called \(name)", remedy: "List each once")
        }
    }
}
