internal import CPlatform

/// Room for a fixed number of values side by side, each made when it is first needed and changed in place.
///
/// The memory is mapped at once and costs nothing until touched; the values die with the shelf. A shelf is an object so
/// that whoever works on one of its values can keep it alive.
@safe public final class Shelf<Element: ~Copyable>: @unchecked Sendable {
    // Sendable: a value is touched only by the thread that its owner says (a lane, for its symbols' states), and values
    // are added by that same thread.
    private let base: UnsafeMutableRawPointer
    public let capacity: Int
    /// How many values live. Behind a pointer, because each look at a variable of an object is checked for exclusive
    /// access at run time, which costs as much as half an event's work.
    private let live: UnsafeMutablePointer<Int>

    /// How many values live, from index 0 on.
    public var count: Int { unsafe live.pointee }

    public init(capacity: Int) {
        precondition(capacity > 0, "A shelf must hold something.")
        precondition(MemoryLayout<Element>.alignment <= 4096, "A shelf is aligned to a page.")
        let bytes = capacity * Shelf.stride
        guard let raw = unsafe platform_map(bytes) else { preconditionFailure("The system must grant \(bytes) bytes.") }
        unsafe base = raw
        unsafe live = .allocate(capacity: 1)
        unsafe live.initialize(to: 0)
        self.capacity = capacity
    }

    deinit {
        for index in 0..<count { unsafe place(index).deinitialize(count: 1) }
        unsafe live.deallocate()
        unsafe platform_unmap(base, capacity * Shelf.stride)
    }

    /// Bytes from one value to the next: whole cache lines, so that fields lie in the lines that the value's type says.
    private static var stride: Int { (MemoryLayout<Element>.stride + 63) & ~63 }

    @inline(__always)
    private func place(_ index: Int) -> UnsafeMutablePointer<Element> {
        unsafe (base + index &* Shelf.stride).assumingMemoryBound(to: Element.self)
    }

    /// Adds a value behind the last one and returns its index.
    @discardableResult
    public func append(_ value: consuming Element) -> Int {
        precondition(count < capacity, "A shelf must not take more than its capacity.")
        unsafe place(count).initialize(to: value)
        unsafe live.pointee += 1
        return count - 1
    }

    public subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "An index must lie on its shelf.")
            return unsafe UnsafePointer(place(index))
        }
        unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "An index must lie on its shelf.")
            return unsafe place(index)
        }
    }

    /// Lends a value to be changed in place; its place is looked up and checked once.
    @inline(__always)
    public func change(_ index: Int, _ body: (inout Element) -> Void) {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "An index must lie on its shelf.")
        unsafe body(&place(index).pointee)
    }

    /// Asks the processor to bring cache lines of a value near.
    public func prefetch(_ index: Int, lines: Range<Int>) {
        let start = unsafe UnsafeRawPointer(base + index &* Shelf.stride)
        for line in lines { unsafe platform_prefetch_write(start + line &* 64) }
    }
}
