public import Memory

/// A value that follows the bars one by one, each in constant time, and is not a number until it has seen enough.
public protocol Indicator: Sendable {
    /// Not a number until it is known, and where its formula is undefined.
    var value: Double { get }
    /// A line that belongs to it, such as a signal or an upper band; not a number where it has none.
    var second: Double { get }
    /// Another one, such as a histogram or a lower band.
    var third: Double { get }
    /// Whether all its lines rest on as many bars as they need.
    var isWarm: Bool { get }
    /// Forgets all bars.
    mutating func reset()
}

extension Indicator {
    public var second: Double { .nan }
    public var third: Double { .nan }
    public var isWarm: Bool { !value.isNaN }
}

/// An indicator over one number of each bar, its close for example.
public protocol SeriesIndicator: Indicator {
    /// Takes the next bar's number, counted in the indicator's unit, and gives the new value.
    @discardableResult
    mutating func add(_ count: Int64) -> Double
}

/// An indicator over several of a bar's numbers.
public protocol BarIndicator: Indicator {
    /// Takes the next bar, which must have a price, and gives the new value.
    @discardableResult
    mutating func add(_ bar: borrowing Bar) -> Double
}

/// What an indicator says after a bar.
public struct IndicatorReading: Plain, Sendable {
    public var value = Double.nan
    public var second = Double.nan
    public var third = Double.nan
    public var isWarm = false

    public static var bounds: [PlainBound] { [.flag(\Self.isWarm)] }

    public static let unknown = IndicatorReading()

    private init() {}

    init(_ indicator: borrowing some Indicator) {
        value = indicator.value
        second = indicator.second
        third = indicator.third
        isWarm = indicator.isWarm
    }
}
