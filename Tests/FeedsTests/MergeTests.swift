import Feeds
import Market
import Testing

/// A reader of events made by a test.
final class MadeReader: RecordingReader {
    let format: RecordingFormat? = nil
    let file: String
    private(set) var counts = RecordingCounts()
    let faults = RecordingFaults()
    private let events: [MarketEvent]
    private var position = 0
    private let step: Int

    init(_ events: [MarketEvent], file: String, step: Int = 7) {
        self.events = events
        self.file = file
        self.step = step
    }

    func next(into batch: inout EventBatch) throws(RecordingError) -> Bool {
        guard position < events.count else { return false }
        for _ in 0..<min(step, batch.room, events.count - position) {
            batch.append(events[position])
            position += 1
        }
        return true
    }
}

@Suite struct `Merged recordings` {
    private func event(_ kind: EventKind, _ venue: Int64, _ receive: Int64, file: Int, place: Int) -> MarketEvent {
        var event = MarketEvent(
            kind, symbol: UInt32(file), venueTime: Timestamp(nanoseconds: venue),
            receiveTime: Timestamp(nanoseconds: receive))
        event.sequence = UInt64(place)
        return event
    }

    private func merged(_ files: [[MarketEvent]], size: Int = EventBatch.limit) throws -> [MarketEvent] {
        let merge = MergedRecordings(files.enumerated().map { MadeReader($1, file: "\($0)") })
        var batch = EventBatch(capacity: size)
        var events: [MarketEvent] = []
        while try merge.next(into: &batch) {
            for index in 0..<batch.count { events.append(batch[index]) }
            batch.removeAll()
        }
        return events
    }

    /// The definition, step by step: of all files' next events the one with the least running time, then no trade,
    /// then the first file.
    private func oracle(_ files: [[MarketEvent]], byReceive: Bool) -> [MarketEvent] {
        var positions = files.map { _ in 0 }
        var keys = files.map { _ in Int64.min }
        var result: [MarketEvent] = []
        while true {
            var best: (key: Int64, rank: Int, file: Int)?
            for file in files.indices where positions[file] < files[file].count {
                let event = files[file][positions[file]]
                let time = byReceive ? event.receiveTime.nanoseconds : event.venueTime.nanoseconds
                let head = (key: max(keys[file], time), rank: event.kind == .trade ? 1 : 0, file: file)
                if best.map({ head < $0 }) ?? true { best = head }
            }
            guard let best else { return result }
            keys[best.file] = best.key
            result.append(files[best.file][positions[best.file]])
            positions[best.file] += 1
        }
    }

    @Test func `the merge is the definition's, whatever the batch`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = Seeded(seed)
            let isReceived = Bool.random(using: &random)
            let files = (0..<Int.random(in: 0...6, using: &random)).map { file in
                var time: Int64 = 1_000
                return (0..<Int.random(in: 0...40, using: &random)).map { place in
                    time += Int64.random(in: -2...4, using: &random)
                    let receive = isReceived ? time + Int64.random(in: 0...3, using: &random) : 0
                    let kind = [EventKind.trade, .quote, .level].randomElement(using: &random) ?? .trade
                    return event(kind, time, receive, file: file, place: place)
                }
            }
            let expected = oracle(files, byReceive: isReceived && files.contains { !$0.isEmpty })
            #expect(try merged(files) == expected, "seed \(seed)")
            #expect(try merged(files, size: 1) == expected, "seed \(seed)")
        }
    }

    @Test func `one file without receive times makes venue times decide`() throws {
        let files = [
            [event(.trade, 5, 1, file: 0, place: 0)], [event(.trade, 4, 0, file: 1, place: 0)],
        ]
        #expect(try merged(files).map(\.symbol) == [1, 0])
        let merge = MergedRecordings([MadeReader(files[0], file: "a"), MadeReader(files[1], file: "b")])
        var batch = EventBatch()
        _ = try merge.next(into: &batch)
        #expect(!merge.usesReceiveTime)
    }
}

@Suite struct `Pacing and price grid` {
    @Test func `real time waits as long as the recording did, ten times as fast a tenth`() {
        let start = Timestamp(nanoseconds: 5_000)
        for (factor, expected) in [(1.0, Duration.milliseconds(900)), (10, .zero), (0.5, .milliseconds(1_900))] {
            var pacing = Pacing(.times(factor))
            let first = pacing.wait(for: start, elapsed: .zero)
            let second = pacing.wait(for: start + Timestamp.second, elapsed: .milliseconds(100))
            let back = pacing.wait(for: start, elapsed: .seconds(3))
            #expect(first == .zero && second == expected && back == .zero, "\(factor)")
        }
        var unpaced = Pacing(.asFastAsPossible)
        let wait = unpaced.wait(for: start, elapsed: .zero)
        #expect(wait == .zero)
    }

    @Test func `the tick divides every price`() {
        var grid = PriceGrid()
        #expect(grid.tick == nil)
        for text in ["100.25", "99.5", "0", "-0.75"] { grid.add(price(text)) }
        grid.add(Price.none)
        #expect(grid.tick == price("0.25"))
    }
}
