internal import CPlatform

/// Room for a fixed number of values side by side, each initialised when it is first needed, changed in place.
///
/// The memory is mapped at once and costs nothing until touched. Values are destroyed on `deinit`.
public struct Slab<Element: ~Copyable>: ~Copyable {
    /// See `Region.Storage`.
    @safe private struct Storage: BitwiseCopyable {
        let base: UnsafeMutablePointer<Element>
        let capacity: Int
    }

    private let storage: Storage
    /// How many values live, from index 0 on.
    public private(set) var count = 0

    public var capacity: Int { storage.capacity }

    public init(capacity: Int) {
        precondition(capacity > 0, "A slab must hold something.")
        precondition(MemoryLayout<Element>.alignment <= 4096, "A slab is aligned to a page.")
        let bytes = capacity * MemoryLayout<Element>.stride
        guard let raw = unsafe platform_map(bytes) else { preconditionFailure("The system must grant \(bytes) bytes.") }
        storage = unsafe Storage(base: raw.bindMemory(to: Element.self, capacity: capacity), capacity: capacity)
    }

    deinit {
        unsafe storage.base.deinitialize(count: count)
        unsafe platform_unmap(storage.base, storage.capacity * MemoryLayout<Element>.stride)
    }

    /// Adds a value behind the last one and returns its index.
    @discardableResult
    public mutating func append(_ value: consuming Element) -> Int {
        precondition(count < storage.capacity, "A slab must not take more than its capacity.")
        unsafe (storage.base + count).initialize(to: value)
        count += 1
        return count - 1
    }

    public subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "An index must lie in its slab.")
            return unsafe UnsafePointer(storage.base + index)
        }
        nonmutating unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "An index must lie in its slab.")
            return unsafe storage.base + index
        }
    }

    /// Asks the processor to bring the first `lines` cache lines of a value near.
    public func prefetch(_ index: Int, lines: Int) {
        let start = unsafe UnsafeRawPointer(storage.base + index)
        for line in 0..<lines { unsafe platform_prefetch_write(start + line * 64) }
    }
}
