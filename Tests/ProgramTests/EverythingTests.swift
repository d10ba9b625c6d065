import Engine
import Foundation
import TestPrograms
import Testing

/// Every analytic at once, in the settings of its example, through the built program.
@Suite struct `With every analytic on` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Signals that come often.
    private static let signals = #"{ "rules": { "sma": { "fast": 2, "slow": 3 } }, "stopRange": 0, "cooldown": 0"#

    /// All that a symbols node may list, in the settings of its example, and signals that come often.
    private static var analytics: String {
        let pages = AnalyticPage.all.map { page in
            "\"\(page.name)\": " + (page.name == "signals" ? signals + " }" : page.example)
        }
        return "{ " + pages.joined(separator: ", ") + " }"
    }

    private static func topology(source: String, instruments: String, control: String = "") -> String {
        """
        { "millrace": 1, "instruments": \(instruments),
          "nodes": { "market": \(source), \(control)
            "flow": { "kind": "symbols", "symbolLimit": 64, "analytics": \(analytics) },
            "screen": { "kind": "console" } },
          "edges": [ { "from": "market", "to": "flow" }, \(control.isEmpty ? "" : #"{ "from": "desk", "to": "flow" },"#)
                     { "from": "flow", "to": "screen", "topics": ["vwap/"] } ] }
        """
    }

    private static func simulated(_ events: Int, control: String = "") -> String {
        topology(
            source: """
                { "kind": "simulated", "symbols": 8, "rate": 40, "seed": 11, "speed": "max",
                  "start": "2026-03-09T13:30:00Z", "events": \(events) }
                """, instruments: #"{ "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } }"#, control: control)
    }

    private func digest(_ file: String, lanes: Int, batch: Int) throws -> String {
        let path = folder.path("digest")
        let outcome = try BuiltProgram.run(
            ["run", file, "--lanes", "\(lanes)", "--batch", "\(batch)", "--digest", path], within: .seconds(240))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return folder.text("digest")
    }

    @Test func `the digest is the same for any lanes and any batch`() throws {
        let file = try folder.file("t.json", Self.simulated(Campaign.rounds(60_000, each: 60_000)))
        let first = try digest(file, lanes: 1, batch: 64)
        #expect(first.contains("footprint/1m/SIM01/") && first.contains("signal/") && first.contains("state/"))
        for (lanes, batch) in [(2, 64), (4, 1), (1, 1_024)] {
            #expect(try digest(file, lanes: lanes, batch: batch) == first, "\(lanes) lanes, batch \(batch)")
        }
    }

    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `the digest of the Binance recording is the same for any lanes and any batch`() throws {
        let source = #"{ "kind": "replay", "files": ["\#(Recordings.binance)"] }"#
        let file = try folder.file(
            "t.json",
            Self.topology(
                source: source,
                instruments: #"{ "BTCUSDT": { "tick": "0.1", "size": "0.001", "session": "24x7" } }"#))
        let first = try digest(file, lanes: 1, batch: 64)
        #expect(first.contains("liquidity/BTCUSDT/") && first.contains("iceberg/BTCUSDT/"))
        #expect(try digest(file, lanes: 2, batch: 1) == first)
        #expect(try digest(file, lanes: 1, batch: 1_024) == first)
    }

    /// From its instant on, and for the symbols that it names alone, a change holds; the same for any batch.
    @Test func `settings of a control file change what is published from their instant on`() throws {
        let changes = try folder.file(
            "changes.jsonl",
            """
            { "at": "2026-03-09T13:31:00Z", "symbols": "SIM01", \
            "analytics": { "signals": \(Self.signals), "minimumConfidence": 1 } } }

            """)
        let plain = try folder.file("plain.json", Self.simulated(60_000))
        let changed = try folder.file(
            "changed.json",
            Self.simulated(60_000, control: #""desk": { "kind": "control", "file": "\#(changes)" },"#))
        let before = try digest(plain, lanes: 1, batch: 64)
        let after = try digest(changed, lanes: 1, batch: 64)
        let lines = { (text: String) in Set(text.split(separator: "\n").map(String.init)) }
        // A change is an event and takes a number, so that detectors' evidence moves by one: what has none is compared.
        let kinds = ["candle/", "cvd/", "indicator/", "state/", "signal/"]
        let differing = lines(before).symmetricDifference(lines(after)).filter { line in
            kinds.contains { line.hasPrefix($0) }
        }
        #expect(!differing.isEmpty)
        #expect(differing.allSatisfy { $0.hasPrefix("signal/sma/SIM01/") }, "\(differing)")
        #expect(try digest(changed, lanes: 4, batch: 1) == after)
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq"))
    func `a control endpoint answers and says what is wrong`() throws {
        let port = try FreePort.next()
        let text = Self.topology(
            source: #"{ "kind": "simulated", "symbols": 2, "rate": 200, "seed": 1 }"#,
            instruments: #"{ "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } }"#,
            control: #""desk": { "kind": "control", "listen": "tcp://127.0.0.1:\#(port)" },"#)
        let run = try BuiltProgram.Running(["run", try folder.file("t.json", text)])
        #expect(run.wait(until: .seconds(20)) { _ in TakenPort.isTaken(port) })
        let script = """
            import sys, zmq
            socket = zmq.Context().socket(zmq.REQ)
            socket.setsockopt(zmq.RCVTIMEO, 10000)
            socket.connect(sys.argv[1])
            for request in sys.argv[2:]:
                socket.send_string(request)
                print(socket.recv_string())
            """
        let answers = try PythonProgram.finish(
            PythonProgram.path,
            [
                "-c", script, "tcp://127.0.0.1:\(port)",
                "{ \"analytics\": { \"signals\": \(Self.signals), \"holdBack\": true } } }",
                "{ \"analytics\": { \"signals\": \(Self.signals), \"holdback\": true } } }",
                "nonsense", "{}",
                "{ \"analytics\": { \"signals\": \(Self.signals), \"bars\": \"5m\" } } }",
            ]
        ).output.split(separator: "\n")
        try #require(answers.count == 5)
        #expect(answers[0] == #"{"taken":1}"#)
        #expect(answers[1].contains("holdBack") && answers[1].contains("error"))
        #expect(answers[2].contains("not JSON") && answers[3].contains("changes nothing"))
        #expect(answers[4].contains("cannot change its topics or its bars"))
        run.signal(SIGTERM)
        let outcome = run.finish(within: .seconds(20))
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("1 changes of settings taken, 4 refused"), "\(outcome.errors)")
    }
}
