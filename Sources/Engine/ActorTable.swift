internal import Memory

/// The actors of an inlet by ring, kept alive by the table.
///
/// A class instance in an array is retained and released at each use; on the hot path that costs more than the work.
/// The table owns one count of each actor for its whole life and lends the instance without touching the count.
@safe struct ActorTable: ~Copyable {
    private var actors: [Unmanaged<SymbolActor>] = unsafe []

    var count: Int { unsafe actors.count }

    deinit {
        for ring in 0..<count { unsafe actors[ring].release() }
    }

    mutating func append(_ actor: SymbolActor) { unsafe actors.append(.passRetained(actor)) }

    /// Asks the processor to bring an actor near.
    func prefetch(_ ring: Int) { unsafe Nearness.ask(for: actors[ring].toOpaque()) }

    /// Lends the actor of a ring.
    func enter(_ ring: Int, _ body: (SymbolActor) -> Void) { unsafe actors[ring]._withUnsafeGuaranteedRef(body) }
}
