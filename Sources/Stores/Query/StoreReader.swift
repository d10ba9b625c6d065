/// One value out of a store, in the units of its column's type: times, prices and sizes are integers as in an update.
public enum StoredValue: Equatable, Sendable {
    case nothing
    case integer(Int64)
    case real(Double)
    case text(String)

    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    public var real: Double? {
        if case .real(let value) = self { value } else { nil }
    }

    public var text: String? {
        if case .text(let value) = self { value } else { nil }
    }
}

/// A symbol as a store knows it.
public struct StoredSymbol: Equatable, Sendable {
    public let id: Int64
    public let node: String
    public let name: String
    /// Billionths of a unit in one step of quantity.
    public let sizeStep: Int64

    public init(id: Int64, node: String, name: String, sizeStep: Int64) {
        self.id = id
        self.node = node
        self.name = name
        self.sizeStep = sizeStep
    }
}

/// Which rows of a table are wanted: those of one symbol, within a time, with some texts; in the order of the key.
public struct StoreSelection: Sendable {
    public let table: StoredTable
    public let columns: [String]
    public let symbol: Int64
    /// Columns that must hold these texts.
    public var texts: [String: String] = [:]
    /// Half-open, of the column that parts the table, nanoseconds.
    public var time: Range<Int64> = 0..<Int64.max
    /// Rows at most.
    public var limit = Int.max

    public init(_ table: StoredTable, _ columns: [String], of symbol: Int64) {
        precondition(columns.allSatisfy { table.index(of: $0) != nil }, "A selection must name columns of its table.")
        self.table = table
        self.columns = columns
        self.symbol = symbol
    }

    /// The columns that rows are ordered by: time before what tells rows of one time apart.
    public var order: [String] {
        let time = table.time.map { [$0] } ?? []
        return time + table.key.filter { $0 != "symbol" && $0 != table.time && texts[$0] == nil }
    }
}

/// Reads a store, whichever database it is in.
public protocol StoreReader: AnyObject {
    /// What a person calls this store.
    var name: String { get }
    func symbols() throws -> [StoredSymbol]
    /// The distinct texts of a column among the rows of a symbol.
    func texts(_ column: String, in table: StoredTable, of symbol: Int64) throws -> [String]
    /// The first and the last time among the selected rows, whatever times the selection asks for; nil without rows.
    func span(_ selection: StoreSelection) throws -> ClosedRange<Int64>?
    /// Calls `body` with the values of each selected row, in the selection's columns and order.
    func forEach(_ selection: StoreSelection, _ body: ([StoredValue]) throws -> Void) throws
}
