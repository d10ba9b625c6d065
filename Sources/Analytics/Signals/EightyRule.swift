internal import Market
internal import Memory
internal import Updates

/// The 80 % rule: the session opened outside the prior value area and is then accepted inside, so that the other side
/// is expected (definitions §15). Its percentage is folklore: measure it.
///
/// What `state` says of acceptance is judged at the first bar after it was said, once per session: two complete
/// brackets of 30 minutes (or as `state` is set) traded inside, and the bar closes inside. Without `state` it is never
/// given.
struct EightyRule: Sendable {
    private var isSpent = false

    init() {}

    mutating func openSession() { isSpent = false }

    mutating func receive(_ moment: SignalMoment, _ board: borrowing Board) -> SignalProposal? {
        guard !isSpent, let area = board.priorArea, let acceptance = board.acceptance, acceptance.place == .inside
        else { return nil }
        isSpent = true
        guard acceptance.opened == .above || acceptance.opened == .below, area.contains(moment.close),
            let margin = moment.margin(1)
        else { return nil }
        let isDown = acceptance.opened == .above
        let (edge, target) = isDown ? (area.high &+ area.rowHeight, area.low) : (area.low, area.high)
        let direction: Int64 = isDown ? -1 : 1
        var proposal = SignalProposal(
            .eighty, direction, stop: moment.stop(beyond: edge, by: margin, direction), target: target,
            span: moment.session.start)
        proposal.invalidation = edge
        proposal.reference = edge
        let coverage = moment.minimumCoverage
        if let state = board.state {
            proposal.stateConfidence = state.state == .balance ? state.confidence : .nan
            proposal.inputs.add(state.evidence, .state, minimumCoverage: coverage)
        } else {
            proposal.inputs.add(moment.developing(.state), .state, minimumCoverage: coverage)
        }
        proposal.inputs.add(moment.prior(.priorProfile), .area, minimumCoverage: coverage)
        proposal.inputs.add(moment.candle, .bars, minimumCoverage: coverage)
        return proposal
    }
}

extension EightyRule: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&isSpent)
    }
}
