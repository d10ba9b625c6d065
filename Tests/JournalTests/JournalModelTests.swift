import Foundation
import Journal
import Market
import Memory
import TestPrograms
import Testing

/// What a journal must say, as plain lists.
struct ModelJournal {
    struct Batch {
        let first: UInt64
        let count: Int
        let latest: Timestamp
        /// How many definitions were said before it.
        let definitions: Int
        var last: UInt64 { first + UInt64(count) - 1 }
    }

    var batches: [Batch] = []
    var said: [JournalDefinition] = []
    var head: UInt64 { batches.last?.last ?? 0 }

    /// Those that hold after so many were said.
    func definitions(after count: Int) -> [JournalDefinition] {
        var list: [JournalDefinition] = []
        for definition in said.prefix(count) {
            if let place = list.firstIndex(where: { $0.kind == definition.kind && $0.key == definition.key }) {
                list[place] = definition
            } else {
                list.append(definition)
            }
        }
        return list
    }

    /// The batch that a reader behind a position gets next.
    func batch(behind position: UInt64) -> Batch? { batches.first { $0.last > position } }
}

/// One run of chance through a writer and readers.
final class JournalCampaign {
    let place: JournalPlaceOnDisk
    let content: JournalContent
    var chance: SeededChance
    var model = ModelJournal()
    var settings: JournalSettings

    init(seed: UInt64, content: JournalContent) throws {
        place = try JournalPlaceOnDisk()
        self.content = content
        chance = SeededChance(seed: seed)
        settings = JournalSettings(
            segmentLimit: 1024 + chance.below(12_000), sync: .never, indexStride: 1 + chance.below(3_000))
    }

    /// A record that says its position: an event, or an update as an outbox writes it, of a length by its position.
    static func record(_ position: UInt64, _ content: JournalContent) -> [UInt8] {
        switch content {
        case .events: return unsafe withUnsafeBytes(of: Numbered.event(position)) { unsafe Array($0) }
        case .updates:
            let payload = 56 + Int(position % 9)
            let length = 16 + (payload + 7) & ~7
            var bytes = [UInt8](repeating: UInt8(position % 251), count: length)
            for (offset, value) in [(0, length), (4, Int(position)), (8, 0), (12, payload)] {
                unsafe withUnsafeBytes(of: UInt32(value)) {
                    unsafe bytes.replaceSubrange(offset..<offset + 4, with: $0)
                }
            }
            return bytes
        }
    }

    func records(from first: UInt64, to last: UInt64) -> [UInt8] {
        first > last ? [] : (first...last).flatMap { Self.record($0, content) }
    }

    func open() throws -> JournalWriter {
        try JournalWriter(opening: place.path, content: content, settings: settings, newId: 99)
    }

    func change(_ writer: inout JournalWriter) throws {
        switch chance.below(10) {
        case 0, 1:
            let definition = JournalDefinition(
                kind: chance.below(2) == 0 ? .symbol : .topic, key: UInt32(chance.below(6)),
                bytes: (0..<chance.below(90)).map { UInt8($0) })
            try writer.define(definition)
            // What holds already is not written again.
            if !model.definitions(after: model.said.count).contains(definition) { model.said.append(definition) }
        case 2: try writer.trim(before: UInt64(chance.below(Int(model.head) + 2)))
        case 3: try writer.sync()
        default:
            let count = 1 + chance.below(20)
            let first = model.head + 1
            // Times go up on the whole, and back at times.
            let latest = Timestamp(nanoseconds: max(1, Int64(first) * 10 - Int64(chance.below(300))))
            try records(from: first, to: first + UInt64(count) - 1).withRawSpan { bytes in
                try writer.append(bytes, count: count, earliest: Timestamp(nanoseconds: 1), latest: latest)
            }
            model.batches.append(
                ModelJournal.Batch(first: first, count: count, latest: latest, definitions: model.said.count))
        }
        #expect(writer.head == model.head)
        #expect(writer.definitions == model.definitions(after: model.said.count))
    }

    /// Reads on from a reader's place and compares up to so many batches.
    func read(_ reader: inout JournalReader, atMost limit: Int) throws {
        for _ in 0..<limit {
            let position = reader.position
            var lent: (JournalBatch, [UInt8])?
            let found = try reader.next { lent = ($0, $1.array) }
            let expected = model.batch(behind: position)
            #expect(found == (expected != nil))
            guard let expected, let lent else { return }
            #expect(lent.0.first == position + 1)
            #expect(lent.0.last == expected.last)
            #expect(lent.0.latest == expected.latest)
            #expect(lent.1 == records(from: position + 1, to: expected.last))
            #expect(reader.position == expected.last)
            #expect(reader.definitions == model.definitions(after: expected.definitions))
        }
    }

    /// Seeks anywhere: in the journal, before and behind it.
    func seekAnywhere(_ reader: inout JournalReader, oldest: UInt64) throws {
        let target = UInt64(chance.below(Int(model.head) + 4))
        do {
            try reader.seek(behind: target)
            #expect(target == 0 || (target + 1 >= oldest && target <= model.head))
            #expect(reader.position == (target == 0 ? oldest - 1 : target))
            let said = model.batch(behind: reader.position)?.definitions ?? model.said.count
            #expect(reader.definitions == model.definitions(after: said))
        } catch {
            if case JournalError.trimmed(let found) = error {
                #expect(found == oldest && target + 1 < oldest)
            } else {
                #expect(error == .ahead(head: model.head))
                #expect(target > model.head)
            }
        }
    }

    func seekTime(_ reader: inout JournalReader, oldest: UInt64) throws {
        let time = Timestamp(nanoseconds: Int64(chance.below(Int(model.head) * 10 + 100)))
        try reader.seek(time: time)
        let expected = model.batches.first { $0.first >= oldest && $0.latest >= time }
        #expect(reader.position == expected.map { $0.first - 1 } ?? model.head)
    }
}

@Suite struct `A journal is a list` {
    @Test(arguments: JournalContent.allCases)
    func `whatever is appended, defined, trimmed, opened and sought`(_ content: JournalContent) throws {
        for seed in 0..<UInt64(12 * Campaign.factor) {
            let campaign = try JournalCampaign(seed: Campaign.seed + seed, content: content)
            var writer = try campaign.open()
            for round in 0..<25 {
                for _ in 0..<campaign.chance.below(12) { try campaign.change(&writer) }
                var reader = try JournalReader(opening: campaign.place.path)
                #expect(reader.oldest == writer.oldest)
                #expect(reader.head == writer.head, "seed \(seed), round \(round)")
                try campaign.read(&reader, atMost: campaign.chance.below(30))
                for _ in 0..<3 {
                    try campaign.seekAnywhere(&reader, oldest: writer.oldest)
                    try campaign.read(&reader, atMost: campaign.chance.below(10))
                    try campaign.seekTime(&reader, oldest: writer.oldest)
                    try campaign.read(&reader, atMost: campaign.chance.below(5))
                }
            }
        }
    }

    @Test func `a writer goes on where another has ended`() throws {
        for seed in 0..<UInt64(10 * Campaign.factor) {
            let campaign = try JournalCampaign(seed: Campaign.seed + seed, content: .events)
            for _ in 0..<8 {
                var writer = try campaign.open()
                #expect(writer.repair == nil)
                #expect(writer.id == 99)
                for _ in 0..<campaign.chance.below(20) { try campaign.change(&writer) }
            }
            var reader = try JournalReader(opening: campaign.place.path)
            try campaign.read(&reader, atMost: 1_000)
            #expect(reader.position == campaign.model.head)
        }
    }

    @Test func `an index that is missing, stale or damaged changes nothing`() throws {
        for seed in 0..<UInt64(8 * Campaign.factor) {
            let campaign = try JournalCampaign(seed: Campaign.seed + 500 + seed, content: .events)
            var writer = try campaign.open()
            for _ in 0..<120 { try campaign.change(&writer) }
            let indices = try campaign.place.files("mri")
            let contents = try indices.map { try Data(contentsOf: $0) }
            for (index, content) in zip(indices, contents) {
                var bytes = content
                switch campaign.chance.below(4) {
                case 0: try FileManager.default.removeItem(at: index)
                case 1: try contents.randomElement(using: &campaign.chance)?.write(to: index)
                case 2 where !bytes.isEmpty:
                    bytes[campaign.chance.below(bytes.count)] ^= UInt8(1 << campaign.chance.below(8))
                    try bytes.write(to: index)
                default: try bytes.prefix(campaign.chance.below(bytes.count + 1)).write(to: index)
                }
            }
            var reader = try JournalReader(opening: campaign.place.path)
            for _ in 0..<20 {
                try campaign.seekAnywhere(&reader, oldest: writer.oldest)
                try campaign.read(&reader, atMost: 3)
                try campaign.seekTime(&reader, oldest: writer.oldest)
            }
        }
    }
}
