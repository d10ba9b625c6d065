internal import CPlatform
internal import Memory
internal import Synchronization

/// What the writer keeps of one ring: 16 bytes, so that ten thousand rings stay in a second-level cache.
struct RingMark: BitwiseCopyable {
    /// Elements written, modulo 2^32.
    var written: UInt32
    /// Elements of this burst.
    var staged: UInt32
    /// Elements that fit before the reader's position must be read again.
    var room: UInt32
    var unused: UInt32
}

/// The writing end of a bank: stages elements, then publishes the burst.
public struct BankWriter<Element: BitwiseCopyable>: ~Copyable {
    private let storage: BankStorage<Element>
    private let marks: Region<RingMark>
    private let dirty: Region<UInt32>
    private let mask: UInt32
    private let capacity: Int
    private var dirtyCount = 0
    private var stagedCount = 0
    private var publishedEntries: UInt64 = 0
    private var writtenElements: UInt64 = 0
    private var flightRoom: Int

    init(_ storage: BankStorage<Element>) {
        self.storage = storage
        marks = Region(count: storage.rings)
        dirty = Region(count: storage.flightLimit)
        mask = UInt32(storage.capacity - 1)
        capacity = storage.capacity
        flightRoom = storage.flightLimit
    }

    /// Elements staged since the last `publish`.
    public var staged: Int { stagedCount }

    /// Asks the processor for the ring's next slot before it is written.
    public func prefetch(_ ring: Int) {
        storage.slots.prefetchForWriting(ring &* capacity &+ Int(marks[ring].written & mask))
    }

    /// Lets `fill` write the next slot of a ring in place; false, and nothing changes, when ring or flight is full.
    ///
    /// In place, because a value that is put together elsewhere and then copied stalls on its own stores.
    public mutating func stage(ring: Int, _ fill: (inout Element) -> Void) -> Bool {
        if marks[ring].room == 0 || flightRoom == 0 {
            guard findRoom(ring, for: 1) else { return false }
        }
        let written = marks[ring].written
        storage.slots.change(ring &* capacity &+ Int(written & mask), fill)
        if marks[ring].staged == 0 {
            dirty[dirtyCount] = UInt32(truncatingIfNeeded: ring)
            dirtyCount &+= 1
        }
        marks[ring].written = written &+ 1
        marks[ring].staged &+= 1
        marks[ring].room &-= 1
        stagedCount &+= 1
        flightRoom &-= 1
        return true
    }

    /// Makes everything staged visible to the reader: one releasing store for the whole burst.
    public mutating func publish() {
        guard dirtyCount > 0 else { return }
        let wrap = UInt64(storage.flightLimit - 1)
        for index in 0..<dirtyCount {
            let ring = dirty[index]
            let entry = ReadyEntry(ring: ring, count: marks[Int(ring)].staged)
            storage.ready.change(Int(publishedEntries & wrap)) { $0 = entry }
            publishedEntries &+= 1
            marks[Int(ring)].staged = 0
        }
        writtenElements &+= UInt64(stagedCount)
        dirtyCount = 0
        stagedCount = 0
        // Releasing: the reader must not see the count before the slots and the entries.
        storage.published.publish(publishedEntries)
    }

    /// Elements published and not yet consumed.
    public var inFlight: Int {
        // Relaxed: a figure to look at, nothing is read on the strength of it.
        Int(writtenElements &- storage.consumed.glance())
    }

    /// Whether `count` elements would find room in a ring one after the other; of more than it ever holds, as many.
    public mutating func hasRoom(ring: Int, for count: Int) -> Bool {
        findRoom(ring, for: UInt32(min(count, capacity - storage.memory, storage.flightLimit)))
    }

    @inline(never)
    private mutating func findRoom(_ ring: Int, for count: UInt32) -> Bool {
        if flightRoom < count {
            // Acquiring: the entries that the reader is done with may be overwritten from here on.
            let consumed = storage.consumed.observe()
            flightRoom = storage.flightLimit - Int(writtenElements &+ UInt64(stagedCount) &- consumed)
        }
        if marks[ring].room < count {
            // Acquiring: the slots that the reader has passed may be overwritten from here on.
            let read = unsafe storage.readPositions[ring].load(ordering: .acquiring)
            marks[ring].room = UInt32(capacity - storage.memory) &- (marks[ring].written &- read)
        }
        return marks[ring].room >= count && flightRoom >= count
    }
}
