internal import Graph
public import Market
public import Memory
public import Updates

/// Balance, imbalance or between, evaluated every few minutes of event time, with its seven features (definitions §15).
///
/// Evaluations stand at whole intervals from the session's open, the last one at its close where that is one. The first
/// hour's windows are cut to the session. Each session begins in `transition`; of a session that was joined in its
/// middle, intervals of which nothing was seen are not evaluated, and break the row of evaluations. While the symbol is
/// halted nothing is evaluated: the state holds, its dwell stands still, the row goes on afterwards. With fewer
/// features than the minimum there is no score, confidence is 0, and the evaluation asks for `transition`.
///
/// After a gap the efficiency ratio begins anew, and a bar of which something was missed is no part of it; everything
/// else is lowered by its quality alone. Late and cancelled trades are exact in the window's sums of the evaluations to
/// come; one that lies before the last evaluation makes the next update say `inputRevised`. One that was never seen is
/// not taken out, and the update says `approximate` as well.
public struct MarketStateAnalytic: Analytic, ~Copyable {
    public static let name = "state"
    public static let meaning = "Balance or imbalance of the market, with confidence, features and acceptance"
    public static let example = #"{ "evaluation": "5m", "imbalance": 0.6, "balance": 0.4 }"#
    public static let interests: Interests = [.trades, .changes, .instants, .sessions, .bars, .breaks, .profile]
    public static let layouts = [MarketStateUpdate.layout]

    public static func topics(_ settings: MarketStateSettings) -> [TopicEntry] {
        [TopicEntry(prefix: "state/", layout: MarketStateUpdate.layout)]
    }

    public static func bars(_ settings: MarketStateSettings) -> [String] { ["1m"] }

    // What every trade touches: the prior value area from its lower edge up to, not including, `priorTop`.
    private var prior: AreaReading?
    private var priorLow = Int64.min
    private var priorTop = Int64.min
    private var bracketStart = Int64.max
    private var hasOpened = false
    private var acceptance = Acceptance()
    private var flow: MinuteFlow

    private var bracketEnd = Int64.max
    private var nextEvaluation = Int64.max
    /// The last evaluation that was published.
    private var lastEvaluation = Int64.min
    private var efficiency: PathEfficiency
    private var hold = MarketStateHold()
    private var since: Int64 = 0
    private var flags: UpdateHead.Flags = []
    private var channel: Channel
    private let settings: MarketStateSettings
    private let interval: Int64
    private let reach: Int64
    private let bracketWidth: Int64
    /// In evaluations.
    private let dwell: Int

    public init(_ settings: MarketStateSettings, at place: AnalyticPlace) {
        self.settings = settings
        channel = place.channels[0]
        interval = DurationText.nanoseconds(settings.evaluation)
        reach = DurationText.nanoseconds(settings.window)
        bracketWidth = DurationText.nanoseconds(settings.bracket)
        dwell = Int((DurationText.nanoseconds(settings.dwell) + interval - 1) / interval)
        flow = MinuteFlow(minutes: Int(reach / MinuteFlow.minute))
        efficiency = PathEfficiency(bars: settings.efficiencyBars)
        flow.begin(at: .max)
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let place = place(of: trade.price)
        guard flow.add(trade, place, factor: 1), !trade.marks.contains(.volumeOnly) else { return }
        if _slowPath(!hasOpened) { noteOpening(trade.time, place, surroundings) }
        if trade.time >= bracketStart { acceptance.add(place) }
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let trade = change.trade
        guard surroundings.isInSession, trade.time >= surroundings.session.open.nanoseconds else { return }
        if trade.time < lastEvaluation { flags.insert(.inputRevised) }
        guard !change.isRemoval || !change.isApproximate else {
            flags.insert(.approximate)
            return
        }
        _ = flow.add(trade, place(of: trade.price), factor: change.isRemoval ? -1 : 1)
    }

    public mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        adopt(surroundings.board.priorArea)
        guard bar.bar.hasPrice, bar.bar.start >= surroundings.session.open else { return }
        guard bar.quality.coverage >= 1 else { return efficiency.restart() }
        efficiency.add(open: bar.bar.open, close: bar.bar.close)
    }

    public mutating func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if stop == .gap { efficiency.restart() }
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        flow.begin(at: session.open.nanoseconds)
        efficiency.restart()
        acceptance = Acceptance()
        hold = MarketStateHold()
        since = session.open.nanoseconds
        flags = []
        hasOpened = false
        lastEvaluation = .min
        adopt(surroundings.board.priorArea)
        beginBracket(at: session.open.nanoseconds, session)
        beginEvaluation(after: session.open.nanoseconds, session)
        surroundings.board.state = nil
        surroundings.board.acceptance = acceptance.reading
        expect(&surroundings)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        settle(until: session.close.nanoseconds, &surroundings, &updates)
        flow.begin(at: .max)
        (bracketStart, bracketEnd, nextEvaluation) = (.max, .max, .max)
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isInSession else { return }
        adopt(surroundings.board.priorArea)
        settle(
            until: min(surroundings.time, surroundings.session.close.nanoseconds &- 1), &surroundings, &updates)
        expect(&surroundings)
    }
}

// MARK: The prior value area

extension MarketStateAnalytic {
    @inline(__always)
    private func place(of price: Int64) -> AuctionPlace {
        guard prior != nil else { return .none }
        return price < priorLow ? .below : price < priorTop ? .inside : .above
    }

    /// Takes the prior value area from the board. One that comes or changes within a session holds for the trades to
    /// come alone: where the earlier ones lay is forgotten.
    private mutating func adopt(_ area: AreaReading?) {
        guard area != prior else { return }
        prior = area
        priorLow = area?.low ?? .min
        priorTop = area.map { $0.high &+ $0.rowHeight } ?? .min
        flow.forgetPlaces()
        acceptance = Acceptance()
    }

    /// The session's first trade says where it opened, if nothing was missed before it.
    @inline(never)
    private mutating func noteOpening(_ time: Int64, _ place: AuctionPlace, _ surroundings: borrowing Surroundings) {
        hasOpened = true
        let before = Window(from: surroundings.session.open.nanoseconds, to: time)
        let isWhole = surroundings.quality(over: before, inferredShare: .nan).gapSeconds == 0
        acceptance.open(isWhole ? place : .none)
    }
}

// MARK: What is due

extension MarketStateAnalytic {
    /// Ends brackets and evaluates, in order; a bracket that ends with an evaluation comes first.
    private mutating func settle(until time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        while min(bracketEnd, nextEvaluation) <= time {
            if bracketEnd <= nextEvaluation {
                endBracket(&surroundings)
            } else {
                let due = nextEvaluation
                beginEvaluation(after: due, surroundings.session)
                evaluate(at: due, &surroundings, &updates)
            }
        }
    }

    private func expect(_ surroundings: inout Surroundings) {
        let next = min(bracketEnd, nextEvaluation)
        if next < surroundings.session.close.nanoseconds { surroundings.expect(next) }
    }

    private mutating func beginEvaluation(after time: Int64, _ session: Session) {
        let next = (Timestamp(nanoseconds: time) + interval).nanoseconds
        nextEvaluation = next <= session.close.nanoseconds ? next : .max
    }

    private mutating func beginBracket(at time: Int64, _ session: Session) {
        guard time < session.close.nanoseconds else {
            (bracketStart, bracketEnd) = (.max, .max)
            return
        }
        bracketStart = time
        bracketEnd = min((Timestamp(nanoseconds: time) + bracketWidth).nanoseconds, session.close.nanoseconds)
    }

    private mutating func endBracket(_ surroundings: inout Surroundings) {
        let window = Window(from: bracketStart, to: bracketEnd)
        let isWhole = surroundings.quality(over: window, inferredShare: .nan).gapSeconds == 0
        acceptance.end(at: bracketEnd, isWhole: isWhole, needed: settings.acceptanceBrackets)
        surroundings.board.acceptance = acceptance.reading
        beginBracket(at: bracketEnd, surroundings.session)
    }
}

// MARK: Evaluation

extension MarketStateAnalytic {
    /// Features that look back on the whole session, as bits of `used`: migration, extension, single prints, distance.
    private static var sessionFeatures: UInt32 { 0b110_0101 }

    private mutating func evaluate(at time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard !surroundings.isHalted else { return }
        let latest = Window(from: time &- interval, to: time)
        guard surroundings.quality(over: latest, inferredShare: .nan).coverage > 0 else { return hold.interrupt() }
        let open = surroundings.session.open.nanoseconds
        let sums = flow.sums(until: time)
        let inferred = Bar.share(sums.inferred, of: sums.signed)
        let recent = Window(from: max(open, time &- reach), to: time)
        var quality = surroundings.quality(over: recent, inferredShare: inferred)
        let signed = sums.volume > 0 ? Double(sums.signed) / Double(sums.volume) : 0
        let liveShare = quality.coverage * signed
        let features = features(sums, surroundings.board)
        let used = features.used(settings.weights)
        let score = used.nonzeroBitCount >= settings.minimumFeatures ? features.score(settings.weights) : .nan
        let view = view(of: score, sums)
        if hold.receive(view, confirmations: settings.confirmations, dwell: dwell) { since = time }
        if used & MarketStateAnalytic.sessionFeatures != 0 {
            let whole = Window(from: open, to: time)
            quality = quality.worst(surroundings.quality(over: whole, inferredShare: inferred))
        }
        let body = MarketStateUpdate(
            score: score, confidence: score.isNaN ? 0 : abs(score - 0.5) * 2 * liveShare, features: features,
            liveShare: liveShare, since: since, held: Int64(hold.held), run: Int64(hold.run),
            acceptedSince: acceptance.reading.place == .none ? 0 : acceptance.reading.since, used: used,
            state: hold.present.state.rawValue, direction: hold.present.directionChoice, asked: view.state.rawValue,
            accepted: acceptance.reading.place.rawValue)
        publish(body, over: latest, quality, &surroundings, &updates)
    }

    private mutating func publish(
        _ body: MarketStateUpdate, over window: Window, _ quality: Quality, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        var edition = Edition.final
        edition.flags = flags
        flags = []
        lastEvaluation = window.end
        let head = surroundings.head(on: &channel, over: window, as: edition, quality: quality)
        surroundings.publish(body, head, on: channel, &updates)
        surroundings.board.state = StateReading(
            state: hold.present.state, direction: hold.present.direction, confidence: body.confidence, since: since,
            evidence: Evidence(kind: .state, number: channel.number, time: window.end, quality: quality))
    }

    private func features(_ sums: MinuteFlow.Sums, _ board: Board) -> MarketFeatures {
        var features = MarketFeatures()
        if let prior, let area = board.area { features.migration = MarketFeatures.migration(of: area, from: prior) }
        if prior != nil, sums.priced > 0 {
            features.outside = min(1, Double(max(0, sums.above &+ sums.below)) / Double(sums.priced))
        }
        if let low = board.initialLow, let high = board.initialHigh, board.sums.hasPrice {
            features.extent = MarketFeatures.extent(
                low: board.sums.low, high: board.sums.high, initialLow: low, initialHigh: high)
        }
        features.efficiency = efficiency.value
        if sums.signed > 0 { features.pressure = Double(sums.delta.magnitude) / Double(sums.volume) }
        features.singlePrints = board.singlePrintShare
        if board.sums.hasPrice {
            features.distance = MarketFeatures.distance(
                price: Price(billionths: board.sums.close).double, mean: board.meanPrice, deviation: board.deviation)
        }
        return features
    }

    /// What a score asks for. The direction is that of the volume outside of the prior area and of delta together, each
    /// with its weight and as a part of the window's volume.
    private func view(of score: Double, _ sums: MinuteFlow.Sums) -> MarketStateHold.View {
        guard score >= settings.imbalance else {
            return MarketStateHold.View(state: score <= settings.balance ? .balance : .transition, direction: 0)
        }
        let outside = sums.priced > 0 ? Double(sums.above &- sums.below) / Double(sums.priced) : 0
        let pressure = sums.volume > 0 ? Double(sums.delta) / Double(sums.volume) : 0
        let lean = settings.weights[1] * outside + settings.weights[4] * pressure
        return MarketStateHold.View(state: .imbalance, direction: lean > 0 ? 1 : lean < 0 ? -1 : 0)
    }
}

extension MarketStateHold.View {
    /// The place of the direction among `MarketStateUpdate.directionNames`.
    fileprivate var directionChoice: UInt8 { direction > 0 ? 1 : direction < 0 ? 2 : 0 }
}

extension MarketStateAnalytic {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.optional(&prior)
        archive.values(&priorLow, &priorTop)
        archive.values(&bracketStart, &bracketEnd, &hasOpened, &acceptance)
        flow.archive(&archive)
        archive.values(&nextEvaluation, &lastEvaluation)
        efficiency.archive(&archive)
        archive.values(&hold, &since, &flags)
    }
}
