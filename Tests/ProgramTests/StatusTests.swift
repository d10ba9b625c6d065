import Foundation
import Testing
import WebServer

/// What a running program tells over HTTP, and `millrace health`, which asks it.
@Suite struct `The status endpoint` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// An endless market with an address to ask at.
    private func topology(port: Int, more: String = "") throws -> String {
        let status = #""millrace": 1, "status": { "bind": "127.0.0.1:\#(port)" },\#(more)"#
        let text = Topologies.endless.replacing(#""millrace": 1,"#, with: status)
        try #require(text.contains("\(port)"))
        return try folder.file("t\(port).json", text)
    }

    private func running(_ file: String) throws -> BuiltProgram.Running {
        let run = try BuiltProgram.Running(["run", file])
        let ready = try BuiltProgram.run(["health", file, "--ready", "--wait", "30s"])
        #expect(ready.status == 0, "\(ready.output)\(ready.errors)\(run.errors)")
        return run
    }

    private func page(_ port: Int, _ path: String) throws -> String {
        try WebQuestion.get(host: "127.0.0.1", port: port, path: path, patience: .seconds(20)).body
    }

    @Test func `a run is healthy and ready, and nobody answers behind its end`() throws {
        let port = try FreePort.next()
        let file = try topology(port: port)
        let run = try running(file)
        #expect(run.errors.contains("millrace: health, readiness and metrics at http://127.0.0.1:\(port)\n"))
        for place in [[file], ["http://127.0.0.1:\(port)"], ["http://localhost:\(port)/", "--ready"]] {
            let health = try BuiltProgram.run(["health"] + place)
            #expect(health.status == 0, "\(health.errors)")
            #expect(health.output == #"{"healthy":true,"problems":[],"ready":true,"status":"ready"}"# + "\n")
        }
        run.signal(SIGTERM)
        #expect(run.finish(within: .seconds(20)).status == 0)
        let after = try BuiltProgram.run(["health", file])
        #expect(after.status == 1 && after.errors.contains("127.0.0.1:\(port) does not answer"), "\(after.errors)")
        #expect(!TakenPort.isTaken(port))
    }

    @Test func `an address in use ends the run before anything starts`() throws {
        let port = try FreePort.next()
        let file = try topology(port: port)
        let first = try running(file)
        let second = try BuiltProgram.run(["run", file], within: .seconds(20))
        #expect(
            second.status == 1 && second.errors == "millrace run: 127.0.0.1:\(port) is in use\n", "\(second.errors)")
        first.signal(SIGTERM)
        #expect(first.finish(within: .seconds(20)).status == 0)
    }

    /// A store that cannot be opened keeps the run from its start.
    @Test func `a run that has not opened its sinks is healthy and not ready`() throws {
        let port = try FreePort.next()
        let redis = try FreePort.next()
        let waiting = Topologies.market(
            events: 100,
            nodes: #""relay": { "kind": "redis", "url": "redis://127.0.0.1:\#(redis)", "patience": "60s" }"#,
            edges: #"{ "from": "flow", "to": "relay" }"#
        ).replacing(#""millrace": 1,"#, with: #""millrace": 1, "status": { "bind": "127.0.0.1:\#(port)" },"#)
        let file = try folder.file("w.json", waiting)
        let run = try BuiltProgram.Running(["run", file])
        #expect(run.wait(until: .seconds(20)) { _ in TakenPort.isTaken(port) })
        let health = try BuiltProgram.run(["health", file])
        #expect(
            health.status == 0 && health.output.contains(#""status":"starting""#), "\(health.output)\(health.errors)")
        let ready = try BuiltProgram.run(["health", file, "--ready"])
        #expect(ready.status == 1 && ready.output.contains(#""ready":false"#), "\(ready.output)\(ready.errors)")
    }

    @Test func `the counts of the endpoint are those of the end`() throws {
        let port = try FreePort.next()
        let file = try topology(port: port)
        let run = try running(file)
        var metrics = ""
        #expect(
            run.wait(until: .seconds(20)) { _ in
                metrics = (try? page(port, "/metrics")) ?? ""
                return (count("millrace_link_updates_delivered_total", in: metrics) ?? 0) > 0
            })
        let accepted = try #require(count("millrace_source_events_accepted_total", in: metrics))
        #expect(metrics.contains(#"millrace_phase{phase="ready"} 1"#) && metrics.contains("process_threads "))
        run.signal(SIGTERM)
        let outcome = run.finish(within: .seconds(20))
        let line = try #require(outcome.errors.split(separator: "\n").first { $0.hasPrefix("market: accepted ") })
        let last = try #require(line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
        #expect(accepted > 0 && accepted <= last, "\(line)")
    }

    @Test(arguments: [(1, true), (4, false)])
    func `broken symbols are told, and a node that has no other is not ready`(broken: Int, isReady: Bool) throws {
        let port = try FreePort.next()
        let data = folder.path("data\(broken)")
        let file = try topology(port: port, more: #" "data": { "folder": "\#(data)" },"#)
        try FileManager.default.createDirectory(atPath: data + "/quarantine", withIntermediateDirectories: true)
        let lines = (1...broken).map { "quarantined SIM0\($0) 5 event 2 a%20check%20failed" }.joined(separator: "\n")
        try Data((lines + "\n").utf8).write(to: URL(filePath: data + "/quarantine/flow"))
        let run = try BuiltProgram.Running(["run", file])
        let ready = try BuiltProgram.run(["health", file, "--ready", "--wait", isReady ? "30s" : "3s"])
        #expect(ready.status == (isReady ? 0 : 1), "\(ready.output)\(ready.errors)\(run.errors)")
        let health = try BuiltProgram.run(["health", file])
        #expect(health.status == 0, "a restart would not help: \(health.output)")
        #expect(health.output.contains(#""quarantined":\#(broken),"#), "\(health.output)")
        #expect(health.output.contains("flow: SIM01 is broken at event 5 (a check failed)"), "\(health.output)")
        let metrics = try page(port, "/metrics")
        #expect(metrics.contains("millrace_symbols_quarantined{node=\"flow\"} \(broken)\n"), "\(metrics)")
        #expect(metrics.contains(#"millrace_symbol_faults{node="flow",standing="suspect"} 0"#))
        run.signal(SIGTERM)
        #expect(run.finish(within: .seconds(20)).status == 0, "\(run.errors)")
    }

    /// The first value of a name.
    private func count(_ name: String, in text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + "{") }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }

    @Test(arguments: [
        (["health", "http://127.0.0.1"], 2, "what is http://127.0.0.1?"),
        (["health", "https://127.0.0.1:1"], 2, "what is https://127.0.0.1:1?"),
        (["health", "http://127.0.0.1:70000"], 2, "what is http://127.0.0.1:70000?"),
        (["health", "/no/such.json"], 2, "cannot read /no/such.json"),
        (["health", "http://127.0.0.1:1"], 1, "127.0.0.1:1 does not answer: Connection refused"),
        (["health", "http://no.such.invalid:1"], 1, "no machine is called no.such.invalid"),
    ]) func `a question that cannot be asked has its reason`(arguments: [String], status: Int32, reason: String) throws
    {
        let health = try BuiltProgram.run(arguments)
        #expect(health.status == status && health.errors.contains(reason), "\(health.errors)")
    }

    @Test func `a topology without an address cannot be asked`() throws {
        let health = try BuiltProgram.run(["health", try folder.file("n.json", Topologies.endless)])
        #expect(health.status == 2 && health.errors.contains("has no \"status\" address"), "\(health.errors)")
    }

    @Test func `a variable may stand in a file`() throws {
        let text = Topologies.endless.replacing(
            #""millrace": 1,"#, with: #""millrace": 1, "status": { "bind": "127.0.0.1:${STATUS_PORT}" },"#)
        let file = try folder.file("v.json", text)
        let secret = try folder.file("port", "9464\n")
        func check(_ environment: [String: String]) throws -> (status: Int32, output: String) {
            let process = Process()
            process.executableURL = URL(filePath: BuiltProgram.path)
            process.arguments = ["check", file]
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        #expect(try check([:]).output.contains("no variable STATUS_PORT"))
        let fromFile = try check(["STATUS_PORT_FILE": secret])
        #expect(fromFile.status == 0, "\(fromFile.output)")
        #expect(try check(["STATUS_PORT_FILE": secret, "STATUS_PORT": "x"]).status == 2)
        let lost = try check(["STATUS_PORT_FILE": "/no/such"])
        #expect(lost.status == 2 && lost.output.contains("cannot read /no/such"), "\(lost.output)")
        #expect(try check(["STATUS_PORT": "1", "OTHER_FILE": "/no/such"]).status == 0)
    }
}
