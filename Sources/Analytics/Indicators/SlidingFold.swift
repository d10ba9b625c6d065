internal import Memory
internal import Updates

/// A value of which many make one, in any grouping: the highest of several, the worst of several.
protocol Foldable: Plain, Sendable {
    func folded(with other: Self) -> Self
}

extension Quality: Foldable {
    func folded(with other: Quality) -> Quality { worst(other) }
}

/// The highest of several counts.
struct Highest: Foldable {
    var count: Int64
    func folded(with other: Highest) -> Highest { Highest(count: max(count, other.count)) }
}

/// The fold of the last `length` values in constant time each, taken over a whole window, and nothing ever taken back.
///
/// Values come in blocks of the window's length. When a block is full, each of its cells becomes the fold from there to
/// the block's end: the window is then such an end of the block before and the beginning of this one (van Herk 1992,
/// Gil and Werman 1993). One array serves both, since a cell is written just when its fold is no longer needed.
struct SlidingFold<Element: Foldable>: Sendable {
    private let length: Int
    private var cells: [Element] = []
    private var position = 0
    /// The fold of this block so far.
    private var beginning: Element?
    private var hasBlockBefore = false

    init(length: Int) {
        precondition(length > 0, "A window needs a length.")
        self.length = length
    }

    /// Takes a value and gives the fold of the window, which may not be full yet.
    mutating func add(_ new: Element) -> Element {
        let fold = beginning?.folded(with: new) ?? new
        if hasBlockBefore { cells[position] = new } else { cells.append(new) }
        position += 1
        guard position == length else {
            beginning = fold
            return hasBlockBefore ? fold.folded(with: cells[position]) : fold
        }
        for index in cells.indices.dropLast().reversed() {
            cells[index] = cells[index].folded(with: cells[index + 1])
        }
        position = 0
        beginning = nil
        hasBlockBefore = true
        return fold
    }

    mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        position = 0
        beginning = nil
        hasBlockBefore = false
    }
}

extension SlidingFold: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&cells)
        archive.value(&position)
        archive.optional(&beginning)
        archive.value(&hasBlockBefore)
        let isSound = cells.count <= length && position >= 0 && position <= (hasBlockBefore ? length - 1 : cells.count)
        archive.check(isSound && (!hasBlockBefore || cells.count == length), "a fold does not fit its window")
    }
}
