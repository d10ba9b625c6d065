internal import Memory

/// The last counts of a series; the oldest makes room.
struct RollingCounts: Sendable {
    private var cells: [Int64]
    private(set) var count = 0
    private var next = 0

    init(length: Int) {
        precondition(length > 0, "A window needs a length.")
        cells = Array(repeating: 0, count: length)
    }

    var isFull: Bool { count == cells.count }

    /// Takes a count and gives back the one that left; nil while the window fills.
    mutating func push(_ new: Int64) -> Int64? {
        let left = isFull ? cells[next] : nil
        cells[next] = new
        next = next + 1 == cells.count ? 0 : next + 1
        if left == nil { count += 1 }
        return left
    }

    mutating func removeAll() { (count, next) = (0, 0) }
}

extension RollingCounts: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.each(&cells) { $1.value(&$0) }
        archive.values(&count, &next)
        archive.check(count >= 0 && count <= cells.count && next >= 0 && next < cells.count, "counts do not fit")
    }
}
