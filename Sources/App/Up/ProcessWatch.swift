internal import Engine
internal import Foundation
internal import Rings

/// Carries out what the supervisor decides: starts processes, looks at them and at their lanes, ends them.
struct ProcessWatch: Sendable {
    /// Nanoseconds between two looks.
    private static let pause: UInt64 = 50_000_000

    let program: String
    let plans: [ProcessPlan]
    let rules: Supervisor.Rules
    let stuckLimit: Duration
    /// Where the lanes of a symbols node write down what they are at.
    let marks: @Sendable (String) -> LaneMarkFolder?

    /// Watches until all have ended; returns the exit status. The processes are those of the calling thread: they are
    /// asked to end when it does.
    ///
    /// - Parameter wishes: how often somebody has asked for the end.
    func run(until wishes: Tally) -> Int32 {
        let clock = ContinuousClock()
        let begin = clock.now
        var supervisor = Supervisor(plans, rules: rules)
        var processes = [WatchedProcess?](repeating: nil, count: plans.count)
        var watch = StuckWatch(limit: stuckLimit)
        var stops = 0
        Terminal.complain("millrace up: \(plans.map(\.name).joined(separator: ", ")); Ctrl-C ends them in order")
        while true {
            let now = clock.now - begin
            var actions: [Supervisor.Action] = []
            for index in plans.indices {
                guard let end = processes[index]?.end else { continue }
                processes[index] = nil
                actions += supervisor.noteEnd(of: index, end, at: now)
            }
            while stops < wishes.value {
                stops += 1
                Terminal.complain(
                    "millrace up: \(stops == 1 ? "all end; a second Ctrl-C kills them" : "all are killed")")
                actions += supervisor.stop(at: now)
            }
            actions += stuck(&watch, processes, now).flatMap { supervisor.noteStuck($0, at: now) }
            actions += supervisor.due(at: now)
            while !actions.isEmpty {
                let action = actions.removeFirst()
                if case .finish(let status) = action { return status }
                if let failure = carryOut(action, &processes) {
                    actions += supervisor.noteEnd(of: failure.index, .unstartable(failure.reason), at: now)
                }
            }
            Seat.sleep(ProcessWatch.pause)
        }
    }

    /// Returns which process could not be started, and why.
    private func carryOut(
        _ action: Supervisor.Action, _ processes: inout [WatchedProcess?]
    ) -> (index: Int, reason: String)? {
        switch action {
        case .start(let index):
            let width = plans.map(\.name.count).max() ?? 0
            do { processes[index] = try WatchedProcess(program, plans[index], nameWidth: width) } catch {
                return (index, "\(error)")
            }
        case .ask(let index): processes[index]?.send(SIGTERM)
        case .kill(let index): processes[index]?.send(SIGKILL)
        case .tell(let text): Terminal.complain("millrace up: \(text)")
        case .finish: break
        }
        return nil
    }

    /// The processes of which a lane does not come on; the lane's mark says so from now on.
    private func stuck(_ watch: inout StuckWatch, _ processes: [WatchedProcess?], _ now: Duration) -> [Int] {
        var owners: [String: Int] = [:]
        var readings: [String: LaneMark.Reading] = [:]
        for index in plans.indices {
            guard let number = processes[index]?.number else { continue }
            for flow in plans[index].flows {
                for file in (try? marks(flow)?.files()) ?? [] {
                    // One that an earlier process has left says nothing of this one.
                    guard let reading = LaneMarkFolder.reading(file), reading.process == number else { continue }
                    owners[file] = index
                    readings[file] = reading
                }
            }
        }
        var found: Set<Int> = []
        for file in watch.stuck(readings, at: now) {
            guard let owner = owners[file], let reading = readings[file] else { continue }
            do { try LaneMark.noteStuck(at: reading.event, file: file) } catch {
                Terminal.complain("millrace up: \(error)")
            }
            found.insert(owner)
        }
        return found.sorted()
    }
}

/// Counts how often somebody wants an end: Ctrl-C or SIGTERM.
final class UpInterruption {
    let wishes = Tally()
    private let sources: [any DispatchSourceSignal]

    init() {
        let wishes = wishes
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in wishes.add() }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
