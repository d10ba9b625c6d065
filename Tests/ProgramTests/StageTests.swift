import Analytics
import Engine
import Market
import Memory
import Synchronization
import Testing
import Updates

@testable import millrace

/// How the benchmark of stages knows when a trade was done with.
@Suite struct `Stages` {
    /// Takes everything at once and answers it when it is told to.
    private final class AnsweringSink: Sink {
        var given = 0
        var answered = 0

        func receive(_ records: RawSpan, from _: UpdateOrigin) { given += RecordReader.count(in: records) }
        func flush() {}
        func beat(_: Timestamp) {}
        func close() { answered = given }
    }

    private final class HandClock: Sendable {
        private let time = Mutex<Int64>(0)
        var now: Int64 {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    private let origin: UpdateOrigin
    private let sink = AnsweringSink()
    private let done = Moments(limit: 10)
    private let clock = HandClock()

    init() throws {
        let symbol = try #require(Symbol("SYM"))
        let topics = TopicTable([
            TopicEntry(prefix: "candle/1s/", layout: CandleUpdate.layout),
            TopicEntry(prefix: "trade/", layout: TradeUpdate.layout),
        ])
        origin = UpdateOrigin(node: "flow", topics: topics) { _ in (symbol, 1) }
    }

    private func timed(_ progress: @escaping () -> TimedSink.Progress) -> TimedSink {
        TimedSink(sink, into: done, progress: progress) { [clock] in clock.now }
    }

    /// Trades that were due at these times, each behind a candle.
    private func give(_ due: [Int64], to timed: TimedSink) throws {
        var outbox = Outbox()
        let time = Timestamp(nanoseconds: 0)
        let head = UpdateHead(
            number: 1, start: time, end: time, revision: 0, final: true, reason: .none, quality: .whole)
        for due in due {
            outbox.append(
                CandleUpdate(Bar(start: time, end: time)), head: head, slot: 0,
                template: CandleUpdate.layout.template, symbol: 0)
            outbox.append(
                TradeUpdate(
                    PacedSource.trade(0, symbol: 0, at: due), Aggressor(sign: 1, method: .venue), isLate: false),
                head: head, slot: 1, template: TradeUpdate.layout.template, symbol: 0)
        }
        try outbox.withBytes { try timed.receive($0, from: origin) }
    }

    private var pairs: [[Int64]] { done.all.map { [$0.due, $0.done] } }

    @Test func `a trade is done when the sink says so, and not when the sink has it`() throws {
        let timed = timed { [sink] in TimedSink.Progress(given: sink.given, done: sink.answered) }
        clock.now = 100
        try give([10, 20], to: timed)
        try timed.flush()
        #expect(pairs.isEmpty)
        clock.now = 200
        try give([30], to: timed)
        // Of the first call only.
        sink.answered = 4
        try timed.flush()
        #expect(pairs == [[10, 200], [20, 200]])
        clock.now = 300
        try timed.beat(Timestamp(nanoseconds: 0))
        #expect(pairs.count == 2)
        try timed.close()
        #expect(pairs == [[10, 200], [20, 200], [30, 300]])
    }

    @Test func `of a sink that is done at once each trade counts as its call returns`() throws {
        let timed = timed { .atOnce }
        clock.now = 50
        try give([10], to: timed)
        clock.now = 60
        try give([20], to: timed)
        try timed.flush()
        #expect(pairs == [[10, 50], [20, 60]])
    }

    @Test func `the part since the decision leaves out trades that a link refused`() {
        let decided = [(10, 15), (20, 26), (30, 37), (40, 48)].map { Moments.Moment(due: $0.0, done: $0.1) }
        let times = StageTimes(
            decided: decided, done: [Moments.Moment(due: 20, done: 126), Moments.Moment(due: 40, done: 248)])
        #expect(times.sinceDue.rows.map(\.nanoseconds) == [106, 208])
        #expect(times.sinceDecision.rows.map(\.nanoseconds) == [100, 200])
    }

    @Test func `a message tells how many updates it holds, whatever their kind`() {
        let message = StampedMessage.example().withBytes { $0.array }
        let count = { (bytes: [UInt8]) in bytes.withRawSpan { StampedMessage.updates(in: $0) } }
        #expect(count(message) == 1 && count(Array(message.prefix(20))) == 0)
    }
}
