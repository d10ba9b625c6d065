internal import Memory

/// Walks the batches of one segment; everything that reads a journal does it through this.
struct SegmentCursor: ~Copyable {
    /// How much of the file is read at once.
    private static let windowSize = 1 << 20

    /// What stands where the cursor is.
    enum Step {
        /// A whole batch, its checksums right; its payload is in memory.
        case batch(BatchHead)
        /// The file ends here.
        case end
        /// The file ends within a batch.
        case unfinished(String)
        /// Bytes that are no batch.
        case broken(String)
    }

    let file: StoredFile
    let head: SegmentHead
    private var window: FileWindow
    /// Where the next batch begins.
    private(set) var offset = SegmentHead.size
    /// The last position before it.
    private(set) var position: UInt64

    init(_ path: String) throws(JournalError) {
        let file = try SegmentCursor.open(path)
        var window = FileWindow(capacity: SegmentCursor.windowSize)
        do throws(FileError) { try window.fill(from: file, at: 0, wanted: SegmentHead.size) } catch {
            throw JournalError.system(error)
        }
        let held = min(window.held(at: 0), SegmentHead.size)
        let head = try window.withBytes(at: 0, count: held) { bytes throws(JournalError) in
            try SegmentHead.decode(bytes, path: path)
        }
        self.file = file
        self.window = window
        self.head = head
        position = head.first - 1
    }

    private static func open(_ path: String) throws(JournalError) -> StoredFile {
        do throws(FileError) { return try StoredFile(path, for: .reading) } catch { throw JournalError.system(error) }
    }

    func byteCount() throws(JournalError) -> Int {
        do throws(FileError) { return try file.byteCount } catch { throw JournalError.system(error) }
    }

    private mutating func hold(_ count: Int) throws(JournalError) -> Bool {
        if window.held(at: offset) >= count { return true }
        do throws(FileError) { return try window.fill(from: file, at: offset, wanted: count) >= count } catch {
            throw JournalError.system(error)
        }
    }

    /// Looks at the batch that begins here, without passing it.
    mutating func step() throws(JournalError) -> Step {
        let wasHeld = window.held(at: offset) > 0
        let step = try look()
        if case .batch = step { return step }
        guard wasHeld else { return step }
        // What was read earlier may have been half written then.
        window.clear()
        return try look()
    }

    private mutating func look() throws(JournalError) -> Step {
        guard try hold(BatchHead.size) else {
            let rest = window.held(at: offset)
            return rest == 0 ? .end : .unfinished("the head of a batch is not whole")
        }
        guard let head = window.withBytes(at: offset, count: BatchHead.size, { decoded($0) }) else {
            return .broken("there is no head of a batch")
        }
        guard head.first == position + 1 else {
            return .broken("position \(head.first) follows \(position)")
        }
        guard try hold(head.wholeByteCount) else { return .unfinished("a batch is not whole") }
        guard payload(of: head, { Checksum.castagnoli($0) == head.payloadChecksum }) else {
            return .broken("the payload of a batch does not fit its checksum")
        }
        return .batch(head)
    }

    private func decoded(_ bytes: RawSpan) -> BatchHead? { BatchHead.decode(bytes, journal: head.journal) }

    /// Lends the payload of the batch that `step` has just returned.
    func payload<Result, Failure: Error>(
        of head: BatchHead, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try window.withBytes(at: offset + BatchHead.size, count: head.byteCount, body)
    }

    /// Goes behind the batch that `step` has just returned.
    mutating func pass(_ head: BatchHead) {
        offset += head.wholeByteCount
        position = head.last
    }

    /// Goes to a place that an index names, if a batch with that position begins there.
    private mutating func jump(to entry: IndexEntry) throws(JournalError) -> Bool {
        let before = (offset, position)
        (offset, position) = (entry.offset, entry.first - 1)
        if entry.offset >= SegmentHead.size, case .batch(let head) = try step(), head.kind == .records { return true }
        (offset, position) = before
        return false
    }

    /// Goes to the nearest of these places that the segment confirms, and takes the definitions that hold there.
    @discardableResult
    mutating func jump(
        toFirstOf entries: some Sequence<IndexEntry>, _ table: inout DefinitionTable
    ) throws(JournalError) -> IndexEntry? {
        for entry in entries where try jump(to: entry) {
            guard case .batch(let head) = try step() else { return nil }
            for offset in try definitionOffsets(before: head).reversed() {
                try readDefinitions(at: offset, into: &table)
            }
            return entry
        }
        return nil
    }

    /// The definitions that hold before the batch here, newest first, each as a batch's offset in the segment.
    private mutating func definitionOffsets(before head: BatchHead) throws(JournalError) -> [Int] {
        let here = offset
        defer { offset = here }
        var offsets: [Int] = []
        var next = head.definitions
        while next > 0 {
            let isBefore = next < (offsets.last ?? here) && next >= SegmentHead.size
            offset = next
            guard isBefore, try hold(BatchHead.size),
                let found = window.withBytes(at: next, count: BatchHead.size, { decoded($0) }),
                found.kind == .definitions
            else { throw damage("definitions are named that are not there") }
            offsets.append(next)
            next = found.definitions
        }
        return offsets
    }

    private mutating func readDefinitions(at place: Int, into table: inout DefinitionTable) throws(JournalError) {
        let here = (offset, position)
        defer { (offset, position) = here }
        offset = place
        guard try hold(BatchHead.size),
            let head = window.withBytes(at: place, count: BatchHead.size, { decoded($0) })
        else { throw damage("definitions are not whole") }
        position = head.first - 1
        guard case .batch(let head) = try step(), payload(of: head, { table.apply($0, count: head.count) }) else {
            throw damage("definitions are not whole")
        }
    }

    /// The damage here, as an error.
    func damage(_ reason: String) -> JournalError {
        .damaged(JournalDamage(file: file.path, offset: offset, position: position, reason: reason))
    }

    /// Whole batches behind bytes that are none, until the file ends: how many, and the largest `settled` they name.
    /// Batches begin at multiples of 8.
    mutating func batchesBehind() throws(JournalError) -> (count: Int, settled: Int) {
        let here = (offset, position)
        defer { (offset, position) = here }
        var found = (count: 0, settled: 0)
        offset += 8
        while try hold(BatchHead.size) {
            guard let head = window.withBytes(at: offset, count: BatchHead.size, { decoded($0) }) else {
                offset += 8
                continue
            }
            position = head.first - 1
            guard case .batch = try look() else {
                offset += 8
                continue
            }
            found = (found.count + 1, max(found.settled, head.settled))
            offset += head.wholeByteCount
        }
        return found
    }
}
