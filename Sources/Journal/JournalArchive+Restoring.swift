internal import Compression
internal import Memory

extension JournalArchive {
    /// Unpacks an archive into a folder that is empty or not there yet: the same journal, with the same id. Everything
    /// is checked before the segments get their names.
    public static func restore(_ path: String, into folder: String) throws(JournalError) -> Content {
        let place = JournalFolder(folder)
        let isEmpty: Bool
        do throws(FileError) {
            try StoredFolder.make(place.path)
            isEmpty = try StoredFolder.names(in: place.path).isEmpty
        } catch { throw JournalError(writing: error) }
        guard isEmpty else { throw .notEmpty(folder: place.path) }
        var input = try ArchiveInput(path)
        let content = try input.head()
        var firsts: [UInt64] = []
        do throws(JournalError) {
            for _ in 0..<content.segments { firsts.append(try input.unpack(into: place)) }
            try input.finish()
            for first in firsts { try rename(first, in: place) }
            let found = try JournalVerification(of: folder)
            guard found.records == content.head + 1 - content.oldest, found.tail == nil else {
                throw JournalError.notAJournal(path: path, reason: "it does not hold what its head says")
            }
        } catch {
            for first in firsts {
                try? StoredFolder.remove(place.unfinished(first))
                try? StoredFolder.remove(place.segment(first))
            }
            throw error
        }
        return content
    }

    private static func rename(_ first: UInt64, in folder: JournalFolder) throws(JournalError) {
        do throws(FileError) {
            try StoredFolder.rename(folder.unfinished(first), to: folder.segment(first))
            try StoredFolder.sync(folder.path)
        } catch { throw JournalError.system(error) }
    }
}

/// The content of an archive, read from its start to its end.
private struct ArchiveInput: ~Copyable {
    private let path: String
    private var stream: DecodedStream

    init(_ path: String) throws(JournalError) {
        do throws(CompressionError) { stream = try DecodedStream(path: path) } catch {
            throw JournalError.notAJournal(path: path, reason: "\(error)")
        }
        self.path = path
    }

    private func refusal(_ reason: String) -> JournalError { .notAJournal(path: path, reason: reason) }

    /// Waits for so many bytes; throws where the archive ends before.
    private mutating func hold(_ count: Int) throws(JournalError) -> Int {
        let held: Int
        do throws(CompressionError) { held = try stream.fill(count) } catch { throw refusal("\(error)") }
        guard held >= count else { throw refusal("it ends too early") }
        return held
    }

    mutating func head() throws(JournalError) -> JournalArchive.Content {
        _ = try hold(JournalArchive.headSize)
        let (magic, version, content) = stream.withBytes { bytes -> (UInt64, UInt16, JournalArchive.Content) in
            let segments: UInt32 = bytes.integer(at: 12)
            let content = JournalArchive.Content(
                id: bytes.integer(at: 16), oldest: bytes.integer(at: 24), head: bytes.integer(at: 32),
                segments: Int(segments), byteCount: 0)
            return (bytes.integer(at: 0), bytes.integer(at: 8), content)
        }
        guard magic == JournalArchive.magic else { throw refusal("it is no archive of a journal") }
        guard version <= JournalArchive.version else {
            throw .newerVersion(path: path, version: Int(version), known: Int(JournalArchive.version))
        }
        guard content.segments > 0, content.oldest > 0, content.head >= content.oldest - 1 else {
            throw refusal("its head makes no sense")
        }
        stream.skip(JournalArchive.headSize)
        return content
    }

    /// Writes the next segment under its unfinished name and returns its first position.
    mutating func unpack(into folder: JournalFolder) throws(JournalError) -> UInt64 {
        _ = try hold(16)
        let (first, byteCount) = stream.withBytes { bytes -> (UInt64, UInt64) in
            (bytes.integer(at: 0), bytes.integer(at: 8))
        }
        stream.skip(16)
        guard first > 0, byteCount <= UInt64(JournalLimits.segment.upperBound) * 2 else {
            throw refusal("a segment's length makes no sense")
        }
        do throws(JournalError) { try unpack(Int(byteCount), to: folder.unfinished(first)) } catch {
            try? StoredFolder.remove(folder.unfinished(first))
            throw error
        }
        return first
    }

    private static func making(_ path: String) throws(JournalError) -> StoredFile {
        do throws(FileError) { return try StoredFile(path, for: .making) } catch { throw JournalError(writing: error) }
    }

    private mutating func unpack(_ byteCount: Int, to path: String) throws(JournalError) {
        let file = try ArchiveInput.making(path)
        var offset = 0
        while offset < byteCount {
            let count = min(try hold(1), byteCount - offset)
            do throws(FileError) {
                try stream.withBytes { bytes throws(FileError) in
                    try file.write(bytes.extracting(0..<count), at: offset)
                }
            } catch { throw JournalError(writing: error) }
            stream.skip(count)
            offset += count
        }
        do throws(FileError) { try file.sync() } catch { throw JournalError(writing: error) }
    }

    /// Nothing may follow, and the checksum of the whole must fit.
    mutating func finish() throws(JournalError) {
        let held: Int
        do throws(CompressionError) { held = try stream.fill(1) } catch { throw refusal("\(error)") }
        guard held == 0 else { throw refusal("something follows its end") }
    }
}
