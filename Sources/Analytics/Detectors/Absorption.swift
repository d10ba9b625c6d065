public import Graph
public import Market
public import Memory
public import Updates

/// Finds levels that take in much aggressive volume without giving way (definitions §12).
///
/// Looked at are the trades of the last `window`. Against buyers the zone is its uppermost `zoneTicks` rows, against
/// sellers its lowest ones: inside it the price has progressed by one tick less at most. A trade of the aggressor in
/// the zone makes it a candidate where the aggressor's volume there reaches the threshold and delta over volume the
/// share. The candidate is published open, and again when it ends: confirmed by a trade `confirmTicks` back from the
/// row that held, failed by one beyond that row, expired after `expiry`, or interrupted. Its figures then hold the
/// zone's trades up to there. After an ending the window begins anew: no trade counts for two findings.
///
/// The threshold is the percentile of what each side did in the zone over whole windows, counted from the session's
/// open; windows in which a side did nothing, that a gap touched, or in which the window began anew, are not counted.
/// The counts stay from session to session.
///
/// A gap, a halt and the end of a session interrupt candidates and empty the window: nothing bridges a hole. Reports
/// of trades off the exchange and trades that must not move the price are left out: they hit no resting order here.
/// A change of the tape is not run again; an update whose start lies before the changed trade says `inputRevised`.
public struct Absorption: ~Copyable, Analytic {
    public static let name = "absorption"
    public static let meaning = "Levels that take in much aggressive volume without giving way, and how that ended"
    public static let example = #"{ "window": "30s", "zoneTicks": 2, "percentile": 0.95 }"#
    public static let interests: Interests = [.trades, .instants, .sessions, .breaks, .changes]
    public static let layouts = [AbsorptionUpdate.layout]

    public static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "absorption/", layout: AbsorptionUpdate.layout)]
    }

    /// Aggressive volume that is being absorbed and has not ended.
    private struct Candidate: Plain {
        var low: Int64
        var high: Int64
        var flow: RowFlow
        var stretch: AbsorptionStretch
        var threshold: Int64
        var foundTime: Int64
        var deadline: Int64
        /// Of the aggressor: +1 buyers, −1 sellers.
        var direction: Int8

        /// The row that holds.
        var edge: Int64 { direction > 0 ? high : low }
    }

    private static let ignored: MarketEvent.Marks = [.volumeOnly, .offExchange]

    private let settings: Settings
    private let ticks: TickRows
    private let floor: Int64
    /// Nanoseconds.
    private let width: Int64
    private let expiry: Int64
    private var channel: Channel
    private var window: AbsorptionWindow
    private var sizes: RollingSizes
    private var threshold = Int64.max
    /// The next instant at which a whole window has passed since the session's open.
    private var nextSample = Int64.max
    /// When the window last began anew.
    private var since = Int64.min
    /// One a side at most.
    private var candidates: [Candidate] = []
    private var sessionLow = Int64.max
    private var sessionHigh = Int64.min
    /// The latest trade that a change of the tape has touched.
    private var latestChange = Int64.min

    public init(_ settings: Settings, at place: AnalyticPlace) {
        self.settings = settings
        ticks = TickRows(tick: place.tick)
        let step = place.instrument.sizeStep
        floor = max(1, settings.minimumVolume / step + (settings.minimumVolume % step > 0 ? 1 : 0))
        width = DurationText.nanoseconds(settings.window)
        expiry = DurationText.nanoseconds(settings.expiry)
        channel = place.channels[0]
        window = AbsorptionWindow(width: width, zone: Int64(settings.zoneTicks))
        sizes = RollingSizes(window: settings.history, shareInMillionths: settings.shareInMillionths)
    }

    // MARK: Trades

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard trade.marks.isDisjoint(with: Absorption.ignored) else { return }
        if _slowPath(trade.time >= nextSample) { sample(upTo: trade.time, surroundings) }
        let entry = WindowTrade(
            time: trade.time, number: trade.number, row: ticks.row(of: trade.price), quantity: trade.quantity,
            prints: 1, sign: trade.aggressor.sign, isInferred: trade.isInferred, marks: trade.marks.rawValue)
        sessionLow = min(sessionLow, entry.row)
        sessionHigh = max(sessionHigh, entry.row)
        if _slowPath(!candidates.isEmpty) { follow(entry, &surroundings, &updates) }
        window.leave(upTo: entry.time &- width)
        window.add(entry)
        let pressing = entry.sign > 0 ? window.top.buy : entry.sign < 0 ? window.bottom.sell : 0
        if _slowPath(pressing >= threshold) { consider(entry, &surroundings, &updates) }
    }

    private mutating func consider(
        _ entry: WindowTrade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let direction = entry.sign
        guard window.reaches(entry.row, direction), !candidates.contains(where: { $0.direction == direction })
        else { return }
        let flow = direction > 0 ? window.top : window.bottom
        let delta = Int64(direction) &* (flow.buy &- flow.sell)
        guard Double(delta) >= settings.share * Double(flow.total) else { return }
        let reach = Int64(settings.zoneTicks) - 1
        let low = direction > 0 ? max(window.highest - reach, window.lowest) : window.lowest
        let high = direction > 0 ? window.highest : min(window.lowest + reach, window.highest)
        let candidate = Candidate(
            low: low, high: high, flow: flow, stretch: window.stretch(from: low, to: high), threshold: threshold,
            foundTime: entry.time, deadline: entry.time + expiry, direction: direction)
        candidates.append(candidate)
        surroundings.expect(candidate.deadline)
        _ = publish(candidate, .open, at: entry.time, &surroundings, &updates)
    }

    /// Adds a trade to the candidates, and ends those that it confirms or goes through.
    private mutating func follow(
        _ entry: WindowTrade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let back = -Int64(settings.confirmTicks)
        end(at: entry.time, &surroundings, &updates) { candidate in
            if entry.row >= candidate.low, entry.row <= candidate.high {
                candidate.flow &+= entry.flow
                candidate.stretch.add(entry)
            }
            let beyond = Int64(candidate.direction) * (entry.row - candidate.edge)
            guard beyond > 0 || beyond <= back else { return .open }
            candidate.stretch.last = entry.number
            return beyond > 0 ? .failed : .confirmed
        }
    }

    /// Ends the candidates for which `ending` names an end, and begins the window anew where there was one.
    private mutating func end(
        at time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox,
        _ ending: (inout Candidate) -> AbsorptionEnding
    ) {
        var place = 0
        var hasEnded = false
        while place < candidates.count {
            let told = ending(&candidates[place])
            if told == .open {
                place += 1
            } else {
                let candidate = candidates.remove(at: place)
                hasEnded = true
                let number = publish(candidate, told, at: time, &surroundings, &updates)
                if told == .confirmed { note(candidate, number, at: time, &surroundings) }
            }
        }
        if hasEnded { restart(at: time) }
    }

    private mutating func restart(at time: Int64) {
        window.clear()
        since = time
    }

    // MARK: The threshold

    /// Counts the windows that have passed up to `time`. All trades of the window lie before the first of them.
    private mutating func sample(upTo time: Int64, _ surroundings: borrowing Surroundings) {
        while time >= nextSample {
            let passed = Window(from: nextSample - width, to: nextSample)
            window.leave(upTo: passed.start - 1)
            if window.isEmpty {
                // Nothing until `time`: the windows between are empty too.
                nextSample += ((time - nextSample) / width + 1) * width
                break
            }
            nextSample += width
            guard passed.start >= since, surroundings.quality(over: passed, inferredShare: .nan).coverage == 1 else {
                continue
            }
            if window.top.buy > 0 { sizes.add(window.top.buy) }
            if window.bottom.sell > 0 { sizes.add(window.bottom.sell) }
        }
        guard sizes.count >= settings.minimumSamples else { return }
        threshold = max(floor, sizes.count > 0 ? sizes.percentile : 0)
    }

    // MARK: Time and breaks

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard !candidates.isEmpty else { return }
        let time = surroundings.time
        // Both may be due: the earlier deadline ends first.
        candidates.sort { $0.deadline < $1.deadline }
        while let deadline = candidates.first?.deadline, deadline <= time {
            end(at: deadline, &surroundings, &updates) { $0.deadline <= deadline ? .expired : .open }
        }
        if let deadline = candidates.first?.deadline { surroundings.expect(deadline) }
    }

    public mutating func receive(
        _ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        interrupt(at: surroundings.time, &surroundings, &updates)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        latestChange = max(latestChange, change.trade.time)
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        since = session.open.nanoseconds
        nextSample = since &+ width
        (sessionLow, sessionHigh) = (.max, .min)
        if settings.minimumSamples == 0, threshold == .max { threshold = floor }
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        interrupt(at: min(surroundings.time, session.close.nanoseconds), &surroundings, &updates)
        // A busy session's memory is not kept for a quiet one.
        window = AbsorptionWindow(width: width, zone: Int64(settings.zoneTicks))
        nextSample = .max
    }

    private mutating func interrupt(
        at time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        end(at: time, &surroundings, &updates) { _ in .interrupted }
        restart(at: time)
    }

    // MARK: Telling

    private mutating func publish(
        _ candidate: Candidate, _ ending: AbsorptionEnding, at time: Int64, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) -> UInt64 {
        let over = Window(from: candidate.stretch.start, to: time)
        var edition = ending == .open ? Edition.live : Edition.final
        if latestChange >= over.start { edition.flags.insert(.inputRevised) }
        let head = surroundings.head(
            on: &channel, over: over, as: edition, quality: quality(candidate, surroundings, over))
        surroundings.publish(body(candidate, ending), head, on: channel, &updates)
        return channel.number
    }

    private func quality(
        _ candidate: Candidate, _ surroundings: borrowing Surroundings, _ over: Window
    ) -> Quality {
        surroundings.quality(
            over: over,
            inferredShare: Bar.share(candidate.stretch.inferred, of: candidate.flow.buy &+ candidate.flow.sell))
    }

    private func body(_ candidate: Candidate, _ ending: AbsorptionEnding) -> AbsorptionUpdate {
        let (flow, stretch) = (candidate.flow, candidate.stretch)
        let isUp = candidate.direction > 0
        let (buy, sell) = (Side.buy.rawValue, Side.sell.rawValue)
        return AbsorptionUpdate(
            price: ticks.price(ofRow: candidate.edge), low: ticks.price(ofRow: candidate.low),
            high: ticks.price(ofRow: candidate.high), volume: flow.total, buy: flow.buy, sell: flow.sell,
            deltaShare: Double(flow.buy &- flow.sell) / Double(flow.total), threshold: candidate.threshold,
            progress: Int64(candidate.direction) * (candidate.edge - stretch.firstRow), prints: stretch.prints,
            first: Int64(stretch.first), last: Int64(stretch.last), foundTime: candidate.foundTime,
            marks: UInt32(stretch.marks), side: isUp ? sell : buy, aggressor: isUp ? buy : sell,
            ending: ending.rawValue, atExtreme: candidate.edge == (isUp ? sessionHigh : sessionLow) ? 1 : 0)
    }

    private func note(
        _ candidate: Candidate, _ number: UInt64, at time: Int64, _ surroundings: inout Surroundings
    ) {
        let over = Window(from: candidate.stretch.start, to: time)
        let evidence = Evidence(
            kind: .absorption, number: number, time: time, quality: quality(candidate, surroundings, over))
        surroundings.board.add(
            Finding(
                evidence, direction: -candidate.direction, low: ticks.price(ofRow: candidate.low),
                high: ticks.price(ofRow: candidate.high)))
    }
}

extension Absorption {
    public struct Settings: NodeSettings {
        public var window = Duration.seconds(30)
        public var zoneTicks = 2
        /// The percentile in millionths.
        public var shareInMillionths: Int64 = 950_000
        public var history = 2_000
        public var minimumSamples = 20
        /// Billionths of a unit.
        public var minimumVolume: Int64 = 0
        public var share = 0.6
        public var confirmTicks = 2
        public var expiry = Duration.seconds(60)

        public init() {}

        public init(reading reader: inout SettingsReader) {
            window = reader.duration(
                "window", default: window, in: .milliseconds(100) ... .seconds(3_600),
                meaning: "The stretch of event time whose trades are looked at")
            zoneTicks = reader.integer(
                "zoneTicks", default: zoneTicks, in: 1...1_000,
                meaning: "Height of the zone; the price progresses by one tick less at most")
            shareInMillionths =
                reader.decimal(
                    "percentile", default: shareInMillionths * 1_000, in: 500_000_000...999_000_000,
                    meaning: "The percentile that the aggressor's volume reaches, as a part of one") / 1_000
            history = reader.integer(
                "history", default: history, in: 20...100_000,
                meaning: "Volumes of past windows that the percentile is taken of, each side's counted")
            minimumSamples = reader.integer(
                "minimumSamples", default: minimumSamples, in: 0...100_000,
                meaning: "Volumes of past windows before anything is found; 0 for the fixed floor alone at first")
            minimumVolume = reader.decimal(
                "minimumVolume", default: minimumVolume, in: 0...Price.limit,
                meaning: "The least aggressive volume in units, whatever the percentile is")
            share = reader.real(
                "share", default: share, in: 0...1, meaning: "The least share of delta in the zone's volume")
            confirmTicks = reader.integer(
                "confirmTicks", default: confirmTicks, in: 1...1_000,
                meaning: "How far the price trades back from the row that held to confirm")
            expiry = reader.duration(
                "expiry", default: expiry, in: .milliseconds(100) ... .seconds(86_400),
                meaning: "How long a candidate waits for its end")
            check(&reader)
        }

        private mutating func check(_ reader: inout SettingsReader) {
            guard minimumSamples > history else { return }
            reader.fault(
                at: "minimumSamples", problem: "more samples are asked for than are kept",
                remedy: "Write at most the number in `history`")
            minimumSamples = history
        }
    }
}

extension Absorption {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        window.archive(&archive)
        sizes.archive(&archive)
        archive.values(&threshold, &nextSample, &since)
        archive.array(&candidates)
        archive.values(&sessionLow, &sessionHigh, &latestChange)
    }
}
