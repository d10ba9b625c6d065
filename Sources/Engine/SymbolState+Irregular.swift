internal import Analytics
internal import Market
internal import Memory
internal import Updates

// Trades that are out of the ordinary: outside every session, behind their bar, without the right to move a price.
extension SymbolState {
    @inline(never)
    mutating func receiveIrregular(_ event: borrowing MarketEvent, into updates: inout Outbox) {
        let time = event.venueTime.nanoseconds
        guard inSession, time >= session.open.nanoseconds else {
            countOutside(time)
            return
        }
        // A late trade is classified by what is known now and leaves no trace for the trades that follow.
        let memory = side
        let aggressor = side.classify(event, bid: bid, ask: ask)
        let isLate = time < floor
        if isLate { side = memory }
        let print = Print(event, aggressor)
        addToSums(print)
        if !isLate {
            goodTime = max(goodTime, time)
            print.add(to: &base.bar)
        } else {
            counts.late += 1
            cvd &+= print.flow
            room &-= print.quantity
            revise(print, &updates)
        }
        if extras.contains(.print) { watchPrint(event, aggressor, isLate: isLate, into: &updates) }
        if extras.contains(.republish) { republishTrade(event, aggressor, isLate: isLate, into: &updates) }
        guard extras.contains(.analytics) else { return }
        if isLate {
            tellBars(&updates)
            tellLate(event, aggressor, &updates)
        } else if print.movesPrice, !event.marks.contains(.auction) {
            tell(event, aggressor, &updates)
        }
    }

    /// A trade as the sums see it.
    private struct Print {
        let price: Int64
        let quantity: Int64
        let time: Int64
        let aggressor: Aggressor
        let movesPrice: Bool

        init(_ event: borrowing MarketEvent, _ aggressor: Aggressor) {
            price = event.price.billionths
            quantity = event.quantity.steps
            time = event.venueTime.nanoseconds
            movesPrice = !event.marks.contains(.volumeOnly)
            self.aggressor = aggressor
        }

        /// What it adds to delta.
        var flow: Int64 { Int64(aggressor.sign) &* quantity }

        func add(to bar: inout Bar) {
            let isInferred = aggressor.method.isInferred
            if movesPrice {
                bar.add(price: price, quantity: quantity, sign: aggressor.sign, inferred: isInferred, time: time)
            } else {
                bar.addUnpriced(quantity: quantity, sign: aggressor.sign, inferred: isInferred)
            }
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

    private mutating func addToSums(_ print: Print) {
        guard print.movesPrice else { return }
        if !grid.holds(print.price) { counts.offTick += 1 }
        if hasProfile { profile.add(price: print.price, quantity: print.quantity) }
        if extras.contains(.weightedPrice) { weightedPrice.add(price: print.price, quantity: print.quantity) }
    }

    /// Venue time of the last event that was not a gap.
    var lastGoodTime: Int64 { max(goodTime, base.bar.lastTime) }

    /// How far time has come: clocks move the open bar on, and only them where nothing is traded.
    private var latestTime: Int64 { max(lastGoodTime, base.bar.start.nanoseconds) }

    /// Adds a late trade to the bars that it belongs to, and publishes those of them that were closed anew.
    ///
    /// Of the open bars it is added to those whose sources are already past it, and reaches the longer ones from there:
    /// in their sums it stands before everything that the sources still hold.
    private mutating func revise(_ print: Print, _ updates: inout Outbox) {
        for index in 0..<wides.count where isOpen(index + 1, at: print.time) {
            if !isOpen(plan.wides[index].source, at: print.time) { print.add(to: &wides[index].bar) }
        }
        if !isOpen(wides.count, at: print.time) { print.add(to: &total) }
        for width in 0...wides.count where self.width(width).isPublished {
            if !isOpen(width, at: print.time) { reviseClosed(print, width: width, &updates) }
        }
    }

    /// Whether a late trade's time lies in the open bar of a width.
    private func isOpen(_ width: Int, at time: Int64) -> Bool {
        width > 0 && time >= wides[width - 1].bar.start.nanoseconds
    }

    private mutating func reviseClosed(_ print: Print, width: Int, _ updates: inout Outbox) {
        let (start, end) = window(self.width(width), at: print.time)
        let window = Bar(start: start, end: end)
        let age = carry(print, past: window.start, width: width)
        guard window.end.nanoseconds &+ plan.horizon &+ plan.grace >= latestTime, histories.keeps(width) else {
            if width == countedWidth { counts.beyondHorizon += 1 }
            return
        }
        let kept = histories.count(width)
        if age < kept, histories.bar(width, age: age).bar.start == window.start {
            reviseKept(print, width: width, age: age, &updates)
        } else if age == kept, kept == self.width(width).kept {
            // Older than all that are kept: whether there was such a bar is no longer known.
            if width == countedWidth { counts.beyondHorizon += 1 }
        } else {
            insertLate(print, window, width: width, age: age, &updates)
        }
    }

    /// The bars that ended later than a late trade's have it in their cumulative delta from now on; returns how many.
    private mutating func carry(_ print: Print, past start: Timestamp, width: Int) -> Int {
        let kept = histories.count(width)
        var age = 0
        while age < kept {
            var closed = histories.bar(width, age: age)
            guard closed.bar.start > start else { break }
            closed.cvd &+= print.flow
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

    private mutating func reviseKept(_ print: Print, width: Int, age: Int, _ updates: inout Outbox) {
        var closed = histories.bar(width, age: age)
        print.add(to: &closed.bar)
        closed.cvd &+= print.flow
        if closed.isPublished {
            closed.revision += 1
            publish(&closed, width: width, reason: .late, &updates)
        }
        histories.set(closed, width: width, age: age)
    }

    /// A window that had no trade until now gets its bar after all.
    private mutating func insertLate(_ print: Print, _ window: Bar, width: Int, age: Int, _ updates: inout Outbox) {
        var bar = window
        print.add(to: &bar)
        let isDue = latestTime >= bar.end.nanoseconds &+ plan.grace
        let cvd = cumulative(behind: age, width: width)
        var closed = ClosedBar(bar: bar, cvd: cvd, revision: 0, isPublished: isDue)
        countClosed(width)
        if isDue {
            publish(&closed, width: width, reason: .late, &updates)
        } else {
            nextPending = min(nextPending, bar.end.nanoseconds &+ plan.grace)
            expect(nextPending)
        }
        makeRoom(width: width, &updates)
        histories.insert(closed, width: width, age: age)
    }
}
