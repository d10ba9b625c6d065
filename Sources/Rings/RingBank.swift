internal import CPlatform
internal import Memory
internal import Synchronization

/// Many rings in one piece of memory between one writer and one reader, with one queue of the rings that have news.
///
/// A ring holds what its reader has not consumed yet *and* the last elements that it has: the writer never overtakes
/// the reader by more than `capacity − memory`. The writer stages elements and publishes them once per burst with a
/// single releasing store; the reader takes the rings that have news from the ready queue, so that rings without news
/// cost nothing however many there are.
///
/// Unlike a queue an element is never moved: it is written once into its slot and read there.
public struct RingBank<Element: BitwiseCopyable>: ~Copyable {
    private let storage: BankStorage<Element>

    /// - Parameters:
    ///   - rings: how many rings there may be at most; memory is taken when a ring is first used.
    ///   - capacity: elements of one ring, a power of two.
    ///   - memory: consumed elements of a ring that stay readable, below `capacity`.
    ///   - flightLimit: elements between writer and reader over all rings, a power of two.
    public init(rings: Int, capacity: Int, memory: Int, flightLimit: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "A ring's capacity must be a power of two.")
        precondition(memory >= 0 && memory < capacity, "A ring must have room beside its memory.")
        precondition(flightLimit > 0 && flightLimit & (flightLimit - 1) == 0, "The limit must be a power of two.")
        precondition(rings > 0 && rings <= Int(UInt32.max), "Rings are numbered in 32 bits.")
        storage = BankStorage(rings: rings, capacity: capacity, memory: memory, flightLimit: flightLimit)
    }

    /// Parts the bank into its two ends, each for one thread.
    public consuming func split(
        _ take: (consuming BankWriter<Element>, consuming BankReader<Element>) -> Void
    ) {
        take(BankWriter(storage), BankReader(storage))
    }

}

/// One ring's news: how many elements were published to it, and where the first of them lies.
///
/// The reader learns the place from here, side by side with that of other rings, and not from a table by ring.
struct ReadyEntry: BitwiseCopyable {
    var ring: UInt32
    var count: UInt32
    /// Elements written before, modulo 2^32.
    var position: UInt32
    var unused: UInt32 = 0
}

/// What the two ends share. Which end may touch what is said at each field.
@safe final class BankStorage<Element: BitwiseCopyable>: @unchecked Sendable {
    // Sendable: slots and entries pass from writer to reader through `published` (releasing, acquiring) and back
    // through `consumed` and each ring's read position; everything else is constant.
    let rings: Int
    let capacity: Int
    let memory: Int
    let flightLimit: Int
    let slots: Region<Element>
    let ready: Region<ReadyEntry>
    /// Per ring: elements consumed, modulo 2^32. Written by the reader.
    let readPositions: UnsafeMutablePointer<Atomic<UInt32>>
    /// Ready entries published so far. Written by the writer.
    let published = PaddedCounter()
    /// Elements consumed so far over all rings. Written by the reader.
    let consumed = PaddedCounter()

    init(rings: Int, capacity: Int, memory: Int, flightLimit: Int) {
        self.rings = rings
        self.capacity = capacity
        self.memory = memory
        self.flightLimit = flightLimit
        slots = Region(count: rings * capacity)
        ready = Region(count: flightLimit)
        unsafe readPositions = .allocate(capacity: rings)
        for ring in 0..<rings { unsafe (readPositions + ring).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe readPositions.deinitialize(count: rings)
        unsafe readPositions.deallocate()
    }
}
