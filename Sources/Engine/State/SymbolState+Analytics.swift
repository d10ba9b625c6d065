internal import Analytics
internal import Market
internal import Memory
internal import Updates

// What the analytics of the catalogue are told of: they hang on the state and see what it has made of each event.
extension SymbolState {
    /// A trade of the order flow: classified, in time, able to move a price, made by no auction.
    @inline(never)
    mutating func tell(_ trade: Trade, _ updates: inout Outbox) {
        var instant = Int64.max
        calledAnalytics.forEach { analytics in
            analytics.receive(trade, &updates)
            instant = analytics.nextInstant
        }
        if instant < nextMore { expectInstant(instant) }
    }

    /// A trade that came behind its bar's end; one that may not move a price is not of the order flow.
    mutating func tellLate(_ event: borrowing MarketEvent, _ aggressor: Aggressor, _ updates: inout Outbox) {
        guard let analytics, event.marks.isDisjoint(with: [.volumeOnly, .auction]) else { return }
        let trade = Trade(event, aggressor, bid: bid, ask: ask)
        analytics.receive(
            TapeChange(trade: trade, isRemoval: false, reason: .late, isApproximate: false), &updates)
        expect(analytics)
    }

    mutating func tell(_ quote: Quote, _ updates: inout Outbox) {
        if quote.isCrossed { counts.crossedQuotes += 1 }
        if !plan.keepsBook, quote.isCrossed != (bookState == .crossed) {
            bookState = quote.isCrossed ? .crossed : .none
            analytics?.setBookState(bookState)
            reviewQuality(quote.time, &updates)
        }
        var instant = Int64.max
        calledAnalytics.forEach { analytics in
            analytics.receive(quote, &updates)
            instant = analytics.nextInstant
        }
        if instant < nextMore { expectInstant(instant) }
        if plan.keepsBook, let analytics { takeBookState(of: analytics, quote.time, &updates) }
    }

    mutating func tellBook(_ event: borrowing MarketEvent, _ updates: inout Outbox) {
        guard let analytics, analytics.interests.contains(.book) else { return }
        analytics.receive(book: copy event, &updates)
        expect(analytics)
        guard plan.keepsBook else { return }
        takeQuote(of: analytics)
        takeBookState(of: analytics, event.venueTime.nanoseconds, &updates)
    }

    private mutating func takeBookState(of analytics: AnalyticSet, _ time: Int64, _ updates: inout Outbox) {
        guard analytics.surroundings.bookState != bookState else { return }
        bookState = analytics.surroundings.bookState
        reviewQuality(time, &updates)
    }

    /// The touch of a kept book is the one that tells the sides of the trades that follow.
    private mutating func takeQuote(of analytics: AnalyticSet) {
        let quote = analytics.surroundings.quote
        (bid, ask) = (quote.bid, quote.ask)
    }

    /// Holds a bar of a width that some analytic asked for until all bars that end with it are closed: only then are
    /// the session's sums whole.
    @inline(never)
    mutating func hold(_ closed: borrowing Bar, width: Int, cumulative: Int64) {
        let number = width == 0 ? base.number : wides[width - 1].number
        let place = self.width(width)
        heldBars.append(
            FinishedBar(
                name: place.observed, bar: copy closed, cumulative: cumulative, number: place.isPublished ? number : 0,
                quality: quality(from: closed.start, to: closed.end, inferredShare: closed.inferredShare)))
    }

    /// Tells of the bars that are held, in the order in which they were closed.
    @inline(never)
    mutating func tellBars(_ updates: inout Outbox) {
        guard let analytics, !heldBars.isEmpty else { return }
        for bar in heldBars {
            refresh(analytics, at: bar.bar.end.nanoseconds)
            analytics.receive(bar, &updates)
        }
        heldBars.removeAll(keepingCapacity: true)
        expect(analytics)
    }

    mutating func tell(_ stop: StreamBreak, _ updates: inout Outbox) {
        guard let analytics else { return }
        analytics.receive(stop, &updates)
        expect(analytics)
        guard plan.keepsBook else { return }
        bookState = analytics.surroundings.bookState
        takeQuote(of: analytics)
    }

    /// Calls those whose instant has come.
    @inline(never)
    mutating func wakeAnalytics(_ time: Int64, _ updates: inout Outbox) {
        guard let analytics, time >= analytics.nextInstant else { return }
        // Detectors' timers run out many times a second; what looks at the board looks at whole minutes.
        if time >= nextBoard { refresh(analytics, at: time) }
        analytics.wake(time, &updates)
    }

    mutating func showAnalytics(_ time: Int64, isEnding: Bool, _ updates: inout Outbox) {
        guard let analytics, analytics.interests.contains(.live) else { return }
        refresh(analytics, at: time)
        analytics.show(time, isEnding: isEnding, &updates)
        expect(analytics)
    }

    mutating func openAnalytics(_ updates: inout Outbox) {
        guard let analytics else { return }
        analytics.setGaps(ledger, cleanSince: cleanSince)
        analytics.open(session, &updates)
        (nextBoard, nextBoardProfile) = (.min, .min)
        expect(analytics)
    }

    /// The session is over: its value area becomes the prior one.
    mutating func closeAnalytics(_ updates: inout Outbox) {
        guard let analytics else { return }
        (nextBoard, nextBoardProfile) = (.min, .min)
        refresh(analytics, at: session.close.nanoseconds)
        analytics.close(&updates)
    }

    /// Nothing that analytics expect may go by without a look.
    @inline(__always)
    mutating func expect(_ analytics: AnalyticSet) {
        if analytics.nextInstant < nextMore { expectInstant(analytics.nextInstant) }
    }

    /// Brings the board up to what the state knows; the value area at most once a minute of event time.
    private mutating func refresh(_ analytics: AnalyticSet, at time: Int64) {
        analytics.refresh(
            time, sums: sums, meanPrice: weightedPrice.value, deviation: weightedPrice.deviation)
        nextBoard = boundary(after: time, every: Timestamp.second)
        guard analytics.interests.contains(.profile), time >= nextBoardProfile, !profile.isEmpty else { return }
        nextBoardProfile = boundary(after: time, every: SymbolState.boardInterval)
        let area = profile.valueArea(plan.areaRule).map {
            AreaReading(
                control: profile.lowerEdge(ofRow: $0.control), high: profile.lowerEdge(ofRow: $0.high),
                low: profile.lowerEdge(ofRow: $0.low), rowHeight: profile.rowHeight)
        }
        let nodes = profile.nodes(plan.nodeRule)
        analytics.refresh(
            area: area, highNodes: nodes.high.map { profile.lowerEdge(ofRow: $0) },
            lowNodes: nodes.low.map { profile.lowerEdge(ofRow: $0) })
    }

    /// How often the board's value area is found anew: what reads it looks at bars of a minute and more.
    private static var boardInterval: Int64 { 60 * Timestamp.second }
}
