internal import Memory
internal import Updates

/// One way of telling sides: its buckets, and where its newest value stands among the earlier ones.
struct ToxicityTrack: ~Copyable, Sendable {
    /// Values are ranked in steps of one part of this: far below their meaning, far above a rounding.
    private static let grid = 0x1p40

    var buckets: VolumeBuckets
    private var ranks: RollingRanks
    /// The part of the earlier values that do not exceed the newest; not a number before there are n of them.
    private(set) var rank = Double.nan
    /// A value has come since the last publication.
    private(set) var hasNews = false
    private var skippedBefore: Int64 = 0
    private(set) var isToxic = false

    init(span: Int, history: Int) {
        buckets = VolumeBuckets(span: span)
        ranks = RollingRanks(window: history)
    }

    /// See `VolumeBuckets.fill`. A value is ranked among those before it and joins them afterwards.
    @inline(__always)
    mutating func fill(from part: inout VolumePart) -> Bool {
        guard _slowPath(buckets.fill(from: &part)) else { return false }
        if buckets.isFull { judge() }
        return true
    }

    private mutating func judge() {
        // Sums of the same buckets in another order differ in the last digits and must have one rank.
        let value = (buckets.toxicity * ToxicityTrack.grid).rounded() / ToxicityTrack.grid
        rank = ranks.count >= buckets.span ? ranks.share(upTo: value) : .nan
        ranks.add(value)
        hasNews = true
    }

    /// Whether buckets were passed over since the last publication.
    var hasSkipped: Bool { buckets.skipped > skippedBefore }

    /// Takes note of a publication; true where the rank has risen above `threshold` with it.
    mutating func publish(above threshold: Double) -> Bool {
        hasNews = false
        skippedBefore = buckets.skipped
        let was = isToxic
        isToxic = rank > threshold
        return isToxic && !was
    }

    /// The last bucket's volume of buyers and of sellers, steps; not numbers where there is none.
    var lastSides: (buy: Double, sell: Double) { buckets.last.map { ($0.buy, $0.sell) } ?? (.nan, .nan) }
}

extension ToxicityTrack: Archivable {
    mutating func archive(_ archive: inout Archive) {
        buckets.archive(&archive)
        ranks.archive(&archive)
        archive.values(&rank, &hasNews, &skippedBefore, &isToxic)
    }
}
