/// What a column of a table holds, whatever the database: each database says how it keeps it.
public enum ColumnType: Sendable, Equatable {
    /// Which symbol of which node a row speaks of: the row of `symbols` with this number.
    case symbol
    case text
    /// Nanoseconds since 1970 UTC.
    case time
    /// An exact decimal: a count of billionths.
    case price
    /// An exact decimal: a count of the symbol's size step.
    case quantity
    /// Below 2^53 in magnitude.
    case integer
    case real
    case flag
    /// A bit set: the name of bit i is names[i].
    case marks([String])
    /// JSON text, exact decimals written out.
    case json
    case bytes
}

/// One column of a table.
public struct TableColumn: Sendable, Equatable {
    public let name: String
    public let type: ColumnType
    /// Whether a row may have nothing here.
    public let isOptional: Bool
    /// One sentence with the unit.
    public let meaning: String

    public init(_ name: String, _ type: ColumnType, optional: Bool = false, _ meaning: String) {
        self.name = name
        self.type = type
        isOptional = optional
        self.meaning = meaning
    }
}

/// A table of the store, in words that every database understands.
public struct StoredTable: Sendable, Equatable {
    public let name: String
    public let meaning: String
    public let columns: [TableColumn]
    /// The columns that name a row, in the order of the index; none of them is optional.
    public let key: [String]
    public let form: Form
    /// The column by whose time a large table is parted; one of the key. Nil for a table that stays small.
    public let time: String?

    /// What happens where a row's key is met again.
    public enum Form: Sendable, Equatable {
        /// Rows never change: it is the same row, and it stays.
        case appended
        /// The row that was written last stands: updates come in the order of their numbers, so it is the newest.
        case revised
        /// Rows come in groups, named by this many columns at the key's front: a group takes the place of what was
        /// there.
        case grouped(by: Int)
    }

    public init(
        _ name: String, _ form: Form, key: [String], time: String?, columns: [TableColumn], meaning: String
    ) {
        let names = columns.map(\.name)
        precondition(Set(names).count == names.count, "A column's name must stand once in its table.")
        for part in key {
            guard let column = columns.first(where: { $0.name == part }) else {
                preconditionFailure("A key must be made of the table's columns.")
            }
            precondition(!column.isOptional, "A column of a key must not be empty.")
        }
        precondition(time.map { key.contains($0) } ?? true, "The time that parts a table must be in its key.")
        self.name = name
        self.form = form
        self.key = key
        self.time = time
        self.columns = columns
        self.meaning = meaning
    }

    /// The place of a column; nil where the table has none of the name.
    public func index(of column: String) -> Int? { columns.firstIndex { $0.name == column } }
}
