internal import Graph
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// What one source brings into one lane: the bank's reading end, and actor and state of each ring.
struct LaneInlet: ~Copyable {
    private var reader: BankReader<MarketEvent>
    private let states: Shelf<SymbolState>
    private let roster: LaneRoster
    private let plan: FlowPlan
    private let lane: Lane
    /// Its place among the lane's inlets.
    private let place: InletPlace
    /// By ring, as the states.
    private var actors: [SymbolActor] = []
    /// What the source is called in the lane's mark.
    private let tag: UInt32
    /// By ring, of symbols that have broken: at which events something is done about it, in order. A ring that is
    /// broken stays here.
    private var watches: [Int: [SymbolFault]] = [:]
    private var isWatching = false
    /// Rings whose symbols were given up and begin anew with their next event.
    private var anew: Set<Int> = []

    init(
        reader: consuming BankReader<MarketEvent>, roster: LaneRoster, plan: FlowPlan, lane: Lane, place: InletPlace
    ) {
        self.place = place
        tag = roster.tag
        self.reader = reader
        self.roster = roster
        self.plan = plan
        self.lane = lane
        states = Shelf(capacity: roster.limit)
    }

    /// How many visits ahead of the work the processor is asked for memory: for an event and its state, then for what
    /// hangs on the state.
    private static var farDistance: Int { 8 }
    private static var nearDistance: Int { 4 }
    /// With fewer symbols than this their states stay in a second-level cache: asking ahead costs more than it saves.
    private static var prefetchLimit: Int { 256 }

    var hasNews: Bool { reader.ready() > 0 }

    /// Visits every ring that has news; returns the number of events taken.
    mutating func poll(into output: inout LaneOutput, _ pen: LaneMark.Pen) -> Int {
        let ready = reader.ready()
        guard ready > 0 else {
            // A symbol that was named before its first event gets its state now, so that the event need not wait.
            if roster.count > states.count { _ = admit(states.count, &output.outbox) }
            return 0
        }
        var events = 0
        // Counted here and not looked up each time: only `admit` changes it.
        var live = states.count
        let isFar = live > LaneInlet.prefetchLimit
        if isFar { for ahead in 0..<min(LaneInlet.farDistance, ready) { prefetch(reader.visit(ahead), live) } }
        for index in 0..<ready {
            if isFar { prefetch(from: index, ready, live) }
            let visit = reader.visit(index)
            if visit.ring >= live {
                pen.rest()
                live = admit(visit.ring, &output.outbox)
            }
            if _fastPath(!isWatching) { take(visit, &output.outbox, pen) } else { watch(visit, &output.outbox, pen) }
            reader.release(visit)
            events &+= visit.count
            if output.outbox.byteCount > output.limit {
                pen.rest()
                output.carry()
            }
        }
        pen.rest()
        reader.finish(ready)
        return events
    }

    /// Gives a visit's events to their symbol's state; which one it is at stands in the lane's mark.
    @inline(__always)
    private mutating func take(_ visit: RingVisit, _ updates: inout Outbox, _ pen: LaneMark.Pen) {
        let elements = reader.elements(of: visit)
        pen.begin(LaneSubject.word(tag, elements[0].symbol))
        var isBroken = false
        states.change(visit.ring) { state in
            for place in 0..<visit.count {
                pen.note(EventPlace.key(of: elements[place]))
                state.receive(elements, at: place, into: &updates)
            }
            isBroken = state.isBroken
        }
        if _slowPath(isBroken) { noteBroken(visit.ring) }
    }

    /// As `take`, where some symbol has broken: each event of such a symbol is looked at before its state sees it.
    @inline(never)
    private mutating func watch(_ visit: RingVisit, _ updates: inout Outbox, _ pen: LaneMark.Pen) {
        guard var faults = watches[visit.ring] else { return take(visit, &updates, pen) }
        let elements = reader.elements(of: visit)
        pen.begin(LaneSubject.word(tag, elements[0].symbol))
        for place in 0..<visit.count {
            let key = EventPlace.key(of: elements[place])
            pen.note(key)
            while let fault = faults.first, key >= fault.place.key, !states[visit.ring].isBroken {
                faults.removeFirst()
                meet(fault, visit.ring, elements[place], &updates)
            }
            if states[visit.ring].isBroken { break }
            states[visit.ring].receive(elements, at: place, into: &updates)
        }
        watches[visit.ring] = faults
        if states[visit.ring].isBroken { noteBroken(visit.ring) }
    }

    /// Does what is to be done at the event at which a symbol broke once.
    private mutating func meet(
        _ fault: SymbolFault, _ ring: Int, _ event: borrowing MarketEvent, _ updates: inout Outbox
    ) {
        switch fault.standing {
        case .suspect: break
        case .quarantined, .givenUp: states[ring].breakOff(before: event, &updates)
        case .released:
            guard anew.remove(ring) != nil else { return states[ring].sayWasBroken(before: event, &updates) }
            states[ring].beginAnew(behind: fault.place, before: event, &updates)
        }
    }

    /// From now on nothing of the ring goes to its state.
    @inline(never)
    private mutating func noteBroken(_ ring: Int) {
        watches[ring] = []
        isWatching = true
        guard let fault = states[ring].ownFault else { return }
        states[ring].ownFault = nil
        roster.noteFault(fault)
    }

    @inline(__always)
    private func prefetch(from index: Int, _ ready: Int, _ live: Int) {
        let far = index &+ LaneInlet.farDistance
        if far < ready { prefetch(reader.visit(far), live) }
        let near = index &+ LaneInlet.nearDistance
        if near < ready { prefetchWhatHangs(on: reader.visit(near), live) }
    }

    /// Writes a symbol's state down, the event `sequence` being the last in it; on the lane's thread.
    func save(_ ring: Int, into archive: inout Archive, sequence: UInt64) {
        states.change(ring) { $0.save(into: &archive, sequence: sequence) }
    }

    /// Puts a restored state in the place of a symbol's; one that cannot be restored leaves it as it is.
    mutating func restore(
        _ ring: Int, from archive: inout Archive, into updates: inout Outbox
    ) throws(ArchiveError) -> Restoration {
        if ring >= states.count { _ = admit(ring, &updates) }
        var fresh = SymbolState(entry: roster.entries(from: ring)[0].withoutSnapshot, plan: plan)
        let restoration = try fresh.restore(&archive, into: &updates)
        states[ring] = fresh
        return restoration
    }

    @inline(__always)
    private func prefetch(_ visit: RingVisit, _ live: Int) {
        reader.prefetch(visit)
        if visit.ring < live { states.prefetch(visit.ring, lines: 0..<SymbolState.hotLines) }
    }

    @inline(__always)
    private func prefetchWhatHangs(on visit: RingVisit, _ live: Int) {
        guard visit.ring < live else { return }
        let event = reader.elements(of: visit)
        states[visit.ring].prefetch(price: event[0].price.billionths)
        guard event[0].venueTime.nanoseconds >= states[visit.ring].nextMore else { return }
        states.prefetch(visit.ring, lines: SymbolState.otherLines)
        states[visit.ring].prefetchMore()
    }

    /// Lets a new state be what its snapshot says, and returns whether that was numbers alone; one that cannot ends the
    /// run.
    private mutating func goOn(from snapshot: Snapshot, _ ring: Int, _ updates: inout Outbox) -> Bool {
        var archive = Archive(restoring: snapshot.bytes)
        do {
            let restoration = try restore(ring, from: &archive, into: &updates)
            if restoration.isNumbersAlone { return true }
            if !restoration.isWhole { roster.tell("\(snapshot.symbol): \(restoration)") }
        } catch {
            roster.fail(RestorationFailure(symbol: snapshot.symbol, reason: error))
        }
        return false
    }

    /// A symbol's state as bytes, with the number of the last event in it.
    ///
    /// - Parameter isGivenUp: whether a broken one is to be kept by the numbers of its topics alone.
    func snapshot(of ring: Int, isGivenUp: Bool, using archive: inout Archive) -> SavedState {
        guard ring < states.count, let last = reader.memory(of: ring).last else { return .none }
        archive.removeAll()
        // What is broken is made again from before that, or not at all.
        if states[ring].isBroken || states[ring].hasFault {
            guard isGivenUp else { return .broken }
            states.change(ring) { $0.saveNumbers(into: &archive, sequence: last.sequence) }
        } else {
            save(ring, into: &archive, sequence: last.sequence)
        }
        return .saved(archive.array, sequence: last.sequence)
    }

    func counts(of ring: Int) -> SymbolCounts { ring < states.count ? states[ring].counted : SymbolCounts() }

    /// Looks out for the events at which a symbol broke, so far as its state has not gone past them.
    private mutating func watch(_ entry: RosterEntry, _ ring: Int, isNumbersAlone: Bool) {
        let seen = entry.snapshot.map { EventPlace(number: $0.sequence, isTold: true) }
        var ahead = entry.faults.filter { fault in seen.map { fault.place > $0 } ?? true }
        if isNumbersAlone, let last = entry.faults.last(where: { !ahead.contains($0) }) {
            if last.isBroken {
                // It has said so where it broke.
                states[ring].stayBroken(at: last.place)
                ahead = []
                watches[ring] = []
                isWatching = true
            } else {
                anew.insert(ring)
                ahead.insert(last, at: 0)
                roster.tell(
                    "\(entry.symbol.name) was given up: it begins anew, and what followed \(last.place) is missing")
            }
        }
        guard !ahead.isEmpty else { return }
        watches[ring] = ahead
        isWatching = true
    }

    /// Makes the actors and states of the symbols up to `ring`; returns how many there are now.
    @inline(never)
    private mutating func admit(_ ring: Int, _ updates: inout Outbox) -> Int {
        for entry in roster.entries(from: states.count) {
            // The state keeps its entry for good, and a snapshot may be large.
            let index = states.append(SymbolState(entry: entry.withoutSnapshot, plan: plan))
            let isNumbersAlone = entry.snapshot.map { goOn(from: $0, index, &updates) } ?? false
            watch(entry, index, isNumbersAlone: isNumbersAlone)
            let actor = SymbolActor(symbol: entry.symbol, lane: lane, inlet: place, ring: index)
            roster.enlist(actor)
            actors.append(actor)
        }
        roster.forgetSnapshots(upTo: states.count)
        precondition(ring < states.count, "A ring's symbol must be on the roster before its first event.")
        return states.count
    }
}

/// Where an inlet lies on its lane, for the actors of its symbols.
struct InletPlace {
    // Weak: the inlet owns the actors that ask by it.
    private weak var inlets: Shelf<LaneInlet>?
    private let index: Int

    init(_ inlets: Shelf<LaneInlet>, _ index: Int) {
        self.inlets = inlets
        self.index = index
    }

    /// Lends the inlet; nil when its lane is gone.
    func read<Result>(_ body: (borrowing LaneInlet) -> Result) -> Result? {
        inlets.map { body($0[index]) }
    }
}
