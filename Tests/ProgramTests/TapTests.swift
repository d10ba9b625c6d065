import Foundation
import Testing

/// Two processes: a graph that publishes and a tap that reads.
@Suite struct `The tap` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func `a socket brings what the graph emitted, in both encodings`() throws {
        let (binary, json) = (try FreePort.next(), try FreePort.next())
        let nodes =
            Topologies.publishing("bin", port: binary, encoding: "binary", waiting: true) + ", "
            + Topologies.publishing("text", port: json, encoding: "json", waiting: true)
        let file = try folder.file(
            "t.json",
            Topologies.market(
                events: 50_000, nodes: nodes,
                edges: #"{ "from": "flow", "to": "bin" }, { "from": "flow", "to": "text" }"#))
        let quiet = ["--quiet-after", "4s", "--for", "60s"]
        let ours = folder.path("b.txt")
        let binaryTap = try BuiltProgram.Running(
            ["tap", "tcp://127.0.0.1:\(binary)", "--json", "--digest", ours] + quiet)
        let jsonTap = try BuiltProgram.Running(["tap", "tcp://127.0.0.1:\(json)", "--json"] + quiet)
        let run = try BuiltProgram.run(["run", file, "--digest", folder.path("a.txt")])
        #expect(run.status == 0, "\(run.errors)")
        let fromBinary = binaryTap.finish(within: .seconds(60))
        let fromJSON = jsonTap.finish(within: .seconds(60))
        #expect(fromBinary.status == 0 && fromJSON.status == 0)
        let digest = folder.text("a.txt")
        #expect(!digest.isEmpty && digest == folder.text("b.txt"))
        let updates = try #require(digest.split(separator: "\n").last?.split(separator: " ").dropFirst().first)
        for outcome in [fromBinary, fromJSON] {
            #expect(outcome.errors.contains("\(updates) updates, 219 topics, 0 holes"), "\(outcome.errors)")
        }
        // Positions and publish times belong to the publisher; everything else must be the same text.
        let left = Set(TapText.withoutTransport(fromBinary.output))
        let right = Set(TapText.withoutTransport(fromJSON.output))
        #expect(left.count == Int(updates))
        #expect(left == right)
    }

    @Test func `readable lines of both encodings are the same`() throws {
        let ports = [try FreePort.next(), try FreePort.next()]
        let nodes =
            Topologies.publishing("bin", port: ports[0], encoding: "binary", waiting: true) + ", "
            + Topologies.publishing("text", port: ports[1], encoding: "json", waiting: true)
        let file = try folder.file(
            "t.json",
            Topologies.market(
                events: 5_000, nodes: nodes,
                edges: #"{ "from": "flow", "to": "bin" }, { "from": "flow", "to": "text" }"#))
        let taps = try ports.map { port in
            try BuiltProgram.Running(["tap", "tcp://127.0.0.1:\(port)", "--quiet-after", "3s", "--for", "60s"])
        }
        let run = try BuiltProgram.run(["run", file])
        #expect(run.status == 0, "\(run.errors)")
        let outputs = taps.map { $0.finish(within: .seconds(60)).output.split(separator: "\n").sorted() }
        #expect(outputs[0].count > 100)
        #expect(outputs[0] == outputs[1])
        #expect(outputs[0].contains { $0.contains("candle/1s/SIM01/ #1 open ") })
    }

    @Test func `topics, count and an early end`() throws {
        let port = try FreePort.next()
        let file = try folder.file("t.json", endless(port))
        let run = try BuiltProgram.Running(["run", file, "--for", "60s"])
        let endpoint = "tcp://127.0.0.1:\(port)"
        let counted = try BuiltProgram.run(
            ["tap", endpoint, "--topic", "candle/1s/SIM1/", "--topic", "vwap/", "--count", "3", "--for", "30s"])
        #expect(counted.status == 0 && counted.output.split(separator: "\n").count == 3, "\(counted.errors)")
        let lines = counted.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.contains(" candle/1s/SIM1/ ") || $0.contains(" vwap/") })
        let tap = try BuiltProgram.Running(["tap", endpoint])
        #expect(tap.wait(until: .seconds(20)) { !$0.output.isEmpty })
        tap.signal(SIGINT)
        let ended = tap.finish(within: .seconds(5))
        #expect(ended.status == 0 && ended.errors.contains(" holes"), "\(ended.errors)")
        let json = try BuiltProgram.run(["tap", endpoint, "--digest", folder.path("d.txt"), "--for", "20s"])
        #expect(json.status == 1 && json.errors.contains("came as JSON"), "\(json.errors)")
        run.signal(SIGTERM)
        #expect(run.finish(within: .seconds(10)).status == 0)
    }

    @Test func `a silent endpoint is named after five seconds`() throws {
        let port = try FreePort.next()
        let outcome = try BuiltProgram.run(["tap", "tcp://127.0.0.1:\(port)", "--for", "5500ms"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("nothing has come from tcp://127.0.0.1:\(port) for 5 s"))
    }

    @Test(arguments: [
        (["127.0.0.1:5556"], "did you mean tcp://127.0.0.1:5556?"), (["http://a:1"], "the scheme http is unknown"),
        (["tcp://127.0.0.1"], "names no port"), ([], "an endpoint is missing"),
        (["tcp://127.0.0.1:1", "--cuont", "3"], "what is --cuont?"),
        (["tcp://127.0.0.1:1", "--for", "soon"], "--for wants a time"),
        (["tcp://127.0.0.1:1", "tcp://127.0.0.1:1"], "is given twice"),
    ])
    func `a bad option or endpoint is named`(_ arguments: [String], _ message: String) throws {
        let outcome = try BuiltProgram.run(["tap"] + arguments)
        #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
    }

    private func endless(_ port: Int) -> String {
        """
        {
          "millrace": 1,
          "nodes": {
            "market": { "kind": "simulated", "symbols": 2, "rate": 500, "seed": 1 },
            "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s"] }, "vwap": {} } },
            "public": { "kind": "publish", "bind": "tcp://127.0.0.1:\(port)" }
          },
          "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public" } ]
        }
        """
    }
}

/// Lines of `tap --json` without the members that belong to the publisher.
enum TapText {
    static func withoutTransport(_ output: String) -> [String] {
        output.split(separator: "\n").map { line in
            var line = String(line)
            for (name, end) in [("publishTime", "Z\","), ("position", ","), ("publisher", "\",")] {
                guard let start = line.firstRange(of: ",\"\(name)\":") else { continue }
                guard let rest = line[start.upperBound...].firstRange(of: end) else { continue }
                line.replaceSubrange(start.lowerBound..<line.index(before: rest.upperBound), with: "")
            }
            return line
        }
    }
}
