internal import Market
public import Memory
public import Updates

/// Moving averages, RSI, MACD, bands and other indicators over finished bars of any kind: one update for each bar.
///
/// Averages run on over sessions unless `reset` says otherwise; `vwap` and `obv` begin with each session. A bar without
/// a price is no bar here. An update speaks of its bar; its quality is the worst over the bars of the value's window
/// (`IndicatorChoice.reach`) and the stretches between them, that of `vwap` and `obv` the session's. After a gap the
/// values go on from the bar before it, and their quality says so until it has left the window. They are not run again
/// where a bar is corrected: as long as such a bar lies in their window, they carry `inputRevised`.
public struct ClassicIndicators: Analytic {
    public static let name = "indicators"
    public static let meaning = "Moving averages, RSI, MACD, Bollinger bands, ATR and others over finished bars"
    public static let example =
        #"{ "series": [{ "bars": "1m", "sma": [20, 50], "rsi": 14, "macd": {}, "bollinger": {}, "vwap": true }] }"#
    public static let interests: Interests = [.bars, .changes]
    public static let layouts = [IndicatorUpdate.layout]

    public static func topics(_ settings: IndicatorSettings) -> [TopicEntry] {
        settings.series.flatMap(\.topics).map { TopicEntry(prefix: $0, layout: IndicatorUpdate.layout) }
    }

    public static func bars(_ settings: IndicatorSettings) -> [String] {
        settings.series.flatMap(\.bars).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private var lanes: [IndicatorLane] = []

    public init(_ settings: IndicatorSettings, at place: AnalyticPlace) {
        var channels = place.channels[...]
        for series in settings.series {
            for bar in series.bars {
                lanes.append(
                    IndicatorLane(
                        series, bars: place.bar(bar), channels: Array(channels.prefix(series.choices.count)),
                        sizeStep: place.instrument.sizeStep))
                channels = channels.dropFirst(series.choices.count)
            }
        }
    }

    public mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        for index in lanes.indices where lanes[index].name == bar.name {
            lanes[index].receive(bar, &surroundings, &updates)
        }
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        for index in lanes.indices { lanes[index].touch(change.trade.time) }
    }
}

/// The indicators over one kind of bars.
private struct IndicatorLane: Sendable {
    /// The bars' place among all names.
    let name: Int
    private let reset: IndicatorUpdate.Reset
    private var channels: [Channel]
    /// What each update says of its indicator: looked up once.
    private let labels: [IndicatorUpdate.Label]
    private var panel: IndicatorPanel
    private var trail: BarTrail
    /// The worst of each value's window.
    private var qualities: [SlidingFold<Quality>]
    /// Bars since the last reset.
    private var seen = 0

    init(_ series: IndicatorSettings.Series, bars: Int, channels: [Channel], sizeStep: Int64) {
        name = bars
        reset = series.reset
        self.channels = channels
        labels = series.choices.map { IndicatorUpdate.Label($0, series.reset) }
        panel = IndicatorPanel(series.choices, sizeStep: sizeStep)
        trail = BarTrail(reach: series.choices.map(\.reach).max() ?? 1)
        qualities = series.choices.map { SlidingFold(length: $0.reach) }
    }

    mutating func touch(_ time: Int64) { trail.touch(time) }

    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard let step = trail.take(bar, surroundings) else { return }
        if step.opensSession { begin() }
        seen += 1
        panel.add(bar)
        let window = Window(from: bar.bar.start.nanoseconds, to: bar.bar.end.nanoseconds)
        for place in channels.indices {
            let isAnchored = panel.choices[place].isAnchored
            let worst = qualities[place].add(step.quality)
            let quality = isAnchored ? step.sessionQuality : worst
            let body = body(at: place, bar.bar, quality, opensSession: step.opensSession)
            let head = surroundings.head(
                on: &channels[place], over: window, as: edition(at: place), quality: quality)
            surroundings.publish(body, head, on: channels[place], &updates)
        }
    }

    private mutating func begin() {
        panel.reset(all: reset == .session)
        guard reset == .session else { return }
        seen = 0
        for place in qualities.indices { qualities[place].removeAll() }
    }

    private func edition(at place: Int) -> Edition {
        let choice = panel.choices[place]
        let isChanged =
            choice.isAnchored ? trail.isChangedInSession : trail.isChanged(within: min(choice.reach, seen))
        return Edition(revision: 0, isFinal: true, reason: .none, flags: isChanged ? .inputRevised : [])
    }

    private func body(at place: Int, _ bar: Bar, _ quality: Quality, opensSession: Bool) -> IndicatorUpdate {
        let choice = panel.choices[place]
        let reading = panel.readings[place]
        let all = choice.isAnchored ? trail.sessionCount : seen
        let window = choice.isAnchored ? all : min(all, choice.reach)
        return IndicatorUpdate(
            value: reading.value, second: reading.second, third: reading.third, close: bar.close,
            bars: Int64(choice.forgetsSlowly ? all : window), since: trail.start(back: window - 1),
            marks: (quality.coverage < 1 ? IndicatorUpdate.gapMark : 0)
                | (opensSession ? IndicatorUpdate.sessionMark : 0),
            warm: reading.isWarm ? 1 : 0, label: labels[place])
    }
}

extension ClassicIndicators {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.each(&lanes) { $0.archive(&$1) }
    }
}

extension IndicatorLane: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.channels(&channels)
        panel.archive(&archive)
        trail.archive(&archive)
        archive.each(&qualities) { $0.archive(&$1) }
        archive.value(&seen)
    }
}
