import Analytics
import Engine
import Market
import Testing
import Updates

/// One random tape, what the engine said of it, and what the ledger makes of it.
private struct Trial {
    let tape: RandomTape
    let said: [Said]
    let ledger: Ledger
    private(set) var faults: [String] = []

    init(seed: UInt64, hasChanges: Bool) throws {
        tape = try RandomTape(seed: seed, length: 260, hasChanges: hasChanges)
        let settings = tape.settings
        said = play(tape.events, calendar: tape.calendar) { $0 = settings }
        ledger = Ledger(tape.events, settings, tape.calendar)
        checkNumbers()
        checkFinalBars()
        checkThatNoBarIsMissing()
        checkLive()
        checkSessions()
    }

    private mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds, faults.count < 8 { faults.append(fault()) }
    }

    /// The session that holds a window's start.
    private func day(_ said: Said) -> Ledger.Day? {
        ledger.days.first { $0.session.open.nanoseconds <= said.start && said.start < $0.session.close.nanoseconds }
    }

    private static func width(_ topic: String) -> Int64? {
        let names = ["500ms": 500, "1s": 1_000, "2s": 2_000, "3s": 3_000, "7s": 7_000, "1m": 60_000, "1d": 86_400_000]
        let parts = topic.split(separator: "/")
        guard parts.count == 2, parts[0] == "candle" || parts[0] == "delta" else { return nil }
        return names[String(parts[1])].map { Int64($0) * 1_000_000 }
    }

    // MARK: Numbers and revisions

    private mutating func checkNumbers() {
        var numbers: [String: UInt64] = [:]
        var revisions: [String: UInt32] = [:]
        for one in said {
            numbers[one.topic, default: 0] += 1
            expect(one.head.number == numbers[one.topic], "number \(one.head.number) on \(one.topic)")
            guard one.head.isFinal else { continue }
            let place = "\(one.topic) \(one.start)"
            let expected = revisions[place].map { $0 + 1 } ?? 0
            expect(one.head.revision == expected, "revision \(one.head.revision), not \(expected), of \(place)")
            expect(one.head.revision == 0 || one.head.reason != 0, "a revision without a reason of \(place)")
            revisions[place] = one.head.revision
        }
    }

    // MARK: Bars

    private mutating func checkFinalBars() {
        for (index, one) in said.enumerated() where one.head.isFinal {
            let isKnown = tape.isNamed && day(one).map { unknown($0).changes == 0 } ?? false
            let isExact = !isKnown || !one.head.flags.contains(.approximate)
            expect(isExact, "\(one.topic) \(one.start) at \(one.event) is approximate")
            guard let width = Trial.width(one.topic) else { continue }
            guard let day = day(one) else {
                expect(false, "a bar outside every session: \(one.topic) \(one.start)")
                continue
            }
            let window = ledger.window(one.start, width, day.session)
            expect(window.start == one.start && window.end == one.end, "a crooked window: \(one.topic) \(one.start)")
            // Where one event published a bar twice, the first came before the event's own trade.
            let isLast = !said[(index + 1)...].contains {
                $0.event == one.event && $0.topic == one.topic && $0.start == one.start && $0.head.isFinal
            }
            checkBar(one, width, day, until: isLast && !isHeldBack(one) ? one.event : one.event - 1)
            let quality = ledger.quality(one.start, one.end, day.session, at: one.event)
            expect(
                isClose(one.head.coverage, quality.coverage) && isClose(one.head.gapSeconds, quality.gap),
                "coverage \(one.head.coverage) \(one.head.gapSeconds), not \(quality), of \(one.topic) \(one.start) "
                    + "at \(one.event)")
        }
    }

    /// Whether an update was made before its event was looked at: a bar that ended by a change's time; and as the first
    /// half of a correction publishes nothing, what it changed is published before the next event if that is no second.
    private func isHeldBack(_ one: Said) -> Bool {
        let event = tape.events[one.event]
        let isChange = event.kind == .cancel || event.kind == .restate
        if isChange, one.head.reason == RevisionReason.none.rawValue { return true }
        let isHalf = event.kind == .cancel && event.marks.contains(.replaced)
        return isHalf || one.head.reason == RevisionReason.cancelled.rawValue && event.kind != .cancel
    }

    private mutating func checkBar(_ one: Said, _ width: Int64, _ day: Ledger.Day, until event: Int) {
        let inSession = ledger.trades.filter {
            ledger.days[$0.session].begun == day.begun && $0.time < one.end
        }
        let trades = inSession.filter { $0.counts(in: width, at: event) && $0.time >= one.start }
        let isDay = width >= 86_400_000_000_000
        let bar = PlainBar(trades, of: ledger.sources(of: width), isDay: isDay && tape.hasChanges)
        let unsure = unsure(one.head.flags, isDay: isDay)
        let cumulative = inSession.reduce(0) { $0 + ($1.counts(at: event) ? $1.flow : 0) }
        let all =
            one.topic.hasPrefix("candle")
            ? bar.differences(one.candle) : bar.differences(one.delta, cumulative: cumulative)
        let differences = all.filter { difference in !unsure.contains { difference.hasPrefix($0) } }
        expect(differences.isEmpty, "\(one.topic) \(one.start) r\(one.head.revision) at \(one.event): \(differences)")
        expect(isClose(one.head.inferredShare, bar.inferredShare), "inferred share of \(one.topic) \(one.start)")
    }

    /// The figures that an update says it does not know exactly.
    private func unsure(_ flags: UpdateHead.Flags, isDay: Bool) -> [String] {
        var unsure: [String] = []
        if flags.contains(.approximate) { unsure += ["open", "high", "low", "close"] }
        if flags.contains(.inputRevised) || isDay && tape.hasChanges { unsure += ["maxDelta", "minDelta"] }
        // A day's bar has the session's sums, those of unknown trades too.
        if flags.contains(.approximate), isDay {
            unsure += ["volume", "neutral", "trades", "vwap", "deltaShare", "sides"]
        }
        return unsure
    }

    /// Every window with a trade is published once it is due, and not before.
    private mutating func checkThatNoBarIsMissing() {
        for (topics, kind) in [(tape.settings.candles, "candle/"), (tape.settings.delta, "delta/")] {
            for width in (topics?.widths ?? []).map(\.count) {
                let topic = kind + DurationSpelling.text(width) + "/"
                var starts: [Int64: [Ledger.Trade]] = [:]
                let changed = Set(ledger.trades.filter { $0.removed != .max }.map { start($0, width) })
                for trade in ledger.trades where trade.widths.contains(width) && trade.sale.hasVolume {
                    starts[start(trade, width), default: []].append(trade)
                }
                // A window that a change of the tape has emptied may have no bar.
                let published = said.filter {
                    $0.topic == topic && $0.head.isFinal && $0.head.revision == 0 && !changed.contains($0.start)
                }
                let wanted = starts.filter { !changed.contains($0.key) }.filter {
                    isDue($0.key, $0.value, width, by: tape.events.count)
                }
                expect(
                    Set(published.map(\.start)) == Set(wanted.keys),
                    "\(topic): missing \(Set(wanted.keys).subtracting(published.map(\.start)))")
                for one in published {
                    let trades = starts[one.start] ?? []
                    expect(isDue(one.start, trades, width, by: one.event), "\(topic) \(one.start) came early")
                    if trades.contains(where: { !$0.isLate }) {
                        expect(!isDue(one.start, trades, width, by: one.event - 1), "\(topic) \(one.start) came late")
                    }
                }
            }
        }
    }

    private func start(_ trade: Ledger.Trade, _ width: Int64) -> Int64 {
        ledger.window(trade.time, width, ledger.days[trade.session].session).start
    }

    private func isDue(_ start: Int64, _ trades: [Ledger.Trade], _ width: Int64, by event: Int) -> Bool {
        guard let first = trades.first, event >= 0 else { return false }
        let day = ledger.days[first.session]
        let time = ledger.times[min(event, ledger.times.count - 1)]
        return day.ended <= event || time >= ledger.window(start, width, day.session).end + ledger.grace
    }

    // MARK: Live values

    private mutating func checkLive() {
        let live = tape.settings.live.count
        var shown: [String: Int64] = [:]
        for one in said where !one.head.isFinal && one.event < tape.events.count - 1 {
            // The quality comes when it changes, whatever the interval.
            let isTimed = !one.topic.hasPrefix("profile/") && one.topic != "quality/"
            guard one.head.reason == 1, isTimed, let day = day(one) else { continue }
            expect(live > 0, "a live value that nobody asked for on \(one.topic)")
            guard live > 0 else { return }
            let time = tape.events[one.event].venueTime.nanoseconds
            let interval = (time - day.session.open.nanoseconds) / live
            let place = "\(one.topic) \(day.begun)"
            expect(shown[place].map { $0 < interval } ?? true, "\(one.topic) shown twice in interval \(interval)")
            shown[place] = interval
            if let width = Trial.width(one.topic) { checkBar(one, width, day, until: one.event - 1) }
            if one.topic == "cvd/" {
                let sums = PlainBar(sessionTrades(day, until: one.event - 1), of: [])
                let unknown = unknown(day, until: one.event - 1)
                expect(
                    one.cumulative.delta == sums.delta && one.cumulative.trades == sums.trades + unknown.trades,
                    "live cvd")
            }
        }
    }

    private func sessionTrades(_ day: Ledger.Day, until event: Int) -> [Ledger.Trade] {
        ledger.trades.filter {
            ledger.days[$0.session].begun == day.begun && $0.counts(at: event) && $0.sale.hasVolume
        }
    }

    private func unknown(_ day: Ledger.Day) -> (quantity: Int64, trades: Int64, changes: Int) {
        unknown(day, until: tape.events.count)
    }

    /// What changes of unknown trades leave in a session's sums, all without a side.
    private func unknown(_ day: Ledger.Day, until event: Int) -> (quantity: Int64, trades: Int64, changes: Int) {
        let all = ledger.unknowns.filter { ledger.days[$0.session].begun == day.begun && $0.event <= event }
        return (all.reduce(0) { $0 + $1.quantity }, all.reduce(0) { $0 + ($1.quantity > 0 ? 1 : -1) }, all.count)
    }

    // MARK: Sessions

    private mutating func checkSessions() {
        for (index, day) in ledger.days.enumerated() {
            let last = said.last { $0.topic == "session/" && $0.start == day.session.open.nanoseconds }
            guard let last else {
                expect(false, "no word of session \(day.session.date)")
                continue
            }
            expect(last.head.isFinal == (day.ended != .max), "session \(day.session.date) final")
            let trades = sessionTrades(day, until: tape.events.count)
            checkSums(last, PlainBar(trades, of: []), PlainProfile(trades, height: 10_000_000), unknown(day))
            checkCounts(last.session.counts, day, trades, index)
            checkTotals(day, trades)
        }
    }

    private mutating func checkSums(
        _ last: Said, _ bar: PlainBar, _ profile: PlainProfile,
        _ unknown: (quantity: Int64, trades: Int64, changes: Int)
    ) {
        let (body, none) = (last.session, Price.none.billionths)
        let area = profile.area
        let figures: [(String, Int64, Int64)] = [
            ("open", body.open, bar.open ?? none), ("high", body.high, bar.open == nil ? none : bar.high),
            ("low", body.low, bar.open == nil ? none : bar.low), ("close", body.close, bar.close ?? none),
            ("volume", body.volume, bar.volume + unknown.quantity), ("buy", body.buy, bar.buy),
            ("sell", body.sell, bar.sell),
            ("neutral", body.neutral, bar.neutral + unknown.quantity), ("delta", body.delta, bar.delta),
            ("poc", body.control, area.map { $0.control * 10_000_000 } ?? none),
            ("vah", body.areaHigh, area.map { $0.high * 10_000_000 } ?? none),
            ("val", body.areaLow, area.map { $0.low * 10_000_000 } ?? none),
            ("firstTime", body.firstTime, bar.open == nil ? 0 : bar.first),
            ("lastTime", body.lastTime, bar.open == nil ? 0 : bar.last),
        ]
        let isSure = !last.head.flags.contains(.approximate)
        let sure = ["volume", "buy", "sell", "neutral", "delta"]
        for figure in figures where isSure || sure.contains(figure.0) {
            expect(figure.1 == figure.2, "session \(last.start): \(figure.0) \(figure.1), not \(figure.2)")
        }
        expect(!isSure || isClose(body.volumeWeightedPrice, bar.mean), "session \(last.start): vwap")
    }

    private mutating func checkCounts(
        _ counts: SessionCounts, _ day: Ledger.Day, _ trades: [Ledger.Trade], _ index: Int
    ) {
        var expected = SessionCounts()
        expected.trades = Int64(trades.count) + unknown(day).trades
        expected.refused = Int64(day.counts.refused)
        expected.gaps = Int64(day.counts.gaps)
        expected.outsideSession = Int64(day.counts.outside)
        expected.offTick = Int64(day.counts.offTick)
        expected.late = Int64(day.counts.late)
        if let width = ledger.widths.first {
            let session = ledger.trades.filter { ledger.days[$0.session].begun == day.begun && $0.sale.hasVolume }
            let starts = session.filter { $0.counts(in: width, at: tape.events.count) }.map {
                ledger.window($0.time, width, day.session).start
            }
            expected.candles = Int64(Set(starts).count)
        }
        expect(counts == expected, "session \(index) counts \(counts), not \(expected)")
    }

    /// The last words on mean price, cumulative delta and profile.
    private mutating func checkTotals(_ day: Ledger.Day, _ trades: [Ledger.Trade]) {
        let bar = PlainBar(trades, of: [])
        let open = day.session.open.nanoseconds
        let unknown = unknown(day)
        guard bar.trades > 0, bar.trades + unknown.trades > 0 else { return }
        if let last = said.last(where: { $0.topic == "cvd/" && $0.start == open })?.cumulative {
            expect(
                last.delta == bar.delta && last.buy == bar.buy && last.sell == bar.sell
                    && last.neutral == bar.neutral + unknown.quantity && last.trades == bar.trades + unknown.trades,
                "cvd of \(open)")
        } else {
            expect(false, "no cvd of \(open)")
        }
        // Of unknown trades nobody knows what their prices did.
        guard !ledger.unknowns.contains(where: { ledger.days[$0.session].begun == day.begun }) else { return }
        let mean = said.last { $0.topic == "vwap/" && $0.start == open }?.meanPrice
        expect(mean.map { isClose($0.value, bar.mean) && $0.volume == bar.priced } ?? false, "vwap of \(open)")
        let profile = PlainProfile(trades, height: 10_000_000)
        guard profile.total > 0 else { return }
        let last = said.last { $0.topic == "profile/session/" && $0.start == open }?.profile
        expect(
            last.map { $0.total == profile.total && $0.control == (profile.area?.control ?? 0) * 10_000_000 } ?? false,
            "profile of \(open)")
    }
}

/// Durations as topics spell them.
enum DurationSpelling {
    static func text(_ nanoseconds: Int64) -> String {
        if nanoseconds == 86_400_000_000_000 { return "1d" }
        if nanoseconds % 60_000_000_000 == 0 { return "\(nanoseconds / 60_000_000_000)m" }
        return nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds / 1_000_000)ms"
    }
}

@Suite struct CampaignTests {
    @Test(arguments: 0..<UInt64(30 + campaign))
    func `everything said of a random tape is what the list of its trades says`(seed: UInt64) throws {
        let trial = try Trial(seed: seed, hasChanges: false)
        #expect(trial.faults == [], "seed \(seed)")
    }

    @Test(arguments: 0..<UInt64(120 + 2 * campaign))
    func `after cancels and corrections it is what the list of the corrected tape says`(seed: UInt64) throws {
        let trial = try Trial(seed: seed, hasChanges: true)
        #expect(trial.faults == [], "seed \(seed)")
    }
}
