internal import Market
internal import Updates
internal import Wire

/// Passes runs of those records on that an edge's topics let through.
struct StoreFilter {
    private let filter: LinkFilter
    private let known: [Bool]
    private let symbols: JournalSymbols
    private let passesAll: Bool
    private var verdicts: SymbolVerdicts

    /// - Parameter known: by slot, whether this program knows the layout.
    init(_ filter: LinkFilter, _ known: [Bool], _ symbols: JournalSymbols) {
        self.filter = filter
        self.known = known
        self.symbols = symbols
        verdicts = SymbolVerdicts(filter.symbolSet)
        passesAll = filter.isEverything && known.allSatisfy { $0 }
    }

    mutating func pass(_ bytes: RawSpan, to body: (RawSpan) throws -> Void) throws {
        guard !passesAll else { return try body(bytes) }
        var (start, offset) = (0, 0)
        while offset < bytes.byteCount {
            let head = RecordReader.head(in: bytes, at: offset)
            let end = offset + Int(head.length)
            if !wants(head) {
                if offset > start { try body(bytes.extracting(start..<offset)) }
                start = end
            }
            offset = end
        }
        if offset > start { try body(bytes.extracting(start..<offset)) }
    }

    private mutating func wants(_ head: RecordHead) -> Bool {
        guard verdicts.passes(head.symbol, name: { symbols[head.symbol].symbol.name }) else { return false }
        guard known[Int(head.slot)] else { return false }
        switch filter.choices[Int(head.slot)] {
        case .all: return true
        case .none: return false
        case .symbols(let prefixes):
            let name = PercentEncoding.encode(symbols[head.symbol].symbol.name) + "/"
            return prefixes.contains { name.hasPrefix($0) }
        }
    }
}
