internal import Analytics
internal import Graph
internal import Market
internal import Updates

/// What all symbols of a node share: settings, topics and the slots under which each topic stands.
final class FlowPlan: Sendable {
    static let noSlot = UInt16.max
    /// Topics of a symbol that are not of a width of bars: their numbers lie in the state itself.
    static let otherTopicLimit = 32

    /// One width of bars and the topics it is published on.
    struct Width: Sendable, BitwiseCopyable {
        /// Nanoseconds.
        let width: Int64
        let candleSlot: UInt16
        let deltaSlot: UInt16
        /// Closed bars that are kept for revision.
        let kept: Int
        /// The width whose bars this one is folded from: 0 the base, 1 the first wide one and so on.
        var source = 0
        /// The one wide bar that this width's bars are folded into, as an index; −1 where it is none or several.
        var target = -1
        /// Bars of a day and more follow the consolidated tapes' rules for a day.
        var isDay: Bool { width >= Timestamp.day }
        /// The place of its name among the bars that analytics ask for; −1 where none does.
        var observed = -1
        /// Divides by the width.
        let reciprocal: Reciprocal

        init(width: Int64, candleSlot: UInt16, deltaSlot: UInt16, kept: Int) {
            self.width = width
            self.candleSlot = candleSlot
            self.deltaSlot = deltaSlot
            self.kept = kept
            reciprocal = Reciprocal(UInt64(width))
        }

        /// A width that only others are folded from.
        init(unpublished width: Int64) {
            self.init(width: width, candleSlot: FlowPlan.noSlot, deltaSlot: FlowPlan.noSlot, kept: 0)
        }

        var isPublished: Bool { candleSlot != FlowPlan.noSlot || deltaSlot != FlowPlan.noSlot }
    }

    let settings: FlowSettings
    let analytics: AnalyticPlan
    /// What stands for these settings in a snapshot.
    let marks: SnapshotMarks
    /// Settings that change while running.
    let controls: ControlDesk
    /// The slot of the first topic of an analytic.
    let firstAnalyticSlot: Int
    let topics: TopicTable
    /// The template of each topic, by slot.
    let templates: [UInt16]
    /// The width that trades are added to; all others are folded from it.
    let base: Width
    /// The other widths, short ones first, each with the widest shorter one that divides it as its source: when a bar
    /// ends it is folded into those that it is a source of, and the longest into the session.
    let wides: [Width]
    /// Topics of widths: they stand before all others.
    let widthTopics: Int
    /// The shortest width that is published; 0, the base, where none is.
    let countedWidth: Int
    let weightedPriceSlot: UInt16
    let developingSlot: UInt16
    let profileSlot: UInt16
    let flowSlot: UInt16
    let sessionSlot: UInt16
    let printSlot: UInt16
    let tradeSlot: UInt16
    let quoteSlot: UInt16
    let bookSlot: UInt16
    let qualitySlot: UInt16
    /// Whether the volume profile and the mean price are kept: somebody publishes them or reads them.
    let keepsProfile: Bool
    let keepsWeightedPrice: Bool
    /// Whether an analytic keeps the book, and says what it is like.
    let keepsBook: Bool
    /// Whether any bars of a day and more are made.
    let hasDays: Bool
    let conditions = SaleConditions()
    let areaRule: ValueAreaRule
    let nodeRule: VolumeNodeRule
    let live: Int64
    let grace: Int64
    let horizon: Int64
    let developing: Int64
    let rows: Int64

    init(settings: FlowSettings) {
        self.settings = settings
        analytics = AnalyticPlan(settings.analytics)
        controls = ControlDesk(analytics)
        let readsProfile = analytics.interests.contains(.profile)
        keepsProfile = settings.profile != nil || readsProfile
        keepsBook = analytics.interests.contains(.keepsBook)
        keepsWeightedPrice = settings.weightedPrice != nil || readsProfile
        var list = TopicList()
        areaRule = settings.profile?.area ?? .standard
        nodeRule = settings.profile?.nodes ?? .standard
        live = settings.live.nanoseconds
        grace = settings.grace.nanoseconds
        horizon = settings.horizon.nanoseconds
        developing = settings.profile?.developing.nanoseconds ?? 0
        rows = settings.profile?.rows.nanoseconds ?? 0
        let all = FlowPlan.chained(FlowPlan.withBase(FlowPlan.widths(settings, analytics, &list)))
        base = all[0]
        hasDays = all.contains(where: \.isDay)
        wides = Array(all.dropFirst())
        countedWidth = all.firstIndex(where: \.isPublished) ?? 0
        widthTopics = list.entries.count
        marks = SnapshotMarks(settings, widths: all.map(\.width))
        weightedPriceSlot = list.add(settings.weightedPrice != nil, "vwap/", VolumeWeightedPriceUpdate.layout)
        developingSlot = list.add(settings.profile != nil, "profile/developing/", ProfileUpdate.layout)
        profileSlot = list.add(settings.profile != nil, "profile/session/", ProfileUpdate.layout)
        flowSlot = list.add(settings.delta != nil, "cvd/", CumulativeDeltaUpdate.layout)
        sessionSlot = list.add("session/", SessionUpdate.layout)
        printSlot = list.add(settings.print != nil, "print/", PrintUpdate.layout)
        tradeSlot = list.add(settings.republished.contains(.trade), "trade/", TradeUpdate.layout)
        quoteSlot = list.add(settings.republished.contains(.quote), "quote/", QuoteUpdate.layout)
        bookSlot = list.add(settings.republished.contains(.book), "book/", BookUpdate.layout)
        qualitySlot = list.add("quality/", QualityUpdate.layout)
        precondition(
            list.entries.count - widthTopics <= FlowPlan.otherTopicLimit, "Each topic must have its number.")
        firstAnalyticSlot = list.entries.count
        for topic in analytics.topics { _ = list.add(topic.prefix, topic.layout) }
        topics = TopicTable(list.entries)
        templates = list.entries.map(\.layout.template)
    }

    /// Every width that bars are asked for, short ones first, with its topics.
    private static func widths(
        _ settings: FlowSettings, _ analytics: AnalyticPlan, _ list: inout TopicList
    ) -> [Width] {
        let candles = (settings.candles?.widths ?? []).map(\.nanoseconds)
        let deltas = (settings.delta?.widths ?? []).map(\.nanoseconds)
        let observed = analytics.stateBars.compactMap { DurationText.duration($0)?.nanoseconds }
        return Set(candles + deltas + observed).sorted().map { width in
            let name = DurationText.text(.nanoseconds(width))
            let candle = list.add(candles.contains(width), "candle/\(name)/", CandleUpdate.layout)
            let delta = list.add(deltas.contains(width), "delta/\(name)/", DeltaUpdate.layout)
            // What nobody publishes is not revised; it only waits for its grace.
            let isPublished = candle != noSlot || delta != noSlot
            let kept =
                isPublished || settings.grace > .zero
                ? kept(width: width, settings.horizon.nanoseconds + settings.grace.nanoseconds) : 0
            var made = Width(width: width, candleSlot: candle, deltaSlot: delta, kept: kept)
            made.observed = analytics.bars.firstIndex(of: name) ?? -1
            return made
        }
    }

    /// The widths with the one in front that all are multiples of.
    private static func withBase(_ widths: [Width]) -> [Width] {
        guard let shortest = widths.first else { return [Width(unpublished: FlowPlan.lonelyBase)] }
        let unit = widths.reduce(shortest.width) { gcd($0, $1.width) }
        return shortest.width == unit ? widths : [Width(unpublished: unit)] + widths
    }

    /// Gives each width its source and its target; the base stands first.
    private static func chained(_ widths: [Width]) -> [Width] {
        var chained = widths
        for index in chained.indices.dropFirst() {
            chained[index].source = widths[1..<index].lastIndex { widths[index].width % $0.width == 0 } ?? 0
        }
        for index in chained.indices {
            let targets = chained.indices.filter { $0 > index && chained[$0].source == index }
            chained[index].target = targets.count == 1 ? targets[0] - 1 : -1
        }
        return chained
    }

    /// The base width where no bars are asked for: sums are folded each minute.
    private static let lonelyBase: Int64 = 60_000_000_000

    /// Bars that end within the horizon, and one more that may just have ended; at most 64.
    private static func kept(width: Int64, _ horizon: Int64) -> Int {
        horizon > 0 ? Int(min(horizon / width + 2, 64)) : 0
    }
}

/// Topics in the making.
private struct TopicList {
    private(set) var entries: [TopicEntry] = []

    mutating func add(_ prefix: String, _ layout: UpdateLayout) -> UInt16 {
        entries.append(TopicEntry(prefix: prefix, layout: layout))
        return UInt16(entries.count - 1)
    }

    mutating func add(_ isWanted: Bool, _ prefix: String, _ layout: UpdateLayout) -> UInt16 {
        isWanted ? add(prefix, layout) : FlowPlan.noSlot
    }
}

private func gcd(_ left: Int64, _ right: Int64) -> Int64 { right == 0 ? left : gcd(right, left % right) }

extension Duration {
    /// Whole nanoseconds, those over 292 years at that limit.
    var nanoseconds: Int64 { DurationText.nanoseconds(self) }
}
