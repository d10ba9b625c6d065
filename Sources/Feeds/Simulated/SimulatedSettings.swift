public import Market

/// What a simulated market is like.
public struct SimulatedSettings: Sendable {
    public static let symbolLimit = 1_000_000
    /// From a trade in three hours to one every ten nanoseconds.
    public static let rates = 0.0001...100_000_000
    public static let curveLimit = 86_400
    public static let curveParts = 0.000_001...1_000_000
    /// The year 2116: a market may run for as long again.
    public static let startLimit = Timestamp(nanoseconds: 1 << 62)
    /// A tick of 400 units: so the highest simulated price stays below `Price.limit`.
    public static let tickLimit = Price(billionths: 400 * Price.scale)
    /// So that the largest print stays below `Quantity.limit`.
    public static let typicalQuantityLimit = Quantity(steps: 1 << 36)

    /// The same seed and settings give the same events, everywhere.
    public var seed: UInt64
    /// Trades per second over all symbols, as a mean over a UTC day; within `rates`.
    public var rate: Double
    /// The venue time from which the first event follows.
    public var start: Timestamp
    /// How busy each equal part of the UTC day is, in any unit; only the proportions matter. Each within `curveParts`.
    public var curve: [Double]
    /// The share of trades whose side the venue does not say, 0 to 1.
    public var unknownSideShare: Double

    /// Forty-eight half hours, twice as busy as the mean at midnight UTC and half as busy at noon.
    public static let defaultCurve: [Double] = (0..<48).map { part in
        let fromNoon = (Double(part) - 23.5) / 23.5
        return 0.5 + 1.5 * fromNoon * fromNoon
    }

    public init(
        seed: UInt64, rate: Double, start: Timestamp, curve: [Double] = defaultCurve, unknownSideShare: Double = 0.05
    ) {
        self.seed = seed
        self.rate = rate
        self.start = start
        self.curve = curve
        self.unknownSideShare = unknownSideShare
    }

    /// Throws at the first value out of its range.
    func check() throws(SimulatedSettingsError) {
        guard Self.rates.contains(rate) else { throw .rate(rate) }
        guard (1...Self.curveLimit).contains(curve.count) else { throw .curveCount(curve.count) }
        for part in curve {
            guard Self.curveParts.contains(part) else { throw .curvePart(part) }
        }
        guard unknownSideShare >= 0, unknownSideShare <= 1 else { throw .unknownSideShare(unknownSideShare) }
        guard start.nanoseconds >= 0, start <= Self.startLimit else { throw .start(start) }
    }
}

/// One symbol of a simulated market as its events address and measure it.
public struct SimulatedInstrument: Sendable {
    /// The number that stands in `MarketEvent.symbol`.
    public let index: UInt32
    public let tick: Price
    /// The mean size of an ordinary trade.
    public let typicalQuantity: Quantity

    public init(index: UInt32, tick: Price, typicalQuantity: Quantity) {
        self.index = index
        self.tick = tick
        self.typicalQuantity = typicalQuantity
    }

    /// Trades of a hundred units on average, or of one where an instrument trades in parts of a unit.
    public init(_ entry: SymbolEntry) {
        let step = entry.instrument.sizeStep
        let units: Int64 = step >= Price.scale ? 100 : 1
        let steps = max(1, units * Price.scale / step)
        self.init(
            index: entry.index, tick: entry.instrument.tick,
            typicalQuantity: min(Quantity(steps: steps), SimulatedSettings.typicalQuantityLimit))
    }

    func check() throws(SimulatedSettingsError) {
        guard tick.billionths > 0, tick <= SimulatedSettings.tickLimit else { throw .tick(tick) }
        guard typicalQuantity > .zero, typicalQuantity <= SimulatedSettings.typicalQuantityLimit else {
            throw .typicalQuantity(typicalQuantity)
        }
    }
}

/// Which setting of a simulated market is out of its range.
public enum SimulatedSettingsError: Error, Hashable, Sendable {
    case symbolCount(Int)
    case rate(Double)
    case curveCount(Int)
    case curvePart(Double)
    case unknownSideShare(Double)
    case start(Timestamp)
    case tick(Price)
    case typicalQuantity(Quantity)
}

extension SimulatedSettingsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .symbolCount(let count): "\(count) symbols: 1 to \(SimulatedSettings.symbolLimit) are possible"
        case .rate(let rate): "a rate of \(rate) trades per second: 0.0001 to 100,000,000 is possible"
        case .curveCount(let count): "a curve of \(count) parts: 1 to \(SimulatedSettings.curveLimit) are possible"
        case .curvePart(let part): "a curve with a part of \(part): 0.000001 to 1,000,000 is possible"
        case .unknownSideShare(let share): "a share of \(share) unknown sides: 0 to 1 is possible"
        case .start(let time): "a start at \(time): 1970 to \(SimulatedSettings.startLimit) is possible"
        case .tick(let tick): "a tick of \(tick): above 0 to \(SimulatedSettings.tickLimit) is possible"
        case .typicalQuantity(let quantity): "a typical size of \(quantity.steps) steps: 1 to 2^36 is possible"
        }
    }
}
