internal import Analytics
internal import Market
internal import Memory
internal import Updates

// The symbol's own record of what its input was like.
extension SymbolState {
    /// What was last said of the input's quality.
    struct ShownQuality: BitwiseCopyable {
        var marks: QualityUpdate.Marks = []
        var counts = QualityCounts()
        /// Before this instant a change of marks waits: one update a second at most.
        var next = Int64.min
        /// The session began without us.
        var startedLate = false
        /// Something in the session's sums is not exact.
        var isApproximate = false
    }

    private var qualityMarks: QualityUpdate.Marks {
        var marks: QualityUpdate.Marks = []
        if ledger.isHalted { marks.insert(.halted) }
        if gapOpen != nil { marks.insert(.gap) }
        if bookState == .resyncing { marks.insert(.resyncing) }
        if bookState == .crossed { marks.insert(.crossed) }
        if shownQuality.startedLate { marks.insert(.startedLate) }
        if shownQuality.isApproximate { marks.insert(.approximate) }
        if isBroken { marks.insert(.broken) }
        return marks
    }

    private var qualityCounts: QualityCounts {
        var since = QualityCounts()
        since.gaps = counts.gaps - countsAtOpen.gaps
        since.late = counts.late - countsAtOpen.late
        since.tooLate = counts.tooLate - countsAtOpen.tooLate
        since.beyondHorizon = counts.beyondHorizon - countsAtOpen.beyondHorizon
        since.outsideSession = counts.outsideSession - countsAtOpen.outsideSession
        since.refused = counts.refused - countsAtOpen.refused
        since.offTick = counts.offTick - countsAtOpen.offTick
        since.crossedQuotes = counts.crossedQuotes - countsAtOpen.crossedQuotes
        since.cancelled = counts.cancelled - countsAtOpen.cancelled
        since.corrected = counts.corrected - countsAtOpen.corrected
        since.approximate = counts.approximate - countsAtOpen.approximate
        since.repeated = counts.repeated - countsAtOpen.repeated
        since.unknownConditions = counts.unknownConditions - countsAtOpen.unknownConditions
        since.unapplied = counts.unapplied - countsAtOpen.unapplied
        return since
    }

    /// Publishes the quality if something has become wrong or right since it was last said; at most once a second.
    mutating func reviewQuality(_ time: Int64, _ updates: inout Outbox) {
        extras.remove(.qualityWaits)
        guard inSession, qualityMarks != shownQuality.marks else { return }
        guard time >= shownQuality.next else {
            extras.insert(.qualityWaits)
            return expect(shownQuality.next)
        }
        publishQuality(time, isFinal: false, &updates)
    }

    /// Publishes the quality if anything was counted since it was last said.
    mutating func showQuality(_ time: Int64, _ updates: inout Outbox) {
        guard qualityMarks != shownQuality.marks || qualityCounts != shownQuality.counts else { return }
        publishQuality(time, isFinal: false, &updates)
    }

    mutating func publishQuality(_ time: Int64, isFinal: Bool, _ updates: inout Outbox) {
        shownQuality.marks = qualityMarks
        shownQuality.counts = qualityCounts
        extras.remove(.qualityWaits)
        shownQuality.next = time &+ Timestamp.second
        let head = head(
            plan.qualitySlot, from: session.open, to: Timestamp(nanoseconds: time), isFinal: isFinal,
            inferredShare: sums.inferredShare)
        append(qualityBody, head, plan.qualitySlot, &updates)
    }

    /// What was noted as shown, as an update.
    private var qualityBody: QualityUpdate {
        QualityUpdate(
            shownQuality.counts, lastTime: max(lastGoodTime, session.open.nanoseconds), marks: shownQuality.marks,
            brokenAt: brokenAt)
    }

    /// Says that the symbol breaks before an event, whatever was said just before.
    mutating func publishBroken(before event: borrowing MarketEvent, _ updates: inout Outbox) {
        // A control has no time of its own, and an event that breaks a session's end is not in it.
        let time = event.venueTime.nanoseconds == 0 ? max(latestTime, 0) : event.venueTime.nanoseconds
        if inSession { return publishQuality(min(time, session.close.nanoseconds), isFinal: false, &updates) }
        shownQuality.marks = qualityMarks
        shownQuality.counts = qualityCounts
        let instant = Timestamp(nanoseconds: time)
        let head = UpdateHead(
            number: nextNumber(plan.qualitySlot), start: instant, end: instant, revision: 0, final: false,
            reason: .live, quality: .whole)
        append(qualityBody, head, plan.qualitySlot, &updates)
    }

    mutating func openQuality(startedLate: Bool) {
        // Of one that has come right between two sessions, everybody still hears that it is broken.
        let wasBroken = shownQuality.marks.contains(.broken)
        shownQuality = ShownQuality()
        shownQuality.startedLate = startedLate
        guard wasBroken else { return }
        shownQuality.marks = .broken
        extras.insert(.qualityWaits)
    }
}
