import Foundation
import Market
import Memory
import Postgres
import Stores
import Updates

/// What a PostgreSQL store must hold after some updates, in the server's own texts, worked out without
/// the store's code.
struct StoredText {
    /// One row: a text for each column.
    typealias Row = [String?]

    private var rows: [String: [(key: [String?], group: [String?], row: Row)]] = [:]

    /// The columns of a table as PostgreSQL has them: a symbol is two, an exact time is two.
    static func columns(of table: StoredTable) -> [String] {
        table.columns.flatMap { column -> [String] in
            if column.type == .symbol { return ["node", "symbol"] }
            return hasRest(column, table) ? [column.name, "\(column.name)_ns"] : [column.name]
        }
    }

    private static func hasRest(_ column: TableColumn, _ table: StoredTable) -> Bool {
        column.type == .time && (table.form == .appended || !["start_time", "end_time"].contains(column.name))
    }

    init(_ input: StoreInput, upTo count: Int) throws {
        for entry in input.entries.prefix(count) {
            var writer = RecordingWriter()
            var scratch = Scratch()
            let plan = RowPlan(input.topics[entry.slot], keepsLive: false)
            try scratch.write(entry.bytes, plan, into: &writer)
            for group in writer.groups { remove(group.table, group.start, entry) }
            for row in writer.rows { add(row, entry) }
        }
    }

    private mutating func remove(_ table: Int, _ start: Int64, _ entry: StoreInput.Entry) {
        let group = [StoreInput.node, StoreInput.symbols[entry.symbol].name, StoredText.time(start).whole]
        rows[StoredTables.all[table].name]?.removeAll { $0.group == group }
    }

    private mutating func add(_ row: RecordingWriter.Row, _ entry: StoreInput.Entry) {
        let table = row.table
        let texts = zip(table.columns, row.cells).flatMap { StoredText.texts($0, $1, table, entry) }
        let names = StoredText.columns(of: table)
        func value(_ name: String) -> String? { names.firstIndex(of: name).flatMap { texts[$0] } }
        let key = table.key.flatMap { $0 == "symbol" ? [value("node"), value("symbol")] : [value($0)] }
        let group = [value("node"), value("symbol"), value("start_time")]
        if table.form != .appended, let old = rows[table.name]?.firstIndex(where: { $0.key == key }) {
            rows[table.name]?.remove(at: old)
        }
        rows[table.name, default: []].append((key, group, texts))
    }

    /// All rows of a table in one order.
    func sorted(_ table: StoredTable) -> [String] {
        (rows[table.name] ?? []).map { StoredText.line($0.row, table) }.sorted()
    }

    static func stored(_ table: StoredTable, schema: String, on connection: inout Connection) throws -> [String] {
        let names = columns(of: table)
        let list = names.map { "\($0)::text" }.joined(separator: ", ")
        let answer = try connection.query("SELECT \(list) FROM \(Connection.quoted(schema)).\(table.name)")
        return (0..<answer.count).map { row in
            line((0..<names.count).map { answer.text(row, $0) }, table)
        }.sorted()
    }

    /// Doubles by their value and JSON by its content; everything else letter by letter.
    private static func line(_ row: Row, _ table: StoredTable) -> String {
        let kinds = table.columns.flatMap { column in
            column.type == .symbol || hasRest(column, table) ? [column.type, .text] : [column.type]
        }
        return zip(kinds, row).map { kind, text in
            guard let text else { return "∅" }
            switch kind {
            case .real: return Double(text).map { "\($0)" } ?? text
            case .json: return normal(json: text)
            default: return text
            }
        }.joined(separator: "|")
    }

    private static func normal(json text: String) -> String {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed),
            let sorted = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        else { return "no JSON: \(text)" }
        return String(decoding: sorted, as: UTF8.self)
    }

    private static func texts(
        _ column: TableColumn, _ cell: Cell, _ table: StoredTable, _ entry: StoreInput.Entry
    ) -> [String?] {
        switch cell {
        case .symbol: return [StoreInput.node, StoreInput.symbols[entry.symbol].name]
        case .null: return hasRest(column, table) ? [nil, nil] : [nil]
        case .integer(let value): return ["\(value)"]
        case .real(let value): return ["\(value)"]
        case .flag(let flag): return [flag ? "true" : "false"]
        case .marks(let marks):
            guard case .marks(let names) = column.type else { return ["no marks"] }
            return [names.enumerated().filter { marks >> $0.offset & 1 == 1 }.map(\.element).joined(separator: ",")]
        case .time(let nanoseconds):
            let (whole, rest) = time(nanoseconds)
            return hasRest(column, table) ? [whole, rest] : [whole]
        case .price(let price): return [decimal(Int128(price))]
        case .quantity(let steps): return [decimal(Int128(steps) * Int128(RowPlanTests.sizeStep))]
        case .text(let text), .json(let text): return [text]
        }
    }

    /// `2026-03-09 00:03:00.5+00`, and the nanoseconds below the microsecond.
    static func time(_ nanoseconds: Int64) -> (whole: String, rest: String) {
        let text = Timestamp(nanoseconds: nanoseconds).description
        var whole = text.dropLast(4).replacingOccurrences(of: "T", with: " ")
        while whole.hasSuffix("0") { whole.removeLast() }
        if whole.hasSuffix(".") { whole.removeLast() }
        return (whole + "+00", "\(Int(text.dropLast().suffix(3)) ?? -1)")
    }

    static func decimal(_ billionths: Int128) -> String {
        let digits = String(billionths.magnitude)
        let padded = String(repeating: "0", count: max(10 - digits.count, 0)) + digits
        var fraction = padded.suffix(9)
        while fraction.last == "0" { fraction.removeLast() }
        let whole = (billionths < 0 ? "-" : "") + padded.dropLast(9)
        return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }
}

/// Room for the writing of JSON.
struct Scratch: ~Copyable {
    private var buffer = ByteBuffer()

    mutating func write(_ bytes: [UInt8], _ plan: RowPlan, into writer: inout RecordingWriter) throws {
        try bytes.withRawSpan {
            try plan.write($0, sizeStep: RowPlanTests.sizeStep, into: &writer, scratch: &buffer)
        }
    }
}
