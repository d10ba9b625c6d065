internal import Memory

/// Values by a key of 64 bits, as many as a limit allows: open addressing in one run of cells.
///
/// It grows by doubling and is at most half full, so that a look-up is a multiplication and mostly one cell. At the
/// limit a new key is refused.
struct KeyedCells<Value: BitwiseCopyable & Sendable>: ~Copyable, Sendable {
    private static var firstCells: Int { 64 }

    private struct Cell: BitwiseCopyable, Sendable {
        var key: UInt64
        var value: Value
        var isUsed: Bool
    }

    let limit: Int
    private(set) var count = 0
    private let empty: Cell
    private var cells: FixedCells<Cell>

    /// `empty` fills cells without a key.
    init(empty: Value, limit: Int) {
        precondition(limit > 0, "A table must hold something.")
        self.limit = limit
        self.empty = Cell(key: 0, value: empty, isUsed: false)
        cells = FixedCells(repeating: self.empty, count: 0)
    }

    /// Where the key's value lies until the next insertion or removal; nil where the key is not known.
    func place(of key: UInt64) -> Int? {
        guard count > 0 else { return nil }
        var place = home(of: key)
        while cells[place].isUsed {
            if cells[place].key == key { return place }
            place = (place + 1) & (cells.count - 1)
        }
        return nil
    }

    subscript(place: Int) -> Value {
        get { cells[place].value }
        set { cells[place].value = newValue }
    }

    /// Adds a key that is not known yet; its place, or nil at the limit.
    mutating func insert(_ key: UInt64, _ value: Value) -> Int? {
        guard count < limit else { return nil }
        if 2 * (count + 1) > cells.count { grow() }
        count += 1
        return put(key, value)
    }

    mutating func remove(at place: Int) {
        let mask = cells.count - 1
        var hole = place
        var next = (hole + 1) & mask
        // Whoever was pushed past the hole moves back into it.
        while cells[next].isUsed {
            let pushed = (next &- home(of: cells[next].key)) & mask
            if pushed >= (next &- hole) & mask {
                cells[hole] = cells[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        cells[hole] = empty
        count -= 1
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        for place in 0..<cells.count { cells[place] = empty }
        count = 0
    }

    private func home(of key: UInt64) -> Int {
        // Fibonacci hashing: neighbouring keys lie far apart.
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (cells.count - 1)
    }

    private mutating func put(_ key: UInt64, _ value: Value) -> Int {
        var place = home(of: key)
        while cells[place].isUsed { place = (place + 1) & (cells.count - 1) }
        cells[place] = Cell(key: key, value: value, isUsed: true)
        return place
    }

    private mutating func grow() {
        var old = FixedCells(repeating: empty, count: max(KeyedCells.firstCells, 2 * cells.count))
        swap(&old, &cells)
        for place in 0..<old.count where old[place].isUsed { _ = put(old[place].key, old[place].value) }
    }
}

extension KeyedCells where Value: Plain {
    mutating func archive(_ archive: inout Archive) {
        var keys: [UInt64] = []
        var values: [Value] = []
        if archive.isSaving {
            keys.reserveCapacity(count)
            values.reserveCapacity(count)
            for place in 0..<cells.count where cells[place].isUsed {
                keys.append(cells[place].key)
                values.append(cells[place].value)
            }
        }
        archive.array(&keys)
        archive.array(&values)
        archive.check(keys.count == values.count && keys.count <= limit, "a table has too many keys")
        guard archive.hasRestored else { return }
        removeAll()
        for (key, value) in zip(keys, values) {
            guard place(of: key) == nil, insert(key, value) != nil else {
                return archive.check(false, "a table has a key twice")
            }
        }
    }
}
