import Foundation
import Glibc
import Journal
import TestPrograms

/// A topology of one process, or of three with two shards, under `millrace up`; each process writes down how it ended.
final class SplitTrial {
    private let folder: URL
    private let file: String

    init(events: Int, speed: String = "max", isSplit: Bool = true) throws {
        folder = try RunningProgram.temporaryFolder()
        file = folder.appending(path: "t.json").path()
        let processes = #""processes": { "feed": { "nodes": ["market"] }, "core": { "nodes": ["flow", "end"] } },"#
        let text = """
            { "millrace": 1, \(isSplit ? processes : "")
              "data": { "folder": "\(folder.appending(path: "data").path())", "snapshots": "100ms", "sync": "never" },
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 12, "rate": 2000, "seed": 7, "speed": "\(speed)",
                  "start": "2026-03-09T13:30:00Z", "events": \(events) },
                "flow": { "kind": "symbols", "shards": \(isSplit ? 2 : 1), "analytics": {
                  "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {} } },
                "end": { "kind": "publish", "bind": "ipc://\(folder.appending(path: "end").path())" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "end" } ] }
            """
        try Data(text.utf8).write(to: URL(filePath: file))
        // Asked to end it passes that on, and says how the program ended.
        let recorder = """
            #!/bin/sh
            "\(Programs.path("millrace"))" "$@" &
            child=$!
            trap 'kill -TERM $child 2> /dev/null' TERM
            wait $child; status=$?
            while kill -0 $child 2> /dev/null; do wait $child; status=$?; done
            echo $status >> "\(folder.appending(path: "ends").path())"
            exit $status
            """
        try Data(recorder.utf8).write(to: folder.appending(path: "recorder"))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path("recorder"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Lets the market come as fast as it can from the next start on.
    func hasten() throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try Data(text.replacing(#""1x""#, with: #""max""#).utf8).write(to: URL(filePath: file))
    }

    /// How many records the source's journal has.
    var recorded: UInt64 { get throws { try JournalReader(opening: path("data/events/market")).head } }

    func path(_ name: String) -> String { folder.appending(path: name).path() }

    /// Starts it.
    func up(_ options: [String] = []) throws -> Process {
        try Data().write(to: folder.appending(path: "errors"))
        let process = Process()
        process.executableURL = URL(filePath: Programs.path("millrace"))
        process.arguments = ["up", file, "--program", path("recorder")] + options
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
        try process.run()
        return process
    }

    var errors: String { (try? String(contentsOfFile: path("errors"), encoding: .utf8)) ?? "" }
    /// How processes have ended since the beginning.
    var ends: [String] {
        ((try? String(contentsOfFile: path("ends"), encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
    /// The marks of all lanes.
    var marks: [String] { files(under: "data/marks") }
    /// Whether the source and both shards have written something.
    var isJournaling: Bool {
        files(under: "data/events").count + files(under: "data/updates").filter { $0.hasSuffix(".mrj") }.count >= 3
    }

    private func files(under name: String) -> [String] {
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: path(name))) ?? []
        return all.filter { $0.contains("/") }
    }

    func digest() throws -> String { try String(contentsOfFile: path("digest"), encoding: .utf8) }

    /// Waits for a program's end; kills one that does not come to it.
    func finish(_ process: Process) -> Int32 {
        if !waits(until: { !process.isRunning }) { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits until something is so; false after a minute.
    func waits(until isSo: () -> Bool) -> Bool {
        for _ in 0..<6_000 {
            if isSo() { return true }
            usleep(10_000)
        }
        return false
    }
}
