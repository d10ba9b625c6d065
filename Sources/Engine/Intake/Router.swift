internal import Journal
public import Market
internal import Memory
internal import Rings

/// What happens to an event that finds no room.
public enum RouterOverflow: Sendable {
    /// The source waits: nothing is lost. For recordings and generators.
    case wait
    /// The new event is refused and counted, and a gap follows as soon as there is room. For live feeds.
    case dropNewest
}

/// The limits between a source and the lanes.
public enum RouterLimits {
    /// Events that are handed over at once.
    public static let batch = 1_024

    /// Events between router and one lane, over all its rings: a power of two.
    ///
    /// Who can wait keeps them few, so that they stay in the processor's cache. A live feed must bridge what its lane
    /// does meanwhile, and brings the clock to all its symbols at once.
    public static func flight(_ overflow: RouterOverflow) -> Int {
        switch overflow {
        case .wait: batch
        case .dropNewest: 65_536
        }
    }
}

/// Takes a source's events to the rings of their symbols, on the source's own thread.
///
/// Events are staged and published in bursts of at most `batchLimit`; each gets its number in the source here.
public struct Router: ~Copyable {
    /// Not private: see `BarHistories.Place`.
    struct Route: BitwiseCopyable {
        var lane: UInt32
        var ring: UInt32
    }

    private let writers: Shelf<BankWriter<MarketEvent>>
    private let lanes: [LaneDesk]
    private let routes: Region<Route>
    private var routeCount = 0
    let sources: SourceDirectory
    private let overflow: RouterOverflow
    private let batchLimit: Int
    let stopping: Signal
    private let counts: RouterCounts
    /// Where settings that change while running come from.
    public let controls: ControlDesk
    /// How many of them the symbols known so far have been told.
    var controlsTold = 0
    /// Those of them that the source brings as events of its own, each at its place: nobody else tells them.
    var controlsBrought = 0
    private var staged = 0
    /// Those of them that the router put in itself.
    private var stagedGaps = 0
    /// The number of the source's last event.
    var sequence: UInt64 = 0
    /// Events up to this number are in the journal already: they come again and are passed over.
    var journaled: UInt64 = 0
    /// What keeps the events; nothing is published before it is in there.
    var journal: EventJournal?
    /// While the journal is played again whoever has no room is waited for.
    var isRecovering = false
    /// What comes is in another process's journal as it stands: nothing of it may be left out, also at the end.
    var isFollowing = false
    /// The symbols that have learnt of the source's end, and the number of the last event before it.
    var ended: Set<UInt32> = []
    var endedAt: UInt64 = 0
    /// While a journal is replayed that another source goes on from.
    var beginning: RouterBeginning?
    /// The time of the journal's last event.
    var journaledTime = Timestamp(nanoseconds: 0)
    /// Since when events are missing, as long as nobody was told.
    var gapTime: Timestamp?
    /// Why nothing is published any more.
    private(set) var failure: (any Error)?
    private var holes: [UInt32: RouterHole] = [:]
    private var hasHoles = false

    init(_ plan: RouterPlan) {
        writers = plan.writers
        lanes = plan.lanes
        routes = Region(count: plan.symbolLimit)
        sources = SourceDirectory(
            symbols: plan.symbols, roster: plan.roster, lanes: plan.laneRosters, instrument: plan.instrument)
        overflow = plan.overflow
        batchLimit = min(max(plan.batchLimit, 1), RouterLimits.batch)
        stopping = plan.stopping
        counts = plan.counts
        controls = plan.controls
    }

    /// Where the source learns the index of a symbol.
    public var directory: any SymbolDirectory { beginning.map { LimitedDirectory(sources, $0.symbols) } ?? sources }

    /// Whether states of this process take what is routed.
    var hasLanes: Bool { !lanes.isEmpty }

    /// How many symbols the source has named so far; their indices run from 0.
    public var symbolCount: Int { sources.places.count }

    /// Takes events in order; publishes whenever a burst is full.
    public mutating func route(_ events: Span<MarketEvent>) {
        if _slowPath(routeCount != symbolCount) { learnRoutes() }
        if _slowPath(controls.count != controlsTold) { tellControls() }
        guard lanes.count == 1, journal == nil, sequence >= journaled else {
            for index in events.indices { route(events[index]) }
            return
        }
        var next = 0
        while next < events.count {
            if !hasHoles {
                let taken = stageRun(of: events, from: next)
                next &+= taken
                if staged >= batchLimit { flush() }
                if next == events.count || taken > 0 { continue }
            }
            route(events[next])
            next &+= 1
        }
    }

    /// Stages records from `start` on as far as there is room for them now, publishes, and returns how many they were.
    ///
    /// For a lane on the source's own thread: it can make room, and nobody else will. One lane, no wait, no refusal.
    @inline(__always)
    mutating func offer<Record: EventRecord>(_ records: Span<Record>, from start: Int) -> Int {
        precondition(lanes.count == 1, "Only the thread of the one lane can make room itself.")
        let taken = stageRun(of: records, from: start)
        // Nobody sleeps who would have to be woken: the lane is this thread.
        writers[0].publish()
        countPublished()
        return taken
    }

    /// Stages records for the one lane as far as burst and rings have room; with one lane a symbol's ring has the
    /// symbol's own number. Returns how many they were.
    @inline(__always)
    private mutating func stageRun<Record: EventRecord>(of records: Span<Record>, from start: Int) -> Int {
        let limit = batchLimit &- staged
        // The burst to come, while the lane is busy with this one.
        Nearness.ask(for: records, from: start &+ limit, to: start &+ 2 &* limit)
        let first = sequence &+ 1 &- UInt64(start)
        let taken = writers[0].stage(
            from: start, to: records.count, limit: limit, ring: { Int(records[$0].symbol) }
        ) { event, index in
            records[index].write(to: &event)
            event.sequence = first &+ UInt64(bitPattern: Int64(index))
        }
        sequence &+= UInt64(taken)
        staged &+= taken
        return taken
    }

    /// Takes one event.
    public mutating func route(_ event: MarketEvent) {
        sequence &+= 1
        if _fastPath(sequence > journaled) { put(event) }
    }

    /// The changes of settings that are known so far come as events of the source's own.
    public mutating func leaveControls() { (controlsTold, controlsBrought) = (controls.count, controls.count) }

    /// Takes an event as an earlier run recorded it, under its own number.
    public mutating func replay(_ event: MarketEvent) {
        if beginning?.leavesOut(event) == true { return }
        guard event.sequence > journaled else { return }
        sequence = event.sequence
        put(event)
        guard event.kind == .control, event.controlAction == .endOfInput else { return }
        if endedAt != sequence { ended = [] }
        endedAt = sequence
        ended.insert(event.symbol)
    }

    /// Takes an event under the number that was counted last: what the router says itself has none of its own.
    mutating func put(_ event: MarketEvent) {
        let symbol = Int(event.symbol)
        if symbol >= routeCount {
            learnRoutes()
            precondition(symbol < routeCount, "A source must name a symbol before its first event.")
        }
        let route = routes[symbol]
        guard stage(event, route) || makeRoom(event, route) else { return }
        staged &+= 1
        if staged >= batchLimit { flush() }
    }

    /// Hands over what is staged.
    public mutating func publish() {
        if _slowPath(controls.count != controlsTold) { tellControls() }
        flush()
    }

    mutating func flush() {
        guard staged > 0, journal == nil || keepStaged() else { return }
        for lane in 0..<lanes.count where writers[lane].staged > 0 {
            let events = writers[lane].staged
            writers[lane].publish()
            lanes[lane].bring(events)
        }
        countPublished()
    }

    /// Writes what is staged into the journal; false, and the run is to end, where it cannot be kept.
    private mutating func keepStaged() -> Bool {
        guard failure == nil else { return false }
        do { try journal?.write() } catch {
            failure = error
            stopping.raise()
        }
        return failure == nil
    }

    private mutating func countPublished() {
        counts.accepted.add(staged - stagedGaps)
        staged = 0
        stagedGaps = 0
    }

    /// Announces a whole second to every symbol that the source has named, in the source's own order. One whose input
    /// comes again has not named all that the journal knows: each event must bear the number that it had.
    public mutating func announce(_ time: Timestamp, receiveTime: Timestamp) {
        for symbol in 0..<sources.named {
            route(MarketEvent(.clock, symbol: UInt32(symbol), venueTime: time, receiveTime: receiveTime))
        }
    }

    /// Says to every symbol that the source has ended, and publishes. One that is only interrupted and has a journal
    /// goes on at the next start: its symbols learn of no end.
    public mutating func end(at time: Timestamp) {
        guard beginning == nil else { return publish() }
        let isPassedOver = sequence < journaled
        let isInterrupted = journal != nil && stopping.isRaised
        for symbol in 0..<symbolCount where !isPassedOver && !isInterrupted {
            // Some have learnt of it already, in an earlier run or from the recording itself.
            if endedAt == sequence, ended.contains(UInt32(symbol)) { continue }
            put(
                .control(
                    symbol: UInt32(symbol), venueTime: time, receiveTime: Timestamp(nanoseconds: 0),
                    action: .endOfInput, index: 0))
        }
        publish()
    }

    /// Takes in the symbols that were named since; each learns first what settings were changed before it came.
    @inline(never)
    mutating func learnRoutes() {
        if controls.count != controlsTold { tellControls() }
        let places = sources.places
        while routeCount < places.count {
            let place = places[routeCount]
            routes[routeCount] = Route(lane: UInt32(place.lane), ring: UInt32(place.ring))
            define(place.definition.definition(of: UInt32(routeCount)))
            routeCount += 1
            tellControls(to: routeCount - 1, from: controlsBrought)
        }
    }

    /// Writes down what an index in the journal's records means.
    private mutating func define(_ definition: JournalDefinition) {
        guard failure == nil else { return }
        do { try journal?.define(definition) } catch {
            failure = error
            stopping.raise()
        }
    }

    /// Tells every symbol of the changes that have come since the last look.
    @inline(never)
    private mutating func tellControls() {
        let first = controlsTold
        controlsTold = controls.count
        for symbol in 0..<routeCount { tellControls(to: symbol, from: first) }
    }

    private mutating func tellControls(to symbol: Int, from first: Int) {
        guard !isRecovering, !isFollowing else { return }
        for place in controls.places(for: sources.places[symbol].name, from: first, to: controlsTold) {
            if let record = controls.record(place) { define(record.definition(of: UInt32(place))) }
            put(
                .control(
                    symbol: UInt32(symbol), venueTime: Timestamp(nanoseconds: 0),
                    receiveTime: Timestamp(nanoseconds: 0), action: .settings, index: UInt32(place)))
        }
    }

    /// Waits or refuses, as the overflow rule says; true when the event was staged after all.
    private mutating func makeRoom(_ event: MarketEvent, _ route: Route) -> Bool {
        flush()
        var patience = 0
        while !stage(event, route) {
            guard failure == nil, waits(for: event) else {
                refuse(event)
                return false
            }
            patience += 1
            Seat.wait(patience)
        }
        return true
    }

    /// Clocks and controls go to every symbol, far more of them than fit at once, and nobody makes them again: they
    /// wait until the lanes have come round, whatever the rule is, and also when the run is to end.
    private func waits(for event: MarketEvent) -> Bool {
        if event.kind == .clock || event.kind == .control { return true }
        if isFollowing { return true }
        // In a journal what is refused at the end would be a gap for good, though the next run could have it again.
        return (overflow == .wait || isRecovering) && (journal != nil || !stopping.isRaised)
    }

    private mutating func stage(_ event: MarketEvent, _ route: Route) -> Bool {
        let number = sequence
        guard !hasHoles || fillHole(event.symbol, route) else { return false }
        guard
            // Without lanes the journal is all that there is.
            lanes.isEmpty
                || writers[Int(route.lane)].stage(
                    ring: Int(route.ring),
                    { slot in
                        slot = event
                        slot.sequence = number
                    })
        else { return false }
        if _slowPath(journal != nil) {
            var kept = event
            kept.sequence = number
            journal?.take(kept)
        }
        return true
    }

    private mutating func refuse(_ event: MarketEvent) {
        counts.refused.add()
        var lost = event
        lost.sequence = sequence
        holes[event.symbol, default: RouterHole(lost)].extend(by: lost)
        hasHoles = true
    }

    /// Puts the pending gap of a symbol in before its next event; false when there is still no room for both of them,
    /// as a gap that takes the only place would be followed by another gap, for ever.
    private mutating func fillHole(_ symbol: UInt32, _ route: Route) -> Bool {
        guard let hole = holes[symbol] else { return true }
        guard writers[Int(route.lane)].hasRoom(ring: Int(route.ring), for: 2) else { return false }
        guard writers[Int(route.lane)].stage(ring: Int(route.ring), { $0 = hole.event }) else { return false }
        journal?.take(hole.event)
        staged &+= 1
        stagedGaps &+= 1
        counts.gaps.add()
        holes[symbol] = nil
        hasHoles = !holes.isEmpty
        return true
    }
}
