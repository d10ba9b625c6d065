internal import Memory
internal import Synchronization

/// A ring of bytes between one writer and one reader, for records of different lengths.
///
/// Records are multiples of 8 bytes and never torn: one that does not fit before the ring's end begins at its start,
/// and a mark fills what is left.
public struct ByteRing: ~Copyable {
    private let storage: ByteRingStorage

    /// - Parameter capacity: bytes, a power of two of at least 4096. A record may be half as long.
    public init(capacity: Int) {
        precondition(capacity >= 4096 && capacity & (capacity - 1) == 0, "A capacity must be a power of two.")
        storage = ByteRingStorage(capacity: capacity)
    }

    /// Parts the ring into its two ends, each for one thread.
    public consuming func split(_ take: (consuming ByteRingWriter, consuming ByteRingReader) -> Void) {
        take(ByteRingWriter(storage), ByteRingReader(storage))
    }
}

@safe final class ByteRingStorage: @unchecked Sendable {
    // Sendable: bytes pass from writer to reader through `written` and back through `read`.
    let capacity: Int
    let base: UnsafeMutableRawPointer
    let written = PaddedCounter()
    let read = PaddedCounter()

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { unsafe base.deallocate() }
}

/// The length word that says: the rest of the ring is empty, go on at its start.
private let skipMark: UInt64 = .max

/// The writing end.
public struct ByteRingWriter: ~Copyable {
    private let storage: ByteRingStorage
    private var written: UInt64 = 0
    private var readSeen: UInt64 = 0

    init(_ storage: ByteRingStorage) { self.storage = storage }

    /// The longest run that one `write` takes.
    public var limit: Int { storage.capacity / 2 - 8 }

    /// Copies a run of bytes in, visible after `publish`; false, and nothing changes, when there is no room now.
    public mutating func write(_ bytes: RawSpan) -> Bool {
        precondition(
            bytes.byteCount % 8 == 0 && bytes.byteCount <= limit, "A run must be whole words within the limit.")
        let need = bytes.byteCount + 8
        var offset = Int(written & UInt64(storage.capacity - 1))
        let rest = storage.capacity - offset
        let skipped = rest < need ? rest : 0
        guard hasRoom(need + skipped) else { return false }
        if skipped > 0 {
            unsafe storage.base.storeBytes(of: skipMark, toByteOffset: offset, as: UInt64.self)
            written &+= UInt64(skipped)
            offset = 0
        }
        unsafe storage.base.storeBytes(of: UInt64(bytes.byteCount), toByteOffset: offset, as: UInt64.self)
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe (storage.base + offset + 8).copyMemory(from: from, byteCount: source.count)
        }
        written &+= UInt64(need)
        return true
    }

    /// Makes what was written visible to the reader.
    public mutating func publish() {
        // Releasing: the reader must not see the count before the bytes.
        storage.written.publish(written)
    }

    public var inFlightBytes: Int { Int(written &- storage.read.glance()) }

    private mutating func hasRoom(_ need: Int) -> Bool {
        if Int(written &- readSeen) + need <= storage.capacity { return true }
        // Acquiring: bytes that the reader has passed may be overwritten from here on.
        readSeen = storage.read.observe()
        return Int(written &- readSeen) + need <= storage.capacity
    }
}

/// The reading end.
public struct ByteRingReader: ~Copyable {
    private let storage: ByteRingStorage
    private var read: UInt64 = 0

    init(_ storage: ByteRingStorage) { self.storage = storage }

    public var hasNews: Bool {
        // Acquiring: whoever acts on it reads the bytes next.
        storage.written.observe() != read
    }

    /// Lends every run that was published, in order, then gives its room back; returns how many there were.
    @discardableResult
    public mutating func drain(_ body: (RawSpan) throws -> Void) rethrows -> Int {
        let end = storage.written.observe()
        var runs = 0
        while read != end {
            let offset = Int(read & UInt64(storage.capacity - 1))
            let length = unsafe storage.base.load(fromByteOffset: offset, as: UInt64.self)
            if length == skipMark {
                read &+= UInt64(storage.capacity - offset)
                continue
            }
            try body(unsafe RawSpan(_unsafeStart: storage.base + offset + 8, byteCount: Int(length)))
            read &+= length &+ 8
            runs += 1
            // Releasing: the writer may reuse the bytes only after they were read.
            storage.read.publish(read)
        }
        storage.read.publish(read)
        return runs
    }
}
