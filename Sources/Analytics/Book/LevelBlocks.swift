internal import Market
internal import Memory

/// Levels in the order of their prices, in blocks of a few: where thousands stand, a change moves one block's levels.
///
/// In one sorted run a change cost 1.6 times as much: in the recorded book of a busy coin (5,000 levels of a side) half
/// of the changes come more than 270 ranks from the touch. The best level is the last one of the last block. Blocks
/// with few levels are joined, so that two neighbours together always have enough of them.
struct LevelBlocks: ~Copyable, Sendable {
    /// Levels of a full block.
    private static let blockCells = 32
    /// A block with fewer is joined with a neighbour where both together leave room for as many more.
    private static let fewLevels = 8

    /// A level's place, or that of one that is not there yet: the block, and how many of its levels are worse.
    struct Place {
        var block: Int
        var index: Int
        var isThere: Bool
    }

    /// A run of cells with levels from its first cell on.
    private struct Block: BitwiseCopyable {
        /// None of its levels is worse, and all of the block before are: a price with the side's sign.
        var worst: Int64 = 0
        var first = 0
        var count = 0
    }

    /// +1 where the highest price is the best, −1 where the lowest is.
    private let sign: Int64
    /// Levels with the side's sign on their prices, so that the best is the highest.
    private var cells: FixedCells<BookLevel>
    /// All blocks: first those with levels, from the worst to the best, then the empty ones.
    private var blocks: FixedCells<Block>
    private var blockCount = 0
    private(set) var count = 0

    init(_ side: Side) {
        sign = side.sign
        cells = FixedCells(repeating: .none, count: LevelBlocks.blockCells)
        blocks = FixedCells(repeating: Block(), count: 1)
    }

    /// The level of a rank below `count`, 0 for the best. Quick for low ranks.
    subscript(rank: Int) -> BookLevel {
        precondition(UInt(bitPattern: rank) < UInt(bitPattern: count), "A rank must be one of a level.")
        var (block, left) = (blockCount - 1, rank)
        while left >= blocks[block].count {
            left -= blocks[block].count
            block -= 1
        }
        return turned(cells[blocks[block].first + blocks[block].count - 1 - left])
    }

    /// A level that is there; its price must not be changed.
    subscript(place: Place) -> BookLevel {
        get { turned(cells[blocks[place.block].first + place.index]) }
        set { cells[blocks[place.block].first + place.index] = turned(newValue) }
    }

    static let worst = Place(block: 0, index: 0, isThere: true)

    /// Where a price stands, or would stand.
    func place(of price: Int64) -> Place {
        let key = price &* sign
        guard blockCount > 0 else { return Place(block: 0, index: 0, isThere: false) }
        let block = block(of: key)
        let (first, count) = (blocks[block].first, blocks[block].count)
        // Halved without a branch that a processor would have to guess.
        var (low, left) = (0, count)
        while left > 1 {
            let half = left &>> 1
            low &+= cells[first &+ low &+ half &- 1].price < key ? half : 0
            left &-= half
        }
        if cells[first + low].price < key { low += 1 }
        return Place(block: block, index: low, isThere: low < count && cells[first + low].price == key)
    }

    /// How many levels are better than a place; at least `limit` where there are as many.
    func rank(of place: Place, limit: Int) -> Int {
        var rank = blockCount == 0 ? 0 : blocks[place.block].count - place.index - (place.isThere ? 1 : 0)
        var block = blockCount - 1
        while block > place.block, rank < limit {
            rank += blocks[block].count
            block -= 1
        }
        return rank
    }

    mutating func insert(_ level: BookLevel, at place: Place) {
        var (block, index) = (place.block, place.index)
        if blockCount == 0 { open(at: 0) }
        if blocks[block].count == LevelBlocks.blockCells {
            split(block)
            if index > blocks[block].count {
                index -= blocks[block].count
                block += 1
            }
        }
        let first = blocks[block].first
        var cell = first + blocks[block].count
        while cell > first + index {
            cells[cell] = cells[cell - 1]
            cell -= 1
        }
        cells[cell] = turned(level)
        blocks[block].count += 1
        if index == 0 { blocks[block].worst = level.price &* sign }
        count += 1
    }

    mutating func remove(at place: Place) {
        let block = place.block
        let (first, left) = (blocks[block].first, blocks[block].count - 1)
        for cell in first + place.index..<first + left { cells[cell] = cells[cell + 1] }
        blocks[block].count = left
        count -= 1
        guard left > 0 else { return close(block) }
        if left < LevelBlocks.fewLevels { join(block) }
    }

    mutating func removeAll() {
        blockCount = 0
        count = 0
    }

    /// Puts the side's sign on a level's price, or takes it off.
    private func turned(_ level: BookLevel) -> BookLevel {
        BookLevel(price: level.price &* sign, size: level.size, orders: level.orders)
    }

    // MARK: Blocks

    /// The block that a price belongs to: the last one whose worst level is not better.
    private func block(of key: Int64) -> Int {
        if blocks[blockCount - 1].worst <= key { return blockCount - 1 }
        var (low, left) = (0, blockCount - 1)
        while left > 1 {
            let half = left &>> 1
            low &+= blocks[low &+ half].worst <= key ? half : 0
            left &-= half
        }
        return low
    }

    /// Makes an empty block stand at a place among the others.
    private mutating func open(at place: Int) {
        if blockCount == blocks.count { grow() }
        var fresh = blocks[blockCount]
        fresh.count = 0
        var block = blockCount
        while block > place {
            blocks[block] = blocks[block - 1]
            block -= 1
        }
        blocks[place] = fresh
        blockCount += 1
    }

    private mutating func close(_ place: Int) {
        let closed = blocks[place]
        for block in place..<blockCount - 1 { blocks[block] = blocks[block + 1] }
        blockCount -= 1
        blocks[blockCount] = closed
    }

    /// Moves the better half of a full block into one of its own behind it.
    private mutating func split(_ block: Int) {
        open(at: block + 1)
        let half = LevelBlocks.blockCells / 2
        blocks[block].count = half
        append(from: blocks[block].first + half, half, to: block + 1)
    }

    private mutating func join(_ block: Int) {
        let limit = LevelBlocks.blockCells - LevelBlocks.fewLevels
        for lower in [block, block - 1] where lower >= 0 && lower + 1 < blockCount {
            guard blocks[lower].count + blocks[lower + 1].count <= limit else { continue }
            append(from: blocks[lower + 1].first, blocks[lower + 1].count, to: lower)
            return close(lower + 1)
        }
    }

    /// Copies levels behind those of a block.
    private mutating func append(from first: Int, _ count: Int, to block: Int) {
        let end = blocks[block].first + blocks[block].count
        for index in 0..<count { cells[end + index] = cells[first + index] }
        if blocks[block].count == 0 { blocks[block].worst = cells[end].price }
        blocks[block].count += count
    }

    private mutating func grow() {
        var wider = FixedCells<BookLevel>(repeating: .none, count: 2 * cells.count)
        for cell in 0..<cells.count { wider[cell] = cells[cell] }
        var more = FixedCells(repeating: Block(), count: 2 * blocks.count)
        for block in 0..<blocks.count { more[block] = blocks[block] }
        for block in blocks.count..<more.count { more[block].first = block * LevelBlocks.blockCells }
        cells = wider
        blocks = more
    }
}

extension LevelBlocks: Archivable {
    mutating func archive(_ archive: inout Archive) {
        var all: [BookLevel] = []
        if archive.isSaving {
            all.reserveCapacity(count)
            for block in 0..<blockCount {
                let first = blocks[block].first
                for cell in first..<first + blocks[block].count { all.append(turned(cells[cell])) }
            }
        }
        archive.array(&all)
        guard archive.hasRestored else { return }
        removeAll()
        for level in all {
            let place = place(of: level.price)
            guard !place.isThere, level.size > 0 else {
                return archive.check(false, "a book has a level twice or without size")
            }
            insert(level, at: place)
        }
    }
}
