public import Market
internal import Graph
public import Memory
public import Updates

/// Flow toxicity (VPIN method): how one-sided the flow was over the last n buckets of equal volume (definitions §10,
/// after Easley, López de Prado and O'Hara 2012).
///
/// Two ways of telling sides fill buckets of the same size. In bulk: each finished bar's volume is split by its price
/// change over the deviation of the last changes, its own counted; before `minimum` changes are known its volume goes
/// into no bucket. By true side: each trade counts for its aggressor, and volume of unknown side for both by half.
///
/// At most one update goes out per bar: when a bucket of either kind was filled and a value is known. While trading is
/// halted the last value holds. Buckets go on over a session's end, so that what is traded overnight belongs to the
/// next one; their volume is fixed for a session, and without a setting there is none before one session was seen
/// whole. A bar's change is taken from the close before it; behind a gap, at the start and at a session's open, where
/// that would bridge a hole, from its own open. Buckets go on over a gap and keep the quality of their bars; the update
/// shows the worst of the last n.
///
/// Changes of the tape reopen no bucket (definitions §3): what they add to volume that was taken in already is shown in
/// `correctionsPending`, and the next update says `inputRevised` where they touch the last n buckets.
public struct FlowToxicity: ~Copyable, Analytic {
    public typealias Settings = ToxicitySettings

    /// The part of a session that must have been seen for its volume to count.
    static let wholeSession = 0.9

    public static let name = "vpin"
    public static let meaning = "Flow toxicity (VPIN method): how one-sided the last buckets of equal volume were"
    public static let example = #"{ "averageDailyVolume": "50000000", "buckets": 50 }"#
    public static let interests: Interests = [.trades, .bars, .changes, .sessions, .breaks]
    public static let layouts = [ToxicityUpdate.layout]

    public static func topics(_ settings: ToxicitySettings) -> [TopicEntry] {
        [TopicEntry(prefix: "toxicity/", layout: ToxicityUpdate.layout)]
    }

    public static func bars(_ settings: ToxicitySettings) -> [String] { [DurationText.text(settings.width)] }

    private let settings: ToxicitySettings
    private let sizeStep: Int64
    private let hasBulk: Bool
    private let hasTrueSide: Bool
    private var channel: Channel
    private var bulk: ToxicityTrack
    private var trueSide: ToxicityTrack
    private var changes: ChangeDeviation
    private var days: DailyVolumes
    private var sessionVolume: Int64 = 0
    private var lastClose = Price.none.billionths
    private var deviation = Double.nan
    /// Up to here bars were taken in.
    private var barsUntil = Int64.min
    private var pending: Int64 = 0
    private var isRevised = false
    private var isFlat = false

    public init(_ settings: ToxicitySettings, at place: AnalyticPlace) {
        self.settings = settings
        sizeStep = place.instrument.sizeStep
        hasBulk = settings.method != .trueSide
        hasTrueSide = settings.method != .bulk
        channel = place.channels[0]
        bulk = ToxicityTrack(span: settings.buckets, history: settings.history)
        trueSide = ToxicityTrack(span: settings.buckets, history: settings.history)
        changes = ChangeDeviation(window: settings.sigma)
        days = DailyVolumes(window: settings.sessions)
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        sessionVolume &+= trade.quantity
        guard hasTrueSide else { return }
        var part = VolumePart(
            volume: trade.quantity, balance: Double(trade.aggressor.sign), isSigned: trade.aggressor.sign != 0,
            isInferred: trade.isInferred, window: Window(from: trade.time, to: trade.time &+ 1))
        while trueSide.fill(from: &part) {
            guard let window = trueSide.buckets.last?.window else { continue }
            trueSide.buckets.worsenLast(surroundings.quality(over: window, inferredShare: .nan))
        }
    }

    public mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if hasBulk { classify(bar) }
        barsUntil = max(barsUntil, bar.bar.end.nanoseconds)
        guard bulk.hasNews || trueSide.hasNews, !surroundings.isHalted else { return }
        publish(bar.bar, &surroundings, &updates)
    }

    private mutating func classify(_ bar: FinishedBar) {
        var balance = 0.0
        if bar.bar.hasPrice {
            let before = lastClose == Price.none.billionths ? bar.bar.open : lastClose
            let change = bar.bar.close &- before
            changes.add(change)
            deviation = changes.deviation
            lastClose = bar.bar.close
            balance = 2 * BulkClassifier.buyShare(change: Price(billionths: change).double, deviation: deviation) - 1
        }
        guard changes.count >= settings.minimum else { return }
        isFlat = isFlat || deviation == 0
        var part = VolumePart(
            volume: bar.bar.volume, balance: balance, isSigned: true, isInferred: true,
            window: Window(from: bar.bar.start.nanoseconds, to: bar.bar.end.nanoseconds))
        while part.volume > 0 {
            if bulk.fill(from: &part) {
                bulk.buckets.worsenLast(bar.quality)
            } else {
                bulk.buckets.worsenOpen(bar.quality)
            }
        }
    }

    private mutating func publish(_ bar: Bar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        var marks: ToxicityMarks = isFlat ? .flat : []
        if bulk.hasSkipped || trueSide.hasSkipped { marks.insert(.skipped) }
        let risen = bulk.publish(above: settings.toxic)
        let trueRisen = trueSide.publish(above: settings.toxic)
        let quality = quality
        // Trades may be ahead of the bars, where these wait for late ones.
        let end = max(bar.end.nanoseconds, trueSide.buckets.last?.window.end ?? .min)
        let window = Window(from: oldestStart, to: end)
        let edition = Edition(
            revision: 0, isFinal: true, reason: .none, flags: isRevised ? .inputRevised : [])
        let head = surroundings.head(on: &channel, over: window, as: edition, quality: quality)
        surroundings.publish(update(marks), head, on: channel, &updates)
        (isFlat, isRevised) = (false, false)
        if hasBulk ? risen : trueRisen {
            let evidence = Evidence(
                kind: .toxicity, number: channel.number, time: surroundings.time, quality: quality)
            surroundings.board.add(Finding(evidence, direction: 0, low: bar.low, high: bar.high))
        }
    }

    /// That of the values that are known.
    private var quality: Quality {
        guard bulk.buckets.isFull else { return trueSide.buckets.quality }
        return trueSide.buckets.isFull ? bulk.buckets.quality.worst(trueSide.buckets.quality) : bulk.buckets.quality
    }

    /// When the oldest bucket of the values that are known began; in the far future where none is.
    private var oldestStart: Int64 {
        let first = bulk.buckets.isFull ? bulk.buckets.oldest?.window.start : nil
        let second = trueSide.buckets.isFull ? trueSide.buckets.oldest?.window.start : nil
        return min(first ?? .max, second ?? .max)
    }

    private func update(_ marks: ToxicityMarks) -> ToxicityUpdate {
        let scale = Double(Price.scale) / Double(sizeStep)
        let (sides, trueSides) = (bulk.lastSides, trueSide.lastSides)
        let source: UInt8 =
            switch settings.volume {
            case .given: 0
            case .average: 1
            case .history: 2
            }
        return ToxicityUpdate(
            bulk: bulk.buckets.toxicity, bulkRank: bulk.rank, trueSide: trueSide.buckets.toxicity,
            trueSideRank: trueSide.rank, deviation: deviation, bulkBuy: sides.buy / scale,
            bulkSell: sides.sell / scale, trueSideBuy: trueSides.buy / scale, trueSideSell: trueSides.sell / scale,
            bulkBuckets: bulk.buckets.completed, trueSideBuckets: trueSide.buckets.completed,
            bucketVolume: bulk.buckets.size, pending: pending, marks: marks.rawValue,
            bulkToxic: bulk.isToxic ? 1 : 0, trueSideToxic: trueSide.isToxic ? 1 : 0,
            method: BarUpdate.place(of: settings.method, in: ToxicitySettings.Method.allCases), volumeSource: source)
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _: inout Outbox) {
        let time = change.trade.time
        let volume = change.isRemoval ? 0 &- change.trade.quantity : change.trade.quantity
        guard time >= surroundings.session.open.nanoseconds else { return }
        sessionVolume &+= volume
        // A bar that is still open takes the change in itself.
        guard hasTrueSide || time < barsUntil, bulk.buckets.size > 0 else { return }
        pending &+= volume
        let start = min(bulk.buckets.start ?? .max, trueSide.buckets.start ?? .max)
        isRevised = isRevised || time >= start
    }

    public mutating func receive(_ stop: StreamBreak, _: inout Surroundings, _: inout Outbox) {
        if stop == .gap { lastClose = Price.none.billionths }
    }

    public mutating func open(_: Session, _: inout Surroundings, _: inout Outbox) {
        let size = settings.bucketVolume(mean: days.mean, sizeStep: sizeStep)
        bulk.buckets.size = size
        trueSide.buckets.size = size
        (sessionVolume, pending, lastClose) = (0, 0, Price.none.billionths)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _: inout Outbox) {
        let whole = Window(from: session.open.nanoseconds, to: session.close.nanoseconds)
        let seen = surroundings.quality(over: whole, inferredShare: .nan)
        if seen.coverage >= FlowToxicity.wholeSession, sessionVolume > 0 { days.add(sessionVolume) }
        if let since = trueSide.buckets.openSince {
            trueSide.buckets.worsenOpen(
                surroundings.quality(over: Window(from: since, to: whole.end), inferredShare: .nan))
        }
    }
}

extension FlowToxicity {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        bulk.archive(&archive)
        trueSide.archive(&archive)
        changes.archive(&archive)
        days.archive(&archive)
        archive.values(&sessionVolume, &lastClose, &deviation)
        archive.values(&barsUntil, &pending, &isRevised, &isFlat)
    }
}
