import Market
import Rings
import Testing

@testable import Engine

/// What a run says of itself while it works.
@Suite struct `A run's health` {
    @Test func `goes from starting through ready to stopping`() async throws {
        let (stopping, source) = (Signal(), EndlessSource())
        let run = Run.of(
            FlowSettings(), sources: [source], sinks: [.of { RecordingSink(Record()) }], stopping: stopping)
        let before = run.health(at: .zero)
        #expect(before.phase == .starting && before.isHealthy && !before.isReady)
        async let ended: Void = run.run()
        while !source.begun.isRaised { try await Task.sleep(for: .milliseconds(1)) }
        let at = run.health(at: .seconds(1))
        #expect(at.phase == .ready && at.isReady && at.broken.isEmpty && at.stuck.isEmpty)
        stopping.raise()
        #expect(run.health(at: .seconds(2)).phase == .stopping)
        try await ended
        #expect(run.health(at: .seconds(3)).phase == .stopping)
    }

    @Test func `is bad where a part has failed`() async throws {
        let source = PreparedSource(
            symbols: ["A"], events: [Make.trade(1, 100, 1)], failure: Mishap("the venue is gone"))
        let run = Run.of(FlowSettings(), sources: [source], sinks: [.of { RecordingSink(Record()) }])
        await #expect(throws: Mishap("the venue is gone")) { try await run.run() }
        let health = run.health(at: .zero)
        #expect(health.phase == .failed && !health.isHealthy)
    }

    @Test func `is bad where a lane is at one event for too long`() {
        let run = Run.of(FlowSettings(), sources: [EndlessSource()], sinks: [])
        let pen = run.flows[0].lanes[0].mark.pen
        pen.begin(LaneSubject(source: "source0", symbol: 3).word)
        pen.note(EventPlace(number: 41, isTold: false).key)
        #expect(run.health(at: .seconds(10)).isHealthy)
        let later = run.health(at: .seconds(10) + Run.stuckLimit + .seconds(1))
        #expect(!later.isHealthy && later.stuck.map(\.event) == [41] && later.stuck.map(\.flow) == ["flow"])
        pen.note(EventPlace(number: 42, isTold: false).key)
        #expect(run.health(at: .seconds(200)).isHealthy)
        pen.rest()
        #expect(run.health(at: .seconds(300)).busyLanes.isEmpty)
    }
}
