/// A process that is to be kept alive: its name before its lines, its arguments, and its turn when all are stopped.
public struct ProcessPlan: Equatable, Sendable {
    /// Which turn a process has when all end: sources first, so that what is under way arrives.
    public enum Turn: Int, CaseIterable, Sendable {
        case sources, symbols, sinks
    }

    public let name: String
    public let arguments: [String]
    public let turn: Turn
    /// The symbols nodes whose lanes run in it.
    public let flows: [String]

    public init(name: String, arguments: [String], turn: Turn, flows: [String]) {
        self.name = name
        self.arguments = arguments
        self.turn = turn
        self.flows = flows
    }
}

/// Decides what is done with the processes of a topology: starts them, starts those again that end, ever more slowly,
/// and stops them in order. It starts and kills nothing itself, and knows the time only from its caller.
public struct Supervisor: Sendable {
    /// Times that rule the restarts and the end.
    public struct Rules: Equatable, Sendable {
        /// Before the first restart; doubled with each further end, up to the longest.
        public var firstPause: Duration = .milliseconds(200)
        public var longestPause: Duration = .seconds(30)
        /// A process that has run so long begins with the first pause again.
        public var quietTime: Duration = .seconds(60)
        /// How long a process that was asked to end may take before it is killed.
        public var patience: Duration = .seconds(20)

        public init() {}
    }

    /// How a process ended.
    public enum End: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
        /// It could not be started at all.
        case unstartable(String)
    }

    /// What is to be done, by the place of the process among the plans.
    public enum Action: Equatable, Sendable {
        case start(Int)
        /// Ask it to end in order: SIGTERM.
        case ask(Int)
        /// End it at once: SIGKILL.
        case kill(Int)
        case tell(String)
        /// All have ended; nothing comes after this.
        case finish(Int32)
    }

    /// What the user wrote cannot be run: starting it again helps nobody.
    private static let usageStatus: Int32 = 2
    /// What ends a process that was asked before it could listen.
    private static let askingSignal: Int32 = 15

    fileprivate enum State: Equatable {
        case pausing(until: Duration)
        case running(since: Duration)
        /// It was asked to end and is killed at the deadline; nil once it was.
        case ending(deadline: Duration?)
        case ended
    }

    private struct Member {
        let plan: ProcessPlan
        var state = State.pausing(until: .zero)
        var pause: Duration
        /// Whether it is killed because a lane of it does not come on.
        var isStuck = false
    }

    public let rules: Rules
    private var members: [Member]
    private var isStopping = false
    private var isFinished = false
    private var status: Int32 = 0

    public init(_ plans: [ProcessPlan], rules: Rules) {
        self.rules = rules
        members = plans.map { Member(plan: $0, pause: rules.firstPause) }
    }

    /// What is due at an instant; to be asked again and again, at least at `nextInstant`.
    public mutating func due(at now: Duration) -> [Action] {
        guard !isFinished else { return [] }
        var actions: [Action] = []
        for index in members.indices {
            switch members[index].state {
            case .pausing(let until) where until <= now && !isStopping:
                members[index].state = .running(since: now)
                actions.append(.start(index))
            case .ending(let deadline?) where deadline <= now:
                members[index].state = .ending(deadline: nil)
                actions += [.tell("\(name(index)) does not end: killed"), .kill(index)]
            case .pausing, .running, .ending, .ended: break
            }
        }
        return actions + goOn(now)
    }

    /// When something is due next; nil when only an end can bring it.
    public var nextInstant: Duration? {
        members.compactMap { member in
            switch member.state {
            case .pausing(let until): isStopping ? nil : until
            case .ending(let deadline): deadline
            case .running, .ended: nil
            }
        }.min()
    }

    /// A process has ended.
    public mutating func noteEnd(of index: Int, _ end: End, at now: Duration) -> [Action] {
        guard !isFinished else { return [] }
        let before = members[index].isStuck && isStopping ? .ending(deadline: nil) : members[index].state
        members[index].isStuck = false
        members[index].state = .ended
        switch end {
        case .status(0): return goOn(now)
        case .status(Supervisor.usageStatus), .unstartable:
            fail(end == .status(Supervisor.usageStatus) ? Supervisor.usageStatus : 1)
            let told = Action.tell("\(name(index)) cannot be run: \(Supervisor.text(end)); everything stops")
            return [told] + (isStopping ? goOn(now) : stop(at: now))
        case .status, .signal:
            return isStopping ? noteLastEnd(of: index, before, end, at: now) : restart(index, before, end, at: now)
        }
    }

    /// A process that ends with a failure when all are to end has failed; one that was killed was said to be.
    private mutating func noteLastEnd(
        of index: Int, _ before: State, _ end: End, at now: Duration
    ) -> [Action] {
        if case .ending(nil) = before { return goOn(now) }
        if case .ending = before, end == .signal(Supervisor.askingSignal) { return goOn(now) }
        if case .status(let failed) = end { fail(failed) } else { fail(1) }
        return [.tell("\(name(index)) has ended: \(Supervisor.text(end))")] + goOn(now)
    }

    /// The first failure is what all end with.
    private mutating func fail(_ failure: Int32) { if status == 0 { status = failure } }

    private mutating func restart(_ index: Int, _ before: State, _ end: End, at now: Duration) -> [Action] {
        if case .running(let since) = before, now - since >= rules.quietTime { members[index].pause = rules.firstPause }
        let pause = members[index].pause
        let due = now + pause
        members[index].state = .pausing(until: due)
        members[index].pause = min(pause * 2, rules.longestPause)
        let text = "\(name(index)) has ended: \(Supervisor.text(end)); it is started again in \(pause)"
        // Those that have come to their ends may have what it still lacks.
        var told = [Action.tell(text)]
        for other in members.indices where members[other].state == .ended {
            members[other].state = .pausing(until: due)
            told.append(.tell("\(name(other)) is started again with it"))
        }
        return told
    }

    /// A lane of a process does not come on.
    public mutating func noteStuck(_ index: Int, at now: Duration) -> [Action] {
        guard case .running = members[index].state, !members[index].isStuck else { return [] }
        members[index].isStuck = true
        return [.tell("\(name(index)): a lane has been at one event for too long: killed"), .kill(index)]
    }

    /// Somebody wants all to end; who asks twice does not wait.
    public mutating func stop(at now: Duration) -> [Action] {
        guard !isFinished else { return [] }
        guard isStopping else {
            isStopping = true
            for index in members.indices {
                if case .pausing = members[index].state { members[index].state = .ended }
            }
            return goOn(now)
        }
        return members.indices.compactMap { index in
            guard members[index].state.isAlive, members[index].state != .ending(deadline: nil) else { return nil }
            members[index].state = .ending(deadline: nil)
            return .kill(index)
        }
    }

    /// Asks the next turn to end when none before it is alive, and finishes when nobody is.
    private mutating func goOn(_ now: Duration) -> [Action] {
        let alive = members.indices.filter { members[$0].state.isAlive }
        if alive.isEmpty, isStopping || members.allSatisfy({ $0.state == .ended }) {
            isFinished = true
            return [.finish(status)]
        }
        guard isStopping, let turn = alive.map({ members[$0].plan.turn.rawValue }).min() else { return [] }
        return alive.compactMap { index in
            guard members[index].plan.turn.rawValue == turn, case .running = members[index].state else { return nil }
            members[index].state = .ending(deadline: now + rules.patience)
            return .ask(index)
        }
    }

    private func name(_ index: Int) -> String { members[index].plan.name }

    private static func text(_ end: End) -> String {
        switch end {
        case .status(let status): "status \(status)"
        case .signal(let signal): "signal \(signal)"
        case .unstartable(let reason): reason
        }
    }
}

extension Supervisor.State {
    fileprivate var isAlive: Bool {
        switch self {
        case .running, .ending: true
        case .pausing, .ended: false
        }
    }
}
