internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// Keeps all updates of a symbols node, in the order in which its lanes hand them over, before anybody else sees them.
///
/// It stands between the lanes and the sinks. What the journal holds already, because it was made again after a crash,
/// is left out here: nothing behind it ever sees an update twice. Stores read the journal itself, each at its own pace;
/// the other sinks get what was just written through links of their own.
final class UpdateJournal: Sink {
    /// Bytes that are written as one batch at most; a larger update is one by itself.
    private static let batchLimit = 1 << 20

    private let node: String
    private let progress: JournalProgress
    /// Updates taken, those left out too.
    private let taken: Tally
    private let links: Shelf<LinkWriter>
    private let readers: [Parker]
    private var writer: JournalWriter
    /// What waits to be written, with the journal's own slots; and the same as the lanes wrote it, each with its place,
    /// for the links.
    private var batch = ByteBuffer()
    private var live = ByteBuffer()
    private var count = 0
    private var seen = 0
    private var earliest = Timestamp.distantFuture
    private var latest = Timestamp(nanoseconds: 0)
    private var slots: [UInt16] = []
    private var known: KnownNumbers
    private var trimmed = 0

    init(_ plan: UpdateJournalPlan, links: Shelf<LinkWriter>, readers: [Parker], tell: (String) -> Void) throws {
        node = plan.node
        progress = plan.progress
        taken = plan.taken
        self.links = links
        self.readers = readers
        writer = try JournalWriter(
            opening: plan.folder, content: .updates, settings: plan.settings, newId: plan.newId())
        if let repair = writer.repair { tell(RepairText.text(repair)) }
        known = try KnownNumbers(in: plan.folder)
        try learnTopics(plan.topics)
        note()
    }

    var id: UInt64 { writer.id }

    /// The symbols of earlier runs, in the order of their indices.
    var symbols: [SymbolDefinition] {
        writer.definitions.filter { $0.kind == .symbol }.sorted { $0.key < $1.key }.compactMap {
            SymbolDefinition($0.bytes)
        }
    }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        var offset = 0
        while offset < records.byteCount {
            let head = RecordReader.head(in: records, at: offset)
            let end = offset + Int(head.length)
            seen += 1
            try take(head, records.extracting(offset..<end), origin)
            offset = end
            if batch.count >= UpdateJournal.batchLimit { try write() }
        }
    }

    private func take(_ head: RecordHead, _ record: RawSpan, _ origin: UpdateOrigin) throws {
        let update = RecordReader.updateHead(of: record.extracting(RecordHead.size..<record.byteCount))
        let slot = slots[Int(head.slot)]
        if head.symbol >= known.symbolCount { try learnSymbols(upTo: head.symbol, origin) }
        guard known.isNew(update.number, symbol: head.symbol, slot: slot) else { return }
        if links.count > 0 {
            // Batches are appended whole and in order, so that the place is known before the record is written.
            JournaledRecord.append(record, position: writer.head + UInt64(count) + 1, to: &live)
        }
        let start = batch.count
        batch.append(record)
        var own = head
        own.slot = slot
        batch.store(own, at: start)
        count += 1
        earliest = min(earliest, update.start)
        latest = max(latest, update.end)
    }

    func flush() throws { try write() }

    /// Updates that were left out do not come to the journal, but to its end.
    func beat(_ now: Timestamp) throws {
        try writer.syncIfDue(now: Seat.monotonic)
        let spare = progress.spare.value
        if spare > trimmed {
            trimmed = spare
            try writer.trim(before: UInt64(spare))
        }
        note()
    }

    func close() throws {
        try write()
        if writer.settings.sync != .never { try writer.sync() }
        note()
        wakeReaders()
    }

    /// Writes what waits, and only then lets anybody see it.
    private func write() throws {
        defer {
            taken.add(seen)
            seen = 0
        }
        guard count > 0 else { return }
        let (records, first, last) = (count, min(earliest, latest), latest)
        try batch.withBytes { (bytes) throws(JournalError) in
            try writer.append(bytes, count: records, earliest: first, latest: last)
        }
        batch.removeAll()
        count = 0
        earliest = .distantFuture
        latest = Timestamp(nanoseconds: 0)
        note()
        live.withBytes { bytes in
            for index in 0..<links.count { links[index].carry(bytes) }
        }
        live.removeAll()
        wakeReaders()
    }

    private func wakeReaders() {
        for reader in readers { reader.wake() }
    }

    private func note() {
        let isSynced = writer.isSynced || writer.settings.sync == .never
        progress.note(head: writer.head, isSynced: isSynced, byteCount: writer.byteCount)
    }

    // MARK: What indices mean

    private func learnTopics(_ table: TopicTable) throws {
        var topics = JournalTopics(writer.definitions)
        slots = topics.slots(of: table)
        guard topics.topics.count <= TopicTable.limit else {
            throw JournalFull(node: node, topics: topics.topics.count)
        }
        try writer.define(topics.topics.enumerated().map { $1.definition(of: UInt32($0)) })
        known.setSlots(topics.topics.count)
    }

    private func learnSymbols(upTo index: UInt32, _ origin: UpdateOrigin) throws {
        var definitions: [JournalDefinition] = []
        for index in known.symbolCount...index {
            let symbol = origin.symbol(index)
            definitions.append(
                SymbolDefinition(name: symbol.symbol.name, sizeStep: symbol.sizeStep, tick: 0).definition(of: index))
        }
        try writer.define(definitions)
        known.setSymbols(Int(index) + 1)
    }
}

/// A symbol counts its sizes in other steps than the updates that a journal holds of it.
struct SizeStepChanged: Error, CustomStringConvertible {
    let symbol: String
    let before: Int64
    let now: Int64

    var description: String {
        "the size step of \(symbol) was \(before) billionths in this data folder and is \(now) now; begin a new folder"
    }
}

/// A journal of updates has had more topics in its life than it can tell apart.
struct JournalFull: Error, CustomStringConvertible {
    let node: String
    let topics: Int

    var description: String {
        "\(node) has had \(topics) topics in this data folder, \(TopicTable.limit) is the limit; begin a new folder"
    }
}

/// What a journal of updates is made from.
struct UpdateJournalPlan: Sendable {
    let node: String
    let topics: TopicTable
    let folder: String
    let settings: JournalSettings
    let progress: JournalProgress
    let taken: Tally
    let newId: @Sendable () -> UInt64
}

/// The last number of each topic that a journal of updates holds.
struct KnownNumbers {
    private(set) var symbolCount: UInt32 = 0
    private var slotCount = 0
    /// By symbol, then by slot.
    private var numbers: [[UInt64]] = []

    /// Reads a journal from its oldest record on.
    init(in folder: String) throws {
        var reader = try JournalReader(opening: folder)
        while try reader.next({ batch, bytes in
            RecordReader.forEach(in: bytes) { head, update in
                let (symbol, slot) = (Int(head.symbol), Int(head.slot))
                if symbol >= numbers.count { setSymbols(symbol + 1) }
                if slot >= slotCount { setSlots(slot + 1) }
                numbers[symbol][slot] = max(numbers[symbol][slot], RecordReader.updateHead(of: update).number)
            }
        }) {}
    }

    mutating func setSymbols(_ count: Int) {
        while numbers.count < count { numbers.append([UInt64](repeating: 0, count: slotCount)) }
        symbolCount = UInt32(numbers.count)
    }

    mutating func setSlots(_ count: Int) {
        guard count > slotCount else { return }
        slotCount = count
        for symbol in numbers.indices {
            numbers[symbol] += [UInt64](repeating: 0, count: count - numbers[symbol].count)
        }
    }

    /// Whether an update comes for the first time; it is known from then on.
    mutating func isNew(_ number: UInt64, symbol: UInt32, slot: UInt16) -> Bool {
        guard number > numbers[Int(symbol)][Int(slot)] else { return false }
        numbers[Int(symbol)][Int(slot)] = number
        return true
    }
}
