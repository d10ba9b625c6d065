internal import Market

/// What one count of a series is worth: a billionth for prices, the size step for quantities, 1 for numbers of trades.
public struct CountUnit: BitwiseCopyable, Equatable, Sendable {
    public static let price = CountUnit(billionths: 1)
    public static let one = CountUnit(billionths: Price.scale)

    /// Above 0.
    public let billionths: Int64
    // Value over count as a fraction in lowest terms: with most size steps one of the two is 1, and nothing is lost.
    private let factor: Double
    private let divisor: Double

    public init(billionths: Int64) {
        precondition(billionths > 0, "A unit must be above zero.")
        self.billionths = billionths
        var (divisor, rest) = (billionths, Price.scale)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        factor = Double(billionths / divisor)
        self.divisor = Double(Price.scale / divisor)
    }

    public func value(_ count: Int64) -> Double { Double(count) * factor / divisor }

    /// The value of `whole` + `rest` counts, where `rest` is a part of one.
    func value(_ whole: Int64, _ rest: Double) -> Double {
        billionths == 1 ? ExactMean.units(whole, rest) : (Double(whole) + rest) * factor / divisor
    }
}
