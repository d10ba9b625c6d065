import Engine
import Foundation
import Graph
import Journal
import Memory
import Postgres
import Stores
import TestServers
import Testing

/// A sink on a server, fed as the engine feeds it.
final class TimescaleRig {
    static let journal: UInt64 = 0xFEDC_BA98_7654_3210
    static let schema = "mill\"race; x"

    let settings: TimescaleSettings
    private(set) var sink: TimescaleSink
    /// What the operator was told.
    let told = Lines()

    init(_ url: String, _ extra: String = "", timeout: String = "5s", lock: String = "200ms") throws {
        settings = try TimescaleRig.settings(url, extra, timeout: timeout, lock: lock)
        let told = told
        sink = try TimescaleSink.open(settings) { told.append($0) }
    }

    static func settings(
        _ url: String, _ extra: String = "", timeout: String = "5s", lock: String = "200ms"
    ) throws -> TimescaleSettings {
        func quoted(_ text: String) -> String {
            "\"" + text.replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        let text = """
            { "url": \(quoted(url)), "schema": \(quoted(schema)), "statementTimeout": "\(timeout)", \
            "lockTimeout": "\(lock)"\(extra) }
            """
        let object = SettingsObject(try JSONParser.parse(Array(text.utf8)), path: .root)
        let (settings, faults) = SettingsReader.read(TimescaleSettings.self, from: object)
        try #require(faults.isEmpty, "\(faults)")
        return settings
    }

    /// Feeds from the stored place to `end`, with a commit every `step` updates.
    func feed(_ input: StoreInput, to end: Int, step: Int, journal: UInt64 = TimescaleRig.journal) throws {
        let origin = input.origin
        let stored = try sink.place(of: StoreInput.node)
        var position = stored?.journal == journal ? Int(stored?.position ?? 0) : 0
        while position < end {
            let next = min(position + step, end)
            for entry in input.entries[position..<next] {
                try entry.record.withRawSpan { try sink.receive($0, from: origin) }
            }
            try sink.commit(JournalPlace(journal: journal, position: UInt64(next)), of: StoreInput.node)
            position = next
        }
    }

    /// The same, through as many losses of the store as come.
    func persist(_ input: StoreInput, to end: Int, step: Int) throws -> Int {
        var losses = 0
        var isLost = false
        while true {
            do {
                if isLost { try sink.reopen() }
                isLost = false
                try feed(input, to: end, step: step)
                return losses
            } catch let error as StoreUnavailable {
                guard losses < 2_000 else { throw error }
                isLost = true
                losses += 1
                usleep(20_000)
            }
        }
    }

    func connect() throws -> Connection { try Connection(to: settings.address) }

    func query(_ statement: String) throws -> String? {
        var connection = try connect()
        try connection.run("SET search_path TO \(Connection.quoted(TimescaleRig.schema))")
        let rows = try connection.query(statement)
        return rows.count > 0 ? rows.text(0, 0) : nil
    }

    func run(_ statement: String) throws {
        var connection = try connect()
        try connection.run("SET search_path TO \(Connection.quoted(TimescaleRig.schema)); \(statement)")
    }

    /// Runs a statement that must not be part of others.
    func run(alone statement: String) throws {
        var connection = try connect()
        try connection.run(statement)
    }

    /// Takes everything away that a rig has made.
    static func drop(_ url: String) throws {
        var connection = try Connection(to: settings(url).address)
        try connection.run("DROP SCHEMA IF EXISTS \(Connection.quoted(schema)) CASCADE")
    }

    /// Holds every table of updates against what the updates say.
    func check(_ input: StoreInput, upTo count: Int, _ location: SourceLocation = #_sourceLocation) throws {
        let expected = try StoredText(input, upTo: count)
        var connection = try connect()
        for table in StoredTables.all where table.time != nil {
            let stored = try StoredText.stored(table, schema: TimescaleRig.schema, on: &connection)
            let wanted = expected.sorted(table)
            let firstDifference = zip(stored, wanted).first { $0 != $1 }
            let difference = firstDifference.map { "\($0) instead of \($1)" } ?? ""
            #expect(
                stored == wanted, "\(table.name): \(stored.count) of \(wanted.count); \(difference)",
                sourceLocation: location)
        }
    }
}

/// Lines from several threads.
final class Lines: @unchecked Sendable {
    // Sendable: guarded by the lock.
    private let lock = NSLock()
    private var texts: [String] = []
    var all: [String] { lock.withLock { texts } }
    func append(_ text: String) { lock.withLock { texts.append(text) } }
}
