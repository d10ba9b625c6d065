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
            if !wides[index].bar.isEmpty {
                close(wides[index].bar, width: index + 1, cvd: total.delta, &updates)
            }
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
        close(bar, width: 0, cvd: total.delta, &updates)
    }

    /// The empty bar of a width at `time`: session-anchored, cut to the session's close.
    func emptyBar(_ width: Int64, at time: Int64) -> Bar {
        let bucket = Bucket(width: width, anchor: session.open)
        let start = bucket.start(of: Timestamp(nanoseconds: time))
        return Bar(start: start, end: min(start + width, session.close))
    }

    /// Publishes a bar whose window has ended, or lets it wait for its grace, and keeps it for revision.
    private mutating func close(_ bar: Bar, width: Int, cvd: Int64, _ updates: inout Outbox) {
        let slots = self.width(width)
        if width == countedWidth { counts.candles += 1 }
        guard slots.candleSlot != FlowPlan.noSlot || slots.deltaSlot != FlowPlan.noSlot else { return }
        var closed = ClosedBar(bar: bar, cvd: cvd, revision: 0, isPublished: plan.grace == 0)
        if closed.isPublished {
            publish(&closed, width: width, reason: .none, &updates)
        } else {
            nextPending = min(nextPending, bar.end.nanoseconds &+ plan.grace)
        }
        makeRoom(width: width, &updates)
        if histories.keeps(width) { histories.append(closed, width: width) }
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
        plan.base.candleSlot != FlowPlan.noSlot || plan.base.deltaSlot != FlowPlan.noSlot ? 0 : 1
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
        cleanSince = max(cleanSince, to)
    }
}
