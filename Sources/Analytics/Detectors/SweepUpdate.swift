internal import Market
public import Updates

/// The three kinds of sweep, and the block that an options chain may hold instead (definitions §11).
public enum SweepFlavour: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Several levels of one venue's book.
    case book
    /// Several venues at once, by intermarket sweep orders.
    case intermarket
    /// Several venues' prints of one option contract.
    case options
    /// No sweep, but a single large print of an option contract.
    case block

    public static let names = SweepFlavour.allCases.map { "\($0)" }
}

/// A sweep, as it goes out: one chain of prints by one aggressor.
public struct SweepUpdate: UpdateBody {
    public var firstTime: Int64
    public var lastTime: Int64
    public var first: Int64
    public var last: Int64
    public var prints: Int64
    public var levels: Int64
    public var venues: Int64
    public var quantity: Int64
    public var largest: Int64
    public var flagged: Int64
    public var threshold: Int64
    public var firstPrice: Int64
    public var lastPrice: Int64
    public var notional: Double
    public var volumeWeightedPrice: Double
    public var impact: Double
    public var cuts: UInt32
    public var side: UInt8
    public var flavour: UInt8
    public var monotonic: UInt8
    public var inferred: UInt8

    /// What ended a chain before the market did; the names are those of the marks.
    struct Cuts: OptionSet, Sendable {
        let rawValue: UInt32
        static let gap = Cuts(rawValue: 1)
        static let limit = Cuts(rawValue: 2)

        static let names = ["gap", "limit"]
    }

    init(_ chain: SweepChain, _ flavour: SweepFlavour, cuts: Cuts, instrument: Instrument) {
        (firstTime, lastTime) = (chain.firstTime, chain.lastTime)
        (first, last) = (Int64(truncatingIfNeeded: chain.first), Int64(truncatingIfNeeded: chain.last))
        (prints, levels, venues) = (Int64(chain.prints), Int64(chain.levels), Int64(chain.venues))
        (quantity, largest, flagged) = (chain.quantity, chain.largest, chain.flagged)
        threshold = chain.threshold == .max ? 0 : chain.threshold
        (firstPrice, lastPrice) = (chain.firstPrice, chain.lastPrice)
        let scale = Double(Price.scale)
        notional = chain.turnover.double * (Double(instrument.sizeStep) / scale) / scale
        volumeWeightedPrice = chain.turnover.double / Double(chain.quantity) / scale
        let moved = (Int128(chain.lastPrice) - Int128(chain.firstPrice)) * Int128(chain.sign)
        impact = Double(moved) / Double(instrument.tick.billionths)
        self.cuts = cuts.rawValue
        side = (chain.sign > 0 ? Side.buy : Side.sell).rawValue
        self.flavour = flavour.rawValue
        monotonic = chain.isMonotonic ? 1 : 0
        inferred = chain.inferred > 0 ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 35, kind: "sweep", size: MemoryLayout<Self>.size, fields: fields,
        meaning: "A chain of prints by one aggressor through levels or across venues (definitions §11).")

    private static let fields = [
        UpdateField("firstTime", .time, \Self.firstTime, "Venue time of the first print."),
        UpdateField("lastTime", .time, \Self.lastTime, "Latest venue time of a print."),
        UpdateField("first", .count, \Self.first, "Event number of the first print."),
        UpdateField("last", .count, \Self.last, "Event number of the last print."),
        UpdateField("prints", .count, \Self.prints, "Prints of the chain."),
        UpdateField("levels", .count, \Self.levels, "Distinct prices among them."),
        UpdateField("venues", .count, \Self.venues, "Distinct venues among them; 0 where the feed names none."),
        UpdateField("quantity", .quantity, \Self.quantity, "Volume of the chain."),
        UpdateField("largest", .quantity, \Self.largest, "Size of its largest print."),
        UpdateField("flagged", .quantity, \Self.flagged, "Volume that is marked as an intermarket sweep order."),
        UpdateField("threshold", .quantity, \Self.threshold, "Percentile of the sizes before it; 0 for none."),
        UpdateField("firstPrice", .price, \Self.firstPrice, "Price of the first print."),
        UpdateField("lastPrice", .price, \Self.lastPrice, "Price of the last print."),
        UpdateField("notional", .real, \Self.notional, "Sum of price times size in the quote currency."),
        UpdateField("vwap", .real, \Self.volumeWeightedPrice, "Mean price by volume, quote currency."),
        UpdateField("impact", .real, \Self.impact, "Last price less the first in the aggressor's direction, ticks."),
        UpdateField("cuts", .marks(Cuts.names), \Self.cuts, "What ended the chain before the market did."),
        UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "The aggressor."),
        UpdateField("flavour", .choice(SweepFlavour.names), \Self.flavour, "The kind of sweep."),
        UpdateField("monotonic", .flag, \Self.monotonic, "1 where no print went back."),
        UpdateField("inferred", .flag, \Self.inferred, "1 where some print's side was not told by the venue."),
    ]
}
