/// Objects that are called one after the other, again and again: the list keeps them alive, so that a call need not.
///
/// Walking an array of them retains and releases each one, which costs more than the calls (docs/performance.md).
@safe public struct CallList<Element: AnyObject>: ~Copyable {
    private let owned: [Element]
    private let base: UnsafeMutablePointer<Unmanaged<Element>>
    public let count: Int

    public init(_ elements: [Element]) {
        owned = elements
        count = elements.count
        unsafe base = UnsafeMutablePointer<Unmanaged<Element>>.allocate(capacity: max(count, 1))
        for (index, element) in elements.enumerated() {
            unsafe (base + index).initialize(to: Unmanaged.passUnretained(element))
        }
    }

    deinit { unsafe base.deallocate() }

    public var isEmpty: Bool { count == 0 }

    /// Lends each object in turn; it must not be kept.
    ///
    /// Each of the first places has a call of its own: it leads to the same method each time, which the processor
    /// remembers by call. In one loop it would have to guess where the one call leads next.
    @inlinable @inline(__always)
    public func forEach(_ body: (Element) -> Void) {
        if count > 0 { call(0, body) }
        if count > 1 { call(1, body) }
        if count > 2 { call(2, body) }
        if count > 3 { call(3, body) }
        if count > 4 { call(4, body) }
        if count > 5 { call(5, body) }
        if count > 6 { call(6, body) }
        if count > 7 { call(7, body) }
        if count > 8 { call(8, body) }
        if count > 9 { call(9, body) }
        if count > 10 { call(10, body) }
        if count > 11 { call(11, body) }
        if count > 12 { call(12, body) }
        if count > 13 { call(13, body) }
        if _slowPath(count > 14) {
            for index in 14..<count { call(index, body) }
        }
    }

    /// Lends the object at a place.
    @inlinable @inline(__always)
    public func call(_ index: Int, _ body: (Element) -> Void) {
        unsafe reference(index)._withUnsafeGuaranteedRef { body($0) }
    }

    @usableFromInline @inline(__always)
    func reference(_ index: Int) -> Unmanaged<Element> { unsafe base[index] }
}
