internal import Market
internal import Memory

/// A walk through a whole segment, for the writer that takes it up.
struct SegmentWalk: ~Copyable {
    var cursor: SegmentCursor
    private(set) var index = SegmentIndex()
    private(set) var definitions = 0
    private(set) var hasRecords = false
    /// Why the walk ended before the file; nil where it did not.
    private var reason: String?
    private var mayBeInTheMiddle = false

    init(_ cursor: consuming SegmentCursor) { self.cursor = cursor }

    mutating func run(stride: Int, _ state: inout JournalState) throws(JournalError) {
        state.newest = max(state.newest, cursor.head.before)
        walk: while true {
            switch try cursor.step() {
            case .batch(let head): try take(head, stride: stride, &state)
            case .end: break walk
            case .unfinished(let text):
                reason = text
                break walk
            case .broken(let text):
                (reason, mayBeInTheMiddle) = (text, true)
                break walk
            }
        }
        state.head = cursor.position
    }

    private mutating func take(_ head: BatchHead, stride: Int, _ state: inout JournalState) throws(JournalError) {
        switch head.kind {
        case .definitions:
            guard cursor.payload(of: head, { state.table.apply($0, count: head.count) }) else {
                throw cursor.damage("definitions cannot be read")
            }
            definitions = cursor.offset
        case .records:
            _ = index.take(head, at: cursor.offset, before: state.newest, stride: stride)
            state.newest = max(state.newest, head.latest)
            hasRecords = true
        }
        cursor.pass(head)
    }

    /// What must be cut away; nil where the segment is whole. Throws where the break is no torn tail: behind it stands
    /// a batch that knew this place to be safe.
    mutating func brokenEnd() throws(JournalError) -> BrokenEnd? {
        guard let reason else { return nil }
        let behind = mayBeInTheMiddle ? try cursor.batchesBehind() : (count: 0, settled: 0)
        guard behind.settled <= cursor.offset else { throw cursor.damage(reason) }
        return BrokenEnd(offset: cursor.offset, position: cursor.position, batches: behind.count, reason: reason)
    }
}

/// The end of a segment that was never whole.
struct BrokenEnd {
    let offset: Int
    let position: UInt64
    let batches: Int
    let reason: String

    func cut(_ file: borrowing StoredFile) throws(FileError) -> JournalRepair {
        let removed = try file.byteCount - offset
        try file.truncate(to: offset)
        return JournalRepair(
            file: file.path, offset: offset, removedBytes: removed, removedBatches: batches, position: position,
            reason: reason)
    }
}
