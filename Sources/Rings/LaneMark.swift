internal import CPlatform
public import Memory
internal import Synchronization

/// What a lane is at, written down where it outlives the process: the symbol and the event that it works on.
///
/// It costs a store for each event and asks nobody. Where it lies in a file, whoever comes after a crash reads there
/// which event the lane was at, and whether that lane's own fault was the end.
@safe public final class LaneMark: @unchecked Sendable {
    // Sendable: the words are atomic, and the pointer never changes.
    /// Bytes of the file.
    public static let byteCount = 64
    private static let magic: UInt64 = 0x4B52_414D_4C4D_0001

    /// What a mark says.
    public struct Reading: Equatable, Sendable {
        /// Who and what is worked on, as the lane names it; 0 between two visits.
        public var subject: UInt64
        public var event: UInt64
        /// The signal by which the lane's own thread has ended the process; 0 where it has not.
        public var signal: UInt64
        /// Whether somebody has ended the process because the lane did not come on from this very event.
        public var isStuck: Bool
        /// Whose lane it is.
        public var process: Int32

        public init(subject: UInt64, event: UInt64, signal: UInt64, isStuck: Bool, process: Int32) {
            self.subject = subject
            self.event = event
            self.signal = signal
            self.isStuck = isStuck
            self.process = process
        }

        /// Of the words behind the first.
        fileprivate init(_ words: [UInt64]) {
            self.init(
                subject: words[0], event: words[1], signal: words[2], isStuck: words[3] != 0 && words[3] == words[1],
                process: Int32(truncatingIfNeeded: words[4]))
        }

        /// Reads a file's bytes; nil where they are no mark.
        public init?(file: [UInt8]) {
            guard file.count == LaneMark.byteCount else { return nil }
            let words = (0..<6).map { word in
                (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(file[word * 8 + $1]) }
            }
            guard words[0] == LaneMark.magic else { return nil }
            self.init(Array(words[1...]))
        }
    }

    /// The hand that writes it: a plain value for the lane's loop.
    @safe public struct Pen: BitwiseCopyable {
        fileprivate let words: UnsafeMutablePointer<Atomic<UInt64>>

        // Relaxed, all of them: a fault's handler runs on the same thread, and whoever watches only compares.
        @inline(__always)
        public func begin(_ subject: UInt64) { unsafe words[1].store(subject, ordering: .relaxed) }
        @inline(__always)
        public func note(_ event: UInt64) { unsafe words[2].store(event, ordering: .relaxed) }
        @inline(__always)
        public func rest() { unsafe words[1].store(0, ordering: .relaxed) }
    }

    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// In memory that goes with the process: for a run that keeps nothing.
    public init() {
        guard let base = unsafe platform_map(LaneMark.byteCount) else {
            preconditionFailure("The system must grant \(LaneMark.byteCount) bytes.")
        }
        unsafe words = LaneMark.bind(base)
    }

    /// In a file, which is emptied before.
    public init(file path: String) throws(FileError) {
        let file = try StoredFile(path, for: .writing)
        try file.truncate(to: 0)
        unsafe words = LaneMark.bind(try file.mapped(byteCount: LaneMark.byteCount))
    }

    deinit { unsafe platform_unmap(words, LaneMark.byteCount) }

    private static func bind(_ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let words = unsafe base.bindMemory(to: Atomic<UInt64>.self, capacity: byteCount / 8)
        for word in 0..<(byteCount / 8) { unsafe (words + word).initialize(to: Atomic(0)) }
        unsafe words[0].store(magic, ordering: .relaxed)
        unsafe words[5].store(UInt64(StoredFolder.processNumber), ordering: .relaxed)
        return unsafe words
    }

    public var pen: Pen { unsafe Pen(words: words) }

    public var reading: Reading {
        Reading((1...5).map { unsafe words[$0].load(ordering: .relaxed) })
    }

    /// Lets a fault of the calling thread be written down here, from now on until `forgetThread`.
    public func noteFaultsOfThread() {
        unsafe platform_note_faults(UnsafeMutableRawPointer(unsafe words + 3).assumingMemoryBound(to: UInt64.self))
    }

    /// Lets faults of the calling thread be nobody's again; it may come back to `noteFaultsOfThread` at little cost.
    public static func passOverFaultsOfThread() { platform_pass_over_faults() }

    /// The same for a thread that is about to end.
    public static func forgetThread() { platform_note_faults(nil) }

    /// Writes into another process's mark that it is ended because its lane does not come on from an event; should the
    /// lane do so after all, its mark tells of another one.
    public static func noteStuck(at event: UInt64, file path: String) throws(FileError) {
        let file = try StoredFile(path, for: .writing)
        let word = (0..<8).map { UInt8(truncatingIfNeeded: event >> ($0 * 8)) }
        unsafe try file.write(word.span.bytes, at: 32)
    }
}
