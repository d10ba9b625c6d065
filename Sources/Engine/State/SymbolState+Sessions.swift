internal import Analytics
internal import Market
internal import Memory
internal import Updates

// Sessions: their beginning, their end, and what is said of them.
extension SymbolState {
    /// Ends the session that is over and begins the one that holds `time`, if any does.
    mutating func rollSession(_ time: Int64, _ updates: inout Outbox) {
        if inSession { endSession(&updates) }
        switch entry.instrument.calendar.place(of: Timestamp(nanoseconds: time)) {
        case .inside(let next): begin(next, at: time, &updates)
        case .outside(let next): nextSessionOpen = next?.open.nanoseconds ?? .max
        }
    }

    private mutating func begin(_ next: Session, at time: Int64, _ updates: inout Outbox) {
        reviseClosedSession(&updates)
        let isFirst = closedSession == nil && nextSessionOpen == .min
        if closedSession != nil { countsAtOpen = counted }
        session = next
        inSession = true
        ledger.startSession()
        changes = TapeChanges()
        holdsChange = false
        cleanSince = ledger.isHalted ? .max : .min
        // Whoever starts in mid-session has missed what came before.
        let startsLate = isFirst && time > next.open.nanoseconds
        if startsLate { declareGap(from: next.open.nanoseconds, to: time) }
        openQuality(startedLate: startsLate)
        kept.removeAll()
        extras.remove(.day)
        total = Bar(start: next.open, end: next.close)
        cvd = 0
        beginBase(time)
        nextWide = .max
        for index in 0..<wides.count {
            wides[index].begin(window(plan.wides[index], at: time))
            nextWide = min(nextWide, wides[index].bar.end.nanoseconds)
        }
        shown = ShownCounts()
        nextLive = boundary(after: time, every: plan.live)
        nextDeveloping = hasProfile ? boundary(after: time, every: plan.developing) : .max
        nextRows = hasProfile ? boundary(after: time, every: plan.rows) : .max
        goodTime = max(goodTime, time)
        openAnalytics(&updates)
    }

    /// Closes every bar and the session's sums at the session's close: no late trade reaches them any more.
    private mutating func endSession(_ updates: inout Outbox) {
        rollBars(session.close.nanoseconds, &updates)
        publishPending(.max, &updates)
        tellBars(&updates)
        wakeAnalytics(session.close.nanoseconds, &updates)
        publishSums(end: session.close, isFinal: true, &updates)
        publishQuality(session.close.nanoseconds, isFinal: true, &updates)
        closeAnalytics(&updates)
        inSession = false
        floor = .max
        room = SymbolState.volumeLimit
        profile.reset()
        weightedPrice = VolumeWeightedPrice()
        (nextLive, nextDeveloping, nextRows) = (.max, .max, .max)
    }

    /// The first multiple of `interval` after `time`; never, for an interval of zero.
    func boundary(after time: Int64, every interval: Int64) -> Int64 {
        interval > 0
            ? Bucket(width: interval, anchor: session.open).end(of: Timestamp(nanoseconds: time)).nanoseconds : .max
    }

    /// Says once more how the last session ended, if trades outside it were counted since; only before the next begins.
    mutating func reviseClosedSession(_ updates: inout Outbox) {
        guard var closed = closedSession else { return }
        let counts = sessionCounts(since: closed.countsAtOpen, trades: closed.body.counts.trades)
        guard counts != closed.body.counts else { return }
        closed.body.counts = counts
        closed.head.revision += 1
        closed.head.reason = RevisionReason.late.rawValue
        closed.head.number = nextNumber(plan.sessionSlot)
        closedSession = closed
        append(closed.body, closed.head, plan.sessionSlot, &updates)
    }
}
