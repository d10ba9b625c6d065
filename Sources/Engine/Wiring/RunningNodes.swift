internal import Graph
internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Synchronization
internal import Updates

/// A symbols node at work: its lanes, and the ends that sources and sinks take hold of.
final class RunningFlow: Sendable {
    /// Bytes of one link: room for some tens of thousands of candles or the largest profile.
    static let linkCapacity = 1 << 23

    let name: String
    let roster: Roster
    let events = Tally()
    let plan: FlowPlan
    let lanes: [RunningLane]
    let part: FlowPart
    /// What its updates are kept by; nil where nothing outlives the run.
    let keeping: FlowKeeping?
    let quarantine: Quarantine
    private let failure = Guarded<(any Error)?>(nil)
    private let journalLink = Guarded<LinkCounts?>(nil)

    init(_ part: FlowPart, sources: Int, data: DataFolder?) {
        self.part = part
        name = part.name
        plan = FlowPlan(settings: part.settings)
        let events = events
        let lanes = part.isElsewhere ? 0 : part.settings.lanes
        self.lanes = (0..<lanes).map { number in
            RunningLane(number: number, inletLimit: max(sources, 1), settings: part.settings, events: events)
        }
        keeping = part.isElsewhere ? nil : data.map { FlowKeeping(data: $0, flow: part.partName) }
        let quarantine = Quarantine(part.isElsewhere ? nil : data, flow: part.partName)
        self.quarantine = quarantine
        roster = Roster(limit: part.settings.symbolLimit) { quarantine.faults(of: $0, in: $1) }
    }

    /// What records mean as the lanes write them, and as sinks get them: behind a journal they have their place.
    var laneOrigin: UpdateOrigin {
        UpdateOrigin(node: name, shard: part.shard, topics: plan.topics, symbols: roster.symbol)
    }
    var sinkOrigin: UpdateOrigin {
        guard let keeping else { return laneOrigin }
        return UpdateOrigin(
            node: name, shard: part.shard, topics: plan.topics, journal: { keeping.journal }, symbols: roster.symbol)
    }

    /// Where the sinks' links begin.
    var outlets: [Shelf<LinkWriter>] { keeping.map { [$0.links] } ?? lanes.map(\.links) }

    func noteLink(_ counts: LinkCounts) { journalLink.withLock { $0 = counts } }

    /// How many updates the lanes have handed to the journal.
    var madeUpdates: Int { journalLink.withLock { $0?.offered.value ?? 0 } }

    /// Why a symbol could not go on from where an earlier run left it.
    var failed: (any Error)? { failure.withLock { $0 } }

    /// The writing ends for one more source.
    func addSource(
        symbols: FeedSymbols, overflow: RouterOverflow, stopping: Signal, counts: RouterCounts,
        keptBy source: SourceKeeping?
    ) -> RouterPlan {
        let settings = part.settings
        let writers = Shelf<BankWriter<MarketEvent>>(capacity: max(lanes.count, 1))
        var rosters: [LaneRoster] = []
        for lane in lanes {
            let roster = laneRoster(stopping, source)
            // Of what a state has taken last its snapshot needs the number.
            let bank = RingBank<MarketEvent>(
                rings: settings.symbolLimit, capacity: settings.ring,
                memory: keeping == nil ? settings.memory : max(settings.memory, 1),
                flightLimit: RouterLimits.flight(overflow))
            bank.split { writer, reader in
                lane.inlets.append(
                    LaneInlet(
                        reader: reader, roster: roster, plan: plan, lane: lane.lane,
                        place: InletPlace(lane.inlets, lane.inlets.count)))
                writers.append(writer)
            }
            rosters.append(roster)
        }
        return RouterPlan(
            writers: writers, lanes: lanes.map(\.lane.desk), symbols: symbols, roster: roster,
            laneRosters: rosters, instrument: part.instrument, symbolLimit: settings.symbolLimit, overflow: overflow,
            batchLimit: settings.batchLimit, stopping: stopping, counts: counts, controls: plan.controls)
    }

    private func laneRoster(_ stopping: Signal, _ source: SourceKeeping?) -> LaneRoster {
        let (failure, quarantine) = (failure, quarantine)
        return LaneRoster(
            limit: part.settings.symbolLimit, tag: source.map { LaneSubject.tag(of: $0.name) } ?? 0,
            enlist: { source?.enlist($0) },
            fail: { error in
                failure.withLock { $0 = $0 ?? error }
                stopping.raise()
            }, tell: { source?.tell($0) },
            noteFault: { fault in
                var fault = fault
                fault.journal = source?.identity
                quarantine.note(fault)
            })
    }

    /// Says to the lanes that no event can come any more.
    func close() {
        for lane in lanes {
            lane.lane.desk.closing.raise()
            lane.lane.desk.parker.wake()
        }
    }
}

/// A lane at work: its executor and what its thread reads and writes.
final class RunningLane: Sendable {
    /// A symbols node carries its updates on over at most this many edges.
    static let linkLimit = 64

    let lane: Lane
    let inlets: Shelf<LaneInlet>
    let links: Shelf<LinkWriter>
    let events: Tally
    private let spin: Duration
    /// The core that its thread is tied to, if any.
    private let core: Int?
    private let marks = Guarded(LaneMark())

    init(number: Int, inletLimit: Int, settings: FlowSettings, events: Tally) {
        // Who ties a lane to a core wants its work there.
        lane = Lane(number: number, takesVisits: settings.core == nil)
        spin = settings.spin
        core = settings.core.map { $0 + number }
        inlets = Shelf(capacity: inletLimit)
        links = Shelf(capacity: RunningLane.linkLimit)
        self.events = events
    }

    /// What it is at; in memory alone until `keep`.
    var mark: LaneMark { marks.withLock { $0 } }

    /// Writes what it is at where it outlives the process; before it works.
    func keep(_ mark: LaneMark) { marks.withLock { $0 = mark } }

    func work() {
        Seat.name("lane-\(lane.number)")
        // A core that is not there is no reason to stop: the thread then runs wherever the system puts it.
        if let core { _ = Seat.pin(to: core) }
        let mark = mark
        mark.noteFaultsOfThread()
        lane.desk.open(LaneWork(self, outboxLimit: LaneOutput.standardLimit))
        LaneLoop(lane: lane, spin: DurationText.nanoseconds(spin)).run()
        lane.desk.close()
        LaneMark.forgetThread()
    }
}

/// A source at work.
final class RunningSource: Sendable {
    let name: String
    let source: any Source
    let counts = RouterCounts()
    private let plan: RouterPlan
    let keeping: SourceKeeping?
    /// Whether it has come to what its journal does not hold.
    let hasBegun = Signal()

    init(_ part: SourcePart, flow: RunningFlow, data: DataFolder?, world: World) {
        name = part.name
        source = part.source
        isElsewhere = flow.part.isElsewhere
        // One that only serves others has no events of its own.
        let kept = SourceKeepingPlan(part.name, part.overflow, for: flow)
        let keeping = part.source.isAttendant ? nil : data.map { SourceKeeping($0, kept, world: world) }
        plan = flow.addSource(
            symbols: part.symbols, overflow: part.overflow, stopping: world.stopping, counts: counts, keptBy: keeping)
        self.keeping = keeping
        if let keeping { flow.keeping?.add(keeping) }
    }

    /// Whether no state of this process takes its events.
    let isElsewhere: Bool
    /// How far its journal has come, for those who read it elsewhere.
    var progress: JournalProgress? { keeping?.progress }

    /// Puts back the changes of settings that an earlier run was told.
    func recall() throws {
        guard let keeping, StoredFolder.exists(keeping.folder) else { return }
        let definitions: [JournalDefinition]
        do {
            var reader = try JournalReader(opening: keeping.folder)
            definitions = try reader.lastDefinitions()
        } catch JournalError.missing { return }
        plan.controls.recall(from: definitions)
    }

    /// The symbol that a lane's mark means; nil where it is none of this source's.
    func symbol(_ subject: LaneSubject) throws -> MarkedSymbol? {
        guard let keeping, subject.tag == LaneSubject.tag(of: name), StoredFolder.exists(keeping.folder) else {
            return nil
        }
        var reader = try JournalReader(opening: keeping.folder)
        let definition = try reader.lastDefinitions().first { $0.kind == .symbol && $0.key == subject.symbol }
        guard let feedName = definition.flatMap({ SymbolDefinition($0.bytes) })?.name else { return nil }
        return MarkedSymbol(name: plan.symbols.renames[feedName] ?? feedName, journal: reader.id)
    }

    /// Hands over what must be known before any source runs.
    func prepare() throws { try source.prepare(plan.controls) }

    func work(_ world: World) throws {
        Seat.name("source-\(name)")
        defer { LaneMark.forgetThread() }
        var router = Router(plan)
        if let keeping { try router.recover(keeping, as: source.resumption) }
        hasBegun.raise()
        if !world.isStopping {
            router.declareGap()
            try source.run(into: &router, world: world)
        }
        try router.close()
        if !world.stopping.isRaised { keeping?.progress.end() }
    }
}
