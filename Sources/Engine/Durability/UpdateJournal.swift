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
    /// Bytes of updates that a start has to read at most.
    private static let numbersStride = 64 << 20

    private let node: String
    private let progress: JournalProgress
    /// Updates taken, those left out too.
    private let taken: Tally
    private let links: Shelf<LinkWriter>
    private let followers: [JournalFollower]
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
    /// Whether anything may go that nobody needs, and from how many bytes on what a store needs too.
    private let trims: Bool
    private let limitBytes: Int?
    /// Bytes since the numbers were last kept.
    private var written = 0

    init(
        _ plan: UpdateJournalPlan, links: Shelf<LinkWriter>, followers: [JournalFollower], tell: (String) -> Void
    ) throws {
        node = plan.node
        progress = plan.progress
        taken = plan.taken
        self.links = links
        self.followers = followers
        trims = plan.settings.keepBytes != nil || plan.settings.keepAge != nil
        limitBytes = plan.limitBytes
        writer = try JournalWriter(
            opening: plan.folder, content: .updates, settings: plan.settings, newId: plan.newId())
        if let repair = writer.repair { tell(RepairText.text(repair)) }
        known = KnownNumbers()
        for follower in followers where follower.isDistant {
            follower.lag.position.add(Int(writer.oldest) - 1 - follower.lag.position.value)
        }
        try learn(plan.topics, in: plan.folder, tell: tell)
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
        try trim()
        if written > UpdateJournal.numbersStride { try keepNumbers() }
        note()
    }

    /// Lets go of what neither a snapshot nor a store needs, and of what a store needs where that is too much.
    private func trim() throws {
        let spare = UInt64(progress.spare.value)
        // Whoever has been cut off is waited for no more.
        let waiting = followers.map(\.lag).filter { !$0.isGone && $0.position.value + 1 >= Int(writer.oldest) }
        let needed = waiting.reduce(spare) { min($0, UInt64($1.position.value)) }
        if trims, try writer.mayTrim(before: needed) {
            // What is let go bore numbers that must outlive it.
            try keepNumbers()
            try writer.trim(before: needed)
        }
        guard let limitBytes else { return }
        while writer.byteCount > limitBytes, let next = writer.secondSegment, next <= spare {
            for lag in waiting where lag.position.value + 1 < Int(next) { lag.cutOff(before: next) }
            try keepNumbers()
            try writer.trimOldest()
        }
    }

    func close() throws {
        try write()
        try keepNumbers()
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
        written += batch.count
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
        for follower in followers { follower.wake() }
    }

    private func note() {
        let isSynced = writer.isSynced || writer.settings.sync == .never
        progress.note(head: writer.head, isSynced: isSynced, byteCount: writer.byteCount)
    }

    // MARK: What indices mean

    private func learn(_ table: TopicTable, in folder: String, tell: (String) -> Void) throws {
        let end = JournalPlace(journal: writer.id, position: writer.head)
        let kept = LastNumbers.kept(in: folder, upTo: end, tell: tell)
        var topics = JournalTopics(writer.definitions)
        if let kept {
            topics.add(kept.topics)
            try writer.define(kept.unknown(to: writer.definitions))
        }
        slots = topics.slots(of: table)
        guard topics.topics.count <= TopicTable.limit else {
            throw JournalFull(node: node, topics: topics.topics.count)
        }
        try writer.define(topics.definitions)
        known.setSlots(topics.topics.count)
        kept?.fill(&known, writer.definitions.filter { $0.kind == .symbol }, topics)
        try known.read(behind: kept?.place.position ?? 0, in: folder)
        known.setSymbols(writer.definitions.count { $0.kind == .symbol })
        if kept?.place != end { try keepNumbers() }
    }

    /// Keeps what is known up to the journal's end, which has to be safe first: a file that is ahead is worth nothing.
    private func keepNumbers() throws {
        if writer.settings.sync != .never { try writer.sync() }
        let place = JournalPlace(journal: writer.id, position: writer.head)
        try LastNumbers(known, at: place, writer.definitions).write(in: writer.path)
        written = 0
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

/// Who reads a journal of updates while it is written.
struct JournalFollower: Sendable {
    /// Says that there is more to read.
    let wake: @Sendable () -> Void
    let lag: StoreLag
    /// Whether it reads in another process: until it says how far it has come, it may need all that is left.
    var isDistant = false
}

/// What a journal of updates is made from.
struct UpdateJournalPlan: Sendable {
    let node: String
    let topics: TopicTable
    let folder: String
    let settings: JournalSettings
    let limitBytes: Int?
    let progress: JournalProgress
    let taken: Tally
    let newId: @Sendable () -> UInt64
}
