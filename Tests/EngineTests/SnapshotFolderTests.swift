import Foundation
import Journal
import Memory
import TestPrograms
import Testing

@testable import Engine

/// Snapshots on the disk.
@Suite struct SnapshotFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "snapshots-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path(percentEncoded: false))
    }

    private func snapshot(_ symbol: String, _ sequence: UInt64) -> Snapshot {
        Snapshot(
            symbol: symbol, place: JournalPlace(journal: 7, position: sequence + 1), sequence: sequence,
            bytes: (0..<200).map { UInt8(truncatingIfNeeded: $0 &* Int(sequence)) })
    }

    @Test func `the newest is read again as it was written, and two are kept`() throws {
        try withFolder { path in
            let folder = SnapshotFolder(path)
            for sequence in [3, 90, 1_000, 20_000] as [UInt64] { try folder.write(snapshot("AAPL", sequence)) }
            let found = try folder.newest(of: "AAPL") { _ in true }
            #expect(found.snapshot == snapshot("AAPL", 20_000) && found.damaged.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 2)
            #expect(try folder.newest(of: "AAP", where: { _ in true }).snapshot == nil)
        }
    }

    @Test func `a damaged one is named and the one before it is read`() throws {
        try withFolder { path in
            let folder = SnapshotFolder(path)
            try folder.write(snapshot("BTC/USD", 1))
            try folder.write(snapshot("BTC/USD", 2))
            let newest = try FileManager.default.contentsOfDirectory(atPath: path).sorted()[1]
            let file = URL(filePath: "\(path)/\(newest)")
            let whole = try Data(contentsOf: file)
            var chance = SeededChance(seed: 1)
            for round in 0..<400 {
                var damaged = whole
                if round % 2 == 0 {
                    damaged[chance.below(damaged.count)] ^= UInt8(1 << chance.below(8))
                } else {
                    damaged = damaged.prefix(chance.below(damaged.count))
                }
                try damaged.write(to: file)
                let found = try folder.newest(of: "BTC/USD") { _ in true }
                #expect(found.snapshot == snapshot("BTC/USD", 1) && found.damaged.count == 1)
                #expect(found.damaged.first?.description.contains(newest) == true)
            }
        }
    }

    @Test func `an unfinished file is nobody's snapshot`() throws {
        try withFolder { path in
            let folder = SnapshotFolder(path)
            try folder.write(snapshot("A", 1))
            let name = try FileManager.default.contentsOfDirectory(atPath: path)[0]
            try Data([1, 2]).write(to: URL(filePath: "\(path)/\(name.replacing("0001.", with: "0002.")).new"))
            #expect(try folder.newest(of: "A", where: { _ in true }).snapshot == snapshot("A", 1))
        }
    }

    @Test func `names of any symbol are files of this folder, and no two symbols share one`() throws {
        let long = String(repeating: "LONG/", count: 100)
        let symbols = [".", "..", "a.b", "a%2Eb", "../up", "ü", "A", "a", "A.1", long + "1", long + "2"]
        try withFolder { path in
            let folder = SnapshotFolder(path)
            for (index, symbol) in symbols.enumerated() { try folder.write(snapshot(symbol, UInt64(index))) }
            for (index, symbol) in symbols.enumerated() {
                #expect(try folder.newest(of: symbol, where: { _ in true }).snapshot == snapshot(symbol, UInt64(index)))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == symbols.count)
        }
    }

    @Test func `equal settings have equal marks, and any other has another`() {
        var settings = PrintSettings()
        let mark = SettingsMark.of(settings)
        #expect(mark == SettingsMark.of(PrintSettings()))
        settings.minimumNotional = 1
        #expect(mark != SettingsMark.of(settings))
        #expect(SettingsMark.of(["a": 1, "b": 2, "c": 3]) == SettingsMark.of(["c": 3, "b": 2, "a": 1]))
        #expect(
            SettingsMark.of(InlineArray<7, Double>(repeating: 1))
                != SettingsMark.of(InlineArray<7, Double>(repeating: 2)))
    }
}
