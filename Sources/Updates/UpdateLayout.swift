/// How a field's bytes are read and what they mean.
public enum FieldType: Sendable, Equatable {
    /// Int64 in billionths; `Price.none` is written as null.
    case price
    /// Int64 in steps of the symbol's size step.
    case quantity
    /// Int64, a count or an identifier; always below 2^53 in magnitude.
    case count
    /// A computed double; not a number is written as null.
    case real
    /// Int64, nanoseconds since 1970 UTC; 0 is written as null.
    case time
    /// UInt8, 0 or 1.
    case flag
    /// UInt8, an index into the names.
    case choice([String])
    /// A bit set in a UInt32: the name of bit i is names[i].
    case marks([String])

    /// Bytes on the wire.
    public var size: Int {
        switch self {
        case .price, .quantity, .count, .real, .time: 8
        case .flag, .choice: 1
        case .marks: 4
        }
    }
}

/// One field of a body or of a row.
public struct UpdateField: Sendable, Equatable {
    public let name: String
    public let type: FieldType
    /// Bytes from the body's first byte.
    public let offset: Int
    /// One sentence for docs and schema, with unit and source.
    public let meaning: String

    public init(_ name: String, _ type: FieldType, at offset: Int, _ meaning: String) {
        self.name = name
        self.type = type
        self.offset = offset
        self.meaning = meaning
    }

    /// A field that is stored at `path`; the compiler knows its offset.
    public init<Root, Value>(_ name: String, _ type: FieldType, _ path: KeyPath<Root, Value>, _ meaning: String) {
        guard let offset = MemoryLayout<Root>.offset(of: path) else {
            preconditionFailure("A field must be stored in its body.")
        }
        precondition(MemoryLayout<Value>.size == type.size, "A field must be as long as its type says.")
        self.init(name, type, at: offset, meaning)
    }
}

/// A repeating group behind a body, such as a profile's rows.
public struct GroupLayout: Sendable, Equatable {
    public let name: String
    public let fields: [UpdateField]
    /// Bytes of one entry.
    public let size: Int

    public init(_ name: String, size: Int, fields: [UpdateField]) {
        self.name = name
        self.fields = fields
        self.size = size
    }
}

/// The fixed little-endian layout of one kind of update: what JSON, schema and documents are made from.
public struct UpdateLayout: Sendable, Equatable {
    /// The template number on the wire; never used twice.
    public let template: UInt16
    /// The topic's first part, `candle`.
    public let kind: String
    /// The body's bytes, without head and groups.
    public let size: Int
    public let fields: [UpdateField]
    public let groups: [GroupLayout]
    public let meaning: String

    public init(
        template: UInt16, kind: String, size: Int, fields: [UpdateField], groups: [GroupLayout] = [], meaning: String
    ) {
        self.template = template
        self.kind = kind
        self.size = size
        self.fields = fields
        self.groups = groups
        self.meaning = meaning
    }
}

/// The fixed part of an update behind its head: a plain value whose memory is its wire form.
///
/// A body lists its fields from large to small, so that it has no holes and its size is a multiple of 8.
public protocol UpdateBody: BitwiseCopyable, Sendable {
    static var layout: UpdateLayout { get }
}
