internal import Market
internal import Memory
internal import Updates

/// The trend rule: the market is out of balance and trades outside the prior value area; a pullback to a reference
/// holds, and aggression resumes (definitions §16; the numbers are our own proposals).
///
/// References are the low-volume nodes of this and the prior session, the session's mean price and one deviation on
/// either side of it, living zones of the same direction, and the prior area's edge. A bar of the last `pullback` must
/// have come within `tolerance` ticks of one, and the close must hold beyond it; of several the nearest to the
/// pullback's extreme counts, of equally near ones the one further away from the close. Aggression is a delta in the
/// direction whose size reaches `rank` among the bars before, or a sweep in the direction that ended within the bar (it
/// counts as that rank). The target is the nearest high-volume node beyond the close, else the prior point of control,
/// else the session's extreme, else twice the risk.
///
/// Prices are mirrored for a falling market, so that one arithmetic serves both directions. After a gap or a halt, and
/// with each session, the pullback is looked for in the bars since then.
struct TrendRule: Sendable {
    /// An interval of prices to lean on, mirrored for a falling market.
    private struct Reference {
        var low: Int64
        var high: Int64
        var evidence: Evidence

        func distance(_ price: Int64) -> Int64 {
            price < low ? low &- price : price > high ? price &- high : 0
        }
    }

    var settings: SignalSettings.Trend
    private var bars = RecentBars()

    init(_ settings: SignalSettings.Trend) { self.settings = settings }

    mutating func restart() { bars.restart() }

    mutating func receive(_ moment: SignalMoment, _ board: borrowing Board) -> SignalProposal? {
        bars.add(high: moment.bar.high, low: moment.bar.low)
        guard let state = board.state, state.state == .imbalance, state.direction != 0,
            let area = board.priorArea
        else { return nil }
        let direction: Int64 = state.direction > 0 ? 1 : -1
        guard area.place(of: moment.close) == (direction > 0 ? .above : .below),
            let aggression = aggression(direction, moment, board),
            let reference = nearest(direction, area, moment, board), let margin = moment.margin(1)
        else { return nil }
        let stop = moment.stop(beyond: direction &* reference.low, by: margin, direction)
        var proposal = SignalProposal(
            .trend, direction, stop: stop, target: target(direction, stop, moment, board), span: moment.session.start)
        proposal.reference = direction &* reference.low
        proposal.invalidation = direction > 0 ? area.high &+ area.rowHeight : area.low
        proposal.stateConfidence = state.confidence
        proposal.aggression = aggression.rank
        let coverage = moment.minimumCoverage
        proposal.inputs.add(state.evidence, .state, minimumCoverage: coverage)
        proposal.inputs.add(moment.prior(.priorProfile), .area, minimumCoverage: coverage)
        proposal.inputs.add(reference.evidence, .reference, minimumCoverage: coverage)
        proposal.inputs.add(aggression.evidence, .aggression, minimumCoverage: coverage)
        proposal.inputs.add(moment.candle, .bars, minimumCoverage: coverage)
        return proposal
    }

    private func aggression(
        _ direction: Int64, _ moment: SignalMoment, _ board: borrowing Board
    ) -> (rank: Double, evidence: Evidence)? {
        let rank = moment.aggression(direction)
        let delta = Evidence(
            kind: .delta, number: 0, time: moment.bar.end.nanoseconds, quality: moment.finished.quality)
        if moment.bar.delta.signum() == direction, rank >= settings.rank { return (rank, delta) }
        let (start, end) = (moment.bar.start.nanoseconds, moment.bar.end.nanoseconds)
        let sweep = board.findings.last {
            $0.evidence.kind == .sweep && Int64($0.direction) == direction && $0.evidence.time >= start
                && $0.evidence.time <= end
        }
        return sweep.map { (settings.rank, $0.evidence) }
    }

    /// The reference that held, nearest to the pullback's extreme.
    private func nearest(
        _ direction: Int64, _ area: AreaReading, _ moment: SignalMoment, _ board: borrowing Board
    ) -> Reference? {
        let count = min(settings.pullback, bars.count)
        let extreme = (0..<count).map { bars.low(back: $0, direction) }.min() ?? .max
        let tolerance = Int64(settings.tolerance) &* moment.tick
        let close = direction &* moment.close
        var best: Reference?
        forEachReference(direction, area, moment, board) { reference in
            guard close > reference.high,
                (0..<count).contains(where: { reference.distance(bars.low(back: $0, direction)) <= tolerance })
            else { return }
            guard let held = best else { return best = reference }
            let (new, old) = (reference.distance(extreme), held.distance(extreme))
            if new < old || new == old && reference.low < held.low { best = reference }
        }
        return best
    }

    private func forEachReference(
        _ direction: Int64, _ area: AreaReading, _ moment: SignalMoment, _ board: borrowing Board,
        _ body: (Reference) -> Void
    ) {
        func reference(_ low: Int64, _ high: Int64, _ evidence: Evidence) -> Reference {
            direction > 0
                ? Reference(low: low, high: high, evidence: evidence)
                : Reference(low: 0 &- high, high: 0 &- low, evidence: evidence)
        }
        let height = max(0, (board.area?.rowHeight ?? moment.tick) &- moment.tick)
        for node in board.lowNodes { body(reference(node, node &+ height, moment.developing(.lowNode))) }
        let priorHeight = max(0, area.rowHeight &- moment.tick)
        for node in board.priorLowNodes { body(reference(node, node &+ priorHeight, moment.prior(.lowNode))) }
        for deviations in [0.0, 1, -1] {
            let price = board.meanPrice + (deviations == 0 ? 0 : deviations * board.deviation)
            guard let line = SignalMoment.price(price) else { continue }
            body(reference(line, line, moment.developing(.vwap)))
        }
        for zone in board.zones where Int64(zone.direction) == direction {
            body(reference(zone.low, zone.high, zone.evidence))
        }
        let edge = direction > 0 ? area.high &+ area.rowHeight : area.low
        body(reference(edge, edge, moment.prior(.priorProfile)))
    }

    private func target(
        _ direction: Int64, _ stop: Int64, _ moment: SignalMoment, _ board: borrowing Board
    ) -> Int64 {
        let close = direction &* moment.close
        var nearest = Int64.max
        for node in board.highNodes where direction &* node > close { nearest = min(nearest, direction &* node) }
        for node in board.priorHighNodes where direction &* node > close { nearest = min(nearest, direction &* node) }
        if nearest < .max { return direction &* nearest }
        if let control = board.priorArea?.control, direction &* control > close { return control }
        if board.sums.hasPrice {
            let extreme = direction > 0 ? board.sums.high : board.sums.low
            if direction &* extreme > close { return extreme }
        }
        return moment.close &+ 2 &* (moment.close &- stop)
    }
}

extension SignalMoment {
    /// A computed price in billionths; nil for what is not a number or too large to be a price.
    static func price(_ units: Double) -> Int64? {
        let billionths = (units * Double(Price.scale)).rounded()
        return abs(billionths) < 4.6e18 ? Int64(billionths) : nil
    }
}

extension TrendRule: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&bars)
    }
}
