import Foundation
import TestPrograms
import Testing

/// One graph in many processes that know each other by keys, or have hosts of their own.
@Suite struct `Links between processes` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// - Parameters:
    ///   - name: Of the data folder, of which each graph has its own.
    ///   - more: A source of settings.
    private func topology(
        _ name: String, processes: String, shards: Int = 1, speed: String = "max", more: String = ""
    ) throws -> String {
        try folder.file(
            "\(name).json",
            """
            { "millrace": 1, "data": { "folder": "\(folder.path(name))", "snapshots": "200ms", "sync": "50ms" },
              \(processes.isEmpty ? "" : "\"processes\": { \(processes) },")
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 12, "rate": 2000, "seed": 7, "speed": "\(speed)",
                  "start": "2026-03-09T13:30:00Z", "events": \(40_000 * Campaign.factor) },
                \(more.isEmpty ? "" : "\"desk\": \(more),")
                "flow": { "kind": "symbols", "shards": \(shards), "analytics": { "candles": { "widths": ["1s"] },
                  "vwap": {}, "print": {}, "signals": \(Self.signals) } } },
                "store": { "kind": "sqlite", "path": "\(folder.path(name))/rows.db" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "store" }
                \(more.isEmpty ? "" : #", { "from": "desk", "to": "flow" }"#) ] }
            """)
    }

    private static let signals =
        #"{ "bars": "1s", "rules": { "sma": { "fast": 2, "slow": 3 } }, "stopRange": 0, "cooldown": 0"#

    private func digest(_ file: String, _ parts: [String]) throws -> String {
        try Fleet(file, parts, in: folder).digest()
    }

    private func whole() throws -> String {
        let whole = try digest(topology("one", processes: ""), ["main"])
        #expect(whole.split(separator: "\n").count > 20)
        return whole
    }

    // MARK: Keys

    private func makeKeys() throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "clients"), withIntermediateDirectories: false)
        for name in ["feed", "core", "clients/core", "clients/out", "stranger"] {
            #expect(try BuiltProgram.run(["keys", "new", folder.path(name)]).status == 0)
        }
    }

    private func curve(_ secret: String, open: String? = nil) -> String {
        let server = open.map {
            #", "public": "\#(folder.path("\($0).key"))", "clients": "\#(folder.path("clients"))""#
        }
        return #""curve": { "secret": "\#(folder.path("\(secret).secret"))"\#(server ?? "") }"#
    }

    @Test func `processes that know each other by keys give what one gives, and strangers get nothing`() throws {
        try makeKeys()
        let (feed, core) = (try FreePort.next(), try FreePort.next())
        func processes(_ feedCurve: String, _ coreCurve: String) -> String {
            """
            "feed": { "nodes": ["market"], "link": "tcp://127.0.0.1:\(feed)"\(feedCurve) },
            "core": { "nodes": ["flow"], "link": "tcp://127.0.0.1:\(core)"\(coreCurve) },
            "out": { "nodes": ["store"], \(curve("clients/out")) }
            """
        }
        let own = ", " + curve("core", open: "core")
        let served = ", " + curve("feed", open: "feed")
        let file = try topology(
            "keys", processes: processes(served, ", " + curve("clients/core", open: "clients/core")))
        let market = try BuiltProgram.Running([
            "run", file, "--process", "feed", "--digest", folder.path("digest.feed"),
        ])
        #expect(market.wait(until: .seconds(20)) { _ in TakenPort.isTaken(feed) }, "\(market.errors)")
        for (name, feedCurve, coreCurve, reason) in [
            ("unlisted", served, own, "its key is on no list there"), ("plain", "", "", "one of the two has keys"),
        ] {
            let strange = try topology(name, processes: processes(feedCurve, coreCurve))
            let outcome = try BuiltProgram.run(["run", strange, "--process", "core"], within: .seconds(30))
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(name): \(outcome.errors)")
            #expect(outcome.errors.contains("tcp://127.0.0.1:\(feed)"), "\(outcome.errors)")
        }
        #expect(market.isRunning)
        let others = try digest(file, ["core", "out"])
        let outcome = market.finish(within: .seconds(30))
        #expect(outcome.status == 0 && outcome.errors.contains("link: turned away: "), "\(outcome.errors)")
        #expect(try others == whole())
        let check = try BuiltProgram.run(["check", file]).output
        #expect(check.contains("process feed, 0 lanes, read at tcp://127.0.0.1:\(feed) with keys"), "\(check)")
    }

    // MARK: Hosts

    @Test func `shards on hosts of their own give what one process gives`() throws {
        let (link, feed) = (try FreePort.next(), try FreePort.next())
        let file = try topology(
            "hosts",
            processes: """
                "feed": { "nodes": ["market"], "link": "tcp://127.0.0.2:\(feed)" },
                "core": { "nodes": ["flow"], "link": "tcp://127.0.0.1{shard}:\(link)" },
                "out": { "nodes": ["store"] }
                """, shards: 2)
        let check = try BuiltProgram.run(["check", file]).output
        #expect(check.contains("read at tcp://127.0.0.10:\(link) to tcp://127.0.0.11:\(link)"), "\(check)")
        #expect(try digest(file, ["out", "core.0", "core.1", "feed"]) == whole())
    }

    @Test func `a process that listens elsewhere than others connect gives the same`() throws {
        let (link, feed) = (try FreePort.next(), try FreePort.next())
        let file = try topology(
            "elsewhere",
            processes: """
                "feed": { "nodes": ["market"], "link": "tcp://localhost:\(feed)", "bind": "tcp://127.0.0.1:\(feed)" },
                "core": { "nodes": ["flow"], "link": "tcp://127.0.0.1{shard}:\(link)",
                  "bind": "tcp://127.0.0.1{shard}:\(link)" },
                "out": { "nodes": ["store"] }
                """, shards: 3)
        #expect(try digest(file, ["core.2", "core.0", "feed", "core.1", "out"]) == whole())
    }

    // MARK: Settings that change

    private static let changed = "{ \"analytics\": { \"signals\": \(signals), \"minimumConfidence\": 1 } } }"

    private static let split = """
        "feed": { "nodes": ["market", "desk"] }, "core": { "nodes": ["flow"] }, "out": { "nodes": ["store"] }
        """

    @Test func `changes of settings at given instants give the same in many processes`() throws {
        let changes = try folder.file(
            "changes.jsonl",
            """
            { "at": "2026-03-09T13:30:08Z", "symbols": ["SIM01", "SIM02", "SIM03", "SIM04"], \
            "analytics": { "signals": \(Self.signals), "minimumConfidence": 1 } } }

            """)
        let desk = #"{ "kind": "control", "file": "\#(changes)" }"#
        let parts = ["core.1", "feed", "core.0", "out"]
        let all = try digest(topology("all", processes: "", more: desk), ["main"])
        #expect(try digest(topology("split", processes: Self.split, shards: 2, more: desk), parts) == all)
        let plain = try whole()
        #expect(plain != all && all.contains("signal/sma/SIM01/"))
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq"))
    func `settings changed while many processes run are in the journal, and one process makes the same of it`() throws {
        let port = try FreePort.next()
        let file = try topology(
            "split", processes: Self.split, shards: 2, speed: "3x",
            more: #"{ "kind": "control", "listen": "tcp://127.0.0.1:\#(port)" }"#)
        let fleet = try Fleet(file, ["core.1", "feed", "core.0", "out"], in: folder)
        let script = """
            import sys, zmq
            socket = zmq.Context().socket(zmq.REQ)
            socket.setsockopt(zmq.RCVTIMEO, 20000)
            socket.connect(sys.argv[1])
            socket.send_string(sys.argv[2])
            print(socket.recv_string())
            """
        let answer = try PythonProgram.finish(
            PythonProgram.path, ["-c", script, "tcp://127.0.0.1:\(port)", Self.changed]
        ).output
        #expect(answer == "{\"taken\":1}\n")
        let live = try fleet.digest()
        let journal = #"{ "kind": "journal", "folder": "\#(folder.path("split"))/events/market" }"#
        let text = folder.text("split.json")
        let start = try #require(text.range(of: "\"market\": {")).lowerBound
        let end = try #require(text.range(of: "\"flow\": {")).lowerBound
        let again = try folder.file(
            "again.json",
            text.replacingCharacters(in: start..<end, with: "\"market\": \(journal),\n")
                .replacingOccurrences(of: ", { \"from\": \"desk\", \"to\": \"flow\" }", with: "")
                .replacingOccurrences(of: "\"processes\": { \(Self.split) },", with: "")
                .replacingOccurrences(of: "\"shards\": 2,", with: "")
                .replacingOccurrences(of: folder.path("split") + "\"", with: folder.path("again") + "\"")
                .replacingOccurrences(of: folder.path("split") + "/rows", with: folder.path("again") + "/rows"))
        #expect(try digest(again, ["main"]) == live)
        #expect(try whole() != live)
    }
}
