internal import Graph
internal import Market

/// Why a question has no answer in this store.
public enum QueryError: Error, Equatable {
    case unknownSymbol(String, known: [String])
    /// Several nodes publish the symbol.
    case severalNodes(symbol: String, nodes: [String])
    case unknownNode(String, known: [String])
    /// Nothing of the symbol is stored in this table.
    case nothing(table: String, symbol: String)
    /// There are rows, but none in the range asked for.
    case emptyRange(table: String, symbol: String, stored: ClosedRange<Int64>)
    /// No stored width divides the one asked for.
    case width(String, symbol: String, stored: [String])
    case unknownSession(String, known: [String])
}

extension QueryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownSymbol(let symbol, let known):
            "nothing of \(symbol) is stored. \(Spelling.remedy(for: symbol, among: known))"
        case .severalNodes(let symbol, let nodes):
            "\(symbol) is stored from several nodes: choose with --node \(nodes.joined(separator: ", or --node "))"
        case .unknownNode(let node, let known):
            "no node \(node) has stored this symbol. \(Spelling.remedy(for: node, among: known))"
        case .nothing(let table, let symbol): "no \(table) of \(symbol) are stored"
        case .emptyRange(let table, let symbol, let stored):
            "no \(table) of \(symbol) in this range: there are some from "
                + "\(Timestamp(nanoseconds: stored.lowerBound)) to \(Timestamp(nanoseconds: stored.upperBound))"
        case .width(let width, let symbol, let stored):
            "no stored width of \(symbol) divides \(width), and there are no ticks of it; "
                + (stored.isEmpty ? "nothing is stored" : "stored: \(stored.joined(separator: ", "))")
        case .unknownSession(let session, let known):
            "no session \(session) is stored. "
                + (known.isEmpty
                    ? "None has been closed yet" : "The latest: \(known.suffix(8).joined(separator: ", "))")
        }
    }
}
