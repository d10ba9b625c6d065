internal import Market
internal import Memory
internal import Rings
internal import Updates

/// The reading end of one link of a sink.
struct SinkLink: ~Copyable {
    var reader: ByteRingReader
    let origin: UpdateOrigin
    let counts: LinkCounts
}

/// Where a sink's work is done, by one thread at a time: its own, or that of a visitor.
///
/// To wake a sleeping thread costs an update several microseconds, and on a busy machine a turn of another thread. So
/// a lane that brings a sink little, while that sleeps, does the sink's work itself, where the sink allows it. One that
/// brings much leaves it to the sink's thread, which then stays awake: under load each has a core of its own.
final class SinkDesk: Sendable {
    /// Bytes of updates that a visitor works off itself: a dozen or two, some microseconds each at most.
    static let visitLimit = 4_096

    /// What lies on the desk.
    private struct Work {
        let links: Shelf<SinkLink>
        /// Nil until it is open, and once it has closed.
        var sink: (any Sink)?
        /// Why a visitor could not do the work.
        var failure: (any Error)?

        /// Gives the sink what its links have brought; returns how many updates.
        func drain(into sink: any Sink) throws -> Int {
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
            if updates > 0 { try sink.flush() }
            return updates
        }

        var hasNews: Bool {
            for index in 0..<links.count where links[index].reader.hasNews { return true }
            return false
        }
    }

    private let work: Guarded<Work>
    /// Where the sink's own thread sleeps.
    let parker = Parker()
    /// Raised when the lanes have ended.
    let closing = Signal()
    /// Raised when the sink has failed, so that no lane waits for it.
    let abandoned = Signal()
    /// How often somebody else did the work.
    let visits = Tally()

    init(_ links: Shelf<SinkLink>) { work = Guarded(Work(links: links)) }

    /// Tells the sink that a link has brought so many bytes, which have been published.
    func bring(_ byteCount: Int) {
        guard parker.isAsleep else { return }
        if byteCount > SinkDesk.visitLimit || !visit() { parker.wake() }
    }

    /// Does what there is to do in place of the sink's thread; false where that must do it.
    private func visit() -> Bool {
        let isDone = work.withLockIfFree { work in
            guard let sink = work.sink, sink.takesVisits, work.failure == nil else { return false }
            do {
                _ = try work.drain(into: sink)
                return true
            } catch {
                work.failure = error
                return false
            }
        }
        guard isDone == true else { return false }
        visits.add(1)
        return true
    }
}

/// For the sink's own thread.
extension SinkDesk {
    /// Has the work of a sink done here from now on.
    func open(_ sink: any Sink) {
        work.withLock { $0.sink = sink }
    }

    /// Whether something has come that nobody has worked off.
    var hasNews: Bool { work.withLock { $0.failure != nil || $0.hasNews } }

    /// Gives the sink what its links have brought; returns how many updates.
    func drain() throws -> Int { try change { work, sink in try work.drain(into: sink) } }

    /// Lends the sink.
    func beat(_ now: Timestamp) throws { try change { _, sink in try sink.beat(now) } }

    func close() throws {
        try change { work, sink in
            work.sink = nil
            try sink.close()
        }
    }

    /// Does something with the sink, unless a visit has failed before.
    private func change<Result>(_ body: (inout Work, any Sink) throws -> Result) throws -> Result {
        let result = work.withLock { work in
            Swift.Result {
                if let failure = work.failure { throw failure }
                guard let sink = work.sink else { preconditionFailure("A sink must be open when its thread works.") }
                return try body(&work, sink)
            }
        }
        return try result.get()
    }
}
