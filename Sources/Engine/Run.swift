public import Market
internal import Rings

/// A source as the run starts it.
public struct SourcePart: Sendable {
    public let name: String
    public let source: any Source
    /// The symbols node that it feeds.
    public let flow: String
    public let symbols: FeedSymbols
    public let overflow: RouterOverflow

    public init(
        name: String, source: any Source, flow: String, symbols: FeedSymbols, overflow: RouterOverflow
    ) {
        self.name = name
        self.source = source
        self.flow = flow
        self.symbols = symbols
        self.overflow = overflow
    }
}

/// A symbols node as the run starts it.
public struct FlowPart: Sendable {
    public let name: String
    public let settings: FlowSettings
    /// The instrument of any symbol that a source may name.
    public let instrument: @Sendable (Symbol) -> Instrument

    public init(name: String, settings: FlowSettings, instrument: @escaping @Sendable (Symbol) -> Instrument) {
        self.name = name
        self.settings = settings
        self.instrument = instrument
    }
}

/// A sink as the run starts it.
public struct SinkPart: Sendable {
    /// One edge into the sink.
    public struct Inflow: Sendable {
        public let flow: String
        /// Topic prefixes; empty stands for all.
        public let topics: [String]
        public let overflow: LinkOverflow

        public init(flow: String, topics: [String], overflow: LinkOverflow) {
            self.flow = flow
            self.topics = topics
            self.overflow = overflow
        }
    }

    public let name: String
    public let inflows: [Inflow]
    /// Opens the sink on its own thread; it must answer before any source starts.
    public let open: @Sendable () throws -> any Sink

    public init(name: String, inflows: [Inflow], open: @escaping @Sendable () throws -> any Sink) {
        self.name = name
        self.inflows = inflows
        self.open = open
    }
}

/// One graph at work in this process: sinks start first, sources last, and everything ends in the other order.
public final class Run: Sendable {
    private let sources: [RunningSource]
    private let flows: [RunningFlow]
    private let sinks: [RunningSink]
    private let world: World

    public init(sources: [SourcePart], flows: [FlowPart], sinks: [SinkPart], world: World) {
        let flowNodes = flows.map { part in
            RunningFlow(part, sources: sources.filter { $0.flow == part.name }.count)
        }
        let sinkNodes = sinks.map { RunningSink($0, flows: flowNodes, world: world) }
        self.world = world
        self.flows = flowNodes
        self.sinks = sinkNodes
        self.sources = sources.map { part in
            guard let flow = flowNodes.first(where: { $0.name == part.flow }) else {
                preconditionFailure("A source must feed a symbols node of its graph.")
            }
            return RunningSource(part, flow: flow, stopping: world.stopping)
        }
    }

    /// Runs until every source has ended or `world.stopping` is raised; then drains, flushes and closes everything.
    ///
    /// A source or a sink that fails stops the others. Throws the first failure of a source, else of a sink, after the
    /// rest has ended in order.
    public func run() async throws {
        var failure: (any Error)?
        for source in sources { try source.prepare() }
        let sinkTasks = try await openSinks()
        let laneTasks = flows.flatMap { flow in flow.lanes.map { lane in OwnThread { lane.work() } } }
        let isDeserted = Signal()
        let (attendants, others) = (sources.filter(\.source.isAttendant), sources.filter { !$0.source.isAttendant })
        let attendantTasks = start(attendants, in: world.attending(until: isDeserted))
        for task in start(others, in: world) {
            do { try await task.value() } catch { failure = failure ?? error }
        }
        isDeserted.raise()
        for task in attendantTasks {
            do { try await task.value() } catch { failure = failure ?? error }
        }
        for flow in flows { flow.close() }
        for task in laneTasks { try await task.value() }
        for sink in sinks { sink.close() }
        for task in sinkTasks {
            do { try await task.value() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    private func start(_ sources: [RunningSource], in world: World) -> [OwnThread] {
        sources.map { source in OwnThread { try world.stoppingAtFailure { try source.work(world) } } }
    }

    /// What has been counted so far.
    public func counts() -> RunCounts {
        RunCounts(
            sources: sources.map { source in
                RunCounts.SourceLine(
                    name: source.name, accepted: source.counts.accepted.value, refused: source.counts.refused.value,
                    gaps: source.counts.gaps.value, report: source.source.report())
            },
            flows: flows.map { flow in
                RunCounts.FlowLine(
                    name: flow.name, symbols: flow.roster.count, events: flow.events.value,
                    refusedSymbols: flow.roster.refusedSymbols.names)
            },
            links: sinks.flatMap(\.linkCounts))
    }

    /// Opens every sink on its own thread; the first that cannot be opened ends the run before it began.
    private func openSinks() async throws -> [OwnThread] {
        var tasks: [OwnThread] = []
        do {
            for sink in sinks {
                let opened = Opening()
                tasks.append(OwnThread { [world] in try world.stoppingAtFailure { try sink.work(opened) } })
                try await opened.value()
            }
        } catch {
            for sink in sinks { sink.close() }
            for task in tasks { try? await task.value() }
            throw error
        }
        return tasks
    }
}

extension World {
    /// Does one part's work; its failure is everybody's reason to end.
    fileprivate func stoppingAtFailure(_ work: () throws -> Void) throws {
        do { try work() } catch {
            stopping.raise()
            throw error
        }
    }
}

/// What a run has counted.
public struct RunCounts: Sendable {
    public struct SourceLine: Sendable {
        public let name: String
        public let accepted: Int
        public let refused: Int
        public let gaps: Int
        public let report: [String]
    }

    public struct FlowLine: Sendable {
        public let name: String
        public let symbols: Int
        public let events: Int
        public let refusedSymbols: [String]
    }

    /// offered = delivered + dropped + inFlight.
    public struct LinkLine: Sendable {
        public let from: String
        public let to: String
        public let offered: Int
        public let delivered: Int
        public let dropped: Int
        public var inFlight: Int { offered - delivered - dropped }
    }

    public let sources: [SourceLine]
    public let flows: [FlowLine]
    public let links: [LinkLine]
}
