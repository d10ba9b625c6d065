public import Market
public import Memory
public import Updates

/// All analytics of one symbol, in the order of the catalogue: hands on what happens, to whoever asked for it.
///
/// It belongs to one symbol's state. Bars that an analytic makes are handed on as soon as its hook returns.
public final class AnalyticSet {
    public private(set) var surroundings: Surroundings
    public let interests: Interests
    private let all: CallList<AnalyticSlot>
    private let trades: CallList<AnalyticSlot>
    private let quotes: CallList<AnalyticSlot>
    private let book: CallList<AnalyticSlot>
    private let instants: CallList<AnalyticSlot>
    private let live: CallList<AnalyticSlot>
    private let changes: CallList<AnalyticSlot>
    /// By the bar's name.
    private let bars: [[AnalyticSlot]]

    /// `bars` lists, by the bar's name, the slots that asked for it.
    init(_ slots: [AnalyticSlot], bars: [[AnalyticSlot]], surroundings: consuming Surroundings) {
        all = CallList(slots)
        trades = CallList(slots.filter { $0.interests.contains(.trades) })
        quotes = CallList(slots.filter { $0.interests.contains(.quotes) })
        book = CallList(slots.filter { $0.interests.contains(.book) })
        instants = CallList(slots.filter { $0.interests.contains(.instants) })
        live = CallList(slots.filter { $0.interests.contains(.live) })
        changes = CallList(slots.filter { $0.interests.contains(.changes) })
        self.bars = bars
        interests = slots.reduce(into: []) { $0.formUnion($1.interests) }
        self.surroundings = surroundings
    }

    /// The first instant at which `wake` must be called.
    public var nextInstant: Int64 { surroundings.nextInstant }

    /// Why an analytic cannot go on; nil while all can.
    public var fault: String? { surroundings.fault }

    // MARK: The stream

    public func receive(_ trade: Trade, _ updates: inout Outbox) {
        surroundings.time = trade.time
        surroundings.event = trade.number
        trades.forEach { $0.hooks.trade(trade, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    /// A quote from the source; one whose prices and sizes are the last one's is no change.
    public func receive(_ quote: Quote, _ updates: inout Outbox) {
        surroundings.time = quote.time
        surroundings.event = quote.number
        surroundings.quote = quote
        quotes.forEach { $0.hooks.quote(quote, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    /// A level, an order or a reset; whoever keeps the book says what became of the best bid and ask.
    public func receive(book change: MarketEvent, _ updates: inout Outbox) {
        surroundings.time = change.venueTime.nanoseconds
        surroundings.event = change.sequence
        book.forEach { $0.receive(book: change, &surroundings, &updates) }
        tellBookQuote(&updates)
    }

    /// A bar has finished that the state makes; `name` is its place in the list of names.
    public func receive(_ bar: FinishedBar, _ updates: inout Outbox) {
        for slot in bars[bar.name] { slot.receive(bar, &surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    public func receive(_ change: TapeChange, _ updates: inout Outbox) {
        changes.forEach { $0.receive(change, &surroundings, &updates) }
    }

    public func receive(_ stop: StreamBreak, _ updates: inout Outbox) {
        surroundings.isHalted = stop == .halt ? true : stop == .resume ? false : surroundings.isHalted
        all.forEach { if $0.interests.contains(.breaks) { $0.receive(stop, &surroundings, &updates) } }
        tellBookQuote(&updates)
    }

    // MARK: Time

    public func open(_ session: Session, _ updates: inout Outbox) {
        surroundings.session = session
        surroundings.isInSession = true
        all.forEach { if $0.interests.contains(.sessions) { $0.open(session, &surroundings, &updates) } }
    }

    public func close(_ updates: inout Outbox) {
        let session = surroundings.session
        all.forEach { slot in
            guard slot.interests.contains(.sessions) else { return }
            slot.close(session, &surroundings, &updates)
            // At once: those behind it shall see a session's last bar before they close the session themselves.
            if !surroundings.finished.isEmpty { handOn(&updates) }
        }
        surroundings.isInSession = false
        surroundings.board.endSession()
    }

    /// Calls whoever expects an instant up to `time`.
    public func wake(_ time: Int64, _ updates: inout Outbox) {
        surroundings.time = time
        // A fault must not be overslept.
        surroundings.nextInstant = surroundings.fault == nil ? .max : .min
        instants.forEach { $0.hooks.wake(&surroundings, &updates) }
        if !surroundings.finished.isEmpty { handOn(&updates) }
    }

    public func show(_ time: Int64, isEnding: Bool, _ updates: inout Outbox) {
        surroundings.time = time
        surroundings.isEnding = isEnding
        live.forEach { $0.hooks.show(&surroundings, &updates) }
        surroundings.isEnding = false
    }

    /// What the symbol's state says of itself: refreshed before bars, instants and shows.
    public func refresh(_ time: Int64, sums: Bar, meanPrice: Double, deviation: Double) {
        surroundings.time = time
        surroundings.board.sums = sums
        surroundings.board.meanPrice = meanPrice
        surroundings.board.deviation = deviation
    }

    /// The session's value area and nodes so far.
    public func refresh(area: AreaReading?, highNodes: [Int64], lowNodes: [Int64]) {
        surroundings.board.area = area
        surroundings.board.highNodes = highNodes
        surroundings.board.lowNodes = lowNodes
    }

    /// Changes the board as tests need it.
    func refresh(_ time: Int64, _ change: (inout Board) -> Void) {
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
        var isTaken = false
        all.forEach { if $0.name == choice.name { isTaken = $0.change(to: choice.settings) } }
        return isTaken
    }

    /// Tells what became of the best bid and ask of a kept book, a gap's loss of them included.
    private func tellBookQuote(_ updates: inout Outbox) {
        guard let quote = surroundings.bookQuote else { return }
        surroundings.bookQuote = nil
        receive(quote, &updates)
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

// What is written down of a symbol's analytics, one by one and in their order, and of what stands around them.
extension AnalyticSet {
    /// Counted up whenever what is archived of the surroundings is changed.
    public static var version: Int { 1 }

    public func archiveSurroundings(_ archive: inout Archive) { surroundings.archive(&archive) }

    /// The version of an analytic by its place in the plan.
    public func version(_ place: Int) -> Int {
        var version = 0
        visit(place) { version = $0.version }
        return version
    }

    public func archive(_ place: Int, _ archive: inout Archive) { visit(place) { $0.archive(&archive) } }

    /// Begins an analytic in the middle of a session.
    public func open(_ place: Int, _ updates: inout Outbox) {
        let session = surroundings.session
        visit(place) { slot in
            guard slot.interests.contains(.sessions) else { return }
            slot.open(session, &surroundings, &updates)
        }
    }

    /// Begins the surroundings in the middle of a session.
    public func begin(_ session: Session, isInSession: Bool, _ bookState: BookState) {
        surroundings.session = session
        surroundings.isInSession = isInSession
        surroundings.isHalted = surroundings.ledger.isHalted
        surroundings.bookState = bookState
    }

    /// Takes off the board what analytics left there: some of them are no longer those that did.
    public func forgetFindings() { surroundings.board.forgetFindings() }

    private func visit(_ place: Int, _ body: (AnalyticSlot) -> Void) {
        var next = 0
        all.forEach { slot in
            if next == place { body(slot) }
            next += 1
        }
    }
}
