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

    /// The state as bytes, and the number of the last event in it; nil before the first event.
    func snapshot() -> (bytes: [UInt8], sequence: UInt64)? {
        // One of the lane's own: the largest states take megabytes, and memory that is there costs a hundredth.
        lane.withArchive { archive in inlet.read { $0.snapshot(of: ring, using: &archive) } ?? nil }
    }
}
