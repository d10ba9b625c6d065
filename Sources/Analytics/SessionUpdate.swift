internal import Market
public import Updates

/// A whole session in one line: what a replay prints and a day's record keeps.
public struct SessionUpdate: UpdateBody {
    public var open: Int64
    public var high: Int64
    public var low: Int64
    public var close: Int64
    public var volume: Int64
    public var buy: Int64
    public var sell: Int64
    public var neutral: Int64
    public var delta: Int64
    public var volumeWeightedPrice: Double
    public var control: Int64
    public var areaHigh: Int64
    public var areaLow: Int64
    public var counts: SessionCounts
    public var firstTime: Int64
    public var lastTime: Int64

    public init(_ bar: Bar, profile: borrowing VolumeProfile, area: ValueArea?, counts: SessionCounts) {
        let none = Price.none.billionths
        open = bar.open
        high = bar.shownHigh
        low = bar.shownLow
        close = bar.close
        volume = bar.volume
        buy = bar.buy
        sell = bar.sell
        neutral = bar.neutral
        delta = bar.delta
        volumeWeightedPrice = bar.volumeWeightedPrice
        control = area.map { profile.lowerEdge(ofRow: $0.control) } ?? none
        areaHigh = area.map { profile.lowerEdge(ofRow: $0.high) } ?? none
        areaLow = area.map { profile.lowerEdge(ofRow: $0.low) } ?? none
        self.counts = counts
        firstTime = bar.hasPrice ? bar.firstTime : 0
        lastTime = bar.hasPrice ? bar.lastTime : 0
    }

    public static let layout = UpdateLayout(
        template: 10, kind: "session", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("open", .price, \Self.open, "Price of the earliest venue time."),
            UpdateField("high", .price, \Self.high, "Highest price."),
            UpdateField("low", .price, \Self.low, "Lowest price."),
            UpdateField("close", .price, \Self.close, "Price of the latest venue time."),
            UpdateField("volume", .quantity, \Self.volume, "Volume: buy and sell and neutral."),
            UpdateField("buy", .quantity, \Self.buy, "Volume with a buyer as aggressor."),
            UpdateField("sell", .quantity, \Self.sell, "Volume with a seller as aggressor."),
            UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
            UpdateField("delta", .quantity, \Self.delta, "Buy volume less sell volume."),
            UpdateField("vwap", .real, \Self.volumeWeightedPrice, "Mean price by volume of trades that set prices."),
            UpdateField("poc", .price, \Self.control, "Point of control, lower edge of its row."),
            UpdateField("vah", .price, \Self.areaHigh, "Highest row of the value area, lower edge."),
            UpdateField("val", .price, \Self.areaLow, "Lowest row of the value area, lower edge."),
        ] + SessionCounts.fields(at: \Self.counts) + [
            UpdateField("firstTime", .time, \Self.firstTime, "Earliest venue time of a trade that set a price."),
            UpdateField("lastTime", .time, \Self.lastTime, "Latest venue time of a trade that set a price."),
        ],
        meaning: "A session's trades in one line, and what was counted beside them.")
}

/// What a session counted: what it took, and what it did not.
public struct SessionCounts: BitwiseCopyable, Equatable, Sendable {
    public var trades: Int64 = 0
    public var candles: Int64 = 0
    public var refused: Int64 = 0
    public var gaps: Int64 = 0
    public var outsideSession: Int64 = 0
    public var offTick: Int64 = 0
    public var late: Int64 = 0

    public init() {}

    static func fields<Root>(at path: KeyPath<Root, SessionCounts>) -> [UpdateField] {
        [
            UpdateField("trades", .count, path.appending(path: \.trades), "Trades that carried volume."),
            UpdateField(
                "candles", .count, path.appending(path: \.candles),
                "Candles of the shortest width, an open one too."),
            UpdateField(
                "refused", .count, path.appending(path: \.refused), "Events refused: price or size impossible."),
            UpdateField("gaps", .count, path.appending(path: \.gaps), "Gaps declared."),
            UpdateField(
                "outsideSession", .count, path.appending(path: \.outsideSession), "Trades outside the session."),
            UpdateField(
                "offTick", .count, path.appending(path: \.offTick), "Trades whose price is no multiple of the tick."),
            UpdateField(
                "late", .count, path.appending(path: \.late), "Trades that came after their candle was closed."),
        ]
    }
}
