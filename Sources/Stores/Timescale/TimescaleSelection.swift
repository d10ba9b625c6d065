internal import Market
internal import Postgres

/// A selection as PostgreSQL is asked for it, and its answer's way back into the values of an update.
struct TimescaleSelection {
    /// What a column comes back as.
    private enum Way {
        case integer, real, text
        /// A time in microseconds, and the place of its nanoseconds where they are kept.
        case time(rest: Int?)
        case marks([[UInt8]])
    }

    let table: TimescaleTable
    let parameters: [Parameter]
    private let selection: StoreSelection
    private let conditions: [String]
    private let columns: [String]
    /// Each value's way and its first column.
    private let ways: [(way: Way, column: Int)]

    init(_ selection: StoreSelection, _ symbol: StoredSymbol, _ schema: TimescaleSchema) {
        self.selection = selection
        table = schema.tables[StoredTables.index(of: selection.table)]
        var columns: [String] = []
        var ways: [(way: Way, column: Int)] = []
        for name in selection.columns {
            guard let index = selection.table.index(of: name) else { continue }
            let first = columns.count
            columns.append(TimescaleSelection.shown(name, selection.table.columns[index].type, symbol.sizeStep))
            let hasRest = table.hasNanoseconds[index]
            if hasRest { columns.append("\(name)_ns") }
            let way = TimescaleSelection.way(selection.table.columns[index].type, rest: hasRest ? first + 1 : nil)
            ways.append((way, first))
        }
        self.columns = columns
        self.ways = ways
        var parameters: [Parameter] = [.text(symbol.node), .text(symbol.name)]
        var conditions = ["node = $1", "symbol = $2"]
        for (column, text) in selection.texts.sorted(by: { $0.key < $1.key }) {
            parameters.append(.text(text))
            conditions.append("\(column) = $\(parameters.count)")
        }
        if let time = selection.table.time, let place = selection.table.index(of: time) {
            let hasRest = table.hasNanoseconds[place]
            for (end, sign) in [(selection.time.lowerBound, ">="), (selection.time.upperBound, "<")] {
                let bound = TimescaleSelection.bound(time, sign, end, hasRest, from: parameters.count)
                conditions += bound.conditions
                parameters += bound.parameters
            }
        }
        self.parameters = parameters
        self.conditions = conditions
    }

    func statement(descending: Bool) -> String {
        let order = selection.order.flatMap { name in
            let hasRest = selection.table.index(of: name).map { table.hasNanoseconds[$0] } ?? false
            return hasRest ? [name, "\(name)_ns"] : [name]
        }.map { descending ? "\($0) DESC" : $0 }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(table.name) "
            + "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order.joined(separator: ", ")) "
            + "LIMIT \(Int64(selection.limit))"
    }

    /// One end of the time: by the microsecond first, so that whole partitions are left out, then by the nanosecond.
    private static func bound(
        _ time: String, _ sign: String, _ end: Int64, _ hasRest: Bool, from count: Int
    ) -> (conditions: [String], parameters: [Parameter]) {
        let (whole, rest) = TableBatch.microseconds(end)
        guard hasRest else {
            // Whole microseconds: below a broken one is the same as below the next whole one.
            return (["\(time) \(sign) $\(count + 1)"], [.time(rest > 0 ? whole + 1 : whole)])
        }
        let wide = sign == "<" ? "<=" : sign
        return (
            ["\(time) \(wide) $\(count + 1)", "(\(time), \(time)_ns) \(sign) ($\(count + 1), $\(count + 2))"],
            [.time(whole), .integer(Int64(rest))]
        )
    }

    // MARK: Values

    private static func shown(_ name: String, _ type: ColumnType, _ sizeStep: Int64) -> String {
        switch type {
        case .price: "(\(name) * 1000000000)::bigint"
        case .quantity: "div(\(name) * 1000000000, \(sizeStep))::bigint"
        case .json, .bytes: "\(name)::text"
        case .symbol, .text, .time, .integer, .real, .flag, .marks: name
        }
    }

    private static func way(_ type: ColumnType, rest: Int?) -> Way {
        switch type {
        case .symbol, .text, .json, .bytes: .text
        case .price, .quantity, .integer, .flag: .integer
        case .real: .real
        case .time: .time(rest: rest)
        case .marks(let names): .marks(names.map { Array($0.utf8) })
        }
    }

    func values(_ row: Int, of rows: borrowing Rows) -> [StoredValue] {
        var values: [StoredValue] = []
        values.reserveCapacity(ways.count)
        for (way, column) in ways { values.append(TimescaleSelection.value(way, row, column, of: rows)) }
        return values
    }

    private static func value(_ way: Way, _ row: Int, _ column: Int, of rows: borrowing Rows) -> StoredValue {
        guard !rows.isNull(row, column) else { return .nothing }
        switch way {
        case .integer: return .integer(rows.integer(row, column) ?? 0)
        case .real: return .real(rows.real(row, column) ?? 0)
        case .text: return .text(rows.text(row, column) ?? "")
        case .time(let rest):
            let below = rest.flatMap { rows.integer(row, $0) } ?? 0
            return .integer(TableBatch.nanoseconds(rows.integer(row, column) ?? 0) + below)
        case .marks(let names):
            let set = (rows.bytes(row, column) ?? []).split(separator: UInt8(ascii: ","))
            return .integer(
                names.enumerated().reduce(0) { set.contains($1.element[...]) ? $0 | 1 << Int64($1.offset) : $0 })
        }
    }
}
