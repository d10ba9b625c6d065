public import Market
internal import Memory

/// One symbol: its state, isolated by its lane.
///
/// Whoever has the lane's desk, its thread or a visitor, drains the symbol's ring into the state (`LaneDesk`).
/// All else, such as a question from a page, comes as an ordinary `await` and runs on the lane between two polls.
public actor SymbolActor {
    nonisolated public let symbol: Symbol
    nonisolated let lane: Lane
    private let inlet: InletPlace
    private let ring: Int

    init(symbol: Symbol, lane: Lane, inlet: InletPlace, ring: Int) {
        self.symbol = symbol
        self.lane = lane
        self.inlet = inlet
        self.ring = ring
    }

    nonisolated public var unownedExecutor: UnownedSerialExecutor { unsafe lane.asUnownedSerialExecutor() }

    /// What the symbol has counted so far.
    public func counts() -> SymbolCounts { inlet.read { $0.counts(of: ring) } ?? SymbolCounts() }

    /// The state as bytes, with the number of the last event in it.
    ///
    /// - Parameter isGivenUp: whether a broken one is to be kept by the numbers of its topics alone.
    func snapshot(isGivenUp: Bool) -> SavedState {
        // One of the lane's own: the largest states take megabytes, and memory that is there costs a hundredth.
        lane.withArchive { archive in
            inlet.read { $0.snapshot(of: ring, isGivenUp: isGivenUp, using: &archive) } ?? .none
        }
    }
}

/// What there is to write down of a symbol's state.
enum SavedState: Sendable {
    /// It has taken no event yet.
    case none
    /// It takes none any more: what is to be kept was written before it broke.
    case broken
    case saved([UInt8], sequence: UInt64)
}
