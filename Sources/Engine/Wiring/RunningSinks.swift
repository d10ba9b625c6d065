internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// A sink at work, of whatever way its updates come.
protocol RunningSink: Sendable {
    /// Opens the sink, says so, and works until nothing more can come. A sink that fails ends the run: nobody would
    /// learn otherwise that what it keeps has ended.
    func work(_ opening: Opening) throws
    /// Says that nothing more will come.
    func close()
    /// What its links have carried.
    var linkCounts: [RunCounts.LinkLine] { get }
    /// How far it is behind, where it reads a journal.
    var lags: [RunCounts.LagLine] { get }
}

/// What a sink's links are made of: one for each lane that feeds it, or one for each journal in between.
struct SinkWiring {
    let desk: SinkDesk
    private let links: Shelf<SinkLink>
    private(set) var lines: [(from: String, counts: LinkCounts)] = []

    init(capacity: Int) {
        links = Shelf(capacity: max(capacity, 1))
        desk = SinkDesk(links)
    }

    /// Adds a link from each of the writers' shelves; together they count as one.
    mutating func connect(
        _ flow: RunningFlow, as origin: UpdateOrigin, _ inflow: SinkPart.Inflow, from shelves: [Shelf<LinkWriter>]
    ) -> LinkCounts {
        let counts = LinkCounts()
        lines.append((flow.name, counts))
        let plan = LinkPlan(
            filter: LinkFilter(prefixes: inflow.topics, symbols: inflow.symbols, topics: flow.plan.topics),
            overflow: inflow.overflow, counts: counts, desk: desk, roster: flow.roster)
        for shelf in shelves {
            ByteRing(capacity: RunningFlow.linkCapacity).split { writer, reader in
                shelf.append(LinkWriter(ring: writer, plan: plan))
                links.append(SinkLink(reader: reader, origin: origin, counts: counts))
            }
        }
        return counts
    }

    func loop(_ world: World) -> SinkLoop { SinkLoop(desk: desk, now: world.now) }

    func counts(to sink: String) -> [RunCounts.LinkLine] {
        lines.map { line in
            RunCounts.LinkLine(
                from: line.from, to: sink, offered: line.counts.offered.value,
                delivered: line.counts.delivered.value, dropped: line.counts.dropped.value)
        }
    }

    func close() {
        desk.closing.raise()
        desk.parker.wake()
    }
}

/// A sink that gets updates as they are made: from the lanes, or from the journal that stands in between.
final class LiveSink: RunningSink {
    private let part: SinkPart
    private let wiring: SinkWiring
    private let world: World

    init(_ part: SinkPart, flows: [RunningFlow], world: World) {
        self.part = part
        self.world = world
        let feeding = part.inflows.flatMap { inflow in
            flows.filter { $0.name == inflow.flow }.map { (inflow, $0) }
        }
        var wiring = SinkWiring(capacity: feeding.reduce(0) { $0 + $1.1.outlets.count })
        for (inflow, flow) in feeding {
            _ = wiring.connect(flow, as: flow.sinkOrigin, inflow, from: flow.outlets)
        }
        self.wiring = wiring
    }

    var linkCounts: [RunCounts.LinkLine] { wiring.counts(to: part.name) }
    var lags: [RunCounts.LagLine] { [] }

    func work(_ opening: Opening) throws {
        Seat.name("sink-\(part.name)")
        guard let sink = opening.open(part.open) else { return }
        try world.endingAtFailure { try wiring.loop(world).run(sink) }
    }

    func close() { wiring.close() }
}

/// The journal of a symbols node's updates, between its lanes and everybody else.
final class JournalingSink: RunningSink {
    private let flow: RunningFlow
    private let keeping: FlowKeeping
    private let wiring: SinkWiring
    private let world: World

    init(_ flow: RunningFlow, _ keeping: FlowKeeping, world: World) {
        self.flow = flow
        self.keeping = keeping
        self.world = world
        var wiring = SinkWiring(capacity: flow.lanes.count)
        let everything = SinkPart.Inflow(flow: flow.name, topics: [], overflow: .wait)
        let counts = wiring.connect(flow, as: flow.laneOrigin, everything, from: flow.lanes.map(\.links))
        flow.noteLink(counts)
        self.wiring = wiring
    }

    var linkCounts: [RunCounts.LinkLine] { wiring.counts(to: "journal") }
    var lags: [RunCounts.LagLine] { [] }

    func work(_ opening: Opening) throws {
        Seat.name("journal-\(flow.name)")
        let sink = opening.open { () throws -> any Sink in
            try keeping.checkSettings(flow.part.settings, tell: world.tell)
            let journal = try keeping.open(flow.plan.topics, newId: world.chance, tell: world.tell)
            flow.roster.reserve(
                try journal.symbols.compactMap { known in
                    guard let symbol = Symbol(known.name) else { return nil }
                    let instrument = flow.part.instrument(symbol)
                    guard instrument.sizeStep == known.sizeStep else {
                        throw SizeStepChanged(symbol: known.name, before: known.sizeStep, now: instrument.sizeStep)
                    }
                    return (symbol, instrument)
                })
            return journal
        }
        guard let sink else { return }
        try world.endingAtFailure { try wiring.loop(world).run(sink) }
    }

    func close() { wiring.close() }
}

/// A sink that reads journals of updates at its own pace: those of this process, or of others.
final class TrailingSink: RunningSink {
    private let part: SinkPart
    private let inflows: [StoreInflow]
    private let rest: StoreRest
    private let closing = Signal()
    private let world: World

    init(
        _ part: SinkPart, flows: [RunningFlow], data: DataFolder?, network: (any JournalNetwork)?, world: World
    ) {
        self.part = part
        self.world = world
        let isDistant = part.inflows.contains { !$0.journals.isEmpty }
        let rest = network.flatMap { isDistant ? StoreRest.inCompany(Bell(), $0) : nil } ?? .alone(Parker())
        self.rest = rest
        var inflows: [StoreInflow] = []
        for inflow in part.inflows {
            if let flow = flows.first(where: { $0.name == inflow.flow }), let keeping = flow.keeping {
                inflows.append(
                    StoreInflow(inflow, shard: flow.part.shard) {
                        try FileJournal(keeping.folder, progress: keeping.progress)
                    })
                keeping.add(JournalFollower(wake: { rest.wake() }, lag: inflows[inflows.count - 1].lag))
            }
            if part.readsLeftParts, let data {
                inflows += data.leftParts(of: inflow).map { StoreInflow(inflow, left: $0) }
            }
            guard let network else { continue }
            inflows += inflow.journals.map { shard, journal in
                StoreInflow(inflow, shard: shard, beginsNow: !part.isTrailing) { try network.open(journal) }
            }
        }
        self.inflows = inflows
    }

    var linkCounts: [RunCounts.LinkLine] { [] }
    var lags: [RunCounts.LagLine] {
        inflows.map { inflow in
            RunCounts.LagLine(
                from: inflow.name, to: part.name, head: inflow.lag.head.value, position: inflow.lag.position.value,
                time: Timestamp(nanoseconds: Int64(inflow.lag.storedTime.value)),
                byteCount: inflow.lag.byteCount.value)
        }
    }

    func work(_ opening: Opening) throws {
        Seat.name("sink-\(part.name)")
        let loop = opening.open {
            try StoreLoop(try part.open(), inflows: inflows, rest: rest, closing: closing, world: world)
        }
        guard let loop else { return }
        do { try loop.run() } catch let error as StoreCutOff {
            // The others need not end for it; the run says at its end once more that it has failed.
            for inflow in inflows { inflow.lag.leave() }
            world.tell("\(part.name): \(error); the run goes on without it")
            throw error
        } catch {
            try world.endingAtFailure { throw error }
        }
    }

    func close() {
        closing.raise()
        rest.wake()
    }
}

extension Opening {
    /// Opens something and says how that went; nil where it failed.
    func open<Result>(_ body: () throws -> Result) -> Result? {
        do {
            let result = try body()
            finish(.success(()))
            return result
        } catch {
            finish(.failure(error))
            return nil
        }
    }
}

extension World {
    /// Does one part's work; its failure is everybody's reason to end.
    func endingAtFailure(_ work: () throws -> Void) throws {
        do { try work() } catch {
            stopping.raise()
            throw error
        }
    }
}
