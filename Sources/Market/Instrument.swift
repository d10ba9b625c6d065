/// What one symbol's numbers mean: its price tick, its size step and its trading session.
public struct Instrument: Sendable {
    /// The smallest price move; a profile's rows are this high unless a setting says otherwise. Above 0.
    public let tick: Price
    /// One step of `Quantity`, in billionths of a unit. Above 0; the default for coins is 1e-8.
    public let sizeStep: Int64
    public let calendar: any SessionCalendar
    /// Whether prices of 0 and below are real (spreads, energy); elsewhere they are refused and counted.
    public let allowsNegativePrices: Bool

    public static let defaultSizeStep: Int64 = 10

    public init(tick: Price, sizeStep: Int64, calendar: any SessionCalendar, allowsNegativePrices: Bool = false) {
        precondition(tick.billionths > 0, "A tick must be above zero.")
        precondition(sizeStep > 0, "A size step must be above zero.")
        self.tick = tick
        self.sizeStep = sizeStep
        self.calendar = calendar
        self.allowsNegativePrices = allowsNegativePrices
    }

    /// The count of steps in a size given in billionths of a unit; nil when it is no multiple of the step.
    public func quantity(billionths: Int64) -> Quantity? {
        Self.quantity(billionths: billionths, step: sizeStep)
    }

    /// As `quantity(billionths:)`, for a reader that keeps nothing but the step of each symbol at hand: copying a whole
    /// instrument per row cost a quarter of a reader's time.
    public static func quantity(billionths: Int64, step: Int64) -> Quantity? {
        let (steps, rest) = billionths.quotientAndRemainder(dividingBy: step)
        return rest == 0 ? Quantity(steps: steps) : nil
    }

    /// The count of steps in a whole number of units (shares, contracts); nil when it is no multiple or out of range.
    public func quantity(units: Int64) -> Quantity? {
        Self.quantity(units: units, step: sizeStep)
    }

    public static func quantity(units: Int64, step: Int64) -> Quantity? {
        let (billionths, overflow) = units.multipliedReportingOverflow(by: Price.scale)
        if !overflow { return quantity(billionths: billionths, step: step) }
        let wide = Int128(units) * Int128(Price.scale)
        let (steps, rest) = wide.quotientAndRemainder(dividingBy: Int128(step))
        guard rest == 0, let count = Int64(exactly: steps) else { return nil }
        return Quantity(steps: count)
    }
}
