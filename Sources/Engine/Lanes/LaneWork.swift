internal import Memory
internal import Rings
internal import Updates

/// What a lane writes: its outbox, and the links that carry it on.
struct LaneOutput: ~Copyable {
    var outbox = Outbox(capacity: standardLimit * 2)
    /// The outbox is carried on when it holds this much, even inside a poll: it stays in the cache and in bounds.
    let limit: Int
    private let links: Shelf<LinkWriter>

    static var standardLimit: Int { 1 << 17 }

    init(links: Shelf<LinkWriter>, limit: Int) {
        self.links = links
        self.limit = limit
    }

    /// Whether every link has so much room that a few events will not have to wait for it.
    var isRoomy: Bool {
        for index in 0..<links.count where !links[index].isRoomy { return false }
        return true
    }

    /// Hands what the outbox holds to every link and empties it.
    mutating func carry() {
        guard !outbox.isEmpty else { return }
        outbox.withBytes { bytes in
            for index in 0..<links.count { links[index].carry(bytes) }
        }
        outbox.removeAll()
    }
}

/// What there is to do on a lane: its inlets' events into their states, and what comes of them out.
///
/// It belongs to whoever does it now: the lane's thread, or one that visits (`LaneDesk`).
struct LaneWork: ~Copyable {
    private let inlets: Shelf<LaneInlet>
    private var output: LaneOutput
    private let eventCount: Tally
    private let mark: LaneMark
    private let pen: LaneMark.Pen

    init(_ running: RunningLane, outboxLimit: Int) {
        inlets = running.inlets
        eventCount = running.events
        mark = running.mark
        pen = mark.pen
        output = LaneOutput(links: running.links, limit: outboxLimit)
    }

    /// Takes what is there now; returns the number of events.
    mutating func poll() -> Int {
        let inlets = inlets
        var events = 0
        for index in 0..<inlets.count { events += inlets[index].poll(into: &output, pen) }
        if events > 0 {
            output.carry()
            eventCount.add(events)
        }
        return events
    }

    /// The same on another thread than the lane's own, whose faults are this lane's meanwhile. False, and nothing is
    /// done, where that thread might have to wait: a feed shall rather refuse events than not be read.
    mutating func visit() -> Bool {
        guard output.isRoomy else { return false }
        mark.noteFaultsOfThread()
        _ = poll()
        LaneMark.passOverFaultsOfThread()
        return true
    }

    /// Lends the outbox before it is carried on; for a benchmark that measures up to here.
    mutating func pollInto(_ body: (borrowing Outbox) -> Void) -> Int {
        let inlets = inlets
        var events = 0
        for index in 0..<inlets.count { events += inlets[index].poll(into: &output, pen) }
        body(output.outbox)
        output.carry()
        return events
    }

    var hasNews: Bool {
        for index in 0..<inlets.count where inlets[index].hasNews { return true }
        return false
    }

    /// Of the only inlet's symbol; see `LaneInlet`.
    func save(_ ring: Int, into archive: inout Archive, sequence: UInt64) {
        inlets[0].save(ring, into: &archive, sequence: sequence)
    }

    mutating func restore(_ ring: Int, from archive: inout Archive) throws(ArchiveError) -> Restoration {
        let inlets = inlets
        return try inlets[0].restore(ring, from: &archive, into: &output.outbox)
    }
}
