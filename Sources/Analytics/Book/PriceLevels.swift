public import Market
public import Memory

/// One price of the book with what stands there.
public struct BookLevel: Plain, Equatable, Sendable {
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

/// One side of a book: its levels in the order of their prices, with exact sizes. A level is named by its rank, 0 for
/// the best.
public struct PriceLevels: ~Copyable, Sendable {
    /// Levels of one side, in 6 MB at most: a whole book of a busy coin has half as many. Beyond it the worst makes
    /// room.
    public static let limit = 1 << 16
    /// What may stand at one price, in steps: sums over all ranks that are ever added up stay within 64 bits.
    public static let sizeLimit: Int64 = 1 << 56
    /// From this rank on changes are not told apart: more ranks than anyone looks at.
    public static let watchedRanks = 256

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

    private let limit: Int
    private var levels: LevelBlocks
    /// Levels of a lower rank are as they were at the last `forgetChanges`.
    public private(set) var changedRank = Int.max

    public init(_ side: Side, limit: Int = PriceLevels.limit) {
        precondition(side != .unknown && limit > 0, "A side of the book must be one of two, and have room.")
        self.limit = limit
        levels = LevelBlocks(side)
    }

    public var count: Int { levels.count }

    /// The level of a rank below `count`.
    public subscript(rank: Int) -> BookLevel { levels[rank] }

    /// The best level's price, billionths; nil on an empty side.
    public var best: Int64? { count == 0 ? nil : levels[0].price }

    /// Sets a level's size, 0 to 2^56 steps; 0 removes it.
    public mutating func set(_ price: Int64, to size: Int64) -> Outcome {
        guard size >= 0, size <= PriceLevels.sizeLimit else { return .refused }
        let place = levels.place(of: price)
        guard place.isThere else {
            return size == 0 ? .missing : insert(BookLevel(price: price, size: size, orders: 0), at: place)
        }
        if levels[place].size == size { return .unchanged }
        note(place)
        if size == 0 { levels.remove(at: place) } else { levels[place].size = size }
        return .changed
    }

    /// Adds to a level's size and orders, or takes from them; a level without orders is gone.
    public mutating func add(_ size: Int64, orders: Int64, at price: Int64) -> Outcome {
        let place = levels.place(of: price)
        guard place.isThere else {
            if orders <= 0 { return .missing }
            guard size > 0, size <= PriceLevels.sizeLimit else { return .refused }
            return insert(BookLevel(price: price, size: size, orders: orders), at: place)
        }
        var level = levels[place]
        let (sum, overflow) = level.size.addingReportingOverflow(size)
        guard !overflow, sum >= 0, sum <= PriceLevels.sizeLimit else { return .refused }
        note(place)
        level.size = sum
        level.orders &+= orders
        if level.orders <= 0 { levels.remove(at: place) } else { levels[place] = level }
        return .changed
    }

    public mutating func removeAll() {
        levels.removeAll()
        changedRank = 0
    }

    public mutating func forgetChanges() { changedRank = .max }

    private mutating func insert(_ level: BookLevel, at place: LevelBlocks.Place) -> Outcome {
        guard count == limit else {
            note(place)
            levels.insert(level, at: place)
            return .changed
        }
        if place.block == 0, place.index == 0 { return .dropped }
        levels.remove(at: LevelBlocks.worst)
        let moved = levels.place(of: level.price)
        note(moved)
        levels.insert(level, at: moved)
        return .displaced
    }

    private mutating func note(_ place: LevelBlocks.Place) {
        changedRank = min(changedRank, levels.rank(of: place, limit: PriceLevels.watchedRanks))
    }
}

extension PriceLevels: Archivable {
    mutating func archive(_ archive: inout Archive) {
        levels.archive(&archive)
        archive.value(&changedRank)
        archive.check(count <= limit && changedRank >= 0, "a side of a book has too many levels")
    }
}
