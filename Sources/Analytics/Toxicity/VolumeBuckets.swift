public import Memory
public import Updates

/// Volume that goes into buckets: a trade, or a bar whose sides were told in bulk.
public struct VolumePart: BitwiseCopyable, Sendable {
    /// What no bucket has taken yet, steps.
    public var volume: Int64
    /// Buyers' less sellers' share of it, −1 to 1; both parts of a cut keep it.
    public let balance: Double
    /// Whether its side is known, and whether anything but the venue's flag told it.
    public let isSigned: Bool
    public let isInferred: Bool
    public let window: Window

    public init(volume: Int64, balance: Double, isSigned: Bool, isInferred: Bool, window: Window) {
        self.volume = volume
        self.balance = balance
        self.isSigned = isSigned
        self.isInferred = isInferred
        self.window = window
    }
}

/// A bucket of volume with what buyers and sellers put into it.
public struct FilledBucket: Plain, Sendable {
    /// Steps.
    public var volume: Int64
    /// Buyers' less sellers' volume, steps; volume of unknown side counts for neither, which is half for each.
    public var flow = 0.0
    public var signed: Int64 = 0
    public var inferred: Int64 = 0
    public var window: Window
    public var quality = Quality.whole

    public static var bounds: [PlainBound] { .part(\Self.quality) }

    init(volume: Int64, start: Int64) {
        self.volume = volume
        window = Window(from: start, to: start)
    }

    public var buy: Double { (Double(volume) + flow) / 2 }
    public var sell: Double { (Double(volume) - flow) / 2 }
}

/// Buckets of equal volume, and how lopsided the last n of them were: VPIN (definitions §10).
///
/// The value is Σ |buy − sell| / Σ volume over the last n buckets, which is Σ |buy − sell| / (n V) where all are of one
/// size V. A new size holds from the next bucket on, so that the one that is open is filled as it was begun. Flows of
/// trades are whole numbers and their sums exact below 2^53 steps; the sum is made anew once per n buckets, so that
/// roundings of bulk flows do not pile up.
public struct VolumeBuckets: ~Copyable, Sendable {
    public static let spanLimit = 1_000

    /// n: how many buckets are looked back on.
    public let span: Int
    /// V, steps: the size of the next bucket; 0 while there is none, and volume is then ignored.
    public var size: Int64 = 0
    /// Buckets filled so far, those counted that were passed over.
    public private(set) var completed: Int64 = 0
    /// Buckets that one part filled beyond n, alike and therefore not kept.
    public private(set) var skipped: Int64 = 0
    /// What the open bucket holds, steps.
    public private(set) var filled: Int64 = 0
    private var open = FilledBucket(volume: 0, start: 0)
    private var ring: FixedCells<FilledBucket>
    private var next = 0
    private var imbalance = 0.0
    private var volume: Int128 = 0

    public init(span: Int) {
        precondition(span > 0 && span <= VolumeBuckets.spanLimit, "A span must lie within its limit.")
        self.span = span
        ring = FixedCells(repeating: FilledBucket(volume: 0, start: 0), count: span)
    }

    /// Whether n buckets are filled.
    public var isFull: Bool { completed >= Int64(span) }
    /// 0 to 1; not a number before n buckets are filled.
    public var toxicity: Double { isFull ? min(max(0, imbalance / Double(volume)), 1) : .nan }
    /// Of the last n buckets that are filled.
    public var oldest: FilledBucket? { isFull ? ring[next] : completed > 0 ? ring[0] : nil }
    public var last: FilledBucket? { completed > 0 ? ring[lastPlace] : nil }
    private var lastPlace: Int { next == 0 ? span - 1 : next - 1 }

    /// Fills the open bucket from a part. True where that completes it: the value is then a new one, and what is left
    /// of the part goes into the next.
    @inline(__always)
    public mutating func fill(from part: inout VolumePart) -> Bool {
        if filled == 0 { begin(&part) }
        let taken = min(part.volume, open.volume &- filled)
        filled &+= taken
        open.flow += Double(taken) * part.balance
        open.signed &+= part.isSigned ? taken : 0
        open.inferred &+= part.isInferred && part.isSigned ? taken : 0
        open.window.end = max(open.window.end, part.window.end)
        part.volume &-= taken
        guard _slowPath(filled == open.volume), filled > 0 else { return false }
        complete()
        return true
    }

    /// Opens a bucket. Of a part that fills more than n buckets whole, the first ones would all be forgotten again.
    private mutating func begin(_ part: inout VolumePart) {
        open = FilledBucket(volume: size, start: part.window.start)
        guard size > 0 else {
            part.volume = 0
            return
        }
        guard part.volume / size > Int64(span) else { return }
        let passed = part.volume / size - Int64(span)
        part.volume -= passed * size
        completed += passed
        skipped += passed
    }

    private mutating func complete() {
        let old = ring[next]
        ring[next] = open
        next = next + 1 == span ? 0 : next + 1
        completed += 1
        volume += Int128(open.volume) - Int128(old.volume)
        imbalance += open.flow.magnitude - old.flow.magnitude
        if next == 0 {
            imbalance = 0
            for index in 0..<span { imbalance += ring[index].flow.magnitude }
        }
        filled = 0
    }

    // MARK: Quality

    /// The open bucket's input was no better than this.
    public mutating func worsenOpen(_ quality: Quality) { open.quality = open.quality.worst(quality) }

    /// The last filled bucket's input was no better than this.
    public mutating func worsenLast(_ quality: Quality) {
        ring[lastPlace].quality = ring[lastPlace].quality.worst(quality)
    }

    /// When the open bucket began; nil where it is empty.
    public var openSince: Int64? { filled > 0 ? open.window.start : nil }
    /// From when on trades are in what the next value is made of; nil where nothing is.
    public var start: Int64? { oldest?.window.start ?? openSince }

    /// The worst of the last n buckets, and the share of their signed volume that no venue flag told.
    public var quality: Quality {
        var quality = Quality.whole
        var (signed, inferred): (Int128, Int128) = (0, 0)
        for index in 0..<Int(min(completed, Int64(span))) {
            quality = quality.worst(ring[index].quality)
            signed += Int128(ring[index].signed)
            inferred += Int128(ring[index].inferred)
        }
        quality.inferredShare = signed > 0 ? Double(inferred) / Double(signed) : .nan
        return quality
    }
}

extension VolumeBuckets: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&size, &completed, &skipped, &filled)
        archive.values(&open, &next, &imbalance, &volume)
        archive.cells(&ring)
        archive.check(next >= 0 && next < ring.count && filled >= 0, "buckets do not fit their ring")
    }
}
