internal import Glibc

/// A piece of a file in memory that moves along with its reader; it grows to the longest stretch asked for.
public struct FileWindow: ~Copyable, Sendable {
    /// See `Region.Storage`.
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the window is noncopyable, so exactly one owner reaches this pointer at any time.
        var base: UnsafeMutableRawPointer
        var capacity: Int
    }

    private var storage: Storage
    private var offset = 0
    private var count = 0

    public init(capacity: Int) {
        precondition(capacity > 0, "A window must have room.")
        storage = unsafe Storage(base: .allocate(byteCount: capacity, alignment: 64), capacity: capacity)
    }

    deinit { unsafe storage.base.deallocate() }

    /// How many bytes from a place of the file on are in memory.
    public func held(at offset: Int) -> Int {
        offset < self.offset || offset > self.offset + count ? 0 : self.offset + count - offset
    }

    /// Reads from a place on as much as fits, at least `wanted` bytes unless the file ends, and returns how many.
    @discardableResult
    public mutating func fill(
        from file: borrowing StoredFile, at offset: Int, wanted: Int
    ) throws(FileError) -> Int {
        if wanted > storage.capacity {
            unsafe storage.base.deallocate()
            count = 0
            storage = unsafe Storage(base: .allocate(byteCount: wanted, alignment: 64), capacity: wanted)
        }
        count = 0
        self.offset = offset
        let room = unsafe UnsafeMutableRawBufferPointer(start: storage.base, count: storage.capacity)
        count = unsafe try file.read(at: offset, into: room)
        return count
    }

    /// Nothing of what is in memory counts any more: another file, or its content may have changed.
    public mutating func clear() { count = 0 }

    /// Lends bytes of the file that are in memory.
    public func withBytes<Result, Failure: Error>(
        at offset: Int, count: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(count >= 0 && count <= held(at: offset), "Only bytes in memory can be lent.")
        return try body(unsafe RawSpan(_unsafeStart: storage.base + (offset - self.offset), byteCount: count))
    }
}
