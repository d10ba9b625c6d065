public import Market
internal import Memory
internal import Updates

/// What is in a journal, segment by segment; only the end of the last one is read.
public struct JournalSurvey: Sendable {
    public struct Segment: Sendable, Hashable {
        public let path: String
        public let first: UInt64
        /// `first` − 1 where it has no records yet.
        public let last: UInt64
        public let byteCount: Int
        public let created: Timestamp
        /// The latest venue time up to its end, that of earlier segments included; 0 where none is known.
        public let newest: Timestamp
    }

    public let id: UInt64
    public let content: JournalContent
    public let segments: [Segment]
    /// Those that hold at the end.
    public let definitions: [JournalDefinition]
    /// Whether a writer has it.
    public let isBeingWritten: Bool

    public var oldest: UInt64 { segments[0].first }
    public var head: UInt64 { segments[segments.count - 1].last }
    public var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

    public init(of folder: String) throws(JournalError) {
        let place = JournalFolder(folder)
        let firsts = try place.segments()
        guard let last = firsts.last else { throw .missing(folder: place.path) }
        var segments: [Segment] = []
        var heads: [SegmentHead] = []
        for first in firsts {
            let cursor = try SegmentCursor(place.segment(first))
            heads.append(cursor.head)
            segments.append(Segment(cursor, byteCount: try cursor.byteCount(), last: 0, newest: cursor.head.before))
        }
        for index in segments.indices.dropLast() {
            segments[index] = Segment(segments[index], last: firsts[index + 1] - 1, newest: heads[index + 1].before)
        }
        let end = try JournalReader.end(of: last, in: place, journal: heads[0].journal)
        segments[segments.count - 1] = Segment(segments[segments.count - 1], last: end.head, newest: end.newest)
        id = heads[0].journal
        content = heads[0].content
        self.segments = segments
        definitions = end.table.list
        isBeingWritten = place.isBeingWritten
    }
}

extension JournalSurvey.Segment {
    fileprivate init(_ cursor: borrowing SegmentCursor, byteCount: Int, last: UInt64, newest: Timestamp) {
        path = cursor.file.path
        first = cursor.head.first
        created = cursor.head.created
        self.byteCount = byteCount
        self.last = last
        self.newest = newest
    }

    fileprivate init(_ other: Self, last: UInt64, newest: Timestamp) {
        (path, first, created, byteCount) = (other.path, other.first, other.created, other.byteCount)
        self.last = last
        self.newest = newest
    }
}

extension JournalFolder {
    /// Asks by trying: the lock is free again at once.
    var isBeingWritten: Bool {
        guard let file = try? StoredFile(lockFile, for: .reading) else { return false }
        do throws(FileError) { try file.lock() } catch { return error.isHeldByAnother }
        return false
    }
}

/// What a look at every byte of a journal found.
public struct JournalVerification: Sendable {
    public private(set) var segments = 0
    public private(set) var batches = 0
    public private(set) var records: UInt64 = 0
    public private(set) var definitions = 0
    public private(set) var byteCount = 0
    /// What stands behind the last whole batch: one that is being written, or was never ended.
    public private(set) var tail: JournalDamage?

    /// Reads all of it; the first damage is thrown.
    public init(of folder: String) throws(JournalError) {
        let place = JournalFolder(folder)
        let firsts = try place.segments()
        guard let oldest = firsts.first else { throw .missing(folder: place.path) }
        let journal = try SegmentCursor(place.segment(oldest)).head.journal
        var next = oldest
        for first in firsts {
            var cursor = try SegmentCursor(place.segment(first))
            guard cursor.head.journal == journal, cursor.head.first == first else {
                throw .notAJournal(path: cursor.file.path, reason: "it is a segment of another journal, or renamed")
            }
            guard first == next else { throw cursor.damage("position \(next) should begin this segment") }
            try read(&cursor, isLast: first == firsts.last)
            next = cursor.position + 1
            segments += 1
            byteCount += cursor.offset
        }
    }

    private mutating func read(_ cursor: inout SegmentCursor, isLast: Bool) throws(JournalError) {
        var table = DefinitionTable()
        while true {
            switch try cursor.step() {
            case .batch(let head):
                try take(head, &cursor, &table)
                cursor.pass(head)
            case .end: return
            case .unfinished(let reason):
                guard isLast else { throw cursor.damage(reason) }
                tail = JournalDamage(
                    file: cursor.file.path, offset: cursor.offset, position: cursor.position, reason: reason)
                return
            case .broken(let reason):
                guard isLast, try cursor.batchesBehind().count == 0 else { throw cursor.damage(reason) }
                tail = JournalDamage(
                    file: cursor.file.path, offset: cursor.offset, position: cursor.position, reason: reason)
                return
            }
        }
    }

    private mutating func take(
        _ head: BatchHead, _ cursor: inout SegmentCursor, _ table: inout DefinitionTable
    ) throws(JournalError) {
        switch head.kind {
        case .definitions:
            guard cursor.payload(of: head, { table.apply($0, count: head.count) }) else {
                throw cursor.damage("definitions cannot be read")
            }
            definitions += head.count
        case .records:
            let content = cursor.head.content
            guard cursor.payload(of: head, { JournalVerification.count(in: $0, content) == head.count }) else {
                throw cursor.damage("a batch does not hold as many records as it says")
            }
            batches += 1
            records += UInt64(head.count)
        }
    }

    /// The records of a payload; nil where they do not fill it.
    private static func count(in payload: RawSpan, _ content: JournalContent) -> Int? {
        switch content {
        case .events: return payload.byteCount % 64 == 0 ? payload.byteCount / 64 : nil
        case .updates:
            var (offset, count) = (0, 0)
            while offset < payload.byteCount {
                guard offset + RecordHead.size <= payload.byteCount else { return nil }
                let head = RecordReader.head(in: payload, at: offset)
                guard head.length >= RecordHead.size, Int(head.length) <= payload.byteCount - offset,
                    Int(head.payload) <= Int(head.length) - RecordHead.size
                else { return nil }
                offset += Int(head.length)
                count += 1
            }
            return count
        }
    }
}
