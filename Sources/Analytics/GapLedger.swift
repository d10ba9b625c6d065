public import Market
public import Memory

/// How much of a window was seen (definitions §20).
public struct Coverage: BitwiseCopyable, Equatable, Sendable {
    /// Nanoseconds of the window inside the session, without halts.
    public let elapsed: Int64
    /// Nanoseconds of `elapsed` that lie in gaps.
    public let gap: Int64

    public init(elapsed: Int64, gap: Int64) {
        self.elapsed = elapsed
        self.gap = gap
    }

    public var gapSeconds: Double { Double(gap) / Double(Timestamp.second) }
    /// 1 − gap / elapsed; 1 where no time has elapsed, since there was nothing to miss.
    public var share: Double { elapsed > 0 ? 1 - Double(gap) / Double(elapsed) : 1 }
}

/// The gaps and halts of the current session, and what they leave of a window.
///
/// Halts are no gaps: they are taken out of the window, and with them the gaps that fall into them. Each list holds
/// disjoint intervals in order, 64 at most; one more, and the two that lie closest are joined, so that the time between
/// them counts as gap (or halt) too: quality is then understated, never overstated.
public struct GapLedger: Sendable {
    public static let limit = 64

    /// Half-open, nanoseconds.
    public struct Interval: Plain, Equatable, Sendable {
        public internal(set) var from: Int64
        public internal(set) var to: Int64
    }

    public private(set) var gaps: [Interval] = []
    public private(set) var halts: [Interval] = []
    /// How often two intervals had to be joined since the session began.
    public private(set) var joined = 0
    private var isMarked = false
    private var haltedSince: Int64?

    public init() {}

    public var isEmpty: Bool { !isMarked }
    /// Whether a halt has begun and not ended.
    public var isHalted: Bool { haltedSince != nil }

    /// Declares [from, to) missing. An interval that is empty or runs backwards is none.
    public mutating func addGap(from: Timestamp, to: Timestamp) {
        isMarked = isMarked || from < to
        joined += GapLedger.insert(Interval(from: from.nanoseconds, to: to.nanoseconds), into: &gaps)
    }

    /// Begins a halt; a second beginning changes nothing.
    public mutating func openHalt(at time: Timestamp) {
        guard haltedSince == nil else { return }
        haltedSince = time.nanoseconds
        isMarked = true
    }

    /// Ends the halt; without one it changes nothing.
    public mutating func closeHalt(at time: Timestamp) {
        guard let from = haltedSince else { return }
        haltedSince = nil
        joined += GapLedger.insert(Interval(from: from, to: time.nanoseconds), into: &halts)
        isMarked = !gaps.isEmpty || !halts.isEmpty
    }

    /// Forgets the session's intervals. A halt that has not ended goes on.
    public mutating func startSession() {
        gaps.removeAll(keepingCapacity: false)
        halts.removeAll(keepingCapacity: false)
        joined = 0
        isMarked = haltedSince != nil
    }

    /// What was seen of [start, end), cut to the session. A growing window ends at the present instant.
    public func coverage(from start: Timestamp, to end: Timestamp, in session: Session) -> Coverage {
        let from = max(start, session.open).nanoseconds
        let to = max(from, min(end, session.close).nanoseconds)
        if _fastPath(!isMarked) { return Coverage(elapsed: to - from, gap: 0) }
        return marked(from, to)
    }

    private func marked(_ from: Int64, _ to: Int64) -> Coverage {
        var open = from
        var elapsed: Int64 = 0
        var missing: Int64 = 0
        var closed = halts
        if let since = haltedSince { _ = GapLedger.insert(Interval(from: since, to: .max), into: &closed) }
        // The stretches between halts, one after the other.
        for halt in closed where halt.to > from && halt.from < to {
            if halt.from > open {
                elapsed += halt.from - open
                missing += missed(open, halt.from)
            }
            open = halt.to
        }
        if open < to {
            elapsed += to - open
            missing += missed(open, to)
        }
        return Coverage(elapsed: elapsed, gap: missing)
    }

    private func missed(_ from: Int64, _ to: Int64) -> Int64 {
        var sum: Int64 = 0
        for gap in gaps where gap.to > from && gap.from < to { sum += min(gap.to, to) - max(gap.from, from) }
        return sum
    }

    /// Keeps the list disjoint and in order; the number of joins that the limit forced.
    private static func insert(_ new: Interval, into list: inout [Interval]) -> Int {
        guard new.from < new.to else { return 0 }
        var merged = new
        let first = list.firstIndex { $0.to >= new.from } ?? list.count
        var after = first
        while after < list.count, list[after].from <= new.to {
            merged.from = min(merged.from, list[after].from)
            merged.to = max(merged.to, list[after].to)
            after += 1
        }
        list.replaceSubrange(first..<after, with: CollectionOfOne(merged))
        guard list.count > limit else { return 0 }
        joinClosest(&list)
        return 1
    }

    private static func joinClosest(_ list: inout [Interval]) {
        var closest = 0
        for index in 0..<list.count - 1
        where list[index + 1].from - list[index].to < list[closest + 1].from - list[closest].to {
            closest = index
        }
        list[closest].to = list[closest + 1].to
        list.remove(at: closest + 1)
    }
}

extension GapLedger {
    public mutating func archive(_ archive: inout Archive) {
        archive.array(&gaps)
        archive.array(&halts)
        archive.values(&joined, &isMarked)
        archive.optional(&haltedSince)
        archive.check(max(gaps.count, halts.count) <= GapLedger.limit, "a ledger has too many intervals")
    }
}
