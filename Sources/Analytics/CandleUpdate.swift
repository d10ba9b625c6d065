public import Updates

/// A bar as it goes out: prices, volumes by side and the mean price.
public struct CandleUpdate: UpdateBody {
    public var open: Int64
    public var high: Int64
    public var low: Int64
    public var close: Int64
    public var volume: Int64
    public var buy: Int64
    public var sell: Int64
    public var neutral: Int64
    public var trades: Int64
    public var volumeWeightedPrice: Double

    /// The four prices are `Price.none` where no trade has set one.
    @inlinable @inline(__always)
    public init(_ bar: borrowing Bar) {
        open = bar.open
        high = bar.shownHigh
        low = bar.shownLow
        close = bar.close
        volume = bar.volume
        buy = bar.buy
        sell = bar.sell
        neutral = bar.neutral
        trades = bar.count
        volumeWeightedPrice = bar.volumeWeightedPrice
    }

    public static let layout = UpdateLayout(
        template: 1, kind: "candle", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("open", .price, \Self.open, "Price of the earliest venue time."),
            UpdateField("high", .price, \Self.high, "Highest price."),
            UpdateField("low", .price, \Self.low, "Lowest price."),
            UpdateField("close", .price, \Self.close, "Price of the latest venue time."),
            UpdateField("volume", .quantity, \Self.volume, "Volume: buy and sell and neutral."),
            UpdateField("buy", .quantity, \Self.buy, "Volume with a buyer as aggressor."),
            UpdateField("sell", .quantity, \Self.sell, "Volume with a seller as aggressor."),
            UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
            UpdateField("trades", .count, \Self.trades, "Trades that carried volume."),
            UpdateField("vwap", .real, \Self.volumeWeightedPrice, "Mean price by volume of trades that set prices."),
        ],
        meaning: "Open, high, low, close and volume of a window [start, end), labelled by its start.")
}
