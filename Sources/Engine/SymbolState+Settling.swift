internal import Analytics
internal import Market
internal import Memory
internal import Updates

// What is due by an event's time, before the event itself is looked at.
extension SymbolState {
    /// Ends what has ended by `time`, shows what is to be shown, and sets the next deadline.
    @inline(never)
    mutating func settle(_ time: Int64, isClock: Bool, _ updates: inout Outbox) {
        if gapOpen != nil { extendGap(to: time) }
        if time >= (inSession ? session.close.nanoseconds : nextSessionOpen) {
            rollSession(time, &updates)
            // A gap may reach from one session into the next.
            if gapOpen != nil { extendGap(to: time) }
        }
        if !isClock { gapOpen = nil }
        if inSession {
            if time >= bar.end.nanoseconds { rollBars(time, &updates) }
            if time >= nextDeveloping { showDeveloping(time, &updates) }
            if time >= nextRows { showRows(time, &updates) }
            if time >= nextLive { showLive(time, &updates) }
        }
        if time >= nextPending { publishPending(time, &updates) }
        setDeadline()
    }

    private mutating func setDeadline() {
        guard gapOpen == nil else {
            deadline = .min
            return
        }
        guard inSession else {
            deadline = min(nextSessionOpen, nextPending)
            return
        }
        deadline = min(min(bar.end.nanoseconds, nextLive), min(min(nextDeveloping, nextRows), nextPending))
    }

    /// Ends the base bar and every wider one that ends with it, and begins the next.
    mutating func rollBars(_ time: Int64, _ updates: inout Outbox) {
        if !bar.isEmpty { closeBase(&updates) }
        for index in 0..<wides.count where wides[index].bar.end.nanoseconds <= time {
            if !wides[index].bar.isEmpty { closeWide(index, &updates) }
            wides[index] = WideBar(bar: emptyBar(plan.wides[index].width, at: time))
        }
        bar = emptyBar(plan.base.width, at: time)
        shown.bar = 0
    }

    /// Folds the base bar into the wider ones and the session, and publishes it where its width is asked for.
    mutating func closeBase(_ updates: inout Outbox) {
        for index in 0..<wides.count { wides[index].bar.fold(bar) }
        total.fold(bar)
        room &-= bar.volume
        guard plan.base.isPublished else { return }
        if keepsClosed(0) {
            keep(bar, width: 0, &updates)
        } else {
            takeNumbers(of: plan.base)
            write(bar, plan.base, cvd: total.delta, until: bar.end, as: .final, &updates)
        }
    }

    private mutating func closeWide(_ index: Int, _ updates: inout Outbox) {
        if keepsClosed(index + 1) {
            keep(wides[index].bar, width: index + 1, &updates)
        } else {
            takeNumbers(of: plan.wides[index])
            let end = wides[index].bar.end
            write(wides[index].bar, plan.wides[index], cvd: total.delta, until: end, as: .final, &updates)
        }
    }

    /// Whether bars of a width live on after their end: to be revised, or to wait for their grace.
    private mutating func keepsClosed(_ width: Int) -> Bool {
        if width == countedWidth { counts.candles += 1 }
        return self.width(width).kept > 0
    }

    /// The empty bar of a width at `time`: session-anchored, cut to the session's close.
    func emptyBar(_ width: Int64, at time: Int64) -> Bar {
        let bucket = Bucket(width: width, anchor: session.open)
        let start = bucket.start(of: Timestamp(nanoseconds: time))
        return Bar(start: start, end: min(start + width, session.close))
    }

    /// Publishes a bar whose window has ended, or lets it wait for its grace, and keeps it for revision.
    private mutating func keep(_ bar: Bar, width: Int, _ updates: inout Outbox) {
        var closed = ClosedBar(bar: bar, cvd: total.delta, revision: 0, isPublished: plan.grace == 0)
        if closed.isPublished {
            publish(&closed, width: width, reason: .none, &updates)
        } else {
            nextPending = min(nextPending, bar.end.nanoseconds &+ plan.grace)
        }
        makeRoom(width: width, &updates)
        histories.append(closed, width: width)
    }

    /// A bar that still waits for its grace when its place is needed is published early: none is ever lost.
    mutating func makeRoom(width: Int, _ updates: inout Outbox) {
        let kept = self.width(width).kept
        guard kept > 0, histories.count(width) == kept else { return }
        var oldest = histories.bar(width, age: kept - 1)
        if !oldest.isPublished { publish(&oldest, width: width, reason: .none, &updates) }
    }

    /// The width whose closed bars are counted: the shortest that is published.
    var countedWidth: Int {
        plan.base.isPublished ? 0 : 1
    }

    func width(_ index: Int) -> FlowPlan.Width { index == 0 ? plan.base : plan.wides[index - 1] }

    /// Publishes bars whose grace has run out, the oldest first, width by width.
    mutating func publishPending(_ time: Int64, _ updates: inout Outbox) {
        nextPending = .max
        for width in 0...wides.count {
            for age in stride(from: histories.count(width) - 1, through: 0, by: -1) {
                var closed = histories.bar(width, age: age)
                guard !closed.isPublished else { continue }
                let due = closed.bar.end.nanoseconds &+ plan.grace
                guard time >= due else {
                    nextPending = min(nextPending, due)
                    continue
                }
                closed.isPublished = true
                publish(&closed, width: width, reason: .none, &updates)
                histories.set(closed, width: width, age: age)
            }
        }
    }

    /// A gap lasts from the last good event to the next one; a clock only says how far it has come.
    private mutating func extendGap(to time: Int64) {
        if let from = gapOpen, inSession, time > from { declareGap(from: from, to: time) }
    }

    mutating func declareGap(from: Int64, to: Int64) {
        ledger.addGap(from: Timestamp(nanoseconds: from), to: Timestamp(nanoseconds: to))
        setClean(since: max(cleanSince, to))
    }

    /// Notes from where on nothing is missing.
    mutating func setClean(since time: Int64) {
        cleanSince = time
        let coverage = ledger.coverage(from: session.open, to: Timestamp(nanoseconds: time), in: session)
        elapsedWhenClean = coverage.elapsed
        missedWhenClean = coverage.gap
    }
}
