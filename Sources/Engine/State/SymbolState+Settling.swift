internal import Analytics
internal import Market
internal import Memory
internal import Rings
internal import Updates

// What is due by an event's time, before the event itself is looked at.
extension SymbolState {
    /// Ends what has ended by `time`, shows what is to be shown, and sets the next deadline.
    @inline(never)
    mutating func settle(_ events: RingElements<MarketEvent>, at place: Int, _ updates: inout Outbox) {
        let time = events[place].venueTime.nanoseconds
        let kind = events[place].kind
        // A change of settings has no time of its own.
        if kind == .control, events[place].controlAction == .settings { return }
        if _slowPath(nextMore == .min), breaks(before: events, at: place, &updates) { return }
        if time < nextMore {
            rollBase(time, &updates)
            deadline = min(nextMore, base.bar.end.nanoseconds)
        }
        // Also when the base bar's own end plus grace is over by now.
        guard time >= nextMore else { return }
        if time < min(nextOwn, base.bar.end.nanoseconds) { return wakeAlone(time, &updates) }
        settleMore(time, kind, &updates)
    }

    /// Detectors' timers run out many times a second: where nothing else is due, nothing else is looked at.
    private mutating func wakeAlone(_ time: Int64, _ updates: inout Outbox) {
        wakeAnalytics(time, &updates)
        nextMore = min(nextOwn, analytics?.nextInstant ?? .max)
        deadline = min(nextMore, base.bar.end.nanoseconds)
    }

    @inline(never)
    private mutating func settleMore(_ time: Int64, _ kind: EventKind?, _ updates: inout Outbox) {
        if holdsChange, kind != .restate || time >= session.close.nanoseconds { releaseHeld(&updates) }
        let hadGap = gapOpen != nil
        if hadGap { extendGap(to: time) }
        if time >= (inSession ? session.close.nanoseconds : nextSessionOpen) {
            rollSession(time, &updates)
            // A gap may reach from one session into the next.
            if gapOpen != nil { extendGap(to: time) }
        }
        if kind != .clock { gapOpen = nil }
        if inSession {
            if time >= base.bar.end.nanoseconds { rollBars(time, &updates) }
            if time >= nextDeveloping { showDeveloping(time, &updates) }
            if time >= nextRows { showRows(time, &updates) }
            if time >= nextLive { showLive(time, &updates) }
        }
        if time >= nextPending { publishPending(time, &updates) }
        if extras.contains(.analytics) {
            tellBars(&updates)
            wakeAnalytics(time, &updates)
            if time >= nextControl { applyControls(time) }
        }
        // Both lie far from what a settling touches anyway: asked for only where they have something to say.
        if hadGap || extras.contains(.qualityWaits) { reviewQuality(time, &updates) }
        setDeadline()
    }

    private mutating func setDeadline() {
        guard gapOpen == nil else { return expect(.min) }
        nextOwn = min(inSession ? session.close.nanoseconds : nextSessionOpen, nextPending)
        if extras.contains(.qualityWaits) { nextOwn = min(nextOwn, shownQuality.next) }
        if inSession { nextOwn = min(min(nextOwn, nextWide), min(nextLive, min(nextDeveloping, nextRows))) }
        nextMore = nextOwn
        if extras.contains(.analytics), let analytics {
            nextOwn = min(nextOwn, nextControl)
            nextMore = min(nextOwn, analytics.nextInstant)
        }
        deadline = inSession ? min(nextMore, base.bar.end.nanoseconds) : nextMore
    }

    /// Makes sure that `time` does not go by without a look at what is due.
    mutating func expect(_ time: Int64) {
        nextOwn = min(nextOwn, time)
        expectInstant(time)
    }

    /// As `expect`, of an instant that an analytic expects.
    mutating func expectInstant(_ time: Int64) {
        nextMore = min(nextMore, time)
        deadline = min(deadline, time)
    }

    /// Ends the base bar and every wider one that ends with it, and begins the next.
    mutating func rollBars(_ time: Int64, _ updates: inout Outbox) {
        if !base.bar.isEmpty {
            foldBase()
            if hasOwnDay(0) { base.bar = shownOpen(0) }
            publishBase(&updates)
        }
        if time >= nextWide { rollWides(time, &updates) }
        beginBase(time)
        if extras.contains(.analytics) { tellBars(&updates) }
    }

    /// Ends the base bar alone.
    @inline(__always)
    private mutating func rollBase(_ time: Int64, _ updates: inout Outbox) {
        if !base.bar.isEmpty {
            foldBase()
            publishBase(&updates)
        }
        beginBase(time)
        if _slowPath(plan.base.observed >= 0) { tellBars(&updates) }
    }

    @inline(__always)
    mutating func beginBase(_ time: Int64) {
        base.begin(window(plan.base, at: time))
        floor = base.bar.start.nanoseconds
    }

    /// Folds the base bar, which has ended, into those that it is a source of.
    @inline(__always)
    private mutating func foldBase() {
        if _fastPath(plan.base.target >= 0) {
            wides[plan.base.target].bar.fold(base.bar)
        } else {
            foldBaseApart()
        }
        cvd &+= base.bar.delta
        room &-= base.bar.volume
        goodTime = max(goodTime, base.bar.lastTime)
    }

    /// Publishes the base bar, which has ended, where its width is asked for.
    @inline(__always)
    private mutating func publishBase(_ updates: inout Outbox) {
        guard plan.base.isPublished || plan.base.observed >= 0 else { return }
        let isKept = keepsClosed(0)
        if isKept, plan.grace > 0 { return keep(base.bar, width: 0, &updates) }
        takeNumbers(of: 0)
        let flags = flags(from: base.bar.start, plan.base)
        write(base.bar, base.number, plan.base, cvd: cvd, until: base.bar.end, as: .final(flags), &updates)
        if _slowPath(plan.base.observed >= 0) { hold(base.bar, width: 0, cumulative: cvd) }
        if isKept { histories.append(base.bar, cvd: cvd, flags: flags, width: 0) }
    }

    /// Ends the wide bars that are over, short ones first, and begins the next.
    @inline(never)
    private mutating func rollWides(_ time: Int64, _ updates: inout Outbox) {
        nextWide = .max
        for index in 0..<wides.count {
            if wides[index].bar.end.nanoseconds <= time {
                if !wides[index].bar.isEmpty {
                    fold(wides[index].bar, of: index + 1)
                    if hasOwnDay(index + 1) { wides[index].bar = shownOpen(index + 1) }
                    closeWide(index, &updates)
                }
                wides[index].begin(window(plan.wides[index], at: time))
            }
            nextWide = min(nextWide, wides[index].bar.end.nanoseconds)
        }
    }

    @inline(never)
    private mutating func foldBaseApart() { fold(base.bar, of: 0) }

    /// Folds a bar that has ended into those of the widths that have it as their source; the longest into the session.
    @inline(__always)
    private mutating func fold(_ bar: borrowing Bar, of width: Int) {
        guard width < wides.count else { return total.fold(bar) }
        for index in width..<wides.count where plan.wides[index].source == width { wides[index].bar.fold(bar) }
    }

    /// The bar of a width as it stands, with what its sources hold: all trades of its window so far.
    func open(_ width: Int) -> Bar {
        guard width > 0 else { return base.bar }
        var bar = wides[width - 1].bar
        bar.fold(open(plan.wides[width - 1].source))
        return bar
    }

    /// The trades of the bar of a width as it stands.
    func openCount(_ width: Int) -> Int64 {
        var count = base.bar.count
        var width = width
        while width > 0 {
            count &+= wides[width - 1].bar.count
            width = plan.wides[width - 1].source
        }
        return count
    }

    /// The session's sums as they stand.
    var sums: Bar {
        var sums = total
        sums.fold(open(wides.count))
        return sums
    }

    /// The session's sum of one figure as it stands, without folding the others.
    @inline(__always)
    func sum(_ figure: (borrowing Bar) -> Int64) -> Int64 {
        var sum = figure(total) &+ figure(base.bar)
        var width = wides.count
        while width > 0 {
            sum &+= figure(wides[width - 1].bar)
            width = plan.wides[width - 1].source
        }
        return sum
    }

    /// The window of a width at `time`: session-anchored, cut to the session's close. `time` lies in the session.
    @inline(__always)
    func window(_ width: FlowPlan.Width, at time: Int64) -> (start: Timestamp, end: Timestamp) {
        let windows = width.reciprocal.quotient(UInt64(bitPattern: time &- session.open.nanoseconds))
        let start = session.open.nanoseconds &+ Int64(bitPattern: windows) &* width.width
        return (
            Timestamp(nanoseconds: start), Timestamp(nanoseconds: min(start &+ width.width, session.close.nanoseconds))
        )
    }

    private mutating func closeWide(_ index: Int, _ updates: inout Outbox) {
        if keepsClosed(index + 1) {
            keep(wides[index].bar, width: index + 1, &updates)
        } else {
            takeNumbers(of: index + 1)
            let end = wides[index].bar.end
            let flags = flags(from: wides[index].bar.start, plan.wides[index])
            write(
                wides[index].bar, wides[index].number, plan.wides[index], cvd: cvd, until: end, as: .final(flags),
                &updates)
            if plan.wides[index].observed >= 0 {
                let bar = wides[index].bar
                hold(bar, width: index + 1, cumulative: cvd)
            }
        }
    }

    @inline(__always)
    mutating func countClosed(_ width: Int, by change: Int64) {
        if width == 0 { base.closed &+= change } else { wides[width - 1].closed &+= change }
    }

    /// Whether bars of a width live on after their end: to be revised, or to wait for their grace.
    private mutating func keepsClosed(_ width: Int) -> Bool {
        countClosed(width, by: 1)
        return self.width(width).kept > 0
    }

    /// Publishes a bar whose window has ended, or lets it wait for its grace, and keeps it for revision.
    private mutating func keep(_ bar: Bar, width: Int, _ updates: inout Outbox) {
        var closed = ClosedBar(bar: bar, cvd: cvd, revision: 0, isPublished: plan.grace == 0)
        closed.flags = flags(from: bar.start, self.width(width))
        if closed.isPublished {
            finish(&closed, width: width, &updates)
        } else {
            nextPending = min(nextPending, bar.end.nanoseconds &+ plan.grace)
            expect(nextPending)
        }
        makeRoom(width: width, &updates)
        histories.append(closed, width: width)
    }

    /// A bar that still waits for its grace when its place is needed is published early: none is ever lost.
    mutating func makeRoom(width: Int, _ updates: inout Outbox) {
        let kept = self.width(width).kept
        guard kept > 0, histories.count(width) == kept else { return }
        var oldest = histories.bar(width, age: kept - 1)
        if !oldest.isPublished, !oldest.bar.isEmpty { finish(&oldest, width: width, &updates) }
    }

    /// Publishes a closed bar for the first time, and tells the analytics that asked for its width.
    private mutating func finish(_ closed: inout ClosedBar, width: Int, _ updates: inout Outbox) {
        publish(&closed, width: width, reason: .none, &updates)
        if self.width(width).observed >= 0 { hold(closed.bar, width: width, cumulative: closed.cvd) }
    }

    /// The width whose closed bars are counted: the shortest that is published.
    var countedWidth: Int { plan.countedWidth }

    func width(_ index: Int) -> FlowPlan.Width { index == 0 ? plan.base : plan.wides[index - 1] }

    /// Publishes bars whose grace has run out, the oldest first, width by width.
    mutating func publishPending(_ time: Int64, _ updates: inout Outbox) {
        nextPending = .max
        for width in 0...wides.count {
            for age in stride(from: histories.count(width) - 1, through: 0, by: -1) {
                var closed = histories.bar(width, age: age)
                // One whose trades were all taken back waits for a trade.
                guard !closed.isPublished, !closed.bar.isEmpty else { continue }
                let due = closed.bar.end.nanoseconds &+ plan.grace
                guard time >= due else {
                    nextPending = min(nextPending, due)
                    continue
                }
                closed.isPublished = true
                finish(&closed, width: width, &updates)
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
        // Windows that hold a change of the tape take the long way too.
        cleanSince = max(time, changes.lastRevised &+ 1)
        let coverage = ledger.coverage(from: session.open, to: Timestamp(nanoseconds: cleanSince), in: session)
        elapsedWhenClean = coverage.elapsed
        missedWhenClean = coverage.gap
        analytics?.setGaps(ledger, cleanSince: cleanSince)
    }
}
