internal import Graph
public import Market
public import Memory
public import Updates

/// Volume by price and side of every bar, with its statistics, imbalances, stacks and the zones that they leave behind
/// (definitions §13).
///
/// Every trade of the order flow counts, at its own price. Bars are counted from the session's open and cut at its
/// close; one without trades is none. A closed bar is kept until `horizon` after its end: a late trade, a cancel or a
/// correction publishes it again with the next revision, its sums those of the corrected tape (`FootprintBar` says what
/// is not). A removal and the addition that corrects it make one revision each.
///
/// Zones come from bars as they close, never from a growing or a revised one. A stack that the bar's close has left
/// behind already makes none. A zone ends with the first trade to arrive, not older than itself, beyond its far edge:
/// late trades end none, and mark those that they would have ended. A gap ends none either; the coverage of a zone's
/// last update speaks of its whole life.
public struct Footprint: ~Copyable, Analytic {
    public static let name = "footprint"
    public static let meaning = "Volume by price and side of each bar, with imbalances, stacks, zones and statistics"
    public static let example = #"{ "widths": ["1m", "5m"], "rowTicks": 1, "ratio": 3, "stack": 3 }"#
    public static let interests: Interests = [.trades, .instants, .changes, .sessions, .live]
    public static let layouts = [FootprintUpdate.layout, ZoneUpdate.layout]

    public static func topics(_ settings: FootprintSettings) -> [TopicEntry] {
        settings.widths.map(DurationText.text).flatMap { width in
            [
                TopicEntry(prefix: "footprint/\(width)/", layout: FootprintUpdate.layout),
                TopicEntry(prefix: "zone/\(width)/", layout: ZoneUpdate.layout),
            ]
        }
    }

    /// In the order of the settings, as the channels.
    private var widths: FootprintWidths
    private var channels: [Channel]
    private var zoneChannels: [Channel]
    private var zones = LivingZones()
    private var study: FootprintStudy
    /// Nanoseconds between two shows of growing bars, 0 for never; and when the next may come.
    private let live: Int64
    private var nextShow = Int64.min

    public init(_ settings: FootprintSettings, at place: AnalyticPlace) {
        widths = FootprintWidths(
            RowScale(tick: place.tick, rowTicks: settings.rowTicks, rowLimit: settings.rowLimit),
            widths: settings.widths.map(DurationText.nanoseconds), horizon: DurationText.nanoseconds(settings.horizon))
        channels = settings.widths.indices.map { place.channels[2 * $0] }
        zoneChannels = settings.widths.indices.map { place.channels[2 * $0 + 1] }
        live = DurationText.nanoseconds(settings.live)
        study = FootprintStudy(settings.rule(sizeStep: place.instrument.sizeStep))
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        if _slowPath(!widths.addInside(trade)) { addBetweenBars(trade, &surroundings, &updates) }
        if _slowPath(zones.mayBreak(trade.price)) { breakZones(trade, &surroundings, &updates) }
    }

    /// A trade that begins a bar, or that comes after its bar's end: late for that width, however early for wider ones.
    @inline(never)
    private mutating func addBetweenBars(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        endBars(by: trade.time, &surroundings, &updates)
        let change = TapeChange(trade: copy trade, isRemoval: false, reason: .late, isApproximate: false)
        for index in widths.all.indices where !widths.add(trade, index, surroundings) {
            zones.note(change)
            reviseClosed(index, change, &surroundings, &updates)
        }
        widths.setBounds(&surroundings)
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if widths.isQuiet(&surroundings) { return }
        widths.addWaiting()
        endBars(by: surroundings.time, &surroundings, &updates)
        widths.setBounds(&surroundings)
    }

    public mutating func close(
        _ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        endBars(by: .max, &surroundings, &updates)
        widths.setBounds(&surroundings)
        while let zone = zones.removeFirst() {
            end(zone, .session, at: session.close.nanoseconds, number: 0, &surroundings, &updates)
        }
    }

    /// A bar that is over by now is about to be published as final.
    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isEnding || (live > 0 && surroundings.time >= nextShow) else { return }
        widths.addWaiting()
        if live > 0 { nextShow = surroundings.window(live, at: surroundings.time).end }
        for index in widths.all.indices where widths.all[index].isOpen && widths.all[index].open.isStale {
            guard widths.all[index].open.end > surroundings.time || surroundings.isEnding else { continue }
            publish(widths.all[index].open, index, .live, &surroundings, &updates)
            widths.all[index].open.noteShown()
        }
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        zones.note(change)
        for index in widths.all.indices where !widths.change(index, change, surroundings) {
            reviseClosed(index, change, &surroundings, &updates)
        }
        widths.setBounds(&surroundings)
    }
}

// MARK: Bars

extension Footprint {
    /// Ends the bars that are over, in the order of their ends.
    private mutating func endBars(by time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        while let index = widths.firstEnded(by: time) {
            if widths.all[index].isWorthClosing { finish(index, &surroundings, &updates) }
            widths.all[index].end()
        }
    }

    /// Publishes the open bar as final, and the zones that begin with its end.
    private mutating func finish(_ index: Int, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let bar = widths.all[index].open
        widths.all[index].open.quality = surroundings.quality(over: bar.window, inferredShare: bar.sums.inferredShare)
        publish(widths.all[index].open, index, .final, &surroundings, &updates)
        for stack in study.stacks { beginZone(stack, index, &surroundings, &updates) }
    }

    /// Applies a change to a width's closed bar and publishes it anew.
    private mutating func reviseClosed(
        _ index: Int, _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        switch widths.all[index].place(of: change.trade.time) {
        case .closed(let place):
            guard widths.all[index].isWithinHorizon(place, at: surroundings.time) else { return }
            widths.all[index].change(place) {
                $0.apply(change)
                $0.revision += 1
            }
            let edition = Edition(revision: 0, isFinal: true, reason: change.reason)
            publish(widths.all[index].kept[place], index, edition, &surroundings, &updates)
        case .missing:
            if !change.isRemoval { addMissing(index, change, &surroundings, &updates) }
        case .open: break
        }
    }

    /// A window that had no trade until it was over gets its bar after all.
    private mutating func addMissing(
        _ index: Int, _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let session = surroundings.session
        let time = change.trade.time
        guard surroundings.isInSession, time >= session.open.nanoseconds, time < session.close.nanoseconds else {
            return
        }
        let window = surroundings.window(widths.all[index].width, at: time)
        guard let place = widths.all[index].insert(window, at: surroundings.time) else { return }
        widths.all[index].change(place) { $0.apply(change) }
        let edition = Edition(revision: 0, isFinal: true, reason: change.reason)
        publish(widths.all[index].kept[place], index, edition, &surroundings, &updates)
    }
}

// MARK: Publishing

extension Footprint {
    /// Examines a bar and publishes it; its own revision and flags stand in for the edition's.
    private mutating func publish(
        _ bar: FootprintBar, _ index: Int, _ edition: Edition, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        study.examine(bar)
        var edition = edition
        edition.revision = bar.revision
        edition.flags = bar.flags
        let head = surroundings.head(
            on: &channels[index], over: bar.window, as: edition, quality: quality(of: bar, edition, surroundings))
        surroundings.begin(FootprintUpdate(bar, study), head, on: channels[index], &updates)
        let rows = bar.filled
        updates.appendGroup(entrySize: MemoryLayout<FootprintEntry>.size, count: study.tradedRows)
        for cell in rows where bar[cell].volume > 0 {
            updates.appendEntry(
                FootprintEntry(price: bar.price(ofCell: cell), bar[cell], study.marks[cell - rows.lowerBound]))
        }
        updates.appendGroup(entrySize: MemoryLayout<StackEntry>.size, count: study.stacks.count)
        for stack in study.stacks {
            let lowest = bar.price(ofCell: rows.lowerBound)
            updates.appendEntry(StackEntry(stack, lowest: lowest, height: bar.rowHeight))
        }
        updates.end()
    }

    /// The quality of a bar's window, of a growing one up to now; of an earlier session's as it was when it was closed.
    private func quality(
        of bar: borrowing FootprintBar, _ edition: Edition, _ surroundings: borrowing Surroundings
    ) -> Quality {
        let share = bar.sums.inferredShare
        guard surroundings.isInSession, bar.start >= surroundings.session.open.nanoseconds else {
            var quality = bar.quality
            quality.inferredShare = share
            return quality
        }
        let end = edition.isFinal ? bar.end : min(max(surroundings.time, bar.start), bar.end)
        return surroundings.quality(over: Window(from: bar.start, to: end), inferredShare: share)
    }
}

// MARK: Zones

extension Footprint {
    /// A stack of the bar that is just closing, unless the bar's close lies beyond it already.
    private mutating func beginZone(
        _ stack: ImbalanceStack, _ index: Int, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let bar = widths.all[index].open
        var body = ZoneUpdate(stack, of: bar, number: zoneChannels[index].number &+ 1)
        guard !body.isBroken(by: bar.close) else { return }
        if let oldest = zones.makeRoom() {
            end(oldest, .limit, at: bar.end, number: 0, &surroundings, &updates)
            body.zone = Int64(clamping: zoneChannels[index].number &+ 1)
        }
        let edition = Edition(revision: 0, isFinal: false, reason: .live, flags: bar.flags)
        let quality = bar.quality
        let head = surroundings.head(
            on: &zoneChannels[index], over: bar.window, as: edition, quality: quality)
        surroundings.publish(body, head, on: zoneChannels[index], &updates)
        zones.add(
            LivingZones.Zone(
                body: body, width: index, start: bar.start, inferredShare: quality.inferredShare, flags: bar.flags))
        let evidence = Evidence(kind: .zone, number: head.number, time: bar.end, quality: quality)
        surroundings.board.add(
            ZoneReading(low: body.low, high: body.high, direction: body.isBuy ? 1 : -1, evidence: evidence))
    }

    @inline(never)
    private mutating func breakZones(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        while let zone = zones.removeBroken(price: trade.price, time: trade.time) {
            end(zone, .through, at: trade.time, number: trade.number, &surroundings, &updates)
        }
    }

    /// Publishes a zone for the last time and takes it off the board.
    private mutating func end(
        _ zone: LivingZones.Zone, _ ending: ZoneUpdate.Ending, at time: Int64, number: UInt64,
        _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        var body = zone.body
        body.ending = ending.rawValue
        body.ended = time
        body.endNumber = Int64(clamping: number)
        let life = Window(from: zone.start, to: time)
        let edition = Edition(revision: 0, isFinal: true, reason: .none, flags: zone.flags)
        let head = surroundings.head(
            on: &zoneChannels[zone.width], over: life, as: edition,
            quality: surroundings.quality(over: life, inferredShare: zone.inferredShare))
        surroundings.publish(body, head, on: zoneChannels[zone.width], &updates)
        let direction: Int8 = body.isBuy ? 1 : -1
        var isFound = false
        surroundings.board.removeZones { reading in
            // Widths number their zones apart: two may have the same number, and only one is to go.
            guard !isFound, reading.evidence.number == UInt64(body.zone), reading.evidence.time == body.since,
                reading.low == body.low, reading.high == body.high, reading.direction == direction
            else { return false }
            isFound = true
            return true
        }
    }
}

extension Footprint {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        widths.archive(&archive)
        archive.channels(&channels)
        archive.channels(&zoneChannels)
        zones.archive(&archive)
        archive.value(&nextShow)
    }
}
