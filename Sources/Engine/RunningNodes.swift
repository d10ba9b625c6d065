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
    private let part: FlowPart

    init(_ part: FlowPart, sources: Int) {
        self.part = part
        name = part.name
        plan = FlowPlan(settings: part.settings)
        roster = Roster(limit: part.settings.symbolLimit)
        let events = events
        lanes = (0..<part.settings.lanes).map { RunningLane(number: $0, inletLimit: max(sources, 1), events: events) }
    }

    var origin: UpdateOrigin { UpdateOrigin(node: name, topics: plan.topics, symbols: roster.symbol) }

    /// The writing ends for one more source.
    func addSource(
        symbols: FeedSymbols, overflow: RouterOverflow, stopping: Signal, counts: RouterCounts
    ) -> RouterPlan {
        let settings = part.settings
        let writers = Shelf<BankWriter<MarketEvent>>(capacity: lanes.count)
        var rosters: [LaneRoster] = []
        for lane in lanes {
            let roster = LaneRoster(limit: settings.symbolLimit)
            let bank = RingBank<MarketEvent>(
                rings: settings.symbolLimit, capacity: settings.ring, memory: settings.memory,
                flightLimit: RouterLimits.flight)
            bank.split { writer, reader in
                lane.inlets.append(LaneInlet(reader: reader, roster: roster, plan: plan, lane: lane.lane))
                writers.append(writer)
            }
            rosters.append(roster)
        }
        return RouterPlan(
            writers: writers, parkers: lanes.map(\.lane.parker), symbols: symbols, roster: roster,
            laneRosters: rosters, instrument: part.instrument, symbolLimit: settings.symbolLimit, overflow: overflow,
            batchLimit: settings.batchLimit, stopping: stopping, counts: counts, controls: plan.controls)
    }

    /// Says to the lanes that no event can come any more.
    func close() {
        for lane in lanes {
            lane.lane.closing.raise()
            lane.lane.parker.wake()
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
    private let events: Tally

    init(number: Int, inletLimit: Int, events: Tally) {
        lane = Lane(number: number)
        inlets = Shelf(capacity: inletLimit)
        links = Shelf(capacity: RunningLane.linkLimit)
        self.events = events
    }

    func work() {
        Seat.name("lane-\(lane.number)")
        var loop = LaneLoop(
            lane: lane, inlets: inlets, links: links, eventCount: events, outboxLimit: LaneOutput.standardLimit)
        loop.run()
    }
}

/// A source at work.
final class RunningSource: Sendable {
    let name: String
    let source: any Source
    let counts = RouterCounts()
    private let plan: RouterPlan

    init(_ part: SourcePart, flow: RunningFlow, stopping: Signal) {
        name = part.name
        source = part.source
        plan = flow.addSource(
            symbols: part.symbols, overflow: part.overflow, stopping: stopping, counts: counts)
    }

    /// Hands over what must be known before any source runs.
    func prepare() throws { try source.prepare(plan.controls) }

    func work(_ world: World) throws {
        Seat.name("source-\(name)")
        var router = Router(plan)
        defer { router.publish() }
        try source.run(into: &router, world: world)
    }
}

/// A sink at work: its links' reading ends and its thread.
final class RunningSink: Sendable {
    private let part: SinkPart
    private let loop: SinkLoop
    private let lines: [(from: String, counts: LinkCounts)]
    private let stopping: Signal

    init(_ part: SinkPart, flows: [RunningFlow], world: World) {
        self.part = part
        stopping = world.stopping
        let parker = Parker()
        let abandoned = Signal()
        let feeding = part.inflows.flatMap { inflow in
            flows.filter { $0.name == inflow.flow }.map { (inflow, $0) }
        }
        let links = Shelf<SinkLink>(capacity: max(feeding.reduce(0) { $0 + $1.1.lanes.count }, 1))
        var lines: [(from: String, counts: LinkCounts)] = []
        for (inflow, flow) in feeding {
            let counts = LinkCounts()
            lines.append((flow.name, counts))
            let origin = flow.origin
            let plan = LinkPlan(
                filter: LinkFilter(prefixes: inflow.topics, topics: flow.plan.topics), overflow: inflow.overflow,
                counts: counts, sink: parker, abandoned: abandoned, roster: flow.roster)
            for lane in flow.lanes {
                ByteRing(capacity: RunningFlow.linkCapacity).split { writer, reader in
                    lane.links.append(LinkWriter(ring: writer, plan: plan))
                    links.append(SinkLink(reader: reader, origin: origin, counts: counts))
                }
            }
        }
        self.lines = lines
        loop = SinkLoop(links: links, parker: parker, closing: Signal(), abandoned: abandoned, now: world.now)
    }

    var linkCounts: [RunCounts.LinkLine] {
        lines.map { line in
            RunCounts.LinkLine(
                from: line.from, to: part.name, offered: line.counts.offered.value,
                delivered: line.counts.delivered.value, dropped: line.counts.dropped.value)
        }
    }

    /// Opens the sink, says so, and works until its links are closed. A sink that fails ends the run: nobody would
    /// learn otherwise that what it keeps has ended.
    func work(_ opening: Opening) throws {
        Seat.name("sink-\(part.name)")
        let sink: any Sink
        do {
            sink = try part.open()
            opening.finish(.success(()))
        } catch {
            opening.finish(.failure(error))
            return
        }
        do { try loop.run(sink) } catch {
            stopping.raise()
            throw error
        }
    }

    func close() {
        loop.closing.raise()
        loop.parker.wake()
    }
}
