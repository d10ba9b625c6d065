internal import Graph
internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// A store, or a witness, that reads journals of updates at its own pace: a slow one lags and holds up nobody.
///
/// What it takes it commits with the place in the journal; where it cannot, it begins again behind what it holds.
final class StoreLoop {
    private static let beat: Int64 = 100_000_000
    private static let spinLimit = 200
    /// So long it sleeps at most: commits and beats are due meanwhile.
    private static let restLimit = beat / 4
    /// Updates of one commit at most, and how long one that is not full waits.
    private static let commitLimit = 10_000
    private static let commitInterval: Int64 = 200_000_000
    /// One that has failed is tried again with so much less, that a store which is often away comes on all the same.
    private static let commitShare = 8
    private static let longestPause: Int64 = 5_000_000_000
    /// How long a store that is away is waited for when nothing more will come.
    private static let lastPatience: Int64 = 10_000_000_000

    private let sink: any Sink
    private let store: (any StoreSink)?
    private var flows: [StoreFlow] = []
    /// Those whose publisher has not answered yet.
    private var awaited: [(inflow: StoreInflow, journal: any ReadableJournal)] = []
    private let isDistant: Bool
    /// Updates of the next commit at most, and one batch of the journal at least.
    private var commitSize = StoreLoop.commitLimit
    private let rest: StoreRest
    private let closing: Signal
    private let world: World
    private let tell: @Sendable (String) -> Void
    private var waiting = 0
    /// Whose updates wait: a transaction holds those of one symbols node alone, as it holds one place.
    private var waitingFlow = 0
    private var firstWaiting: Int64 = 0
    private var lastBeat: Int64 = 0

    init(
        _ sink: any Sink, inflows: [StoreInflow], rest: StoreRest, closing: Signal, world: World
    ) throws {
        self.sink = sink
        store = sink as? any StoreSink
        self.rest = rest
        self.closing = closing
        self.world = world
        tell = world.tell
        isDistant = inflows.contains(where: \.isDistant)
        awaited = try inflows.map { ($0, try $0.open()) }
        try admit()
    }

    /// Begins to read what has been found meanwhile.
    private func admit() throws {
        guard !awaited.isEmpty else { return }
        for (_, journal) in awaited { try journal.wait(atMost: 0) }
        for (inflow, journal) in awaited where journal.isOpen {
            let flow = StoreFlow(inflow, journal)
            try flow.seek(store?.place(of: flow.name))
            flows.append(flow)
        }
        awaited.removeAll { $0.journal.isOpen }
    }

    /// Works until nothing more can come and everything is stored.
    func run() throws {
        var idle = 0
        var closedSince: Int64?
        while true {
            let isClosing = closing.isRaised
            do {
                try admit()
                let taken = try takeAll()
                try commitIfDue(isLast: (isClosing || store == nil) && taken == 0)
                if taken == 0, isClosing, !hasNews, isComplete { return try end() }
                idle = taken > 0 ? 0 : idle + 1
                try beatIfDue()
            } catch let reason as StoreUnavailable {
                if isClosing { closedSince = closedSince ?? Seat.monotonic }
                try recover(from: reason, closedSince: closedSince)
            }
            if idle > (isDistant ? 1 : StoreLoop.spinLimit) { try sleep(knowing: isClosing) }
        }
    }

    /// Whether nobody in another process can bring more: each has ended, or this run was stopped.
    private var isComplete: Bool {
        guard isDistant, !world.stopping.isRaised else { return true }
        return awaited.isEmpty && flows.allSatisfy(\.isDone)
    }

    /// - Parameter isClosing: What has been acted on already.
    private func sleep(knowing isClosing: Bool) throws {
        // While updates of one wait for their commit, no other's are taken.
        let wanted = flows.indices.filter { waiting == 0 || $0 == waitingFlow }.map { flows[$0] }
        let journals = wanted.filter { !$0.isDone }.map(\.journal) + awaited.map(\.journal)
        try rest.wait(for: journals, atMost: StoreLoop.restLimit) {
            closing.isRaised != isClosing || wanted.contains(where: \.hasNewsHere)
        }
    }

    private func end() throws {
        try sink.close()
        guard !world.stopping.isRaised else { return }
        for flow in flows { flow.leave() }
    }

    private var hasNews: Bool { flows.contains { $0.hasNews } }

    private func takeAll() throws -> Int {
        var taken = 0
        for index in flows.indices where waiting == 0 || index == waitingFlow {
            while waiting < commitSize {
                let count = try flows[index].next(into: sink)
                guard count > 0 else { break }
                if waiting == 0 { firstWaiting = Seat.monotonic }
                waitingFlow = index
                waiting += count
                taken += count
            }
        }
        return taken
    }

    private func commitIfDue(isLast: Bool) throws {
        guard waiting > 0 else { return }
        let isDue = Seat.monotonic - firstWaiting >= StoreLoop.commitInterval
        guard isLast || isDue || waiting >= commitSize else { return }
        try sink.flush()
        let flow = flows[waitingFlow]
        if let store { try store.commit(flow.place, of: flow.name) }
        flow.noteCommit()
        waiting = 0
        commitSize = min(commitSize * 2, StoreLoop.commitLimit)
    }

    private func beatIfDue() throws {
        let time = Seat.monotonic
        guard time - lastBeat >= StoreLoop.beat else { return }
        lastBeat = time
        try sink.beat(world.now())
    }

    /// Waits until the store is there again, and goes on behind what it holds.
    private func recover(from reason: StoreUnavailable, closedSince: Int64?) throws {
        guard let store else { throw reason }
        commitSize = max(commitSize / StoreLoop.commitShare, 1)
        tell("waiting for a store: \(reason)")
        var pause = StoreLoop.beat
        var last = reason
        while true {
            for flow in flows { try flow.checkCutOff() }
            if let closedSince, Seat.monotonic - closedSince > StoreLoop.lastPatience {
                throw StoreBehind(reason: last, lags: flows.map(\.lagText))
            }
            world.sleep(pause)
            pause = min(pause * 2, StoreLoop.longestPause)
            do {
                try store.reopen()
                for flow in flows { try flow.seek(try store.place(of: flow.name)) }
                waiting = 0
                return tell("the store is there again")
            } catch let error as StoreUnavailable { last = error }
        }
    }
}
