internal import Market
public import Updates

/// The volume-weighted mean price since an anchor and its spread, from exact integer sums (definitions §8).
///
/// The sums are taken over the distance from the first price, so a trade can be taken out again to the last bit. Prices
/// are billionths within ±`Price.limit`, sizes steps up to `Quantity.limit`, the volume stays below 2^61 steps: then
/// nothing overflows.
public struct VolumeWeightedPrice: BitwiseCopyable, Equatable, Sendable {
    /// The first price; `Price.none` before it.
    public private(set) var anchor = Price.none.billionths
    public private(set) var volume: Int64 = 0
    /// Sum of quantity × (price − anchor).
    public private(set) var moment: Int128 = 0
    /// Sum of quantity × (price − anchor)².
    public private(set) var square = WideSum.zero

    /// The mean and, `width` deviations around it, a band.
    public struct Band: Equatable, Sendable {
        public let lower: Double
        public let upper: Double
    }

    public init() {}

    public mutating func add(price: Int64, quantity: Int64) {
        if _slowPath(anchor == Price.none.billionths) { anchor = price }
        let (isBelow, weighted, squared) = products(price, quantity)
        volume &+= quantity
        moment = isBelow ? moment &- weighted : moment &+ weighted
        square &+= squared
    }

    /// Takes a trade out again that was added before.
    public mutating func remove(price: Int64, quantity: Int64) {
        precondition(quantity <= volume, "Only what was added can be taken out.")
        let (isBelow, weighted, squared) = products(price, quantity)
        volume &-= quantity
        moment = isBelow ? moment &+ weighted : moment &- weighted
        square &-= squared
    }

    /// The mean in units of the quote currency; not a number without volume.
    public var value: Double {
        guard volume > 0 else { return .nan }
        let (whole, rest) = ExactMean.split(moment, volume)
        return ExactMean.units(anchor &+ whole, rest)
    }

    /// The population variance weighted by volume, in squared units; not a number without volume.
    ///
    /// The squares are first moved, exactly, to the whole billionth next to the mean: what is left to subtract in
    /// doubles is below one billionth, so no digit is lost however far the anchor lies.
    public var variance: Double {
        guard volume > 0 else { return .nan }
        let (whole, rest) = ExactMean.split(moment, volume)
        // Σq(d−w)² = Σqd² − w·(2·Σqd − w·Σq), and 2·Σqd − w·Σq = Σqd + remainder.
        let factor = moment &+ (moment &- Int128(whole) &* Int128(volume))
        var central = square
        let product = WideSum(factor.magnitude, times: whole.magnitude)
        if (whole < 0) == (factor < 0) { central &-= product } else { central &+= product }
        // Below zero only where something was taken out that had never been added.
        if central.isNegative { return 0 }
        let billionths = central.double / Double(volume) - rest * rest
        return max(0, billionths) / (Double(Price.scale) * Double(Price.scale))
    }

    public var deviation: Double { variance.squareRoot() }

    /// The mean less and plus `width` deviations.
    public func band(_ width: Double) -> Band {
        let middle = value
        let reach = width * deviation
        return Band(lower: middle - reach, upper: middle + reach)
    }

    /// The mean of high, low and close to the nearest billionth: what stands for a bar whose trades are not known.
    public static func typicalPrice(high: Int64, low: Int64, close: Int64) -> Int64 {
        let sum = Int128(high) + Int128(low) + Int128(close)
        return Int64(truncatingIfNeeded: (sum >= 0 ? sum + 1 : sum - 1) / 3)
    }

    /// Magnitudes of quantity × distance and quantity × distance², and on which side of the anchor the price lies. The
    /// distance's magnitude fits 64 bits without a sign, even between the two price limits.
    private func products(_ price: Int64, _ quantity: Int64) -> (isBelow: Bool, Int128, WideSum) {
        let isBelow = price < anchor
        let distance = UInt64(bitPattern: isBelow ? anchor &- price : price &- anchor)
        let weighted = UInt128(distance) &* UInt128(UInt64(bitPattern: quantity))
        return (isBelow, Int128(truncatingIfNeeded: weighted), WideSum(weighted, times: distance))
    }
}

/// The mean price and its bands, as they go out.
public struct VolumeWeightedPriceUpdate: UpdateBody {
    public var value: Double
    public var deviation: Double
    public var upper1: Double
    public var lower1: Double
    public var upper2: Double
    public var lower2: Double
    public var upper3: Double
    public var lower3: Double
    public var volume: Int64
    public var trades: Int64

    public init(_ price: VolumeWeightedPrice, trades: Int64) {
        value = price.value
        deviation = price.deviation
        upper1 = value + deviation
        lower1 = value - deviation
        upper2 = value + 2 * deviation
        lower2 = value - 2 * deviation
        upper3 = value + 3 * deviation
        lower3 = value - 3 * deviation
        volume = price.volume
        self.trades = trades
    }

    public static let layout = UpdateLayout(
        template: 2, kind: "vwap", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("vwap", .real, \Self.value, "Volume-weighted mean price since the anchor."),
            UpdateField("deviation", .real, \Self.deviation, "Population standard deviation weighted by volume."),
            UpdateField("upper1", .real, \Self.upper1, "The mean plus one deviation."),
            UpdateField("lower1", .real, \Self.lower1, "The mean less one deviation."),
            UpdateField("upper2", .real, \Self.upper2, "The mean plus two deviations."),
            UpdateField("lower2", .real, \Self.lower2, "The mean less two deviations."),
            UpdateField("upper3", .real, \Self.upper3, "The mean plus three deviations."),
            UpdateField("lower3", .real, \Self.lower3, "The mean less three deviations."),
            UpdateField("volume", .quantity, \Self.volume, "Volume that the mean is taken over."),
            UpdateField("trades", .count, \Self.trades, "Trades that the mean is taken over."),
        ],
        meaning: "The volume-weighted mean price of the window with bands of one, two and three deviations.")
}
