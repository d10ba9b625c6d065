internal import Synchronization

/// A count that one thread raises and any thread may read.
public final class Tally: Sendable {
    private let count = Atomic<Int>(0)

    public init() {}

    // Releasing and acquiring: who sees that so much was done may rely on its being done, as the keeper of snapshots
    // does on what a journal has taken. On x86 it costs nothing.
    public var value: Int { count.load(ordering: .acquiring) }
    public func add(_ more: Int = 1) { count.add(more, ordering: .releasing) }
}

/// A request that is made once and seen by everybody.
public final class Signal: Sendable {
    private let raised = Atomic<Bool>(false)

    public init() {}

    // Releasing and acquiring: what was done before the request is seen by whoever sees the request.
    public var isRaised: Bool { raised.load(ordering: .acquiring) }
    public func raise() { raised.store(true, ordering: .releasing) }
}
