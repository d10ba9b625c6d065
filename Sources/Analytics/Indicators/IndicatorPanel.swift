internal import Memory

/// All indicators that follow one kind of bars, each once: what a bar changes, and what they say then.
///
/// They stand in one list for each type, so that every one is changed in its place.
public struct IndicatorPanel: Sendable {
    private struct Placed<Content: Indicator>: Sendable {
        let place: Int
        let source: BarSource
        var content: Content
    }

    public let choices: [IndicatorChoice]
    /// In the order of `choices`.
    public private(set) var readings: [IndicatorReading]
    private let sizeStep: Int64
    private var averages: [Placed<SimpleAverage>] = []
    private var exponentials: [Placed<ExponentialAverage>] = []
    private var strengths: [Placed<RelativeStrength>] = []
    private var divergences: [Placed<AverageDivergence>] = []
    private var bands: [Placed<BollingerBands>] = []
    private var deviations: [Placed<RollingDeviation>] = []
    private var extremes: [Placed<RollingExtreme>] = []
    private var changes: [Placed<RateOfChange>] = []
    private var ranges: [Placed<AverageTrueRange>] = []
    private var flows: [Placed<MoneyFlow>] = []
    private var means: [Placed<BarMeanPrice>] = []
    private var balances: [Placed<OnBalanceVolume>] = []

    /// `sizeStep` is the instrument's, in billionths of a unit.
    public init(_ choices: [IndicatorChoice], sizeStep: Int64) {
        self.choices = choices
        self.sizeStep = sizeStep
        readings = Array(repeating: .unknown, count: choices.count)
        for (place, choice) in choices.enumerated() { set(choice, at: place) }
    }

    private mutating func set(_ choice: IndicatorChoice, at place: Int) {
        let unit = choice.source.unit(sizeStep: sizeStep)
        let length = choice.length
        func placed<Content>(_ content: Content) -> Placed<Content> {
            Placed(place: place, source: choice.source, content: content)
        }
        switch choice.kind {
        case .sma: averages.append(placed(SimpleAverage(length: length, unit: unit)))
        case .ema: exponentials.append(placed(ExponentialAverage(length: length, unit: unit)))
        case .rsi: strengths.append(placed(RelativeStrength(length: length, unit: unit)))
        case .macd:
            divergences.append(
                placed(AverageDivergence(fast: length, slow: choice.slow, signal: choice.signal, unit: unit)))
        case .bollinger: bands.append(placed(BollingerBands(length: length, width: choice.width, unit: unit)))
        case .stdev: deviations.append(placed(RollingDeviation(length: length, unit: unit)))
        case .highest: extremes.append(placed(RollingExtreme(length: length, highest: true, unit: unit)))
        case .lowest: extremes.append(placed(RollingExtreme(length: length, highest: false, unit: unit)))
        case .roc: changes.append(placed(RateOfChange(length: length)))
        case .atr: ranges.append(placed(AverageTrueRange(length: length, seed: .firstBar)))
        case .mfi: flows.append(placed(MoneyFlow(length: length)))
        case .vwap: means.append(placed(BarMeanPrice(width: choice.width)))
        case .obv: balances.append(placed(OnBalanceVolume(unit: BarSource.volume.unit(sizeStep: sizeStep))))
        }
    }

    /// Takes a finished bar, which must have a price.
    public mutating func add(_ bar: FinishedBar) {
        IndicatorPanel.follow(bar, &averages, &readings)
        IndicatorPanel.follow(bar, &exponentials, &readings)
        IndicatorPanel.follow(bar, &strengths, &readings)
        IndicatorPanel.follow(bar, &divergences, &readings)
        IndicatorPanel.follow(bar, &bands, &readings)
        IndicatorPanel.follow(bar, &deviations, &readings)
        IndicatorPanel.follow(bar, &extremes, &readings)
        IndicatorPanel.follow(bar, &changes, &readings)
        IndicatorPanel.take(bar.bar, &ranges, &readings)
        IndicatorPanel.take(bar.bar, &flows, &readings)
        IndicatorPanel.take(bar.bar, &means, &readings)
        IndicatorPanel.take(bar.bar, &balances, &readings)
    }

    /// Begins those anew that a session begins anew; `all`: every one.
    public mutating func reset(all: Bool) {
        IndicatorPanel.forget(&means, &readings)
        IndicatorPanel.forget(&balances, &readings)
        guard all else { return }
        IndicatorPanel.forget(&averages, &readings)
        IndicatorPanel.forget(&exponentials, &readings)
        IndicatorPanel.forget(&strengths, &readings)
        IndicatorPanel.forget(&divergences, &readings)
        IndicatorPanel.forget(&bands, &readings)
        IndicatorPanel.forget(&deviations, &readings)
        IndicatorPanel.forget(&extremes, &readings)
        IndicatorPanel.forget(&changes, &readings)
        IndicatorPanel.forget(&ranges, &readings)
        IndicatorPanel.forget(&flows, &readings)
    }

    private static func follow<Content: SeriesIndicator>(
        _ bar: FinishedBar, _ placed: inout [Placed<Content>], _ readings: inout [IndicatorReading]
    ) {
        for index in placed.indices {
            let count = placed[index].source.count(of: bar)
            placed[index].content.add(count)
            readings[placed[index].place] = IndicatorReading(placed[index].content)
        }
    }

    private static func take<Content: BarIndicator>(
        _ bar: Bar, _ placed: inout [Placed<Content>], _ readings: inout [IndicatorReading]
    ) {
        for index in placed.indices {
            placed[index].content.add(bar)
            readings[placed[index].place] = IndicatorReading(placed[index].content)
        }
    }

    private static func forget<Content: Indicator>(
        _ placed: inout [Placed<Content>], _ readings: inout [IndicatorReading]
    ) {
        for index in placed.indices {
            placed[index].content.reset()
            readings[placed[index].place] = .unknown
        }
    }
}

extension IndicatorPanel: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.each(&readings) { $1.value(&$0) }
        archive.each(&averages) { $0.content.archive(&$1) }
        archive.each(&exponentials) { $0.content.archive(&$1) }
        archive.each(&strengths) { $0.content.archive(&$1) }
        archive.each(&divergences) { $0.content.archive(&$1) }
        archive.each(&bands) { $0.content.archive(&$1) }
        archive.each(&deviations) { $0.content.archive(&$1) }
        archive.each(&extremes) { $0.content.archive(&$1) }
        archive.each(&changes) { $0.content.archive(&$1) }
        archive.each(&ranges) { $0.content.archive(&$1) }
        archive.each(&flows) { $0.content.archive(&$1) }
        archive.each(&means) { $0.content.archive(&$1) }
        archive.each(&balances) { $0.content.archive(&$1) }
    }
}
