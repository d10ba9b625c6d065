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
    /// How far ahead of the work the processor is asked for memory, in elements.
    private static var prefetchDistance: Int { 16 }

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

    /// Lets `fill` write elements from `start` up to `end` in place as far as there is room, at most `limit` of them,
    /// and returns how many; `ring` tells each one's ring.
    ///
    /// The loop of the hot path: what does not change in it stands in local values, which the compiler keeps in
    /// registers, and the slots of elements to come are asked for ahead of time. Against `stage` for each element it
    /// halves the time (docs/performance.md).
    @inline(__always)
    public mutating func stage(
        from start: Int, to end: Int, limit: Int, ring: (Int) -> Int, fill: (inout Element, Int) -> Void
    ) -> Int {
        let (marks, dirty, slots) = unsafe (marks.base, dirty.base, storage.slots.base)
        let (mask, capacity, rings) = (mask, capacity, storage.rings)
        if flightRoom < limit { refreshFlight() }
        let stop = min(end, start &+ limit, start &+ flightRoom)
        var index = start
        var dirtied = dirtyCount
        while index < stop {
            let ahead = index &+ Self.prefetchDistance
            if ahead < end {
                let place = ring(ahead)
                precondition(UInt(bitPattern: place) < UInt(bitPattern: rings), "A ring must be of its bank.")
                let slot = unsafe slots + (place &* capacity &+ Int(marks[place].written & mask))
                unsafe platform_prefetch_write(slot)
            }
            let place = ring(index)
            precondition(UInt(bitPattern: place) < UInt(bitPattern: rings), "A ring must be of its bank.")
            let mark = unsafe marks + place
            if unsafe mark.pointee.room == 0 {
                refreshRoom(place)
                if unsafe mark.pointee.room == 0 { break }
            }
            let written = unsafe mark.pointee.written
            let staged = unsafe mark.pointee.staged
            unsafe fill(&slots[place &* capacity &+ Int(written & mask)], index)
            // Without a branch: whether a ring is the burst's for the first time cannot be guessed.
            unsafe dirty[dirtied] = UInt32(truncatingIfNeeded: place)
            dirtied &+= (Int(staged) &- 1) &>> 63 & 1
            unsafe mark.pointee.written = written &+ 1
            unsafe mark.pointee.staged = staged &+ 1
            unsafe mark.pointee.room &-= 1
            index &+= 1
        }
        dirtyCount = dirtied
        stagedCount &+= index &- start
        flightRoom &-= index &- start
        return index &- start
    }

    /// Makes everything staged visible to the reader: one releasing store for the whole burst.
    public mutating func publish() {
        guard dirtyCount > 0 else { return }
        let (marks, dirty, ready) = unsafe (marks.base, dirty.base, storage.ready.base)
        let wrap = UInt64(storage.flightLimit - 1)
        var published = publishedEntries
        for index in 0..<dirtyCount {
            let ring = unsafe dirty[index]
            let mark = unsafe marks + Int(ring)
            let staged = unsafe mark.pointee.staged
            unsafe ready[Int(published & wrap)] = unsafe ReadyEntry(
                ring: ring, count: staged, position: mark.pointee.written &- staged)
            published &+= 1
            unsafe mark.pointee.staged = 0
        }
        publishedEntries = published
        writtenElements &+= UInt64(stagedCount)
        dirtyCount = 0
        stagedCount = 0
        // Releasing: the reader must not see the count before the slots and the entries.
        storage.published.publish(published)
    }

    /// Elements published and not yet consumed.
    public var inFlight: Int {
        // Relaxed: a figure to look at, nothing is read on the strength of it.
        Int(writtenElements &- storage.consumed.glance())
    }

    /// Whether `count` elements would find room in a ring one after the other; of more than it ever holds, as many.
    public mutating func hasRoom(ring: Int, for count: Int) -> Bool {
        findRoom(ring, for: min(count, capacity - storage.memory, storage.flightLimit))
    }

    private mutating func findRoom(_ ring: Int, for count: Int) -> Bool {
        if flightRoom < count { refreshFlight() }
        if marks[ring].room < count { refreshRoom(ring) }
        return marks[ring].room >= count && flightRoom >= count
    }

    @inline(never)
    private mutating func refreshFlight() {
        // Acquiring: the entries that the reader is done with may be overwritten from here on.
        let consumed = storage.consumed.observe()
        flightRoom = storage.flightLimit - Int(writtenElements &+ UInt64(stagedCount) &- consumed)
    }

    // Inlined: for a call the whole writer would be copied, as it cannot be changed meanwhile.
    @inline(__always)
    private func refreshRoom(_ ring: Int) {
        // Acquiring: the slots that the reader has passed may be overwritten from here on.
        let read = unsafe storage.readPositions[ring].load(ordering: .acquiring)
        marks[ring].room = UInt32(capacity - storage.memory) &- (marks[ring].written &- read)
    }
}
