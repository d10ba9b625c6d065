internal import Market

/// The chain of the states of imbalance and spread from which the microprice is found (definitions §9; Stoikov 2018).
///
/// A state is a bucket of the imbalance and a spread. From each one either the mid stays and the state changes, or the
/// mid moves by one of a few moves; where it moves, the state behind the move is told too.
public struct MicropriceChain: Sendable {
    /// Q: how likely the mid stays and the next state is that one; a row for each state.
    public let stays: [[Double]]
    /// T: how likely the mid moves and the state behind the move is that one.
    public let renewals: [[Double]]
    /// R: how likely the mid moves by that move.
    public let exits: [[Double]]
    /// K: the moves of the mid, in ticks.
    public let moves: [Double]

    /// Terms of the series that are added up: the slowest chain of a liquid share needs some tens.
    private static let termLimit = 10_000
    /// In ticks: what is smaller cannot be seen in a price.
    private static let smallestTerm = 1e-12

    public init(stays: [[Double]], renewals: [[Double]], exits: [[Double]], moves: [Double]) {
        self.stays = stays
        self.renewals = renewals
        self.exits = exits
        self.moves = moves
    }

    /// G1 = (1 − Q)⁻¹ R K: what the mid's first move is expected to be, by state, in ticks; nil where some state is
    /// never left.
    public var firstMoves: [Double]? {
        let expected = exits.map { row in [zip(row, moves).reduce(0) { $0 + $1.0 * $1.1 }] }
        return solved(for: expected)?.map { $0[0] }
    }

    /// Σ Bⁱ G1 with B = (1 − Q)⁻¹ T: where the mid is expected to settle, by state, in ticks; nil where the sum does
    /// not settle, as with a chain that was not made symmetric.
    public var adjustments: [Double]? {
        guard var term = firstMoves, let next = solved(for: renewals) else { return nil }
        var sum = term
        for _ in 0..<MicropriceChain.termLimit {
            term = next.map { row in zip(row, term).reduce(0) { $0 + $1.0 * $1.1 } }
            for index in sum.indices { sum[index] += term[index] }
            let largest = term.reduce(0) { max($0, abs($1)) }
            guard largest.isFinite else { return nil }
            if largest < MicropriceChain.smallestTerm { return sum }
        }
        return nil
    }

    /// X of (1 − Q) X = `right`, by elimination with the largest pivot; nil where there is none.
    private func solved(for right: [[Double]]) -> [[Double]]? {
        var left = stays.enumerated().map { row, values in
            values.enumerated().map { column, value in (row == column ? 1 : 0) - value }
        }
        var right = right
        for pivot in left.indices {
            guard let row = (pivot..<left.count).max(by: { abs(left[$0][pivot]) < abs(left[$1][pivot]) }),
                abs(left[row][pivot]) > 1e-12
            else { return nil }
            left.swapAt(pivot, row)
            right.swapAt(pivot, row)
            for other in left.indices where other != pivot && left[other][pivot] != 0 {
                let factor = left[other][pivot] / left[pivot][pivot]
                for column in pivot..<left.count { left[other][column] -= factor * left[pivot][column] }
                for column in right[other].indices { right[other][column] -= factor * right[pivot][column] }
            }
        }
        for row in left.indices { right[row] = right[row].map { $0 / left[row][row] } }
        return right
    }
}

/// A trained microprice: what is added to the mid, by imbalance and spread. It belongs to one symbol, for it is
/// trained.
public struct MicropriceTable: Sendable, Equatable {
    /// Buckets of the imbalance, and spreads in ticks from 1 on. A state's number is (spread − 1) × buckets + bucket.
    public let buckets: Int
    public let spreads: Int
    /// By state, in ticks.
    public let adjustments: [Double]

    public init(buckets: Int, spreads: Int, adjustments: [Double]) {
        precondition(adjustments.count == buckets * spreads, "A microprice must know each state.")
        self.buckets = buckets
        self.spreads = spreads
        self.adjustments = adjustments
    }

    /// The microprice in the quote currency; not a number where the table does not reach: crossed, one-sided, or with a
    /// spread wider than was trained.
    public func price(_ touch: TouchReading, tick: Int64) -> Double {
        guard !touch.imbalance.isNaN, touch.spread != Price.none.billionths, touch.spread > 0 else { return .nan }
        // To the nearest tick: a feed's prices may lie off the grid.
        let (ticks, rest) = touch.spread.quotientAndRemainder(dividingBy: tick)
        let spread = rest > tick / 2 ? ticks + 1 : ticks
        guard spread >= 1, spread <= Int64(spreads) else { return .nan }
        let bucket = min(Int(touch.imbalance * Double(buckets)), buckets - 1)
        let adjustment = adjustments[(Int(spread) - 1) * buckets + bucket]
        return touch.middle + adjustment * Double(tick) / Double(Price.scale)
    }
}
