internal import Analytics
internal import Market
internal import Memory
internal import Updates

// Values that still grow: shown at most once per interval of event time, and only if a trade came since.
extension SymbolState {
    /// Shows bars, mean price and cumulative delta as they stood before `time`.
    mutating func showLive(_ time: Int64, _ updates: inout Outbox) {
        nextLive = boundary(after: time, every: plan.live)
        let end = Timestamp(nanoseconds: time)
        showBars(until: end, &updates)
        showAnalytics(time, isEnding: false, &updates)
        showQuality(time, &updates)
        let sums = sums
        guard sums.count != shown.session else { return }
        shown.session = sums.count
        publishWeightedPrice(sums, end: end, isFinal: false, &updates)
        publishFlow(sums, end: end, isFinal: false, &updates)
    }

    private mutating func showBars(until end: Timestamp, _ updates: inout Outbox) {
        let cvd = cvd &+ base.bar.delta
        if base.bar.count != base.shownCount {
            base.shownCount = base.bar.count
            showOpen(shownOpen(0), width: 0, until: end, cvd: cvd, &updates)
        }
        for index in 0..<wides.count {
            let count = openCount(index + 1)
            guard count != wides[index].shownCount else { continue }
            wides[index].shownCount = count
            // Not one call with either bar: the bar would be copied while its stores are under way, which stalls.
            if hasOwnDay(index + 1) {
                showOpen(shownOpen(index + 1), width: index + 1, until: end, cvd: cvd, &updates)
            } else {
                showOpen(open(index + 1), width: index + 1, until: end, cvd: cvd, &updates)
            }
        }
    }

    /// Bars whose window has ended and whose grace has not.
    private mutating func showPending(_ updates: inout Outbox) {
        for width in 0...wides.count {
            for age in stride(from: histories.count(width) - 1, through: 0, by: -1) {
                let closed = histories.bar(width, age: age)
                guard !closed.isPublished, !closed.bar.isEmpty else { continue }
                show(closed.bar, width: width, until: closed.bar.end, cvd: closed.cvd, flags: closed.flags, &updates)
            }
        }
    }

    private mutating func showOpen(
        _ bar: Bar, width: Int, until end: Timestamp, cvd: Int64, _ updates: inout Outbox
    ) {
        let flags = flags(from: bar.start, self.width(width))
        show(bar, width: width, until: end, cvd: cvd, flags: flags, &updates)
    }

    private mutating func show(
        _ bar: Bar, width: Int, until time: Timestamp, cvd: Int64, flags: UpdateHead.Flags, _ updates: inout Outbox
    ) {
        publish(bar, width: width, cvd: cvd, until: min(time, bar.end), as: .live(flags), &updates)
    }

    /// Publishes the developing POC and value area.
    mutating func showDeveloping(_ time: Int64, _ updates: inout Outbox) {
        nextDeveloping = boundary(after: time, every: plan.developing)
        let trades = sum { $0.count }
        guard trades != shown.developing, !profile.isEmpty else { return }
        shown.developing = trades
        publishDeveloping(trades: trades, end: Timestamp(nanoseconds: time), &updates)
    }

    /// Publishes all rows of the session's profile.
    mutating func showRows(_ time: Int64, _ updates: inout Outbox) {
        nextRows = boundary(after: time, every: plan.rows)
        let sums = sums
        guard sums.count != shown.rows else { return }
        shown.rows = sums.count
        publishRows(sums, end: Timestamp(nanoseconds: time), isFinal: false, &updates)
    }

    /// The input has ended: everything that is open is shown once more as it stands.
    mutating func showEverything(_ time: Int64, _ updates: inout Outbox) {
        guard inSession else { return reviseClosedSession(&updates) }
        let end = Timestamp(nanoseconds: time)
        showPending(&updates)
        showBars(until: end, &updates)
        if !profile.isEmpty, plan.developingSlot != FlowPlan.noSlot {
            publishDeveloping(trades: sum { $0.count }, end: end, &updates)
        }
        publishSums(end: end, isFinal: false, &updates)
        publishQuality(time, isFinal: false, &updates)
        showAnalytics(time, isEnding: true, &updates)
    }
}
