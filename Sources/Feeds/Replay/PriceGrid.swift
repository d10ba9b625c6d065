public import Market

/// The greatest common divisor of prices: the tick of an instrument that nobody described.
public struct PriceGrid: Sendable {
    private var divisor: Int64 = 0

    public init() {}

    /// The tick; nil before the first price that is not 0.
    public var tick: Price? { divisor == 0 ? nil : Price(billionths: divisor) }

    public mutating func add(_ price: Price) {
        guard !price.isNone, price.billionths != .min else { return }
        let value = abs(price.billionths)
        if value == divisor || (divisor != 0 && value % divisor == 0) { return }
        var (left, right) = (divisor, value)
        while right != 0 { (left, right) = (right, left % right) }
        divisor = left
    }

    /// Takes every price that an event has.
    public mutating func add(_ event: MarketEvent) {
        switch event.kind {
        case .trade:
            add(event.price)
            if event.marks.contains(.touch) {
                add(event.touchBid)
                add(event.touchAsk)
            }
        case .level, .order, .cancel, .restate: add(event.price)
        case .quote:
            add(event.bid)
            add(event.ask)
        case .status, .bookReset, .gap, .control, .clock, nil: break
        }
    }
}

/// A first pass over recordings that learns each symbol's tick, in constant memory.
public final class PriceSurvey: SymbolDirectory {
    /// Symbols whose ticks are learnt; further ones are left out.
    public static let symbolLimit = 1 << 17

    private var names: [String: UInt32] = [:]
    private var grids: [PriceGrid] = []
    private let provisional = Instrument(
        tick: Price(billionths: 1), sizeStep: Instrument.defaultSizeStep, calendar: AroundTheClock())

    public init() {}

    /// Ticks by the name that the feed uses; symbols without any price are absent.
    public var ticks: [String: Price] {
        names.compactMapValues { grids[Int($0)].tick }
    }

    /// Reads a recording to its end.
    public func read(_ reader: any RecordingReader) throws(RecordingError) {
        var batch = EventBatch()
        while try reader.next(into: &batch) {
            for index in 0..<batch.count {
                let event = batch[index]
                grids[Int(event.symbol)].add(event)
            }
            batch.removeAll()
        }
    }

    public func entry(for name: String) -> SymbolEntry? {
        guard let symbol = Symbol(name) else { return nil }
        if let index = names[name] { return SymbolEntry(index: index, symbol: symbol, instrument: provisional) }
        guard names.count < Self.symbolLimit else { return nil }
        let index = UInt32(grids.count)
        names[name] = index
        grids.append(PriceGrid())
        return SymbolEntry(index: index, symbol: symbol, instrument: provisional)
    }
}
