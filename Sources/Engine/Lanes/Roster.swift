public import Market
internal import Rings
internal import Synchronization

/// One symbol of a symbols node: what its state is made from and where it lives.
struct RosterEntry: Sendable {
    /// The number that stands in the record head of its updates.
    let index: UInt32
    let symbol: Symbol
    let instrument: Instrument
    /// What the symbol's state goes on from; nil where it begins anew.
    var snapshot: Snapshot?
    /// Events at which something is done about an earlier fault, in order.
    var faults: [SymbolFault] = []

    var withoutSnapshot: RosterEntry { RosterEntry(index: index, symbol: symbol, instrument: instrument) }
}

/// The symbols that one source brings to one lane, in the order of their rings.
///
/// The source's thread adds an entry before the first event of the symbol; the lane takes it when that event comes, or
/// earlier when it has nothing else to do.
final class LaneRoster: Sendable {
    let limit: Int
    /// What the source is called in a lane's mark.
    let tag: UInt32
    private let entries = Mutex<[RosterEntry]>([])
    private let size = Tally()
    /// Takes the failure of a symbol that cannot go on from its snapshot.
    let fail: @Sendable (any Error) -> Void
    let tell: @Sendable (String) -> Void
    /// Takes the actor of each symbol that has a state now.
    let enlist: @Sendable (SymbolActor) -> Void
    /// Takes the fault of a symbol whose state has said that it cannot go on.
    let noteFault: @Sendable (SymbolFault) -> Void

    init(
        limit: Int, tag: UInt32, enlist: @escaping @Sendable (SymbolActor) -> Void,
        fail: @escaping @Sendable (any Error) -> Void, tell: @escaping @Sendable (String) -> Void,
        noteFault: @escaping @Sendable (SymbolFault) -> Void
    ) {
        self.limit = limit
        self.tag = tag
        self.enlist = enlist
        self.fail = fail
        self.tell = tell
        self.noteFault = noteFault
    }

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

    /// Lets go of the snapshots that states have gone on from.
    func forgetSnapshots(upTo end: Int) {
        entries.withLock { list in
            for ring in (0..<min(end, list.count)).reversed() {
                guard list[ring].snapshot != nil else { continue }
                list[ring].snapshot = nil
            }
        }
    }

    /// The entries from `ring` on.
    func entries(from ring: Int) -> [RosterEntry] { entries.withLock { Array($0[ring...]) } }
}

/// Every symbol of a symbols node, for whoever reads its updates.
public final class Roster: Sendable {
    private struct State {
        var entries: [RosterEntry] = []
        /// Indices that symbols had in an earlier run, which their updates' journal still names.
        var reserved: [String: UInt32] = [:]
    }
    private let state = Mutex(State())
    public let limit: Int
    /// Events and symbols that were turned away because the limit was reached.
    public let refusedSymbols = RefusedSymbols()

    /// What is known of a symbol that broke in an earlier run, by the journal of its source.
    private let faults: @Sendable (String, UInt64?) -> [SymbolFault]

    init(limit: Int, faults: @escaping @Sendable (String, UInt64?) -> [SymbolFault]) {
        self.limit = limit
        self.faults = faults
    }

    /// The symbol and its size step in billionths; the index must come from an update.
    public func symbol(_ index: UInt32) -> (symbol: Symbol, sizeStep: Int64) {
        state.withLock { state in
            let entry = state.entries[Int(index)]
            return (entry.symbol, entry.instrument.sizeStep)
        }
    }

    public var count: Int { state.withLock { $0.entries.count } }

    /// Adds a symbol; nil when the limit is reached. One that an earlier run had is there already, and gets its index.
    ///
    /// - Parameter journal: its source's; nil where nothing is kept.
    func add(_ symbol: Symbol, instrument: Instrument, from journal: UInt64?) -> RosterEntry? {
        var entry = place(symbol, instrument)
        entry?.faults = faults(symbol.name, journal)
        return entry
    }

    private func place(_ symbol: Symbol, _ instrument: Instrument) -> RosterEntry? {
        state.withLock { state in
            if let index = state.reserved[symbol.name] {
                let entry = RosterEntry(index: index, symbol: symbol, instrument: instrument)
                state.entries[Int(index)] = entry
                return entry
            }
            guard state.entries.count < limit else { return nil }
            let entry = RosterEntry(index: UInt32(state.entries.count), symbol: symbol, instrument: instrument)
            state.entries.append(entry)
            return entry
        }
    }

    /// Keeps the indices of an earlier run for its symbols, in order; before any symbol is added.
    func reserve(_ symbols: [(symbol: Symbol, instrument: Instrument)]) {
        state.withLock { state in
            precondition(state.entries.isEmpty, "Indices must be reserved before the first symbol comes.")
            for (index, known) in symbols.enumerated() {
                state.entries.append(
                    RosterEntry(index: UInt32(index), symbol: known.symbol, instrument: known.instrument))
                state.reserved[known.symbol.name] = UInt32(index)
            }
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
