internal import Engine
internal import SQLite

/// Why a file cannot serve as a store.
public enum SQLiteStoreError: Error, Equatable {
    case newerSchema(path: String, found: Int64, known: Int64)
    /// It holds tables of somebody else.
    case foreign(path: String, tables: [String])
    case notADatabase(path: String)
    case damaged(path: String, reason: String)
    case readOnly(path: String)
    case unreachable(path: String, reason: String)
    /// Nothing was ever stored in it.
    case empty(path: String)
}

extension SQLiteStoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .newerSchema(let path, let found, let known):
            "\(path) has tables of version \(found), this program knows up to \(known): a newer program wrote it"
        case .foreign(let path, let tables):
            "\(path) holds tables of another program (\(tables.prefix(3).joined(separator: ", "))): name another file"
        case .notADatabase(let path): "\(path) is no SQLite file"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        case .readOnly(let path): "\(path) may only be read"
        case .unreachable(let path, let reason): "\(path) cannot be opened: \(reason)"
        case .empty(let path): "\(path) is no store: it has no tables"
        }
    }
}

extension SQLiteError {
    /// What an error at a file means for whoever stores in it: it may pass, or it will not.
    func forStore(_ path: String) -> any Error {
        switch kind {
        case .busy, .full, .failing: StoreUnavailable("\(path): \(self)")
        case .readOnly: SQLiteStoreError.readOnly(path: path)
        case .unreachable: SQLiteStoreError.unreachable(path: path, reason: message)
        case .notADatabase: SQLiteStoreError.notADatabase(path: path)
        case .damaged: SQLiteStoreError.damaged(path: path, reason: message)
        case .refusedRow, .other: self
        }
    }
}
