internal import Memory

/// How high a value stands among the last n values: the exact empirical distribution function.
///
/// A ring holds the values in order of time, a list holds them in rising order. A value costs a search and the shifting
/// of what lies between its place and that of the oldest: at the limit a few microseconds, which is nothing for values
/// that come some times an hour. Memory grows with the values.
public struct RollingRanks: ~Copyable, Sendable {
    public static let windowLimit = 10_000
    private static let firstCells = 64

    public let window: Int
    public private(set) var count = 0
    private var next = 0
    private var ring = Cells<Double>()
    private var sorted = Cells<Double>()

    public init(window: Int) {
        precondition(window > 0 && window <= RollingRanks.windowLimit, "A window must lie within its limit.")
        self.window = window
    }

    /// The part of the values that do not exceed `value`, 0 to 1; not a number where there are none.
    public func share(upTo value: Double) -> Double {
        count > 0 ? Double(place(above: value)) / Double(count) : .nan
    }

    /// Adds a value, which must be a number; the oldest makes room.
    public mutating func add(_ value: Double) {
        precondition(!value.isNaN, "Only numbers have a rank.")
        var hole = count
        if count == window {
            hole = place(above: ring[next]) - 1
        } else {
            if count == ring.count { grow() }
            count += 1
        }
        ring[next] = value
        next = next + 1 == window ? 0 : next + 1
        // The hole moves to where the value belongs; the last cell is one where the list has grown.
        while hole > 0, sorted[hole - 1] > value {
            sorted[hole] = sorted[hole - 1]
            hole -= 1
        }
        while hole < count - 1, sorted[hole + 1] < value {
            sorted[hole] = sorted[hole + 1]
            hole += 1
        }
        sorted[hole] = value
    }

    private mutating func grow() {
        let cells = min(window, max(RollingRanks.firstCells, ring.count * 2))
        ring.grow(to: cells, keepingAt: 0)
        sorted.grow(to: cells, keepingAt: 0)
    }

    /// How many of the values do not exceed `value`.
    private func place(above value: Double) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension RollingRanks: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&count, &next)
        archive.cells(&ring, limit: window)
        archive.cells(&sorted, limit: window)
        let isSound = count >= 0 && count <= ring.count && next >= 0 && next < window
        archive.check(isSound && sorted.count == ring.count, "ranks do not fit their window")
    }
}
