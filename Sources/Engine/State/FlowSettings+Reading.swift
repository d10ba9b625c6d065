internal import Analytics
public import Graph
internal import Market
internal import Updates

/// The analytics that a symbol's state computes itself, beside those of `AnalyticCatalogue`.
enum AnalyticName: String, CaseIterable {
    case candles, vwap, profile, delta, print

    /// One sentence for `millrace kinds`.
    var meaning: String {
        switch self {
        case .candles: "Open, high, low, close, volume by side and mean price, in any widths at once"
        case .vwap: "Volume-weighted mean price since the session's open, with bands of 1, 2 and 3 deviations"
        case .profile: "Volume by price with point of control, value area, high and low volume nodes"
        case .delta: "Buy less sell volume per bar with its extremes, and cumulative since the session's open"
        case .print: "Trades whose size reaches a high percentile of the recent sizes"
        }
    }

    /// Its settings as a symbols node may have them: valid JSON.
    var example: String {
        switch self {
        case .candles, .delta: #"{ "widths": ["1s", "1m", "5m"] }"#
        case .vwap: "{}"
        case .profile: #"{ "valueArea": 0.7, "rowTicks": 5, "rows": "5s", "developing": "1m" }"#
        case .print: #"{ "window": 5000, "percentile": 0.995, "minimumNotional": "100000" }"#
        }
    }

    /// Its settings, for documents.
    var fields: [SettingField] { FlowSettings.fields(of: self) }
}

// The settings of a symbols node as a topology writes them.
extension FlowSettings: NodeSettings {
    private static let widths: ClosedRange<Duration> = .milliseconds(1) ... .seconds(7 * 86_400)

    public init(reading reader: inout SettingsReader) {
        self.init()
        readRings(&reader)
        readTimes(&reader)
        sideRule = reader.choice("sideRule", default: sideRule, meaning: "What tells a side where no venue flag does")
        let first = reader.choice("firstSign", default: FirstSign.none, meaning: "The sign before any price has moved")
        firstSign = first.side
        readAnalytics(&reader)
    }

    private mutating func readAnalytics(_ reader: inout SettingsReader) {
        let names = AnalyticName.allCases.map(\.rawValue) + AnalyticCatalogue.all.map(\.name)
        var chosen: [AnalyticChoice] = []
        _ = reader.objects("analytics", among: names, meaning: "What is computed") { name, nested in
            if let analytic = AnalyticName(rawValue: name) { read(analytic, &nested) }
            if let kind = AnalyticCatalogue.all.first(where: { $0.name == name }) { chosen.append(kind.read(&nested)) }
        }
        // In the catalogue's order, whatever that of the file is: it is the way of the data.
        analytics = AnalyticCatalogue.all.compactMap { kind in chosen.first { $0.name == kind.name } }
        checkBars(&reader)
    }

    /// Bars that an analytic asks for are widths of time, or somebody makes them.
    private mutating func checkBars(_ reader: inout SettingsReader) {
        for name in AnalyticPlan(analytics).stateBars {
            let width = DurationText.duration(name).flatMap { FlowSettings.widths.contains($0) ? $0 : nil }
            if let width, DurationText.text(width) == name { continue }
            let askers = analytics.filter { $0.bars.contains(name) }.map { "`\($0.name)`" }
            reader.fault(
                at: "analytics", problem: "\(askers.joined(separator: ", ")) asks for bars that nobody makes",
                remedy: width.map { "Write \(DurationText.text($0))" }
                    ?? "Write a width of time such as 1m, or list these bars under the analytic `bars`")
            analytics.removeAll { $0.bars.contains(name) }
        }
        let widths = (candles?.widths.count ?? 0) + (delta?.widths.count ?? 0)
        let topics = widths + FlowPlan.otherTopicLimit + AnalyticPlan(analytics).topics.count
        if topics > TopicTable.limit {
            reader.fault(
                at: "analytics", problem: "these make \(topics) topics a symbol, more than \(TopicTable.limit)",
                remedy: "Start a second symbols node for some of them")
            analytics = []
        }
    }

    private mutating func readRings(_ reader: inout SettingsReader) {
        ring = reader.integer(
            "ring", default: ring, in: 16...65_536, meaning: "Events of one symbol's ring, a power of two")
        if ring & (ring - 1) != 0 {
            reader.fault(at: "ring", problem: "a ring's length is a power of two", remedy: "Write 64, 128, 256, 512 …")
            ring = 256
        }
        memory = reader.integer(
            "memory", default: ring / 4, in: 0...32_768, meaning: "Consumed events that stay readable, below `ring`")
        if memory >= ring {
            reader.fault(at: "memory", problem: "the memory leaves no room in the ring", remedy: "Keep it below `ring`")
            memory = 0
        }
        symbolLimit = reader.integer(
            "symbolLimit", default: symbolLimit, in: 1...1_000_000, meaning: "Symbols; more are refused and counted")
        lanes = reader.integer("lanes", default: lanes, in: 1...64, meaning: "Threads that share the symbols")
        shards = reader.shards(
            "shards",
            meaning: "Processes that share the symbols: a number, or a list with the names and patterns of each, "
                + "\"*\" in one or more for all others")
        batchLimit = reader.integer(
            "batch", default: batchLimit, in: 1...RouterLimits.batch, meaning: "Events handed over at once")
        readSeats(&reader)
    }

    private mutating func readSeats(_ reader: inout SettingsReader) {
        spin = reader.duration(
            "spin", default: spin, in: .zero ... .seconds(1),
            meaning: "How long an idle lane looks for events before it sleeps")
        core = reader.optionalInteger(
            "core", in: 0...1_023, meaning: "The core of the first lane, the next ones follow; without it any core")
    }

    private mutating func readTimes(_ reader: inout SettingsReader) {
        live = reader.duration(
            "live", default: live, in: .zero ... .seconds(86_400),
            meaning: "How often growing values are published, in event time; `off` for never")
        grace = reader.duration(
            "grace", default: grace, in: .zero ... .seconds(3_600),
            meaning: "How long after its end a bar waits for late trades before it is closed")
        horizon = reader.duration(
            "horizon", default: horizon, in: .zero ... .seconds(3_600),
            meaning: "How long after its end a closed bar is revised by late trades")
        keptTrades = reader.integer(
            "keptTrades", default: keptTrades, in: 0...FlowSettings.keptTradesLimit,
            meaning: "Trades of one symbol's session that can still be taken back or put right")
        if grace > .zero, horizon == .zero {
            reader.fault(
                at: "horizon", problem: "bars that wait for their grace must be kept",
                remedy: "Make `horizon` longer than nothing, or leave `grace` out")
        }
    }

    private mutating func read(_ analytic: AnalyticName, _ reader: inout SettingsReader) {
        switch analytic {
        case .candles: candles = FlowSettings.bars(&reader)
        case .delta: delta = FlowSettings.bars(&reader)
        case .vwap: weightedPrice = WeightedPriceSettings()
        case .profile: profile = ProfileSettings(reading: &reader)
        case .print: print = PrintSettings(reading: &reader)
        }
    }

    fileprivate static func fields(of analytic: AnalyticName) -> [SettingField] {
        var settings = FlowSettings()
        return SettingsReader.fields { settings.read(analytic, &$0) }
    }

    private static func bars(_ reader: inout SettingsReader) -> BarSettings {
        let chosen = reader.durations(
            "widths", default: [.seconds(60), .seconds(300)], in: widths, meaning: "The widths of the bars")
        if chosen.count > BarSettings.widthLimit {
            reader.fault(
                at: "widths", problem: "there are more than \(BarSettings.widthLimit) widths",
                remedy: "Start a second symbols node for the others")
        }
        return BarSettings(widths: chosen)
    }

    /// The topics that these settings make, and those that an edge may ask for.
    public var topics: (always: [String], onRequest: [String]) {
        var all = self
        all.republished = []
        let always = FlowPlan(settings: all).topics.entries.map(\.prefix)
        return (always, RepublishedTopic.allCases.map { "\($0.rawValue)/" })
    }
}

/// The sign of a trade before any price has moved.
private enum FirstSign: String, CaseIterable {
    case none, buy, sell

    var side: Side { self == .buy ? .buy : self == .sell ? .sell : .unknown }
}

/// How the value area is found, by the name of the rule or of the tool that it reproduces.
private enum AreaPreset: String, CaseIterable {
    case twoRow, oneRow, lean

    var rule: ValueAreaRule {
        switch self {
        case .twoRow: .standard
        case .oneRow: .orderflow
        case .lean: .lean
        }
    }
}

extension ProfileSettings {
    init(reading reader: inout SettingsReader) {
        self.init()
        let preset = reader.choice(
            "rule", default: AreaPreset.twoRow, meaning: "How the value area grows from the point of control")
        let share = reader.decimal(
            "valueArea", default: preset.rule.shareInMillionths * 1_000, in: 1_000_000...1_000_000_000,
            meaning: "The part of the volume in the value area")
        let tie = reader.choice("tie", default: preset.rule.tie, meaning: "The side taken where both weigh the same")
        let control = reader.choice(
            "pocTie", default: preset.rule.controlTie, meaning: "Which of several largest rows is the point of control")
        area = ValueAreaRule(
            shareInMillionths: share / 1_000, expansion: preset.rule.expansion, stop: preset.rule.stop, tie: tie,
            controlTie: control)
        rowTicks = reader.integer("rowTicks", default: rowTicks, in: 1...1_000_000, meaning: "Height of a row in ticks")
        rowLimit = reader.integer(
            "rowLimit", default: rowLimit, in: VolumeProfile.smallestRowLimit...65_535,
            meaning: "Rows; where prices span more, rows are merged in pairs and the update says so")
        developing = reader.duration(
            "developing", default: developing, in: .zero ... .seconds(86_400),
            meaning: "How often the developing point of control and value area are published; `off` for never")
        rows = reader.duration(
            "rows", default: rows, in: .zero ... .seconds(86_400),
            meaning: "How often all rows are published before the session ends; `off` for never")
        let percentiles = reader.flag(
            "percentileNodes", default: false, meaning: "Nodes by percentile instead of by their neighbours")
        nodes = percentiles ? .percentiles : .standard
    }
}

extension PrintSettings {
    init(reading reader: inout SettingsReader) {
        self.init()
        window = reader.integer(
            "window", default: window, in: 200...RollingSizes.windowLimit, meaning: "Sizes that are looked back on")
        shareInMillionths =
            reader.decimal(
                "percentile", default: shareInMillionths * 1_000, in: 500_000_000...999_999_000,
                meaning: "The percentile that a big print reaches, as a part of one") / 1_000
        minimumCount = reader.integer(
            "minimumCount", default: minimumCount, in: 1...RollingSizes.windowLimit,
            meaning: "Sizes that must have been seen before any is big")
        minimumCount = min(minimumCount, window)
        minimumNotional = reader.decimal(
            "minimumNotional", default: 0, in: 0...Int64.max, meaning: "Least price times size, quote currency")
    }
}

extension FlowSettings {
    /// The kind `symbols`, the middle of every graph.
    public static let kind = NodeKind(
        name: "symbols", role: .symbols, meaning: "One actor per symbol that computes the analytics listed",
        example: #"{ "kind": "symbols", "ring": 256, "analytics": { "candles": { "widths": ["1m"] }, "vwap": {} } }"#
    ) { reader in
        let settings = FlowSettings(reading: &reader)
        let topics = settings.topics
        var facts = NodeFacts.symbols(taking: .any, topics: topics.always, onRequest: topics.onRequest)
        facts.shards = settings.shards
        return facts
    }
}
