import Analytics
import Foundation
import Journal
import Market
import Memory
import Rings
import TestPrograms
import Testing
import Updates

@testable import Engine

/// The numbers that outlive the records which bore them.
@Suite struct `Last numbers of a journal of updates` {
    private let folder: URL
    private var path: String { folder.path() }

    init() throws { folder = try RunningProgram.temporaryFolder() }

    /// A writer's life from its opening on, beside a list of what it must know.
    private final class Session {
        let journal: UpdateJournal
        let progress = JournalProgress()
        private let topics: [TopicEntry]
        private var names: [String]
        private let origin: UpdateOrigin

        init(in path: String, topics: [TopicEntry], more: [String], told: Guarded<[String]>) throws {
            self.topics = topics
            let plan = UpdateJournalPlan(
                node: "flow", topics: TopicTable(topics), folder: path,
                settings: JournalSettings(segmentLimit: 2_048, sync: .never, keepBytes: 1),
                limitBytes: nil, progress: progress,
                taken: Tally(), newId: { 77 })
            journal = try UpdateJournal(plan, links: Shelf(capacity: 1), followers: []) { line in
                told.withLock { $0.append(line) }
            }
            let known = journal.symbols.map(\.name)
            let all = known + more.filter { !known.contains($0) }
            names = all
            origin = UpdateOrigin(node: "flow", topics: TopicTable(topics)) { index in
                guard let symbol = Symbol(all[Int(index)]) else { preconditionFailure("A name must be a symbol's.") }
                return (symbol, 1)
            }
        }

        /// Hands in some updates, new ones and ones made again; returns how many are new.
        func play(_ count: Int, _ known: inout [String: UInt64], _ chance: inout SeededChance) throws -> Int {
            var buffer = ByteBuffer()
            var news = 0
            for _ in 0..<count {
                let (symbol, slot) = (chance.below(names.count), chance.below(topics.count))
                let topic = topics[slot].prefix + names[symbol]
                let last = known[topic] ?? 0
                let isNew = last == 0 || chance.below(3) > 0
                let number = isNew ? last + 1 + UInt64(chance.below(2)) : 1 + UInt64(chance.below(Int(last)))
                if isNew { (news, known[topic]) = (news + 1, number) }
                let (time, size) = (Timestamp(nanoseconds: Int64(number)), UInt32(UpdateHead.size))
                buffer.append(UInt32(RecordHead.size) + size)
                buffer.append(UInt32(symbol))
                buffer.append(UInt16(slot))
                buffer.append(topics[slot].layout.template)
                buffer.append(size)
                buffer.append(
                    UpdateHead(
                        number: number, start: time, end: time, revision: 0, final: true, reason: .none,
                        quality: .whole))
            }
            try buffer.withBytes { try journal.receive($0, from: origin) }
            try journal.flush()
            return news
        }
    }

    private static let topics = (0..<6).map { TopicEntry(prefix: "t\($0)/", layout: CandleUpdate.layout) }

    /// Every number that is in the journal, found by looking at each record.
    private func recount() throws -> [String: UInt64] {
        var reader = try JournalReader(opening: path)
        let definitions = try reader.lastDefinitions()
        let topics = JournalTopics(definitions).topics
        let symbols = definitions.filter { $0.kind == .symbol }.sorted { $0.key < $1.key }
        try reader.seek(behind: 0)
        var last: [String: UInt64] = [:]
        while try reader.next({ _, bytes in
            RecordReader.forEach(in: bytes) { head, update in
                let name = SymbolDefinition(symbols[Int(head.symbol)].bytes)?.name ?? ""
                let topic = topics[Int(head.slot)].prefix + name
                last[topic] = max(last[topic] ?? 0, RecordReader.updateHead(of: update).number)
            }
        }) {}
        return last
    }

    private func damage(_ chance: inout SeededChance) throws {
        let file = folder.appending(path: "numbers")
        guard var bytes = try? Data(contentsOf: file) else { return }
        switch chance.below(4) {
        case 0: try FileManager.default.removeItem(at: file)
        case 1:
            bytes[chance.below(bytes.count)] ^= UInt8(1 << chance.below(8))
            try bytes.write(to: file)
        case 2: try bytes.prefix(chance.below(bytes.count)).write(to: file)
        case _: break
        }
    }

    /// As a machine that stops leaves it: the last bytes are not there.
    private func cut(_ chance: inout SeededChance) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".mrj") }.sorted()
        let last = folder.appending(path: try #require(names.last))
        let bytes = try Data(contentsOf: last)
        try bytes.prefix(bytes.count - chance.below(min(bytes.count - 64, 400))).write(to: last)
    }

    /// One writer's life, which ends by a close or a kill.
    private func live(
        _ trims: Bool, _ told: Guarded<[String]>, _ known: inout [String: UInt64], _ head: inout Int,
        _ chance: inout SeededChance
    ) throws {
        let topics = Self.topics.shuffled(using: &chance).prefix(1 + chance.below(Self.topics.count))
        let more = (0..<5).map { "S\($0)" }.filter { _ in chance.below(2) == 0 } + ["S9"]
        let session = try Session(in: path, topics: Array(topics), more: more, told: told)
        #expect(session.progress.head.value == head)
        for _ in 0..<chance.below(12) {
            head += try session.play(1 + chance.below(20), &known, &chance)
            #expect(session.progress.head.value == head)
            if trims, chance.below(3) == 0 { session.progress.spare.add(head - session.progress.spare.value) }
            if chance.below(3) == 0 { try session.journal.beat(Timestamp(nanoseconds: 0)) }
        }
        if chance.below(2) == 0 { try session.journal.close() }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `are what looking at every record finds, over kills, trims, cuts and damaged files`(seed: UInt64) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var chance = SeededChance(seed: seed &+ Campaign.seed)
        let trims = seed % 2 == 0
        var (known, head) = ([String: UInt64](), 0)
        let told = Guarded<[String]>([])
        for _ in 0..<Campaign.rounds(8, each: 30) {
            try live(trims, told, &known, &head, &chance)
            guard !trims else { continue }
            if chance.below(3) == 0 { try damage(&chance) }
            guard chance.below(3) == 0 else { continue }
            // The file may be ahead of the journal now.
            try cut(&chance)
            _ = try JournalWriter(
                opening: path, content: .updates, settings: JournalSettings(segmentLimit: 2_048, sync: .never),
                newId: 1)
            known = try recount()
            head = Int(try JournalReader(opening: path).head)
        }
        if trims {
            #expect(try JournalReader(opening: path).oldest > 1)
            #expect(told.withLock { $0 } == [])
        }
    }

    @Test func `a file that is damaged or of another journal is named, and the journal read instead`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "numbers")
        let told = Guarded<[String]>([])
        var (known, chance) = ([String: UInt64](), SeededChance(seed: 6))
        func open() throws -> Session { try Session(in: path, topics: Self.topics, more: ["A"], told: told) }
        do { _ = try open().play(50, &known, &chance) }
        let whole = try Data(contentsOf: file)
        for place in 0..<whole.count {
            var bytes = whole
            bytes[place] ^= 1
            #expect(LastNumbers(Array(bytes)) == nil && LastNumbers(Array(whole.prefix(place))) == nil)
        }
        let other = LastNumbers(place: JournalPlace(journal: 9, position: 3), topics: [], lines: [])
        try other.write(in: path)
        do { _ = try open() }
        #expect(told.withLock { $0.joined().contains("numbers is not used, the journal itself is read: it is of") })
        try whole.dropLast().write(to: file)
        let session = try open()
        #expect(told.withLock { $0.joined().contains("it is damaged") })
        let head = session.progress.head.value
        #expect(try session.play(50, &known, &chance) == session.progress.head.value - head)
    }

    @Test func `a start reads what lies behind them and nothing else`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var (known, chance) = ([String: UInt64](), SeededChance(seed: 4))
        let told = Guarded<[String]>([])
        do {
            let session = try Session(in: path, topics: Self.topics, more: ["A", "B"], told: told)
            for _ in 0..<20 { _ = try session.play(30, &known, &chance) }
            try session.journal.close()
        }
        // A byte of the oldest record: whoever reads it says so.
        let file = folder.appending(path: "00000000000000000001.mrj")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 20] ^= 1
        try bytes.write(to: file)
        let session = try Session(in: path, topics: Self.topics, more: [], told: told)
        let head = session.progress.head.value
        #expect(try session.play(200, &known, &chance) == session.progress.head.value - head)
        #expect(told.withLock { $0 } == [])
    }

    @Test func `a symbol takes its numbers along to another journal, whatever the order of topics there`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (here, there) = (path + "/here", path + "/there")
        var (known, others, chance) = ([String: UInt64](), [String: UInt64](), SeededChance(seed: 5))
        let told = Guarded<[String]>([])
        do {
            let one = try Session(in: here, topics: Self.topics, more: ["A", "B", "C"], told: told)
            for _ in 0..<20 { _ = try one.play(30, &known, &chance) }
            let other = try Session(in: there, topics: [Self.topics[4], Self.topics[1]], more: ["X", "Y"], told: told)
            for _ in 0..<5 { _ = try other.play(30, &others, &chance) }
        }
        var first = try LastNumbers(of: here) { line in told.withLock { $0.append(line) } }
        var second = try LastNumbers(of: there) { line in told.withLock { $0.append(line) } }
        second.put(first.take(["B", "C"]))
        #expect(first.lines.map(\.symbol.name) == ["A"])
        #expect(second.lines.map(\.symbol.name) == ["X", "Y", "B", "C"])
        try first.write(in: here)
        try second.write(in: there)
        others.merge(known.filter { !$0.key.hasSuffix("A") }) { $1 }
        let session = try Session(in: there, topics: Self.topics, more: [], told: told)
        #expect(session.journal.symbols.map(\.name) == ["X", "Y", "B", "C"])
        let head = session.progress.head.value
        #expect(try session.play(300, &others, &chance) == session.progress.head.value - head)
        #expect(told.withLock { $0 } == [])
        var back = try LastNumbers(of: there) { _ in }
        first.put(back.take(["B", "C"]))
        #expect(first.lines.count == 3 && back.lines.count == 2)
    }
}
