/// The rows of a time profile at one instant: their TPOs, and what these show (definitions §7).
///
/// Rows between brackets that no bracket touched count as rows with no TPO.
public struct TimeRows: Sendable {
    /// Rows with exactly one TPO, one above the other and of the same bracket; lower edges, billionths.
    public struct Singles: BitwiseCopyable, Equatable, Sendable {
        public var low: Int64
        public var high: Int64
        /// The number of the bracket, the first is 1.
        public var bracket: Int64
    }

    /// Billionths.
    public let height: Int64
    /// Whether the height was doubled to keep to the limit.
    public let isMerged: Bool
    /// TPOs of each row, from the lowest to the highest.
    public let counts: [Int64]
    public let total: Int64
    /// In places of `counts`.
    public let area: ValueArea
    /// The sum of the numbers of the brackets that touched a row: where it is one bracket, its number.
    private let makers: [Int64]
    private let firstRow: Int64
    private let lastBracket: Int64

    static func row(of price: Int64, _ height: Int64) -> Int64 {
        let (quotient, rest) = price.quotientAndRemainder(dividingBy: height)
        return rest < 0 ? quotient - 1 : quotient
    }

    init(_ ranges: [PriceRange], _ whole: PriceRange, height: Int64, isMerged: Bool, _ rule: ValueAreaRule) {
        let first = TimeRows.row(of: whole.low, height)
        let count = Int(TimeRows.row(of: whole.high, height) - first) + 1
        // Each bracket is noted where it begins and behind where it ends; sums from below make counts of these steps.
        var counts = [Int64](repeating: 0, count: count + 1)
        var makers = counts
        for (bracket, range) in ranges.enumerated() where !range.isEmpty {
            let low = Int(TimeRows.row(of: range.low, height) - first)
            let behind = Int(TimeRows.row(of: range.high, height) - first) + 1
            counts[low] += 1
            counts[behind] -= 1
            makers[low] += Int64(bracket) + 1
            makers[behind] -= Int64(bracket) + 1
        }
        var total: Int64 = 0
        for row in 0..<count {
            if row > 0 {
                counts[row] += counts[row - 1]
                makers[row] += makers[row - 1]
            }
            total += counts[row]
        }
        counts.removeLast()
        guard let area = ValueArea.of(counts.span, total: total, rule: rule, held: nil) else {
            preconditionFailure("A time profile that is not empty must have a TPO.")
        }
        self.height = height
        self.isMerged = isMerged
        self.counts = counts
        self.total = total
        self.area = area
        self.makers = makers
        firstRow = first
        lastBracket = Int64(ranges.count)
    }

    /// The lower edge of a place in `counts`, billionths.
    public func lowerEdge(_ place: Int) -> Int64 { (firstRow + Int64(place)) &* height }

    /// The part of all rows that have exactly one TPO, those at the ends counted; 0 to 1.
    public var singleShare: Double { Double(counts.count { $0 == 1 }) / Double(counts.count) }

    /// Whether at least two brackets traded at the highest row: nobody was turned away there.
    public var hasPoorHigh: Bool { counts[counts.count - 1] >= 2 }
    public var hasPoorLow: Bool { counts[0] >= 2 }

    /// Rows of the tail at the high: two or more with one TPO each, none of them made in the last bracket; else 0.
    public var highTail: Int { tail(stride(from: counts.count - 1, through: 0, by: -1)) }
    public var lowTail: Int { tail(stride(from: 0, to: counts.count, by: 1)) }

    private func tail(_ places: some Sequence<Int>) -> Int {
        let length = places.prefix { counts[$0] == 1 && makers[$0] != lastBracket }.count
        return length >= 2 ? length : 0
    }

    /// Single prints: rows with one TPO that do not reach one of the ends row by row, from below.
    public var singles: [Singles] {
        guard let low = counts.firstIndex(where: { $0 != 1 }), let high = counts.lastIndex(where: { $0 != 1 }) else {
            return []
        }
        var found: [Singles] = []
        var previous = -1
        for place in low...high where counts[place] == 1 {
            let edge = lowerEdge(place)
            if previous == place - 1, found[found.count - 1].bracket == makers[place] {
                found[found.count - 1].high = edge
            } else {
                found.append(Singles(low: edge, high: edge, bracket: makers[place]))
            }
            previous = place
        }
        return found
    }
}
