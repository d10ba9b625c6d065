import Foundation
import Journal
import Market
import Memory
import TestPrograms
import Testing

@Suite struct `Beside a writer` {
    @Test func `a reader on another thread gets every event once, in order`() async throws {
        let place = try JournalPlaceOnDisk()
        let path = place.path
        let settings = JournalSettings(segmentLimit: 64 << 10, sync: .never, indexStride: 4096)
        let total: UInt64 = 60_000
        var writer = try JournalWriter(opening: path, content: .events, settings: settings, newId: 5)
        try writer.appendNumbered(1)
        let reading = Task.detached {
            var reader = try JournalReader(opening: path)
            var expected: UInt64 = 1
            while expected <= total {
                let found = try reader.next { batch, bytes in
                    #expect(batch.first == expected)
                    #expect(bytes.events == Numbered.events(from: expected, count: batch.count))
                    expected = batch.last + 1
                }
                if !found { await Task.yield() }
            }
            return reader.definitions
        }
        var chance = SeededChance(seed: Campaign.seed + 3)
        while writer.head < total {
            if chance.below(20) == 0 {
                try writer.define(JournalDefinition(kind: .symbol, key: UInt32(chance.below(50)), bytes: [7]))
            }
            try writer.appendNumbered(min(1 + chance.below(100), Int(total - writer.head)))
        }
        let definitions = try await reading.value
        #expect(Set(definitions) == Set(writer.definitions))
    }

    @Test func `an archive holds the same journal`() throws {
        let place = try JournalPlaceOnDisk()
        let settings = JournalSettings(segmentLimit: 4096, sync: .never)
        var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 5)
        for _ in 0..<9 { try writer.appendNumbered(30) }
        try writer.trim(before: 100)
        try writer.define(SymbolDefinition(name: "BTC/USD", sizeStep: 10, tick: 10).definition(of: 3))
        let file = place.folder.appending(path: "journal.mrja").path()
        let packed = try JournalArchive.pack(place.path, into: file)
        #expect(packed.oldest == writer.oldest && packed.head == 270 && packed.id == 5)
        let other = place.folder.appending(path: "other").path()
        let restored = try JournalArchive.restore(file, into: other)
        #expect(restored.id == 5 && restored.head == 270)
        let survey = try JournalSurvey(of: other)
        #expect(survey.oldest == writer.oldest && survey.definitions == writer.definitions)
        #expect(survey.segments.map(\.first) == (try JournalSurvey(of: place.path).segments.map(\.first)))
        #expect(throws: JournalError.notEmpty(folder: other)) { _ = try JournalArchive.restore(file, into: other) }
        #expect(throws: JournalError.self) { _ = try JournalArchive.pack(place.path, into: file) }
        // Any flipped bit of the archive is found, and nothing stays behind.
        let bytes = try Data(contentsOf: URL(filePath: file))
        for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
            var broken = bytes
            broken[place] ^= 1
            try broken.write(to: URL(filePath: file))
            let third = URL(filePath: other).deletingLastPathComponent().appending(path: "third").path()
            // Some bits of zstd's own head say nothing that matters here.
            if (try? JournalArchive.restore(file, into: third)) != nil {
                #expect(try JournalVerification(of: third).records == JournalVerification(of: other).records)
                try FileManager.default.removeItem(atPath: third)
            } else {
                #expect(try FileManager.default.contentsOfDirectory(atPath: third).isEmpty, "byte \(place)")
            }
        }
    }
}
