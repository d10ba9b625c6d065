internal import Market
internal import Memory

/// What a walk through the end of a journal has learnt.
struct JournalState {
    var head: UInt64 = 0
    /// The latest venue time of everything in the journal, trimmed or not.
    var newest = Timestamp(nanoseconds: 0)
    var table = DefinitionTable()
    var repair: JournalRepair?
}

/// The segment that a writer appends to.
struct LiveSegment: ~Copyable {
    /// Definitions are written in batches of about this size.
    private static let definitionChunk = 1 << 20

    let head: SegmentHead
    private let file: StoredFile
    private let sync: JournalSync
    /// Where the next batch will begin.
    private(set) var end: Int
    private(set) var hasRecords: Bool
    /// A failure could not be taken back.
    private(set) var isUnusable = false
    private var settled: Int
    /// Where the last definitions stand.
    private var definitions: Int
    private var buffer = ByteBuffer(capacity: 256)
    private var index: SegmentIndex
    private let indexFile: StoredFile?
    private let indexStride: Int

    /// Takes a segment up where it ends: everything in it is read, and what is not whole at its end is cut away.
    init(
        resuming first: UInt64, in folder: JournalFolder, _ settings: JournalSettings, _ state: inout JournalState
    ) throws(JournalError) {
        var walk = SegmentWalk(try SegmentCursor(folder.segment(first)))
        try walk.run(stride: settings.indexStride, &state)
        let broken = try walk.brokenEnd()
        do throws(FileError) {
            let file = try StoredFile(folder.segment(first), for: .writing)
            if let broken { state.repair = try broken.cut(file) }
            if settings.sync != .never { try file.sync() }
            self.file = file
        } catch { throw JournalError.system(error) }
        head = walk.cursor.head
        end = walk.cursor.offset
        settled = walk.cursor.offset
        definitions = walk.definitions
        hasRecords = walk.hasRecords
        index = walk.index
        sync = settings.sync
        indexStride = settings.indexStride
        // Without an index a seek only takes longer.
        indexFile = try? StoredFile(folder.index(first), for: .writing)
        try? indexFile?.truncate(to: 0)
        for place in index.entries.indices { writeIndex(place) }
    }

    /// Makes a segment, whole or not at all: it gets its name once its head and the definitions are on the device.
    static func make(
        _ head: SegmentHead, _ table: DefinitionTable, in folder: JournalFolder, _ settings: JournalSettings
    ) throws(JournalError) {
        let unfinished = folder.unfinished(head.first)
        do throws(FileError) {
            try StoredFolder.remove(unfinished)
            let file = try StoredFile(unfinished, for: .making)
            var head = head
            head.created = Timestamp(nanoseconds: try file.writeTime)
            var bytes = ByteBuffer()
            head.encode(into: &bytes)
            var definitions = 0
            for chunk in chunks(of: table.list) {
                let place = bytes.count
                let payload = encoded(chunk)
                definitionHead(payload, chunk.count, next: head.first, before: definitions, settled: place)
                    .encode(into: &bytes, journal: head.journal)
                payload.withBytes { bytes.append($0) }
                definitions = place
            }
            try bytes.withBytes { span throws(FileError) in try file.write(span, at: 0) }
            try file.sync()
            try StoredFolder.rename(unfinished, to: folder.segment(head.first))
            if settings.sync != .never { try StoredFolder.sync(folder.path) }
        } catch {
            try? StoredFolder.remove(unfinished)
            throw JournalError(writing: error)
        }
    }
}

// MARK: Writing

extension LiveSegment {
    mutating func append(
        _ records: RawSpan, _ batch: JournalBatch, newest: Timestamp
    ) throws(JournalError) {
        let head = BatchHead(
            kind: .records, payloadChecksum: Checksum.castagnoli(records), byteCount: records.byteCount,
            first: batch.first, count: batch.count, definitions: definitions, earliest: batch.earliest,
            latest: batch.latest, settled: settledNow)
        let place = end
        try write(head, records)
        hasRecords = true
        if index.take(head, at: place, before: newest, stride: indexStride) != nil {
            writeIndex(index.entries.count - 1)
        }
    }

    mutating func append(_ list: [JournalDefinition], next: UInt64) throws(JournalError) {
        for chunk in LiveSegment.chunks(of: list) {
            let payload = LiveSegment.encoded(chunk)
            let head = LiveSegment.definitionHead(
                payload, chunk.count, next: next, before: definitions, settled: settledNow)
            let place = end
            try payload.withBytes { bytes throws(JournalError) in try write(head, bytes) }
            definitions = place
        }
    }

    private var settledNow: Int { sync == .never ? end : settled }

    /// A batch is in the segment whole or not at all.
    private mutating func write(_ head: BatchHead, _ payload: RawSpan) throws(JournalError) {
        buffer.removeAll()
        head.encode(into: &buffer, journal: self.head.journal)
        do throws(FileError) {
            try buffer.withBytes { bytes throws(FileError) in try file.write(bytes, payload, at: end) }
        } catch {
            do throws(FileError) { try file.truncate(to: end) } catch { isUnusable = true }
            throw JournalError(writing: error)
        }
        end += head.wholeByteCount
    }

    private mutating func writeIndex(_ place: Int) {
        var bytes = ByteBuffer(capacity: IndexEntry.size)
        index.entries[place].encode(into: &bytes, journal: head.journal)
        bytes.withBytes { try? indexFile?.write($0, at: place * IndexEntry.size) }
    }

    /// Brings everything to the device. After a failure nobody knows what is there: the system may have dropped it.
    mutating func settle() throws(JournalError) {
        guard settled < end else { return }
        do throws(FileError) { try file.sync() } catch {
            isUnusable = true
            throw JournalError(writing: error)
        }
        settled = end
    }

    /// Whether everything is on the device, as far as this writer knows.
    var isSettled: Bool { settled == end }
}

// MARK: Definitions

extension LiveSegment {
    private static func chunks(of list: [JournalDefinition]) -> [ArraySlice<JournalDefinition>] {
        var chunks: [ArraySlice<JournalDefinition>] = []
        var (start, byteCount) = (0, 0)
        for (place, definition) in list.enumerated() {
            byteCount += definition.encodedByteCount
            guard byteCount >= definitionChunk || place == list.count - 1 else { continue }
            chunks.append(list[start...place])
            (start, byteCount) = (place + 1, 0)
        }
        return chunks
    }

    private static func encoded(_ list: ArraySlice<JournalDefinition>) -> ByteBuffer {
        var buffer = ByteBuffer()
        for definition in list { definition.encode(into: &buffer) }
        return buffer
    }

    private static func definitionHead(
        _ payload: borrowing ByteBuffer, _ count: Int, next: UInt64, before: Int, settled: Int
    ) -> BatchHead {
        BatchHead(
            kind: .definitions, payloadChecksum: payload.withBytes { Checksum.castagnoli($0) },
            byteCount: payload.count, first: next, count: count, definitions: before,
            earliest: Timestamp(nanoseconds: 0), latest: Timestamp(nanoseconds: 0), settled: settled)
    }
}

extension JournalError {
    /// A write that failed: for lack of room, or for another reason.
    init(writing error: FileError) {
        self = error.isLackOfRoom ? .full(path: error.path, reason: error.description) : .system(error)
    }
}
