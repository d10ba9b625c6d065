internal import Market
internal import Memory
internal import Updates

/// The bars of one kind that values rest on: when they began, how good they were, and whether one was changed later.
///
/// A stretch without bars between two of them counts with the later one: events that are missing there show in its
/// quality, so that no value bridges a hole silently. A change of the tape marks the bar in which it falls, or the one
/// before it where it falls between two.
struct BarTrail: Sendable {
    /// What a bar means for values over bars.
    struct Step {
        /// Of the bar with the stretch before it.
        let quality: Quality
        /// Of the session so far.
        let sessionQuality: Quality
        let opensSession: Bool
    }

    /// Bars of all sessions, and those of this one.
    private(set) var count = 0
    private(set) var sessionCount = 0
    /// The latest bar's end.
    private var end = Int64.min
    private var sessionOpen = Int64.min
    private var signed: Int64 = 0
    private var inferred: Int64 = 0
    /// The number of the latest bar that was changed after its end, from 0; −1 for none.
    private var changed = -1
    private var isSessionChanged = false
    /// The starts of the last bars, the one numbered n in the cell n modulo their count.
    private var starts: [Int64]

    /// `reach` is the number of bars that the longest window spans.
    init(reach: Int) {
        precondition(reach > 0, "A window needs a length.")
        starts = Array(repeating: .min, count: reach)
    }

    /// Takes a finished bar; nil for one that is no later than the last, or without a price: no value is computed.
    mutating func take(_ finished: FinishedBar, _ surroundings: borrowing Surroundings) -> Step? {
        let bar = finished.bar
        let start = bar.start.nanoseconds
        guard bar.hasPrice else { return nil }
        guard bar.end.nanoseconds >= end else {
            touch(start)
            return nil
        }
        let opensSession = openSession(surroundings.session.open.nanoseconds, at: start)
        var quality = finished.quality
        let before = max(end, sessionOpen)
        if end != .min, before < start {
            let stretch = Window(from: before, to: start)
            quality = quality.worst(surroundings.quality(over: stretch, inferredShare: .nan))
        }
        signed &+= bar.volume &- bar.neutral
        inferred &+= bar.inferred
        end = bar.end.nanoseconds
        starts[count % starts.count] = start
        count += 1
        sessionCount += 1
        let session = surroundings.quality(
            over: Window(from: sessionOpen == .min ? start : sessionOpen, to: end),
            inferredShare: Bar.share(inferred, of: signed))
        return Step(quality: quality, sessionQuality: session, opensSession: opensSession)
    }

    /// The tape has changed at `time`.
    mutating func touch(_ time: Int64) {
        guard count > 0, time < end else { return }
        if time >= start(back: sessionCount - 1) { isSessionChanged = true }
        var (low, high) = (max(0, count - starts.count), count)
        // The last bar that begins at or before that time.
        while low < high {
            let middle = (low + high) / 2
            if starts[middle % starts.count] <= time { low = middle + 1 } else { high = middle }
        }
        guard low > max(0, count - starts.count) else { return }
        changed = max(changed, low - 1)
    }

    /// Whether one of the last `bars` was changed after its end.
    func isChanged(within bars: Int) -> Bool { changed >= count - bars && changed >= 0 }

    /// Whether a bar of this session was.
    var isChangedInSession: Bool { isSessionChanged }

    /// The start of the bar so many before the last one; of the oldest that is remembered where that is too far.
    func start(back bars: Int) -> Int64 {
        let back = min(max(bars, 0), min(count, starts.count) - 1)
        return starts[(count - 1 - back) % starts.count]
    }

    private mutating func openSession(_ open: Int64, at start: Int64) -> Bool {
        guard open > sessionOpen, start >= open else { return false }
        sessionOpen = open
        (sessionCount, signed, inferred, isSessionChanged) = (0, 0, 0, false)
        return true
    }
}

extension BarTrail: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&count, &sessionCount, &end, &sessionOpen)
        archive.values(&signed, &inferred, &changed, &isSessionChanged)
        archive.each(&starts) { $1.value(&$0) }
        archive.check(count >= 0 && sessionCount >= 0, "a trail has less than no bars")
    }
}
