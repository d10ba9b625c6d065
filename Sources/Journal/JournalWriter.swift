public import Market
internal import Memory

/// The one writer of a journal: appends batches of records, and lets old segments go.
///
/// All calls come from one thread at a time. A reader may read beside it, in this or another process.
public struct JournalWriter: ~Copyable {
    /// A segment that is closed.
    private struct Segment {
        let first: UInt64
        let byteCount: Int
    }

    private let folder: JournalFolder
    private let lock: StoredFile
    public let settings: JournalSettings
    public let content: JournalContent
    /// The journal's own id, drawn when it was made.
    public let id: UInt64
    /// What the opening had to cut away; nil where everything was whole.
    public let repair: JournalRepair?
    private var closed: [Segment] = []
    private var live: LiveSegment
    private var table: DefinitionTable
    private var newest: Timestamp
    private var lastSync: Int64?
    /// The position of the last record; 0 while there is none.
    public private(set) var head: UInt64

    /// Opens the journal of a folder, or makes both.
    /// - Parameter newId: the id of the journal if it is made now; above 0.
    public init(
        opening folder: String, content: JournalContent, settings: JournalSettings, newId: UInt64
    ) throws(JournalError) {
        precondition(newId > 0, "A journal's id must be above zero.")
        let place = JournalFolder(folder)
        let lock = try JournalWriter.takeLock(of: place)
        var segments = try place.segments()
        if segments.isEmpty {
            let head = SegmentHead(
                content: content, journal: newId, first: 1, created: Timestamp(nanoseconds: 0),
                before: Timestamp(nanoseconds: 0))
            try LiveSegment.make(head, DefinitionTable(), in: place, settings)
            segments = [1]
        }
        let last = segments.removeLast()
        var closed: [Segment] = []
        for first in segments {
            closed.append(Segment(first: first, byteCount: try SegmentCursor(place.segment(first)).byteCount()))
        }
        try JournalWriter.check(segments + [last], in: place, content)
        var state = JournalState()
        let live = try LiveSegment(resuming: last, in: place, settings, &state)
        self.folder = place
        self.lock = lock
        self.settings = settings
        self.content = content
        self.live = live
        id = self.live.head.journal
        repair = state.repair
        self.closed = closed
        table = state.table
        newest = state.newest
        head = state.head
    }

    private static func takeLock(of folder: JournalFolder) throws(JournalError) -> StoredFile {
        do throws(FileError) {
            try StoredFolder.make(folder.path)
            let lock = try StoredFile(folder.lockFile, for: .writing)
            try lock.lock()
            try lock.truncate(to: 0)
            try Array("\(StoredFolder.processNumber)\n".utf8).withRawSpan { text throws(FileError) in
                try lock.write(text, at: 0)
            }
            for file in try folder.unfinished() { try StoredFolder.remove(file) }
            return lock
        } catch {
            if error.isHeldByAnother { throw .locked(folder: folder.path, process: folder.lockingProcess()) }
            throw JournalError(writing: error)
        }
    }

    /// Every segment must be one of the same journal.
    private static func check(
        _ segments: [UInt64], in folder: JournalFolder, _ content: JournalContent
    ) throws(JournalError) {
        var journal: UInt64?
        for first in segments {
            let path = folder.segment(first)
            let head = try SegmentCursor(path).head
            guard head.content == content else {
                throw .wrongContent(folder: folder.path, expected: content, found: head.content)
            }
            guard head.first == first, head.journal == journal ?? head.journal else {
                throw .notAJournal(path: path, reason: "it is a segment of another journal, or has another's name")
            }
            journal = head.journal
        }
    }

    public var path: String { folder.path }
    /// The position of the oldest record that is left, or of the one that comes first.
    public var oldest: UInt64 { closed.first?.first ?? live.head.first }
    /// Bytes of all segments.
    public var byteCount: Int { closed.reduce(live.end) { $0 + $1.byteCount } }
    /// The definitions that hold now, in the order in which their keys came first.
    public var definitions: [JournalDefinition] { table.list }
    /// Whether everything is on the device, as far as this writer knows.
    public var isSynced: Bool { live.isSettled }
}

// MARK: Writing

extension JournalWriter {
    /// Appends records as one batch with one checksum: in the journal whole or not at all.
    ///
    /// Of updates, the records are a run as an outbox holds it. More than `JournalLimits.batch` bytes are refused.
    public mutating func append(
        _ records: RawSpan, count: Int, earliest: Timestamp, latest: Timestamp
    ) throws(JournalError) {
        precondition(count > 0 && count <= Int(UInt32.max), "A batch must hold a record.")
        precondition(records.byteCount > 0 && records.byteCount % 8 == 0, "Records must fill words of 8 bytes.")
        precondition(content != .events || records.byteCount == count * 64, "An event must have 64 bytes.")
        guard records.byteCount <= JournalLimits.batch else {
            throw .tooLarge(what: "a batch", byteCount: records.byteCount, limit: JournalLimits.batch)
        }
        try makeReady()
        let batch = JournalBatch(first: head + 1, count: count, earliest: earliest, latest: latest)
        try live.append(records, batch, newest: newest)
        head += UInt64(count)
        newest = max(newest, latest)
        if settings.sync == .batches { try live.settle() }
    }

    /// Says what a number in the records that follow means. It is written at once, and durable with the next batch.
    public mutating func define(_ definition: JournalDefinition) throws(JournalError) { try define([definition]) }

    /// Many definitions in one piece; those that hold already are left out.
    public mutating func define(_ definitions: [JournalDefinition]) throws(JournalError) {
        let news = definitions.filter { !table.holds($0) }
        guard !news.isEmpty else { return }
        if let large = news.first(where: { $0.bytes.count > JournalLimits.definition }) {
            throw .tooLarge(
                what: "a definition", byteCount: large.bytes.count, limit: JournalLimits.definition)
        }
        let byteCount = table.byteCount(with: news)
        guard byteCount <= JournalLimits.definitions else {
            throw .tooLarge(what: "the list of definitions", byteCount: byteCount, limit: JournalLimits.definitions)
        }
        try makeReady()
        try live.append(news, next: head + 1)
        for definition in news { table.apply(definition) }
    }

    /// Goes to the next segment where this one is full.
    private mutating func makeReady() throws(JournalError) {
        guard !live.isUnusable else { throw .unusable(folder: folder.path) }
        guard live.end >= settings.segmentLimit, live.hasRecords else { return }
        if settings.sync != .never { try live.settle() }
        let head = SegmentHead(
            content: content, journal: id, first: self.head + 1, created: Timestamp(nanoseconds: 0), before: newest)
        try LiveSegment.make(head, table, in: folder, settings)
        var state = JournalState()
        let next = try LiveSegment(resuming: head.first, in: folder, settings, &state)
        closed.append(Segment(first: live.head.first, byteCount: live.end))
        live = next
    }

    /// Brings everything that was appended to the device.
    public mutating func sync() throws(JournalError) {
        guard !live.isUnusable else { throw .unusable(folder: folder.path) }
        try live.settle()
    }

    /// Under `.interval`, brings everything to the device when so much time has passed since it was last done; under
    /// another rule does nothing.
    /// - Parameter now: monotonic nanoseconds, since whenever.
    public mutating func syncIfDue(now: Int64) throws(JournalError) {
        guard case .interval(let interval) = settings.sync, !live.isSettled else { return }
        if let lastSync, Duration.nanoseconds(now &- lastSync) < interval { return }
        lastSync = now
        try sync()
    }
}

// MARK: Trimming

extension JournalWriter {
    /// Lets whole segments go that hold nothing from a position on, the oldest first.
    ///
    /// Without `keepBytes` and `keepAge` all of them; with these only what is beyond either: more bytes than kept, or
    /// older than the newest venue time less the age. The segment that is being written always stays.
    /// - Parameter position: the first that somebody still needs.
    public mutating func trim(before position: UInt64) throws(JournalError) {
        var removed = false
        while try mayTrim(before: position) {
            try removeOldest()
            removed = true
        }
        if removed { try syncNames() }
    }

    /// Whether `trim` would let a segment go.
    public func mayTrim(before position: UInt64) throws(JournalError) -> Bool {
        guard let next = secondSegment, next <= position else { return false }
        return try mayGo(before: next)
    }

    /// Lets the oldest segment go, whatever is to be kept and whoever needs it; the one that is being written stays.
    public mutating func trimOldest() throws(JournalError) {
        guard secondSegment != nil else { return }
        try removeOldest()
        try syncNames()
    }

    /// The first position behind the oldest segment; nil where that one is being written.
    public var secondSegment: UInt64? { closed.isEmpty ? nil : closed.count > 1 ? closed[1].first : live.head.first }

    private mutating func removeOldest() throws(JournalError) {
        let oldest = closed.removeFirst()
        do throws(FileError) {
            try StoredFolder.remove(folder.index(oldest.first))
            try StoredFolder.remove(folder.segment(oldest.first))
        } catch { throw .system(error) }
    }

    private func syncNames() throws(JournalError) {
        guard settings.sync != .never else { return }
        do throws(FileError) { try StoredFolder.sync(folder.path) } catch { throw .system(error) }
    }

    /// Whether the oldest segment is beyond what is kept; the next begins at a position.
    private func mayGo(before next: UInt64) throws(JournalError) -> Bool {
        if settings.keepBytes == nil, settings.keepAge == nil { return true }
        if let limit = settings.keepBytes, byteCount > limit { return true }
        guard let age = settings.keepAge else { return false }
        let latest = try SegmentCursor(folder.segment(next)).head.before
        return Duration.nanoseconds(newest - latest) > age
    }
}
