/// Where a profile trades much (high nodes) and little between two high nodes (low nodes), as row numbers.
///
/// After LuxAlgo's node detection (definitions §6): a high node exceeds the rows on either side of it, and by enough; a
/// low node falls short of them and of the high nodes next to it. A plateau counts as one and is named by its middle
/// row, the lower of two. Outside the profile nothing was traded, so its ends can be high nodes and never low ones.
/// This runs over all rows and is made for closed windows and throttled updates, not for every trade.
public struct VolumeNodes: Equatable, Sendable {
    public let high: [Int64]
    public let low: [Int64]

    public static func of(_ rows: Span<Int64>, rule: VolumeNodeRule) -> VolumeNodes {
        let rows = rule.smooths ? smoothed(rows) : (0..<rows.count).map { rows[$0] }
        guard let most = rows.max(), most > 0 else { return VolumeNodes(high: [], low: []) }
        switch rule.form {
        case .neighbours: return Terrain(rows, rule).nodes(most)
        case .percentile(let high, let low): return byPercentile(rows, high, low)
        }
    }

    /// Four times the mean of each row with weights 1-2-1: no division, and no digit lost.
    private static func smoothed(_ rows: Span<Int64>) -> [Int64] {
        (0..<rows.count).map { index in
            let below = index > 0 ? rows[index - 1] : 0
            let above = index + 1 < rows.count ? rows[index + 1] : 0
            return below &+ 2 &* rows[index] &+ above
        }
    }

    /// Every row at or above one percentile is high, every inner row at or below the other low (nearest rank).
    private static func byPercentile(_ rows: [Int64], _ high: Int, _ low: Int) -> VolumeNodes {
        let sorted = rows.sorted()
        let upper = sorted[max(1, (sorted.count * high + 99) / 100) - 1]
        let lower = sorted[max(1, (sorted.count * low + 99) / 100) - 1]
        let inner = rows.indices.dropFirst().dropLast()
        return VolumeNodes(
            high: rows.indices.filter { rows[$0] >= upper && rows[$0] > lower }.map { Int64($0) },
            low: inner.filter { rows[$0] <= lower && rows[$0] < upper }.map { Int64($0) })
    }

    fileprivate init(high: [Int64], low: [Int64]) {
        self.high = high
        self.low = low
    }

    func moved(by rows: Int64) -> VolumeNodes { VolumeNodes(high: high.map { $0 + rows }, low: low.map { $0 + rows }) }
}

/// How nodes are found; all of it is a proposal and not a standard.
public struct VolumeNodeRule: Hashable, Sendable {
    public enum Form: Hashable, Sendable {
        /// Rows against the rows around them.
        case neighbours
        /// Rows against all rows: at or above the first percentile, at or below the second.
        case percentile(high: Int, low: Int)
    }

    public let form: Form
    /// Whether rows are first smoothed with the weights 1-2-1.
    public let smooths: Bool
    /// Rows compared on either side; nil for a twentieth of all rows, at least 2.
    public let reach: Int?
    /// The least prominence of a high node in percent of the largest row.
    public let prominence: Int
    /// The most volume of a low node in percent of the smaller high node next to it.
    public let depth: Int

    public static let standard = VolumeNodeRule(form: .neighbours, smooths: true, reach: nil, prominence: 10, depth: 30)
    public static let percentiles = VolumeNodeRule(
        form: .percentile(high: 80, low: 20), smooths: false, reach: nil, prominence: 0, depth: 0)

    public init(form: Form, smooths: Bool, reach: Int?, prominence: Int, depth: Int) {
        precondition(reach.map { $0 > 0 } ?? true, "A node must be compared with some rows.")
        precondition((0...100).contains(prominence) && (0...100).contains(depth), "Shares must be percentages.")
        if case .percentile(let high, let low) = form {
            precondition(0 < low && low < high && high <= 100, "Percentiles must lie in order between 1 and 100.")
        }
        self.form = form
        self.smooths = smooths
        self.reach = reach
        self.prominence = prominence
        self.depth = depth
    }
}

extension VolumeProfile {
    /// The nodes in row numbers; `lowerEdge(ofRow:)` gives their prices.
    public func nodes(_ rule: VolumeNodeRule) -> VolumeNodes {
        withRows { VolumeNodes.of($0, rule: rule) }.moved(by: lowestRow)
    }
}

/// The rows as a landscape of plateaus.
private struct Terrain {
    private let rows: [Int64]
    private let reach: Int
    private let rule: VolumeNodeRule

    init(_ rows: [Int64], _ rule: VolumeNodeRule) {
        self.rows = rows
        self.rule = rule
        reach = rule.reach ?? max(2, rows.count / 20)
    }

    func nodes(_ most: Int64) -> VolumeNodes {
        var peaks: [Int] = []
        var troughs: [Int] = []
        var start = 0
        while start < rows.count {
            var end = start
            while end + 1 < rows.count, rows[end + 1] == rows[start] { end += 1 }
            if isPeak(start, end), isProminent(start, end, most) { peaks.append((start + end) / 2) }
            if start > 0, end + 1 < rows.count, isTrough(start, end) { troughs.append((start + end) / 2) }
            start = end + 1
        }
        return VolumeNodes(high: peaks.map { Int64($0) }, low: kept(troughs, between: peaks).map { Int64($0) })
    }

    private func isPeak(_ start: Int, _ end: Int) -> Bool {
        guard rows[start] > 0 else { return false }
        for step in 1...reach {
            if start >= step, rows[start - step] >= rows[start] { return false }
            if end + step < rows.count, rows[end + step] >= rows[start] { return false }
        }
        return true
    }

    private func isTrough(_ start: Int, _ end: Int) -> Bool {
        for step in 1...reach {
            if start >= step, rows[start - step] <= rows[start] { return false }
            if end + step < rows.count, rows[end + step] <= rows[start] { return false }
        }
        return true
    }

    /// Prominence is the height above the higher of the two lowest points on the ways to higher ground; a way that
    /// leaves the profile goes down to nothing.
    private func isProminent(_ start: Int, _ end: Int, _ most: Int64) -> Bool {
        let base = max(
            lowest(from: start - 1, by: -1, below: rows[start]), lowest(from: end + 1, by: 1, below: rows[start]))
        return Int128(rows[start] - base) * 100 >= Int128(most) * Int128(rule.prominence)
    }

    private func lowest(from start: Int, by step: Int, below height: Int64) -> Int64 {
        var least = height
        var index = start
        while index >= 0, index < rows.count {
            if rows[index] > height { return least }
            least = min(least, rows[index])
            index += step
        }
        return 0
    }

    private func kept(_ troughs: [Int], between peaks: [Int]) -> [Int] {
        var next = 0
        return troughs.filter { trough in
            while next < peaks.count, peaks[next] < trough { next += 1 }
            guard next > 0, next < peaks.count else { return false }
            let smaller = min(rows[peaks[next - 1]], rows[peaks[next]])
            return Int128(rows[trough]) * 100 <= Int128(smaller) * Int128(rule.depth)
        }
    }
}
