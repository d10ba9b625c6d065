public import Market
internal import Memory
internal import Rings
internal import Updates

/// One symbol: its ring's reading end and its state, isolated by its lane.
///
/// The lane's thread drains the ring without a job (`Entrance`); everything else, such as a question from a page, comes
/// as an ordinary `await` and runs on the lane between two polls.
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
    public func counts() -> SymbolCounts { shelf[index].counts }

    /// Takes the events of one visit in order.
    func drain(_ events: RingElements<MarketEvent>, into output: inout LaneOutput) {
        shelf.change(index) { state in
            for place in 0..<events.count { state.receive(events, at: place, into: &output.outbox) }
        }
    }
}
