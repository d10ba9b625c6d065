internal import Memory

/// The highs and lows of the last bars since a break: what a pullback is looked for in.
struct RecentBars: Plain, Sendable {
    /// The longest pullback: an hour of minutes.
    static let limit = 60
    private(set) var count = 0
    private var next = 0
    private var highs = InlineArray<60, Int64>(repeating: 0)
    private var lows = InlineArray<60, Int64>(repeating: 0)

    init() {}

    mutating func add(high: Int64, low: Int64) {
        highs[next] = high
        lows[next] = low
        next = next + 1 == RecentBars.limit ? 0 : next + 1
        count = min(count + 1, RecentBars.limit)
    }

    mutating func restart() { (count, next) = (0, 0) }

    /// The low of the bar so many before the last one, mirrored for a falling market: −high.
    func low(back: Int, _ direction: Int64) -> Int64 {
        let index = (next &- 1 &- back &+ RecentBars.limit) % RecentBars.limit
        return direction > 0 ? lows[index] : 0 &- highs[index]
    }
}

/// The sizes of the last bars' deltas, and the rank of a new one among them: exact, in one pass for each bar.
struct FlowRank: Sendable {
    /// Minutes of a session on the US stock exchanges.
    static let window = 390
    /// With fewer, a rank is no rank.
    static let minimumCount = 30
    private var sizes: [Int64] = []
    private var next = 0

    init() { sizes.reserveCapacity(FlowRank.window) }

    /// The part of the bars before whose delta was not larger, then remembers this one.
    mutating func add(_ delta: Int64) -> Double {
        let size = Int64(clamping: delta.magnitude)
        let rank =
            sizes.count < FlowRank.minimumCount
            ? Double.nan : Double(sizes.count { $0 <= size }) / Double(sizes.count)
        if sizes.count < FlowRank.window {
            sizes.append(size)
        } else {
            sizes[next] = size
            next = next + 1 == FlowRank.window ? 0 : next + 1
        }
        return rank
    }
}

extension FlowRank: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&sizes)
        archive.value(&next)
        archive.check(sizes.count <= FlowRank.window && next >= 0 && next < FlowRank.window, "ranks do not fit")
    }
}
