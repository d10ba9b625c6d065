internal import Market
internal import Memory

/// The first 64 bytes of a segment; docs/journal.md has the table.
struct SegmentHead: Equatable, Sendable {
    static let size = 64
    static let version = 1
    /// `MILLRACE` as eight bytes.
    static let magic: UInt64 = 0x4543_4152_4C4C_494D

    var content: JournalContent
    var journal: UInt64
    /// The position of the first record in the segment.
    var first: UInt64
    /// When the segment was made, by the file system's clock.
    var created: Timestamp
    /// The latest venue time of everything before the segment, trimmed or not.
    var before: Timestamp

    func encode(into buffer: inout ByteBuffer) {
        let start = buffer.count
        buffer.append(Self.magic)
        buffer.append(UInt16(Self.version))
        buffer.append(UInt16(content.rawValue))
        buffer.append(UInt32(0))
        buffer.append(journal)
        buffer.append(first)
        buffer.append(created.nanoseconds)
        buffer.append(before.nanoseconds)
        buffer.append(UInt64(0))
        buffer.append(UInt32(0))
        let checksum = buffer.withBytes { Checksum.castagnoli($0.extracting(start..<$0.byteCount)) }
        buffer.append(checksum)
    }

    static func decode(_ bytes: RawSpan, path: String) throws(JournalError) -> SegmentHead {
        guard bytes.byteCount >= size else {
            throw JournalError.notAJournal(path: path, reason: "it has no whole head")
        }
        guard bytes.integer(at: 0, as: UInt64.self) == magic else {
            throw JournalError.notAJournal(path: path, reason: "it does not begin as a segment does")
        }
        let version = bytes.integer(at: 8, as: UInt16.self)
        guard version <= Self.version else {
            throw JournalError.newerVersion(path: path, version: Int(version), known: Self.version)
        }
        let checksum: UInt32 = bytes.integer(at: 60)
        guard checksum == Checksum.castagnoli(bytes.extracting(0..<60)) else {
            throw JournalError.damaged(
                JournalDamage(
                    file: path, offset: 0, position: 0, reason: "the segment's head does not fit its checksum"))
        }
        guard let content = JournalContent(rawValue: bytes.integer(at: 10)) else {
            throw JournalError.notAJournal(path: path, reason: "its content is unknown")
        }
        return SegmentHead(
            content: content, journal: bytes.integer(at: 16), first: bytes.integer(at: 24),
            created: Timestamp(nanoseconds: bytes.integer(at: 32)),
            before: Timestamp(nanoseconds: bytes.integer(at: 40)))
    }
}

/// The 64 bytes before the payload of each batch; docs/journal.md has the table.
struct BatchHead: Equatable, Sendable {
    static let size = 64

    /// What a batch holds, by the four bytes that it begins with.
    enum Kind: UInt32 {
        /// `MRJR`: records.
        case records = 0x524A_524D
        /// `MRJD`: definitions.
        case definitions = 0x444A_524D
    }

    var kind: Kind
    var payloadChecksum: UInt32
    /// Bytes of payload, a multiple of 8.
    var byteCount: Int
    /// The position of the first record; of definitions, that of the record that comes next.
    var first: UInt64
    var count: Int
    /// Where in the segment the last definitions before this batch stand; 0 where there are none.
    var definitions: Int
    var earliest: Timestamp
    var latest: Timestamp
    /// Everything before this offset of the segment was on the device, or left to the system for good, when this batch
    /// was written: a hole there is damage and no torn tail.
    var settled: Int

    /// The last position once this batch has been passed.
    var last: UInt64 { kind == .records ? first + UInt64(count) - 1 : first - 1 }
    var wholeByteCount: Int { Self.size + byteCount }
    var batch: JournalBatch { JournalBatch(first: first, count: count, earliest: earliest, latest: latest) }

    func encode(into buffer: inout ByteBuffer, journal: UInt64) {
        let start = buffer.count
        buffer.append(kind.rawValue)
        buffer.append(UInt32(0))
        buffer.append(payloadChecksum)
        buffer.append(UInt32(byteCount))
        buffer.append(first)
        buffer.append(UInt32(count))
        buffer.append(UInt32(definitions))
        buffer.append(earliest.nanoseconds)
        buffer.append(latest.nanoseconds)
        buffer.append(UInt64(settled))
        buffer.append(journal)
        let checksum = buffer.withBytes { Checksum.castagnoli($0.extracting(start + 8..<$0.byteCount)) }
        buffer.store(checksum, at: start + 4)
    }

    /// Nil where the bytes are no head of a batch of this journal.
    static func decode(_ bytes: RawSpan, journal: UInt64) -> BatchHead? {
        guard bytes.byteCount >= size, let kind = Kind(rawValue: bytes.integer(at: 0)) else { return nil }
        guard bytes.integer(at: 4, as: UInt32.self) == Checksum.castagnoli(bytes.extracting(8..<size)) else {
            return nil
        }
        let head = BatchHead(
            kind: kind, payloadChecksum: bytes.integer(at: 8), byteCount: Int(bytes.integer(at: 12, as: UInt32.self)),
            first: bytes.integer(at: 16), count: Int(bytes.integer(at: 24, as: UInt32.self)),
            definitions: Int(bytes.integer(at: 28, as: UInt32.self)),
            earliest: Timestamp(nanoseconds: bytes.integer(at: 32)),
            latest: Timestamp(nanoseconds: bytes.integer(at: 40)), settled: bytes.integer(at: 48))
        guard bytes.integer(at: 56, as: UInt64.self) == journal, head.isPlausible else { return nil }
        return head
    }

    private var isPlausible: Bool {
        count > 0 && byteCount > 0 && byteCount <= JournalLimits.batch && byteCount % 8 == 0 && first > 0
            && first < UInt64(Int64.max) && settled >= 0
    }
}

/// One entry of a segment's index; docs/journal.md has the table.
struct IndexEntry: Equatable, Sendable {
    static let size = 32

    /// The position of the first record of the batch at `offset`.
    var first: UInt64
    var offset: Int
    /// The latest venue time of everything before that batch, of all segments.
    var before: Timestamp

    func encode(into buffer: inout ByteBuffer, journal: UInt64) {
        let start = buffer.count
        buffer.append(first)
        buffer.append(UInt64(offset))
        buffer.append(before.nanoseconds)
        buffer.append(journal)
        let checksum = buffer.withBytes { Checksum.castagnoli($0.extracting(start..<$0.byteCount)) }
        // Only its sum is kept of the journal's id.
        buffer.store(UInt64(checksum), at: start + 24)
    }

    static func decode(_ bytes: RawSpan, at start: Int, journal: UInt64) -> IndexEntry? {
        guard start + size <= bytes.byteCount else { return nil }
        let entry = IndexEntry(
            first: bytes.integer(at: start), offset: bytes.integer(at: start + 8),
            before: Timestamp(nanoseconds: bytes.integer(at: start + 16)))
        var again = ByteBuffer(capacity: size)
        entry.encode(into: &again, journal: journal)
        let checksum: UInt64 = bytes.integer(at: start + 24)
        return checksum == again.load(at: 24, as: UInt64.self) && entry.offset >= 0 ? entry : nil
    }
}
