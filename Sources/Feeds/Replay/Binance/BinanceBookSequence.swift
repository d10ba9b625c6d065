/// Decides what each change and each snapshot of a Binance book does: Binance's rules for keeping a local book, pure.
///
/// Changes are held until a snapshot; those it contains already are left out; the first one after it must reach over
/// it; from then on each must continue the one before. A hole voids the book until the next snapshot.
public struct BinanceBookSequence: Sendable, Equatable {
    /// The numbers of one `depthUpdate`.
    public struct Change: Sendable, Equatable {
        /// `U` and `u`: the first and last update in the message.
        public let first: UInt64
        public let last: UInt64
        /// `pu`: the last update of the message before it. Only futures have it.
        public let previous: UInt64?

        public init(first: UInt64, last: UInt64, previous: UInt64?) {
            self.first = first
            self.last = last
            self.previous = previous
        }
    }

    public enum Action: Sendable, Equatable {
        /// No snapshot yet: keep it for the next one.
        case hold
        case apply
        /// The book holds it already.
        case drop
        /// Updates are missing: the book is void from here; keep this change for the next snapshot.
        case void(expected: UInt64, received: UInt64)
    }

    public enum SnapshotAction: Sendable, Equatable {
        /// Empty the book, take the snapshot, then offer every held change again in order.
        case take
        /// The book is further than the snapshot already.
        case drop
    }

    private enum State: Sendable, Equatable {
        case waiting
        /// A snapshot was taken, and no change applied since.
        case taken(UInt64)
        case following(UInt64)
    }

    private var state = State.waiting

    public init() {}

    /// Whether the book is as the venue's.
    public var isSynchronized: Bool { state != .waiting }

    public mutating func receive(_ change: Change) -> Action {
        switch state {
        case .waiting: return .hold
        case .taken(let snapshot): return receiveFirst(change, after: snapshot)
        case .following(let last):
            // A message that was recorded twice.
            if change.last <= last { return .drop }
            let continues = change.previous.map { $0 == last } ?? (change.first == last &+ 1)
            guard continues else {
                state = .waiting
                return .void(expected: last &+ 1, received: change.first)
            }
            state = .following(change.last)
            return .apply
        }
    }

    public mutating func receive(snapshot: UInt64) -> SnapshotAction {
        if case .following(let last) = state, snapshot < last { return .drop }
        if case .taken(let other) = state, snapshot < other { return .drop }
        state = .taken(snapshot)
        return .take
    }

    /// Spot: `U` ≤ snapshot + 1 ≤ `u`. Futures: `U` ≤ snapshot ≤ `u`, or `pu` is the snapshot itself, which says the
    /// same of two neighbours.
    private mutating func receiveFirst(_ change: Change, after snapshot: UInt64) -> Action {
        let reaches: Bool
        if let previous = change.previous {
            if change.last < snapshot { return .drop }
            reaches = change.first <= snapshot || previous == snapshot
        } else {
            if change.last <= snapshot { return .drop }
            reaches = change.first <= snapshot &+ 1
        }
        guard reaches else {
            state = .waiting
            return .void(expected: snapshot &+ 1, received: change.first)
        }
        state = .following(change.last)
        return .apply
    }
}
