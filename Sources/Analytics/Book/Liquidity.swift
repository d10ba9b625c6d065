internal import Graph
public import Market
public import Memory
public import Updates

/// The analytic `book`: keeps the symbol's book and says once per window what its top is like (definitions §9).
///
/// Values are read at the ends of groups alone; the window's last one counts. Where no levels and no orders ever come,
/// quotes stand in for a book of one level. The flow compares each end with the one before. It begins anew, with 0,
/// behind a gap, a reset or a snapshot, and behind a crossed or locked book or a crossed quote, which say nothing of
/// supply and demand; a locked quote does, for quotes of several venues lock in good order. The first end of a session
/// is compared with the last one before it. A book that is not known is published once as such, without values.
///
/// It tells the others of the symbol the book's state and, where the source sends no quotes of its own, the best bid
/// and ask. It is told of no trade and of no change of the tape.
public struct Liquidity: Analytic, ~Copyable {
    public static let name = "book"
    public static let meaning =
        "Keeps the book, from levels or orders, and publishes touch, depth, imbalance, order flow and a ladder"
    public static let example = #"{ "levels": 10, "ladder": 20, "interval": "1s" }"#
    public static let interests: Interests = [
        .quotes, .book, .instants, .sessions, .live, .breaks, .keepsBook,
    ]
    public static let layouts = [LiquidityUpdate.layout, LadderUpdate.layout]

    public static func topics(_ settings: LiquiditySettings) -> [TopicEntry] {
        let liquidity = TopicEntry(prefix: "liquidity/", layout: LiquidityUpdate.layout)
        let ladder = TopicEntry(prefix: "ladder/", layout: LadderUpdate.layout)
        return settings.ladder > 0 ? [liquidity, ladder] : [liquidity]
    }

    let weights: [Double]
    let microprice: MicropriceTable?
    let ladder: Int
    let tick: Int64
    private let interval: Int64
    private let allowsNegativePrices: Bool
    var channels: [Channel]

    private(set) var kept: KeptBook
    private(set) var seen: SeenBook
    /// The kept book's state at its last end; where none is kept, the quote's.
    private(set) var state = BookState.none
    private(set) var source = LiquidityUpdate.Source.quotes
    /// Whether what is seen may be compared with the next end.
    private var isFlowing = false
    private var sendsQuotes = false
    /// The last best bid and ask that others were told.
    private var told = Quote.none

    /// The window that is open, from its first end on.
    private var open: Window?
    /// Up to here all has been published.
    private var published = Int64.min
    private var shownEnds: Int64 = 0
    private(set) var counts = LiquidityCounts()
    /// Venue time of the last end.
    private(set) var lastTime: Int64 = 0
    /// Of the window, as far as the book's state goes.
    private(set) var worst = Quality.whole

    public init(_ settings: LiquiditySettings, at place: AnalyticPlace) {
        weights = settings.weightsByRank
        microprice = settings.microprice
        ladder = settings.ladder
        tick = place.tick
        interval = DurationText.nanoseconds(settings.interval)
        allowsNegativePrices = place.instrument.allowsNegativePrices
        channels = place.channels
        kept = KeptBook(OrderBook(allowsNegativePrices: place.instrument.allowsNegativePrices))
        seen = SeenBook(depth: max(settings.levels, settings.ladder), ranks: settings.levels)
    }

    // MARK: The stream

    public mutating func receive(
        book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        switch kept.receive(change) {
        case .inside: break
        case .lost: withdraw(&surroundings, &updates)
        case .ended: look(&surroundings, &updates)
        }
    }

    public mutating func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        // Its own word, handed on to everybody.
        if quote == told { return }
        sendsQuotes = true
        guard !kept.isKept else { return }
        guard accepts(quote) else { return kept.refuse() }
        let isNews = enter(quote.isCrossed ? .crossed : .none, &surroundings)
        let isStep = isFlowing && state != .crossed
        let isChanged = seen.see(quote, isFlowing: isStep && surroundings.isInSession)
        end(isStep: isStep, isNews: isNews || isChanged, &surroundings, &updates)
    }

    public mutating func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard stop == .gap else { return }
        kept.lose()
        withdraw(&surroundings, &updates)
    }

    public mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        begin(from: session.open.nanoseconds)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if let open { finish(open, surroundings, &updates) }
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard let open else { return }
        guard surroundings.time >= open.end else { return surroundings.expect(open.end) }
        finish(open, surroundings, &updates)
    }

    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard let open, surroundings.isEnding || shownEnds != counts.ends else { return }
        shownEnds = counts.ends
        let end = max(open.start, min(surroundings.time, open.end))
        publish(Window(from: open.start, to: end), .live, surroundings, &updates)
    }

    // MARK: Ends

    /// A group has ended.
    private mutating func look(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        adopt()
        let isNews = enter(kept.state, &surroundings)
        let isStep = isFlowing && !kept.isAnew && state != .crossed
        let isChanged = seen.see(kept.book, isFlowing: isStep && surroundings.isInSession)
        kept.settle()
        tell(&surroundings)
        end(isStep: isStep, isNews: isNews || isChanged, &surroundings, &updates)
    }

    /// What stood is no longer known.
    private mutating func withdraw(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        isFlowing = false
        let isNews = enter(kept.state, &surroundings)
        guard isNews || !seen.isEmpty else { return }
        adopt()
        seen.removeAll()
        tell(&surroundings)
        note(isNews: true, &surroundings, &updates)
    }

    /// From its first end or loss on the book stands in place of quotes; what they said is no level of it.
    private mutating func adopt() {
        guard kept.isKept else { return }
        if source == .quotes { seen.removeAll() }
        source = kept.form == .orders ? .orders : .levels
    }

    /// Takes a state on and says so; false where it is the same.
    private mutating func enter(_ new: BookState, _ surroundings: inout Surroundings) -> Bool {
        let isNews = state != new
        guard isNews else { return false }
        state = new
        surroundings.bookState = new
        var quality = Quality.whole
        quality.bookState = new
        worst = worst.worst(quality)
        return true
    }

    /// Counts an end; what it shows is in `seen`.
    private mutating func end(
        isStep: Bool, isNews: Bool, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        isFlowing = state != .crossed
        lastTime = surroundings.time
        guard surroundings.isInSession else { return }
        counts.ends += 1
        if isStep { counts.steps += 1 }
        let (bid, ask) = (seen.bids[0], seen.asks[0])
        if bid != .none, ask != .none, bid.price >= ask.price {
            if bid.price == ask.price { counts.locked += 1 } else { counts.crossed += 1 }
        }
        note(isNews: isNews, &surroundings, &updates)
    }

    /// Tells the others the best bid and ask, where they have changed and the source does not tell them itself: its own
    /// quotes are at least as fresh.
    private mutating func tell(_ surroundings: inout Surroundings) {
        guard kept.isKept, !sendsQuotes else { return }
        var quote = seen.quote
        guard
            quote.bid != told.bid || quote.ask != told.ask || quote.bidSize != told.bidSize
                || quote.askSize != told.askSize
        else { return }
        quote.time = surroundings.time
        quote.number = surroundings.event
        told = quote
        surroundings.bookQuote = quote
    }

    // MARK: Windows

    /// Something is to be published: at the window's end, or at once where there are no windows.
    private mutating func note(isNews: Bool, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isInSession, open == nil else { return }
        let time = max(surroundings.time, published)
        guard interval > 0 else {
            if isNews { finish(Window(from: published, to: time), surroundings, &updates) }
            return
        }
        guard time < surroundings.session.close.nanoseconds else { return }
        let window = surroundings.window(interval, at: time)
        open = window
        surroundings.expect(window.end)
    }

    private mutating func finish(_ window: Window, _ surroundings: borrowing Surroundings, _ updates: inout Outbox) {
        publish(window, .final, surroundings, &updates)
        begin(from: window.end)
    }

    private mutating func begin(from time: Int64) {
        published = time
        open = nil
        shownEnds = 0
        counts = LiquidityCounts()
        kept.forgetCounts()
        seen.forgetFlows()
        worst = Quality.whole
        worst.bookState = state
    }

    /// A size that is none, or beyond what one event may say, or a price out of bounds, is no quote.
    private func accepts(_ quote: Quote) -> Bool {
        let none = Price.none.billionths
        let sizes: ClosedRange<Int64> = 0...Quantity.limit
        let prices = (allowsNegativePrices ? -Price.limit : 1)...Price.limit
        return (quote.bid == none || prices.contains(quote.bid)) && (quote.ask == none || prices.contains(quote.ask))
            && sizes.contains(quote.bidSize) && sizes.contains(quote.askSize)
    }
}

extension Liquidity {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channels(&channels)
        kept.archive(&archive)
        seen.archive(&archive)
        archive.value(&state)
        archive.choice(&source)
        archive.values(&isFlowing, &sendsQuotes, &told)
        archive.optional(&open)
        archive.values(&published, &shownEnds)
        archive.values(&counts, &lastTime, &worst)
    }
}
