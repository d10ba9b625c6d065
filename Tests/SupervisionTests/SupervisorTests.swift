import Engine
import Rings
import TestPrograms
import Testing

/// Processes that end as chance will have it, in a time of their own; holds the supervisor to its promises.
private struct InventedProcesses {
    private enum Life: Equatable {
        case never, down(since: Duration), up(since: Duration)
    }

    private let plans: [ProcessPlan]
    private var chance: SeededChance
    private var supervisor: Supervisor
    private var lives: [Life]
    private var asked: [Duration?]
    private var starts: [Int]
    private var pauses: [Duration]
    private var now = Duration.zero
    private(set) var stoppedAt: Duration?
    private(set) var finished: Int32?
    private(set) var faults: [String] = []

    init(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        let plans = (0..<(1 + chance.below(5))).map { index in
            ProcessPlan(
                name: "p\(index)", arguments: [], turn: ProcessPlan.Turn(rawValue: chance.below(3)) ?? .sources,
                flows: [])
        }
        self.plans = plans
        supervisor = Supervisor(plans, rules: .init())
        lives = plans.map { _ in .never }
        asked = plans.map { _ in nil }
        starts = plans.map { _ in 0 }
        pauses = plans.map { _ in .milliseconds(200) }
        self.chance = chance
    }

    private mutating func expect(_ holds: Bool, _ text: String) { if !holds { faults.append("\(now): \(text)") } }

    private func isUp(_ index: Int) -> Bool { if case .up = lives[index] { true } else { false } }

    mutating func run() {
        let end = Duration.seconds(30 + chance.below(400))
        for _ in 0..<20_000 where finished == nil {
            carry(supervisor.due(at: now))
            if let next = supervisor.nextInstant, next <= now { expect(finished != nil, "something due was not done") }
            if now >= end, stoppedAt == nil || chance.below(400) == 0 {
                stoppedAt = stoppedAt ?? now
                carry(supervisor.stop(at: now))
            }
            somethingHappens()
            now += .milliseconds(1 + chance.below(1 + chance.below(400)))
        }
        expect(finished != nil, "it never finishes")
        expect(lives.indices.allSatisfy { !isUp($0) }, "a process is left")
        expect(supervisor.due(at: now + .seconds(1_000)) == [], "something comes behind the end")
    }

    private mutating func somethingHappens() {
        for index in plans.indices where isUp(index) {
            // Asked to end, most do so soon.
            let odds = asked[index] == nil ? 60 : 12
            guard chance.below(odds) == 0 else {
                if asked[index] == nil, chance.below(2_000) == 0 { carry(supervisor.noteStuck(index, at: now)) }
                continue
            }
            let ends: [Supervisor.End] =
                asked[index] == nil
                ? [
                    .status(1), .signal(4), .signal(9), .status(1), .signal(11),
                    chance.below(9) == 0 ? .status(0) : .status(1),
                ]
                : [.status(0)]
            finish(index, ends[chance.below(ends.count)])
        }
    }

    private mutating func finish(_ index: Int, _ end: Supervisor.End) {
        if case .up(let since) = lives[index], now - since >= .seconds(60) { pauses[index] = .milliseconds(200) }
        lives[index] = end == .status(0) ? .never : .down(since: now)
        if end == .status(0), asked[index] == nil { starts[index] = -1 }
        if end != .status(0), stoppedAt == nil {
            // Whoever had come to his end is started again with one that failed.
            for other in plans.indices where starts[other] == -1 { starts[other] = 0 }
        }
        carry(supervisor.noteEnd(of: index, end, at: now))
    }

    private mutating func carry(_ actions: [Supervisor.Action]) {
        for action in actions {
            expect(finished == nil, "\(action) behind the end")
            switch action {
            case .start(let index): start(index)
            case .ask(let index):
                expect(stoppedAt != nil && isUp(index) && asked[index] == nil, "ask \(index)")
                let before = plans.indices.filter { plans[$0].turn.rawValue < plans[index].turn.rawValue }
                expect(before.allSatisfy { !isUp($0) }, "\(index) is asked before its turn")
                asked[index] = now
            case .kill(let index):
                expect(isUp(index), "kill \(index)")
                if let asked = asked[index], stoppedAt != nil, now - asked < .seconds(20) {
                    expect(now > (stoppedAt ?? now), "killed without patience, though nobody asked twice")
                }
                finish(index, .signal(9))
            case .tell: break
            case .finish(let status):
                expect(plans.indices.allSatisfy { !isUp($0) }, "finished while somebody lives")
                expect(stoppedAt != nil || starts.allSatisfy { $0 == -1 }, "finished though nobody asked for it")
                finished = status
            }
        }
    }

    private mutating func start(_ index: Int) {
        expect(!isUp(index) && stoppedAt == nil && starts[index] >= 0, "start \(index)")
        if case .down(let since) = lives[index] {
            expect(now - since >= pauses[index], "\(index) started again after \(now - since), not \(pauses[index])")
            expect(now - since <= pauses[index] + .milliseconds(400), "\(index) waited for \(now - since)")
            pauses[index] = min(pauses[index] * 2, .seconds(30))
        }
        starts[index] += 1
        lives[index] = .up(since: now)
    }
}

@Suite struct `The supervisor` {
    private static func plan(_ name: String, _ turn: ProcessPlan.Turn) -> ProcessPlan {
        ProcessPlan(name: name, arguments: [], turn: turn, flows: [])
    }

    @Test func `keeps its promises whatever the processes do`() {
        for seed in 0..<UInt64(60 * Campaign.factor) {
            var processes = InventedProcesses(seed: seed + Campaign.seed)
            processes.run()
            #expect(processes.faults == [], "seed \(seed)")
        }
    }

    @Test func `waits twice as long each time, up to a limit, and begins anew after a quiet time`() {
        var supervisor = Supervisor([Self.plan("a", .sources)], rules: .init())
        var now = Duration.zero
        var pauses: [Duration] = []
        #expect(supervisor.due(at: now) == [.start(0)])
        for _ in 0..<10 {
            _ = supervisor.noteEnd(of: 0, .signal(6), at: now)
            guard let next = supervisor.nextInstant else { break }
            pauses.append(next - now)
            now = next
            #expect(supervisor.due(at: now) == [.start(0)])
        }
        #expect(pauses.prefix(4) == [.milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1_600)])
        #expect(pauses.suffix(2) == [.seconds(30), .seconds(30)])
        now += .seconds(60)
        _ = supervisor.due(at: now)
        _ = supervisor.noteEnd(of: 0, .status(1), at: now)
        #expect(supervisor.nextInstant == now + .milliseconds(200))
    }

    @Test func `stops sources, then symbols, then sinks, and kills who does not end`() {
        var supervisor = Supervisor(
            [Self.plan("s", .sinks), Self.plan("f", .sources), Self.plan("n", .symbols)], rules: .init())
        #expect(supervisor.due(at: .zero) == [.start(0), .start(1), .start(2)])
        #expect(supervisor.stop(at: .seconds(1)) == [.ask(1)])
        #expect(supervisor.noteEnd(of: 1, .status(0), at: .seconds(2)) == [.ask(2)])
        #expect(supervisor.due(at: .seconds(21)) == [])
        #expect(supervisor.due(at: .seconds(22)) == [.tell("n does not end: killed"), .kill(2)])
        #expect(supervisor.noteEnd(of: 2, .signal(9), at: .seconds(22)) == [.ask(0)])
        #expect(supervisor.noteEnd(of: 0, .status(0), at: .seconds(23)) == [.finish(0)])
    }

    @Test func `starts those again that had ended, when another fails`() {
        var supervisor = Supervisor([Self.plan("a", .sources), Self.plan("b", .sinks)], rules: .init())
        _ = supervisor.due(at: .zero)
        #expect(supervisor.noteEnd(of: 0, .status(0), at: .seconds(1)) == [])
        _ = supervisor.noteEnd(of: 1, .signal(9), at: .seconds(2))
        #expect(supervisor.due(at: .seconds(3)) == [.start(0), .start(1)])
        _ = supervisor.noteEnd(of: 0, .status(0), at: .seconds(4))
        #expect(supervisor.noteEnd(of: 1, .status(0), at: .seconds(5)) == [.finish(0)])
    }

    @Test func `stops everything where one process cannot be run at all`() {
        var supervisor = Supervisor([Self.plan("a", .sources), Self.plan("b", .sinks)], rules: .init())
        _ = supervisor.due(at: .zero)
        let actions = supervisor.noteEnd(of: 0, .status(2), at: .seconds(1))
        #expect(actions == [.tell("a cannot be run: status 2; everything stops"), .ask(1)])
        #expect(supervisor.noteEnd(of: 1, .status(0), at: .seconds(2)) == [.finish(2)])
    }

    @Test func `a second process that cannot be run does not have the others killed`() {
        var supervisor = Supervisor(
            [Self.plan("a", .sources), Self.plan("b", .sinks), Self.plan("c", .sinks)], rules: .init())
        _ = supervisor.due(at: .zero)
        _ = supervisor.noteEnd(of: 0, .status(2), at: .seconds(1))
        let second = supervisor.noteEnd(of: 1, .status(2), at: .seconds(1))
        #expect(second == [.tell("b cannot be run: status 2; everything stops")], "c was asked already")
        #expect(supervisor.noteEnd(of: 2, .signal(15), at: .seconds(2)) == [.finish(2)])
    }

    @Test func `says what breaks while all end, and ends with a failure then`() {
        for (end, status) in [(Supervisor.End.signal(11), Int32(1)), (.status(7), 7)] {
            var supervisor = Supervisor([Self.plan("a", .sources), Self.plan("b", .sinks)], rules: .init())
            _ = supervisor.due(at: .zero)
            #expect(supervisor.stop(at: .seconds(1)) == [.ask(0)])
            // Its turn has not come.
            let told = supervisor.noteEnd(of: 1, end, at: .seconds(2))
            #expect(told == [.tell("b has ended: \(status == 7 ? "status 7" : "signal 11")")])
            #expect(supervisor.noteEnd(of: 0, .signal(15), at: .seconds(3)) == [.finish(status)])
        }
    }

    @Test func `a quiet time counts although nobody looked meanwhile`() {
        var supervisor = Supervisor([Self.plan("a", .sources)], rules: .init())
        _ = supervisor.due(at: .zero)
        _ = supervisor.noteEnd(of: 0, .status(1), at: .zero)
        _ = supervisor.due(at: .seconds(1))
        _ = supervisor.noteEnd(of: 0, .status(1), at: .seconds(61))
        #expect(supervisor.nextInstant == .seconds(61) + .milliseconds(200))
    }

    @Test func `finds a lane that has been at one event for too long, and no other`() {
        var watch = StuckWatch(limit: .seconds(10))
        func mark(_ subject: UInt64, _ event: UInt64) -> [String: LaneMark.Reading] {
            ["lane": LaneMark.Reading(subject: subject, event: event, signal: 0, isStuck: false, process: 1)]
        }
        #expect(watch.stuck(mark(1, 5), at: .seconds(0)) == [])
        #expect(watch.stuck(mark(1, 6), at: .seconds(20)) == [])
        #expect(watch.stuck(mark(0, 6), at: .seconds(40)) == [])
        #expect(watch.stuck(mark(1, 6), at: .seconds(60)) == [])
        #expect(watch.stuck(mark(1, 6), at: .seconds(70)) == [])
        #expect(watch.stuck(mark(1, 6), at: .seconds(71)) == ["lane"])
        #expect(watch.stuck(mark(0, 6), at: .seconds(72)) == [])
    }
}
