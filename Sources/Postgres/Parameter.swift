internal import Memory

/// One `$n` of a statement, sent in binary: never a part of the statement's text.
public enum Parameter: Sendable, Equatable {
    case null
    /// For `bigint`.
    case integer(Int64)
    /// For `double precision`.
    case real(Double)
    /// For `text` and every type that casts from it.
    case text(String)
    /// For `timestamptz`: microseconds since the year 2000.
    case time(Int64)
    case flag(Bool)
    case bytes([UInt8])

    /// The type's number in every PostgreSQL; 0 lets the server tell it.
    var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: 20
        case .real: 701
        case .text: 25
        case .time: 1184
        case .flag: 16
        case .bytes: 17
        }
    }

    /// The binary form; nil for null.
    var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .integer(let value), .time(let value): Parameter.bytes(of: UInt64(bitPattern: value))
        case .real(let value): Parameter.bytes(of: value.bitPattern)
        case .text(let text): Array(text.utf8)
        case .flag(let flag): [flag ? 1 : 0]
        case .bytes(let bytes): bytes
        }
    }

    private static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
}
