import Market
import Memory
import Rings
import Testing

@testable import Engine

/// An actor on a lane that says which thread it runs on.
private actor Witness {
    private let lane: Lane
    private var calls = 0

    init(lane: Lane) { self.lane = lane }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe lane.asUnownedSerialExecutor() }

    /// The thread, and how often it was asked; no two answers alike while the lane is its only thread.
    func answer() -> (thread: UInt64, calls: Int) {
        calls += 1
        return (Seat.current, calls)
    }
}

@Suite struct LaneTests {
    @Test func `a lane answers questions between the events of its symbols`() async throws {
        let part = FlowPart(name: "flow", settings: FlowSettings(), instrument: instrument())
        let flow = RunningFlow(part, sources: 1, data: nil)
        let plan = flow.addSource(
            symbols: FeedSymbols(), overflow: .wait, stopping: Signal(), counts: RouterCounts(), keptBy: nil)
        let lane = flow.lanes[0]
        let working = OwnThread { lane.work() }
        let events = 20_000
        let source = OwnThread {
            var router = Router(plan)
            _ = router.directory.entry(for: "A")
            for number in 0..<events { router.route(Make.trade(Double(number) / 1_000, 100, 1)) }
            router.publish()
        }
        guard let symbol = Symbol("A") else { return }
        let actor = SymbolActor(symbol: symbol, lane: lane.lane, inlet: InletPlace(lane.inlets, 0), ring: 0)
        let witness = Witness(lane: lane.lane)
        let answers = await withTaskGroup(of: (thread: UInt64, calls: Int).self) { group in
            for _ in 0..<200 {
                group.addTask {
                    _ = await actor.counts()
                    return await witness.answer()
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.calls)) == Set(1...200))
        #expect(Set(answers.map(\.thread)).count == 1)
        #expect(await actor.counts() == SymbolCounts())
        try await source.value()
        flow.close()
        try await working.value()
        #expect(flow.events.value == events)
    }

    @Test func `a lane that sleeps is woken by an event, a question and its end`() async throws {
        let part = FlowPart(name: "flow", settings: FlowSettings(), instrument: instrument())
        let flow = RunningFlow(part, sources: 1, data: nil)
        let plan = flow.addSource(
            symbols: FeedSymbols(), overflow: .wait, stopping: Signal(), counts: RouterCounts(), keptBy: nil)
        let lane = flow.lanes[0]
        let working = OwnThread { lane.work() }
        let witness = Witness(lane: lane.lane)
        var router = Router(plan)
        _ = router.directory.entry(for: "A")
        for round in 1...20 {
            try await Task.sleep(for: .milliseconds(3))
            router.route(Make.trade(Double(round), 100, 1))
            router.publish()
            #expect(await witness.answer().calls == round)
        }
        try await Task.sleep(for: .milliseconds(3))
        flow.close()
        try await working.value()
        #expect(flow.events.value == 20)
    }
}
