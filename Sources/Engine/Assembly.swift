public import Graph
internal import Market

/// A topology that names what nothing here can run.
public struct AssemblyError: Error, CustomStringConvertible {
    public let node: String
    public let problem: String

    public var description: String { "nodes.\(node): \(problem)" }
}

/// Turns a checked topology into the parts of a run.
public struct Assembly {
    private let topology: Topology
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

    /// - Parameter adjust: changes a symbols node's settings, for what the command line overrides.
    public init(
        topology: Topology, catalogue: Catalogue, world: World, publisher: UInt64, witnesses: [SinkWitness],
        adjust: @escaping (inout FlowSettings) -> Void
    ) {
        self.topology = topology
        self.catalogue = catalogue
        self.world = world
        self.publisher = publisher
        self.witnesses = witnesses
        self.adjust = adjust
    }

    /// Opens the sources and prepares everything; sinks are opened by the run.
    public func make() throws -> Run {
        try checkLinks()
        return Run(
            sources: try sources(), flows: try flows(), sinks: sinks(), data: topology.data.map { DataFolder($0) },
            world: world)
    }

    /// A lane carries updates on over so many links; each edge and each witness is one.
    private func checkLinks() throws {
        for node in topology.nodes where node.role == .symbols {
            let count = topology.edges(from: node.name).count + witnesses.count
            guard count > RunningLane.linkLimit else { continue }
            throw AssemblyError(
                node: node.name,
                problem: "\(count) edges leave it, \(RunningLane.linkLimit) is the limit; publish once and subscribe")
        }
    }

    private func sources() throws -> [SourcePart] {
        try topology.nodes.filter { $0.role == .source }.map { node in
            guard let kind = catalogue.sources.first(where: { $0.kind.name == node.kind }) else {
                throw AssemblyError(node: node.name, problem: "no source of the kind \(node.kind)")
            }
            let edges = topology.edges(from: node.name)
            guard let edge = edges.first, edges.count == 1 else {
                throw AssemblyError(node: node.name, problem: "a source feeds one symbols node, here \(edges.count)")
            }
            let symbols = kind.symbols(node.settings)
            let source = try kind.open(node.settings, SourceContext(name: node.name))
            return SourcePart(
                name: node.name, source: try continued(source, of: node, symbols), flow: edge.to,
                symbols: symbols, overflow: edge.delivery == .lossless ? .wait : .dropNewest)
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
        try topology.nodes.filter { $0.role == .symbols }.map { node in
            var settings = SettingsReader.read(FlowSettings.self, from: node.settings).settings
            let topics = topology.topics(of: node.name)
            settings.republished = Set(RepublishedTopic.allCases.filter { topics.contains("\($0.rawValue)/") })
            adjust(&settings)
            return FlowPart(name: node.name, settings: settings, instrument: try InstrumentList(topology).instrument)
        }
    }

    private func sinks() -> [SinkPart] {
        let (publisher, world) = (publisher, world)
        let named = topology.nodes.filter { $0.role == .sink }.compactMap { node -> SinkPart? in
            guard let kind = catalogue.sinks.first(where: { $0.kind.name == node.kind }) else { return nil }
            let inflows = topology.edges(to: node.name).map { edge in
                SinkPart.Inflow(
                    flow: edge.from, topics: edge.topics ?? [],
                    overflow: edge.delivery == .lossless ? .wait : .dropNewest)
            }
            return SinkPart(name: node.name, inflows: inflows, isTrailing: node.facts.readsJournal) {
                try kind.open(
                    node.settings,
                    SinkContext(
                        name: node.name, publisher: publisher, now: world.now, isStopping: { world.isStopping }))
            }
        }
        let flowNames = topology.nodes.filter { $0.role == .symbols }.map(\.name)
        let extra = witnesses.map { witness in
            SinkPart(
                name: witness.name,
                inflows: flowNames.map { SinkPart.Inflow(flow: $0, topics: [], overflow: .wait) },
                isTrailing: true, open: witness.open)
        }
        return named + extra
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
