public import Market
internal import Rings
internal import Synchronization

/// One symbol of a symbols node: what its state is made from and where it lives.
struct RosterEntry: Sendable {
    /// The number that stands in the record head of its updates.
    let index: UInt32
    let symbol: Symbol
    let instrument: Instrument
}

/// The symbols that one source brings to one lane, in the order of their rings.
///
/// The source's thread adds an entry before the first event of the symbol; the lane takes it when that event comes, or
/// earlier when it has nothing else to do.
final class LaneRoster: Sendable {
    let limit: Int
    private let entries = Mutex<[RosterEntry]>([])
    private let size = Tally()

    init(limit: Int) { self.limit = limit }

    /// Adds an entry and returns its ring.
    func add(_ entry: RosterEntry) -> Int {
        defer { size.add() }
        return entries.withLock { list in
            precondition(list.count < limit, "A lane must not get more symbols than its node's limit.")
            list.append(entry)
            return list.count - 1
        }
    }

    /// How many entries there are, without the lock: one that was just added may be missing.
    var count: Int { size.value }

    /// The entries from `ring` on.
    func entries(from ring: Int) -> [RosterEntry] { entries.withLock { Array($0[ring...]) } }
}

/// Every symbol of a symbols node, for whoever reads its updates.
public final class Roster: Sendable {
    private let entries = Mutex<[RosterEntry]>([])
    public let limit: Int
    /// Events and symbols that were turned away because the limit was reached.
    public let refusedSymbols = RefusedSymbols()

    init(limit: Int) { self.limit = limit }

    /// The symbol and its size step in billionths; the index must come from an update.
    public func symbol(_ index: UInt32) -> (symbol: Symbol, sizeStep: Int64) {
        entries.withLock { list in
            let entry = list[Int(index)]
            return (entry.symbol, entry.instrument.sizeStep)
        }
    }

    public var count: Int { entries.withLock { $0.count } }

    /// Adds a symbol; nil when the limit is reached.
    func add(_ symbol: Symbol, instrument: Instrument) -> RosterEntry? {
        entries.withLock { list in
            guard list.count < limit else { return nil }
            let entry = RosterEntry(index: UInt32(list.count), symbol: symbol, instrument: instrument)
            list.append(entry)
            return entry
        }
    }
}

/// The names that found no place in a symbols node, each counted once.
public final class RefusedSymbols: Sendable {
    /// Names are kept up to this many; above it only the count goes on.
    private static let nameLimit = 1_024
    private struct State {
        var names: Set<String> = []
        var events = 0
    }
    private let state = Mutex(State())

    public var names: [String] { state.withLock { $0.names.sorted() } }
    public var events: Int { state.withLock { $0.events } }

    func count(_ name: String) {
        state.withLock { state in
            state.events += 1
            if state.names.count < RefusedSymbols.nameLimit { state.names.insert(name) }
        }
    }
}
