public import Graph
public import Market
public import Memory
public import Updates

/// Tells minute by minute whether more is traded than usual at this time of the session (definitions §13).
///
/// RVOL is today's volume so far over the mean of the sessions before, up to the same minute; the score is the
/// distance of the minute's logarithm of volume from its mean there, in deviations. Minutes are counted from the
/// session's open. Compared are the last `sessions` sessions without those of another than the usual length, and of
/// them the minutes that were wholly seen. A minute of today that has a gap, or that no session before knows, is left
/// out of both sides of RVOL, so that like is held against like; a score of a minute with a gap is a lower bound.
/// Minutes without volume count for RVOL and not for the score, since they have no logarithm.
///
/// An alert begins where RVOL or score reaches its threshold with enough history, and ends where both are below
/// `release` times theirs, or with the session. Nothing is told before the symbol's first trade.
///
/// Late trades, cancels and corrections change the sums exactly, today's and those of the sessions before; updates
/// that are out stay as they are, and the next one says `inputRevised`.
///
/// The sessions before take 8 bytes a minute: 61 KiB a symbol for twenty sessions of 390 minutes.
public struct UnusualVolume: ~Copyable, Analytic {
    public static let name = "unusual"
    public static let meaning = "Volume of each minute against the same minute of the sessions before"
    public static let example = #"{ "sessions": 20, "minimumRelative": 3, "minimumScore": 3 }"#
    public static let interests: Interests = [.trades, .instants, .sessions, .breaks, .changes]
    public static let layouts = [UnusualUpdate.layout]

    public static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "unusual/", layout: UnusualUpdate.layout)]
    }

    /// The minute that grows.
    private struct Minute: Plain {
        /// Steps, of them those with a side, and of these those whose side no venue flag told.
        var volume: Int64 = 0
        var signed: Int64 = 0
        var inferred: Int64 = 0
        /// Billionths; in reverse order while there is no price.
        var low = Int64.max
        var high = Int64.min
    }

    private let settings: Settings
    private var channel: Channel
    private var minute = Minute()
    /// When the growing minute began; never, where none grows.
    private var start = Int64.max
    private var today = MinuteVolumes(open: 0, length: 0)
    /// The mean of each of today's minutes in the sessions before; not a number where there is none.
    private var means: [Double] = []
    private var history: MinuteHistory
    /// Sums over the minutes that are compared.
    private var cumulative: Int64 = 0
    private var expected = 0.0
    /// When the alert began; 0 for none.
    private var since: Int64 = 0
    private var hasTraded = false
    private var wasRevised = false
    /// A gap was declared: minutes that seemed whole may not be.
    private var mustCheck = false

    public init(_ settings: Settings, at place: AnalyticPlace) {
        self.settings = settings
        channel = place.channels[0]
        history = MinuteHistory(limit: settings.sessions)
    }

    // MARK: Trades

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        if _slowPath(!hasTraded) { begin(at: trade.time, &surroundings, &updates) }
        guard _fastPath(trade.time >= start) else { return place(trade.quantity, at: trade.time) }
        minute.volume &+= trade.quantity
        minute.signed &+= trade.aggressor.sign == 0 ? 0 : trade.quantity
        minute.inferred &+= trade.isInferred ? trade.quantity : 0
        guard !trade.marks.contains(.volumeOnly) else { return }
        minute.low = min(minute.low, trade.price)
        minute.high = max(minute.high, trade.price)
    }

    /// The symbol's first trade: the minutes before it had no volume.
    private mutating func begin(
        at time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        hasTraded = true
        while today.count < today.minutes, today.window(of: today.count).end <= time { keepMinute(surroundings) }
        expectNext(&surroundings)
    }

    /// Adds to a minute that has passed; before the session's open to none.
    private mutating func place(_ quantity: Int64, at time: Int64) {
        guard let place = today.place(of: time), place < today.count else {
            return history.change(at: time, by: quantity)
        }
        let before = today.volume(place)
        today.change(place, by: quantity)
        if today.isWhole(place), !means[place].isNaN { cumulative &+= today.volume(place) &- before }
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let quantity = change.isRemoval ? -change.trade.quantity : change.trade.quantity
        wasRevised = true
        guard change.trade.time >= start else { return place(quantity, at: change.trade.time) }
        // Shares and extremes of the growing minute stay: they only describe it.
        minute.volume = max(0, minute.volume &+ quantity)
    }

    // MARK: Time

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        today.restart(open: session.open.nanoseconds, length: session.close - session.open)
        means.removeAll(keepingCapacity: true)
        (cumulative, expected, since, mustCheck) = (0, 0, 0, false)
        startMinute()
        if hasTraded { expectNext(&surroundings) }
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        pass(surroundings.time, &surroundings, &updates)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard hasTraded else { return }
        pass(session.close.nanoseconds, &surroundings, &updates)
        for place in 0..<today.count { today.set(place, isWhole: isWhole(place, surroundings)) }
        history.add(&today)
        today.restart(open: 0, length: 0)
        start = .max
    }

    public mutating func receive(
        _ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        mustCheck = mustCheck || stop == .gap
    }

    /// Ends the minutes that are over at `time`.
    private mutating func pass(_ time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard hasTraded else { return }
        while today.count < today.minutes, today.window(of: today.count).end <= time {
            let ended = minute
            let reading = keepMinute(surroundings)
            tell(ended, reading, &surroundings, &updates)
        }
        expectNext(&surroundings)
    }

    private func expectNext(_ surroundings: inout Surroundings) {
        guard today.count < today.minutes else { return }
        surroundings.expect(today.window(of: today.count).end)
    }

    private mutating func startMinute() {
        start = today.count < today.minutes ? today.window(of: today.count).start : .max
        minute = Minute()
    }

    private func isWhole(_ place: Int, _ surroundings: borrowing Surroundings) -> Bool {
        surroundings.quality(over: today.window(of: place), inferredShare: .nan).coverage == 1
    }

    /// Takes the growing minute among those that have passed, and says what the sessions before know of it.
    @discardableResult
    private mutating func keepMinute(_ surroundings: borrowing Surroundings) -> MinuteHistory.Reading {
        if mustCheck { checkMinutes(surroundings) }
        let place = today.count
        let reading = history.reading(of: place)
        today.append(minute.volume, isWhole: isWhole(place, surroundings))
        means.append(reading.mean)
        compare(place)
        startMinute()
        return reading
    }

    private mutating func compare(_ place: Int) {
        guard today.isWhole(place), !means[place].isNaN else { return }
        cumulative &+= today.volume(place)
        expected += means[place]
    }

    /// A gap may reach back over minutes that have passed.
    private mutating func checkMinutes(_ surroundings: borrowing Surroundings) {
        mustCheck = false
        (cumulative, expected) = (0, 0)
        for place in 0..<today.count {
            today.set(place, isWhole: isWhole(place, surroundings))
            compare(place)
        }
    }
}

// MARK: Telling

extension UnusualVolume {
    /// Publishes the minute that was kept last.
    private mutating func tell(
        _ minute: Minute, _ reading: MinuteHistory.Reading, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let place = today.count - 1
        let over = today.window(of: place)
        let sessions = history.usualCount
        let relative = expected > 0 ? Double(cumulative) / expected : .nan
        let score = reading.score(of: minute.volume)
        let isKnown = sessions >= settings.minimumSessions
        let reasons = Reasons(
            relative: isKnown ? relative / settings.minimumRelative : .nan,
            score: reading.samples >= settings.minimumSessions ? score / settings.minimumScore : .nan)
        let begins = since == 0 && reasons.marks != 0
        if begins { since = over.end }
        if reasons.isBelow(settings.release) { since = 0 }
        let body = UnusualUpdate(
            volume: minute.volume, cumulative: cumulative, expected: expected, relative: relative, score: score,
            minute: Int64(place), sessions: Int64(sessions), samples: Int64(reading.samples), since: since,
            reasons: reasons.marks, alert: since > 0 ? 1 : 0, warming: isKnown ? 0 : 1,
            whole: today.isWhole(place) ? 1 : 0,
            unusualLength: sessions > 0 && today.length != history.usualLength ? 1 : 0)
        var edition = Edition.final
        if wasRevised { edition.flags.insert(.inputRevised) }
        wasRevised = false
        let quality = surroundings.quality(
            over: over, inferredShare: Bar.share(minute.inferred, of: minute.signed))
        let head = surroundings.head(on: &channel, over: over, as: edition, quality: quality)
        surroundings.publish(body, head, on: channel, &updates)
        guard begins, minute.low <= minute.high else { return }
        let evidence = Evidence(kind: .unusual, number: channel.number, time: over.end, quality: quality)
        surroundings.board.add(Finding(evidence, direction: 0, low: minute.low, high: minute.high))
    }

    /// RVOL and score as parts of their thresholds; not a number where they are unknown.
    private struct Reasons {
        let relative: Double
        let score: Double

        /// In the order of `UnusualUpdate.reasonNames`.
        var marks: UInt32 { (relative >= 1 ? 1 : 0) | (score >= 1 ? 2 : 0) }

        /// What is unknown is below.
        func isBelow(_ part: Double) -> Bool { !(relative >= part) && !(score >= part) }
    }
}

extension UnusualVolume {
    public struct Settings: NodeSettings {
        /// A quarter of a year of sessions.
        public static let sessionLimit = 64
        public var sessions = 20
        public var minimumSessions = 5
        public var minimumRelative = 3.0
        public var minimumScore = 3.0
        public var release = 0.9

        public init() {}

        public init(reading reader: inout SettingsReader) {
            sessions = reader.integer(
                "sessions", default: sessions, in: 1...Settings.sessionLimit,
                meaning: "Sessions before that are compared with")
            minimumSessions = reader.integer(
                "minimumSessions", default: minimumSessions, in: 1...Settings.sessionLimit,
                meaning: "Sessions before that must be known for an alert")
            minimumRelative = reader.real(
                "minimumRelative", default: minimumRelative, in: 0.1...1_000,
                meaning: "The volume so far over its mean (RVOL) that makes an alert")
            minimumScore = reader.real(
                "minimumScore", default: minimumScore, in: 0.1...1_000,
                meaning: "The minute's distance from its mean, in deviations, that makes an alert")
            release = reader.real(
                "release", default: release, in: 0.1...1,
                meaning: "The part of both thresholds below which an alert ends")
            guard minimumSessions > sessions else { return }
            reader.fault(
                at: "minimumSessions", problem: "more sessions are asked for than are kept",
                remedy: "Write at most the number in `sessions`")
            minimumSessions = sessions
        }
    }
}

extension UnusualVolume {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.values(&minute, &start)
        today.archive(&archive)
        archive.array(&means)
        history.archive(&archive)
        archive.values(&cumulative, &expected, &since)
        archive.values(&hasTraded, &wasRevised, &mustCheck)
    }
}
