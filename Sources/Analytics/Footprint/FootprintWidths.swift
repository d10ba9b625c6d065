internal import Market
internal import Memory

/// The footprint bars of all widths of one analytic.
///
/// A trade inside of all open bars only joins a list; `addWaiting` adds those that wait to every bar, one after the
/// other as they came, before anybody looks at a bar or changes one. So the bars, which lie on many cache lines, are
/// visited once for many trades.
struct FootprintWidths: ~Copyable, Sendable {
    // What every trade asks comes first. Between these two times every width has an open bar.
    private var nextEnd = Int64.min
    private var latestStart = Int64.max
    private var waitCount = 0
    private var waiting = FixedCells(repeating: WaitingTrade.none, count: WaitingTrade.limit)
    /// To be looked at only when no trade waits.
    var all: [FootprintBars]

    /// `widths` and `horizon` in nanoseconds.
    init(_ scale: RowScale, widths: [Int64], horizon: Int64) {
        all = widths.map { FootprintBars(scale, width: $0, horizon: horizon) }
    }

    /// Adds a trade where every width has a bar for it; false, and nothing changes, where one must begin or end first,
    /// or the trade lies before one.
    @inline(__always)
    mutating func addInside(_ trade: borrowing Trade) -> Bool {
        guard _fastPath(trade.time < nextEnd), _fastPath(trade.time >= latestStart) else { return false }
        waiting[waitCount].become(trade)
        waitCount &+= 1
        if _slowPath(waitCount == WaitingTrade.limit) { addWaiting() }
        return true
    }

    /// Adds the trades that wait: what looks at a bar or changes one calls this first.
    @inline(never)
    mutating func addWaiting() {
        guard waitCount > 0 else { return }
        for index in all.indices { all[index].open.add(waiting, first: waitCount) }
        waitCount = 0
    }

    /// Whether no bar ends by now; then the next end is expected again.
    func isQuiet(_ surroundings: inout Surroundings) -> Bool {
        guard surroundings.time < nextEnd else { return false }
        if nextEnd < .max { surroundings.expect(nextEnd) }
        return true
    }

    /// Adds a trade to the bar of one width, which begins with it if need be; false, and nothing changes, where the
    /// trade's bar has ended before it came. Bars that are over must have ended; `setBounds` follows.
    mutating func add(_ trade: borrowing Trade, _ index: Int, _ surroundings: borrowing Surroundings) -> Bool {
        let window = surroundings.window(all[index].width, at: trade.time)
        if all[index].isNext(window) { all[index].begin(window) }
        guard all[index].place(of: trade.time) == .open else { return false }
        all[index].open.add(WaitingTrade(trade))
        return true
    }

    /// Applies a change of the tape to the open bar of one width, which begins with it if need be; false, and nothing
    /// changes, where the change is of an earlier window. `setBounds` follows.
    mutating func change(_ index: Int, _ change: TapeChange, _ surroundings: borrowing Surroundings) -> Bool {
        let time = change.trade.time
        if all[index].place(of: time) != .open {
            let session = surroundings.session
            guard !change.isRemoval, surroundings.isInSession, time >= session.open.nanoseconds else { return false }
            guard time < session.close.nanoseconds else { return false }
            let window = surroundings.window(all[index].width, at: time)
            guard window.end > surroundings.time, all[index].isNext(window) else { return false }
            all[index].begin(window)
        }
        // A change of what is still to come is none.
        if time < all[index].open.end { all[index].open.apply(change) }
        return true
    }

    /// The width whose open bar is over by `time` and ends first; of those that end together the first listed.
    func firstEnded(by time: Int64) -> Int? {
        var first: Int?
        for index in all.indices where all[index].isOpen && all[index].open.end <= time {
            if let found = first, all[found].open.end <= all[index].open.end { continue }
            first = index
        }
        return first
    }

    /// Sets the times between which trades need no look at windows, and asks to be called at the first end.
    mutating func setBounds(_ surroundings: inout Surroundings) {
        nextEnd = .max
        latestStart = .min
        var isComplete = true
        for bars in all {
            guard bars.isOpen else {
                isComplete = false
                continue
            }
            nextEnd = min(nextEnd, bars.open.end)
            latestStart = max(latestStart, bars.open.start)
        }
        if nextEnd < .max { surroundings.expect(nextEnd) }
        if !isComplete { nextEnd = .min }
    }
}

extension FootprintWidths: Archivable {
    mutating func archive(_ archive: inout Archive) {
        addWaiting()
        archive.values(&nextEnd, &latestStart)
        archive.each(&all) { $0.archive(&$1) }
    }
}
