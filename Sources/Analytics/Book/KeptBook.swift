public import Market
internal import Memory
public import Updates

/// A book and what may be believed of it: none, whole, resyncing or crossed (definitions §20).
///
/// Only the end of a group is judged, for within one the book may be crossed. It is crossed where the best bid is at or
/// above the best ask: one venue's own book cannot even be locked while it trades, so that either says that something
/// is missing. A gap voids the book until a reset, for nobody knows what was missed; a reset voids it until the group
/// behind it ends. A reset that ends its own group counts as a whole, empty book only where it is marked as a snapshot:
/// else it announces one. A snapshot that restates a book which was whole leaves the state as it was until its group
/// ends. A stream that begins without a reset begins with an empty book. While only resets come there is no book: feeds
/// of quotes send them too.
public struct KeptBook: ~Copyable, Sendable {
    /// What an event says about reading the book.
    public enum Outcome: Equatable, Sendable {
        /// In the midst of a group: nothing may be read from the book.
        case inside
        /// A group has ended: look.
        case ended
        /// What the book held is no longer known.
        case lost
    }

    public private(set) var book: OrderBook
    public private(set) var state = BookState.none
    /// Of the last change that reached the book, resets and losses behind it or not.
    public private(set) var form = OrderBook.Form.none
    /// Whether levels or orders have come at all.
    public var isKept: Bool { form != .none }
    /// Whether something was reset or missing since `settle`: what stood then must not be compared with what stands.
    public private(set) var isAnew = true
    private var awaitsReset = false

    public init(_ book: consuming OrderBook) { self.book = book }

    /// Takes a level, an order or a reset.
    public mutating func receive(_ change: MarketEvent) -> Outcome {
        if change.kind == .bookReset { return reset(change.marks) }
        if awaitsReset { return .inside }
        let isWhole = book.apply(change)
        form = book.form
        guard isWhole else {
            lose()
            return .lost
        }
        return change.marks.contains(.lastOfGroup) ? judge() : .inside
    }

    /// Events are missing, or the book has reached a limit.
    public mutating func lose() {
        isAnew = true
        guard isKept else { return }
        book.removeAll()
        awaitsReset = true
        state = .resyncing
    }

    /// What stands now has been looked at: what follows may be compared with it.
    public mutating func settle() {
        isAnew = false
        book.forgetChanges()
    }

    /// Counts something that cannot be true, such as a quote of a negative size.
    public mutating func refuse() { book.counts.refused += 1 }

    public mutating func forgetCounts() { book.counts = BookCounts() }

    private mutating func reset(_ marks: MarketEvent.Marks) -> Outcome {
        book.removeAll()
        awaitsReset = false
        isAnew = true
        guard isKept else { return .lost }
        let isSnapshot = marks.contains(.snapshot)
        let isRestated = isSnapshot && (state == .whole || state == .crossed)
        if !isRestated { state = .resyncing }
        if isSnapshot, marks.contains(.lastOfGroup) { return judge() }
        return isRestated ? .inside : .lost
    }

    private mutating func judge() -> Outcome {
        state = .whole
        if let bid = book.bids.best, let ask = book.asks.best, bid >= ask { state = .crossed }
        return .ended
    }
}

extension KeptBook: Archivable {
    mutating func archive(_ archive: inout Archive) {
        book.archive(&archive)
        archive.value(&state)
        archive.choice(&form)
        archive.values(&isAnew, &awaitsReset)
    }
}
