public import Market
public import Memory
public import Updates

/// Bars that end when enough has been traded, not when time is up (definitions §14, after López de Prado 2018, ch. 2).
///
/// Bars begin anew with each session: one that is open at its close goes out as final with the mark `partial`; what
/// adaptive bars have learnt stays. The trade that crosses a threshold is cut in parts where the bar splits, each part
/// counting as a trade of the bar that holds it; elsewhere the bar overshoots. One trade makes at most `barsPerTrade`
/// bars of a kind: the last takes what is left and says `spilled`.
///
/// A bar goes on over a gap, says `gap`, shows it in its quality, and teaches nothing. Late trades, cancels and
/// corrections reopen no bar (definitions §3): their volume is added up in `correctionsPending`, which every bar of the
/// session shows from then on. An open bar that began by the changed trade's time says `inputRevised`.
public struct InformationBars: ~Copyable, Analytic {
    public typealias Settings = InformationBarSettings

    /// Bars of a kind that one trade may fill: a huge print shall not stop the stream with thousands of updates.
    public static let barsPerTrade = 64

    public static let name = "bars"
    public static let meaning = "Bars by trades, volume, money, imbalance or runs instead of time"
    public static let example = #"""
        { "tick": [500], "volume": ["100000"], "imbalance": [{ "of": "volume", "expected": 1000 }] }
        """#
    public static let interests: Interests = [.trades, .changes, .sessions, .live, .breaks]
    public static let layouts = [BarUpdate.layout]

    public static func topics(_ settings: InformationBarSettings) -> [TopicEntry] {
        settings.rules.map { TopicEntry(prefix: "bar/\($0.name)/", layout: BarUpdate.layout) }
    }

    public static func makes(_ settings: InformationBarSettings) -> [String] { settings.rules.map(\.name) }

    /// CVD of the session, steps.
    private var cumulative: Int64 = 0
    /// What trades may still wait before a bar may be complete; nothing, until it is found anew.
    private var slack = BarSlack(trades: 0)
    private var waitCount = 0
    private var waiting = FixedCells(repeating: WaitingTrade.none, count: WaitingTrade.limit)
    /// To be looked at only when no trade waits.
    private var bars: FixedCells<MeasuredBar>
    /// Volume that changes of the tape added since the session's open, steps.
    private var pending: Int64 = 0

    public init(_ settings: InformationBarSettings, at place: AnalyticPlace) {
        let made = zip(settings.rules, place.channels).map { rule, channel in
            MeasuredBar(
                rule, name: place.bar(rule.name), channel: channel, sizeStep: place.instrument.sizeStep)
        }
        precondition(!made.isEmpty, "At least one bar must be listed.")
        bars = FixedCells(repeating: made[0], count: made.count)
        for index in made.indices { bars[index] = made[index] }
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        cumulative &+= trade.flow
        slack.trades &-= 1
        slack.volume &-= trade.quantity
        guard _fastPath(slack.trades > 0), _fastPath(slack.volume > 0) else {
            return take(WaitingTrade(trade), &surroundings, &updates)
        }
        waiting[waitCount].become(trade)
        waitCount &+= 1
    }

    /// Adds a trade that may complete a bar, and finds how many of the next can wait.
    @inline(never)
    private mutating func take(
        _ trade: WaitingTrade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        addWaiting()
        slack = BarSlack(trades: Int64(WaitingTrade.limit) + 1)
        for index in 0..<bars.count {
            var rest = trade.quantity
            if bars[index].rule.splits, bars[index].isCrossed(by: trade) {
                rest = split(trade, index, &surroundings, &updates)
            }
            bars[index].add(trade, rest)
            if bars[index].isComplete { finish(index, before: 0, &surroundings, &updates) }
            slack.narrow(to: bars[index].slack)
        }
    }

    /// Adds the trades that wait: what looks at a bar or changes one calls this first. None of them completes a bar.
    private mutating func addWaiting() {
        for index in 0..<bars.count {
            for place in 0..<waitCount { bars[index].add(waiting[place], waiting[place].quantity) }
        }
        waitCount = 0
        slack = BarSlack(trades: 0)
    }

    /// Fills bars with parts of a trade as long as it is larger than what they lack; what is left of it then.
    private mutating func split(
        _ trade: WaitingTrade, _ index: Int, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) -> Int64 {
        var rest = trade.quantity
        var made = 1
        while let part = bars[index].room(trade, rest) {
            guard made < InformationBars.barsPerTrade else {
                bars[index].marks.insert(.spilled)
                break
            }
            bars[index].add(trade, part)
            rest -= part
            finish(index, before: Int64(trade.sign) &* rest, &surroundings, &updates)
            made += 1
        }
        return rest
    }

    /// Publishes a bar as final and hands it on; `flow` of the trades so far belongs to bars behind it.
    private mutating func finish(
        _ index: Int, before flow: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let reached = cumulative &- flow
        let quality = publish(index, .final, reached, &surroundings, &updates)
        surroundings.finish(
            FinishedBar(
                name: bars[index].name, bar: bars[index].finished(), cumulative: reached,
                number: bars[index].channel.number, quality: quality))
        bars[index].restart()
    }

    private mutating func publish(
        _ index: Int, _ edition: Edition, _ cumulative: Int64, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) -> Quality {
        let window = bars[index].window
        let quality = surroundings.quality(over: window, inferredShare: bars[index].bar.inferredShare)
        var edition = edition
        if bars[index].isRevised { edition.flags.insert(.inputRevised) }
        let head = surroundings.head(on: &bars[index].channel, over: window, as: edition, quality: quality)
        let body = bars[index].update(cumulative: cumulative, pending: pending)
        surroundings.publish(body, head, on: bars[index].channel, &updates)
        return quality
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _: inout Outbox) {
        guard change.trade.time >= surroundings.session.open.nanoseconds else { return }
        addWaiting()
        pending &+= change.isRemoval ? 0 &- change.trade.quantity : change.trade.quantity
        cumulative &+= change.isRemoval ? 0 &- change.trade.flow : change.trade.flow
        for index in 0..<bars.count where change.trade.time >= bars[index].firstTime {
            bars[index].isRevised = true
            bars[index].isChanged = true
        }
    }

    public mutating func receive(_ stop: StreamBreak, _: inout Surroundings, _: inout Outbox) {
        guard stop == .gap else { return }
        addWaiting()
        for index in 0..<bars.count where !bars[index].bar.isEmpty { bars[index].marks.insert(.gap) }
    }

    public mutating func open(_: Session, _: inout Surroundings, _: inout Outbox) {
        cumulative = 0
        pending = 0
    }

    public mutating func close(_: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        addWaiting()
        for index in 0..<bars.count where !bars[index].bar.isEmpty {
            bars[index].marks.insert(.partial)
            finish(index, before: 0, &surroundings, &updates)
        }
    }

    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        addWaiting()
        for index in 0..<bars.count where bars[index].isChanged {
            bars[index].isChanged = false
            _ = publish(index, .live, cumulative, &surroundings, &updates)
        }
    }
}

extension InformationBars {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        addWaiting()
        for index in 0..<bars.count { bars[index].archive(&archive) }
        archive.values(&cumulative, &pending)
    }
}
