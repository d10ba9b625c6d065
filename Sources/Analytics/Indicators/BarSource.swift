/// The number of a bar that an indicator follows; the names are those of settings and formulas.
public enum BarSource: String, CaseIterable, BitwiseCopyable, Sendable {
    case open, high, low, close
    /// Means of high and low; of high, low and close; of all four: to the nearest billionth.
    case hl2, hlc3, ohlc4
    /// The bar's own mean price by volume, to the nearest billionth.
    case vwap
    case volume, buy, sell, delta, mindelta, maxdelta
    /// Cumulative delta at the bar's end.
    case cvd
    case trades

    public static let names = BarSource.allCases.map(\.rawValue)

    /// The bar's number in counts of `unit`; the bar must have a price.
    public func count(of finished: borrowing FinishedBar) -> Int64 {
        let bar = finished.bar
        return switch self {
        case .open: bar.open
        case .high: bar.high
        case .low: bar.low
        case .close: bar.close
        case .hl2: BarSource.mean(Int128(bar.high) + Int128(bar.low), 2)
        case .hlc3: VolumeWeightedPrice.typicalPrice(high: bar.high, low: bar.low, close: bar.close)
        case .ohlc4: BarSource.mean(Int128(bar.open) + Int128(bar.high) + Int128(bar.low) + Int128(bar.close), 4)
        case .vwap: BarSource.meanPrice(bar)
        case .volume: bar.volume
        case .buy: bar.buy
        case .sell: bar.sell
        case .delta: bar.delta
        case .mindelta: bar.minDelta
        case .maxdelta: bar.maxDelta
        case .cvd: finished.cumulative
        case .trades: bar.count
        }
    }

    /// `sizeStep` is the instrument's, in billionths of a unit.
    public func unit(sizeStep: Int64) -> CountUnit { unit(volume: CountUnit(billionths: sizeStep)) }

    /// `volume` is the unit of sizes.
    func unit(volume: CountUnit) -> CountUnit {
        switch self {
        case .open, .high, .low, .close, .hl2, .hlc3, .ohlc4, .vwap: .price
        case .volume, .buy, .sell, .delta, .mindelta, .maxdelta, .cvd: volume
        case .trades: .one
        }
    }

    /// The nearest whole number, halves upward.
    private static func mean(_ sum: Int128, _ count: Int64) -> Int64 {
        let (whole, rest) = ExactMean.split(sum, count)
        return rest >= 0.5 ? whole + 1 : whole
    }

    /// The close stands in where corrections have left no priced volume.
    private static func meanPrice(_ bar: Bar) -> Int64 {
        let volume = bar.volume &- bar.unpriced
        return volume > 0 ? mean(bar.turnover, volume) : bar.close
    }
}
