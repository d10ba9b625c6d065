public import Journal
internal import Market
internal import Rings

/// A journal as its reader sees it, wherever it lies: in files of this process, or with another one that sends it.
///
/// One thread uses it at a time. Reading never waits; `wait` does, and no longer than it is told.
public protocol ReadableJournal: AnyObject {
    /// Whether the writer has been found; before it, nothing else here tells anything.
    var isOpen: Bool { get }
    /// The journal's id.
    var id: UInt64 { get }
    /// The position of the last record lent, or the one that a seek went behind.
    var position: UInt64 { get }
    /// The position of the oldest record that is left.
    var oldest: UInt64 { get }
    /// The last position that is known to be written, and the last that a loss of power would leave.
    var head: UInt64 { get }
    var synced: UInt64 { get }
    /// Whether the writer has ended for good: nothing comes behind `head`.
    var isEnded: Bool { get }
    /// What indices mean at the record lent last; all that is known where none was lent yet.
    var definitions: [JournalDefinition] { get }

    /// Goes behind a position; 0 is before the oldest record that is left.
    ///
    /// Throws `JournalError.trimmed` and `.ahead`, at the latest at the next call of `next`.
    func seek(behind position: UInt64) throws
    /// Lends the next records; false where there are none for now.
    func next(_ body: (JournalBatch, RawSpan) throws -> Void) throws -> Bool
    /// Waits until something may have come, at most so many nanoseconds.
    func wait(atMost nanoseconds: Int64) throws
    /// Says that nothing up to this position is needed any more, here or after a crash.
    func hold(_ position: UInt64)
    /// Says that everything has been taken and kept: the writer need not wait for this reader.
    func leave()
}

/// A journal that another part of this process writes.
final class FileJournal: ReadableJournal {
    private var reader: JournalReader
    private let progress: JournalProgress

    init(_ folder: String, progress: JournalProgress) throws {
        reader = try JournalReader(opening: folder)
        self.progress = progress
        // All that is known: topics stand at the head, symbols as far as there are.
        _ = try reader.lastDefinitions()
    }

    /// One that nobody writes any more.
    init(left folder: String) throws {
        reader = try JournalReader(opening: folder)
        _ = try reader.lastDefinitions()
        progress = JournalProgress()
        progress.note(head: reader.head, isSynced: true, byteCount: 0)
        progress.end()
    }

    var isOpen: Bool { true }
    var id: UInt64 { reader.id }
    var position: UInt64 { reader.position }
    var oldest: UInt64 { reader.oldest }
    var head: UInt64 { UInt64(progress.head.value) }
    var synced: UInt64 { UInt64(progress.synced.value) }
    var isEnded: Bool { progress.ending.isRaised }
    var definitions: [JournalDefinition] { reader.definitions }

    func seek(behind position: UInt64) throws { try reader.seek(behind: position) }

    func next(_ body: (JournalBatch, RawSpan) throws -> Void) throws -> Bool {
        guard head > reader.position else { return false }
        return try reader.next(body)
    }

    /// Whoever reads a file is woken by its writer.
    func wait(atMost nanoseconds: Int64) {}
    func hold(_ position: UInt64) {}
    func leave() {}
}
