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
        let isLate = time < bar.start.nanoseconds
        if isLate { side = memory }
        let print = Print(event, aggressor)
        addToSums(print)
        if !isLate {
            lastGoodTime = max(lastGoodTime, time)
            print.add(to: &bar)
        } else {
            counts.late += 1
            print.add(to: &total)
            room &-= print.quantity
            revise(print, &updates)
        }
        if extras.contains(.print) { watchPrint(event, aggressor, isLate: isLate, into: &updates) }
        if extras.contains(.republish) { republishTrade(event, aggressor, isLate: isLate, into: &updates) }
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
            lastGoodTime = max(lastGoodTime, time)
        }
    }

    private mutating func addToSums(_ print: Print) {
        guard print.movesPrice else { return }
        if !grid.holds(print.price) { counts.offTick += 1 }
        if hasProfile { profile.add(price: print.price, quantity: print.quantity) }
        if extras.contains(.weightedPrice) { weightedPrice.add(price: print.price, quantity: print.quantity) }
    }

    /// How far time has come: clocks move the open bar on, and only them where nothing is traded.
    private var latestTime: Int64 { max(lastGoodTime, bar.start.nanoseconds) }

    /// Adds a late trade to the bars that it belongs to, and publishes those of them that were closed anew.
    private mutating func revise(_ print: Print, _ updates: inout Outbox) {
        for index in 0..<wides.count where print.time >= wides[index].bar.start.nanoseconds {
            print.add(to: &wides[index].bar)
        }
        for width in 0...wides.count {
            let isOpen = width > 0 && print.time >= wides[width - 1].bar.start.nanoseconds
            let slots = self.width(width)
            let isPublished = slots.candleSlot != FlowPlan.noSlot || slots.deltaSlot != FlowPlan.noSlot
            if !isOpen, isPublished { reviseClosed(print, width: width, &updates) }
        }
    }

    private mutating func reviseClosed(_ print: Print, width: Int, _ updates: inout Outbox) {
        let window = emptyBar(self.width(width).width, at: print.time)
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
            closed.cvd &+= Int64(print.aggressor.sign) &* print.quantity
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
        return width == 0 ? total.delta : total.delta &- wides[width - 1].bar.delta
    }

    private mutating func reviseKept(_ print: Print, width: Int, age: Int, _ updates: inout Outbox) {
        var closed = histories.bar(width, age: age)
        print.add(to: &closed.bar)
        closed.cvd &+= Int64(print.aggressor.sign) &* print.quantity
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
        if width == countedWidth { counts.candles += 1 }
        if isDue {
            publish(&closed, width: width, reason: .late, &updates)
        } else {
            nextPending = min(nextPending, bar.end.nanoseconds &+ plan.grace)
            deadline = min(deadline, nextPending)
        }
        makeRoom(width: width, &updates)
        histories.insert(closed, width: width, age: age)
    }
}
