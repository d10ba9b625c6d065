internal import CPlatform

/// A fixed number of plain values that one state owns, all made alike: no reference count, no shared buffer to check.
public struct FixedCells<Element: BitwiseCopyable>: ~Copyable, Sendable {
    /// See `Region.Storage`.
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the run is noncopyable, so exactly one owner reaches this pointer at any time.
        /// None where there are no cells.
        let base: UnsafeMutablePointer<Element>?
        let count: Int
    }

    private let storage: Storage

    public var count: Int { storage.count }

    public init(repeating value: Element, count: Int) {
        precondition(count >= 0, "Cells cannot be shorter than nothing.")
        guard count > 0 else {
            storage = unsafe Storage(base: nil, count: 0)
            return
        }
        // Aligned to a cache line: short runs of cells touch no more lines than they must.
        let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        let base = unsafe raw.bindMemory(to: Element.self, capacity: count)
        unsafe base.initialize(repeating: value, count: count)
        storage = unsafe Storage(base: base, count: count)
    }

    deinit { unsafe storage.base?.deallocate() }

    /// Asks the processor to bring cache lines near.
    public func prefetch(lines: Range<Int>) {
        guard let base = unsafe storage.base else { return }
        let start = UnsafeRawPointer(base)
        for line in lines { unsafe platform_prefetch_write(start + line &* 64) }
    }

    /// Asks the processor to bring a cell near; an index outside is ignored.
    public func prefetch(_ index: Int) {
        guard UInt(bitPattern: index) < UInt(bitPattern: storage.count), let base = unsafe storage.base else { return }
        unsafe platform_prefetch_write(base + index)
    }

    /// Lends the bytes of the first cells for reading.
    func withBytes(first count: Int, _ body: (RawSpan) -> Void) {
        precondition(count >= 0 && count <= storage.count, "A range must lie in its cells.")
        guard let base = unsafe storage.base, count > 0 else { return }
        body(unsafe RawSpan(_unsafeStart: base, byteCount: count * MemoryLayout<Element>.stride))
    }

    public subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its cells.")
            return unsafe UnsafePointer(storage.base.unsafelyUnwrapped + index)
        }
        unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its cells.")
            return unsafe storage.base.unsafelyUnwrapped + index
        }
    }
}
