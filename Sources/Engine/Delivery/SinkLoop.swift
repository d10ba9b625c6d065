internal import Graph
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// The reading ends of all links of one sink.
struct SinkLink: ~Copyable {
    var reader: ByteRingReader
    let origin: UpdateOrigin
    let counts: LinkCounts
}

/// A sink's thread: takes what its links bring, beats, and closes the sink when nothing can come any more.
struct SinkLoop {
    static let beat: Int64 = 100_000_000

    let links: Shelf<SinkLink>
    let parker: Parker
    /// Raised when the lanes have ended.
    let closing: Signal
    /// Raised here when the sink has failed, so that no lane waits for it.
    let abandoned: Signal
    let now: @Sendable () -> Timestamp

    func run(_ sink: any Sink) throws {
        do {
            try work(sink)
        } catch {
            abandoned.raise()
            throw error
        }
    }

    private func work(_ sink: any Sink) throws {
        let spin = DurationText.nanoseconds(sink.spin)
        var lastBeat = Seat.monotonic
        var lastNews = lastBeat
        while true {
            let isClosing = closing.isRaised
            let updates = try drain(into: sink)
            if updates > 0 {
                try sink.flush()
            } else if isClosing {
                return try sink.close()
            }
            let isIdle = updates == 0
            let time = Seat.monotonic
            if !isIdle { lastNews = time }
            if time - lastBeat >= SinkLoop.beat {
                lastBeat = time
                try sink.beat(now())
            }
            guard isIdle else { continue }
            if time - lastNews < spin {
                Seat.pause()
            } else {
                parker.park(atMost: UInt64(max(SinkLoop.beat - (time - lastBeat), 1_000_000))) { hasNews }
            }
        }
    }

    private var hasNews: Bool {
        if closing.isRaised { return true }
        for index in 0..<links.count where links[index].reader.hasNews { return true }
        return false
    }

    private func drain(into sink: any Sink) throws -> Int {
        var updates = 0
        for index in 0..<links.count {
            let origin = links[index].origin
            var taken = 0
            defer { if taken > 0 { links[index].counts.delivered.add(taken) } }
            try links[index].reader.drain { records in
                try sink.receive(records, from: origin)
                taken += RecordReader.count(in: records)
            }
            updates += taken
        }
        return updates
    }
}
