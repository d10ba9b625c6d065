public import Market

/// Open, high, low, close, volume and delta of a window: fed trade by trade, or folded from the bars of its parts.
///
/// Open is the price of the earliest venue time (of equal ones the first to arrive), close that of the latest (of equal
/// ones the last to arrive). Folding bars in the order in which their trades arrived equals adding all the trades; only
/// the extremes of delta depend on that order. Prices are billionths, sizes steps. With sizes up to `Quantity.limit`
/// and a volume below 2^61 steps nothing overflows.
public struct Bar: BitwiseCopyable, Equatable, Sendable {
    // What every trade touches stands first, in two cache lines; no two neighbours get their sum from the same trade,
    // or else the compiler joins both in one vector, whose parts are then stored apart and loaded together: a stall.
    /// Sum of price × quantity over the trades that have a price, in billionths × steps.
    public var turnover: Int128 = 0
    public var volume: Int64 = 0
    /// `Int64.min` until a trade has set a price.
    public var high = Int64.min
    /// `Int64.max` until a trade has set a price.
    public var low = Int64.max
    /// `Price.none` until a trade has set a price, as `open`.
    public var close = Price.none.billionths
    /// The earliest and the latest venue time of a trade that set a price.
    public var firstTime = Int64.max
    public var lastTime = Int64.min
    public var open = Price.none.billionths
    /// Volume of buyers less volume of sellers.
    public var delta: Int64 = 0
    /// The extremes that delta ran through, the 0 at its start counted: `minDelta` ≤ 0 ≤ `maxDelta`.
    public var minDelta: Int64 = 0
    public var maxDelta: Int64 = 0
    public var count: Int64 = 0
    /// Volume whose side nobody knows.
    public var neutral: Int64 = 0
    /// Volume whose side was told by anything but the venue's flag.
    public var inferred: Int64 = 0
    /// Volume of trades that may not move a price, part of `volume` and not of `turnover`.
    public var unpriced: Int64 = 0
    /// The window [start, end); the bar itself does not check its trades against it.
    public var start: Timestamp
    public var end: Timestamp

    @inlinable
    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    @inlinable
    public var isEmpty: Bool { count == 0 }
    /// Whether a trade has set a price; a bar of nothing but unpriced volume has none.
    @inlinable
    public var hasPrice: Bool { firstTime != .max }
    /// High and low for a reader: `Price.none` until a trade has set a price.
    @inlinable
    var shownHigh: Int64 { hasPrice ? high : Price.none.billionths }
    @inlinable
    var shownLow: Int64 { hasPrice ? low : Price.none.billionths }
    /// Exact, because volume is buy + sell + neutral and delta is buy − sell.
    @inlinable
    public var buy: Int64 { (volume &- neutral &+ delta) >> 1 }
    @inlinable
    public var sell: Int64 { (volume &- neutral &- delta) >> 1 }

    /// The mean price per step in units of the quote currency; not a number where nothing priced was traded.
    @inlinable @inline(__always)
    public var volumeWeightedPrice: Double {
        ExactMean.price(sum: turnover, weight: volume &- unpriced)
    }

    /// Inferred volume over all signed volume, 0 to 1; not a number where nothing was signed.
    @inlinable @inline(__always)
    public var inferredShare: Double { Bar.share(inferred, of: volume &- neutral) }

    /// A part of a volume, 0 to 1; not a number where there is none.
    @inlinable @inline(__always)
    public static func share(_ part: Int64, of volume: Int64) -> Double {
        guard volume > 0 else { return .nan }
        // All or nothing for nearly every bar: no division for them.
        if part == volume { return 1 }
        return part == 0 ? 0 : Double(part) / Double(volume)
    }

    // Inlined here and below: as calls, these four cost a trade a fifth of its time (docs/performance.md).
    @inlinable @inline(__always)
    public mutating func add(price: Int64, quantity: Int64, sign: Int8, inferred isInferred: Bool, time: Int64) {
        high = max(high, price)
        low = min(low, price)
        open = time < firstTime ? price : open
        firstTime = min(firstTime, time)
        close = time >= lastTime ? price : close
        lastTime = max(lastTime, time)
        turnover &+= Int128(price) &* Int128(quantity)
        addFlow(quantity: quantity, sign: sign, inferred: isInferred)
    }

    /// Adds a trade that may not move open, high, low or close, nor the mean price.
    public mutating func addUnpriced(quantity: Int64, sign: Int8, inferred isInferred: Bool) {
        unpriced &+= quantity
        addFlow(quantity: quantity, sign: sign, inferred: isInferred)
    }

    @inlinable @inline(__always)
    mutating func addFlow(quantity: Int64, sign: Int8, inferred isInferred: Bool) {
        count &+= 1
        volume &+= quantity
        delta &+= Int64(sign) &* quantity
        minDelta = min(minDelta, delta)
        maxDelta = max(maxDelta, delta)
        // Branches that nearly always go one way: which one, the feed and the rule decide for a whole run.
        if _slowPath(sign == 0) {
            neutral &+= quantity
        } else if isInferred {
            inferred &+= quantity
        }
    }

    /// Takes a trade's size back, with the sign it was given. Prices and the extremes of delta cannot be undone by
    /// subtraction and stay: the update must say that it is approximate, unless the caller sets them anew.
    public mutating func remove(price: Int64, quantity: Int64, sign: Int8, inferred isInferred: Bool) {
        turnover &-= Int128(price) &* Int128(quantity)
        count &-= 1
        volume &-= quantity
        delta &-= Int64(sign) &* quantity
        neutral &-= sign == 0 ? quantity : 0
        inferred &-= isInferred && sign != 0 ? quantity : 0
    }

    /// Takes in the bar of a part whose trades arrived after all that this one holds. The window stays. The part is
    /// read in place: a copy of it would cost as much as the sums.
    @inlinable @inline(__always)
    public mutating func fold(_ other: borrowing Bar) {
        high = max(high, other.high)
        low = min(low, other.low)
        if other.hasPrice {
            if other.firstTime < firstTime {
                open = other.open
                firstTime = other.firstTime
            }
            if other.lastTime >= lastTime {
                close = other.close
                lastTime = other.lastTime
            }
        }
        turnover &+= other.turnover
        count &+= other.count
        volume &+= other.volume
        minDelta = min(minDelta, delta &+ other.minDelta)
        maxDelta = max(maxDelta, delta &+ other.maxDelta)
        delta &+= other.delta
        neutral &+= other.neutral
        inferred &+= other.inferred
        // Rare, and on a cache line that nothing else here touches.
        if _slowPath(other.unpriced != 0) { unpriced &+= other.unpriced }
    }
}
