/// An exact decimal price: a count of billionths.
///
/// The scale is that of Databento's DBN; any finite decimal price with up to nine places fits without rounding.
/// Range: ±`Price.limit`; `Price.none` stands where a feed says that there is no price.
public struct Price: Hashable, Comparable, BitwiseCopyable, Sendable {
    public static let scale: Int64 = 1_000_000_000
    /// No price at all (DBN's null).
    public static let none = Price(billionths: .max)
    /// Above this magnitude (4.6 billion units) a price is refused: products with sizes must fit 128 bits.
    public static let limit: Int64 = 1 << 62

    public var billionths: Int64

    public init(billionths: Int64) { self.billionths = billionths }

    public var isNone: Bool { self == .none }

    /// The nearest double, in units of the quote currency.
    public var double: Double { Double(billionths) / Double(Price.scale) }

    public static func < (left: Price, right: Price) -> Bool { left.billionths < right.billionths }
}

extension Price: CustomStringConvertible {
    /// The shortest exact decimal: `61800.3`, no exponent.
    public var description: String { isNone ? "none" : DecimalText.text(billionths: Int128(billionths)) }
}
