import Engine
import Journal
import Memory
import Stores
import TestServers

/// The same updates in an SQLite file and, where a server can be started, in PostgreSQL.
final class StorePair {
    let file: StoreFile
    private let server: PostgresServer?
    private let rig: TimescaleRig?
    private let sink: SQLiteSink

    init() throws {
        file = try StoreFile()
        sink = try file.sink()
        server = PostgresServer.isAvailable ? try PostgresServer() : nil
        rig = try server.map { try TimescaleRig($0.url) }
    }

    func store(_ records: [UInt8], from origin: UpdateOrigin, position: UInt64) throws {
        let place = JournalPlace(journal: 1, position: position)
        let sinks = [sink] + (rig.map { [$0.sink as any StoreSink] } ?? [])
        for sink in sinks {
            try records.withRawSpan { try sink.receive($0, from: origin) }
            try sink.commit(place, of: origin.node)
        }
    }

    func readers() throws -> [any StoreReader] {
        var readers: [any StoreReader] = [try SQLiteReader(path: file.path)]
        if let rig { readers.append(try TimescaleReader(rig.settings)) }
        return readers
    }
}
