public import Market
public import Updates

/// All analytics of one symbol, in the order of the catalogue: hands on what happens, each hook to whoever asked for it.
///
/// It belongs to one symbol's state. Bars that an analytic makes are handed on as soon as its hook returns.
public final class AnalyticSet {
    public private(set) var surroundings: Surroundings
    public let interests: Interests
    private let all: [AnalyticSlot]
    private let trades: [AnalyticSlot]
    private let quotes: [AnalyticSlot]
    private let book: [AnalyticSlot]
    private let instants: [AnalyticSlot]
    private let live: [AnalyticSlot]
    private let changes: [AnalyticSlot]
    /// By the bar's name.
    private let bars: [[AnalyticSlot]]

    /// `bars` lists, by the bar's name, the slots that asked for it.
    init(_ slots: [AnalyticSlot], bars: [[AnalyticSlot]], surroundings: consuming Surroundings) {
        all = slots
        trades = slots.filter { $0.interests.contains(.trades) }
        quotes = slots.filter { $0.interests.contains(.quotes) }
        book = slots.filter { $0.interests.contains(.book) }
        instants = slots.filter { $0.interests.contains(.instants) }
        live = slots.filter { $0.interests.contains(.live) }
        changes = slots.filter { $0.interests.contains(.changes) }
        self.bars = bars
        interests = slots.reduce(into: []) { $0.formUnion($1.interests) }
        self.surroundings = surroundings
    }

    /// The first instant at which `wake` must be called.
    public var nextInstant: Int64 { surroundings.nextInstant }

    // MARK: The stream

    public func receive(_ trade: borrowing Trade, _ updates: inout Outbox) {
        surroundings.time = trade.time
        surroundings.event = trade.number
        for slot in trades { slot.receive(trade, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    /// A quote from the source; one whose prices and sizes are the last one's is no change.
    public func receive(_ quote: Quote, _ updates: inout Outbox) {
        surroundings.time = quote.time
        surroundings.event = quote.number
        surroundings.quote = quote
        for slot in quotes { slot.receive(quote, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    /// A level, an order or a reset; whoever keeps the book says what became of the best bid and ask.
    public func receive(book change: MarketEvent, _ updates: inout Outbox) {
        surroundings.time = change.venueTime.nanoseconds
        surroundings.event = change.sequence
        for slot in book { slot.receive(book: change, &surroundings, &updates) }
        if let quote = surroundings.bookQuote {
            surroundings.bookQuote = nil
            receive(quote, &updates)
        }
    }

    /// A bar has finished that the state makes; `name` is its place in the list of names.
    public func receive(_ bar: FinishedBar, _ updates: inout Outbox) {
        for slot in bars[bar.name] { slot.receive(bar, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    public func receive(_ change: TapeChange, _ updates: inout Outbox) {
        for slot in changes { slot.receive(change, &surroundings, &updates) }
    }

    public func receive(_ stop: StreamBreak, _ updates: inout Outbox) {
        surroundings.isHalted = stop == .halt ? true : stop == .resume ? false : surroundings.isHalted
        for slot in all where slot.interests.contains(.breaks) { slot.receive(stop, &surroundings, &updates) }
    }

    // MARK: Time

    public func open(_ session: Session, _ updates: inout Outbox) {
        surroundings.session = session
        surroundings.isInSession = true
        for slot in all where slot.interests.contains(.sessions) { slot.open(session, &surroundings, &updates) }
    }

    public func close(_ updates: inout Outbox) {
        let session = surroundings.session
        for slot in all where slot.interests.contains(.sessions) {
            slot.close(session, &surroundings, &updates)
            // At once: those behind it shall see a session's last bar before they close the session themselves.
            if !surroundings.finished.isEmpty { handOn(&updates) }
        }
        surroundings.isInSession = false
    }

    /// Calls whoever expects an instant up to `time`.
    public func wake(_ time: Int64, _ updates: inout Outbox) {
        surroundings.time = time
        surroundings.nextInstant = .max
        for slot in instants { slot.wake(&surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    public func show(_ time: Int64, isEnding: Bool, _ updates: inout Outbox) {
        surroundings.time = time
        surroundings.isEnding = isEnding
        for slot in live { slot.show(&surroundings, &updates) }
        surroundings.isEnding = false
    }

    /// What the symbol's state says of itself: refreshed before bars, instants and shows.
    public func refresh(_ time: Int64, _ change: (inout Board) -> Void) {
        surroundings.time = time
        change(&surroundings.board)
    }

    /// What was missed so far in the session, and from when on nothing is known to be missing.
    public func setGaps(_ ledger: GapLedger, cleanSince: Int64) {
        surroundings.ledger = ledger
        surroundings.cleanSince = cleanSince
    }

    /// What is known of the book before any analytic keeps one.
    public func setBookState(_ state: BookState) { surroundings.bookState = state }

    /// Gives an analytic new settings while running; false where none of this name takes any.
    public func change(_ choice: AnalyticChoice) -> Bool {
        guard let slot = all.first(where: { $0.name == choice.name }) else { return false }
        return slot.change(to: choice.settings)
    }

    /// Hands on what was finished; bars made of bars come behind them.
    private func handOn(_ updates: inout Outbox) {
        var next = 0
        while next < surroundings.finished.count {
            let bar = surroundings.finished[next]
            for slot in bars[bar.name] { slot.receive(bar, &surroundings, &updates) }
            next += 1
        }
        surroundings.finished.removeAll(keepingCapacity: true)
    }
}
