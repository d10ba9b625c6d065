public import Graph
public import Market
public import Memory
public import Updates

/// Finds pivots of the price that cumulative delta (CVD) does not follow (definitions §5).
///
/// Each pivot is held against the pivot of the same kind before it. Regular bearish: a higher high of the price with a
/// lower CVD; regular bullish: a lower low with a higher CVD. Hidden bearish: a lower high with a higher CVD; hidden
/// bullish: a higher low with a lower CVD. Prices must differ by `minimumTicks`, CVD by `minimumChange` standard
/// deviations of the bars' deltas over the last `history` bars (with one less than their number as divisor), and in
/// any case by something; with fewer than `minimumBars` nothing is found. CVD is read at the end of the pivot's bar.
///
/// A pivot is known `reach` bars later: the update's end is the end of the bar that confirmed it, never the pivot.
///
/// Chains of pivots do not reach over sessions, because CVD begins anew, nor over gaps, because what CVD did there is
/// unknown: a bar that was not wholly seen is left out, and the chain begins behind it. A halt does not break a chain:
/// nothing was traded. Bars without trades do not exist and are not counted.
/// A change of the tape is not run again; an update whose prior pivot lies before the changed trade says
/// `inputRevised`.
public struct Divergence: ~Copyable, Analytic {
    public static let name = "divergence"
    public static let meaning = "Pivots of the price that cumulative delta does not follow, regular and hidden"
    public static let example = #"{ "bars": "1m", "reach": 3, "minimumChange": 0.1 }"#
    public static let interests: Interests = [.bars, .sessions, .changes]
    public static let layouts = [DivergenceUpdate.layout]

    public static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "divergence/\(settings.bars)/", layout: DivergenceUpdate.layout)]
    }

    public static func bars(_ settings: Settings) -> [String] { [settings.bars] }

    private let settings: Settings
    private let leastMove: Int64
    private var channel: Channel
    private var chain: PivotChain
    /// The deltas of the last bars, the oldest of which makes room.
    private var deltas: [Int64] = []
    private var nextDelta = 0
    private var lastStart = Int64.max
    private var sessionHigh = Int64.min
    private var sessionLow = Int64.max
    /// The latest trade that a change of the tape has touched.
    private var latestChange = Int64.min

    public init(_ settings: Settings, at place: AnalyticPlace) {
        self.settings = settings
        leastMove = Int64(settings.minimumTicks) * place.tick
        channel = place.channels[0]
        chain = PivotChain(reach: settings.reach)
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        restart()
        (sessionHigh, sessionLow) = (.min, .max)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        latestChange = max(latestChange, change.trade.time)
    }

    public mutating func receive(
        _ finished: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let bar = finished.bar
        // A bar of the session before that was waiting for late trades.
        guard bar.start >= surroundings.session.open else { return }
        if isBroken(finished, surroundings) { restart() }
        guard finished.quality.coverage == 1 else { return }
        lastStart = bar.start.nanoseconds
        keep(bar.delta)
        guard bar.hasPrice else { return }
        sessionHigh = max(sessionHigh, bar.high)
        sessionLow = min(sessionLow, bar.low)
        chain.add(
            PivotBar(
                high: bar.high, low: bar.low, cumulative: finished.cumulative, start: bar.start.nanoseconds,
                number: finished.number, quality: finished.quality))
        if let (pivot, prior) = chain.confirmHigh(), let prior, let found = compare(pivot, prior, isHigh: true) {
            tell(found, at: bar.end.nanoseconds, &surroundings, &updates)
        }
        if let (pivot, prior) = chain.confirmLow(), let prior, let found = compare(pivot, prior, isHigh: false) {
            tell(found, at: bar.end.nanoseconds, &surroundings, &updates)
        }
    }

    private mutating func restart() {
        chain.restart()
        lastStart = .max
    }

    /// Whether a gap lies in the bar, or between it and the one before, or was found in that one after it had ended.
    private func isBroken(_ finished: FinishedBar, _ surroundings: borrowing Surroundings) -> Bool {
        guard finished.quality.coverage == 1 else { return true }
        guard lastStart < finished.bar.start.nanoseconds else { return false }
        let since = Window(from: lastStart, to: finished.bar.end.nanoseconds)
        return surroundings.quality(over: since, inferredShare: .nan).coverage < 1
    }

    // MARK: Comparing

    /// Two pivots that disagree.
    private struct Found {
        let pivot: Pivot
        let prior: Pivot
        let threshold: Double
        let isHigh: Bool
        let isHidden: Bool

        var change: Int64 { pivot.bar.cumulative &- prior.bar.cumulative }
        /// In the order of `DivergenceUpdate.shapeNames`.
        var shape: UInt32 { (pivot.price > prior.price ? 1 : 2) | (change > 0 ? 4 : 8) }
    }

    private func compare(_ pivot: Pivot, _ prior: Pivot, isHigh: Bool) -> Found? {
        let move = pivot.price - prior.price
        let change = pivot.bar.cumulative &- prior.bar.cumulative
        // Price and CVD must have gone opposite ways: then it is regular where the price went further than before.
        guard abs(move) >= leastMove, (move > 0 && change < 0) || (move < 0 && change > 0) else { return nil }
        let isHidden = (move > 0) != isHigh
        guard deltas.count >= settings.minimumBars, !isHidden || settings.hidden else { return nil }
        let threshold = settings.minimumChange * deviation()
        guard Double(change.magnitude) >= threshold else { return nil }
        return Found(pivot: pivot, prior: prior, threshold: threshold, isHigh: isHigh, isHidden: isHidden)
    }

    private mutating func keep(_ delta: Int64) {
        if deltas.count < settings.history {
            deltas.append(delta)
        } else {
            deltas[nextDelta] = delta
            nextDelta = nextDelta + 1 == settings.history ? 0 : nextDelta + 1
        }
    }

    /// The deltas' standard deviation: a pass over all of them, and only where two pivots disagree, a few times a
    /// session; sums that are kept up would have to hold squares of any size.
    private func deviation() -> Double {
        let count = Double(deltas.count)
        let mean = deltas.reduce(0) { $0 + Double($1) } / count
        let squares = deltas.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (squares / (count - 1)).squareRoot()
    }

    // MARK: Telling

    private mutating func tell(
        _ found: Found, at end: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let (pivot, prior) = (found.pivot, found.prior)
        // A regular one at a high and a hidden one at a high both speak for lower prices.
        let direction: Int8 = found.isHigh ? -1 : 1
        let body = DivergenceUpdate(
            price: pivot.price, priorPrice: prior.price, cumulative: pivot.bar.cumulative,
            priorCumulative: prior.bar.cumulative, threshold: found.threshold, pivotTime: pivot.bar.start,
            priorPivotTime: prior.bar.start, pivotBar: Int64(pivot.bar.number), priorBar: Int64(prior.bar.number),
            distance: Int64(pivot.place - prior.place), shape: found.shape, form: found.isHidden ? 1 : 0,
            direction: direction > 0 ? 1 : 0, pivot: found.isHigh ? 0 : 1,
            atExtreme: pivot.price == (found.isHigh ? sessionHigh : sessionLow) ? 1 : 0)
        var edition = Edition.final
        if latestChange >= prior.bar.start { edition.flags.insert(.inputRevised) }
        let over = Window(from: prior.bar.start, to: end)
        let head = surroundings.head(on: &channel, over: over, as: edition, quality: prior.quality)
        surroundings.publish(body, head, on: channel, &updates)
        let evidence = Evidence(kind: .divergence, number: channel.number, time: end, quality: prior.quality)
        surroundings.board.add(
            Finding(
                evidence, direction: direction, low: min(pivot.price, prior.price),
                high: max(pivot.price, prior.price)))
    }
}

extension Divergence {
    public struct Settings: NodeSettings {
        public var bars = "1m"
        public var reach = 3
        public var minimumTicks = 1
        public var minimumChange = 0.1
        /// Twenty sessions of 390 minutes.
        public var history = 7_800
        public var minimumBars = 20
        public var hidden = true

        public init() {}

        public init(reading reader: inout SettingsReader) {
            bars = reader.text("bars", default: bars, meaning: "The bars whose pivots are compared")
            reach = reader.integer(
                "reach", default: reach, in: 1...50, meaning: "Bars on either side that a pivot must stand out among")
            minimumTicks = reader.integer(
                "minimumTicks", default: minimumTicks, in: 1...100_000,
                meaning: "The least distance of two pivots' prices")
            minimumChange = reader.real(
                "minimumChange", default: minimumChange, in: 0...100,
                meaning: "The least change of cumulative delta, in standard deviations of the bars' deltas")
            history = reader.integer(
                "history", default: history, in: 2...65_536, meaning: "Bars whose deltas make the standard deviation")
            minimumBars = reader.integer(
                "minimumBars", default: minimumBars, in: 2...65_536, meaning: "Bars before anything is found")
            hidden = reader.flag("hidden", default: hidden, meaning: "Whether hidden divergences are told too")
            guard minimumBars > history else { return }
            reader.fault(
                at: "minimumBars", problem: "more bars are asked for than are kept",
                remedy: "Write at most the number in `history`")
            minimumBars = history
        }
    }
}

extension Divergence {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        chain.archive(&archive)
        archive.array(&deltas)
        archive.values(&nextDelta, &lastStart)
        archive.values(&sessionHigh, &sessionLow, &latestChange)
        archive.check(nextDelta >= 0 && nextDelta <= deltas.count, "deltas have no place for the next one")
    }
}
