internal import Graph
public import Market
public import Memory
public import Updates

/// Signals of several rules at the end of each bar, followed until they end, with all inputs and their quality
/// (definitions §16).
///
/// A signal is published when it is born (`final` false), and once more when it ends (`final` true): a trade reached
/// its target or its stop, what it leaned on is no longer so (acceptance on the far side, the opposite state), it
/// expired, or its session ended. Its window begins when all inputs were known and ends with its end. A rule gives at
/// most one signal at a bar; while one is open it may give another, after its cooldown.
///
/// The head's quality is the worst of the inputs'. With coverage below `minimumCoverage`, or a book that is resyncing
/// or crossed, a signal is doubtful: it says so, or with `holdBack` it is held back. What is held back, for that or for
/// too little confidence, is counted and shown with the rule's next signal.
///
/// When a trade within a signal's inputs comes late, is cancelled or corrected (from the session's open to when it was
/// known for rules that read the auction, over the indicator's bars for the others), the signal is published again with
/// the next revision, `inputRevised` and the change's reason; one that had ended then has the status `revised`. It is
/// not judged anew. This happens at most once in a second of event time and sixteen times for each signal.
///
/// Averages go on over gaps and sessions, and the quality of their windows tells; but after a gap or a halt no rule
/// compares what comes with what was before: crossings, breaks and pullbacks are looked for anew.
public struct Signals: Analytic, ~Copyable {
    /// More open signals of one symbol nobody follows; the oldest makes room and ends as expired.
    public static let openLimit = 16
    /// Bars whose starts are remembered: the slowest indicator with its signal.
    static let reach = 2 * SignalSettings.lengthLimit + 2

    public static let name = "signals"
    public static let meaning = "Signals of auction and indicator rules, followed to their end, with all inputs"
    public static let example = #"{ "rules": { "trend": {}, "reversion": {}, "eighty": {}, "sma": {} } }"#
    public static let interests: Interests = [.trades, .bars, .changes, .instants, .sessions, .breaks, .profile]
    public static let layouts = [SignalUpdate.layout]
    public static let changesWhileRunning = true

    public static func topics(_ settings: SignalSettings) -> [TopicEntry] {
        SignalRule.allCases.filter(settings.rules.has).map {
            TopicEntry(prefix: "signal/\(SignalRule.names[$0.place])/", layout: SignalUpdate.layout)
        }
    }

    public static func bars(_ settings: SignalSettings) -> [String] { [settings.bars] }

    // What every trade touches: the nearest prices at which an open signal ends.
    private var upper = Int64.max
    private var lower = Int64.min

    private var settings: SignalSettings
    private var rules: SignalRules
    /// By the place in `given`.
    private var channels: [Channel]
    /// The rules that are switched on, in their order.
    private let given: [SignalRule]
    private var ledgers: [RuleLedger]
    private var open: [Signal] = []
    private var past = PastSignals()
    private var trail = BarTrail(reach: Signals.reach)
    private var flow = FlowRank()
    private var range: AverageTrueRange
    private var bars = 0
    private let barName: Int
    private let tick: Int64

    public init(_ settings: SignalSettings, at place: AnalyticPlace) {
        self.settings = settings
        rules = SignalRules(settings.rules)
        given = SignalRule.allCases.filter(settings.rules.has)
        channels = place.channels
        ledgers = Array(repeating: RuleLedger(), count: channels.count)
        range = AverageTrueRange(length: settings.atr, seed: .firstBar)
        barName = place.bar(settings.bars)
        tick = place.tick
        open.reserveCapacity(Signals.openLimit)
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let price = trade.price
        guard _slowPath(price >= upper || price <= lower) else { return }
        reach(trade, &surroundings, &updates)
    }

    public mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard bar.name == barName, let step = trail.take(bar, surroundings) else { return }
        bars += 1
        let moment = moment(bar, surroundings)
        let isGiving = surroundings.isInSession && moment.known < moment.session.end
        if isGiving { settle(moment, &surroundings, &updates) }
        for index in given.indices {
            let proposal = rules.proposal(given[index], moment, surroundings.board, step.quality, trail)
            if isGiving, let proposal { give(proposal, at: index, moment, &surroundings, &updates) }
        }
        findNearest()
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let (time, now) = (change.trade.time, surroundings.time)
        trail.touch(time)
        var edition = Edition(revision: 0, isFinal: false, reason: change.reason, flags: .inputRevised)
        if change.isApproximate { edition.flags.insert(.approximate) }
        for index in open.indices where open[index].revise(time, at: now) {
            publish(open[index], edition, until: max(now, open[index].body.known), &surroundings, &updates)
        }
        for place in 0..<past.count {
            guard let signal = past.revise(place, time, at: now) else { continue }
            edition.isFinal = true
            publish(signal, edition, until: signal.body.ended, &surroundings, &updates)
        }
    }

    public mutating func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        rules.restart()
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        past.removeAll()
        rules.openSession()
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let price = surroundings.board.sums.hasPrice ? surroundings.board.sums.close : Price.none.billionths
        while !open.isEmpty {
            end(0, .sessionEnd, at: session.close.nanoseconds, price: price, &surroundings, &updates)
        }
        findNearest()
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        var index = 0
        while index < open.count {
            if open[index].deadline <= surroundings.time {
                let deadline = open[index].deadline
                end(index, .expired, at: deadline, price: Price.none.billionths, &surroundings, &updates)
            } else {
                surroundings.expect(open[index].deadline)
                index += 1
            }
        }
        findNearest()
    }

    /// Takes thresholds, windows and the settings of rules; topics and bars stay as they are. What is open keeps its
    /// plan. An indicator whose lengths change begins anew.
    public mutating func change(to new: SignalSettings) {
        if new.atr != settings.atr { range = AverageTrueRange(length: new.atr, seed: .firstBar) }
        let bars = settings.bars
        rules.change(to: new.rules)
        settings = new
        settings.bars = bars
    }
}

// MARK: Birth

extension Signals {
    private mutating func moment(_ bar: FinishedBar, _ surroundings: borrowing Surroundings) -> SignalMoment {
        let rank = flow.add(bar.bar.delta)
        range.add(high: bar.bar.high, low: bar.bar.low, close: bar.bar.close)
        let session = surroundings.session
        let known = max(surroundings.time, bar.bar.end.nanoseconds)
        let past = Window(from: session.open.nanoseconds, to: known)
        return SignalMoment(
            finished: bar, known: known, session: Window(from: past.start, to: session.close.nanoseconds),
            sessionQuality: surroundings.quality(
                over: past, inferredShare: surroundings.board.sums.inferredShare),
            tick: tick, range: range.value * Double(Price.scale), rank: rank, stopTicks: settings.stopTicks,
            stopRange: settings.stopRange, minimumCoverage: settings.minimumCoverage)
    }

    private mutating func give(
        _ proposal: SignalProposal, at index: Int, _ moment: SignalMoment, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let direction = proposal.direction
        let rewardRisk = proposal.rewardRisk(entry: moment.close)
        guard rewardRisk > 0, isInWindow(moment.known &- moment.session.start),
            ledgers[index].isReady(direction, bar: bars, cooldown: settings.cooldown)
        else { return }
        let confidence = proposal.confidence(entry: moment.close)
        let doubts = proposal.inputs.quality.doubts(minimumCoverage: settings.minimumCoverage)
        guard confidence >= settings.minimumConfidence, doubts == 0 || !settings.holdBack else {
            return ledgers[index].hold()
        }
        let held = ledgers[index].held
        ledgers[index].give(direction, bar: bars)
        let body = SignalUpdate(
            identifier: ledgers[index].given, known: moment.known, entry: moment.close, stop: proposal.stop,
            target: proposal.target, secondTarget: proposal.secondTarget, invalidation: proposal.invalidation,
            reference: proposal.reference, confidence: confidence, rewardRisk: rewardRisk,
            exit: Price.none.billionths, ended: 0, held: held, doubts: doubts, direction: direction > 0 ? 0 : 1,
            rule: proposal.rule.rawValue, status: SignalStatus.open.rawValue, doubtful: doubts == 0 ? 0 : 1)
        var deadline = Int64.max
        if let time = settings.expires { deadline = moment.known &+ DurationText.nanoseconds(time) }
        let signal = Signal(
            body, proposal, bar: bars, lastBar: settings.expires == nil ? bars + settings.expiresBars : .max,
            deadline: deadline)
        if open.count == Signals.openLimit {
            end(0, .expired, at: moment.known, price: moment.close, &surroundings, &updates)
        }
        open.append(signal)
        if deadline < moment.session.end { surroundings.expect(deadline) }
        publish(signal, .live, until: moment.known, &surroundings, &updates)
    }

    private func isInWindow(_ time: Int64) -> Bool {
        settings.windows.isEmpty
            || settings.windows.contains {
                time >= DurationText.nanoseconds($0.from) && time < DurationText.nanoseconds($0.to)
            }
    }
}

// MARK: Life

extension Signals {
    /// Ends those that the bar's end ends: what they leaned on is no longer so, or their bars are over.
    private mutating func settle(
        _ moment: SignalMoment, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        var index = 0
        while index < open.count {
            if open[index].isInvalidated(surroundings.board) {
                end(index, .invalidated, at: moment.known, price: moment.close, &surroundings, &updates)
            } else if bars >= open[index].lastBar {
                end(index, .expired, at: moment.known, price: moment.close, &surroundings, &updates)
            } else {
                index += 1
            }
        }
    }

    /// A trade lies beyond the nearest bound: ends whoever it touches.
    @inline(never)
    private mutating func reach(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard !trade.marks.contains(.volumeOnly) else { return }
        var index = 0
        while index < open.count {
            if trade.time >= open[index].body.known, let outcome = open[index].outcome(at: trade.price) {
                end(index, outcome, at: trade.time, price: trade.price, &surroundings, &updates)
            } else {
                index += 1
            }
        }
        findNearest()
    }

    private mutating func end(
        _ index: Int, _ status: SignalStatus, at time: Int64, price: Int64, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        var signal = open.remove(at: index)
        signal.end(status, at: time, price: price)
        past.add(signal)
        var edition = Edition.final
        if signal.revision > 0 { edition.flags = .inputRevised }
        publish(signal, edition, until: signal.body.ended, &surroundings, &updates)
    }

    private mutating func findNearest() {
        (upper, lower) = (.max, .min)
        for index in open.indices {
            upper = min(upper, open[index].upper)
            lower = max(lower, open[index].lower)
        }
    }

    private mutating func publish(
        _ signal: Signal, _ edition: Edition, until end: Int64, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        guard let place = given.firstIndex(of: signal.rule) else {
            preconditionFailure("A signal must come from a rule that is switched on.")
        }
        var edition = edition
        edition.revision = signal.revision
        let head = surroundings.head(
            on: &channels[place], over: Window(from: signal.body.known, to: end), as: edition,
            quality: signal.inputs.quality)
        surroundings.begin(signal.body, head, on: channels[place], &updates)
        updates.appendGroup(entrySize: MemoryLayout<SignalInput>.size, count: signal.inputs.count)
        for index in 0..<signal.inputs.count { updates.appendEntry(signal.inputs[index]) }
        updates.end()
    }
}

extension Signals {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channels(&channels)
        archive.values(&upper, &lower)
        rules.archive(&archive)
        archive.each(&ledgers) { $1.value(&$0) }
        archive.array(&open)
        past.archive(&archive)
        trail.archive(&archive)
        flow.archive(&archive)
        range.archive(&archive)
        archive.value(&bars)
        archive.check(open.count <= Signals.openLimit && open.allSatisfy(\.isSound), "open signals do not fit")
    }
}
