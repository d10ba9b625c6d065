import Foundation
import Market
import Stores
import Testing
import Updates

/// Holds a row against the JSON message of the same update.
struct RowOracle {
    private let row: RecordingWriter.Row
    private let topic: TopicEntry
    private let json: [String: Any]

    init(_ row: RecordingWriter.Row, _ topic: TopicEntry, _ json: [String: Any]) {
        self.row = row
        self.topic = topic
        self.json = json
    }

    func check() throws {
        let quality = try #require(json["quality"] as? [String: Any])
        for (column, cell) in zip(row.table.columns, row.cells) {
            let isEqual: Bool
            switch column.name {
            case "symbol": isEqual = cell == .symbol
            case "width" where topic.layout.kind == "cvd": isEqual = cell == .text("session")
            case "width", "variant":
                isEqual = cell == .text(topic.prefix.split(separator: "/").dropFirst().joined(separator: "/"))
            case "coverage", "gap_seconds", "inferred_share", "book_state":
                isEqual = Self.equal(cell, quality[Self.member(column.name)])
            case "start_time", "time": isEqual = Self.equal(cell, json["start"])
            case "end_time": isEqual = Self.equal(cell, json["end"])
            case "flags": isEqual = Self.equal(cell, json["flags"] ?? [String](), names: StoredFlags.names)
            case "body": isEqual = try equalBody(cell)
            case "pressure" where topic.layout.kind != "state":
                isEqual = topic.layout.kind == "cvd" ? cell == .null : Self.equal(cell, json["deltaShare"])
            case "max_delta" where topic.layout.kind == "cvd", "min_delta" where topic.layout.kind == "cvd":
                isEqual = cell == .null
            case "delta" where topic.layout.kind == "cvd": isEqual = Self.equal(cell, json["cvd"])
            case "volume" where topic.layout.kind == "cvd":
                isEqual = Self.quantities(["buy", "sell", "neutral"].compactMap { json[$0] }, equal: cell)
            default:
                let field = topic.layout.fields.first { $0.name == Self.member(column.name) }
                isEqual = Self.equal(cell, json[Self.member(column.name)], names: field?.names ?? [])
            }
            #expect(isEqual, "\(topic.prefix) \(column.name): \(cell) of \(json)")
        }
    }

    private func equalBody(_ cell: Cell) throws -> Bool {
        guard case .json(let text) = cell else { return false }
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        let members = topic.layout.fields.map(\.name) + topic.layout.groups.map(\.name)
        return object == NSDictionary(dictionary: json.filter { members.contains($0.key) })
    }

    private static func quantities(_ values: [Any], equal cell: Cell) -> Bool {
        guard case .quantity(let steps) = cell else { return false }
        let sum = values.reduce(Decimal(0)) { $0 + (Decimal(string: "\($1)") ?? 0) }
        return sum == Decimal(steps) * Decimal(RowPlanTests.sizeStep) / 1_000_000_000
    }

    /// Whether a cell means the same as a JSON value; a missing one is null.
    static func equal(_ cell: Cell?, _ value: Any?, names: [String] = []) -> Bool {
        let isNull = value == nil || value is NSNull
        switch cell {
        case .null: return isNull
        case .integer(let number): return (value as? NSNumber)?.int64Value == number
        case .real(let number): return near(value, number)
        case .flag(let flag): return (value as? NSNumber)?.boolValue == flag
        case .marks(let bits):
            let set = names.enumerated().filter { bits >> UInt32($0.offset) & 1 == 1 }.map(\.element)
            return value as? [String] == set
        case .time(let time): return value as? String == Timestamp(nanoseconds: time).description
        case .price(let billionths): return near(value, Double(billionths) / 1e9)
        case .quantity(let steps): return near(value, Double(steps) / 100)
        case .text(let text): return value as? String == text
        case .json(let text):
            let own = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? NSArray
            return own != nil && own == value as? NSArray
        case .symbol, nil: return false
        }
    }

    /// Foundation reads some decimals one place of the last bit off.
    private static func near(_ value: Any?, _ number: Double) -> Bool {
        guard let value = (value as? NSNumber)?.doubleValue else { return false }
        return abs(value - number) <= abs(number) * 1e-15
    }

    /// `max_delta` is `maxDelta`.
    private static func member(_ column: String) -> String {
        let parts = column.split(separator: "_")
        return String(parts[0]) + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

/// The names of an update's flags, as JSON lists them.
enum StoredFlags {
    static let names = ["inputRevised", "approximate", "coarsened"]
}

extension UpdateField {
    fileprivate var names: [String] {
        if case .marks(let names) = type { names } else { [] }
    }
}
