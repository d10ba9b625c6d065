public import Engine
internal import Foundation
public import Graph
public import Journal
public import Market
internal import Memory
internal import SQLite
internal import Updates

/// Stores updates as rows of an SQLite file.
///
/// It commits when it is told to, rows and their place in the journal together.
public final class SQLiteSink: StoreSink {
    public static let kind = NodeKind(
        name: "sqlite", role: .sink, meaning: "Rows in an SQLite file: candles, profiles, ticks, signals and the rest",
        example: #"{ "kind": "sqlite", "path": "data/millrace.db" }"#
    ) { reader in
        let settings = SQLiteSettings(reading: &reader)
        return .store(
            holdings: [NodeFacts.Holding(field: "path", endpoint: settings.path)])
    }

    private let settings: SQLiteSettings
    private var session: SQLiteSession?

    public init(_ settings: SQLiteSettings) throws {
        self.settings = settings
        let folder = URL(filePath: settings.path).deletingLastPathComponent()
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw SQLiteStoreError.unreachable(path: settings.path, reason: error.localizedDescription)
        }
        session = try SQLiteSession(settings)
    }

    /// Updates that no row could be made of, since the start.
    public private(set) var rejected = 0

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        try stored { rejected += try $0.receive(records, from: origin) }
    }

    public func flush() {}

    public func beat(_ now: Timestamp) {}

    /// What was not committed with its place comes again.
    public func close() { session = nil }

    public func place(of node: String) throws -> JournalPlace? {
        try stored { try $0.place(of: node) }
    }

    public func commit(_ place: JournalPlace, of node: String) throws {
        try stored { session in
            try session.write(place, of: node)
            try session.commit()
        }
    }

    public func reopen() throws {
        session = nil
        session = try SQLiteSession(settings)
    }

    private func stored<Result>(_ work: (SQLiteSession) throws -> Result) throws -> Result {
        guard let session else { throw StoreUnavailable("\(settings.path) is not open") }
        do { return try work(session) } catch let error as SQLiteError { throw error.forStore(settings.path) }
    }
}
