internal import Analytics
internal import Market
internal import Memory
internal import Updates

/// Which edition of a bar an update is.
struct BarEdition: BitwiseCopyable {
    let revision: UInt32
    let isFinal: Bool
    let reason: RevisionReason
    let flags: UpdateHead.Flags

    static func final(_ flags: UpdateHead.Flags) -> BarEdition {
        BarEdition(revision: 0, isFinal: true, reason: .none, flags: flags)
    }

    static func live(_ flags: UpdateHead.Flags) -> BarEdition {
        BarEdition(revision: 0, isFinal: false, reason: .live, flags: flags)
    }
}

// How values become updates: heads, numbers, quality.
extension SymbolState {
    mutating func nextNumber(_ slot: UInt16) -> UInt64 {
        let place = Int(slot) &- plan.widthTopics
        numbers[place] &+= 1
        return numbers[place]
    }

    /// What the window's input was like, up to `end`.
    func quality(from start: Timestamp, to end: Timestamp, inferredShare: Double) -> Quality {
        var quality = Quality.whole
        quality.inferredShare = inferredShare
        if start.nanoseconds < cleanSince {
            let coverage = coverage(from: start, to: end)
            quality.coverage = coverage.share
            quality.gapSeconds = coverage.gapSeconds
        }
        return quality
    }

    /// What was seen of a window; of one from the session's open past all gaps, from what is known already.
    private func coverage(from start: Timestamp, to end: Timestamp) -> Coverage {
        guard start == session.open, end.nanoseconds >= cleanSince, end <= session.close else {
            return ledger.coverage(from: start, to: end, in: session)
        }
        return Coverage(elapsed: elapsedWhenClean &+ (end.nanoseconds &- cleanSince), gap: missedWhenClean)
    }

    @inline(__always)
    func append<Body: UpdateBody>(
        _ body: Body, _ head: UpdateHead, _ slot: UInt16, _ updates: inout Outbox
    ) {
        updates.append(body, head: head, slot: slot, template: plan.templates[Int(slot)], symbol: index)
    }

    /// The head of a value over [start, end) of which everything up to `end` is known.
    mutating func head(
        _ slot: UInt16, from start: Timestamp, to end: Timestamp, isFinal: Bool, inferredShare: Double
    ) -> UpdateHead {
        UpdateHead(
            number: nextNumber(slot), start: start, end: end, revision: 0, final: isFinal,
            reason: isFinal ? .none : .live, flags: shownQuality.isApproximate ? .approximate : [],
            quality: quality(from: start, to: end, inferredShare: inferredShare))
    }

    /// Publishes a closed bar on the topics of its width.
    mutating func publish(_ closed: inout ClosedBar, width: Int, reason: RevisionReason, _ updates: inout Outbox) {
        let edition = BarEdition(
            revision: closed.revision, isFinal: true, reason: reason, flags: closed.flags)
        publish(closed.bar, width: width, cvd: closed.cvd, until: closed.bar.end, as: edition, &updates)
    }

    /// Publishes any bar on the topics of a width, under their next numbers.
    mutating func publish(
        _ bar: Bar, width: Int, cvd: Int64, until end: Timestamp, as edition: BarEdition, _ updates: inout Outbox
    ) {
        takeNumbers(of: width)
        let number = width == 0 ? base.number : wides[width - 1].number
        write(bar, number, self.width(width), cvd: cvd, until: end, as: edition, &updates)
    }

    /// Counts one more update on each topic of a width.
    @inline(__always)
    mutating func takeNumbers(of width: Int) {
        if width == 0 { base.number &+= 1 } else { wides[width - 1].number &+= 1 }
    }

    /// Writes a bar on the topics of its width, under the numbers that were just taken. The bar is read in place:
    /// copies of it were a fifth of the cost of a close.
    @inline(__always)
    func write(
        _ bar: borrowing Bar, _ number: UInt64, _ width: FlowPlan.Width, cvd: Int64, until end: Timestamp,
        as edition: BarEdition, _ updates: inout Outbox
    ) {
        let head = UpdateHead(
            number: number, start: bar.start, end: bar.end, revision: edition.revision,
            final: edition.isFinal, reason: edition.reason, flags: edition.flags,
            quality: quality(from: bar.start, to: end, inferredShare: bar.inferredShare))
        if width.candleSlot != FlowPlan.noSlot { append(CandleUpdate(bar), head, width.candleSlot, &updates) }
        if width.deltaSlot != FlowPlan.noSlot {
            append(DeltaUpdate(bar, cumulative: cvd), head, width.deltaSlot, &updates)
        }
    }

    /// Publishes the session's sums: mean price, profile with its rows, cumulative delta and the session itself.
    mutating func publishSums(end: Timestamp, isFinal: Bool, _ updates: inout Outbox) {
        let sums = sums
        publishWeightedPrice(sums, end: end, isFinal: isFinal, &updates)
        publishRows(sums, end: end, isFinal: isFinal, &updates)
        publishFlow(sums, end: end, isFinal: isFinal, &updates)
        let area = hasProfile ? profile.valueArea(plan.areaRule) : nil
        var counted = sessionCounts(since: countsAtOpen, trades: sums.count)
        if !isFinal, width(countedWidth).isPublished, !open(countedWidth).isEmpty { counted.candles += 1 }
        let body = SessionUpdate(sums, profile: profile, area: area, counts: counted)
        let head = head(
            plan.sessionSlot, from: session.open, to: end, isFinal: isFinal, inferredShare: sums.inferredShare)
        if isFinal {
            closedSession = ClosedSession(body: body, head: head, countsAtOpen: countsAtOpen)
        }
        append(body, head, plan.sessionSlot, &updates)
    }

    /// Without any trade there is nothing to say, unless the last one was taken back.
    func publishable(_ slot: UInt16, _ sums: Bar) -> Bool {
        slot != FlowPlan.noSlot && (!sums.isEmpty || changes.lastRevised != .min)
    }

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

    /// What was counted since a session's open, closed candles among it.
    func sessionCounts(since open: SymbolCounts, trades: Int64) -> SessionCounts {
        var session = SessionCounts()
        session.trades = trades
        session.candles = closedCandles - open.candles
        session.refused = counts.refused - open.refused
        session.gaps = counts.gaps - open.gaps
        session.outsideSession = counts.outsideSession - open.outsideSession
        session.offTick = counts.offTick - open.offTick
        session.late = counts.late - open.late
        return session
    }
}
