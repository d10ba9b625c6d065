internal import Market
internal import Memory
internal import Updates

/// What a chain of prints must be to count as a sweep of one flavour (definitions §11).
struct SweepRule: Sendable {
    var flavour: SweepFlavour
    /// The longest pause between two prints, nanoseconds.
    var gap: Int64
    var prints = 1
    var levels = 1
    var venues = 0
    /// The least part of the volume that carries the flag, billionths.
    var flaggedShare: Int64 = 0
    /// Whether the volume must reach the percentile of the sizes before it.
    var usesPercentile = false
    /// The least price × quantity, billionths × steps.
    var floor: Int128 = 0
    /// A print that goes back ends the chain.
    var isMonotonic = false
    /// A print of another venue ends the chain.
    var isOneVenue = false
    /// The least size of a single print that is told where the chain is no sweep, steps; 0 for none.
    var block: Int64 = 0

    /// Whether a chain of one print may be told: a block, or a rule that asks for no more.
    var countsSingles: Bool { block > 0 || prints <= 1 && levels <= 1 && venues <= 1 }
}

/// What a chain takes of one print.
struct SweepPrint: Plain, Sendable {
    var time: Int64 = 0
    var number: UInt64 = 0
    var price: Int64 = 0
    var quantity: Int64 = 0
    var sign: Int64 = 0
    var venue: UInt16 = 0
    var isFlagged = false
    var isInferred = false

    static var bounds: [PlainBound] { [.flag(\Self.isFlagged), .flag(\Self.isInferred)] }

    init() {}

    /// Becomes a trade: field by field in its place, since a copy of what was just stored stalls.
    @inline(__always)
    mutating func become(_ trade: borrowing Trade, flag: UInt32) {
        (time, number, price, quantity) = (trade.time, trade.number, trade.price, trade.quantity)
        (sign, venue) = (trade.sign, trade.venue)
        (isFlagged, isInferred) = (trade.conditions & flag != 0, trade.isInferred)
    }

    /// Whether a price lies where the aggressor pushes to, or where this print was.
    func isBehind(_ price: Int64) -> Bool { sign > 0 ? price >= self.price : price <= self.price }
}

/// The figures of consecutive prints of one side.
struct SweepChain: Plain, Sendable {
    var firstTime: Int64 = 0
    /// The latest venue time: prints may come in another order than their times.
    var lastTime: Int64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
    var prints = 0
    var levels = 0
    var venues = 0
    var quantity: Int64 = 0
    var largest: Int64 = 0
    /// Volume under the flag, and volume whose side was inferred, steps.
    var flagged: Int64 = 0
    var inferred: Int64 = 0
    /// Sum of price × quantity, billionths × steps.
    var turnover: Int128 = 0
    var firstPrice: Int64 = 0
    var lastPrice: Int64 = 0
    var low: Int64 = 0
    var high: Int64 = 0
    /// The percentile of the sizes before its first print; the largest number while there is none.
    var threshold = Int64.max
    var sign: Int64 = 0
    /// The venue of the last print.
    var venue: UInt16 = 0
    var isMonotonic = true
    /// A trade in its time was corrected.
    var isRevised = false
    /// The book as it was at the last print.
    var bookState = BookState.none

    static var bounds: [PlainBound] {
        [.flag(\Self.isMonotonic), .flag(\Self.isRevised), .choice(\Self.bookState)]
    }

    /// Whether a price lies where the aggressor pushes to, or where the last print was.
    func isOnward(_ price: Int64) -> Bool { sign > 0 ? price >= lastPrice : price <= lastPrice }

    mutating func add(_ trade: SweepPrint) {
        if !isOnward(trade.price) { isMonotonic = false }
        lastTime = max(lastTime, trade.time)
        last = trade.number
        prints += 1
        quantity &+= trade.quantity
        largest = max(largest, trade.quantity)
        if trade.isFlagged { flagged &+= trade.quantity }
        if trade.isInferred { inferred &+= trade.quantity }
        turnover &+= Int128(trade.price) &* Int128(trade.quantity)
        lastPrice = trade.price
        low = min(low, trade.price)
        high = max(high, trade.price)
        venue = trade.venue
    }
}

/// Follows one flavour's chain: each print of a known side joins the chain or ends it and begins the next one.
struct SweepRun: ~Copyable, Sendable {
    /// A chain of so many prints ends: 2^10 sizes of 2^52 steps fit a sum of 64 bits, and their turnover one of 128.
    static let printLimit = 1024
    /// Prices within a chain's range that are told apart; more are counted only where they widen the range.
    static let levelLimit = 64
    /// Venues that are told apart: more than any market has.
    static let venueLimit = 32

    // What nearly every print asks, together: most chains end with their first print.
    private(set) var isOpen = false
    /// A chain is open that is one to tell as it stands.
    private(set) var counts = false
    /// The chain has one print, the last, and is not written out.
    private var isSingle = false
    /// The last print; prints may come in another order than their times, and its time is the latest.
    private var last = SweepPrint()
    /// Of a chain that is not written out.
    private var singleThreshold = Int64.max
    private var singleState = BookState.none
    private var isSingleRevised = false
    let rule: SweepRule
    let flag: UInt32
    /// The figures of a chain of two prints or more.
    private(set) var chain = SweepChain()
    private var prices = FixedCells<Int64>(repeating: 0, count: SweepRun.levelLimit)
    private var known = 0
    private var venues = FixedCells<UInt16>(repeating: 0, count: SweepRun.venueLimit)

    /// `flag` is the mask of the condition bits whose volume is counted as flagged.
    init(_ rule: SweepRule, flag: UInt32) {
        self.rule = rule
        self.flag = flag
    }

    /// Whether a print of a known side joins the open chain; else it ends it, and begins the next one. It changes
    /// nothing: called on a value that cannot change, all 400 bytes of it were copied first (Swift 6.3.1), 5 ns an
    /// event.
    mutating func isContinued(by trade: borrowing Trade) -> Bool {
        guard isOpen, last.sign == trade.sign, trade.time &- last.time <= rule.gap else { return false }
        if rule.isMonotonic, !last.isBehind(trade.price) { return false }
        if rule.isOneVenue, trade.venue != last.venue { return false }
        return isSingle || chain.prints < SweepRun.printLimit
    }

    /// The latest venue time of the open chain's prints.
    var lastTime: Int64 { last.time }

    /// Takes a print of a known side, after `isContinued` has said what becomes of the chain.
    mutating func take(_ trade: borrowing Trade, joins: Bool, threshold: Int64, bookState: BookState) {
        if joins {
            if isSingle { writeOut() }
            let latest = max(last.time, trade.time)
            last.become(trade, flag: flag)
            extend()
            last.time = latest
            chain.bookState = bookState
            review()
            return
        }
        last.become(trade, flag: flag)
        (singleThreshold, singleState, isSingleRevised) = (threshold, bookState, false)
        (isOpen, isSingle, counts) = (true, true, false)
        guard rule.countsSingles else { return }
        writeOut()
        review()
    }

    /// Writes out a chain that is its first print so far.
    private mutating func writeOut() {
        begin(last, threshold: singleThreshold)
        chain.bookState = singleState
        chain.isRevised = isSingleRevised
        isSingle = false
    }

    /// Forgets the chain.
    mutating func close() { (isOpen, counts) = (false, false) }

    /// Notes that a trade of this time was corrected.
    mutating func revise(at time: Int64) {
        guard isOpen else { return }
        if isSingle {
            isSingleRevised = isSingleRevised || time == last.time
        } else if time >= chain.firstTime, time <= chain.lastTime {
            chain.isRevised = true
        }
    }

    /// Finds anew whether the chain is one to tell.
    private mutating func review() { counts = isOpen && !isSingle && (isSweep || isBlock) }

    /// What the chain as it stands is told as.
    var flavour: SweepFlavour { isBlock && !isSweep ? .block : rule.flavour }

    private var isSweep: Bool {
        guard chain.prints >= rule.prints, chain.levels >= rule.levels, chain.venues >= rule.venues else {
            return false
        }
        if rule.usesPercentile, chain.quantity < chain.threshold { return false }
        let flagged = Int128(chain.flagged) * Int128(Price.scale)
        guard flagged >= Int128(chain.quantity) * Int128(rule.flaggedShare) else { return false }
        return Int128(chain.turnover.magnitude) >= rule.floor
    }

    private var isBlock: Bool { rule.block > 0 && chain.largest >= rule.block }

    private mutating func begin(_ trade: SweepPrint, threshold: Int64) {
        // Field by field, so that no chain is made elsewhere and copied in.
        (chain.firstTime, chain.lastTime, chain.first) = (trade.time, trade.time, trade.number)
        (chain.prints, chain.levels, chain.venues) = (0, 1, 0)
        (chain.quantity, chain.largest, chain.flagged, chain.inferred) = (0, 0, 0, 0)
        chain.turnover = 0
        (chain.firstPrice, chain.lastPrice) = (trade.price, trade.price)
        (chain.low, chain.high) = (trade.price, trade.price)
        (chain.sign, chain.threshold) = (trade.sign, threshold)
        (chain.isMonotonic, chain.isRevised) = (true, false)
        prices[0] = trade.price
        known = 1
        count(trade.venue)
        chain.add(trade)
    }

    /// Adds the last print to the chain.
    private mutating func extend() {
        if last.price != chain.lastPrice { count(last.price) }
        if last.venue != chain.venue { count(last.venue) }
        chain.add(last)
    }

    /// A price outside the range so far is a new level; one inside is looked for.
    private mutating func count(_ price: Int64) {
        if price >= chain.low, price <= chain.high {
            for index in 0..<known where prices[index] == price { return }
            guard known < SweepRun.levelLimit else { return }
        }
        chain.levels += 1
        guard known < SweepRun.levelLimit else { return }
        prices[known] = price
        known += 1
    }

    /// A venue without a number is none.
    private mutating func count(_ venue: UInt16) {
        guard venue != 0 else { return }
        for index in 0..<chain.venues where venues[index] == venue { return }
        guard chain.venues < SweepRun.venueLimit else { return }
        venues[chain.venues] = venue
        chain.venues += 1
    }
}

extension SweepRun: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&isOpen, &isSingle)
        // Twice: of a chain of one print the last is the first.
        var first = last
        archive.values(&last, &first, &singleThreshold, &singleState)
        archive.values(&isSingleRevised, &chain)
        archive.value(&known)
        archive.cells(&prices)
        archive.cells(&venues)
        let isSound = known >= 0 && known <= prices.count && chain.venues >= 0 && chain.venues <= venues.count
        archive.check(isSound, "a sweep has more prices or venues than are told apart")
        if archive.hasRestored { review() }
    }
}
