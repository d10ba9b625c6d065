public import Market
internal import Memory

/// One symbol: its state, isolated by its lane.
///
/// The lane's thread, which is the actor's executor, drains the symbol's ring into the state (`LaneThread`); everything
/// else, such as a question from a page, comes as an ordinary `await` and runs on the lane between two polls.
public actor SymbolActor {
    nonisolated public let symbol: Symbol
    nonisolated let lane: Lane
    private let shelf: Shelf<SymbolState>
    private let index: Int

    init(symbol: Symbol, lane: Lane, shelf: Shelf<SymbolState>, index: Int) {
        self.symbol = symbol
        self.lane = lane
        self.shelf = shelf
        self.index = index
    }

    nonisolated public var unownedExecutor: UnownedSerialExecutor { unsafe lane.asUnownedSerialExecutor() }

    /// What the symbol has counted so far.
    public func counts() -> SymbolCounts { shelf[index].counted }
}
