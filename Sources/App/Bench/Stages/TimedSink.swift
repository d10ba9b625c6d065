internal import Analytics
internal import Engine
internal import Market
internal import Updates

/// A sink around another that notes for each trade when the other was done with it.
final class TimedSink: Sink {
    /// How far the other is, in a count of its own that only grows.
    struct Progress {
        /// What it was given so far.
        var given: Int
        /// What of it is done.
        var done: Int

        /// Of a sink that is done with everything when it returns.
        static let atOnce = Progress(given: 0, done: 0)
    }

    private let inner: any Sink
    private let progress: () -> Progress
    private let done: Moments
    private let clock: @Sendable () -> Int64
    /// The trades that the other has and is not done with: when they were due, and what the other had been given with
    /// them. It has no more than it may have under way, and what one call brought.
    private var waiting: [(due: Int64, given: Int)] = []
    /// The first of them that still waits.
    private var first = 0

    init(
        _ inner: any Sink, into done: Moments, progress: @escaping () -> Progress,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.inner = inner
        self.done = done
        self.progress = progress
        self.clock = clock
    }

    var spin: Duration { inner.spin }
    var takesVisits: Bool { inner.takesVisits }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        try inner.receive(records, from: origin)
        let now = clock()
        let given = progress().given
        RecordReader.forEach(in: records) { head, update in
            guard origin.topics.entries[Int(head.slot)].layout.template == TradeUpdate.layout.template else { return }
            waiting.append((RecordReader.body(of: update, as: TradeUpdate.self).receiveTime, given))
        }
        settle(at: now)
    }

    func flush() throws {
        try inner.flush()
        settle(at: clock())
    }

    func beat(_ now: Timestamp) throws {
        try inner.beat(now)
        settle(at: clock())
    }

    func close() throws {
        try inner.close()
        settle(at: clock())
    }

    /// Notes those that the other is done with by now.
    private func settle(at now: Int64) {
        let reached = progress().done
        while first < waiting.count, waiting[first].given <= reached {
            done.add(due: waiting[first].due, done: now)
            first += 1
        }
        guard first == waiting.count else { return }
        waiting.removeAll(keepingCapacity: true)
        first = 0
    }
}
