internal import CPlatform
internal import Memory
internal import Synchronization

/// One visit to a ring with news: which ring, how many elements, and where the first of them lies.
public struct RingVisit: BitwiseCopyable, Sendable {
    public let ring: Int
    public let count: Int
    let position: UInt32
}

/// The elements of one visit, each in its slot. Valid until the visit is released.
@safe public struct RingElements<Element: BitwiseCopyable>: BitwiseCopyable {
    let slots: UnsafeMutablePointer<Element>
    let position: UInt32
    let mask: UInt32
    public let count: Int

    /// An element where it lies: a field of it is read without reading the rest.
    public subscript(offset: Int) -> Element {
        unsafeAddress {
            unsafe UnsafePointer(slots + Int((position &+ UInt32(truncatingIfNeeded: offset)) & mask))
        }
    }

    /// Lends the elements in order, where they lie.
    @inline(__always)
    public func forEach(_ body: (borrowing Element) -> Void) {
        for offset in 0..<UInt32(truncatingIfNeeded: count) {
            unsafe body(slots[Int((position &+ offset) & mask)])
        }
    }
}

/// The reading end of a bank.
///
/// The reader asks for the number of rings with news, then visits each: reads its elements in place and releases them.
public struct BankReader<Element: BitwiseCopyable>: ~Copyable {
    private let storage: BankStorage<Element>
    /// Where slots and ready entries lie, side by side: through the storage each look would be one step longer.
    private let places: Places
    private let mask: UInt32
    private let entryMask: UInt64
    private let capacity: Int
    private var takenEntries: UInt64 = 0
    private var consumedElements: UInt64 = 0

    /// See `Region.Storage`; the storage keeps what these point to alive.
    @safe private struct Places: BitwiseCopyable, @unchecked Sendable {
        // Sendable: as the storage itself.
        let slots: UnsafeMutablePointer<Element>
        let ready: UnsafeMutablePointer<ReadyEntry>
        let readPositions: UnsafeMutablePointer<Atomic<UInt32>>
    }

    init(_ storage: BankStorage<Element>) {
        self.storage = storage
        places = unsafe Places(
            slots: storage.slots.base, ready: storage.ready.base, readPositions: storage.readPositions)
        mask = UInt32(storage.capacity - 1)
        entryMask = UInt64(storage.flightLimit - 1)
        capacity = storage.capacity
    }

    /// How many rings have news.
    public func ready() -> Int {
        // Acquiring: the entries and slots behind the count must be seen whole.
        Int(storage.published.observe() &- takenEntries)
    }

    /// The visit `offset` places behind the next one; `offset` must be below what `ready` returned.
    ///
    /// The mask keeps the place inside of the entries, and a ring in them was checked when it was staged: no further
    /// check here, where each costs as much as a step of the work.
    public func visit(_ offset: Int) -> RingVisit {
        let place = (takenEntries &+ UInt64(truncatingIfNeeded: offset)) & entryMask
        let entry = unsafe places.ready[Int(truncatingIfNeeded: place)]
        return RingVisit(ring: Int(entry.ring), count: Int(entry.count), position: entry.position)
    }

    /// The elements of a visit.
    public func elements(of visit: RingVisit) -> RingElements<Element> {
        unsafe RingElements(
            slots: places.slots + visit.ring &* capacity, position: visit.position, mask: mask,
            count: visit.count)
    }

    /// Asks the processor for the first slot of a visit to come.
    public func prefetch(_ visit: RingVisit) {
        unsafe platform_prefetch(places.slots + (visit.ring &* capacity &+ Int(visit.position & mask)))
    }

    /// Lends the elements of a visit in order, each in its slot.
    public func forEach(of visit: RingVisit, _ body: (borrowing Element) -> Void) {
        elements(of: visit).forEach(body)
    }

    /// Gives the elements of one visit back to the writer; they stay readable as the ring's memory.
    public mutating func release(_ visit: RingVisit) {
        let next = visit.position &+ UInt32(truncatingIfNeeded: visit.count)
        consumedElements &+= UInt64(visit.count)
        // Releasing: the writer may reuse the slots only after they were read.
        unsafe places.readPositions[visit.ring].store(next, ordering: .releasing)
    }

    /// Gives the ready entries of `count` visits back, after each of them was released.
    public mutating func finish(_ count: Int) {
        takenEntries &+= UInt64(count)
        // Releasing: as above, for the entries.
        storage.consumed.publish(consumedElements)
    }

    /// The last consumed elements of a ring, oldest first: at most the bank's memory, fewer in a young ring.
    public func memory(of ring: Int) -> [Element] {
        precondition(ring >= 0 && ring < storage.rings, "A ring must be of its bank.")
        // Relaxed: the reader reads what it stored itself.
        let position = unsafe storage.readPositions[ring].load(ordering: .relaxed)
        let kept = min(Int(position), storage.memory)
        return (0..<kept).map { index in
            storage.slots[ring * capacity + Int((position &- UInt32(kept - index)) & mask)]
        }
    }
}
