internal import Analytics
internal import Market
internal import Memory
internal import Updates

// Trades that are out of the ordinary: outside every session, behind their bar, of a consolidated tape, without the
// right to move a price.
extension SymbolState {
    @inline(never)
    mutating func receiveIrregular(_ event: borrowing MarketEvent, into updates: inout Outbox) {
        let time = event.venueTime.nanoseconds
        guard inSession, time >= session.open.nanoseconds else {
            countOutside(time)
            return
        }
        let effects = effects(of: event)
        let isLate = time < floor
        var trade = KeptTrade(event, classify(event, effects, isLate: isLate), effects)
        if effects.hasOwnDay { splitDay() }
        if extras.contains(.day) { day.addToDay(trade) }
        if effects.contains(.volume) {
            addToSums(trade)
            if isLate {
                counts.late += 1
                cvd &+= trade.flow
                room &-= trade.quantity
                trade.missing = revise(trade, &updates)
            } else {
                goodTime = max(goodTime, time)
                base.bar.add(trade)
            }
        }
        keep(trade)
        receiveExtras(event, trade, isLate: isLate, into: &updates)
    }

    /// What a trade does to the sums: by its conditions where it is of a consolidated tape, and by its marks.
    mutating func effects(of event: borrowing MarketEvent) -> TradeEffects {
        guard let tape = event.tape, !event.marks.contains(.touch) else {
            return event.marks.contains(.volumeOnly) ? .volumeOnly : TradeEffects.regular.marked(event.marks)
        }
        if plan.conditions.hasUnknown(event.conditions, tape) { counts.unknownConditions += 1 }
        return plan.conditions.effects(event.conditions, tape).marked(event.marks)
    }

    /// Only trades of the order flow have an aggressor, and only they and auctions are what later ones are compared
    /// with. A late trade is classified by what is known now and leaves no trace for the trades that follow.
    private mutating func classify(
        _ event: borrowing MarketEvent, _ effects: TradeEffects, isLate: Bool
    ) -> Aggressor {
        let memory = side
        var aggressor = Aggressor.unknown
        if effects.contains(.auction) {
            if effects.contains(.volume) { aggressor = side.auction(price: event.price.billionths) }
        } else if effects.contains(.flow) {
            aggressor = side.classify(event, bid: bid, ask: ask)
        }
        if isLate { side = memory }
        return aggressor
    }

    /// Keeps a trade that has a name, so that it can be taken back.
    mutating func keep(_ trade: KeptTrade) {
        if trade.identifier != 0 { kept.append(trade) } else { kept.forget(trade) }
    }

    private mutating func receiveExtras(
        _ event: borrowing MarketEvent, _ trade: KeptTrade, isLate: Bool, into updates: inout Outbox
    ) {
        let isOrderFlow = trade.effects.isOrderFlow
        let tape = event.tape
        if extras.contains(.print), isOrderFlow || tape == nil {
            watchPrint(event, trade.aggressor, isLate: isLate, into: &updates)
        }
        if extras.contains(.republish) { republishTrade(event, trade.aggressor, isLate: isLate, into: &updates) }
        guard extras.contains(.analytics) else { return }
        if isLate { tellBars(&updates) }
        guard isOrderFlow else { return }
        if isLate {
            tellLate(event, trade.aggressor, &updates)
        } else {
            tell(Trade(event, trade.aggressor, bid: bid, ask: ask), &updates)
        }
    }

    /// A trade outside its session: of an earlier session that has been closed, or of no session at all.
    private mutating func countOutside(_ time: Int64) {
        if let closed = closedSession, time >= closed.head.start.nanoseconds, time < closed.head.end.nanoseconds {
            counts.tooLate += 1
        } else {
            counts.outsideSession += 1
            goodTime = max(goodTime, time)
        }
    }

    private mutating func addToSums(_ trade: KeptTrade) {
        guard !trade.effects.isDisjoint(with: [.price, .profile]) else { return }
        if !grid.holds(trade.price) { counts.offTick += 1 }
        if hasProfile, trade.effects.contains(.profile) { profile.add(price: trade.price, quantity: trade.quantity) }
        if extras.contains(.weightedPrice), trade.effects.contains(.price) {
            weightedPrice.add(price: trade.price, quantity: trade.quantity)
        }
    }

    /// Venue time of the last event that was not a gap.
    var lastGoodTime: Int64 { max(goodTime, base.bar.lastTime) }

    /// How far time has come: clocks move the open bar on, and only them where nothing is traded.
    var latestTime: Int64 { max(lastGoodTime, base.bar.start.nanoseconds) }

    /// Adds a late trade to the bars that it belongs to, and publishes those of them that were closed anew. Returns the
    /// widths that it did not reach, as `KeptTrade.missing` has them.
    ///
    /// Of the open bars it is added to those whose sources are already past it, and reaches the longer ones from there:
    /// in their sums it stands before everything that the sources still hold.
    private mutating func revise(_ trade: KeptTrade, _ updates: inout Outbox) -> UInt64 {
        for index in 0..<wides.count where isOpen(index + 1, at: trade.time) {
            if !isOpen(plan.wides[index].source, at: trade.time) { wides[index].bar.add(trade) }
        }
        if !isOpen(wides.count, at: trade.time) { total.add(trade) }
        var missing: UInt64 = 0
        for width in 0...wides.count where self.width(width).isPublished && !isOpen(width, at: trade.time) {
            if !reviseClosed(trade, width: width, &updates) { missing |= KeptTrade.bit(ofWidth: width) }
        }
        return missing
    }

    /// Whether a trade's time lies in the open bar of a width.
    func isOpen(_ width: Int, at time: Int64) -> Bool {
        time >= (width == 0 ? base.bar.start : wides[width - 1].bar.start).nanoseconds
    }

    /// Adds a late trade to a closed bar, old or new; false where it came too late for that.
    private mutating func reviseClosed(_ trade: KeptTrade, width: Int, _ updates: inout Outbox) -> Bool {
        let (start, end) = window(self.width(width), at: trade.time)
        let window = Bar(start: start, end: end)
        let age = carry(trade.flow, past: window.start, width: width)
        guard isWithinHorizon(end), histories.keeps(width) else {
            if width == countedWidth { counts.beyondHorizon += 1 }
            return false
        }
        let kept = histories.count(width)
        if age < kept, histories.bar(width, age: age).bar.start == window.start {
            reviseKept(trade, width: width, age: age, &updates)
        } else if age == kept, kept == self.width(width).kept {
            // Older than all that are kept: whether there was such a bar is no longer known.
            if width == countedWidth { counts.beyondHorizon += 1 }
            return false
        } else {
            insert(trade, window, width: width, age: age, reason: .late, &updates)
        }
        return true
    }

    /// Whether a bar that ended then may still change.
    func isWithinHorizon(_ end: Timestamp) -> Bool {
        end.nanoseconds &+ plan.horizon &+ plan.grace >= latestTime
    }

    /// The bars that ended later than a window have a change of delta in it in their cumulative delta from now on;
    /// returns how many.
    mutating func carry(_ flow: Int64, past start: Timestamp, width: Int) -> Int {
        let kept = histories.count(width)
        var age = 0
        while age < kept {
            var closed = histories.bar(width, age: age)
            guard closed.bar.start > start else { break }
            closed.cvd &+= flow
            histories.set(closed, width: width, age: age)
            age += 1
        }
        return age
    }

    /// The cumulative delta at the end of a window behind the `age` youngest bars, from what came after it.
    private func cumulative(behind age: Int, width: Int) -> Int64 {
        guard age == 0 else {
            let younger = histories.bar(width, age: age - 1)
            return younger.cvd &- younger.bar.delta
        }
        return cvd &+ base.bar.delta &- open(width).delta
    }

    private mutating func reviseKept(_ trade: KeptTrade, width: Int, age: Int, _ updates: inout Outbox) {
        var closed = histories.bar(width, age: age)
        let wasEmpty = closed.bar.isEmpty
        closed.bar.add(trade)
        closed.cvd &+= trade.flow
        if wasEmpty { countClosed(width, by: 1) }
        if closed.isPublished {
            closed.revision += 1
            publish(&closed, width: width, reason: .late, &updates)
        } else if wasEmpty {
            publishOrWait(&closed, width: width, reason: .late, &updates)
        }
        histories.set(closed, width: width, age: age)
    }

    /// A window that had no trade until now gets its bar after all.
    mutating func insert(
        _ trade: KeptTrade, _ window: Bar, width: Int, age: Int, reason: RevisionReason, _ updates: inout Outbox
    ) {
        var bar = window
        bar.add(trade)
        let cvd = cumulative(behind: age, width: width)
        var closed = ClosedBar(bar: bar, cvd: cvd, revision: 0, isPublished: false)
        if reason != .late { closed.flags = .inputRevised }
        countClosed(width, by: 1)
        publishOrWait(&closed, width: width, reason: reason, &updates)
        makeRoom(width: width, &updates)
        histories.insert(closed, width: width, age: age)
    }

    /// Publishes a late bar's first edition, or lets it wait for its grace.
    private mutating func publishOrWait(
        _ closed: inout ClosedBar, width: Int, reason: RevisionReason, _ updates: inout Outbox
    ) {
        let due = closed.bar.end.nanoseconds &+ plan.grace
        closed.isPublished = latestTime >= due
        if closed.isPublished {
            publish(&closed, width: width, reason: reason, &updates)
        } else {
            nextPending = min(nextPending, due)
            expect(nextPending)
        }
    }
}
