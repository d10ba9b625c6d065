import Foundation
import TestPrograms
import Testing

/// The command lines of the units, run as they stand there but for program and topology.
@Suite struct `The commands of the units` {
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "millrace").path()

    private let folder = FileManager.default.temporaryDirectory.appending(path: "unit-\(UUID().uuidString)")

    /// The words behind `KEY=` of a unit, for one process of the topology.
    private func command(_ key: String, of unit: String, for process: String) throws -> [String] {
        let file = PythonProgram.root.appending(path: "deploy/\(unit)")
        let text = try String(contentsOf: file, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(key)=") })
        let words = line.dropFirst(key.count + 1).drop { $0 == "-" }.split(separator: " ").map(String.init)
        try #require(words.first == "/usr/local/bin/millrace")
        let topology = folder.appending(path: "topology.json").path()
        return words.dropFirst().map {
            $0 == "/etc/millrace/topology.json" ? topology : $0.replacing("%i", with: process)
        }
    }

    private func finish(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try PythonProgram.finish(Self.program, arguments)
    }

    /// Two processes; the status of the second is at the port behind the first one's.
    private func write(status port: Int) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = """
            { "millrace": 1, "data": { "folder": "\(folder.appending(path: "data").path())" },
              "status": { "bind": "127.0.0.1:\(port)" },
              "processes": {
                "feed": { "nodes": ["market"], "link": "ipc://\(folder.appending(path: "feed.sock").path())" },
                "symbols": { "nodes": ["flow", "public"] } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 2, "rate": 100, "seed": 7 },
                "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s"] } } },
                "public": { "kind": "publish", "bind": "ipc://\(folder.appending(path: "public.sock").path())" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public" } ] }
            """
        try text.write(to: folder.appending(path: "topology.json"), atomically: false, encoding: .utf8)
    }

    private func start(_ process: String) throws -> Process {
        let running = Process()
        running.executableURL = URL(filePath: Self.program)
        running.arguments = try command("ExecStart", of: "millrace@.service", for: process)
        running.standardOutput = FileHandle.nullDevice
        running.standardError = FileHandle.nullDevice
        try running.run()
        return running
    }

    private func end(_ process: Process) {
        process.terminate()
        process.waitUntilExit()
    }

    @Test func `each process is checked and started, and each is asked itself whether it is ready`() throws {
        try write(status: 20_000 + Int.random(in: 0..<12_000))
        defer { try? FileManager.default.removeItem(at: folder) }
        let check = try finish(command("ExecStartPre", of: "millrace@.service", for: "feed"))
        #expect(check.status == 0, "\(check.output)")
        let feed = try start("feed")
        defer { end(feed) }
        let ready = try finish(command("ExecStartPost", of: "millrace@.service", for: "feed"))
        #expect(ready.status == 0, "\(ready.output)")
        var question = try command("ExecStartPost", of: "millrace@.service", for: "symbols")
        // The other process is there, and this one is not.
        let now = question.map { $0 == "60s" ? "1s" : $0 }
        #expect(try finish(now).status == 1)
        let symbols = try start("symbols")
        defer { end(symbols) }
        question.removeAll { $0 == "--quiet" }
        let answer = try finish(question)
        #expect(answer.status == 0, "\(answer.output)")
    }
}
