import Engine
import Foundation
import Glibc
import Graph
import Journal
import Rings
import TestPrograms

/// A folder with a topology whose symbols can be made to break, and the program that runs it.
final class FaultTrial {
    /// A program that has ended.
    struct Outcome {
        let status: Int32
        let isSignal: Bool
        let errors: String
    }

    let folder: URL
    let file: String
    private let data: String

    /// - Parameters:
    ///   - events: how many the market makes in all.
    ///   - keeping: what else the topology says of its data.
    init(events: Int = 12_000, speed: String = "max", keeping: String = "") throws {
        folder = try RunningProgram.temporaryFolder()
        file = folder.appending(path: "t.json").path()
        data = folder.appending(path: "data").path()
        let text = """
            { "millrace": 1, "data": { "folder": "\(data)", "snapshots": "100ms", "sync": "never"\(keeping) },
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 6, "rate": 2000, "seed": 7, "speed": "\(speed)",
                  "start": "2026-03-09T13:30:00Z", "events": \(events) },
                "flow": { "kind": "symbols", "lanes": 2, "analytics": {
                  "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {}, "profile": {},
                  "footprint": { "widths": ["10s"] }, "sweep": {} } },
                "end": { "kind": "console" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "end" } ] }
            """
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func plant(_ fault: String?) throws {
        let path = file + ".fault"
        try Data((fault ?? "").utf8).write(to: URL(filePath: path))
    }

    var faults: FaultFile {
        get throws {
            let object = SettingsObject(try JSONParser.parse(Array("{ \"folder\": \"\(data)\" }".utf8)), path: .root)
            return FaultFile(
                DataFolder(SettingsReader.read(DataDefinition.self, from: object).settings), flow: "flow")
        }
    }

    /// The first positions of the segments of the source's journal.
    var segments: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(data)/events/market")) ?? []).filter {
            $0.hasSuffix(".mrj")
        }.sorted()
    }

    /// Whether the source's journal has its first segment.
    var isWhole: Bool { segments.first == "00000000000000000001.mrj" }

    /// The processes whose lanes work.
    var workers: [Int32] {
        marks.compactMap { LaneMarkFolder.reading("\(data)/marks/flow/\($0)")?.process }
    }

    /// How many updates there are on each topic of a symbol in the journal, by their last numbers.
    func updates(of symbol: String) throws -> [String: UInt64] {
        let numbers = try LastNumbers(of: "\(data)/updates/flow") { _ in }
        guard let line = numbers.lines.first(where: { $0.symbol.name == symbol }) else { return [:] }
        return Dictionary(
            zip(numbers.topics.map { "\($0.prefix)\(symbol)/" }, line.numbers), uniquingKeysWith: { $1 })
    }

    /// Lets the market make more events in all.
    func extend(to events: Int) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let longer = text.replacing(/"events": \d+/, with: "\"events\": \(events)")
        try Data(longer.utf8).write(to: URL(filePath: file))
    }

    /// Takes away what a data folder holds, but for the list of faults.
    func forgetJournals() throws {
        for name in ["events", "updates", "snapshots", "marks"] {
            try? FileManager.default.removeItem(atPath: "\(data)/\(name)")
        }
    }

    /// The marks that lanes have left.
    var marks: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/marks/flow")) ?? []
    }

    /// Each topic's digest by its name.
    func digests() throws -> [String: String] {
        let text = try String(contentsOf: folder.appending(path: "digest"), encoding: .utf8)
        var digests: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            digests[words[0]] = words.dropFirst().joined(separator: " ")
        }
        return digests
    }

    /// Runs the probe to its end.
    func run(within limit: Duration = .seconds(60)) throws -> Outcome {
        let digest = folder.appending(path: "digest").path()
        return try FaultTrial.run(
            Programs.path("FaultProbe"), ["run", file, "--digest", digest], errors: folder.appending(path: "errors"),
            within: limit)
    }

    /// Runs it and kills it after so many microseconds.
    func kill(after microseconds: UInt32) throws {
        let process = Process()
        process.executableURL = URL(filePath: Programs.path("FaultProbe"))
        process.arguments = ["run", file]
        process.standardError = FileHandle.nullDevice
        try process.run()
        usleep(microseconds)
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    static func run(_ program: String, _ arguments: [String], errors: URL, within limit: Duration) throws -> Outcome {
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let deadline = ContinuousClock.now + limit
        while process.isRunning, ContinuousClock.now < deadline { usleep(5_000) }
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, isSignal: process.terminationReason == .uncaughtSignal,
            errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }
}

/// Where the built programs lie: beside the test bundle.
enum Programs {
    static func path(_ name: String) -> String {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let places = [beside] + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let all = places + ["debug", "release"].map { root.appending(path: ".build/\($0)") }
        return all.map { $0.appending(path: name).path() }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        } ?? name
    }
}
