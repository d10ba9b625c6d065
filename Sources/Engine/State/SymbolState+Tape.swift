internal import Analytics
internal import Market
internal import Memory
internal import Updates

/// What was changed on the tape in this session, and what a correction's second half must know of the first.
struct TapeChanges: BitwiseCopyable {
    /// What the last cancel was of.
    enum Cancelled: UInt8, CaseIterable, BitwiseCopyable {
        case known, unknown, again
    }

    /// The latest venue time of a trade that was taken back or put right: open bars that began by then hold it.
    var lastRevised = Int64.min
    /// The same, of those whose removal left prices behind that may be gone.
    var lastApproximate = Int64.min
    /// The last cancel: its event's number, what it was of, the trade, and the widths that the trade was taken from.
    var number: UInt64 = 0
    var cancelled = Cancelled.again
    var trade = KeptTrade.nothing
    var reached: UInt64 = 0
}

// Cancels and corrections (definitions §3).
extension SymbolState {
    /// A trade is taken back; where a restate follows, the bars wait for it.
    mutating func receiveCancel(_ event: borrowing MarketEvent, _ updates: inout Outbox) {
        guard isInOpenSession(event) else { return }
        let isReplaced = event.marks.contains(.replaced)
        changes.number = event.sequence
        guard let place = kept.find(identifier: event.identifier, venue: event.venue) else {
            changes.cancelled = .unknown
            let isApplied = changeUnknown(event, by: -1, reason: isReplaced ? .corrected : .cancelled, &updates)
            if isApplied, !isReplaced { counts.cancelled += 1 }
            return
        }
        guard !kept[place].isRemoved else {
            changes.cancelled = .again
            counts.repeated += 1
            return
        }
        guard takeOut(at: place, isReplaced ? .corrected : .cancelled, &updates) else { return }
        if isReplaced {
            holdsChange = true
            expect(.min)
        } else {
            counts.cancelled += 1
            publishChanged(.cancelled, &updates)
        }
    }

    /// A trade comes as it should have been: right behind its cancel, or in place of one that is still there.
    mutating func receiveRestate(_ event: borrowing MarketEvent, _ updates: inout Outbox) {
        guard isInOpenSession(event) else { return }
        let number = event.sequence
        let isPair = holdsChange || changes.number != 0 && changes.number &+ 1 == number
        if !isPair { cancelForRestate(event, &updates) }
        switch changes.cancelled {
        case .known:
            if accepts(price: event.price.billionths, quantity: event.quantity.steps) {
                putIn(event, &updates)
                counts.corrected += 1
            } else {
                counts.refused += 1
            }
            publishChanged(.corrected, &updates)
        case .unknown:
            if changeUnknown(event, by: 1, reason: .corrected, &updates) { counts.corrected += 1 }
        case .again: counts.repeated += isPair ? 0 : 1
        }
        changes.number = 0
    }

    /// Publishes what a cancel has changed whose restate did not come.
    mutating func releaseHeld(_ updates: inout Outbox) {
        counts.cancelled += 1
        publishChanged(.cancelled, &updates)
    }

    /// Changes of sessions that are over are only counted.
    private mutating func isInOpenSession(_ event: borrowing MarketEvent) -> Bool {
        let time = event.venueTime.nanoseconds
        guard inSession, time >= session.open.nanoseconds else {
            counts.unapplied += 1
            return false
        }
        goodTime = max(lastGoodTime, time)
        return true
    }

    /// A restate without a cancel names the trade that it corrects itself.
    private mutating func cancelForRestate(_ event: borrowing MarketEvent, _ updates: inout Outbox) {
        changes.cancelled = .unknown
        guard let place = kept.find(identifier: event.identifier, venue: event.venue) else { return }
        guard !kept[place].isRemoved else { return changes.cancelled = .again }
        _ = takeOut(at: place, .corrected, &updates)
    }

    // MARK: Trades that are kept

    /// False, and the trade is only forgotten, where its size is gone already.
    private mutating func takeOut(at place: Int, _ reason: RevisionReason, _ updates: inout Outbox) -> Bool {
        changes.trade = kept[place]
        kept.remove(at: place)
        // Less than nothing cannot be: the size was taken already, by a cancel that named nobody.
        guard changes.trade.quantity <= sum({ $0.volume }) || !changes.trade.effects.contains(.volume) else {
            counts.unapplied += 1
            changes.cancelled = .again
            return false
        }
        changes.cancelled = .known
        changes.reached = change(changes.trade, by: -1, reaching: .max, &updates)
        tell(changes.trade, isRemoval: true, reason, isApproximate: false, &updates)
        return true
    }

    /// The corrected trade stands where the original stood: its time, its place among the others, and its side.
    private mutating func putIn(_ event: borrowing MarketEvent, _ updates: inout Outbox) {
        let old = changes.trade
        var effects = old.effects
        if event.tape != nil { effects = self.effects(of: event) }
        let isSigned = effects.contains(.flow) && effects.contains(.volume)
        var trade = KeptTrade(event, isSigned ? old.aggressor : .unknown, effects)
        (trade.time, trade.number, trade.missing, trade.state) = (old.time, old.number, ~changes.reached, .restated)
        if effects.hasOwnDay { splitDay() }
        keep(trade)
        _ = change(trade, by: 1, reaching: changes.reached, &updates)
        tell(trade, isRemoval: false, .corrected, isApproximate: false, &updates)
    }

    /// Takes a trade out of every sum that holds it, or puts its correction in; of the closed bars only into those of
    /// the widths in `reach`. Returns the widths that were reached.
    private mutating func change(
        _ trade: KeptTrade, by sign: Int64, reaching reach: UInt64, _ updates: inout Outbox
    ) -> UInt64 {
        changes.lastRevised = max(changes.lastRevised, trade.time)
        if cleanSince != .max { setClean(since: cleanSince) }
        changeSums(trade, by: sign)
        changeOpen(trade, by: sign)
        if extras.contains(.day) { changeDay(trade, by: sign) }
        var reached: UInt64 = 0
        for width in 0...wides.count {
            let bit = KeptTrade.bit(ofWidth: width)
            if isOpen(width, at: trade.time) {
                reached |= bit
            } else if self.width(width).isPublished {
                let isMeant = reach & bit != 0 && trade.missing & bit == 0
                if changeClosed(trade, by: sign, width: width, isMeant: isMeant, &updates) { reached |= bit }
            }
        }
        shown = ShownCounts(session: -1, developing: -1, rows: -1)
        return reached
    }

    private mutating func changeSums(_ trade: KeptTrade, by sign: Int64) {
        guard trade.effects.contains(.volume) else { return }
        if hasProfile, trade.effects.contains(.profile) {
            changeProfile(price: trade.price, quantity: trade.quantity, by: sign)
        }
        if extras.contains(.weightedPrice), trade.effects.contains(.price) {
            changeWeightedPrice(price: trade.price, quantity: trade.quantity, by: sign)
        }
        if !isOpen(0, at: trade.time) {
            cvd &+= sign &* trade.flow
            room &-= sign &* trade.quantity
        }
    }

    private mutating func changeProfile(price: Int64, quantity: Int64, by sign: Int64) {
        if sign > 0 { return profile.add(price: price, quantity: quantity) }
        if !profile.remove(price: price, quantity: quantity) { shownQuality.isApproximate = true }
    }

    private mutating func changeWeightedPrice(price: Int64, quantity: Int64, by sign: Int64) {
        if sign > 0 { return weightedPrice.add(price: price, quantity: quantity) }
        guard quantity <= weightedPrice.volume else { return shownQuality.isApproximate = true }
        weightedPrice.remove(price: price, quantity: quantity)
    }

    /// The open bars whose sources are past the trade's time, and the session's sum where they all are.
    private mutating func changeOpen(_ trade: KeptTrade, by sign: Int64) {
        let end = wides.count == 0 ? base.bar.start : wides[wides.count - 1].bar.start
        if trade.time < end.nanoseconds {
            var bar = total
            changeOpen(&bar, trade, by: sign, from: session.open, to: end)
            total = bar
        }
        for index in 0..<wides.count where isOpen(index + 1, at: trade.time) {
            wides[index].shownCount = -1
            let source = plan.wides[index].source
            guard !isOpen(source, at: trade.time) else { continue }
            let end = source == 0 ? base.bar.start : wides[source - 1].bar.start
            var bar = wides[index].bar
            changeOpen(&bar, trade, by: sign, from: bar.start, to: end)
            wides[index].bar = bar
        }
        guard isOpen(0, at: trade.time) else { return }
        base.shownCount = -1
        goodTime = lastGoodTime
        var bar = base.bar
        changeOpen(&bar, trade, by: sign, from: bar.start, to: bar.end)
        base.bar = bar
    }

    private mutating func changeOpen(
        _ bar: inout Bar, _ trade: KeptTrade, by sign: Int64, from start: Timestamp, to end: Timestamp
    ) {
        bar.change(trade, by: sign, span: .minute)
        let window = Window(from: start.nanoseconds, to: end.nanoseconds)
        guard !findPrices(of: &bar, trade, by: sign, in: window, width: 0, span: .minute) else { return }
        changes.lastApproximate = max(changes.lastApproximate, trade.time)
        shownQuality.isApproximate = true
    }

    private mutating func changeDay(_ trade: KeptTrade, by sign: Int64) {
        day.change(trade, by: sign, span: .day)
        let window = Window(from: session.open.nanoseconds, to: session.close.nanoseconds)
        var bar = day
        if !findPrices(of: &bar, trade, by: sign, in: window, width: 0, span: .day) {
            shownQuality.isApproximate = true
        }
        day = bar
    }

    /// Changes a closed bar that is still kept; false where it is not reached.
    private mutating func changeClosed(
        _ trade: KeptTrade, by sign: Int64, width: Int, isMeant: Bool, _ updates: inout Outbox
    ) -> Bool {
        guard trade.effects.contains(.volume) else { return false }
        let (start, end) = window(self.width(width), at: trade.time)
        let age = carry(sign &* trade.flow, past: start, width: width)
        // A correction goes where its original was, whatever the time is by now.
        guard isMeant, sign > 0 || isWithinHorizon(end) else {
            if isMeant, width == countedWidth { counts.beyondHorizon += 1 }
            return false
        }
        let count = histories.count(width)
        if age < count, histories.bar(width, age: age).bar.start == start {
            changeKept(trade, by: sign, width: width, age: age)
            return true
        }
        // The window ended between both halves of a correction, and without a trade.
        guard sign > 0, age < count || count < self.width(width).kept else { return false }
        insert(trade, Bar(start: start, end: end), width: width, age: age, reason: .corrected, &updates)
        return true
    }

    private mutating func changeKept(_ trade: KeptTrade, by sign: Int64, width: Int, age: Int) {
        var closed = histories.bar(width, age: age)
        let wasEmpty = closed.bar.isEmpty
        closed.bar.change(trade, by: sign, span: .minute)
        closed.cvd &+= sign &* trade.flow
        closed.flags.insert(.inputRevised)
        closed.isChanged = true
        let window = Window(from: closed.bar.start.nanoseconds, to: closed.bar.end.nanoseconds)
        let bit = KeptTrade.bit(ofWidth: width)
        let isExact = findPrices(of: &closed.bar, trade, by: sign, in: window, width: bit, span: .minute)
        if !isExact { closed.flags.insert(.approximate) }
        if closed.bar.isEmpty != wasEmpty { countClosed(width, by: wasEmpty ? 1 : -1) }
        histories.set(closed, width: width, age: age)
    }

    /// Finds a bar's prices anew where a change may have moved them; false where not all of its trades are kept: then a
    /// removal leaves them as they are, and what is put in widens them.
    private func findPrices(
        of bar: inout Bar, _ trade: KeptTrade, by sign: Int64, in window: Window, width: UInt64, span: BarSpan
    ) -> Bool {
        guard bar.stands(on: trade, span: span) else { return true }
        let prices = kept.prices(from: window.start, to: window.end, width: width, span: span)
        if bar.isWhole(prices) {
            bar.set(prices)
            return true
        }
        if sign > 0 { bar.widen(to: trade, span: span) }
        return false
    }

    /// Publishes the closed bars that the last change reached.
    private mutating func publishChanged(_ reason: RevisionReason, _ updates: inout Outbox) {
        holdsChange = false
        let time = changes.trade.time
        for width in 0...wides.count where self.width(width).isPublished && !isOpen(width, at: time) {
            let (start, _) = window(self.width(width), at: time)
            for age in 0..<histories.count(width) {
                var closed = histories.bar(width, age: age)
                guard closed.bar.start >= start else { break }
                guard closed.isChanged else { continue }
                closed.isChanged = false
                if closed.isPublished {
                    closed.revision += 1
                    publish(&closed, width: width, reason: reason, &updates)
                }
                histories.set(closed, width: width, age: age)
            }
        }
        reviewQuality(lastGoodTime, &updates)
    }

    // MARK: Trades that nobody knows

    /// Sums alone: volume, count, and where the price could have been part of them mean price and profile. Bars shorter
    /// than a day stay as they are: which of them held the trade is not known.
    private mutating func changeUnknown(
        _ event: borrowing MarketEvent, by sign: Int64, reason: RevisionReason, _ updates: inout Outbox
    ) -> Bool {
        let effects = effects(of: event)
        let (price, quantity) = (event.price.billionths, event.quantity.steps)
        let sums = sums
        let isPossible = sign > 0 ? hasRoom(for: quantity) : quantity <= sums.volume && sums.count > 0
        guard isSound(price: price, quantity: quantity), isPossible, effects.contains(.volume) else {
            counts.unapplied += 1
            return false
        }
        if plan.hasDays { splitDay() }
        let isPriced = effects.contains(.price) && (sign > 0 || sums.mayHold(price: price, quantity: quantity))
        total.changeUnknown(price: price, quantity: quantity, by: sign, isPriced: isPriced)
        let isInDay = effects.contains(.dayPrice) && (sign > 0 || day.mayHold(price: price, quantity: quantity))
        if extras.contains(.day) { day.changeUnknown(price: price, quantity: quantity, by: sign, isPriced: isInDay) }
        room &-= sign &* quantity
        if hasProfile, effects.contains(.profile) { changeProfile(price: price, quantity: quantity, by: sign) }
        if extras.contains(.weightedPrice), isPriced {
            changeWeightedPrice(price: price, quantity: quantity, by: sign)
        }
        counts.approximate += 1
        shownQuality.isApproximate = true
        shown = ShownCounts(session: -1, developing: -1, rows: -1)
        tell(KeptTrade(event, .unknown, effects), isRemoval: sign < 0, reason, isApproximate: true, &updates)
        reviewQuality(lastGoodTime, &updates)
        return true
    }

    /// Tells the analytics of the order flow.
    private mutating func tell(
        _ trade: KeptTrade, isRemoval: Bool, _ reason: RevisionReason, isApproximate: Bool, _ updates: inout Outbox
    ) {
        guard let analytics, trade.effects.isOrderFlow else { return }
        tellBars(&updates)
        analytics.receive(
            TapeChange(trade: Trade(trade), isRemoval: isRemoval, reason: reason, isApproximate: isApproximate),
            &updates)
        expect(analytics)
    }

    // MARK: Bars of a day

    /// From here on bars of a day and more are summed up apart: their trades differ from those of shorter ones.
    mutating func splitDay() {
        guard plan.hasDays, !extras.contains(.day) else { return }
        day = sums
        extras.insert(.day)
    }

    /// A width's open bar as it is shown.
    func shownOpen(_ width: Int) -> Bar {
        guard hasOwnDay(width) else { return open(width) }
        var bar = day
        let window = width == 0 ? base.bar : wides[width - 1].bar
        (bar.start, bar.end) = (window.start, window.end)
        return bar
    }

    /// Whether a width's open bar differs from what its sources make of it.
    func hasOwnDay(_ width: Int) -> Bool { extras.contains(.day) && self.width(width).isDay }

    /// What must be said of an open bar that began then.
    @inline(__always)
    func flags(from start: Timestamp, _ width: FlowPlan.Width) -> UpdateHead.Flags {
        start.nanoseconds < cleanSince || width.isDay ? changedFlags(from: start, isDay: width.isDay) : []
    }

    @inline(never)
    private func changedFlags(from start: Timestamp, isDay: Bool) -> UpdateHead.Flags {
        var flags: UpdateHead.Flags = []
        if start.nanoseconds <= changes.lastRevised { flags.insert(.inputRevised) }
        if start.nanoseconds <= changes.lastApproximate || isDay && shownQuality.isApproximate {
            flags.insert(.approximate)
        }
        return flags
    }
}
