public import Graph
public import Market
public import Memory
public import Updates

/// Tells when a trade meets a low-volume node, or a point of control that no trade has met yet (definitions §6).
///
/// Nodes are those of the session before and those that develop, taken over bar by bar. A node is told when a trade
/// comes into its row, and again only after the price has been `leave` ticks away from the row; a node that appears
/// around the price must be left first. A jump over a node is no touch.
///
/// A session's point of control is naked from its end on, until a trade comes into its row or the price jumps over it
/// between two trades of one session: then it is told and forgotten, as it is, untold, after `lookback` sessions. What
/// the price does between two sessions counts as nothing: the first trade can meet a level, not cross it. Across a gap
/// the trade before it still counts, and the update's coverage says that what lay between was not seen.
///
/// Reports of trades off the exchange and trades that must not move the price meet nothing. A change of the tape is
/// not run again: what was told stays told, late trades meet nothing, and an update whose trade before was changed
/// says `inputRevised`.
public struct Touch: ~Copyable, Analytic {
    public static let name = "touch"
    public static let meaning = "Trades that meet low-volume nodes and naked points of control"
    public static let example = #"{ "leave": 4, "lookback": 80 }"#
    public static let interests: Interests = [.trades, .bars, .sessions, .changes, .profile]
    public static let layouts = [TouchUpdate.layout]

    public static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "touch/", layout: TouchUpdate.layout)]
    }

    public static func bars(_ settings: Settings) -> [String] { [DurationText.text(settings.refresh)] }

    private static let ignored: MarketEvent.Marks = [.volumeOnly, .offExchange]

    private let settings: Settings
    private var channel: Channel
    private var levels: TouchLevels
    /// Sessions that have opened.
    private var count = 0
    private var hasTraded = false
    // The session's last trade.
    private var lastPrice: Int64 = 0
    private var lastTime: Int64 = 0
    private var lastNumber: UInt64 = 0
    /// The latest trade that a change of the tape has touched.
    private var latestChange = Int64.min

    public init(_ settings: Settings, at place: AnalyticPlace) {
        self.settings = settings
        channel = place.channels[0]
        levels = TouchLevels(leave: Int64(settings.leave) * place.tick, tick: place.tick)
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        count += 1
        levels.open(session: count, lookback: settings.lookback)
        if let area = surroundings.board.priorArea {
            // After a session without trades the board may still tell of the one before it.
            levels.take(
                area, surroundings.board.priorLowNodes, session: count, isNew: count == 1 || hasTraded)
        }
        hasTraded = false
        lastTime = session.open.nanoseconds
    }

    public mutating func receive(
        _ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        // A bar of the session before, that was waiting for late trades, tells of its nodes.
        guard bar.bar.start >= surroundings.session.open, let area = surroundings.board.area else { return }
        levels.develop(
            surroundings.board.lowNodes, rowHeight: area.rowHeight, session: count,
            last: hasTraded ? lastPrice : nil)
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard trade.marks.isDisjoint(with: Touch.ignored) else { return }
        if _slowPath(!levels.isQuiet(trade.price)) {
            levels.meet(trade.price, last: hasTraded ? lastPrice : nil)
            for meeting in levels.meetings { tell(meeting, trade, &surroundings, &updates) }
        }
        hasTraded = true
        lastPrice = trade.price
        lastTime = trade.time
        lastNumber = trade.number
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        latestChange = max(latestChange, change.trade.time)
    }

    private mutating func tell(
        _ meeting: TouchMeeting, _ trade: borrowing Trade, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let level = meeting.level
        let body = TouchUpdate(
            price: trade.price, level: level.low, rowHeight: level.high &- level.low,
            age: Int64(count - level.session), date: Int64(surroundings.session.date),
            first: Int64(hasTraded ? lastNumber : trade.number), last: Int64(trade.number),
            prints: hasTraded ? 2 : 1, marks: UInt32(trade.marks.rawValue), node: level.node.rawValue,
            approach: meeting.approach.rawValue, side: trade.aggressor.side.rawValue,
            through: meeting.isThrough ? 1 : 0)
        var edition = Edition.final
        if latestChange >= lastTime { edition.flags.insert(.inputRevised) }
        let over = Window(from: lastTime, to: trade.time)
        let quality = surroundings.quality(over: over, inferredShare: .nan)
        let head = surroundings.head(on: &channel, over: over, as: edition, quality: quality)
        surroundings.publish(body, head, on: channel, &updates)
        let evidence = Evidence(
            kind: level.node == .lowNode ? .lowNode : .nakedControl, number: channel.number, time: trade.time,
            quality: quality)
        surroundings.board.add(Finding(evidence, direction: 0, low: level.low, high: level.high))
    }
}

extension Touch {
    public struct Settings: NodeSettings {
        /// About two years of sessions.
        public static let lookbackLimit = 512
        public var leave = 4
        public var lookback = 80
        public var refresh = Duration.seconds(60)

        public init() {}

        public init(reading reader: inout SettingsReader) {
            leave = reader.integer(
                "leave", default: leave, in: 1...10_000,
                meaning: "Ticks that the price must be away from a node before it is told again")
            lookback = reader.integer(
                "lookback", default: lookback, in: 1...Settings.lookbackLimit,
                meaning: "Sessions for which a point of control that no trade has met is kept")
            refresh = reader.duration(
                "refresh", default: refresh, in: .seconds(1) ... .seconds(86_400),
                meaning: "The bar at whose end the developing nodes are taken over")
        }
    }
}

extension Touch {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        levels.archive(&archive)
        archive.values(&count, &hasTraded, &latestChange)
        archive.values(&lastPrice, &lastTime, &lastNumber)
    }
}
