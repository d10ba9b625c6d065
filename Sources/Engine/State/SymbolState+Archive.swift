internal import Analytics
internal import Market
public import Memory
internal import Updates

/// The number of the last update on a topic of a symbol.
struct TopicNumber {
    /// The topic without its symbol.
    var prefix: String
    var number: UInt64
}

extension OpenBar: Plain {}
extension SymbolCounts: Plain {}
extension ShownCounts: Plain {}
extension ClosedSession: Plain {}
extension SymbolState.Extras: Plain {}

extension ClosedBar: Plain {
    static var bounds: [PlainBound] { [.flag(\Self.isPublished), .flag(\Self.isChanged)] }
}

extension TapeChanges.Cancelled: PlainChoice {}

extension TapeChanges: Plain {
    static var bounds: [PlainBound] { [.choice(\Self.cancelled)] + .part(\Self.trade) }
}

extension SymbolState.ShownQuality: Plain {
    static var bounds: [PlainBound] { [.flag(\Self.startedLate), .flag(\Self.isApproximate)] }
}

// What the state's own sections hold: each stored property once.
extension SymbolState {
    /// All that does not hang on what bars there are.
    mutating func archiveCore(_ archive: inout Archive) {
        archive.values(&side.lastPrice, &side.lastSign)
        archiveTimes(&archive)
        archive.values(&session, &inSession, &bookState)
        archive.values(&cleanSince, &goodTime, &elapsedWhenClean, &missedWhenClean)
        archive.optional(&gapOpen)
        archive.values(&bid, &ask)
        archive.values(&counts, &countsAtOpen, &nextSessionOpen)
        archive.optional(&closedSession)
        ledger.archive(&archive)
        archive.values(&shownQuality, &changes)
        for place in 0..<FlowPlan.otherTopicLimit {
            archive.number(&numbers[place], ofSlot: UInt64(plan.widthTopics + place))
        }
        // What the bars hold, for a state with other bars.
        var (sums, flow, left) = (self.sums, cvd &+ base.bar.delta, room &- base.bar.volume)
        var candles = closedCandles
        archive.values(&sums, &flow, &left, &candles)
        if archive.hasRestored {
            (total, cvd, room) = (sums, flow, left)
            setClosedCandles(candles)
        }
        archiveControls(&archive)
    }

    /// When what is due. A changed interval counts from the last event on.
    private mutating func archiveTimes(_ archive: inout Archive) {
        archive.values(&deadline, &nextMore, &nextOwn)
        archive.values(&nextLive, &nextDeveloping, &nextRows)
        archive.values(&nextBoard, &nextBoardProfile)
        var (live, developing, rows) = (plan.live, plan.developing, plan.rows)
        archive.values(&live, &developing, &rows)
        var dynamic = extras.intersection([.qualityWaits])
        archive.value(&dynamic)
        guard archive.hasRestored else { return }
        extras.formUnion(dynamic.intersection([.qualityWaits]))
        if live != plan.live { nextLive = .min }
        if developing != plan.developing { nextDeveloping = .min }
        if rows != plan.rows { nextRows = .min }
    }

    /// Changes of settings: those that wait, and those that hold, by their places at the control desk.
    private mutating func archiveControls(_ archive: inout Archive) {
        archive.array(&waitingControls)
        archive.value(&nextControl)
        archive.value(&controlsSeen)
        archive.array(&appliedControls)
        guard archive.hasRestored else { return }
        for place in appliedControls + waitingControls where plan.controls.record(place) == nil {
            return archive.check(false, "the control desk has no change \(place)")
        }
        for place in appliedControls {
            if let record = plan.controls.record(place) { _ = analytics?.change(record.choice) }
        }
    }

    /// Bars in the making and closed ones, and the trades that can still be taken out of them.
    mutating func archiveBars(_ archive: inout Archive) {
        archive.values(&floor, &room, &base, &cvd)
        archive.cells(&wides)
        archive.values(&nextWide, &nextPending, &holdsChange)
        archive.values(&shown, &total, &day)
        var isSplit = extras.contains(.day)
        archive.value(&isSplit)
        if archive.hasRestored, isSplit { extras.insert(.day) }
        histories.archive(&archive)
        kept.archive(&archive)
        archiveHeld(&archive)
    }

    /// Bars that no analytic was told of yet, by their names: which number a name has depends on the analytics listed.
    private mutating func archiveHeld(_ archive: inout Archive) {
        var names = heldBars.map { plan.analytics.bars[$0.name] }
        archive.array(&heldBars)
        archive.list(&names, blank: "") { $1.text(&$0) }
        archive.check(names.count == heldBars.count, "a held bar has no name")
        guard archive.hasRestored else { return }
        let bars = zip(names, heldBars).compactMap { name, bar in
            plan.analytics.bars.firstIndex(of: name).map { place in
                var bar = bar
                bar.name = place
                return bar
            }
        }
        heldBars = bars
    }

    private mutating func setClosedCandles(_ count: Int64) {
        if countedWidth == 0 { base.closed = count } else { wides[countedWidth - 1].closed = count }
    }

    // MARK: Numbers

    /// The numbers of all topics; those of a width's topics are one.
    func numbered(_ slots: [UInt64: UInt64]) -> [TopicNumber] {
        var slots = slots
        for width in 0...wides.count {
            let number = width == 0 ? base.number : wides[width - 1].number
            slots[UInt64(self.width(width).candleSlot)] = number
            slots[UInt64(self.width(width).deltaSlot)] = number
        }
        return plan.topics.entries.enumerated().compactMap { slot, topic in
            slots[UInt64(slot)].map { TopicNumber(prefix: topic.prefix, number: $0) }
        }
    }

    /// The numbers by the slots that this state's topics have.
    func slots(_ numbers: [TopicNumber]) -> [UInt64: UInt64] {
        var slots: [UInt64: UInt64] = [:]
        for (slot, topic) in plan.topics.entries.enumerated() {
            slots[UInt64(slot)] = numbers.first { $0.prefix == topic.prefix }?.number
        }
        return slots
    }

    mutating func takeOtherNumbers(_ slots: [UInt64: UInt64]) {
        for place in 0..<FlowPlan.otherTopicLimit {
            numbers[place] = slots[UInt64(plan.widthTopics + place)] ?? 0
        }
    }

    /// Begins bars with what the session's sums say of all before them. They did not see their beginnings, and say so.
    mutating func beginBars(_ slots: [UInt64: UInt64], isInMiddle: Bool) {
        for width in 0...wides.count {
            let place = self.width(width)
            let number = max(slots[UInt64(place.candleSlot)] ?? 0, slots[UInt64(place.deltaSlot)] ?? 0)
            if width == 0 { base.number = number } else { wides[width - 1].number = number }
        }
        guard isInMiddle, inSession else { return }
        let time = min(max(goodTime, session.open.nanoseconds), session.close.nanoseconds - 1)
        beginBase(time)
        nextWide = .max
        for index in 0..<wides.count {
            wides[index].begin(window(plan.wides[index], at: time))
            nextWide = min(nextWide, wides[index].bar.end.nanoseconds)
        }
        shown = ShownCounts(session: -1, developing: -1, rows: -1)
        changes.lastApproximate = max(changes.lastApproximate, time)
        if cleanSince < .max { setClean(since: max(cleanSince, time + 1)) }
    }
}
