public import Graph
internal import Journal
internal import Market

/// A topology that names what nothing here can run.
public struct AssemblyError: Error, CustomStringConvertible {
    public let node: String
    public let problem: String

    public var description: String { "nodes.\(node): \(problem)" }
}

/// Turns a checked topology into the parts of a run.
public struct Assembly {
    private let placement: Placement
    /// Which of the topology's processes this is.
    private let part: Placement.Part
    private let network: (any JournalNetwork)?
    private let catalogue: Catalogue
    private let world: World
    private let publisher: UInt64
    /// More sinks than the file names: each takes everything of every symbols node, and nothing is lost on the way.
    private let witnesses: [SinkWitness]
    private let adjust: (inout FlowSettings) -> Void

    /// A sink of the command line, such as a digest.
    public struct SinkWitness: Sendable {
        public let name: String
        public let open: @Sendable () throws -> any Sink

        public init(name: String, open: @escaping @Sendable () throws -> any Sink) {
            self.name = name
            self.open = open
        }
    }

    /// - Parameters:
    ///   - network: carries journals between processes; nil where one runs everything.
    ///   - adjust: changes a symbols node's settings, for what the command line overrides.
    public init(
        _ placement: Placement, part: Placement.Part, network: (any JournalNetwork)?, catalogue: Catalogue,
        world: World, publisher: UInt64, witnesses: [SinkWitness], adjust: @escaping (inout FlowSettings) -> Void
    ) {
        self.placement = placement
        self.part = part
        self.network = network
        self.catalogue = catalogue
        self.world = world
        self.publisher = publisher
        self.witnesses = witnesses
        self.adjust = adjust
    }

    private var topology: Topology { placement.topology }

    /// Opens the sources and prepares everything; sinks are opened by the run.
    public func make() throws -> Run {
        try checkLinks()
        let company = network.map { network in
            Company(network: network, followed: followed(), offers: offers())
        }
        return Run(
            sources: try sources(), flows: try flows(), sinks: sinks(), data: topology.data.map { DataFolder($0) },
            company: company, world: world)
    }

    /// A lane carries updates on over so many links; each edge and each witness is one.
    private func checkLinks() throws {
        for node in own(.symbols) {
            let count = topology.edges(from: node.name).count + witnesses.count
            guard count > RunningLane.linkLimit else { continue }
            throw AssemblyError(
                node: node.name,
                problem: "\(count) edges leave it, \(RunningLane.linkLimit) is the limit; publish once and subscribe")
        }
    }

    private func own(_ role: NodeRole) -> [Topology.Node] {
        topology.nodes.filter { $0.role == role && isHere($0.name) }
    }

    private func isHere(_ node: String) -> Bool { placement.process(of: node).name == part.process }

    private func sources() throws -> [SourcePart] {
        try own(.source).map { node in
            guard let kind = catalogue.sources.first(where: { $0.kind.name == node.kind }) else {
                throw AssemblyError(node: node.name, problem: "no source of the kind \(node.kind)")
            }
            let edges = topology.edges(from: node.name)
            guard let edge = edges.first, edges.count == 1 || edges.allSatisfy({ !isHere($0.to) }) else {
                throw AssemblyError(
                    node: node.name,
                    problem: "a source feeds one symbols node of its process, here \(edges.count); put those that it "
                        + "feeds into processes of their own")
            }
            var symbols = kind.symbols(node.settings)
            let filters = edges.map { filter(of: $0, shard: nil) }
            symbols.filter = { name in filters.contains { $0(name) } }
            let source = try kind.open(node.settings, SourceContext(name: node.name))
            return SourcePart(
                name: node.name, source: try continued(source, of: node, symbols), flow: edge.to,
                symbols: symbols, overflow: edge.delivery == .lossless ? .wait : .dropNewest)
        }
    }

    /// Which of the graph's symbols pass an edge of events, and belong to a shard of the node behind it.
    private func filter(of edge: Topology.Edge, shard: Int?) -> @Sendable (String) -> Bool {
        let (set, shards) = (edge.symbols, topology.node(edge.to)?.facts.shards ?? .whole)
        return { name in
            guard set?.contains(name) ?? true else { return false }
            return shard.map { shards.shard(of: name) == $0 } ?? true
        }
    }

    /// The source behind the journal that its node begins with.
    private func continued(
        _ source: any Source, of node: Topology.Node, _ symbols: FeedSymbols
    ) throws -> any Source {
        guard let beginning = node.beginning else { return source }
        guard let kind = catalogue.sources.first(where: { $0.kind.name == beginning.kind }), !source.isAttendant else {
            throw AssemblyError(node: node.name, problem: "\(node.kind) cannot go on behind \(beginning.kind)")
        }
        return ContinuedSource(
            try kind.open(beginning.settings, SourceContext(name: node.name)), then: source,
            symbols: RouterBeginning.Symbols(
                wanted: kind.symbols(beginning.settings), known: symbols.renames.isEmpty ? node.facts.symbols : nil))
    }

    private func flows() throws -> [FlowPart] {
        let fed = Set(own(.source).flatMap { topology.edges(from: $0.name) }.map(\.to))
        return try topology.nodes.filter { $0.role == .symbols && (isHere($0.name) || fed.contains($0.name)) }.map {
            node in
            var settings = SettingsReader.read(FlowSettings.self, from: node.settings).settings
            let topics = topology.topics(of: node.name)
            settings.republished = Set(RepublishedTopic.allCases.filter { topics.contains("\($0.rawValue)/") })
            adjust(&settings)
            var flow = FlowPart(
                name: node.name, settings: settings, instrument: try InstrumentList(topology).instrument)
            flow.isElsewhere = !isHere(node.name)
            if !flow.isElsewhere { flow.shard = part.shard }
            return flow
        }
    }

    private func sinks() -> [SinkPart] {
        let (publisher, world, addresses) = (publisher, world, addresses)
        let named = own(.sink).compactMap { node -> SinkPart? in
            guard let kind = catalogue.sinks.first(where: { $0.kind.name == node.kind }) else { return nil }
            let inflows = topology.edges(to: node.name).map { edge in
                var inflow = SinkPart.Inflow(
                    flow: edge.from, topics: edge.topics ?? [],
                    overflow: edge.delivery == .lossless ? .wait : .dropNewest)
                inflow.symbols = edge.symbols
                if !isHere(edge.from) { inflow.journals = journals(of: edge.from, for: node.name) }
                return inflow
            }
            var context = SinkContext(
                name: node.name, publisher: publisher, now: world.now, isStopping: { world.isStopping })
            context.shard = part.shard
            context.inflows = self.inflows(of: node.name)
            context.addresses = addresses
            var sink = SinkPart(name: node.name, inflows: inflows, isTrailing: node.facts.readsJournal) { [context] in
                try kind.open(node.settings, context)
            }
            sink.readsLeftParts = node.facts.readsJournal
            return sink
        }
        let flowNames = own(.symbols).map(\.name)
        let extra = witnesses.map { witness in
            SinkPart(
                name: witness.name,
                inflows: flowNames.map { SinkPart.Inflow(flow: $0, topics: [], overflow: .wait) },
                isTrailing: true, open: witness.open)
        }
        return named + extra
    }

    // MARK: Other processes

    /// Where the journals of a symbols node elsewhere are found.
    private func journals(of flow: String, for reader: String) -> [(shard: Int?, journal: DistantJournal)] {
        placement.parts(of: placement.process(of: flow)).map { part in
            let journal = DistantJournal(
                name: UpdateOrigin.name(flow, shard: part.shard), content: .updates, reader: reader,
                at: placement.link(of: part))
            return (part.shard, journal)
        }
    }

    /// The sources elsewhere that feed symbols nodes here.
    private func followed() -> [FollowedPart] {
        own(.symbols).flatMap { flow in
            topology.edges(to: flow.name).compactMap { edge -> FollowedPart? in
                guard !isHere(edge.from), let node = topology.node(edge.from), !node.facts.isAttendant,
                    let kind = catalogue.sources.first(where: { $0.kind.name == node.kind })
                else { return nil }
                var symbols = kind.symbols(node.settings)
                symbols.filter = filter(of: edge, shard: part.shard)
                let home = Placement.Part(process: placement.process(of: node.name).name, shard: nil)
                return FollowedPart(
                    name: node.name,
                    journal: DistantJournal(
                        name: node.name, content: .events, reader: UpdateOrigin.name(flow.name, shard: part.shard),
                        at: placement.link(of: home)),
                    flow: flow.name, symbols: symbols)
            }
        }
    }

    /// What others read of the nodes here.
    private func offers() -> [Company.Offer] {
        let events = own(.source).filter { !$0.facts.isAttendant && placement.isRead($0.name) }.map { node in
            let kind = catalogue.sources.first { $0.kind.name == node.kind }
            let readers = topology.edges(from: node.name).filter { !isHere($0.to) }.flatMap { edge in
                placement.parts(of: placement.process(of: edge.to)).map { reader in
                    var symbols = kind?.symbols(node.settings) ?? FeedSymbols()
                    symbols.filter = filter(of: edge, shard: reader.shard)
                    return (
                        name: UpdateOrigin.name(edge.to, shard: reader.shard),
                        wants: { @Sendable [symbols] (name: String) in symbols.includes(name) }
                    )
                }
            }
            return Company.Offer(node: node.name, isSource: true, readers: readers)
        }
        let updates = own(.symbols).filter { placement.isRead($0.name) }.map { node in
            let sinks = topology.edges(from: node.name).map(\.to).filter { !isHere($0) }
            return Company.Offer(
                node: node.name, isSource: false,
                readers: Set(sinks).sorted().map { name in (name: name, wants: { @Sendable _ in true }) })
        }
        return events + updates
    }

    /// What feeds a sink from here, and where its journals lie.
    private func inflows(of sink: String) -> [SinkContext.Inflow] {
        let data = topology.data.map { DataFolder($0) }
        return topology.edges(to: sink).filter { isHere($0.from) }.map { edge in
            SinkContext.Inflow(
                node: edge.from, topics: edge.topics ?? [], symbols: edge.symbols,
                journal: data?.updates(of: UpdateOrigin.name(edge.from, shard: part.shard)))
        }
    }

    /// Where outsiders reach the topology's nodes, in all of its processes.
    private var addresses: [PublicAddress] {
        topology.nodes.filter { $0.role == .sink }.flatMap { node in
            placement.parts(of: placement.process(of: node.name)).compactMap { part in
                catalogue.sinks.first { $0.kind.name == node.kind }?.address(node.settings, node.name, part)
            }
        }
    }
}

/// The instruments of a topology with its calendars made ready.
struct InstrumentList {
    /// Where a file says nothing: a cent, a hundred-millionth of a unit, around the clock.
    private static let standardTick = Price(billionths: 10_000_000)

    private let table: InstrumentTable
    private let calendars: [String: any SessionCalendar]

    init(_ topology: Topology) throws {
        table = topology.instruments
        var calendars: [String: any SessionCalendar] = [:]
        for name in Set(table.definitions.compactMap(\.session)) {
            calendars[name] = try topology.calendar(named: name)
        }
        self.calendars = calendars
    }

    @Sendable func instrument(_ symbol: Symbol) -> Instrument {
        let definition = table.definition(of: symbol.name)
        return Instrument(
            tick: definition?.tick ?? InstrumentList.standardTick,
            sizeStep: definition?.sizeStep ?? Instrument.defaultSizeStep,
            calendar: definition?.session.flatMap { calendars[$0] } ?? AroundTheClock(),
            allowsNegativePrices: definition?.allowsNegativePrices ?? false)
    }
}
