internal import Memory

/// How straight the price went over the last bars: the net change over the sum of the changes from close to close, the
/// first bar's from its open (definitions §15; Kaufman's efficiency ratio).
struct PathEfficiency: ~Copyable, Sendable {
    private struct Step: Plain {
        var open: Int64
        var close: Int64
    }

    private var ring: FixedCells<Step>
    private var next = 0
    private var filled = 0

    init(bars: Int) { ring = FixedCells(repeating: Step(open: 0, close: 0), count: bars) }

    /// Begins anew: what comes is not joined to what was.
    mutating func restart() { (next, filled) = (0, 0) }

    /// Prices in billionths.
    mutating func add(open: Int64, close: Int64) {
        ring[next] = Step(open: open, close: close)
        next = next + 1 == ring.count ? 0 : next + 1
        filled = min(filled + 1, ring.count)
    }

    /// 0 to 1; 0 where the price did not move, not a number until there are all bars.
    var value: Double {
        guard filled == ring.count else { return .nan }
        let first = ring[next].open
        var last = first
        var path: Int128 = 0
        for index in 0..<ring.count {
            let close = ring[(next + index) % ring.count].close
            path += Int128((Int128(close) - Int128(last)).magnitude)
            last = close
        }
        guard path > 0 else { return 0 }
        return Double((Int128(last) - Int128(first)).magnitude) / Double(path)
    }
}

extension PathEfficiency: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.cells(&ring)
        archive.values(&next, &filled)
        archive.check(
            next >= 0 && next < ring.count && filled >= 0 && filled <= ring.count, "a path does not fit its ring")
    }
}
