public import Market
internal import Memory

/// One price of the book with what stands there.
public struct BookLevel: BitwiseCopyable, Equatable, Sendable {
    /// Billionths.
    public var price: Int64
    /// Steps, above 0.
    public var size: Int64
    /// Orders that make the size up; 0 where the feed tells levels only.
    public var orders: Int64

    static let none = BookLevel(price: Price.none.billionths, size: 0, orders: 0)

    public init(price: Int64, size: Int64, orders: Int64) {
        self.price = price
        self.size = size
        self.orders = orders
    }
}

/// One side of a book: its levels in the order of their prices, with exact sizes.
///
/// They lie sorted in one run of cells with the best at its end and room on both sides: a change near the touch moves
/// only what is better than it, and a snapshot may come with its best or its worst level first without moving anything.
/// A level is named by its rank, 0 for the best.
public struct PriceLevels: ~Copyable, Sendable {
    /// Levels of one side: a full book of a busy coin has half as many. Beyond it the worst makes room.
    public static let limit = 1 << 16
    /// What may stand at one price, in steps: sums over all ranks that are ever added up stay within 64 bits.
    public static let sizeLimit: Int64 = 1 << 56
    /// Ranks that are looked at one by one before the search halves: most changes come at or near the touch.
    private static let nearRanks = 8

    /// What became of a change.
    public enum Outcome: Equatable, Sendable {
        case changed
        /// Made, and the worst level had to go for it.
        case displaced
        case unchanged
        /// There is no such level to take anything from.
        case missing
        /// Worse than all levels of a full side: left out.
        case dropped
        /// More than may stand at one price, or less than nothing.
        case refused
    }

    /// +1 where the highest price is the best, −1 where the lowest is.
    private let sign: Int64
    private let limit: Int
    private var cells: FixedCells<BookLevel>
    /// The cell of the worst level.
    private var start: Int
    public private(set) var count = 0
    /// Levels of a lower rank are as they were at the last `forgetChanges`.
    public private(set) var changedRank = Int.max

    public init(_ side: Side, limit: Int = PriceLevels.limit) {
        precondition(side != .unknown && limit > 0, "A side of the book must be one of two, and have room.")
        sign = side.sign
        self.limit = limit
        cells = FixedCells(repeating: .none, count: 64)
        start = 32
    }

    /// The level of a rank below `count`.
    public subscript(rank: Int) -> BookLevel {
        precondition(UInt(bitPattern: rank) < UInt(bitPattern: count), "A rank must be one of a level.")
        return cells[start + count - 1 - rank]
    }

    /// The best level's price, billionths; nil on an empty side.
    public var best: Int64? { count == 0 ? nil : self[0].price }

    /// Sets a level's size, 0 to 2^56 steps; 0 removes it.
    public mutating func set(_ price: Int64, to size: Int64) -> Outcome {
        guard size >= 0, size <= PriceLevels.sizeLimit else { return .refused }
        let rank = rank(of: price)
        guard holds(price, at: rank) else {
            if size == 0 { return .missing }
            return insert(BookLevel(price: price, size: size, orders: 0), at: rank)
        }
        let place = start + count - 1 - rank
        if cells[place].size == size { return .unchanged }
        changedRank = min(changedRank, rank)
        if size == 0 { remove(rank) } else { cells[place].size = size }
        return .changed
    }

    /// Adds to a level's size and orders, or takes from them; a level without orders is gone.
    public mutating func add(_ size: Int64, orders: Int64, at price: Int64) -> Outcome {
        let rank = rank(of: price)
        guard holds(price, at: rank) else {
            if orders <= 0 { return .missing }
            guard size > 0, size <= PriceLevels.sizeLimit else { return .refused }
            return insert(BookLevel(price: price, size: size, orders: orders), at: rank)
        }
        let place = start + count - 1 - rank
        let (sum, overflow) = cells[place].size.addingReportingOverflow(size)
        guard !overflow, sum >= 0, sum <= PriceLevels.sizeLimit else { return .refused }
        changedRank = min(changedRank, rank)
        cells[place].size = sum
        cells[place].orders &+= orders
        if cells[place].orders <= 0 { remove(rank) }
        return .changed
    }

    public mutating func removeAll() {
        count = 0
        start = cells.count / 2
        changedRank = 0
    }

    public mutating func forgetChanges() { changedRank = .max }

    // MARK: Places

    /// How many levels are better than a price.
    private func rank(of price: Int64) -> Int {
        let key = price &* sign
        let last = start + count - 1
        let near = min(count, PriceLevels.nearRanks)
        for rank in 0..<near where cells[last - rank].price &* sign <= key { return rank }
        var (low, high) = (near, count)
        while low < high {
            let middle = (low + high) / 2
            if cells[last - middle].price &* sign > key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func holds(_ price: Int64, at rank: Int) -> Bool {
        rank < count && cells[start + count - 1 - rank].price == price
    }

    private mutating func insert(_ level: BookLevel, at rank: Int) -> Outcome {
        var outcome = Outcome.changed
        if count == limit {
            guard rank < count else { return .dropped }
            start += 1
            count -= 1
            outcome = .displaced
        }
        changedRank = min(changedRank, rank)
        if rank <= count / 2 { moveBetter(rank) } else { moveWorse(rank) }
        count += 1
        cells[start + count - 1 - rank] = level
        return outcome
    }

    /// Moves the levels that are better than a new one towards the end.
    private mutating func moveBetter(_ rank: Int) {
        if start + count == cells.count { makeRoom() }
        var place = start + count
        let end = place - rank
        while place > end {
            cells[place] = cells[place - 1]
            place -= 1
        }
    }

    /// Moves the levels that are worse than a new one towards the beginning.
    private mutating func moveWorse(_ rank: Int) {
        if start == 0 { makeRoom() }
        start -= 1
        for place in start..<start + count - rank { cells[place] = cells[place + 1] }
    }

    private mutating func remove(_ rank: Int) {
        var place = start + count - 1 - rank
        if rank <= count / 2 {
            while place < start + count - 1 {
                cells[place] = cells[place + 1]
                place += 1
            }
        } else {
            while place > start {
                cells[place] = cells[place - 1]
                place -= 1
            }
            start += 1
        }
        count -= 1
    }

    /// Brings the levels back to the middle; into twice the cells where they fill more than half of them, so that a
    /// quarter of the cells is free on either side and a level is moved a few times at most.
    private mutating func makeRoom() {
        guard count <= cells.count / 2 else {
            var wider = FixedCells<BookLevel>(repeating: .none, count: 2 * cells.count)
            let first = (wider.count - count) / 2
            for index in 0..<count { wider[first + index] = cells[start + index] }
            cells = wider
            start = first
            return
        }
        let first = (cells.count - count) / 2
        if first < start {
            for index in 0..<count { cells[first + index] = cells[start + index] }
        } else {
            for index in stride(from: count - 1, through: 0, by: -1) { cells[first + index] = cells[start + index] }
        }
        start = first
    }
}
