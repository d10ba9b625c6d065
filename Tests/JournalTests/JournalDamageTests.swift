import Foundation
import Journal
import Market
import Memory
import TestPrograms
import Testing

/// What a crash or a bad disk leaves behind.
@Suite struct `A damaged journal` {
    /// A journal of one segment with batches and definitions, and where its batches of records end.
    private static func journal(_ place: JournalPlaceOnDisk) throws -> [(end: Int, head: UInt64)] {
        let settings = JournalSettings(sync: .batches)
        var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 3)
        var ends = [(writer.byteCount, UInt64(0))]
        for round in 0..<5 {
            try writer.define(JournalDefinition(kind: .symbol, key: UInt32(round), bytes: [1, 2, 3]))
            ends.append((writer.byteCount, writer.head))
            try writer.appendNumbered(1 + round)
            ends.append((writer.byteCount, writer.head))
        }
        return ends
    }

    private static func events(_ path: String) throws -> [MarketEvent] {
        var reader = try JournalReader(opening: path)
        var events: [MarketEvent] = []
        while try reader.next({ _, bytes in events += bytes.events }) {}
        return events
    }

    @Test func `a tail torn at any byte is cut to the last whole batch`() throws {
        let place = try JournalPlaceOnDisk()
        let ends = try Self.journal(place)
        let segment = try place.files("mrj")[0]
        let whole = try Data(contentsOf: segment)
        #expect(whole.count == ends.last?.end)
        for length in ends[0].end..<whole.count {
            try whole.prefix(length).write(to: segment)
            let last = try #require(ends.last { $0.end <= length })
            let read = try Self.events(place.path)
            #expect(read == Numbered.events(from: 1, count: Int(last.head)))
            var writer = try JournalWriter(
                opening: place.path, content: .events, settings: JournalSettings(sync: .never), newId: 4)
            #expect(writer.id == 3)
            #expect(writer.head == last.head)
            #expect(writer.byteCount == last.end)
            #expect((writer.repair == nil) == (length == last.end))
            #expect(writer.repair?.removedBytes ?? 0 == length - last.end)
            try writer.appendNumbered(2)
            #expect(try Self.events(place.path) == Numbered.events(from: 1, count: Int(last.head) + 2))
        }
    }

    @Test func `a flipped bit anywhere is an error, or a cut at the end, and never another value`() throws {
        let place = try JournalPlaceOnDisk()
        let ends = try Self.journal(place)
        let segment = try place.files("mrj")[0]
        let whole = try Data(contentsOf: segment)
        let good = Numbered.events(from: 1, count: Int(ends[ends.count - 1].head))
        let lastBatch = ends[ends.count - 2]
        let lastSynced = ends[ends.count - 3]
        for byte in 0..<whole.count {
            var bytes = whole
            bytes[byte] ^= UInt8(1 << (byte % 8))
            try bytes.write(to: segment)
            do {
                let read = try Self.events(place.path)
                // Only the last batch can be taken for one that is still being written.
                #expect(byte >= lastBatch.end, "byte \(byte)")
                #expect(read == Array(good.prefix(Int(lastBatch.head))))
            } catch {
                #expect(byte < lastBatch.end, "byte \(byte): \(error)")
                if case JournalError.damaged(let damage) = error {
                    #expect(damage.offset <= byte && byte < damage.offset + 512)
                }
            }
            do {
                let writer = try JournalWriter(
                    opening: place.path, content: .events, settings: JournalSettings(sync: .never), newId: 4)
                // The last definitions and the last batch were synced together, and nothing behind them says so.
                #expect(byte >= lastSynced.end, "byte \(byte)")
                #expect(writer.head == lastSynced.head)
                #expect(writer.repair?.removedBatches == (byte < lastBatch.end ? 1 : 0))
            } catch {
                #expect(byte < lastSynced.end, "byte \(byte)")
                #expect(try Data(contentsOf: segment) == bytes)
            }
        }
    }

    @Test func `a hole in what was never synced is cut, with what stands behind it`() throws {
        let place = try JournalPlaceOnDisk()
        let settings = JournalSettings(sync: .interval(.seconds(1)))
        var ends: [Int] = []
        do {
            var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 3)
            try writer.appendNumbered(4)
            try writer.sync()
            for _ in 0..<4 {
                ends.append(writer.byteCount)
                try writer.appendNumbered(4)
            }
        }
        let segment = try place.files("mrj")[0]
        let whole = try Data(contentsOf: segment)
        var holed = whole
        for byte in ends[1]..<ends[2] { holed[byte] = 0 }
        try holed.write(to: segment)
        do {
            let writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 3)
            #expect(writer.head == 8)
            #expect(writer.repair?.removedBatches == 2)
        }
        // The same hole in what was synced is no torn tail.
        holed = whole
        for byte in 64..<ends[0] { holed[byte] = 0 }
        try holed.write(to: segment)
        #expect {
            _ = try JournalWriter(opening: place.path + "/", content: .events, settings: settings, newId: 3)
        } throws: { error in
            guard case JournalError.damaged(let damage) = error else { return false }
            return damage.offset == 64 && damage.position == 0
        }
    }

    @Test func `a segment that is missing or cut is named`() throws {
        let place = try JournalPlaceOnDisk()
        do {
            let settings = JournalSettings(segmentLimit: 1024, sync: .never)
            var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 3)
            for _ in 0..<5 { try writer.appendNumbered(16) }
        }
        let segments = try place.files("mrj")
        #expect(segments.count == 5)
        let third = try Data(contentsOf: segments[2])
        try FileManager.default.removeItem(at: segments[2])
        #expect {
            _ = try Self.events(place.path)
        } throws: { error in
            guard case JournalError.damaged(let damage) = error else { return false }
            return damage.position == 32 && damage.file == segments[1].path()
        }
        for length in [third.count - 1, third.count - 64 * 16 - 64, 64, 10, 0] {
            try third.prefix(length).write(to: segments[2])
            #expect(throws: JournalError.self) { _ = try Self.events(place.path) }
        }
    }
}
