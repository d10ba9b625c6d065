public import Market
internal import Memory
public import Updates

/// A stretch of venue time [start, end), nanoseconds.
public struct Window: BitwiseCopyable, Equatable, Sendable {
    public var start: Int64
    public var end: Int64

    public init(from start: Int64, to end: Int64) {
        self.start = start
        self.end = end
    }
}

/// Which edition of its window an update is.
public struct Edition: BitwiseCopyable, Sendable {
    public var revision: UInt32
    public var isFinal: Bool
    public var reason: RevisionReason
    public var flags: UpdateHead.Flags

    public static let final = Edition(revision: 0, isFinal: true, reason: .none)
    public static let live = Edition(revision: 0, isFinal: false, reason: .live)

    public init(revision: UInt32, isFinal: Bool, reason: RevisionReason, flags: UpdateHead.Flags = []) {
        self.revision = revision
        self.isFinal = isFinal
        self.reason = reason
        self.flags = flags
    }
}

/// What stands around an analytic: the symbol, its session, its quote, what was missed, and what others found.
public struct Surroundings: ~Copyable, Sendable {
    /// The symbol's place in its node's roster.
    public let symbol: UInt32
    public let instrument: Instrument
    /// Venue time of the event that is being worked on, nanoseconds.
    public internal(set) var time: Int64 = 0
    public internal(set) var session = Session(
        open: Timestamp(nanoseconds: 0), close: Timestamp(nanoseconds: 0), date: 0)
    /// The number of the event that is being worked on. Apart from `time`: side by side, both were loaded together
    /// from a trade whose parts have just been stored, which stalls.
    public internal(set) var event: UInt64 = 0
    public internal(set) var isInSession = false
    public internal(set) var isHalted = false
    /// The input has ended: `show` is called a last time.
    public internal(set) var isEnding = false
    public internal(set) var quote = Quote.none
    /// What is known of the book: an analytic that keeps one says so here.
    public var bookState = BookState.none
    /// What analytics found, for those behind them.
    public var board = Board()
    /// The best bid and ask of a kept book, where they have changed and nobody has been told yet.
    public var bookQuote: Quote?
    /// From here on no gap and no halt is known.
    var cleanSince = Int64.min
    var ledger = GapLedger()
    /// The first instant that somebody expects.
    var nextInstant = Int64.max
    /// Bars that an analytic has finished and that are not yet handed on.
    var finished: [FinishedBar] = []
    /// Why the first analytic that has failed cannot go on.
    var fault: String?

    public init(symbol: UInt32, instrument: Instrument) {
        self.symbol = symbol
        self.instrument = instrument
    }

    /// Makes sure that `wake` is called at the first event, clocks included, whose venue time reaches `time`.
    public mutating func expect(_ time: Int64) { nextInstant = min(nextInstant, time) }

    /// Says that the analytic cannot make a right number any more, and why: at its next event the symbol is broken, and
    /// makes no updates from there on. For what must not be and yet can be told; a check that fails ends the process.
    public mutating func fail(_ reason: String) {
        if fault == nil { fault = reason }
        nextInstant = .min
    }

    /// Hands a bar on that the analytic has made itself.
    public mutating func finish(_ bar: FinishedBar) { finished.append(bar) }

    /// What the input of a window was like (definitions §20), with the book as it is now.
    public func quality(over window: Window, inferredShare: Double) -> Quality {
        var quality = Quality.whole
        quality.inferredShare = inferredShare
        quality.bookState = bookState
        if window.start < cleanSince, isInSession {
            let coverage = ledger.coverage(
                from: Timestamp(nanoseconds: window.start), to: Timestamp(nanoseconds: window.end), in: session)
            quality.coverage = coverage.share
            quality.gapSeconds = coverage.gapSeconds
        }
        return quality
    }

    /// The head of the next update on a channel.
    public func head(
        on channel: inout Channel, over window: Window, as edition: Edition, quality: Quality
    ) -> UpdateHead {
        channel.number &+= 1
        return UpdateHead(
            number: channel.number, start: Timestamp(nanoseconds: window.start),
            end: Timestamp(nanoseconds: window.end), revision: edition.revision, final: edition.isFinal,
            reason: edition.reason, flags: edition.flags, quality: quality)
    }

    /// Publishes an update without groups.
    public func publish<Body: UpdateBody>(
        _ body: Body, _ head: UpdateHead, on channel: Channel, _ updates: inout Outbox
    ) {
        updates.append(body, head: head, slot: channel.slot, template: channel.template, symbol: symbol)
    }

    /// Begins an update with groups; the groups and `updates.end()` follow.
    public func begin<Body: UpdateBody>(
        _ body: Body, _ head: UpdateHead, on channel: Channel, _ updates: inout Outbox
    ) {
        updates.begin(body, head: head, slot: channel.slot, template: channel.template, symbol: symbol)
    }

    /// The window of a width at `time`, counted from the session's open and cut to its close.
    public func window(_ width: Int64, at time: Int64) -> Window {
        let start = Bucket(width: width, anchor: session.open).start(of: Timestamp(nanoseconds: time)).nanoseconds
        return Window(from: start, to: min(start &+ width, session.close.nanoseconds))
    }
}

extension Quality {
    /// The worst of two inputs' qualities: a derived value knows no more than either (definitions §20).
    public func worst(_ other: Quality) -> Quality {
        Quality(
            coverage: min(coverage, other.coverage), gapSeconds: max(gapSeconds, other.gapSeconds),
            inferredShare: inferredShare.isNaN ? other.inferredShare : max(inferredShare, other.inferredShare),
            bookState: bookState.rank >= other.bookState.rank ? bookState : other.bookState)
    }
}

extension BookState {
    /// The worse the higher; no book at all says nothing against a value.
    fileprivate var rank: Int {
        switch self {
        case .none: 0
        case .whole: 1
        case .crossed: 2
        case .resyncing: 3
        }
    }
}

extension Surroundings: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&time, &event, &session)
        archive.values(&isInSession, &isHalted, &isEnding)
        archive.values(&quote, &bookState)
        board.archive(&archive)
        archive.optional(&bookQuote)
        archive.value(&cleanSince)
        ledger.archive(&archive)
        archive.value(&nextInstant)
    }
}
