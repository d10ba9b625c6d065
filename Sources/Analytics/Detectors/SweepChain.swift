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
}

/// The figures of consecutive prints of one side.
struct SweepChain: BitwiseCopyable, Sendable {
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

    /// Whether a price lies where the aggressor pushes to, or where the last print was.
    func isOnward(_ price: Int64) -> Bool { sign > 0 ? price >= lastPrice : price <= lastPrice }

    mutating func add(_ trade: borrowing Trade, flag: UInt32) {
        if !isOnward(trade.price) { isMonotonic = false }
        lastTime = max(lastTime, trade.time)
        last = trade.number
        prints += 1
        quantity &+= trade.quantity
        largest = max(largest, trade.quantity)
        if trade.conditions & flag != 0 { flagged &+= trade.quantity }
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

    let rule: SweepRule
    let flag: UInt32
    private(set) var chain = SweepChain()
    private(set) var isOpen = false
    private var prices = FixedCells<Int64>(repeating: 0, count: SweepRun.levelLimit)
    private var known = 0
    private var venues = FixedCells<UInt16>(repeating: 0, count: SweepRun.venueLimit)

    /// `flag` is the mask of the condition bits whose volume is counted as flagged.
    init(_ rule: SweepRule, flag: UInt32) {
        self.rule = rule
        self.flag = flag
    }

    /// Whether a print of a known side joins the open chain; else it ends it, and begins the next one.
    func isContinued(by trade: borrowing Trade) -> Bool {
        guard isOpen, chain.sign == trade.sign, trade.time &- chain.lastTime <= rule.gap else { return false }
        if rule.isMonotonic, !chain.isOnward(trade.price) { return false }
        if rule.isOneVenue, trade.venue != chain.venue { return false }
        return chain.prints < SweepRun.printLimit
    }

    /// Takes a print of a known side, after `isContinued` has said what becomes of the chain.
    mutating func take(_ trade: borrowing Trade, joins: Bool, threshold: Int64, bookState: BookState) {
        if joins { extend(trade) } else { begin(trade, threshold: threshold) }
        chain.bookState = bookState
    }

    /// Forgets the chain.
    mutating func close() { isOpen = false }

    /// Notes that a trade of this time was corrected.
    mutating func revise(at time: Int64) {
        if isOpen, time >= chain.firstTime, time <= chain.lastTime { chain.isRevised = true }
    }

    /// Whether a chain is open that is one to tell as it stands.
    var counts: Bool { isOpen && (isSweep || isBlock) }

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

    private mutating func begin(_ trade: borrowing Trade, threshold: Int64) {
        // Field by field: a chain that is made elsewhere and copied in costs a print 5 ns.
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
        chain.add(trade, flag: flag)
        isOpen = true
    }

    private mutating func extend(_ trade: borrowing Trade) {
        if trade.price != chain.lastPrice { count(trade.price) }
        if trade.venue != chain.venue { count(trade.venue) }
        chain.add(trade, flag: flag)
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
