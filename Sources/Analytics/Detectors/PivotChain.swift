internal import Memory
internal import Updates

/// A bar as pivots need it.
struct PivotBar: Plain, Sendable {
    /// Billionths.
    var high: Int64
    var low: Int64
    /// CVD at its end, steps.
    var cumulative: Int64
    /// Venue time of its start.
    var start: Int64
    /// The number of its update; 0 for none.
    var number: UInt64
    var quality: Quality

    static var bounds: [PlainBound] { .part(\Self.quality) }
}

/// A bar whose high or low stands out among its neighbours.
struct Pivot: Plain, Sendable {
    var bar: PivotBar
    /// The bar's place in its chain.
    var place: Int
    /// The worst of all bars from this one to the present.
    var quality: Quality
    /// Its high or its low.
    var price: Int64

    static var bounds: [PlainBound] { .part(\Self.bar) + .part(\Self.quality) }
}

/// Bars that follow each other without a hole, and the last pivot of either kind among them.
///
/// A high is a pivot where it exceeds the highs of the `reach` bars before it and none of the `reach` bars after it
/// exceeds it: of equal ones the first. Lows likewise. It is known at the end of the last of these bars.
struct PivotChain: Sendable {
    let reach: Int
    private(set) var priorHigh: Pivot?
    private(set) var priorLow: Pivot?
    /// Bars since the chain began.
    private(set) var count = 0
    /// The last bars, by their place modulo `2 × reach + 1`.
    private var bars: [PivotBar] = []

    init(reach: Int) {
        precondition(reach > 0, "A pivot must have neighbours.")
        self.reach = reach
    }

    mutating func restart() {
        bars.removeAll(keepingCapacity: true)
        count = 0
        priorHigh = nil
        priorLow = nil
    }

    mutating func add(_ bar: PivotBar) {
        if bars.count < span { bars.append(bar) } else { bars[count % span] = bar }
        count += 1
        if let high = priorHigh { priorHigh?.quality = high.quality.worst(bar.quality) }
        if let low = priorLow { priorLow?.quality = low.quality.worst(bar.quality) }
    }

    /// The high that the last bar has confirmed; it is the prior one from now on.
    mutating func confirmHigh() -> (pivot: Pivot, prior: Pivot?)? {
        guard let pivot = confirmed({ $0.high }) else { return nil }
        defer { priorHigh = pivot }
        return (pivot, priorHigh)
    }

    /// The low that the last bar has confirmed, as `confirmHigh`.
    mutating func confirmLow() -> (pivot: Pivot, prior: Pivot?)? {
        guard var pivot = confirmed({ -$0.low }) else { return nil }
        pivot.price = pivot.bar.low
        defer { priorLow = pivot }
        return (pivot, priorLow)
    }

    private var span: Int { 2 * reach + 1 }

    private func confirmed(_ height: (PivotBar) -> Int64) -> Pivot? {
        guard count >= span else { return nil }
        let place = count - 1 - reach
        let middle = bars[place % span]
        var quality = middle.quality
        for step in 1...reach {
            guard height(bars[(place - step) % span]) < height(middle) else { return nil }
            let after = bars[(place + step) % span]
            guard height(after) <= height(middle) else { return nil }
            quality = quality.worst(after.quality)
        }
        return Pivot(bar: middle, place: place, quality: quality, price: middle.high)
    }
}

extension PivotChain: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.optional(&priorHigh)
        archive.optional(&priorLow)
        archive.value(&count)
        archive.array(&bars)
        archive.check(bars.count <= span && count >= bars.count, "a chain has too many bars")
    }
}
