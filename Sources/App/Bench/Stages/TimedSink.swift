internal import Analytics
internal import Engine
internal import Market
internal import Synchronization
internal import Updates

/// A histogram that a sink's thread fills and another reads in the end.
final class SharedHistogram: Sendable {
    private let times = Mutex(LatencyHistogram())

    func add(_ nanoseconds: [Int64]) {
        times.withLock { histogram in for time in nanoseconds { histogram.add(time) } }
    }

    var value: LatencyHistogram { times.withLock { $0 } }
}

/// A sink around another that notes for each trade how long after its time the other was done with it.
final class TimedSink: Sink {
    private let inner: any Sink
    private let histogram: SharedHistogram
    private let clock: @Sendable () -> Int64
    /// When the trades that the sink has and is not done with were due; a link holds no more than some ten thousand.
    private var waiting: [Int64] = []

    init(_ inner: any Sink, into histogram: SharedHistogram, clock: @escaping @Sendable () -> Int64) {
        self.inner = inner
        self.histogram = histogram
        self.clock = clock
    }

    var spin: Duration { inner.spin }
    var takesVisits: Bool { inner.takesVisits }

    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        try inner.receive(records, from: origin)
        RecordReader.forEach(in: records) { head, update in
            guard origin.topics.entries[Int(head.slot)].layout.template == TradeUpdate.layout.template else { return }
            waiting.append(RecordReader.body(of: update, as: TradeUpdate.self).receiveTime)
        }
    }

    func flush() throws {
        try inner.flush()
        let now = clock()
        for index in waiting.indices { waiting[index] = now - waiting[index] }
        histogram.add(waiting)
        waiting.removeAll(keepingCapacity: true)
    }

    func beat(_ now: Timestamp) throws { try inner.beat(now) }
    func close() throws { try inner.close() }
}
