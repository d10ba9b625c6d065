public import Updates

/// Volume of buyers less volume of sellers since an anchor, the session's open unless set otherwise (definitions §5).
public struct CumulativeDelta: BitwiseCopyable, Equatable, Sendable {
    public private(set) var volume: Int64 = 0
    public private(set) var delta: Int64 = 0
    public private(set) var neutral: Int64 = 0
    public private(set) var trades: Int64 = 0

    public init() {}

    public var buy: Int64 { (volume &- neutral &+ delta) >> 1 }
    public var sell: Int64 { (volume &- neutral &- delta) >> 1 }

    public mutating func add(quantity: Int64, sign: Int8) {
        volume &+= quantity
        delta &+= Int64(sign) &* quantity
        neutral &+= sign == 0 ? quantity : 0
        trades &+= 1
    }

    /// Takes a trade out again, with the sign that it was given.
    public mutating func remove(quantity: Int64, sign: Int8) {
        volume &-= quantity
        delta &-= Int64(sign) &* quantity
        neutral &-= sign == 0 ? quantity : 0
        trades &-= 1
    }

    /// Takes in a whole bar.
    public mutating func fold(_ bar: Bar) {
        volume &+= bar.volume
        delta &+= bar.delta
        neutral &+= bar.neutral
        trades &+= bar.count
    }
}

/// The cumulative delta, as it goes out.
public struct CumulativeDeltaUpdate: UpdateBody {
    public var delta: Int64
    public var buy: Int64
    public var sell: Int64
    public var neutral: Int64
    public var trades: Int64

    public init(_ cumulative: CumulativeDelta) {
        delta = cumulative.delta
        buy = cumulative.buy
        sell = cumulative.sell
        neutral = cumulative.neutral
        trades = cumulative.trades
    }

    public static let layout = UpdateLayout(
        template: 5, kind: "cvd", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("cvd", .quantity, \Self.delta, "Buy volume less sell volume since the anchor."),
            UpdateField("buy", .quantity, \Self.buy, "Volume with a buyer as aggressor."),
            UpdateField("sell", .quantity, \Self.sell, "Volume with a seller as aggressor."),
            UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
            UpdateField("trades", .count, \Self.trades, "Trades since the anchor."),
        ],
        meaning: "Cumulative volume delta since the session's open.")
}

/// A bar's delta with its extremes, and where it leaves the cumulative delta.
public struct DeltaUpdate: UpdateBody {
    public var delta: Int64
    public var maxDelta: Int64
    public var minDelta: Int64
    public var volume: Int64
    public var buy: Int64
    public var sell: Int64
    public var neutral: Int64
    public var cumulative: Int64
    public var trades: Int64
    public var deltaShare: Double

    /// `cumulative` is the cumulative delta at the end of the bar.
    @inlinable @inline(__always)
    public init(_ bar: borrowing Bar, cumulative: Int64) {
        delta = bar.delta
        maxDelta = bar.maxDelta
        minDelta = bar.minDelta
        volume = bar.volume
        buy = bar.buy
        sell = bar.sell
        neutral = bar.neutral
        self.cumulative = cumulative
        trades = bar.count
        deltaShare = bar.volume > 0 ? Double(bar.delta) / Double(bar.volume) : .nan
    }

    public static let layout = UpdateLayout(
        template: 4, kind: "delta", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("delta", .quantity, \Self.delta, "Buy volume less sell volume."),
            UpdateField("maxDelta", .quantity, \Self.maxDelta, "Highest delta inside the window, its first 0 counted."),
            UpdateField("minDelta", .quantity, \Self.minDelta, "Lowest delta inside the window, its first 0 counted."),
            UpdateField("volume", .quantity, \Self.volume, "Volume: buy and sell and neutral."),
            UpdateField("buy", .quantity, \Self.buy, "Volume with a buyer as aggressor."),
            UpdateField("sell", .quantity, \Self.sell, "Volume with a seller as aggressor."),
            UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
            UpdateField("cvd", .quantity, \Self.cumulative, "Cumulative delta at the window's end."),
            UpdateField("trades", .count, \Self.trades, "Trades that carried volume."),
            UpdateField("deltaShare", .real, \Self.deltaShare, "Delta over volume, −1 to 1; null without volume."),
        ],
        meaning: "Buy volume less sell volume of a window, and the extremes it ran through.")
}
