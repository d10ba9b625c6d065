internal import Market
internal import Memory

/// The volume of the last minutes by side and by place: a ring of one-minute sums, counted from the session's open.
///
/// Everything is a sum of integers, so that a late trade is added to its minute and one that is taken back leaves no
/// trace. A minute that has left the ring takes nothing any more.
struct MinuteFlow: ~Copyable, Sendable {
    static let minute: Int64 = 60_000_000_000

    /// Sums of a minute or of several, steps.
    struct Sums: Plain, Equatable, Sendable {
        /// Counted from the session's open; below 0 for a place of the ring that was never used.
        var minute: Int64 = -1
        var volume: Int64 = 0
        /// Of no known side.
        var neutral: Int64 = 0
        /// Whose side was told by anything but the venue's flag.
        var inferred: Int64 = 0
        var delta: Int64 = 0
        /// Whose price counts.
        var priced: Int64 = 0
        /// Above and below the prior value area.
        var above: Int64 = 0
        var below: Int64 = 0

        /// Adds a trade, or with a factor of −1 takes it out.
        @inline(__always)
        mutating func add(_ trade: borrowing Trade, _ place: AuctionPlace, factor: Int64) {
            let quantity = trade.quantity &* factor
            volume &+= quantity
            delta &+= trade.sign &* quantity
            if _slowPath(trade.sign == 0) {
                neutral &+= quantity
            } else if trade.isInferred {
                inferred &+= quantity
            }
            guard _fastPath(!trade.marks.contains(.volumeOnly)) else { return }
            priced &+= quantity
            above &+= place == .above ? quantity : 0
            below &+= place == .below ? quantity : 0
        }

        fileprivate mutating func add(_ other: borrowing Sums) {
            volume &+= other.volume
            neutral &+= other.neutral
            inferred &+= other.inferred
            delta &+= other.delta
            priced &+= other.priced
            above &+= other.above
            below &+= other.below
        }

        var signed: Int64 { volume &- neutral }
    }

    private var ring: FixedCells<Sums>
    private let length: Int64
    private var open: Int64 = 0
    // The minute that trades come into: its time, and its place in the ring.
    private var start: Int64 = .max
    private var end: Int64 = .max
    private var present = 0

    init(minutes: Int) {
        ring = FixedCells(repeating: Sums(), count: minutes)
        length = Int64(minutes)
    }

    /// Forgets everything; minutes are counted from `open` on.
    mutating func begin(at open: Int64) {
        self.open = open
        (start, end) = (.max, .max)
        for index in 0..<ring.count { ring[index] = Sums() }
    }

    /// Adds a trade to its minute, or with a factor of −1 takes it out; false where the ring no longer has the minute.
    @inline(__always)
    mutating func add(_ trade: borrowing Trade, _ place: AuctionPlace, factor: Int64) -> Bool {
        let time = trade.time
        if _slowPath(time < start || time >= end), !turn(to: time) { return false }
        ring[present].add(trade, place, factor: factor)
        return true
    }

    /// Makes the minute of a time the present one.
    @inline(never)
    private mutating func turn(to time: Int64) -> Bool {
        guard time >= open else { return false }
        let minute = (time &- open) / MinuteFlow.minute
        let place = Int(minute % length)
        guard ring[place].minute <= minute else { return false }
        if ring[place].minute < minute { ring[place] = Sums(minute: minute) }
        present = place
        start = open &+ minute &* MinuteFlow.minute
        end = start &+ MinuteFlow.minute
        return true
    }

    /// The sums of the ring's length of time before `time`, whole minutes after the open.
    func sums(until time: Int64) -> Sums {
        let last = (time &- open) / MinuteFlow.minute
        var sums = Sums()
        for index in 0..<ring.count where ring[index].minute >= last - length && ring[index].minute < last {
            sums.add(ring[index])
        }
        return sums
    }

    /// Forgets where trades lay, because the area has changed that they were held against.
    mutating func forgetPlaces() {
        for index in 0..<ring.count { (ring[index].priced, ring[index].above, ring[index].below) = (0, 0, 0) }
    }
}

extension MinuteFlow: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.cells(&ring)
        archive.values(&open, &start, &end, &present)
        archive.check(present >= 0 && present < ring.count, "the present minute lies outside its ring")
    }
}
