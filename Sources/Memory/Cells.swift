internal import CPlatform

/// A growable run of zeroed counters that one state owns: no reference count, no shared buffer to check.
///
/// Indices are checked. Growth keeps the old cells at an offset of the caller's choosing: a run grows at both ends.
public struct Cells<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>: ~Copyable, Sendable {
    /// See `Region.Storage`.
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the run is noncopyable, so exactly one owner reaches this pointer at any time.
        var base: UnsafeMutablePointer<Element>?
        var count: Int
    }

    private var storage = unsafe Storage(base: nil, count: 0)

    public init() {}

    deinit { unsafe storage.base?.deallocate() }

    public var count: Int { storage.count }

    /// Asks the processor to bring a cell near; an index outside is ignored.
    public func prefetch(_ index: Int) {
        guard UInt(bitPattern: index) < UInt(bitPattern: storage.count), let base = unsafe storage.base else { return }
        unsafe platform_prefetch_write(base + index)
    }

    public subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its cells.")
            return unsafe storage.base.unsafelyUnwrapped[index]
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its cells.")
            unsafe storage.base.unsafelyUnwrapped[index] = newValue
        }
    }

    /// Lends the cells for reading: one check for a whole scan.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let base = unsafe storage.base else { return try body(Span()) }
        return try body(unsafe Span(_unsafeStart: base, count: storage.count))
    }

    /// Makes room for `newCount` cells; the old ones begin at `offset` and all others are zero.
    public mutating func grow(to newCount: Int, keepingAt offset: Int) {
        precondition(offset >= 0 && offset + storage.count <= newCount, "The old cells must fit.")
        let base = UnsafeMutablePointer<Element>.allocate(capacity: newCount)
        unsafe base.initialize(repeating: 0, count: newCount)
        if let old = unsafe storage.base {
            unsafe (base + offset).update(from: old, count: storage.count)
            unsafe old.deallocate()
        }
        storage = unsafe Storage(base: base, count: newCount)
    }

    /// Sets cells to zero without giving their memory back.
    public mutating func clear(from start: Int = 0, to end: Int? = nil) {
        let stop = end ?? storage.count
        precondition(start >= 0 && start <= stop && stop <= storage.count, "The range must lie in its cells.")
        guard let base = unsafe storage.base else { return }
        unsafe (base + start).update(repeating: 0, count: stop - start)
    }

    /// Gives the memory back; the run is empty afterwards.
    public mutating func removeAll() {
        unsafe storage.base?.deallocate()
        storage = unsafe Storage(base: nil, count: 0)
    }
}
