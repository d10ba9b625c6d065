internal import CSQLite

/// What SQLite refused, with its codes and its own words.
public struct SQLiteError: Error, Equatable, Sendable {
    /// What a caller can do about it.
    public enum Kind: Sendable {
        /// Somebody else holds the file's lock, the disk is full or fails, memory is short: it may pass.
        case busy, full, failing
        /// The file may only be read.
        case readOnly
        /// The file cannot be opened or made.
        case unreachable
        /// It is no SQLite file, or a damaged one.
        case notADatabase, damaged
        /// A row contradicts its table.
        case refusedRow
        /// Anything else: mostly a statement that is wrong.
        case other
    }

    /// SQLite's primary code, such as 5 for `SQLITE_BUSY`.
    public let code: Int32
    /// The code with its detail, such as 2067 for `SQLITE_CONSTRAINT_UNIQUE`.
    public let extendedCode: Int32
    public let message: String
    /// What was being done.
    public let action: String

    public init(code: Int32, extendedCode: Int32, message: String, action: String) {
        self.code = code
        self.extendedCode = extendedCode
        self.message = message
        self.action = action
    }

    public var kind: Kind {
        switch code {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_FULL: .full
        case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL, SQLITE_INTERRUPT: .failing
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_CANTOPEN: .unreachable
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_CORRUPT: .damaged
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE: .refusedRow
        default: .other
        }
    }
}

extension SQLiteError: CustomStringConvertible {
    public var description: String { "\(action): \(message) (SQLite \(extendedCode))" }
}
