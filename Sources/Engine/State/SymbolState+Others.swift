internal import Analytics
internal import Market
internal import Memory
internal import Rings
internal import Updates

// Events that are no trades.
extension SymbolState {
    /// Reads the event where it lies, as `classify` does for a trade.
    @inline(never)
    mutating func receiveQuote(_ events: RingElements<MarketEvent>, at place: Int, into updates: inout Outbox) {
        guard !isBroken else { return }
        let time = events[place].venueTime.nanoseconds
        goodTime = max(goodTime, time)
        bid = events[place].bid.billionths
        ask = events[place].ask.billionths
        if plan.quoteSlot != FlowPlan.noSlot { republishQuote(events[place], into: &updates) }
        tell(
            Quote(
                bid: bid, ask: ask, bidSize: events[place].bidSize.steps, askSize: events[place].askSize.steps,
                time: time, number: events[place].sequence), &updates)
    }

    /// Takes what is neither a trade nor a quote.
    @inline(never)
    mutating func receiveOther(_ event: borrowing MarketEvent, into updates: inout Outbox) {
        guard !isBroken else { return }
        let time = event.venueTime.nanoseconds
        switch event.kind {
        case .level, .order, .bookReset:
            goodTime = max(goodTime, time)
            if plan.bookSlot != FlowPlan.noSlot { republishBook(event, into: &updates) }
            tellBook(event, &updates)
        case .gap:
            counts.gaps += 1
            gapOpen = min(gapOpen ?? .max, max(lastGoodTime, session.open.nanoseconds))
            tell(.gap, &updates)
            reviewQuality(time, &updates)
            expect(.min)
        case .status: receiveStatus(event, &updates)
        case .control:
            if event.controlAction == .endOfInput { receiveEnd(event, &updates) }
            if event.controlAction == .settings { receiveControl(Int(event.controlIndex)) }
        case .clock, .trade, .quote: break
        case .cancel: receiveCancel(event, &updates)
        case .restate: receiveRestate(event, &updates)
        case nil: counts.unapplied += 1
        }
    }

    /// An end bears the number of the last event before it, so a snapshot's number does not tell whether the end is in
    /// it; where a journal is played again it may come once more.
    private mutating func receiveEnd(_ event: MarketEvent, _ updates: inout Outbox) {
        guard event.sequence >= endsSeen else { return }
        endsSeen = event.sequence &+ 1
        showEverything(event.venueTime.nanoseconds, &updates)
    }

    /// A halt is no gap: it is taken out of the session's time.
    private mutating func receiveStatus(_ event: MarketEvent, _ updates: inout Outbox) {
        switch event.tradingStatus {
        case .halted, .closed:
            guard !ledger.isHalted else { return }
            ledger.openHalt(at: event.venueTime)
            cleanSince = .max
            analytics?.setGaps(ledger, cleanSince: cleanSince)
            tell(.halt, &updates)
        case .trading, .auction:
            guard ledger.isHalted else { return }
            ledger.closeHalt(at: event.venueTime)
            let known = max(ledger.gaps.last?.to ?? .min, ledger.halts.last?.to ?? .min)
            setClean(since: max(event.venueTime.nanoseconds, known))
            tell(.resume, &updates)
        case nil: counts.unapplied += 1
        }
        reviewQuality(event.venueTime.nanoseconds, &updates)
    }

    // MARK: Republished events

    mutating func republishTrade(
        _ event: borrowing MarketEvent, _ aggressor: Aggressor, isLate: Bool, into updates: inout Outbox
    ) {
        guard plan.tradeSlot != FlowPlan.noSlot else { return }
        append(
            TradeUpdate(event, aggressor, isLate: isLate), eventHead(plan.tradeSlot, event), plan.tradeSlot, &updates)
    }

    private mutating func republishQuote(_ event: borrowing MarketEvent, into updates: inout Outbox) {
        append(QuoteUpdate(event), eventHead(plan.quoteSlot, event), plan.quoteSlot, &updates)
    }

    private mutating func republishBook(_ event: borrowing MarketEvent, into updates: inout Outbox) {
        guard let body = BookUpdate(event) else {
            counts.unapplied += 1
            return
        }
        append(body, eventHead(plan.bookSlot, event), plan.bookSlot, &updates)
    }

    /// The head of a single event: its window is its instant.
    mutating func eventHead(_ slot: UInt16, _ event: MarketEvent) -> UpdateHead {
        UpdateHead(
            number: nextNumber(slot), start: event.venueTime, end: event.venueTime, revision: 0, final: true,
            reason: .none, quality: .whole)
    }
}
