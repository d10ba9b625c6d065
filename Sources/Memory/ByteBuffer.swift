/// A growing run of bytes to which plain values are appended unaligned, in this machine's byte order (little-endian).
///
/// Growth doubles; `removeAll` keeps the memory, so a buffer that is drained regularly allocates only at first.
public struct ByteBuffer: ~Copyable, Sendable {
    /// See `Region.Storage`.
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the buffer is noncopyable, so exactly one owner reaches this pointer at any time.
        var base: UnsafeMutableRawPointer
        var capacity: Int
    }

    private var storage: Storage
    public private(set) var count = 0

    public init(capacity: Int = 4096) {
        precondition(capacity > 0, "A buffer must have room.")
        storage = unsafe Storage(base: .allocate(byteCount: capacity, alignment: 64), capacity: capacity)
    }

    deinit { unsafe storage.base.deallocate() }

    public var isEmpty: Bool { count == 0 }

    public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        reserve(size)
        unsafe storage.base.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += size
    }

    /// Appends three values with one look at the room. Inlined, so that they are put together in their place: put
    /// together elsewhere and copied, they would stall on their own stores.
    @inline(__always)
    public mutating func append<First: BitwiseCopyable, Second: BitwiseCopyable, Third: BitwiseCopyable>(
        _ first: First, _ second: Second, _ third: Third
    ) {
        let (start, middle) = (MemoryLayout<First>.size, MemoryLayout<First>.size + MemoryLayout<Second>.size)
        let size = middle + MemoryLayout<Third>.size
        reserve(size)
        let place = unsafe storage.base + count
        unsafe place.storeBytes(of: first, as: First.self)
        unsafe place.storeBytes(of: second, toByteOffset: start, as: Second.self)
        unsafe place.storeBytes(of: third, toByteOffset: middle, as: Third.self)
        count &+= size
    }

    public mutating func append(_ bytes: RawSpan) {
        reserve(bytes.byteCount)
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe storage.base.advanced(by: count).copyMemory(from: from, byteCount: source.count)
        }
        count += bytes.byteCount
    }

    /// Appends the lowest `length` bytes of a word, the lowest first: up to eight characters in one store.
    public mutating func append(_ word: UInt64, length: Int) {
        precondition(length >= 0 && length <= 8, "A word has eight bytes.")
        reserve(8)
        unsafe storage.base.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
        count += length
    }

    /// Writes over what was appended earlier.
    public mutating func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "A store must lie in the buffer.")
        unsafe storage.base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    public func load<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "A load must lie in the buffer.")
        return unsafe storage.base.loadUnaligned(fromByteOffset: offset, as: Value.self)
    }

    public mutating func removeAll() { count = 0 }

    /// Cuts what was appended after `newCount`.
    public mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count, "A buffer can only be cut.")
        count = newCount
    }

    /// Lends the bytes for reading.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        let span = unsafe RawSpan(_unsafeStart: storage.base, byteCount: count)
        return try body(span)
    }

    private mutating func reserve(_ more: Int) {
        if _fastPath(count + more <= storage.capacity) { return }
        grow(to: count + more)
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        let capacity = max(storage.capacity * 2, needed)
        let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        unsafe base.copyMemory(from: storage.base, byteCount: count)
        unsafe storage.base.deallocate()
        storage = unsafe Storage(base: base, capacity: capacity)
    }
}
