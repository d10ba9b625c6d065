import Foundation
import Journal
import Market
import Memory
import TestPrograms
import Testing

/// A folder that goes with the test.
final class JournalPlaceOnDisk {
    let folder: URL
    var path: String { folder.appending(path: "journal").path() }

    init() throws { folder = try RunningProgram.temporaryFolder() }
    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The files of the journal with an ending, by name.
    func files(_ ending: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "journal"), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == ending }.sorted { $0.path() < $1.path() }
    }
}

/// Events that say their position.
enum Numbered {
    static func event(_ position: UInt64) -> MarketEvent {
        var event = MarketEvent.trade(
            symbol: UInt32(position % 7), venueTime: time(position), receiveTime: time(position),
            price: Price(billionths: Int64(position) * 3), quantity: Quantity(steps: Int64(position) * 5))
        event.sequence = position
        return event
    }

    static func time(_ position: UInt64) -> Timestamp { Timestamp(nanoseconds: Int64(position) * 1_000) }

    static func events(from first: UInt64, count: Int) -> [MarketEvent] {
        (0..<count).map { event(first + UInt64($0)) }
    }
}

extension JournalWriter {
    /// Appends events that say their positions, behind the last one.
    mutating func appendNumbered(_ count: Int) throws {
        let events = Numbered.events(from: head + 1, count: count)
        try append(
            unsafe events.span.bytes, count: count, earliest: events[0].venueTime,
            latest: events[count - 1].venueTime)
    }
}

extension RawSpan {
    var events: [MarketEvent] {
        (0..<byteCount / 64).map { unsafe unsafeLoadUnaligned(fromByteOffset: $0 * 64, as: MarketEvent.self) }
    }
}

@Suite struct Journals {
    @Test func `what was appended comes back in order`() throws {
        let place = try JournalPlaceOnDisk()
        var writer = try JournalWriter(opening: place.path, content: .events, settings: JournalSettings(), newId: 7)
        #expect(writer.head == 0)
        #expect(writer.oldest == 1)
        try writer.define(JournalDefinition(kind: .source, key: 0, bytes: Array("market".utf8)))
        for count in [1, 64, 5] { try writer.appendNumbered(count) }
        var reader = try JournalReader(opening: place.path)
        #expect(reader.id == 7)
        #expect(reader.head == 70)
        var events: [MarketEvent] = []
        while try reader.next({ batch, bytes in
            #expect(batch.first == UInt64(events.count + 1))
            events += bytes.events
        }) {}
        #expect(events == Numbered.events(from: 1, count: 70))
        #expect(reader.definitions == writer.definitions)
        let more = try reader.next { _, _ in }
        #expect(!more)
        try writer.appendNumbered(3)
        let last = try reader.next { batch, _ in #expect(batch.last == 73) }
        #expect(last)
        #expect(reader.position == 73)
    }
}
