public import Memory

/// The lowest and the highest price of a stretch of time, billionths.
public struct PriceRange: Plain, Equatable, Sendable {
    public private(set) var low: Int64
    public private(set) var high: Int64

    /// Without a price: the high lies below the low.
    public static let empty = PriceRange(low: .max, high: .min)

    private init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }

    public var isEmpty: Bool { high < low }
    public func holds(_ price: Int64) -> Bool { price >= low && price <= high }
    /// Whether a price is one of the two that make the range: without its trade the range might be smaller.
    public func ends(at price: Int64) -> Bool { price == low || price == high }

    public mutating func add(_ price: Int64) {
        low = min(low, price)
        high = max(high, price)
    }

    public mutating func add(_ other: PriceRange) {
        low = min(low, other.low)
        high = max(high, other.high)
    }
}
