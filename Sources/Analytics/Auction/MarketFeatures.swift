/// Seven measures of how far a market is out of balance, each from 0, balanced, to 1 (definitions §15).
///
/// One that cannot be known yet, or not of this market, is not a number, and is left out of the score with its weight.
public struct MarketFeatures: BitwiseCopyable, Sendable {
    public static let count = 7
    /// In the order of the fields.
    public static let names = [
        "migration", "outside", "extension", "efficiency", "pressure", "singlePrints", "distance",
    ]

    /// Value migration: 1 less the overlap of the developing and the prior value area, over the smaller of both.
    public var migration = Double.nan
    /// Acceptance outside: the part of the window's volume outside of the prior value area.
    public var outside = Double.nan
    /// How far the session went beyond its initial balance on one side alone, in heights of the balance.
    public var extent = Double.nan
    /// How straight the price went: net change over the sum of the changes of one-minute bars.
    public var efficiency = Double.nan
    /// The window's delta without its sign, over its volume.
    public var pressure = Double.nan
    /// The part of rows that one bracket alone touched.
    public var singlePrints = Double.nan
    /// How far the price is from the session's mean, in pairs of deviations.
    public var distance = Double.nan

    public init() {}

    public var values: InlineArray<7, Double> {
        [migration, outside, extent, efficiency, pressure, singlePrints, distance]
    }

    /// Bits of those that are known and have a weight.
    public func used(_ weights: InlineArray<7, Double>) -> UInt32 {
        let values = values
        var used: UInt32 = 0
        for index in 0..<MarketFeatures.count where !values[index].isNaN && weights[index] > 0 { used |= 1 << index }
        return used
    }

    /// The weighted mean of those that are known, 0 to 1; not a number without any.
    public func score(_ weights: InlineArray<7, Double>) -> Double {
        let values = values
        let used = used(weights)
        var sum = 0.0
        var weight = 0.0
        for index in 0..<MarketFeatures.count where used & 1 << index != 0 {
            sum += weights[index] * values[index]
            weight += weights[index]
        }
        return weight > 0 ? sum / weight : .nan
    }
}

// MARK: Single features

extension MarketFeatures {
    /// Both areas with the whole height of their highest rows.
    public static func migration(of area: AreaReading, from prior: AreaReading) -> Double {
        let top = min(area.top, prior.top)
        let bottom = max(Int128(area.low), Int128(prior.low))
        let width = min(area.top - Int128(area.low), prior.top - Int128(prior.low))
        guard width > 0 else { return .nan }
        return 1 - Double(max(0, top - bottom)) / Double(width)
    }

    /// Prices in billionths. 0 where the session left its balance on both sides, or on none; a balance without height
    /// is left by any extension as far as can be.
    public static func extent(low: Int64, high: Int64, initialLow: Int64, initialHigh: Int64) -> Double {
        let above = max(0, Int128(high) - Int128(initialHigh))
        let below = max(0, Int128(initialLow) - Int128(low))
        guard (above > 0) != (below > 0) else { return 0 }
        let height = Int128(initialHigh) - Int128(initialLow)
        let beyond = max(above, below)
        return beyond >= height ? 1 : Double(beyond) / Double(height)
    }

    /// All in units of the quote currency. 0 where all was traded at one price.
    public static func distance(price: Double, mean: Double, deviation: Double) -> Double {
        guard !mean.isNaN, !deviation.isNaN else { return .nan }
        guard deviation > 0 else { return 0 }
        return min(1, abs(price - mean) / (2 * deviation))
    }
}

extension AreaReading {
    /// The upper edge of the highest row.
    fileprivate var top: Int128 { Int128(high) + Int128(rowHeight) }
}
