internal import Market
internal import Memory
internal import Updates

/// One value of a row: where it stands in the update, and what it is.
enum RowCell: Sendable {
    case symbol, nothing
    case number, start, end, revision, final, reason, flags, coverage, gapSeconds, inferredShare, bookState
    case text([UInt8])
    case field(FieldCell)
    case entry(FieldCell)
    /// Quantities at these offsets, added.
    case sum([Int])
    case group(Int)
    case body

    private static let reasons = StoredTables.reasons.map { Array($0.utf8) }
    private static let bookStates = StoredTables.bookStates.map { Array($0.utf8) }

    init(_ column: TableColumn, _ route: TableRoute, _ topic: TopicParts, _ layout: UpdateLayout) {
        if let cell = RowCell(head: column.name) {
            self = cell
            return
        }
        switch route.origins[column.name] {
        case .nothing: self = .nothing
        case .variant: self = .text(Array(topic.variant.utf8))
        case .kind: self = .text(Array(topic.kind.utf8))
        case .fixed(let text): self = .text(Array(text.utf8))
        case .start: self = .start
        case .body: self = .body
        case .field(let name): self = .field(FieldCell(layout.fields, UpdateHead.size) { $0.name == name })
        case .sum(let names):
            self = .sum(
                layout.fields.filter { names.contains($0.name) }.map { UpdateHead.size + $0.offset })
        case .entry(let name):
            let fields = layout.groups.first { $0.name == route.group }?.fields ?? []
            self = .entry(FieldCell(fields, 0) { $0.name == name })
        case .group(let name):
            guard let index = layout.groups.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("A route must fit its layout.")
            }
            self = .group(index)
        case nil:
            self = .field(
                FieldCell(layout.fields, UpdateHead.size) { ColumnName.text(of: $0.name) == column.name })
        }
    }

    /// The cells that every update's head fills.
    private init?(head column: String) {
        switch column {
        case "symbol": self = .symbol
        case "start_time": self = .start
        case "end_time": self = .end
        case "number": self = .number
        case "revision": self = .revision
        case "final": self = .final
        case "reason": self = .reason
        case "flags": self = .flags
        case "coverage": self = .coverage
        case "gap_seconds": self = .gapSeconds
        case "inferred_share": self = .inferredShare
        case "book_state": self = .bookState
        default: return nil
        }
    }

    /// The group of which an array is made; nil for the whole body.
    var group: Int? {
        if case .group(let index) = self { index } else { nil }
    }

    var isJSON: Bool {
        switch self {
        case .group, .body: true
        case .symbol, .nothing, .number, .start, .end, .revision, .final, .reason, .flags, .coverage, .gapSeconds,
            .inferredShare, .bookState, .text, .field, .entry, .sum:
            false
        }
    }

    /// - Parameter entry: Where the entry begins that the row is made of; 0 where it is the update itself.
    func write<Writer: RowWriter & ~Copyable>(
        _ update: RawSpan, _ head: UpdateHead, entry: Int, into writer: inout Writer
    ) throws {
        switch self {
        case .symbol: try writer.appendSymbol()
        case .nothing: try writer.appendNull()
        case .number: try writer.append(integer: Int64(clamping: head.number))
        case .start: try writer.append(time: head.start.nanoseconds)
        case .end: try writer.append(time: head.end.nanoseconds)
        case .revision: try writer.append(integer: Int64(head.revision))
        case .final: try writer.append(flag: head.isFinal)
        case .reason:
            if head.reason == 0 { return try writer.appendNull() }
            try RowCell.write(choice: head.reason, RowCell.reasons, into: &writer)
        case .flags: try writer.append(marks: UInt32(head.flags.rawValue))
        case .coverage: try RowCell.write(real: head.coverage, into: &writer)
        case .gapSeconds: try RowCell.write(real: head.gapSeconds, into: &writer)
        case .inferredShare: try RowCell.write(real: head.inferredShare, into: &writer)
        case .bookState: try RowCell.write(choice: head.bookState, RowCell.bookStates, into: &writer)
        case .text(let bytes): try bytes.withRawSpan { try writer.append(text: $0) }
        case .field(let field): try field.write(update, at: 0, into: &writer)
        case .entry(let field): try field.write(update, at: entry, into: &writer)
        case .sum(let offsets):
            try writer.append(quantity: offsets.reduce(0) { $0 &+ update.integer(at: $1) })
        case .group, .body: preconditionFailure("JSON must be written by the plan, which has the room for it.")
        }
    }

    /// Nothing where it is not a number or has no end, as in JSON.
    static func write<Writer: RowWriter & ~Copyable>(real: Double, into writer: inout Writer) throws {
        if real.isFinite { try writer.append(real: real) } else { try writer.appendNull() }
    }

    /// A choice by name; by number where a newer program wrote one that has no name here.
    static func write<Writer: RowWriter & ~Copyable>(
        choice: UInt8, _ names: [[UInt8]], into writer: inout Writer
    ) throws {
        let name = Int(choice) < names.count ? names[Int(choice)] : Array("\(choice)".utf8)
        try name.withRawSpan { try writer.append(text: $0) }
    }
}

/// A field's place and type.
struct FieldCell: Sendable {
    private let offset: Int
    private let type: Kind
    private let names: [[UInt8]]

    private enum Kind: UInt8 { case price, quantity, count, real, time, flag, choice, marks }

    /// - Parameter start: Bytes between the start of what is read and the fields' own start.
    init(_ fields: [UpdateField], _ start: Int, where isWanted: (UpdateField) -> Bool) {
        guard let field = fields.first(where: isWanted) else { preconditionFailure("A route must fit its layout.") }
        offset = start + field.offset
        switch field.type {
        case .price: (type, names) = (.price, [])
        case .quantity: (type, names) = (.quantity, [])
        case .count: (type, names) = (.count, [])
        case .real: (type, names) = (.real, [])
        case .time: (type, names) = (.time, [])
        case .flag: (type, names) = (.flag, [])
        case .choice(let choices): (type, names) = (.choice, choices.map { Array($0.utf8) })
        case .marks: (type, names) = (.marks, [])
        }
    }

    func write<Writer: RowWriter & ~Copyable>(_ bytes: RawSpan, at start: Int, into writer: inout Writer) throws {
        let place = start + offset
        switch type {
        case .price:
            let price = Price(billionths: bytes.integer(at: place))
            if price.isNone { try writer.appendNull() } else { try writer.append(price: price.billionths) }
        case .quantity: try writer.append(quantity: bytes.integer(at: place))
        case .count: try writer.append(integer: bytes.integer(at: place))
        case .real: try RowCell.write(real: bytes.double(at: place), into: &writer)
        case .time:
            let time: Int64 = bytes.integer(at: place)
            if time == 0 { try writer.appendNull() } else { try writer.append(time: time) }
        case .flag: try writer.append(flag: bytes.integer(at: place, as: UInt8.self) != 0)
        case .choice: try RowCell.write(choice: bytes.integer(at: place), names, into: &writer)
        case .marks: try writer.append(marks: bytes.integer(at: place))
        }
    }
}
