internal import Memory

/// VWAP from bars: the mean of their typical prices by volume since a beginning, with bands (definitions §8).
///
/// For whoever wants the bar-based figure of other programs; the topic `vwap` takes every trade's own price.
public struct BarMeanPrice: BarIndicator {
    /// How many deviations the bands lie from the mean.
    public let width: Double
    private var price = VolumeWeightedPrice()

    public init(width: Double) { self.width = width }

    /// Quote currency; not a number before a bar with volume.
    public var value: Double { price.value }
    /// The upper band: the mean and so many population deviations weighted by volume.
    public var second: Double { price.band(width).upper }
    /// The lower band.
    public var third: Double { price.band(width).lower }

    @discardableResult
    public mutating func add(_ bar: borrowing Bar) -> Double {
        let typical = VolumeWeightedPrice.typicalPrice(high: bar.high, low: bar.low, close: bar.close)
        let volume = bar.volume &- bar.unpriced
        if volume > 0 { price.add(price: typical, quantity: volume) }
        return value
    }

    public mutating func reset() { price = VolumeWeightedPrice() }
}

extension BarMeanPrice: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&price)
    }
}
