internal import Market
internal import Updates

/// What rules know at the end of a bar, beside the board.
struct SignalMoment: Sendable {
    let finished: FinishedBar
    /// When it is known: the bar's end, or the event that let it end.
    let known: Int64
    let session: Window
    /// Of the session so far.
    let sessionQuality: Quality
    let tick: Int64
    /// The average true range in billionths; not a number until it is known.
    let range: Double
    /// The part of earlier bars whose delta's size this bar's reaches; not a number while there are too few.
    let rank: Double
    let stopTicks: Int
    let stopRange: Double
    let minimumCoverage: Double

    var bar: Bar { finished.bar }
    var close: Int64 { finished.bar.close }
    var candle: Evidence {
        Evidence(kind: .candle, number: finished.number, time: bar.end.nanoseconds, quality: finished.quality)
    }
    /// The prior session's value area, or one of its nodes: known from the open on, of unknown quality.
    func prior(_ kind: EvidenceKind) -> Evidence {
        Evidence(kind: kind, number: 0, time: session.start, quality: .unknown)
    }
    /// What the session so far says.
    func developing(_ kind: EvidenceKind) -> Evidence {
        Evidence(kind: kind, number: 0, time: known, quality: sessionQuality)
    }

    /// The bar's flow for a direction, as a rank: 0 where delta goes the other way.
    func aggression(_ direction: Int64) -> Double {
        guard !rank.isNaN else { return .nan }
        return bar.delta.signum() == direction ? rank : 0
    }

    /// The distance of a stop: so many ticks, or `factor` times the part of the average true range, whichever is more;
    /// nil while that range is needed and not known.
    func margin(_ factor: Double) -> Int64? {
        let ticks = Int64(stopTicks) &* tick
        guard stopRange > 0 else { return ticks }
        guard !range.isNaN else { return nil }
        let distance = (factor * stopRange * range).rounded()
        return distance < Double(SignalMoment.distanceLimit) ? max(ticks, Int64(distance)) : nil
    }

    /// `distance` beyond a price against a direction, moved outward to a whole tick.
    func stop(beyond price: Int64, by distance: Int64, _ direction: Int64) -> Int64 {
        let mirrored = direction &* price &- distance
        let rest = mirrored % tick
        return direction &* (mirrored &- (rest < 0 ? rest &+ tick : rest))
    }

    /// A billion units: no stop lies further away, and sums of prices and distances stay within 64 bits.
    private static let distanceLimit: Int64 = 1_000_000_000_000_000_000
}

/// What a rule proposes at the end of a bar.
struct SignalProposal: Sendable {
    let rule: SignalRule
    /// +1 long, −1 short.
    let direction: Int64
    let stop: Int64
    let target: Int64
    var secondTarget = Price.none.billionths
    var invalidation = Price.none.billionths
    var reference = Price.none.billionths
    /// From here on trades belong to its inputs, nanoseconds.
    var span: Int64
    var inputs = SignalInputs()
    /// Measures of confidence, each 0 to 1; not a number where there is none.
    var stateConfidence = Double.nan
    var aggression = Double.nan

    init(_ rule: SignalRule, _ direction: Int64, stop: Int64, target: Int64, span: Int64) {
        self.rule = rule
        self.direction = direction
        self.stop = stop
        self.target = target
        self.span = span
    }

    /// Not a number or below zero where a price lies on the wrong side.
    func rewardRisk(entry: Int64) -> Double {
        let risk = direction &* (entry &- stop)
        guard risk > 0 else { return .nan }
        return Double(direction &* (target &- entry)) / Double(risk)
    }

    /// The mean of the state's confidence, aggression's rank and a third of reward over risk (at most 1), of those that
    /// are known, times coverage times (1 − half the inferred share); cut to 0…1. Our own proposal.
    func confidence(entry: Int64) -> Double {
        var (sum, count) = (min(1, max(0, rewardRisk(entry: entry) / 3)), 1.0)
        for measure in [stateConfidence, aggression] where !measure.isNaN {
            sum += measure
            count += 1
        }
        let quality = inputs.quality
        let inferred = quality.inferredShare.isNaN ? 0 : quality.inferredShare
        return min(1, max(0, sum / count * quality.coverage * (1 - 0.5 * inferred)))
    }
}
