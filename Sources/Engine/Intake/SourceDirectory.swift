public import Graph
internal import Journal
internal import Market

/// Which of a feed's symbols a source passes on, and under what name.
public struct FeedSymbols: Sendable {
    /// Empty stands for every symbol.
    public let wanted: [SymbolPattern]
    /// The feed's name → the graph's name.
    public let renames: [String: String]
    /// What of the graph's names passes the edge, and belongs to this shard; all of them without it.
    public var filter: (@Sendable (String) -> Bool)?

    public init(wanted: [SymbolPattern] = [], renames: [String: String] = [:]) {
        self.wanted = wanted
        self.renames = renames
    }

    /// Whether a feed's name is wanted.
    public func includes(_ name: String) -> Bool {
        guard wanted.isEmpty || wanted.contains(where: { $0.matches(name) }) else { return false }
        return filter?(renames[name] ?? name) ?? true
    }
}

/// One source's symbols: gives each its index, its instrument, its lane and its ring, at the first call.
/// It belongs to the source's thread from the first event on.
final class SourceDirectory: SymbolDirectory {
    /// Lane, ring and name of each index, in order.
    private(set) var places: [Place] = []
    /// Where the symbols' snapshots lie that states go on from; set before the first symbol.
    var snapshots: SnapshotChoice?
    /// The id of the journal that numbers the source's events; nil where nothing is kept.
    var journal: UInt64?
    struct Place {
        let lane: Int
        let ring: Int
        let name: String
        let definition: SymbolDefinition
        /// What the symbol's state goes on from.
        let snapshot: (place: JournalPlace, sequence: UInt64)?
    }

    /// How many symbols the source has named by itself: an input that comes again names them again, in the same order.
    private(set) var named = 0
    private let symbols: FeedSymbols
    private let roster: Roster
    private let lanes: [LaneRoster]
    private let instrument: @Sendable (Symbol) -> Instrument
    private var known: [String: SymbolEntry?] = [:]
    /// Names that were looked up and refused are remembered up to this many.
    private static let refusedLimit = 100_000

    init(
        symbols: FeedSymbols, roster: Roster, lanes: [LaneRoster],
        instrument: @escaping @Sendable (Symbol) -> Instrument
    ) {
        self.symbols = symbols
        self.roster = roster
        self.lanes = lanes
        self.instrument = instrument
    }

    /// Whether a symbol of this name is to come in.
    func wants(_ name: String) -> Bool { symbols.includes(name) }

    /// From now on only those count as named that are named again.
    func nameAgain() { named = 0 }
    func nameAll() { named = places.count }

    func entry(for name: String) -> SymbolEntry? {
        let entry = find(name)
        if let entry { named = max(named, Int(entry.index) + 1) }
        return entry
    }

    private func find(_ name: String) -> SymbolEntry? {
        if let entry = known[name] {
            if entry == nil { countRefusal(of: name) }
            return entry
        }
        let entry = make(name)
        if entry == nil { countRefusal(of: name) }
        if entry != nil || known.count < SourceDirectory.refusedLimit { known[name] = .some(entry) }
        return entry
    }

    /// A symbol that nobody asked for is left out, which its source counts; one that was wanted is refused.
    private func countRefusal(of name: String) {
        if symbols.includes(name) { roster.refusedSymbols.count(name) }
    }

    private func make(_ name: String) -> SymbolEntry? {
        guard symbols.includes(name), let symbol = Symbol(symbols.renames[name] ?? name) else { return nil }
        let instrument = instrument(symbol)
        guard var entry = roster.add(symbol, instrument: instrument, from: journal) else { return nil }
        entry.snapshot = snapshots?.newest(of: symbol)
        // Without lanes the symbol's state is in another process.
        let lane = lanes.isEmpty ? 0 : Int(entry.index) % lanes.count
        places.append(
            Place(
                lane: lane, ring: lanes.isEmpty ? places.count : lanes[lane].add(entry), name: symbol.name,
                definition: SymbolDefinition(
                    name: name, sizeStep: instrument.sizeStep, tick: instrument.tick.billionths),
                snapshot: entry.snapshot.map { ($0.place, $0.sequence) }))
        return SymbolEntry(index: UInt32(places.count - 1), symbol: symbol, instrument: instrument)
    }
}
