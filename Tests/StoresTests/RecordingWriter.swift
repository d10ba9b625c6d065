import Market
import Memory
import Stores
import Updates

/// One value of a recorded row.
enum Cell: Equatable {
    case symbol, null
    case integer(Int64), real(Double), flag(Bool), marks(UInt32), time(Int64), price(Int64), quantity(Int64)
    case text(String), json(String)
}

/// Keeps rows as they come, for tests to look at.
struct RecordingWriter: RowWriter {
    struct Row: Equatable {
        let table: StoredTable
        var cells: [Cell] = []

        subscript(column: String) -> Cell? { table.index(of: column).map { cells[$0] } }
    }

    private(set) var rows: [Row] = []
    private(set) var groups: [(table: Int, start: Int64)] = []
    private var row: Row?

    mutating func begin(_ table: Int) { row = Row(table: StoredTables.all[table]) }
    mutating func beginGroup(_ table: Int, start: Int64) { groups.append((table, start)) }
    mutating func appendSymbol() { row?.cells.append(.symbol) }
    mutating func appendNull() { row?.cells.append(.null) }
    mutating func append(integer: Int64) { row?.cells.append(.integer(integer)) }
    mutating func append(real: Double) { row?.cells.append(.real(real)) }
    mutating func append(flag: Bool) { row?.cells.append(.flag(flag)) }
    mutating func append(marks: UInt32) { row?.cells.append(.marks(marks)) }
    mutating func append(time: Int64) { row?.cells.append(.time(time)) }
    mutating func append(price: Int64) { row?.cells.append(.price(price)) }
    mutating func append(quantity: Int64) { row?.cells.append(.quantity(quantity)) }
    mutating func append(text: RawSpan) { row?.cells.append(.text(String(decoding: text.array, as: UTF8.self))) }
    mutating func append(json: RawSpan) { row?.cells.append(.json(String(decoding: json.array, as: UTF8.self))) }
    mutating func end() {
        if let row { rows.append(row) }
        row = nil
    }
}
