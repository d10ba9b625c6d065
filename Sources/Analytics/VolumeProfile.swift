internal import Market
public import Memory

/// Volume by price: contiguous rows of equal height, of which row r holds the prices [r × height, (r + 1) × height).
///
/// Rows are made as prices come: 64 around the first price, then twice as many each time, at either end. When the
/// prices span more rows than the limit, rows merge in pairs, as often as needed: the height doubles, rows stay
/// multiples of it, and `coarsening` counts the doublings. A single wild price coarsens the rest of the session; it is
/// for the caller to refuse it. Prices lie within ±`Price.limit` and are billionths, sizes are steps.
public struct VolumeProfile: ~Copyable, Sendable {
    /// Rows of the first allocation: 512 bytes, enough for most symbols of a large universe.
    public static let firstRows = 64
    /// A profile that has more rows than this gives its memory back at a reset: 8 KiB.
    public static let keptRows = 1024
    public static let standardRowLimit = 32_768
    /// With fewer rows than this, doubling heights would leave the range of prices.
    public static let smallestRowLimit = 16
    /// Heights above this make no sense of any price (1.15 billion units).
    public static let heightLimit = Int64(1) << 60

    // What `add` touches comes first and fills one cache line.
    @usableFromInline var rows = Cells<Int64>()
    /// The lower edge of the first cell.
    @usableFromInline var origin: Int64 = 0
    /// The height of all cells together, cut to what the reciprocal can divide; 0 while there are none in use.
    @usableFromInline var span: UInt64 = 0
    @usableFromInline var reciprocal: Reciprocal
    public var total: Int64 = 0
    /// The outermost cells that hold anything; in reverse order while none does.
    @usableFromInline var lowestCell = Int32.max
    @usableFromInline var highestCell: Int32 = -1

    /// The row of the first cell.
    private var firstRow: Int64 = 0
    /// A row's height in billionths, merged rows considered.
    public private(set) var rowHeight: Int64
    /// How often the height was doubled since the last reset.
    public private(set) var coarsening = 0
    private let baseHeight: Int64
    private let rowLimit: Int

    public init(rowHeight: Int64, rowLimit: Int) {
        precondition(rowHeight > 0 && rowHeight <= VolumeProfile.heightLimit, "A row must have a sensible height.")
        precondition(
            rowLimit >= VolumeProfile.smallestRowLimit && rowLimit <= 1 << 16, "A row limit has its own limits.")
        self.rowHeight = rowHeight
        baseHeight = rowHeight
        self.rowLimit = rowLimit
        reciprocal = Reciprocal(UInt64(rowHeight))
    }

    @inlinable
    public var isEmpty: Bool { highestCell < 0 }
    /// The lowest row that holds anything; 0 when empty.
    public var lowestRow: Int64 { isEmpty ? 0 : firstRow + Int64(lowestCell) }
    /// The highest row that holds anything; 0 when empty.
    public var highestRow: Int64 { isEmpty ? 0 : firstRow + Int64(highestCell) }
    /// Rows from the lowest to the highest, those without volume counted.
    public var rowCount: Int { isEmpty ? 0 : Int(highestCell - lowestCell) + 1 }
    /// Bytes that the rows occupy.
    public var memory: Int { rows.count * MemoryLayout<Int64>.size }

    public mutating func add(price: Int64, quantity: Int64) {
        if !addInside(price: price, quantity: quantity) { addOutside(price, quantity) }
    }

    /// Adds a trade where its row exists; false, and nothing changes, where it must be made first.
    @inlinable @inline(__always)
    public mutating func addInside(price: Int64, quantity: Int64) -> Bool {
        let above = UInt64(bitPattern: price &- origin)
        guard _fastPath(above < span) else { return false }
        fill(Int(truncatingIfNeeded: reciprocal.quotient(above)), quantity)
        return true
    }

    /// Asks the processor to bring a price's row near.
    @inlinable
    public func prefetch(price: Int64) {
        rows.prefetch(Int(truncatingIfNeeded: reciprocal.quotient(UInt64(bitPattern: price &- origin))))
    }

    /// Asks for the rows that a value area looks at, as far as a few cache lines hold them.
    @inlinable
    public func prefetchRows() {
        let last = min(Int(highestCell), Int(lowestCell) &+ 96)
        var cell = Int(lowestCell)
        while cell <= last {
            rows.prefetch(cell)
            cell &+= 8
        }
        rows.prefetch(last)
    }

    /// Takes a size out again; false, and nothing changed, where the price's row does not hold that much.
    public mutating func remove(price: Int64, quantity: Int64) -> Bool {
        let cell = floorDivide(price, rowHeight) - firstRow
        guard !isEmpty, cell >= 0, cell < Int64(rows.count), rows[Int(cell)] >= quantity else { return false }
        rows[Int(cell)] &-= quantity
        total &-= quantity
        trim()
        return true
    }

    /// Leaves the outermost rows behind that hold nothing any more: they are no part of the range of prices.
    private mutating func trim() {
        guard total > 0 else {
            lowestCell = .max
            highestCell = -1
            return
        }
        while rows[Int(lowestCell)] == 0 { lowestCell += 1 }
        while rows[Int(highestCell)] == 0 { highestCell -= 1 }
    }

    /// Empties the profile for a new session. A small one keeps its memory; a large one gives it back.
    public mutating func reset() {
        if rows.count > VolumeProfile.keptRows {
            rows.removeAll()
        } else if !isEmpty {
            rows.clear(from: Int(lowestCell), to: Int(highestCell) + 1)
        }
        span = 0
        total = 0
        lowestCell = .max
        highestCell = -1
        coarsening = 0
        setHeight(baseHeight)
    }

    /// The volume of a row; 0 outside of all rows.
    public func volume(ofRow row: Int64) -> Int64 {
        guard row >= lowestRow, row <= highestRow, !isEmpty else { return 0 }
        return rows[Int(row - firstRow)]
    }

    public func row(of price: Int64) -> Int64 { floorDivide(price, rowHeight) }
    /// The price that stands for a row: its lower edge.
    public func lowerEdge(ofRow row: Int64) -> Int64 { row &* rowHeight }

    /// Lends the rows from the lowest to the highest for reading.
    public func withRows<Result, Failure: Error>(
        _ body: (Span<Int64>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard !isEmpty else { return try body(Span()) }
        let range = Int(lowestCell)..<Int(highestCell) + 1
        return try rows.withSpan { (span: Span<Int64>) throws(Failure) in try body(span.extracting(range)) }
    }

    @inlinable @inline(__always)
    mutating func fill(_ cell: Int, _ quantity: Int64) {
        rows[cell] &+= quantity
        total &+= quantity
        // Branches that hardly ever go in, and no store: not as minimum and maximum.
        if _slowPath(cell < Int(lowestCell)) { lowestCell = Int32(truncatingIfNeeded: cell) }
        if _slowPath(cell > Int(highestCell)) { highestCell = Int32(truncatingIfNeeded: cell) }
    }
}

// MARK: Growth

extension VolumeProfile {
    private mutating func addOutside(_ price: Int64, _ quantity: Int64) {
        precondition(price >= -Price.limit && price <= Price.limit, "A profile takes prices within the limit.")
        if isEmpty {
            let row = row(of: price)
            place(lowest: row, highest: row, cells: max(rows.count, min(VolumeProfile.firstRows, rowLimit)))
        } else {
            makeRoom(for: price)
        }
        fill(Int(row(of: price) - firstRow), quantity)
    }

    /// Merges, moves or adds cells until one of them holds the price.
    private mutating func makeRoom(for price: Int64) {
        let times = doublings(for: price)
        if times > 0 { merge(times) }
        let row = row(of: price)
        if row >= firstRow, row < firstRow + Int64(rows.count) { return }
        let lowest = min(lowestRow, row)
        let highest = max(highestRow, row)
        let needed = Int(highest - lowest) + 1
        // A quarter more than needed, so that a profile that grows by single rows does not move each time.
        var cells = max(rows.count, VolumeProfile.firstRows)
        while cells < needed + needed / 4 { cells *= 2 }
        place(lowest: lowest, highest: highest, cells: min(cells, rowLimit))
    }

    /// How often the height must double before the price and all rows fit the limit.
    private func doublings(for price: Int64) -> Int {
        let row = row(of: price)
        let lowest = Int128(min(lowestRow, row))
        let highest = Int128(max(highestRow, row))
        var times = 0
        while (highest >> times) - (lowest >> times) >= Int128(rowLimit) { times += 1 }
        return times
    }

    /// Adds the rows up in groups of 2^`times`; a row goes where division by the new height puts it.
    private mutating func merge(_ times: Int) {
        let newFirst = firstRow >> times
        for cell in Int(lowestCell)...Int(highestCell) {
            let volume = rows[cell]
            rows[cell] = 0
            rows[Int((firstRow + Int64(cell)) >> times - newFirst)] &+= volume
        }
        lowestCell = Int32(truncatingIfNeeded: (firstRow + Int64(lowestCell)) >> times - newFirst)
        highestCell = Int32(truncatingIfNeeded: (firstRow + Int64(highestCell)) >> times - newFirst)
        firstRow = newFirst
        coarsening += times
        setHeight(rowHeight << times)
        setOrigin()
    }

    /// Lays the cells out so that the rows from `lowest` to `highest` lie in their middle, and keeps what they hold.
    private mutating func place(lowest: Int64, highest: Int64, cells: Int) {
        // No row outside the range of prices is ever needed; with it, an edge would leave 64 bits.
        let bottom = row(of: -Price.limit)
        let top = row(of: Price.limit)
        let count = Int(min(Int128(cells), Int128(top) - Int128(bottom) + 1))
        let spare = Int64(count) - (highest - lowest + 1)
        let newFirst = min(max(lowest - spare / 2, bottom), top - Int64(count) + 1)
        if isEmpty, count == rows.count {
            firstRow = newFirst
        } else {
            move(toFirst: newFirst, cells: count)
        }
        setOrigin()
    }

    private mutating func move(toFirst newFirst: Int64, cells: Int) {
        var moved = Cells<Int64>()
        moved.grow(to: cells, keepingAt: 0)
        if !isEmpty {
            let distance = Int(firstRow - newFirst)
            for cell in Int(lowestCell)...Int(highestCell) { moved[cell + distance] = rows[cell] }
            lowestCell += Int32(distance)
            highestCell += Int32(distance)
        }
        rows = moved
        firstRow = newFirst
    }

    private mutating func setHeight(_ height: Int64) {
        guard height != rowHeight else { return }
        rowHeight = height
        reciprocal = Reciprocal(UInt64(height))
    }

    private mutating func setOrigin() {
        origin = firstRow * rowHeight
        let (height, overflow) = UInt64(rowHeight).multipliedReportingOverflow(by: UInt64(rows.count))
        span = overflow ? Reciprocal.dividendLimit - 1 : min(height, Reciprocal.dividendLimit - 1)
    }

    private func floorDivide(_ price: Int64, _ height: Int64) -> Int64 {
        let (quotient, rest) = price.quotientAndRemainder(dividingBy: height)
        return rest < 0 ? quotient - 1 : quotient
    }
}

extension VolumeProfile {
    public mutating func archive(_ archive: inout Archive) {
        // Growth doubles at either end.
        archive.cells(&rows, limit: 4 * max(rowLimit, VolumeProfile.firstRows))
        archive.values(&origin, &span, &total, &rowHeight)
        archive.values(&lowestCell, &highestCell, &firstRow, &coarsening)
        let isSound = rowHeight > 0 && highestCell < rows.count && (isEmpty || lowestCell >= 0)
        archive.check(isSound && coarsening >= 0, "a profile's rows do not fit")
        guard archive.hasRestored else { return }
        reciprocal = Reciprocal(UInt64(rowHeight))
    }
}
