internal import Compression
internal import Memory

/// A journal packed into one file, for keeping or for another machine; docs/journal.md says how it is laid out.
public enum JournalArchive {
    static let magic: UInt64 = 0x3148_4352_414A_524D
    static let version: UInt16 = 1
    static let headSize = 64

    /// What an archive holds.
    public struct Content: Sendable, Hashable {
        public let id: UInt64
        public let oldest: UInt64
        public let head: UInt64
        public let segments: Int
        /// Bytes of the segments, unpacked.
        public let byteCount: Int
    }

    /// Packs a journal up to its last whole batch into a new file; a writer may go on meanwhile.
    public static func pack(_ folder: String, into path: String) throws(JournalError) -> Content {
        let place = JournalFolder(folder)
        let firsts = try place.segments()
        guard let oldest = firsts.first else { throw .missing(folder: place.path) }
        var ends: [(first: UInt64, byteCount: Int)] = []
        var head: UInt64 = 0
        for first in firsts {
            var cursor = try SegmentCursor(place.segment(first))
            while case .batch(let batch) = try cursor.step() { cursor.pass(batch) }
            let isWhole = try cursor.byteCount() == cursor.offset
            guard first == firsts.last || isWhole else { throw cursor.damage("a batch is not whole") }
            ends.append((first, cursor.offset))
            head = cursor.position
        }
        let own = try SegmentCursor(place.segment(oldest)).head
        var output = try ArchiveOutput(path)
        do throws(JournalError) {
            try output.write(archiveHead(own, segments: ends.count, head: head))
            for end in ends { try output.write(segment: end.first, of: place, byteCount: end.byteCount) }
            try output.finish()
        } catch {
            try? StoredFolder.remove(path)
            throw error
        }
        return Content(
            id: own.journal, oldest: oldest, head: head, segments: ends.count,
            byteCount: ends.reduce(0) { $0 + $1.byteCount })
    }

    private static func archiveHead(_ own: SegmentHead, segments: Int, head: UInt64) -> [UInt8] {
        var buffer = ByteBuffer(capacity: headSize)
        buffer.append(magic)
        buffer.append(version)
        buffer.append(UInt16(own.content.rawValue))
        buffer.append(UInt32(segments))
        buffer.append(own.journal)
        buffer.append(own.first)
        buffer.append(head)
        for _ in 0..<3 { buffer.append(UInt64(0)) }
        return buffer.withBytes { $0.array }
    }
}

/// The file that an archive is packed into.
private struct ArchiveOutput: ~Copyable {
    private let file: StoredFile
    private var encoder = ZstdEncoder()
    private var end = 0

    init(_ path: String) throws(JournalError) {
        do throws(FileError) { file = try StoredFile(path, for: .making) } catch { throw JournalError.system(error) }
    }

    mutating func write(_ bytes: [UInt8]) throws(JournalError) {
        try bytes.withRawSpan { span throws(JournalError) in try pack(span) }
    }

    private mutating func pack(_ bytes: RawSpan) throws(JournalError) {
        var end = self.end
        do throws(FileError) {
            try encoder.write(bytes) { packed throws(FileError) in
                try file.write(packed, at: end)
                end += packed.byteCount
            }
        } catch { throw JournalError(writing: error) }
        self.end = end
    }

    /// A segment's first position and length, then its bytes.
    mutating func write(segment first: UInt64, of folder: JournalFolder, byteCount: Int) throws(JournalError) {
        var head = ByteBuffer(capacity: 16)
        head.append(first)
        head.append(UInt64(byteCount))
        try write(head.withBytes { $0.array })
        let source = try SegmentCursor(folder.segment(first))
        var window = FileWindow(capacity: 1 << 20)
        var offset = 0
        while offset < byteCount {
            do throws(FileError) { try window.fill(from: source.file, at: offset, wanted: 1) } catch {
                throw JournalError.system(error)
            }
            guard window.held(at: offset) > 0 else { throw source.damage("the segment has become shorter") }
            let count = min(window.held(at: offset), byteCount - offset)
            try window.withBytes(at: offset, count: count) { bytes throws(JournalError) in try pack(bytes) }
            offset += count
        }
    }

    mutating func finish() throws(JournalError) {
        var end = self.end
        do throws(FileError) {
            try encoder.finish { packed throws(FileError) in
                try file.write(packed, at: end)
                end += packed.byteCount
            }
            try file.sync()
        } catch { throw JournalError(writing: error) }
    }
}
