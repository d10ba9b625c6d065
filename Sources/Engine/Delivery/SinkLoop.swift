internal import Graph
internal import Market
internal import Rings

/// A sink's thread: takes what its links bring, beats, and closes the sink when nothing can come any more.
struct SinkLoop {
    static let beat: Int64 = 100_000_000

    let desk: SinkDesk
    let now: @Sendable () -> Timestamp

    func run(_ sink: any Sink) throws {
        desk.open(sink)
        do {
            try work(spin: DurationText.nanoseconds(sink.spin))
        } catch {
            desk.abandoned.raise()
            throw error
        }
    }

    /// - Parameter spin: nanoseconds without news before the thread sleeps.
    private func work(spin: Int64) throws {
        var lastBeat = Seat.monotonic
        var lastNews = lastBeat
        while true {
            let isClosing = desk.closing.isRaised
            let isIdle = try desk.drain() == 0
            if isIdle, isClosing { return try desk.close() }
            let time = Seat.monotonic
            if !isIdle { lastNews = time }
            if time - lastBeat >= SinkLoop.beat {
                lastBeat = time
                try desk.beat(now())
            }
            guard isIdle else { continue }
            if time - lastNews < spin {
                Seat.pause()
            } else {
                desk.parker.park(atMost: UInt64(max(SinkLoop.beat - (time - lastBeat), 1_000_000))) {
                    desk.closing.isRaised || desk.hasNews
                }
            }
        }
    }
}
