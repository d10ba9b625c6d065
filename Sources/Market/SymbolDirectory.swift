/// Where a source learns the index and the instrument of each symbol it meets.
public protocol SymbolDirectory: AnyObject {
    /// The entry of a symbol by the name its feed uses, made at the first call; nil when the graph does not want the
    /// symbol or its limit is reached. A refusal is counted by the directory, once per call.
    func entry(for name: String) -> SymbolEntry?
}

/// One symbol as a source addresses it.
public struct SymbolEntry: Sendable {
    /// The number that stands in `MarketEvent.symbol`.
    public let index: UInt32
    public let symbol: Symbol
    public let instrument: Instrument

    public init(index: UInt32, symbol: Symbol, instrument: Instrument) {
        self.index = index
        self.symbol = symbol
        self.instrument = instrument
    }
}
