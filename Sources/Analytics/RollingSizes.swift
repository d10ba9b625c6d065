internal import Memory

/// The exact percentile of the last n trade sizes, kept up to date trade by trade.
///
/// A ring holds the sizes; a short list holds, in falling order and with their counts, all sizes from a cut upwards.
/// Most trades lie below the cut and cost two comparisons. When so many of the listed sizes have left the ring that the
/// percentile is no longer among them, the list is made again from the ring: at worst once in several dozen trades.
/// The percentile is that of the nearest rank: the smallest size that at least the given share does not exceed.
public struct RollingSizes: ~Copyable, Sendable {
    public static let standardWindow = 5000
    public static let windowLimit = 1 << 20
    private static let firstCells = 64

    /// How many sizes are looked back on.
    public let window: Int
    /// The percentile's share in millionths.
    public let shareInMillionths: Int64
    public private(set) var count = 0
    /// The percentile of the sizes so far; `Int64.max` before the first one.
    public private(set) var percentile = Int64.max

    /// Every size at or above the cut is listed.
    private var cut = Int64.min
    private var next = 0
    /// How many sizes from the largest downwards the percentile is.
    private var rank = 0
    private var listed = 0
    private var entries = 0
    private let entryLimit: Int
    private let slack: Int
    private let listedLimit: Int
    private var ring = Cells<Int64>()
    private var sizes = Cells<Int64>()
    private var counts = Cells<Int64>()

    public init(window: Int, shareInMillionths: Int64) {
        precondition(window > 0 && window <= RollingSizes.windowLimit, "A window must lie within its limit.")
        precondition(shareInMillionths > 0 && shareInMillionths < 1_000_000, "A share must lie between 0 and 1.")
        self.window = window
        self.shareInMillionths = shareInMillionths
        slack = max(16, 4 * RollingSizes.rank(of: window, shareInMillionths))
        entryLimit = 2 * slack
        // Without this, a cut from the first few sizes would stay and list a large part of all that follow.
        listedLimit = 4 * slack
    }

    /// Bytes allocated so far: nothing before the first size.
    public var memory: Int { (ring.count + sizes.count + counts.count) * MemoryLayout<Int64>.size }

    public mutating func add(_ size: Int64) {
        var changed = false
        if count == window {
            let old = ring[next]
            if old >= cut {
                unlist(old)
                changed = true
            }
        } else {
            if count == ring.count { growRing() }
            count += 1
            rank = RollingSizes.rank(of: count, shareInMillionths)
            changed = true
        }
        ring[next] = size
        next = next + 1 == window ? 0 : next + 1
        if size >= cut {
            list(size)
            changed = true
        }
        if changed { update() }
        ring.prefetch(next)
    }

    private static func rank(of count: Int, _ share: Int64) -> Int {
        count - Int((Int64(count) * share + 999_999) / 1_000_000) + 1
    }

    private mutating func growRing() {
        if sizes.count == 0 {
            sizes.grow(to: entryLimit + 1, keepingAt: 0)
            counts.grow(to: entryLimit + 1, keepingAt: 0)
        }
        ring.grow(to: min(window, max(RollingSizes.firstCells, ring.count * 2)), keepingAt: 0)
    }

    private mutating func update() {
        if listed < rank { relist() }
        var left = rank
        var entry = 0
        while left > Int(counts[entry]) {
            left -= Int(counts[entry])
            entry += 1
        }
        percentile = sizes[entry]
    }

    /// The first entry whose size is not above `size`.
    private func place(of size: Int64) -> Int {
        var low = 0
        var high = entries
        while low < high {
            let middle = (low + high) / 2
            if sizes[middle] > size { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func list(_ size: Int64) {
        let entry = place(of: size)
        listed += 1
        if entry < entries, sizes[entry] == size {
            counts[entry] += 1
        } else {
            for index in stride(from: entries, to: entry, by: -1) {
                sizes[index] = sizes[index - 1]
                counts[index] = counts[index - 1]
            }
            sizes[entry] = size
            counts[entry] = 1
            entries += 1
        }
        if entries > entryLimit || listed > listedLimit { trim() }
    }

    private mutating func unlist(_ size: Int64) {
        let entry = place(of: size)
        listed -= 1
        counts[entry] -= 1
        guard counts[entry] == 0 else { return }
        entries -= 1
        for index in entry..<entries {
            sizes[index] = sizes[index + 1]
            counts[index] = counts[index + 1]
        }
    }

    /// Drops the smallest entries that the slack does not need.
    private mutating func trim() {
        while entries > 1, listed - Int(counts[entries - 1]) >= slack {
            entries -= 1
            listed -= Int(counts[entries])
        }
        cut = sizes[entries - 1]
    }

    /// Finds the largest sizes of the ring anew.
    private mutating func relist() {
        entries = 0
        listed = 0
        cut = .min
        for index in 0..<count {
            let size = ring[index]
            if size >= cut { list(size) }
            if listed >= slack { trim() }
        }
    }
}

extension RollingSizes: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&count, &percentile, &cut, &next)
        archive.values(&rank, &listed, &entries)
        archive.cells(&ring, limit: window)
        archive.cells(&sizes, limit: entryLimit + 1)
        archive.cells(&counts, limit: entryLimit + 1)
        let isSound = count >= 0 && count <= ring.count && next >= 0 && next < window && entries <= sizes.count
        archive.check(isSound && entries >= 0 && sizes.count == counts.count, "rolling sizes do not fit their window")
    }
}
