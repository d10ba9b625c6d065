internal import Analytics
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// Everything that one symbol knows, changed by one event at a time: it decides what to publish and never waits.
///
/// The fields are in the order of use, in whole cache lines: a trade touches four of them, its profile's row and its
/// slot of the ring. `deadline` is the first venue time at which something besides the trade itself is due (a bar or
/// the session ends, a live value is to be shown), so that a trade pays one comparison for all of it.
struct SymbolState: ~Copyable {
    /// What each trade must do besides bar and profile.
    struct Extras: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let weightedPrice = Extras(rawValue: 1)
        static let print = Extras(rawValue: 2)
        static let republish = Extras(rawValue: 4)
        static let analytics = Extras(rawValue: 8)
        /// The state cannot go on: it takes nothing any more.
        static let broken = Extras(rawValue: 64)
        /// A change of the quality waits until a second has passed since the last.
        static let qualityWaits = Extras(rawValue: 128)
        /// Bars of a day and more are summed up apart: see `splitDay`.
        static let day = Extras(rawValue: 16)
    }

    /// A session's volume may not exceed this many steps, so that no sum of products leaves 128 bits.
    static let volumeLimit = Int64(1) << 61

    // First line: what every trade asks.
    var deadline = Int64.min
    /// The start of the base bar: what is earlier is late. No time reaches it outside of sessions.
    var floor = Int64.max
    /// Steps that the session's volume may still grow by, that of the base bar included.
    var room = SymbolState.volumeLimit
    var side: SideClassifier
    let grid: TickGrid
    var extras: Extras
    var hasProfile: Bool
    var allowsNegativePrices: Bool
    /// The symbol's place in its node's roster.
    let index: UInt32

    // Second to fourth line: the base bar, and when its end is not the end of more than itself.
    var base = OpenBar()
    /// When anything but the base bar's end is due.
    var nextMore = Int64.min
    /// The session's delta up to the base bar.
    var cvd: Int64 = 0

    // Fifth line: what the end of a base bar asks besides.
    let plan: FlowPlan
    var session = Session(open: Timestamp(nanoseconds: 0), close: Timestamp(nanoseconds: 0), date: 0)
    var inSession = false
    /// What is known of the book; of a symbol without one, whether its quote is crossed.
    var bookState = BookState.none
    /// From here on no gap and no halt is known: windows that begin later are whole.
    var cleanSince = Int64.min
    /// Venue time of the last event that was not a gap, up to the base bar.
    var goodTime = Int64.min
    var wides: FixedCells<OpenBar>

    // Sixth line, and half of the seventh.
    var profile: VolumeProfile

    // The rest of the seventh: what each quote asks, and each trade that analytics are told of.
    var bid = Price.none.billionths
    var ask = Price.none.billionths
    /// The node's analytics or none, for calls that come with each trade and quote: they count no reference.
    let calledAnalytics: CallList<AnalyticSet>

    // From here to the tenth line: touched when more than the base bar is due.
    /// `nextMore` without the instants that analytics expect.
    var nextOwn = Int64.min
    /// The first end of a wide bar.
    var nextWide = Int64.max
    var nextLive = Int64.max
    var nextDeveloping = Int64.max
    var nextRows = Int64.max
    /// The first end + grace of a closed bar that waits to be published.
    var nextPending = Int64.max
    /// Where a gap began whose end nobody knows yet.
    var gapOpen: Int64?
    /// Bars that a cancel has changed are not published before the restate that stands behind it.
    var holdsChange = false
    /// What the session's time up to `cleanSince` was like.
    var elapsedWhenClean: Int64 = 0
    var missedWhenClean: Int64 = 0
    var shown = ShownCounts()
    /// The session's sums up to the longest bar.
    var total: Bar
    /// The numbers of topics that are not of a width, from the plan's `widthTopics` on: as many as
    /// `FlowPlan.otherTopicLimit` says.
    var numbers = InlineArray<32, UInt64>(repeating: 0)

    // From here on: touched when something is out of the ordinary.
    let entry: RosterEntry
    var counts = SymbolCounts()
    /// What had been counted when the session began; what was outside before the first one belongs to it.
    var countsAtOpen = SymbolCounts()
    var closedSession: ClosedSession?
    /// When the next session opens, while outside every session.
    var nextSessionOpen = Int64.min
    var ledger = GapLedger()
    var weightedPrice = VolumeWeightedPrice()
    var prints: BigPrint
    var histories: BarHistories
    /// Trades that can still be taken back, and what was changed so far.
    var kept: KeptTrades
    var changes = TapeChanges()
    /// The session as bars of a day see it; only under `Extras.day`.
    var day = OpenBar.never
    var shownQuality = ShownQuality()
    /// Changes of settings that wait for their instant, and the first such instant.
    var waitingControls: [Int] = []
    /// The places of changes below this were received.
    var controlsSeen = 0
    /// Ends of the input with numbers below this were received.
    var endsSeen: UInt64 = 0
    /// The last change of each analytic's settings that holds.
    var appliedControls: [Int] = []
    var nextControl = Int64.max
    /// Bars that have been closed and of which no analytic was told yet.
    var heldBars: [FinishedBar] = []
    /// When a wake finds the board's sums anew, and when its value area is.
    var nextBoard = Int64.min
    var nextBoardProfile = Int64.min
    /// What broke the state, by its own word; for the lane to take.
    var ownFault: SymbolFault?
    /// The number of the event that broke it, while it is said to be broken.
    var brokenAt: UInt64 = 0
    /// The analytics of the catalogue that the node lists; none where it lists none.
    let analytics: AnalyticSet?

    // Nothing of the state may be looked at in here: the optimiser (Swift 6.3.1) then frees fields not yet set.
    init(entry: RosterEntry, plan: FlowPlan) {
        self.entry = entry
        index = entry.index
        self.plan = plan
        let settings = plan.settings
        extras = []
        if plan.keepsWeightedPrice { extras.insert(.weightedPrice) }
        if settings.print != nil { extras.insert(.print) }
        if !settings.republished.isEmpty { extras.insert(.republish) }
        if !plan.analytics.isEmpty { extras.insert(.analytics) }
        hasProfile = plan.keepsProfile
        grid = TickGrid(tick: entry.instrument.tick.billionths)
        allowsNegativePrices = entry.instrument.allowsNegativePrices
        side = SideClassifier(rule: settings.sideRule, firstSign: settings.firstSign)
        total = OpenBar.never
        profile = VolumeProfile(
            rowHeight: entry.instrument.tick.billionths * Int64(settings.profile?.rowTicks ?? 1),
            rowLimit: settings.profile?.rowLimit ?? VolumeProfile.smallestRowLimit)
        wides = FixedCells(repeating: OpenBar(), count: plan.wides.count)
        let print = settings.print ?? PrintSettings()
        prints = BigPrint(
            sizes: RollingSizes(window: print.window, shareInMillionths: print.shareInMillionths),
            minimumCount: print.minimumCount, minimumNotional: print.minimumNotional,
            sizeStep: entry.instrument.sizeStep)
        histories = BarHistories(plan)
        kept = KeptTrades(limit: settings.keptTrades)
        let set =
            plan.analytics.isEmpty
            ? nil
            : plan.analytics.makeSet(
                symbol: entry.index, instrument: entry.instrument, firstSlot: plan.firstAnalyticSlot)
        analytics = set
        calledAnalytics = CallList(set.map { [$0] } ?? [])
    }

    /// Cache lines from the first on that a trade and the end of the base bar touch.
    static var hotLines: Int { 6 }
    /// Those behind them that more than its end touches.
    static var otherLines: Range<Int> { 6..<12 }

    /// Asks the processor to bring near what hangs on the state and the next trade will touch: its price's row, and the
    /// bar that the base bar is folded into.
    @inline(__always)
    func prefetch(price: Int64) {
        profile.prefetch(price: price)
        wides.prefetch(lines: 0..<2)
    }

    /// Asks for what else hangs on the state and is touched when more than the base bar is due.
    @inline(__always)
    func prefetchMore() {
        profile.prefetchRows()
        wides.prefetch(lines: 2..<3)
    }

    /// Takes one event where it lies in its ring; whatever is to be published goes into `updates`, in order.
    @inline(__always)
    mutating func receive(_ events: RingElements<MarketEvent>, at place: Int, into updates: inout Outbox) {
        let time = events[place].venueTime.nanoseconds
        if time >= deadline { settle(events, at: place, &updates) }
        if _fastPath(events[place].isTrade) {
            receiveTrade(events, at: place, into: &updates)
        } else if events[place].isQuote {
            receiveQuote(events, at: place, into: &updates)
        } else {
            receiveOther(events[place], into: &updates)
        }
    }

    @inline(__always)
    private mutating func receiveTrade(
        _ events: RingElements<MarketEvent>, at place: Int, into updates: inout Outbox
    ) {
        let price = events[place].price.billionths
        let quantity = events[place].quantity.steps
        let time = events[place].venueTime.nanoseconds
        guard _fastPath(accepts(price: price, quantity: quantity)) else { return refuse() }
        let special = events[place].marks.intersection(SymbolState.specialMarks)
        // A trade that carries its touch has no conditions; of the others, one of a consolidated tape has its rules.
        let isOrdinary = special == .touch || special.isEmpty && events[place].variant == 0
        guard _fastPath(time >= floor), _fastPath(isOrdinary) else {
            return receiveIrregular(events[place], into: &updates)
        }
        if _slowPath(!grid.holds(price)) { counts.offTick += 1 }
        // The rule of orderflow-v1 stands here; all others are a call away, which keeps this path short.
        let isPlain = side.rule == .touch && special == .touch && !events[place].hasSide
        let aggressor: Aggressor
        if isPlain {
            let (bid, ask) = (events[place].touchBid.billionths, events[place].touchAsk.billionths)
            aggressor = side.classifyByTouch(price: price, bid: bid, ask: ask)
            base.bar.add(price: price, quantity: quantity, sign: aggressor.sign, inferred: true, time: time)
        } else {
            aggressor = classify(events, at: place)
            let isInferred = aggressor.method.isInferred
            base.bar.add(price: price, quantity: quantity, sign: aggressor.sign, inferred: isInferred, time: time)
        }
        if hasProfile, !profile.addInside(price: price, quantity: quantity) { addOutside(price, quantity) }
        if !extras.isEmpty { receiveExtras(events, at: place, aggressor, into: &updates) }
    }

    /// Marks that take a trade off the shortest path.
    private static var specialMarks: MarketEvent.Marks { [.touch, .volumeOnly, .auction, .offExchange] }

    /// The aggressor of an ordinary trade. As everything that comes with each trade, it reads the event where it lies:
    /// handed on as a value it would be copied, and its fields read across the copy's stores, which stalls.
    @inline(never)
    private mutating func classify(_ events: RingElements<MarketEvent>, at place: Int) -> Aggressor {
        let hasTouch = events[place].marks.contains(.touch)
        let aggressor = side.classify(
            price: events[place].price.billionths, bid: hasTouch ? events[place].touchBid.billionths : bid,
            ask: hasTouch ? events[place].touchAsk.billionths : ask, venueSide: events[place].side)
        if !hasTouch, events[place].identifier != 0 { kept.append(KeptTrade(events[place], aggressor, .regular)) }
        return aggressor
    }

    @inline(never)
    private mutating func addOutside(_ price: Int64, _ quantity: Int64) {
        profile.add(price: price, quantity: quantity)
    }

    @inline(never)
    private mutating func refuse() { counts.refused += 1 }

    /// A price within its limits and a size above zero for which the session's sums have room.
    func accepts(price: Int64, quantity: Int64) -> Bool {
        isSound(price: price, quantity: quantity) && hasRoom(for: quantity)
    }

    func isSound(price: Int64, quantity: Int64) -> Bool {
        let isPositive = UInt64(bitPattern: price &- 1) < UInt64(Price.limit)
        let hasPrice = isPositive || (allowsNegativePrices && price >= -Price.limit && price <= 0)
        let hasSize = UInt64(bitPattern: quantity &- 1) < UInt64(Quantity.limit)
        return hasPrice && hasSize
    }

    func hasRoom(for quantity: Int64) -> Bool { base.bar.volume &+ quantity <= room }

    @inline(never)
    private mutating func receiveExtras(
        _ events: RingElements<MarketEvent>, at place: Int, _ aggressor: Aggressor, into updates: inout Outbox
    ) {
        let price = events[place].price.billionths
        let quantity = events[place].quantity.steps
        if extras.contains(.day) { day.addToDay(KeptTrade(events[place], aggressor, .regular)) }
        if extras.contains(.weightedPrice) { weightedPrice.add(price: price, quantity: quantity) }
        if extras.contains(.print), let threshold = prints.judge(price: price, quantity: quantity) {
            publishPrint(events[place], aggressor, threshold, isLate: false, into: &updates)
        }
        if extras.contains(.republish) { republishTrade(events[place], aggressor, isLate: false, into: &updates) }
        if extras.contains(.analytics) { tell(Trade(events[place], aggressor, bid: bid, ask: ask), &updates) }
    }
}
