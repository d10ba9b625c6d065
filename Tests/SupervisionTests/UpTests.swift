import Engine
import Foundation
import Glibc
import TestPrograms
import Testing

/// `millrace up` with a program that is made to break.
@Suite struct `Starting again what ends` {
    private static func up(_ trial: FaultTrial, _ options: [String] = []) throws -> FaultTrial.Outcome {
        try FaultTrial.run(
            Programs.path("millrace"), ["up", trial.file, "--program", Programs.path("FaultProbe")] + options,
            errors: trial.folder.appending(path: "up"), within: .seconds(60))
    }

    @Test(arguments: [("trap", "signal 4"), ("loop", "a lane has been at one event for too long")])
    func `goes on without the symbol that breaks`(deed: String, told: String) throws {
        let trial = try FaultTrial()
        try trial.plant("\(deed) 1 5000")
        let outcome = try Self.up(trial, ["--stuck", "2s"])
        #expect(outcome.status == 0 && !outcome.isSignal, "\(outcome.errors)")
        #expect(outcome.errors.contains(told), "\(outcome.errors)")
        #expect(outcome.errors.contains("main | flow: SIM02: the process ended at event"), "\(outcome.errors)")
        #expect(outcome.errors.contains("main | flow: SIM02 is broken at event"), "\(outcome.errors)")
        #expect(outcome.errors.components(separatedBy: "it is started again").count == 3, "\(outcome.errors)")
        #expect(try trial.faults.read().broken.map(\.symbol) == ["SIM02"])
    }

    @Test func `quarantine lists what broke, and releases it`() throws {
        let trial = try FaultTrial()
        try trial.plant("fail 1 5000")
        #expect(try trial.run().status == 0)
        func quarantine(_ options: [String]) throws -> Int32 {
            try FaultTrial.run(
                Programs.path("millrace"), ["quarantine", trial.file] + options,
                errors: trial.folder.appending(path: "list"), within: .seconds(60)
            ).status
        }
        #expect(try quarantine([]) == 1)
        #expect(try quarantine(["--release", "SIM03"]) == 2)
        #expect(try quarantine(["--release", "SIM02"]) == 0)
        #expect(try quarantine([]) == 0)
        #expect(try trial.faults.read().faults.map(\.standing) == [.released])
    }

    @Test func `shows the error of what cannot be run, and stops`() throws {
        let trial = try FaultTrial()
        let outcome = try FaultTrial.run(
            Programs.path("millrace"), ["up", trial.file, "--program", "/bin/false/none"],
            errors: trial.folder.appending(path: "up"), within: .seconds(60))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("main cannot be run: cannot start /bin/false/none"), "\(outcome.errors)")
        try Data("{}".utf8).write(to: URL(filePath: trial.file))
        #expect(try Self.up(trial).status == 2)
    }

    @Test func `starts a killed process again, and stops it when asked`() throws {
        let trial = try FaultTrial(events: 2_000_000, speed: "1x")
        let process = Process()
        process.executableURL = URL(filePath: Programs.path("millrace"))
        process.arguments = ["up", trial.file, "--program", Programs.path("FaultProbe")]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
        }
        let first = try #require(Self.child(of: process.processIdentifier, otherThan: 0))
        // It leaves the group as the first that it does.
        for _ in 0..<1_000 where getpgid(first) == getpgid(process.processIdentifier) { usleep(10_000) }
        #expect(getpgid(first) != getpgid(process.processIdentifier), "Ctrl-C must reach the supervisor alone")
        kill(first, SIGKILL)
        let second = try #require(Self.child(of: process.processIdentifier, otherThan: first))
        for _ in 0..<6_000 where trial.workers != [second, second] { usleep(10_000) }
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && process.terminationReason == .exit)
        #expect(kill(second, 0) != 0, "nothing is left")
        #expect(try trial.faults.read().faults.isEmpty)
        #expect(trial.marks.isEmpty)
    }

    @Test func `killed itself it takes its processes along, in order, and another goes on`() throws {
        let events = 40_000
        let split = try SplitTrial(events: events, speed: "1x")
        let first = try split.up()
        #expect(split.waits(until: { split.marks.count == 2 && split.isJournaling }), "both work")
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        #expect(split.waits(until: { split.ends.count == 3 }), "\(split.ends)")
        #expect(split.ends.allSatisfy { $0 == "0" }, "each ends in order: \(split.ends)")
        #expect(try split.recorded < UInt64(events), "and none by its own")
        #expect(split.marks.isEmpty)
        try split.hasten()
        #expect(split.finish(try split.up(["--digest", split.path("digest")])) == 0, "\(split.errors)")
        let lone = try SplitTrial(events: events, isSplit: false)
        #expect(lone.finish(try lone.up(["--digest", lone.path("digest")])) == 0, "\(lone.errors)")
        #expect(try split.digest() == lone.digest())
        #expect(try lone.digest().split(separator: "\n").count > 40)
    }

    @Test func `two of them do not run the same data`() throws {
        let trial = try FaultTrial(events: 2_000_000, speed: "1x")
        let process = Process()
        process.executableURL = URL(filePath: Programs.path("millrace"))
        process.arguments = ["up", trial.file, "--program", Programs.path("FaultProbe")]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
        }
        _ = try #require(Self.child(of: process.processIdentifier, otherThan: 0))
        let second = try Self.up(trial)
        #expect(
            second.status == 1 && second.errors.contains("another `millrace up` runs the processes"), "\(second.errors)"
        )
    }

    /// Waits for a child of a process.
    private static func child(of parent: pid_t, otherThan known: pid_t) -> pid_t? {
        for _ in 0..<1_000 {
            let folder = "/proc/\(parent)/task"
            for task in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let text = (try? String(contentsOfFile: "\(folder)/\(task)/children", encoding: .utf8)) ?? ""
                if let child = text.split(separator: " ").compactMap({ pid_t($0) }).first(where: { $0 != known }) {
                    return child
                }
            }
            usleep(10_000)
        }
        return nil
    }
}
