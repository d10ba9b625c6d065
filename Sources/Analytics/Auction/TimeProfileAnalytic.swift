internal import Graph
public import Market
public import Memory
public import Updates

/// The session's time profile, published as each bracket ends, with its initial balance on the board (definitions §7).
///
/// Brackets are half-open, counted from the session's open, the last one cut at its close. A late trade is added to the
/// bracket of its own time and stands in what is published next. A trade that is taken back stays in its bracket: where
/// it made the edge of a range, everything published in the session from then on says `inputRevised`; within the range
/// other trades made the edges, and nothing changes. Gaps need no care beyond the quality: a range never bridges them.
/// The initial balance of an hour of which too much was missed is `partial`: no extension is measured from it, and
/// later analytics are not told of it.
///
/// The board's share of single prints is that of the last bracket's end, from the second bracket with a trade on (in
/// the first all rows are single).
public struct TimeProfileAnalytic: Analytic {
    public static let name = "tpo"
    public static let meaning = "Time by price: brackets, value area, initial balance, single prints and tails"
    public static let example = #"{ "bracket": "30m", "initialBalance": "1h", "rowTicks": 5 }"#
    public static let interests: Interests = [.trades, .changes, .instants, .sessions, .live]
    public static let layouts = [TimeProfileUpdate.layout]

    public static func topics(_ settings: TimeProfileSettings) -> [TopicEntry] {
        [TopicEntry(prefix: "tpo/", layout: TimeProfileUpdate.layout)]
    }

    // What every trade touches.
    private var window = Window(from: .max, to: .max)
    private var initialEnd = Int64.min
    private var bracket = 0
    /// Prices that the present bracket is known to hold already.
    private var seen = PriceRange.empty
    private var profile: TimeProfile
    private var balance = InitialBalance()

    private var channel: Channel
    private let settings: TimeProfileSettings
    private let width: Int64
    private let rule: ValueAreaRule
    private let tick: Int64
    private var flags: UpdateHead.Flags = []
    /// Changes of any range, and how many of them a bracket's end and a live value have told of.
    private var changes = 0
    private var toldChanges = 0
    private var shownChanges = 0

    public init(_ settings: TimeProfileSettings, at place: AnalyticPlace) {
        self.settings = settings
        channel = place.channels[0]
        width = DurationText.nanoseconds(settings.bracket)
        tick = place.tick
        rule = ValueAreaRule(
            shareInMillionths: settings.shareInMillionths, expansion: .twoRow, stop: .atLeast, tie: .above,
            controlTie: .middle)
        let (height, overflow) = place.tick.multipliedReportingOverflow(by: Int64(settings.rowTicks))
        profile = TimeProfile(
            rowHeight: overflow ? VolumeProfile.heightLimit : min(height, VolumeProfile.heightLimit),
            rowLimit: settings.rowLimit)
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard _fastPath(!trade.marks.contains(.volumeOnly)) else { return }
        let time = trade.time
        guard _fastPath(time >= window.start && time < window.end) else {
            return add(trade.price, at: time, &surroundings)
        }
        if _slowPath(!seen.holds(trade.price)) {
            if profile.add(trade.price, bracket: bracket) { changes += 1 }
            seen = profile.range(ofBracket: bracket)
        }
        if time < initialEnd { addInitial(trade.price, &surroundings) }
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let trade = change.trade
        guard !trade.marks.contains(.volumeOnly), isOpen(surroundings, at: trade.time) else { return }
        guard change.isRemoval else { return add(trade.price, at: trade.time, &surroundings) }
        let isEdge =
            profile.range(ofBracket: number(at: trade.time, surroundings)).ends(at: trade.price)
            || trade.time < initialEnd && balance.range.ends(at: trade.price)
        guard isEdge else { return }
        flags.insert(.inputRevised)
        if change.isApproximate { flags.insert(.approximate) }
        changes += 1
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        profile.reset()
        balance = InitialBalance()
        flags = []
        (changes, toldChanges, shownChanges) = (0, 0, 0)
        surroundings.board.initialLow = nil
        surroundings.board.initialHigh = nil
        surroundings.board.singlePrintShare = .nan
        let length = DurationText.nanoseconds(settings.initialBalance)
        initialEnd = min((session.open + length).nanoseconds, session.close.nanoseconds)
        begin(0, surroundings)
        expect(&surroundings)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        settle(until: session.close.nanoseconds &- 1, &surroundings, &updates)
        if !balance.hasEnded { endInitial(&surroundings) }
        let end = session.close.nanoseconds
        publish(until: end, as: .final, &surroundings, &updates)
        window = Window(from: .max, to: .max)
        initialEnd = .min
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isInSession else { return }
        settle(
            until: min(surroundings.time, surroundings.session.close.nanoseconds &- 1), &surroundings, &updates)
        expect(&surroundings)
    }

    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard settings.live || surroundings.isEnding, surroundings.isInSession, changes != shownChanges else { return }
        let end = min(surroundings.time, surroundings.session.close.nanoseconds)
        shownChanges = changes
        guard let rows = profile.rows(rule) else { return }
        publish(rows, until: end, as: .live, &surroundings, &updates)
    }
}

// MARK: Brackets

extension TimeProfileAnalytic {
    private func isOpen(_ surroundings: borrowing Surroundings, at time: Int64) -> Bool {
        surroundings.isInSession && surroundings.session.contains(Timestamp(nanoseconds: time))
    }

    private func number(at time: Int64, _ surroundings: borrowing Surroundings) -> Int {
        Int(min((time &- surroundings.session.open.nanoseconds) / width, Int64(TimeProfile.bracketLimit - 1)))
    }

    /// Adds a price to the bracket of its time, whichever that is; outside of the session to none.
    private mutating func add(_ price: Int64, at time: Int64, _ surroundings: inout Surroundings) {
        guard isOpen(surroundings, at: time) else { return }
        if profile.add(price, bracket: number(at: time, surroundings)) { changes += 1 }
        if time < initialEnd { addInitial(price, &surroundings) }
    }

    private mutating func addInitial(_ price: Int64, _ surroundings: inout Surroundings) {
        guard balance.add(price) else { return }
        changes += 1
        if balance.hasEnded { endInitial(&surroundings) }
    }

    /// Makes a bracket the present one; the last that is counted reaches to the session's close.
    private mutating func begin(_ number: Int, _ surroundings: borrowing Surroundings) {
        bracket = number
        seen = .empty
        let (open, close) = (surroundings.session.open, surroundings.session.close)
        let start = open + Int64(number) &* width
        let end = number == TimeProfile.bracketLimit - 1 ? close : min(start + width, close)
        window = Window(from: start.nanoseconds, to: end.nanoseconds)
    }

    /// Ends what has ended, in order.
    private mutating func settle(until time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        while true {
            if !balance.hasEnded, initialEnd <= time, initialEnd <= window.end {
                endInitial(&surroundings)
            } else if window.end <= time {
                publish(until: window.end, as: .live, &surroundings, &updates)
                begin(bracket + 1, surroundings)
            } else {
                return
            }
        }
    }

    private func expect(_ surroundings: inout Surroundings) {
        let close = surroundings.session.close.nanoseconds
        if window.end < close { surroundings.expect(window.end) }
        if !balance.hasEnded, initialEnd < close { surroundings.expect(initialEnd) }
    }

    /// The first hour is over, or a late trade has made its range larger.
    private mutating func endInitial(_ surroundings: inout Surroundings) {
        let hour = Window(from: surroundings.session.open.nanoseconds, to: initialEnd)
        let coverage = surroundings.quality(over: hour, inferredShare: .nan).coverage
        let before = balance.stage
        balance.end(isSeen: coverage >= Double(settings.initialCoverage) / Double(Price.scale))
        if balance.stage != before { changes += 1 }
        let isComplete = balance.stage == .complete
        surroundings.board.initialLow = isComplete ? balance.range.low : nil
        surroundings.board.initialHigh = isComplete ? balance.range.high : nil
    }
}

// MARK: Publishing

extension TimeProfileAnalytic {
    /// Publishes at the end of a bracket or of the session, unless nothing has changed since the last one.
    private mutating func publish(
        until end: Int64, as edition: Edition, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard edition.isFinal || changes != toldChanges, let rows = profile.rows(rule) else { return }
        (toldChanges, shownChanges) = (changes, changes)
        let traded = profile.ranges.count { !$0.isEmpty }
        surroundings.board.singlePrintShare = traded >= 2 ? rows.singleShare : .nan
        publish(rows, until: end, as: edition, &surroundings, &updates)
    }

    private mutating func publish(
        _ rows: TimeRows, until end: Int64, as edition: Edition, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let window = Window(from: surroundings.session.open.nanoseconds, to: end)
        var edition = edition
        edition.flags = flags
        if rows.isMerged { edition.flags.insert(.coarsened) }
        let quality = surroundings.quality(over: window, inferredShare: .nan)
        let head = surroundings.head(on: &channel, over: window, as: edition, quality: quality)
        surroundings.begin(
            TimeProfileUpdate(rows, of: profile, balance, tick: tick), head, on: channel, &updates)
        updates.appendGroup(entrySize: MemoryLayout<TimeProfileRow>.size, count: rows.counts.count)
        for (place, count) in rows.counts.enumerated() {
            updates.appendEntry(TimeProfileRow(price: rows.lowerEdge(place), count: count))
        }
        let singles = rows.singles
        updates.appendGroup(entrySize: MemoryLayout<TimeRows.Singles>.size, count: singles.count)
        for entry in singles { updates.appendEntry(entry) }
        updates.appendGroup(
            entrySize: MemoryLayout<TimeProfileBracket>.size, count: profile.ranges.count { !$0.isEmpty })
        for (bracket, range) in profile.ranges.enumerated() where !range.isEmpty {
            updates.appendEntry(
                TimeProfileBracket(bracket: Int64(bracket) + 1, low: range.low, high: range.high))
        }
        updates.end()
    }
}

extension TimeProfileAnalytic {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.values(&window, &initialEnd, &bracket)
        profile.archive(&archive)
        archive.values(&balance, &flags)
        archive.values(&changes, &toldChanges, &shownChanges)
        archive.check(bracket >= 0 && bracket < TimeProfile.bracketLimit, "a bracket lies beyond the limit")
    }
}
