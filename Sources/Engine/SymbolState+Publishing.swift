internal import Analytics
internal import Market
internal import Memory
internal import Updates

// How values become updates: heads, numbers, quality.
extension SymbolState {
    mutating func nextNumber(_ slot: UInt16) -> UInt64 {
        numbers[Int(slot)] &+= 1
        return numbers[Int(slot)]
    }

    /// What the window's input was like, up to `end`.
    func quality(from start: Timestamp, to end: Timestamp, inferredShare: Double) -> Quality {
        var quality = Quality.whole
        quality.inferredShare = inferredShare
        if start.nanoseconds < cleanSince {
            let coverage = ledger.coverage(from: start, to: end, in: session)
            quality.coverage = coverage.share
            quality.gapSeconds = coverage.gapSeconds
        }
        return quality
    }

    mutating func append<Body: UpdateBody>(
        _ body: Body, _ head: UpdateHead, _ slot: UInt16, _ updates: inout Outbox
    ) {
        let template = plan.topics.entries[Int(slot)].layout.template
        updates.append(body, head: head, slot: slot, template: template, symbol: entry.index)
    }

    /// The head of a value over [start, end) of which everything up to `end` is known.
    mutating func head(
        _ slot: UInt16, from start: Timestamp, to end: Timestamp, isFinal: Bool, inferredShare: Double
    ) -> UpdateHead {
        UpdateHead(
            number: nextNumber(slot), start: start, end: end, revision: 0, final: isFinal,
            reason: isFinal ? .none : .live, quality: quality(from: start, to: end, inferredShare: inferredShare))
    }

    /// Publishes a closed bar on the topics of its width.
    mutating func publish(_ closed: inout ClosedBar, width: Int, reason: RevisionReason, _ updates: inout Outbox) {
        let slots = self.width(width)
        let bar = closed.bar
        let quality = quality(from: bar.start, to: bar.end, inferredShare: bar.inferredShare)
        var head = UpdateHead(
            number: 0, start: bar.start, end: bar.end, revision: closed.revision, final: true, reason: reason,
            quality: quality)
        if slots.candleSlot != FlowPlan.noSlot {
            head.number = nextNumber(slots.candleSlot)
            append(CandleUpdate(bar), head, slots.candleSlot, &updates)
        }
        if slots.deltaSlot != FlowPlan.noSlot {
            head.number = nextNumber(slots.deltaSlot)
            append(DeltaUpdate(bar, cumulative: closed.cvd), head, slots.deltaSlot, &updates)
        }
    }

    /// Publishes the session's sums: mean price, profile with its rows, cumulative delta and the session itself.
    mutating func publishSums(end: Timestamp, isFinal: Bool, _ updates: inout Outbox) {
        var sums = total
        if !isFinal { sums.fold(bar) }
        publishWeightedPrice(sums, end: end, isFinal: isFinal, &updates)
        publishRows(sums, end: end, isFinal: isFinal, &updates)
        publishFlow(sums, end: end, isFinal: isFinal, &updates)
        let area = hasProfile ? profile.valueArea(plan.areaRule) : nil
        var counted = sessionCounts(since: countsAtOpen, trades: sums.count)
        if !isFinal, !openBar.isEmpty { counted.candles += 1 }
        let body = SessionUpdate(sums, profile: profile, area: area, counts: counted)
        let head = head(
            plan.sessionSlot, from: session.open, to: end, isFinal: isFinal, inferredShare: sums.inferredShare)
        if isFinal {
            closedSession = ClosedSession(body: body, head: head, countsAtOpen: countsAtOpen)
        }
        append(body, head, plan.sessionSlot, &updates)
    }

    func publishable(_ slot: UInt16, _ sums: Bar) -> Bool { slot != FlowPlan.noSlot && !sums.isEmpty }

    mutating func publishWeightedPrice(_ sums: Bar, end: Timestamp, isFinal: Bool, _ updates: inout Outbox) {
        guard publishable(plan.weightedPriceSlot, sums) else { return }
        let head = head(
            plan.weightedPriceSlot, from: session.open, to: end, isFinal: isFinal, inferredShare: sums.inferredShare)
        append(VolumeWeightedPriceUpdate(weightedPrice, trades: sums.count), head, plan.weightedPriceSlot, &updates)
    }

    mutating func publishFlow(_ sums: Bar, end: Timestamp, isFinal: Bool, _ updates: inout Outbox) {
        guard publishable(plan.flowSlot, sums) else { return }
        var cumulative = CumulativeDelta()
        cumulative.fold(sums)
        let head = head(plan.flowSlot, from: session.open, to: end, isFinal: isFinal, inferredShare: sums.inferredShare)
        append(CumulativeDeltaUpdate(cumulative), head, plan.flowSlot, &updates)
    }

    /// The bar in the making of the width whose bars are counted.
    private var openBar: Bar {
        guard countedWidth > 0, wides.count > 0 else { return bar }
        var wide = wides[0].bar
        wide.fold(bar)
        return wide
    }

    /// What was counted since a session's open, closed candles among it.
    func sessionCounts(since open: SymbolCounts, trades: Int64) -> SessionCounts {
        var session = SessionCounts()
        session.trades = trades
        session.candles = counts.candles - open.candles
        session.refused = counts.refused - open.refused
        session.gaps = counts.gaps - open.gaps
        session.outsideSession = counts.outsideSession - open.outsideSession
        session.offTick = counts.offTick - open.offTick
        session.late = counts.late - open.late
        return session
    }
}
