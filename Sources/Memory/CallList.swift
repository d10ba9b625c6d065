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
    @inlinable @inline(__always)
    public func forEach(_ body: (Element) -> Void) {
        for index in 0..<count { unsafe reference(index)._withUnsafeGuaranteedRef { body($0) } }
    }

    @usableFromInline @inline(__always)
    func reference(_ index: Int) -> Unmanaged<Element> { unsafe base[index] }
}
