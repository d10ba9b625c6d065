internal import CPlatform

/// Zeroed memory for a fixed number of plain values, mapped from the system and returned on `deinit`.
///
/// Untouched pages cost nothing, so a region may be sized for its limit. Every access is checked against the count.
public struct Region<Element: BitwiseCopyable>: ~Copyable {
    /// Pointer storage stands in a nested plain value: as a direct field of a noncopyable type it stopped the compiler
    /// under the thread sanitizer (Swift 6.3).
    @safe private struct Storage: BitwiseCopyable {
        let base: UnsafeMutablePointer<Element>
        let count: Int
    }

    private let storage: Storage

    public var count: Int { storage.count }

    /// `count` zeroed elements; a process that has no address space left for them stops.
    public init(count: Int) {
        precondition(count > 0, "A region must hold something.")
        let bytes = count * MemoryLayout<Element>.stride
        guard let raw = unsafe platform_map(bytes) else { preconditionFailure("The system must grant \(bytes) bytes.") }
        storage = unsafe Storage(base: raw.bindMemory(to: Element.self, capacity: count), count: count)
    }

    deinit {
        unsafe platform_unmap(storage.base, storage.count * MemoryLayout<Element>.stride)
    }

    /// An element in place: it is read and written where it lies, without a copy on the way.
    public subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its region.")
            return unsafe UnsafePointer(storage.base + index)
        }
        nonmutating unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its region.")
            return unsafe storage.base + index
        }
    }

    /// The first element, for loops that have checked their indices once; it lives as long as the region.
    /// Public, because an accessor of the package is called where this one is inlined.
    @unsafe public var base: UnsafeMutablePointer<Element> { unsafe storage.base }

    /// Lets `body` write an element in place. Through the subscript the thread sanitizer takes the write for one to the
    /// region itself, which the reader of a ring reads at the same time.
    public func change(_ index: Int, _ body: (inout Element) -> Void) {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: storage.count), "An index must lie in its region.")
        unsafe body(&storage.base[index])
    }

    /// Asks the processor to bring an element near before it is read.
    public func prefetch(_ index: Int) { unsafe platform_prefetch(storage.base + index) }

    /// Asks the processor to bring an element near before it is written.
    public func prefetchForWriting(_ index: Int) { unsafe platform_prefetch_write(storage.base + index) }
}
