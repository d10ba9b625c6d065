internal import Market
internal import Memory
internal import Updates

/// A rule over an indicator of the closes: which way it points at a bar.
protocol CrossingRule: Archivable, Sendable {
    /// Bars whose quality counts.
    var reach: Int { get }
    /// Takes the next close, billionths: +1 long, −1 short, 0 nothing.
    mutating func add(_ close: Int64) -> Int64
    /// What came before is not compared with what comes.
    mutating func restart()
}

/// The last side of zero on which a difference lay: a crossing is a change of it, and zero itself has no side.
struct SideMemory: Plain, Sendable {
    private var side = 0

    init() {}

    /// +1 or −1 where the difference has come to the other side; one that is not a number forgets the side.
    mutating func crossing(_ difference: Double) -> Int64 {
        guard !difference.isNaN else {
            side = 0
            return 0
        }
        let new = difference > 0 ? 1 : difference < 0 ? -1 : side
        defer { side = new }
        return side != 0 && new != side ? Int64(new) : 0
    }

    mutating func restart() { side = 0 }
}

/// `sma`: long where the fast simple average comes above the slow one, short where it comes below.
struct AverageCross: CrossingRule {
    private var fast: SimpleAverage
    private var slow: SimpleAverage
    private var memory = SideMemory()

    init(_ settings: SignalSettings.Crossing) {
        fast = SimpleAverage(length: settings.fast, unit: .price)
        slow = SimpleAverage(length: settings.slow, unit: .price)
    }

    var reach: Int { slow.length + 1 }

    mutating func add(_ close: Int64) -> Int64 {
        let difference = fast.add(close) - slow.add(close)
        return memory.crossing(difference)
    }

    mutating func restart() { memory.restart() }
}

/// `macd`: long where the line comes above its signal, short where it comes below.
struct DivergenceCross: CrossingRule {
    let reach: Int
    private var line: AverageDivergence
    private var memory = SideMemory()

    init(_ settings: SignalSettings.Crossing) {
        reach = settings.slow + settings.signal
        line = AverageDivergence(fast: settings.fast, slow: settings.slow, signal: settings.signal, unit: .price)
    }

    mutating func add(_ close: Int64) -> Int64 {
        line.add(close)
        return memory.crossing(line.third)
    }

    mutating func restart() { memory.restart() }
}

/// `rsi`: long where the index comes back up to `low` from below it, short where it comes back down to `high`.
struct StrengthReturn: CrossingRule {
    private var index: RelativeStrength
    private let low: Double
    private let high: Double
    private var last = Double.nan

    init(_ settings: SignalSettings.Strength) {
        index = RelativeStrength(length: settings.length, unit: .price)
        (low, high) = (settings.low, settings.high)
    }

    var reach: Int { index.length + 2 }

    mutating func add(_ close: Int64) -> Int64 {
        let value = index.add(close)
        defer { last = value }
        return last < low && value >= low ? 1 : last > high && value <= high ? -1 : 0
    }

    mutating func restart() { last = .nan }
}

/// `bollinger`: long where a close comes back between the bands from below, short from above.
struct BandReturn: CrossingRule {
    let reach: Int
    private var bands: BollingerBands
    /// Where the close before lay: +1 above the upper band, −1 below the lower.
    private var last = 0

    init(_ settings: SignalSettings.Bands) {
        reach = settings.length + 1
        bands = BollingerBands(length: settings.length, width: settings.width, unit: .price)
    }

    mutating func add(_ close: Int64) -> Int64 {
        bands.add(close)
        let price = CountUnit.price.value(close)
        let now = price > bands.second ? 1 : price < bands.third ? -1 : 0
        defer { last = now }
        return last < 0 && now == 0 ? 1 : last > 0 && now == 0 ? -1 : 0
    }

    mutating func restart() { last = 0 }
}

/// One indicator's rule with the quality of the bars that it rests on.
///
/// The stop lies two stop margins from the entry, the target twice the risk. Confidence is the mean of a third of
/// reward over risk and the rank of the bar's delta in the direction (0 where it goes the other way), times quality.
struct CrossingLane<Rule: CrossingRule>: Sendable {
    private let rule: SignalRule
    private var follower: Rule
    private var qualities: SlidingFold<Quality>
    private var seen = 0

    init(_ rule: SignalRule, _ follower: Rule) {
        self.rule = rule
        self.follower = follower
        qualities = SlidingFold(length: follower.reach)
    }

    mutating func restart() { follower.restart() }

    /// `quality` is that of the bar and the stretch before it.
    mutating func receive(_ moment: SignalMoment, _ quality: Quality, _ trail: BarTrail) -> SignalProposal? {
        seen = min(seen + 1, follower.reach)
        let worst = qualities.add(quality)
        let direction = follower.add(moment.close)
        guard direction != 0, let margin = moment.margin(2) else { return nil }
        let stop = moment.stop(beyond: moment.close, by: margin, direction)
        var proposal = SignalProposal(
            rule, direction, stop: stop, target: moment.close &+ 2 &* (moment.close &- stop),
            span: trail.start(back: seen - 1))
        proposal.aggression = moment.aggression(direction)
        let evidence = Evidence(
            kind: .indicator, number: 0, time: moment.bar.end.nanoseconds, quality: worst)
        proposal.inputs.add(evidence, .bars, minimumCoverage: moment.minimumCoverage)
        proposal.inputs.add(moment.candle, .aggression, minimumCoverage: moment.minimumCoverage)
        return proposal
    }
}

extension AverageCross {
    mutating func archive(_ archive: inout Archive) {
        fast.archive(&archive)
        slow.archive(&archive)
        archive.value(&memory)
    }
}

extension DivergenceCross {
    mutating func archive(_ archive: inout Archive) {
        line.archive(&archive)
        archive.value(&memory)
    }
}

extension StrengthReturn {
    mutating func archive(_ archive: inout Archive) {
        index.archive(&archive)
        archive.value(&last)
    }
}

extension BandReturn {
    mutating func archive(_ archive: inout Archive) {
        bands.archive(&archive)
        archive.value(&last)
    }
}

extension CrossingLane: Archivable {
    mutating func archive(_ archive: inout Archive) {
        follower.archive(&archive)
        qualities.archive(&archive)
        archive.value(&seen)
    }
}
