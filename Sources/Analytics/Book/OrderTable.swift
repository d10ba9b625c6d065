internal import Memory

/// An order that stands in the book.
struct RestingOrder: Plain, Sendable {
    /// The venue's number of the order.
    var identifier: UInt64
    /// Billionths.
    var price: Int64
    /// Steps that are left of it, above 0.
    var size: Int64
    var isBid: Bool

    static var bounds: [PlainBound] { [.flag(\Self.isBid)] }

    /// A cell that holds no order.
    static let none = RestingOrder(identifier: 0, price: 0, size: 0, isBid: false)
}

/// The orders of one book by their numbers: an open table with a fixed scattering, so that it is the same in each run.
///
/// At most half of its cells are taken; it doubles when they are. What is removed leaves no mark: those behind it move
/// up.
struct OrderTable: ~Copyable, Sendable {
    /// Orders of one book, in 64 MB at most: a busy future has some ten thousand.
    static let limit = 1 << 20
    private static let firstCells = 256

    private let limit: Int
    private var cells = FixedCells<RestingOrder>(repeating: .none, count: 0)
    private(set) var count = 0

    init(limit: Int = OrderTable.limit) {
        precondition(limit > 0, "A table must have room.")
        self.limit = limit
    }

    /// The cell of an order; nil where it is not known. It holds until the table changes.
    func place(of identifier: UInt64) -> Int? {
        guard count > 0 else { return nil }
        var place = home(of: identifier)
        while cells[place].size != 0 {
            if cells[place].identifier == identifier { return place }
            place = (place + 1) & (cells.count - 1)
        }
        return nil
    }

    /// An order whose size may be changed, but not to 0, and whose number may not.
    subscript(place: Int) -> RestingOrder {
        get { cells[place] }
        set { cells[place] = newValue }
    }

    /// Adds an order that is not in the table; false when it is full.
    mutating func insert(_ order: RestingOrder) -> Bool {
        precondition(order.size > 0, "An order in the book must have a size.")
        guard count < limit else { return false }
        if 2 * (count + 1) > cells.count { grow() }
        OrderTable.put(order, into: &cells)
        count += 1
        return true
    }

    mutating func remove(at place: Int) {
        let mask = cells.count - 1
        var hole = place
        var next = (place + 1) & mask
        while cells[next].size != 0 {
            // It may move up unless the hole lies before the cell where its search begins.
            let reach = (next - home(of: cells[next].identifier)) & mask
            if reach >= (next - hole) & mask {
                cells[hole] = cells[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        cells[hole] = .none
        count -= 1
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        for place in 0..<cells.count { cells[place] = .none }
        count = 0
    }

    private func home(of identifier: UInt64) -> Int { OrderTable.home(of: identifier, cells: cells.count) }

    private static func home(of identifier: UInt64, cells: Int) -> Int {
        // The golden ratio scatters numbers that follow one another; its upper bits are the best.
        let scattered = identifier &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: scattered >> UInt64(64 - cells.trailingZeroBitCount))
    }

    private static func put(_ order: RestingOrder, into cells: inout FixedCells<RestingOrder>) {
        var place = home(of: order.identifier, cells: cells.count)
        while cells[place].size != 0 { place = (place + 1) & (cells.count - 1) }
        cells[place] = order
    }

    private mutating func grow() {
        let wanted = max(OrderTable.firstCells, 2 * cells.count)
        var wider = FixedCells<RestingOrder>(repeating: .none, count: wanted)
        for place in 0..<cells.count where cells[place].size != 0 { OrderTable.put(cells[place], into: &wider) }
        cells = wider
    }
}

extension OrderTable: Archivable {
    mutating func archive(_ archive: inout Archive) {
        var all: [RestingOrder] = []
        if archive.isSaving {
            all.reserveCapacity(count)
            for place in 0..<cells.count where cells[place].size != 0 { all.append(cells[place]) }
        }
        archive.array(&all)
        guard archive.hasRestored else { return }
        removeAll()
        for order in all {
            guard order.size > 0, place(of: order.identifier) == nil, insert(order) else {
                return archive.check(false, "a book has an order twice, without size, or too many")
            }
        }
    }
}
