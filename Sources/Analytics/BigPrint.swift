public import Market
public import Memory
public import Updates

/// Whether a trade is a big print: at least the high percentile of the sizes before it, and at least a fixed notional
/// (definitions §13).
///
/// Until `minimumCount` sizes were seen no trade is big: with fewer, the percentile would be the largest size itself.
/// A trade is judged by the trades before it and joins them afterwards.
public struct BigPrint: ~Copyable, Sendable {
    /// With 99.5 % this is the first count at which the percentile is not the largest size.
    public static let standardMinimumCount = 200
    public static let standardShareInMillionths: Int64 = 995_000

    public var sizes: RollingSizes
    public let minimumCount: Int
    /// The least price × quantity in billionths × steps.
    private let floor: Int128

    /// `minimumNotional` is in billionths of the quote currency, `sizeStep` in billionths of a unit.
    public init(sizes: consuming RollingSizes, minimumCount: Int, minimumNotional: Int64, sizeStep: Int64) {
        precondition(minimumCount > 0 && minimumCount <= sizes.window, "A warm-up must end within its window.")
        precondition(minimumNotional >= 0 && sizeStep > 0, "A notional and a size step must be counts.")
        self.sizes = sizes
        self.minimumCount = minimumCount
        let scaled = Int128(minimumNotional) * Int128(Price.scale)
        floor = (scaled + Int128(sizeStep) - 1) / Int128(sizeStep)
    }

    /// The size from which on a trade would be big now, its notional aside; nil while warming up.
    public var threshold: Int64? { sizes.count >= minimumCount ? sizes.percentile : nil }

    /// Judges a trade and remembers its size. The threshold it met where it is big, else nil.
    public mutating func judge(price: Int64, quantity: Int64) -> Int64? {
        let threshold = sizes.count >= minimumCount ? sizes.percentile : .max
        sizes.add(quantity)
        guard _slowPath(quantity >= threshold) else { return nil }
        return Int128(price.magnitude) * Int128(quantity) >= floor ? threshold : nil
    }
}

/// A big print, as it goes out.
public struct PrintUpdate: UpdateBody {
    public var price: Int64
    public var quantity: Int64
    /// Price × size in the quote currency.
    public var notional: Double
    /// The percentile that the size reached.
    public var threshold: Int64
    public var time: Int64
    public var tail: TradeTail

    public init(price: Int64, quantity: Int64, sizeStep: Int64, threshold: Int64, time: Timestamp, tail: TradeTail) {
        self.price = price
        self.quantity = quantity
        let product = Int128(price) * Int128(quantity)
        notional = Double(product) * (Double(sizeStep) / Double(Price.scale)) / Double(Price.scale)
        self.threshold = threshold
        self.time = time.nanoseconds
        self.tail = tail
    }

    public static let layout = UpdateLayout(
        template: 6, kind: "print", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Price of the trade."),
            UpdateField("quantity", .quantity, \Self.quantity, "Size of the trade."),
            UpdateField("notional", .real, \Self.notional, "Price times size in the quote currency."),
            UpdateField("threshold", .quantity, \Self.threshold, "Percentile of the sizes before it that it reached."),
            UpdateField("time", .time, \Self.time, "Venue time of the trade."),
        ] + TradeTail.fields(at: \Self.tail),
        meaning: "A trade whose size reaches the high percentile of the recent sizes and the notional floor.")
}

extension BigPrint {
    public mutating func archive(_ archive: inout Archive) {
        sizes.archive(&archive)
    }
}
