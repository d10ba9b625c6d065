import Engine
import Market

/// What a tape means, worked out the slow way: one walk over all events that says of each trade what becomes of it, and
/// sums over lists of trades. It shares no code with the engine.
struct Ledger {
    struct Trade {
        let event: Int
        let time: Int64
        let price: Int64
        let quantity: Int64
        let sign: Int64
        let isInferred: Bool
        let sale: PlainSale
        let session: Int
        /// The event that brought it, or the trade that it corrects: its place among all trades.
        var order: Int
        /// The start of the shortest window when it arrived, and whether it belonged to an earlier one.
        let base: Int64
        let isLate: Bool
        /// The starts of all windows that were open when it came, where it was late.
        var opens: [Int64: Int64] = [:]
        /// Widths in whose bars it counts.
        var widths: Set<Int64> = []

        /// When it was taken back, and from the bars of which widths.
        var removed = Int.max
        var removedFrom: [Int64: Int] = [:]

        var flow: Int64 { sign * quantity }
        var movesPrice: Bool { sale.movesPrice }

        /// Whether a bar of a width holds it once an event has been taken.
        func counts(in width: Int64, at event: Int) -> Bool {
            self.event <= event && widths.contains(width) && event < removedFrom[width, default: .max]
        }

        /// Whether the session's sums hold it.
        func counts(at event: Int) -> Bool { self.event <= event && event < removed }
    }

    struct Day {
        let session: Session
        let begun: Int
        var ended = Int.max
        var counts = Counts()
    }

    struct Counts: Equatable {
        var refused = 0
        var gaps = 0
        var outside = 0
        var offTick = 0
        var late = 0
    }

    /// A gap or a halt, and when it was known.
    struct Interval {
        let from: Int64
        let to: Int64
        let known: Int
        /// An open halt is replaced by its closed form at this event.
        var replaced = Int.max
    }

    let settings: FlowSettings
    let calendar: any SessionCalendar
    let base: Int64
    let widths: [Int64]
    var trades: [Trade] = []
    private(set) var days: [Day] = []
    private(set) var gaps: [Interval] = []
    private(set) var halts: [Interval] = []
    private(set) var beyond = 0
    private(set) var tooLate = 0
    /// The largest event time so far, by event.
    private(set) var times: [Int64] = []

    /// Changes of trades that nobody knew, in steps: sums only.
    var unknowns: [(event: Int, session: Int, quantity: Int64)] = []
    /// Trades by name, those taken back too; the place among `trades`.
    var kept: [(identifier: UInt64, venue: UInt16, trade: Int)] = []
    var lastCancel: (event: Int, day: Int, of: Cancelled) = (-2, 0, .again)
    private(set) var inSession = false
    private var nextOpen: Int64? = .min
    private(set) var now = Int64.min
    private(set) var lastGood = Int64.min
    private var gapFrom: Int64?
    private var earlier = Counts()
    private var classifier = PlainClassifier()
    /// Starts of closed windows by width, in order; only the last `kept` can still change.
    private(set) var closed: [Int64: [Int64]] = [:]

    init(_ events: [MarketEvent], _ settings: FlowSettings, _ calendar: any SessionCalendar) {
        self.settings = settings
        self.calendar = calendar
        let all = Set(((settings.candles?.widths ?? []) + (settings.delta?.widths ?? [])).map(\.count))
        widths = all.sorted()
        var unit = all.isEmpty ? 60_000_000_000 : widths[0]
        // The largest duration that goes into all widths; widths are whole half seconds here.
        while !widths.allSatisfy({ $0 % unit == 0 }) { unit -= 500_000_000 }
        base = unit
        for (index, event) in events.enumerated() { take(event, index) }
    }

    var horizon: Int64 { settings.horizon.count }
    var grace: Int64 { settings.grace.count }

    /// The window of a width that holds a time of a session.
    func window(_ time: Int64, _ width: Int64, _ session: Session) -> (start: Int64, end: Int64) {
        let open = session.open.nanoseconds
        let start = open + (time - open) / width * width
        return (start, min(start + width, session.close.nanoseconds))
    }

    /// A width, the widest shorter one that divides it, the widest that divides that one, down to the base.
    func sources(of width: Int64) -> [Int64] {
        var path = [width]
        while let last = path.last, last != base {
            path.append(widths.last { $0 < last && last % $0 == 0 } ?? base)
        }
        return path
    }

    // MARK: The walk

    private mutating func take(_ event: MarketEvent, _ index: Int) {
        let time = event.venueTime.nanoseconds
        declareGap(to: time, index)
        roll(time, index)
        declareGap(to: time, index)
        if event.kind != .clock { gapFrom = nil }
        closeWindows()
        times.append(max(times.last ?? .min, time))
        switch event.kind {
        case .trade: takeTrade(event, index)
        case .quote:
            good(time)
            classifier.quote = (event.bid.billionths, event.ask.billionths)
        case .level, .order, .bookReset: good(time)
        case .gap:
            count(\.gaps)
            gapFrom = max(lastGood, days.last?.session.open.nanoseconds ?? 0)
        case .status: takeStatus(event, index)
        case .cancel: takeCancel(event, index)
        case .restate: takeRestate(event, index)
        case .clock, .control, nil: break
        }
    }

    mutating func good(_ time: Int64) { lastGood = max(lastGood, time) }

    mutating func count(_ path: WritableKeyPath<Counts, Int>) {
        if days.isEmpty { earlier[keyPath: path] += 1 } else { days[days.count - 1].counts[keyPath: path] += 1 }
    }

    private mutating func declareGap(to time: Int64, _ index: Int) {
        guard let from = gapFrom, inSession, time > from else { return }
        gaps.append(Interval(from: from, to: time, known: index))
    }

    private mutating func roll(_ time: Int64, _ index: Int) {
        if inSession, let day = days.last {
            guard time >= day.session.close.nanoseconds else {
                now = max(now, time)
                return
            }
            now = day.session.close.nanoseconds
            closeWindows()
            days[days.count - 1].ended = index
            inSession = false
            nextOpen = .min
        }
        guard let open = nextOpen, time >= open else { return }
        switch calendar.place(of: Timestamp(nanoseconds: time)) {
        case .inside(let session):
            // Whoever was there before the open has missed nothing.
            if days.isEmpty, open == .min, time > session.open.nanoseconds {
                gaps.append(Interval(from: session.open.nanoseconds, to: time, known: index))
            }
            days.append(Day(session: session, begun: index, counts: days.isEmpty ? earlier : Counts()))
            inSession = true
            now = time
            good(time)
        case .outside(let next): nextOpen = next?.open.nanoseconds
        }
    }

    private mutating func takeStatus(_ event: MarketEvent, _ index: Int) {
        let time = event.venueTime.nanoseconds
        let open = halts.indices.last { halts[$0].to == .max && halts[$0].replaced == .max }
        switch event.tradingStatus {
        case .halted, .closed:
            if open == nil { halts.append(Interval(from: time, to: .max, known: index)) }
        case .trading, .auction:
            guard let open else { return }
            halts[open].replaced = index
            if time > halts[open].from { halts.append(Interval(from: halts[open].from, to: time, known: index)) }
        case nil: break
        }
    }

    private mutating func takeTrade(_ event: MarketEvent, _ index: Int) {
        let (time, price, quantity) = (event.venueTime.nanoseconds, event.price.billionths, event.quantity.steps)
        guard price > 0, price <= Price.limit, quantity > 0, quantity <= Quantity.limit else { return count(\.refused) }
        guard inSession, let day = days.last, time >= day.session.open.nanoseconds else {
            let last = inSession ? days.dropLast().last : days.last
            if let last, last.session.contains(event.venueTime) {
                tooLate += 1
            } else {
                count(\.outside)
                good(time)
            }
            return
        }
        let current = window(now, base, day.session).start
        let isLate = time < current
        let sale = PlainSale(event)
        let (sign, isInferred) = classifier.classify(event, sale, isLate: isLate)
        if sale.movesPrice || sale.isInProfile, price % 10_000_000 != 0 { count(\.offTick) }
        var trade = Trade(
            event: index, time: time, price: price, quantity: quantity, sign: sign, isInferred: isInferred,
            sale: sale, session: days.count - 1, order: index, base: current, isLate: isLate)
        guard sale.hasVolume else { return takeWithoutVolume(trade, event) }
        if isLate {
            count(\.late)
            for width in widths + [base] { trade.opens[width] = window(now, width, day.session).start }
            placeLate(&trade, day.session, latest: max(lastGood, current))
        } else {
            good(time)
            trade.widths = Set(widths)
        }
        trades.append(trade)
        keep(event, trades.count - 1)
    }

    /// Prices of a day at most, in time or not.
    private mutating func takeWithoutVolume(_ trade: Trade, _ event: MarketEvent) {
        var trade = trade
        trade.widths = Set(widths)
        trades.append(trade)
        keep(event, trades.count - 1)
    }

    /// Which bars a late trade still reaches.
    private mutating func placeLate(_ trade: inout Trade, _ session: Session, latest: Int64) {
        for width in widths {
            let (start, end) = window(trade.time, width, session)
            if start == window(now, width, session).start {
                trade.widths.insert(width)
                continue
            }
            let limit = keptBars(width)
            var starts = closed[width] ?? []
            let younger = starts.count { $0 > start }
            let isKept = younger < limit && (starts.contains(start) || younger < starts.count || starts.count < limit)
            guard end + horizon + grace >= latest, isKept else {
                if width == widths[0] { beyond += 1 }
                continue
            }
            trade.widths.insert(width)
            if !starts.contains(start) {
                starts.append(start)
                closed[width] = starts.sorted()
            }
        }
    }

    /// How many closed bars of a width can still change.
    func keptBars(_ width: Int64) -> Int { horizon + grace > 0 ? min(Int((horizon + grace) / width) + 2, 64) : 0 }

    /// Notes the windows that have ended and hold a trade.
    private mutating func closeWindows() {
        guard let day = days.last else { return }
        for width in widths {
            let current = now >= day.session.close.nanoseconds ? .max : window(now, width, day.session).start
            var starts = Set(closed[width] ?? [])
            for trade in trades.reversed() {
                guard trade.session == days.count - 1 else { break }
                let start = window(trade.time, width, day.session).start
                let isThere = trade.counts(in: width, at: .max - 1) && trade.sale.hasVolume
                if isThere, start < current { starts.insert(start) }
            }
            closed[width] = starts.sorted()
        }
    }
}

extension Duration {
    /// Whole nanoseconds.
    var count: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// Lee and Ready with the venue's flag first, as definitions §4 tells it.
struct PlainClassifier {
    var quote: (bid: Int64, ask: Int64) = (.max, .max)
    private var lastPrice: Int64?
    private var lastSign: Int64 = 0

    mutating func classify(
        _ trade: MarketEvent, _ sale: PlainSale, isLate: Bool
    ) -> (sign: Int64, isInferred: Bool) {
        let price = trade.price.billionths
        if trade.marks.contains(.auction) || sale.isAuction {
            if !isLate, sale.hasVolume { lastPrice = price }
            return (0, false)
        }
        guard sale.isFlow else { return (0, false) }
        let change = price - (lastPrice ?? price)
        let tick = change > 0 ? 1 : change < 0 ? -1 : lastSign
        let isOffExchange = trade.marks.contains(.offExchange)
        if !isLate, !isOffExchange { (lastPrice, lastSign) = (price, tick) }
        if trade.side != .unknown { return (trade.side == .buy ? 1 : -1, false) }
        var sign = isOffExchange ? 0 : tick
        if quote.bid != .max, quote.ask != .max, quote.bid < quote.ask {
            let twice = 2 * price - quote.bid - quote.ask
            if twice != 0 { sign = twice > 0 ? 1 : -1 }
        }
        return (sign, sign != 0)
    }
}
