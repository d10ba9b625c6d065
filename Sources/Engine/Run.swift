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
    /// Whether it reads the journal of updates at its own pace, where there is one.
    public let isTrailing: Bool
    /// Opens the sink on its own thread; it must answer before any source starts.
    public let open: @Sendable () throws -> any Sink

    public init(
        name: String, inflows: [Inflow], isTrailing: Bool, open: @escaping @Sendable () throws -> any Sink
    ) {
        self.name = name
        self.inflows = inflows
        self.isTrailing = isTrailing
        self.open = open
    }
}

/// One graph at work in this process: sinks start first, sources last, and everything ends in the other order.
public final class Run: Sendable {
    let sources: [RunningSource]
    let flows: [RunningFlow]
    /// Journals stand before those that they feed.
    private let journals: [any RunningSink]
    private let sinks: [any RunningSink]
    let world: World
    let notes = HealthNotes(stuckLimit: Run.stuckLimit)

    /// - Parameter data: where the run keeps what must outlive it; nil for nothing.
    public init(
        sources: [SourcePart], flows: [FlowPart], sinks: [SinkPart], data: DataFolder?, world: World
    ) {
        let flowNodes = flows.map { part in
            RunningFlow(part, sources: sources.filter { $0.flow == part.name }.count, data: data)
        }
        journals = flowNodes.compactMap { flow in flow.keeping.map { JournalingSink(flow, $0, world: world) } }
        self.sinks = sinks.map { part -> any RunningSink in
            guard part.isTrailing, data != nil else { return LiveSink(part, flows: flowNodes, world: world) }
            return TrailingSink(part, flows: flowNodes, world: world)
        }
        self.world = world
        self.flows = flowNodes
        self.sources = sources.map { part in
            guard let flow = flowNodes.first(where: { $0.name == part.flow }) else {
                preconditionFailure("A source must feed a symbols node of its graph.")
            }
            return RunningSource(part, flow: flow, data: data, world: world)
        }
    }

    /// Runs until every source has ended or `world.stopping` is raised; then drains, flushes and closes everything.
    ///
    /// A source or a sink that fails stops the others. Throws the first failure of a source, else of a sink, after the
    /// rest has ended in order.
    public func run() async throws {
        var failure: (any Error)?
        for source in sources { try source.recall() }
        for source in sources { try source.prepare() }
        let journalTasks = try await open(journals)
        let sinkTasks: [OwnThread]
        do {
            try recallFaults()
            sinkTasks = try await open(sinks)
        } catch {
            await end(journals, journalTasks, &failure)
            throw error
        }
        let laneTasks = flows.flatMap { flow in flow.lanes.map { lane in OwnThread { lane.work() } } }
        notes.opened.raise()
        await runSources(&failure)
        if failure != nil { notes.failed.raise() }
        notes.ending.raise()
        for flow in flows { flow.close() }
        for task in laneTasks { try await task.value() }
        for flow in flows {
            do { try flow.quarantine.end(tell: world.tell) } catch { failure = failure ?? error }
        }
        await end(journals, journalTasks, &failure)
        await end(sinks, sinkTasks, &failure)
        failure = failure ?? flows.lazy.compactMap(\.failed).first
        if let failure { throw failure }
    }

    /// Learns which symbols broke in earlier runs, and has the lanes write down what they are at. The journals are
    /// open: nobody else has the data folder.
    private func recallFaults() throws {
        for flow in flows {
            let faults = try flow.quarantine.recall(
                { subject in
                    for source in sources { if let symbol = try source.symbol(subject) { return symbol } }
                    return nil
                }, tell: world.tell)
            flow.roster.note(faults)
            for lane in flow.lanes { lane.keep(try flow.quarantine.mark(ofLane: lane.lane.number)) }
        }
    }

    /// Runs the sources to their end, and takes snapshots meanwhile and once more behind it.
    private func runSources(_ failure: inout (any Error)?) async {
        let keepers = flows.compactMap { flow in
            flow.keeping.map { SnapshotKeeper(flow: flow, keeping: $0, tell: world.tell) }
        }
        let isDeserted = Signal()
        let (attendants, others) = (sources.filter(\.source.isAttendant), sources.filter { !$0.source.isAttendant })
        let attendantTasks = start(attendants, in: world.attending(until: isDeserted))
        let tasks = start(others, in: world)
        failure = await withTaskGroup(of: Void.self) { group in
            for keeper in keepers { group.addTask { await keeper.run() } }
            for flow in flows { group.addTask { await flow.quarantine.run(tell: self.world.tell) } }
            var first: (any Error)?
            for task in tasks {
                do { try await task.value() } catch { first = first ?? error }
            }
            isDeserted.raise()
            for task in attendantTasks {
                do { try await task.value() } catch { first = first ?? error }
            }
            group.cancelAll()
            return first
        }
        guard failure == nil else { return }
        for keeper in keepers where keeper.isOn { await keeper.round() }
    }

    /// Says that nothing more will come, and waits for the ends.
    private func end(_ sinks: [any RunningSink], _ tasks: [OwnThread], _ failure: inout (any Error)?) async {
        for sink in sinks { sink.close() }
        for task in tasks {
            do { try await task.value() } catch { failure = failure ?? error }
        }
    }

    private func start(_ sources: [RunningSource], in world: World) -> [OwnThread] {
        sources.map { source in OwnThread { try world.endingAtFailure { try source.work(world) } } }
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
            links: (journals + sinks).flatMap(\.linkCounts), lags: sinks.flatMap(\.lags))
    }

    /// Opens every sink on its own thread; the first that cannot be opened ends the run before it began.
    private func open(_ sinks: [any RunningSink]) async throws -> [OwnThread] {
        var tasks: [OwnThread] = []
        do {
            for sink in sinks {
                let opened = Opening()
                tasks.append(OwnThread { [world] in try world.endingAtFailure { try sink.work(opened) } })
                try await opened.value()
            }
        } catch {
            var ignored: (any Error)?
            await end(sinks, tasks, &ignored)
            throw error
        }
        return tasks
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

    /// How far a store is behind the journal that it reads.
    public struct LagLine: Sendable {
        public let from: String
        public let to: String
        /// The last position that was published, and the last that the store holds.
        public let head: Int
        public let position: Int
        /// The venue time up to which the store holds updates.
        public let time: Timestamp
        /// Bytes that it has read since the start.
        public let byteCount: Int
        public var updates: Int { head - position }
    }

    public let sources: [SourceLine]
    public let flows: [FlowLine]
    public let links: [LinkLine]
    public let lags: [LagLine]
}
