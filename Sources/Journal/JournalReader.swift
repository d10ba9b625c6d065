public import Market
internal import Memory
internal import Updates

/// Reads a journal from any place on, beside a writer in this or another process, or without one.
///
/// A reader never waits: at the end it says that there is nothing more for now.
public struct JournalReader: ~Copyable {
    let folder: JournalFolder
    public let id: UInt64
    public let content: JournalContent
    /// The position of the oldest record that was left when last looked.
    public private(set) var oldest: UInt64
    /// The last position that was seen so far; `refresh` looks again.
    public private(set) var head: UInt64
    /// The position of the last record lent, or the one that a seek went behind.
    public private(set) var position: UInt64
    private var cursor: SegmentCursor
    private var table = DefinitionTable()
    /// The position that the last segment seen begins with.
    private var lastSegment: UInt64

    /// Opens a journal at its oldest record.
    public init(opening folder: String) throws(JournalError) {
        let place = JournalFolder(folder)
        let segments = try place.segments()
        guard let first = segments.first, let last = segments.last else { throw .missing(folder: place.path) }
        let cursor = try JournalReader.cursor(of: first, in: place)
        let id = cursor.head.journal
        let head = try JournalReader.end(of: last, in: place, journal: id).head
        self.folder = place
        self.id = id
        content = cursor.head.content
        self.cursor = cursor
        oldest = first
        lastSegment = last
        position = first - 1
        self.head = head
    }

    /// The definitions that hold for the record that was lent last, or after a seek for the one that comes next; in the
    /// order in which their keys came first.
    public var definitions: [JournalDefinition] { table.list }
    public var path: String { folder.path }

    /// Opens a segment; one that a writer has removed meanwhile is the error that says so.
    private static func cursor(of first: UInt64, in folder: JournalFolder) throws(JournalError) -> SegmentCursor {
        do throws(JournalError) { return try SegmentCursor(folder.segment(first)) } catch {
            guard case .system(let reason) = error, reason.isAbsence else { throw error }
            throw .trimmed(oldest: try folder.segments().first ?? first)
        }
    }
}

// MARK: Reading

extension JournalReader {
    /// Lends the next batch, or the rest of one where a seek went into its middle; false where there is nothing more
    /// for now. If `body` throws, the same batch comes again.
    public mutating func next<Failure: Error>(
        _ body: (JournalBatch, RawSpan) throws(Failure) -> Void
    ) throws -> Bool {
        guard let head = try upcoming() else { return false }
        let skipped = Int(position + 1 - head.first)
        try cursor.payload(of: head) { payload in
            guard skipped > 0 else { return try body(head.batch, payload) }
            let rest = JournalBatch(
                first: position + 1, count: head.count - skipped, earliest: head.earliest, latest: head.latest)
            guard let start = offset(ofRecord: skipped, in: payload) else {
                throw cursor.damage("a batch does not hold as many records as it says")
            }
            try body(rest, payload.extracting(start..<payload.byteCount))
        }
        pass(head)
        return true
    }

    /// Where a record of a batch begins.
    private func offset(ofRecord index: Int, in payload: RawSpan) -> Int? {
        switch content {
        case .events: return index * 64 <= payload.byteCount ? index * 64 : nil
        case .updates:
            var offset = 0
            for _ in 0..<index {
                guard offset + RecordHead.size <= payload.byteCount else { return nil }
                let length = Int(RecordReader.head(in: payload, at: offset).length)
                guard length >= RecordHead.size, length <= payload.byteCount - offset else { return nil }
                offset += length
            }
            return offset
        }
    }

    private mutating func pass(_ head: BatchHead) {
        cursor.pass(head)
        position = max(position, head.last)
        self.head = max(self.head, position)
    }

    /// The next batch with records behind `position`, looked at but not passed. Definitions before it are taken.
    private mutating func upcoming() throws(JournalError) -> BatchHead? {
        while true {
            switch try cursor.step() {
            case .batch(let head) where head.kind == .definitions:
                guard cursor.payload(of: head, { table.apply($0, count: head.count) }) else {
                    throw cursor.damage("definitions cannot be read")
                }
                cursor.pass(head)
            case .batch(let head):
                if head.last > position { return head }
                cursor.pass(head)
            case .end: guard try goOn(nil) else { return nil }
            case .unfinished(let reason): guard try goOn(reason) else { return nil }
            case .broken(let reason):
                guard try goOn(reason) else {
                    try checkTail()
                    return nil
                }
            }
        }
    }

    /// Goes to the next segment if there is one; false at the journal's end.
    /// - Parameter broken: why this segment does not end with a whole batch, where it does not.
    private mutating func goOn(_ broken: String?) throws(JournalError) -> Bool {
        let next = cursor.position + 1
        let isClosed = next != cursor.head.first && StoredFolder.exists(folder.segment(next))
        guard isClosed || cursor.head.first < lastSegment else {
            try checkRemoval()
            return false
        }
        // A writer makes a segment once the one before is whole: now, and not earlier, is everything there.
        if case .batch = try cursor.step() { return true }
        if let broken { throw cursor.damage(broken) }
        guard isClosed else {
            try checkRemoval()
            throw cursor.damage("the segment ends, and none begins with the next position")
        }
        let cursor = try JournalReader.cursor(of: next, in: folder)
        guard cursor.head.journal == id, cursor.head.first == next else {
            throw .notAJournal(path: cursor.file.path, reason: "it is a segment of another journal")
        }
        self.cursor = cursor
        lastSegment = max(lastSegment, next)
        return true
    }

    /// Whether a writer has let the segment go that was being read, and what follows with it.
    private mutating func checkRemoval() throws(JournalError) {
        let isRemoved: Bool
        do throws(FileError) { isRemoved = try cursor.file.isRemoved } catch { throw .system(error) }
        guard isRemoved else { return }
        oldest = try folder.segments().first ?? oldest
        throw .trimmed(oldest: oldest)
    }

    /// Bytes at the end that are no batch may be one that is being written; with a whole one behind them they are
    /// damage.
    private mutating func checkTail() throws(JournalError) {
        guard try cursor.batchesBehind().count > 0 else { return }
        if case .broken(let reason) = try cursor.step() { throw cursor.damage(reason) }
    }
}

// MARK: Seeking

extension JournalReader {
    /// Looks at the journal's ends again: sets `oldest` and `head`.
    public mutating func refresh() throws(JournalError) {
        let segments = try folder.segments()
        guard let first = segments.first, let last = segments.last else { throw .missing(folder: folder.path) }
        oldest = first
        lastSegment = last
        head = max(head, try JournalReader.end(of: last, in: folder, journal: id).head)
    }

    /// What holds at the end of a segment; read from where its index leads.
    static func end(
        of segment: UInt64, in folder: JournalFolder, journal: UInt64
    ) throws(JournalError) -> JournalState {
        var tail = try cursor(of: segment, in: folder)
        var state = JournalState()
        let index = SegmentIndex(folder.index(segment), journal: journal)
        let entry = try tail.jump(toFirstOf: index.entries.reversed(), &state.table)
        state.newest = entry?.before ?? tail.head.before
        while case .batch(let head) = try tail.step() {
            switch head.kind {
            case .records: state.newest = max(state.newest, head.latest)
            case .definitions: _ = tail.payload(of: head) { state.table.apply($0, count: head.count) }
            }
            tail.pass(head)
        }
        state.head = tail.position
        return state
    }

    /// Goes behind a record, so that the one with the next position comes next; 0 is before the oldest that is left.
    ///
    /// Throws `.trimmed` and `.ahead` where that place is not in the journal; the reader then stays where it was.
    public mutating func seek(behind position: UInt64) throws(JournalError) {
        var other = try JournalReader(opening: folder.path)
        if position > 0 { try other.go(behind: position) } else { _ = try other.upcoming() }
        self = other
    }

    private mutating func go(behind target: UInt64) throws(JournalError) {
        guard target >= oldest - 1 else { throw .trimmed(oldest: oldest) }
        guard target <= head else { throw .ahead(head: head) }
        guard let first = try folder.segments().last(where: { $0 <= target + 1 }) else {
            throw .trimmed(oldest: oldest)
        }
        try begin(first) { $0.entries(upTo: target + 1) }
        position = target
        if try upcoming() == nil, cursor.position < target { throw .ahead(head: cursor.position) }
    }

    /// Goes to the first batch with a venue time of at least this, in the order of positions; to the end where there is
    /// none.
    public mutating func seek(time: Timestamp) throws(JournalError) {
        var other = try JournalReader(opening: folder.path)
        try other.go(to: time)
        self = other
    }

    private mutating func go(to time: Timestamp) throws(JournalError) {
        let segments = try folder.segments()
        var place = segments.count - 1
        while place > 0, try JournalReader.cursor(of: segments[place], in: folder).head.before >= time { place -= 1 }
        try begin(segments[place]) { $0.entries(before: time) }
        position = cursor.position
        while let head = try upcoming() {
            guard head.latest < time else {
                position = head.first - 1
                return
            }
            pass(head)
        }
    }

    /// Goes into a segment, as far as its index leads.
    private mutating func begin(
        _ first: UInt64, _ entries: (SegmentIndex) -> ReversedCollection<ArraySlice<IndexEntry>>
    ) throws(JournalError) {
        cursor = try JournalReader.cursor(of: first, in: folder)
        table = DefinitionTable()
        try cursor.jump(toFirstOf: entries(SegmentIndex(folder.index(first), journal: id)), &table)
    }
}

extension JournalReader {
    /// What indices mean at the journal's end; the reader stands there afterwards.
    public mutating func lastDefinitions() throws -> [JournalDefinition] {
        try seek(behind: head)
        while try next({ _, _ in }) {}
        return definitions
    }
}
