public import Market
internal import Rings

/// One graph at work in this process: sinks start first, sources last, and everything ends in the other order.
public final class Run: Sendable {
    let sources: [RunningSource]
    let flows: [RunningFlow]
    /// Journals stand before those that they feed.
    private let journals: [any RunningSink]
    private let sinks: [any RunningSink]
    /// What comes from other processes, and what they read here.
    private let followers: [RunningFollower]
    private let serving: RunningService?
    let world: World
    private let started = Signal()
    let notes = HealthNotes(stuckLimit: Run.stuckLimit)

    /// Whether all sinks are open and all sources were started.
    public var isStarted: Bool { started.isRaised }

    /// - Parameters:
    ///   - data: where the run keeps what must outlive it; nil for nothing.
    ///   - company: what it has to do with other processes, which needs `data`; nil where it is alone.
    public init(
        sources: [SourcePart], flows: [FlowPart], sinks: [SinkPart], data: DataFolder?, company: Company? = nil,
        world: World
    ) {
        let followed = company?.followed ?? []
        let flowNodes = flows.map { part in
            let inlets = sources.map(\.flow) + followed.map(\.flow)
            return RunningFlow(part, sources: inlets.filter { $0 == part.name }.count, data: data)
        }
        journals = flowNodes.compactMap { flow in flow.keeping.map { JournalingSink(flow, $0, world: world) } }
        self.sinks = sinks.map { part -> any RunningSink in
            let isAlone = part.inflows.allSatisfy(\.journals.isEmpty)
            guard data != nil, part.isTrailing || !isAlone else {
                return LiveSink(part, flows: flowNodes, world: world)
            }
            return TrailingSink(part, flows: flowNodes, data: data, network: company?.network, world: world)
        }
        self.world = world
        self.flows = flowNodes
        func flow(_ name: String) -> RunningFlow {
            guard let flow = flowNodes.first(where: { $0.name == name }) else {
                preconditionFailure("A source must feed a symbols node of its graph.")
            }
            return flow
        }
        let running = sources.map { RunningSource($0, flow: flow($0.flow), data: data, world: world) }
        self.sources = running
        followers = followed.compactMap { part in
            guard let data, let company else { return nil }
            return RunningFollower(part, flow: flow(part.flow), data: data, network: company.network, world: world)
        }
        serving = company.flatMap { company in
            data.flatMap { RunningService(company, data: $0, sources: running, flows: flowNodes, world: world) }
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
            try await serving?.open()
            sinkTasks = try await open(sinks)
        } catch {
            await end(journals, journalTasks, &failure)
            await serving?.end(isWhole: false, &failure)
            throw error
        }
        let laneTasks = flows.flatMap { flow in flow.lanes.map { lane in OwnThread { lane.work() } } }
        let followerTasks = followers.map { follower in OwnThread { [world] in try follower.work(world) } }
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
        await serving?.end(isWhole: failure == nil, &failure)
        for follower in followers { follower.leave() }
        for task in followerTasks {
            do { try await task.value() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Learns which symbols broke in earlier runs, and has the lanes write down what they are at. The journals are
    /// open: nobody else has the data folder.
    private func recallFaults() throws {
        for flow in flows {
            try flow.quarantine.recall(
                { subject in
                    for source in sources { if let symbol = try source.symbol(subject) { return symbol } }
                    for follower in followers { if let symbol = try follower.symbol(subject) { return symbol } }
                    return nil
                }, tell: world.tell)
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
        let followers = followers
        started.raise()
        failure = await withTaskGroup(of: Void.self) { group in
            for keeper in keepers { group.addTask { await keeper.run() } }
            for flow in flows { group.addTask { await flow.quarantine.run(tell: self.world.tell) } }
            var first: (any Error)?
            for task in tasks {
                do { try await task.value() } catch { first = first ?? error }
            }
            for follower in followers {
                do { try await follower.followed() } catch { first = first ?? error }
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

    /// What has been counted so far, and what the sources have to say of it.
    public func counts() -> RunCounts { counts { $0.report() } }

    /// The same without the words of the sources, for whoever asks while they work.
    public func tallies() -> RunCounts { counts { _ in [] } }

    private func counts(_ report: (any Source) -> [String]) -> RunCounts {
        RunCounts(
            sources: sources.map { source in
                RunCounts.SourceLine(name: source.name, source.counts, report: report(source.source))
            }
                + followers.map { follower in
                    RunCounts.SourceLine(name: follower.name, follower.counts, report: [])
                },
            flows: flows.filter { !$0.part.isElsewhere }.map { flow in
                RunCounts.FlowLine(
                    name: flow.name, symbols: flow.roster.count, events: flow.events.value,
                    refusedSymbols: flow.roster.refusedSymbols.names, faults: flow.quarantine.counts)
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
        /// How many faults of symbols are known, by what is done about them.
        public var faults: [SymbolFault.Standing: Int] = [:]

        /// Symbols that take nothing because they broke.
        public var quarantined: Int { faults[.quarantined, default: 0] + faults[.givenUp, default: 0] }
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

extension RunCounts.SourceLine {
    init(name: String, _ counts: RouterCounts, report: [String]) {
        self.init(
            name: name, accepted: counts.accepted.value, refused: counts.refused.value, gaps: counts.gaps.value,
            report: report)
    }
}
