internal import Market

/// Which of a feed's symbols a source passes on, and under what name.
public struct SymbolSelection: Sendable {
    /// Names and patterns with `*`; empty stands for every symbol.
    public let wanted: [String]
    /// The feed's name → the graph's name.
    public let renames: [String: String]

    public init(wanted: [String] = [], renames: [String: String] = [:]) {
        self.wanted = wanted
        self.renames = renames
    }

    /// Whether a feed's name is wanted.
    public func includes(_ name: String) -> Bool {
        wanted.isEmpty || wanted.contains { SymbolSelection.matches(name, pattern: $0) }
    }

    /// Whether a name fits a pattern in which `*` stands for any run of characters.
    public static func matches(_ name: String, pattern: String) -> Bool {
        let text = Array(name.utf8)
        let form = Array(pattern.utf8)
        var (at, want) = (0, 0)
        var star: (form: Int, text: Int)?
        while at < text.count {
            if want < form.count, form[want] == UInt8(ascii: "*") {
                star = (want, at)
                want += 1
            } else if want < form.count, form[want] == text[at] {
                at += 1
                want += 1
            } else if let last = star {
                star = (last.form, last.text + 1)
                at = last.text + 1
                want = last.form + 1
            } else {
                return false
            }
        }
        return form[want...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// One source's symbols: gives each its index, its instrument, its lane and its ring, at the first call.
/// It belongs to the source's thread from the first event on.
final class SourceDirectory: SymbolDirectory {
    /// Lane and ring of each index, in order.
    private(set) var places: [(lane: Int, ring: Int)] = []
    private let selection: SymbolSelection
    private let roster: Roster
    private let lanes: [LaneRoster]
    private let instrument: @Sendable (Symbol) -> Instrument
    private var known: [String: SymbolEntry?] = [:]
    /// Names that were looked up and refused are remembered up to this many.
    private static let refusedLimit = 100_000

    init(
        selection: SymbolSelection, roster: Roster, lanes: [LaneRoster],
        instrument: @escaping @Sendable (Symbol) -> Instrument
    ) {
        self.selection = selection
        self.roster = roster
        self.lanes = lanes
        self.instrument = instrument
    }

    func entry(for name: String) -> SymbolEntry? {
        if let entry = known[name] {
            if entry == nil { roster.refusedSymbols.count(name) }
            return entry
        }
        let entry = make(name)
        if entry == nil { roster.refusedSymbols.count(name) }
        if entry != nil || known.count < SourceDirectory.refusedLimit { known[name] = .some(entry) }
        return entry
    }

    private func make(_ name: String) -> SymbolEntry? {
        guard selection.includes(name), let symbol = Symbol(selection.renames[name] ?? name) else { return nil }
        let instrument = instrument(symbol)
        guard let entry = roster.add(symbol, instrument: instrument) else { return nil }
        let lane = Int(entry.index) % lanes.count
        places.append((lane, lanes[lane].add(entry)))
        return SymbolEntry(index: UInt32(places.count - 1), symbol: symbol, instrument: instrument)
    }
}
