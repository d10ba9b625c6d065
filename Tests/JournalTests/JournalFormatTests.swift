import Foundation
import Market
import Memory
import TestPrograms
import Testing

@testable import Journal

/// docs/journal.md is held against the bytes.
@Suite struct `The document of the journal` {
    private static let document = PythonProgram.root.appending(path: "docs/journal.md")

    /// The rows of the table under a heading: offset, bytes, name.
    private static func rows(under heading: String) throws -> [(offset: Int, size: Int, name: String)] {
        let text = try String(contentsOf: document, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## \(heading)\n").dropFirst().first)
        let own = section.components(separatedBy: "\n## ")[0]
        return own.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 6, let offset = Int(cells[1]), let size = Int(cells[2]) else { return nil }
            return (offset, size, cells[3].replacing("`", with: ""))
        }
    }

    /// The value of a field where the document says that it stands.
    private static func value(_ bytes: [UInt8], _ row: (offset: Int, size: Int, name: String)) -> UInt64 {
        bytes[row.offset..<row.offset + row.size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Every named field has its value, the rows fill the whole without holes, and unnamed ones are 0.
    private static func check(_ heading: String, _ bytes: [UInt8], _ expected: [String: UInt64]) throws {
        let rows = try rows(under: heading)
        var end = 0
        for row in rows {
            #expect(row.offset == end, "\(heading): \(row)")
            end = row.offset + row.size
            if row.name.isEmpty {
                #expect(bytes[row.offset..<end].allSatisfy { $0 == 0 })
            } else {
                #expect(value(bytes, row) == expected[row.name], "\(heading): \(row.name)")
            }
        }
        #expect(end == bytes.count)
        #expect(Set(rows.map(\.name)).subtracting([""]) == Set(expected.keys))
    }

    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        UInt64(Array(bytes).withRawSpan { Checksum.castagnoli($0) })
    }

    @Test func `the head of a segment`() throws {
        let head = SegmentHead(
            content: .updates, journal: 0x1122_3344_5566_7788, first: 42, created: Timestamp(nanoseconds: 7),
            before: Timestamp(nanoseconds: 9))
        var buffer = ByteBuffer()
        head.encode(into: &buffer)
        let bytes = buffer.withBytes { $0.array }
        try Self.check(
            "The head of a segment", bytes,
            [
                "magic": 0x4543_4152_4C4C_494D, "version": 1, "content": 2, "journal": 0x1122_3344_5566_7788,
                "first": 42, "created": 7, "before": 9, "checksum": Self.checksum(bytes[0..<60]),
            ])
        #expect(String(decoding: bytes[0..<8], as: UTF8.self) == "MILLRACE")
        let decoded = try bytes.withRawSpan { bytes throws(JournalError) in try SegmentHead.decode(bytes, path: "") }
        #expect(decoded == head)
    }

    @Test func `a batch, a definition and an index entry`() throws {
        let head = BatchHead(
            kind: .definitions, payloadChecksum: 77, byteCount: 640, first: 12, count: 10, definitions: 128,
            earliest: Timestamp(nanoseconds: 3), latest: Timestamp(nanoseconds: 4), settled: 4096)
        var buffer = ByteBuffer()
        head.encode(into: &buffer, journal: 99)
        let bytes = buffer.withBytes { $0.array }
        try Self.check(
            "A batch", bytes,
            [
                "kind": 0x444A_524D, "checksum": Self.checksum(bytes[8..<64]), "payloadChecksum": 77, "byteCount": 640,
                "first": 12, "count": 10, "definitions": 128, "earliest": 3, "latest": 4, "settled": 4096,
                "journal": 99,
            ])
        #expect(bytes.withRawSpan { BatchHead.decode($0, journal: 99) } == head)
        #expect(bytes.withRawSpan { BatchHead.decode($0, journal: 98) } == nil)
        buffer.removeAll()
        JournalDefinition(kind: .topic, key: 5, bytes: [1, 2, 3]).encode(into: &buffer)
        let definition = buffer.withBytes { $0.array }
        try Self.check("A definition", Array(definition.prefix(16)), ["kind": 2, "key": 5, "byteCount": 3])
        #expect(Array(definition[16...]) == [1, 2, 3, 0, 0, 0, 0, 0])
        buffer.removeAll()
        IndexEntry(first: 8, offset: 640, before: Timestamp(nanoseconds: 6)).encode(into: &buffer, journal: 99)
        let entry = buffer.withBytes { $0.array }
        let sum = Self.checksum(entry[0..<24] + [99, 0, 0, 0, 0, 0, 0, 0])
        try Self.check("The index", entry, ["first": 8, "offset": 640, "before": 6, "checksum": sum])
    }

    @Test func `symbols and topics come back from their bytes`() {
        let symbol = SymbolDefinition(name: "BTC/USD", sizeStep: 10, tick: 10_000_000)
        #expect(SymbolDefinition(symbol.bytes) == symbol)
        #expect(symbol.bytes.count == 16 + 7)
        let topic = TopicDefinition(prefix: "candle/1m/", template: 3, layoutSize: 96)
        #expect(TopicDefinition(topic.bytes) == topic)
        #expect(SymbolDefinition([1, 2]) == nil)
        #expect(TopicDefinition([1, 2, 3, 4, 65]) == nil)
    }
}
