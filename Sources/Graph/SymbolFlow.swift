/// The symbols on an edge: those of the sources behind it that every filter on the way lets through.
///
/// Names are kept one by one; a pattern that met other patterns on its way is kept as all of them together, because two
/// patterns have no common one (`BTC*` and `*USDT`).
struct SymbolFlow {
    /// Comparisons of patterns in one file; beyond it the file is refused, so that a check always ends.
    static let comparisonLimit = 5_000_000

    private(set) var names: Set<String>
    private(set) var conjunctions: [[SymbolPattern]]

    static let none = SymbolFlow(.none)

    init(_ symbols: SymbolSet) {
        names = symbols.names
        conjunctions = symbols.wildcards.map { [$0] }
    }

    mutating func formUnion(_ other: SymbolFlow) {
        names.formUnion(other.names)
        conjunctions += other.conjunctions
    }

    func filtered(by filter: SymbolSet, comparisons: inout Int) -> SymbolFlow {
        guard !filter.patterns.contains(.any) else { return self }
        var result = SymbolFlow.none
        comparisons += names.count * filter.wildcards.count + filter.names.count * conjunctions.count
        comparisons += conjunctions.count * filter.wildcards.count
        guard comparisons < SymbolFlow.comparisonLimit else { return result }
        result.names = names.filter(filter.contains)
        for name in filter.names where !result.names.contains(name) && contains(name) { result.names.insert(name) }
        for conjunction in conjunctions {
            for wildcard in filter.wildcards where conjunction.allSatisfy(wildcard.overlaps) {
                result.conjunctions.append(conjunction.filter { $0 != .any && $0 != wildcard } + [wildcard])
            }
        }
        return result
    }

    func contains(_ name: String) -> Bool {
        names.contains(name) || conjunctions.contains { $0.allSatisfy { $0.matches(name) } }
    }

    /// What two flows share, as a person may read it; nil where nothing is in both.
    func overlap(_ other: SymbolFlow, comparisons: inout Int) -> String? {
        let (small, large) = names.count < other.names.count ? (names, other.names) : (other.names, names)
        if let name = small.filter(large.contains).min() { return Quoted.text(name) }
        comparisons += names.count * other.conjunctions.count + other.names.count * conjunctions.count
        comparisons += conjunctions.count * other.conjunctions.count
        guard comparisons < SymbolFlow.comparisonLimit else { return nil }
        if !other.conjunctions.isEmpty, let name = names.filter(other.contains).min() { return Quoted.text(name) }
        if !conjunctions.isEmpty, let name = other.names.filter(contains).min() { return Quoted.text(name) }
        for own in conjunctions {
            for rival in other.conjunctions where own.allSatisfy({ rival.allSatisfy($0.overlaps) }) {
                let texts = Set((own + rival).map(\.description)).subtracting(["*"]).sorted().map(Quoted.text)
                return texts.isEmpty ? "every symbol" : "a symbol of " + texts.joined(separator: " and ")
            }
        }
        return nil
    }
}
