internal import Market
internal import Memory
internal import Updates

/// The reversion rule: a break out of the value area fails and the bar closes back inside (definitions §16; the numbers
/// are our own proposals).
///
/// The area is the prior session's, or without one this session's so far. A break begins with the first bar that trades
/// outside and ends with the first that closes inside; what it was is judged there, once: the extreme no further out
/// than `maximumBreak` average true ranges, no complete bracket of 30 minutes (from the session's open) wholly outside
/// and no acceptance there on the board, and an absorption, exhaustion or divergence found since, at the extreme, that
/// speaks inward. A bar that leaves the area on both sides is no failed break of either. The target is the point of
/// control, the second one the opposite edge. A gap or a halt and the session's end forget the break.
struct ReversionRule: Sendable {
    private static let bracket: Int64 = 1_800 * Timestamp.second

    /// A break that is under way, on one side; prices are mirrored where it is below.
    private struct Break: Plain {
        var start: Int64
        var extreme: Int64
        /// Since when all bars were wholly outside; nil where the last was not.
        var outside: Int64?
        var isAccepted = false

        static var bounds: [PlainBound] { [.optional(\Self.outside), .flag(\Self.isAccepted)] }
    }

    var settings: SignalSettings.Reversion
    private var above: Break?
    private var below: Break?

    init(_ settings: SignalSettings.Reversion) { self.settings = settings }

    mutating func restart() { (above, below) = (nil, nil) }

    mutating func receive(_ moment: SignalMoment, _ board: borrowing Board) -> SignalProposal? {
        guard let area = board.priorArea ?? board.area else {
            restart()
            return nil
        }
        ReversionRule.follow(&above, 1, area.high &+ area.rowHeight, moment)
        ReversionRule.follow(&below, -1, 1 &- area.low, moment)
        guard area.contains(moment.close) else { return nil }
        let failed = (above, below)
        restart()
        switch failed {
        case (let failed?, nil): return proposal(failed, 1, area, moment, board)
        case (nil, let failed?): return proposal(failed, -1, area, moment, board)
        case (nil, nil), (_?, _?): return nil
        }
    }

    /// `edge` is the first price outside; it and the bar's prices are mirrored for the lower side.
    private static func follow(_ out: inout Break?, _ side: Int64, _ edge: Int64, _ moment: SignalMoment) {
        let bar = moment.bar
        let (high, low) = side > 0 ? (bar.high, bar.low) : (0 &- bar.low, 0 &- bar.high)
        let start = bar.start.nanoseconds
        if high >= edge, out == nil { out = Break(start: start, extreme: high) }
        guard var now = out else { return }
        now.extreme = max(now.extreme, high)
        if low < edge {
            now.outside = nil
        } else {
            let since = now.outside ?? start
            now.outside = since
            let before = (since &- moment.session.start) % bracket
            let first = before == 0 ? since : since &- before &+ bracket
            if bar.end.nanoseconds >= first &+ bracket { now.isAccepted = true }
        }
        out = now
    }

    private func proposal(
        _ failed: Break, _ side: Int64, _ area: AreaReading, _ moment: SignalMoment, _ board: borrowing Board
    ) -> SignalProposal? {
        let top = area.high &+ area.rowHeight
        let edge = side > 0 ? top : 0 &- area.low
        let depth = Double(failed.extreme &- edge)
        guard !failed.isAccepted, board.acceptance?.place != (side > 0 ? .above : .below),
            depth <= settings.maximumBreak * moment.range, let state = state(board),
            let finding = finding(failed, side, moment, board)
        else { return nil }
        let direction = 0 &- side
        let extreme = side &* failed.extreme
        var proposal = SignalProposal(
            .reversion, direction,
            stop: moment.stop(beyond: extreme, by: Int64(moment.stopTicks) &* moment.tick, direction),
            target: area.control, span: moment.session.start)
        proposal.secondTarget = side > 0 ? area.low : area.high
        proposal.invalidation = side > 0 ? top : area.low
        proposal.reference = extreme
        let coverage = moment.minimumCoverage
        if let state = state.reading {
            proposal.stateConfidence = state.confidence
            proposal.inputs.add(state.evidence, .state, minimumCoverage: coverage)
        }
        let isPrior = board.priorArea != nil
        proposal.inputs.add(
            isPrior ? moment.prior(.priorProfile) : moment.developing(.profile), .area, minimumCoverage: coverage)
        proposal.inputs.add(finding.evidence, .extreme, minimumCoverage: coverage)
        proposal.inputs.add(moment.candle, .bars, minimumCoverage: coverage)
        return proposal
    }

    /// The state, if it permits; where none is required, one that is no balance still forbids nothing and weighs
    /// nothing.
    private func state(_ board: borrowing Board) -> (reading: StateReading?, Void)? {
        if let reading = board.state, reading.state == .balance { return (reading, ()) }
        return settings.requireState ? nil : (nil, ())
    }

    private func finding(
        _ failed: Break, _ side: Int64, _ moment: SignalMoment, _ board: borrowing Board
    ) -> Finding? {
        let tolerance = Int64(settings.tolerance) &* moment.tick
        let extreme = side &* failed.extreme
        return board.findings.last { finding in
            let isKind =
                finding.evidence.kind == .absorption || finding.evidence.kind == .exhaustion
                || finding.evidence.kind == .divergence
            return isKind && Int64(finding.direction) == 0 &- side && finding.evidence.time >= failed.start
                && finding.high >= extreme &- tolerance && finding.low <= extreme &+ tolerance
        }
    }
}

extension ReversionRule: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.optional(&above)
        archive.optional(&below)
    }
}
