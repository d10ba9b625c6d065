import Foundation
import TestPrograms
import Testing

/// Keys from the command line to the socket.
@Suite struct `Endpoints with keys` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func keys(_ arguments: String...) throws -> BuiltProgram.Outcome {
        try BuiltProgram.run(["keys"] + arguments)
    }

    /// Makes the keys of a server and of two clients, of which one is listed.
    private func makeKeys() throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "clients"), withIntermediateDirectories: false)
        for name in ["server", "clients/ann", "stranger"] {
            let made = try keys("new", folder.path(name))
            try #require(made.status == 0, "\(made.errors)")
        }
    }

    @Test func `keys are made, shown, listed and never overwritten`() throws {
        try makeKeys()
        let shown = try keys("show", folder.path("server.secret"))
        let open = try keys("show", folder.path("server.key"))
        #expect(shown.status == 0 && shown.output.count == 41 && shown.output == open.output)
        let secret = try #require(folder.text("server.secret").split(separator: "\"").dropFirst(3).first)
        let again = try keys("new", folder.path("server"))
        #expect(again.status == 1 && again.errors.contains("is there already"))
        let listed = try keys("list", folder.path("clients"))
        let ann = try keys("show", folder.path("clients/ann.key")).output.dropLast()
        #expect(listed.status == 0 && listed.output == "\(ann) ann\n")
        _ = try folder.file("clients/torn.key", "nothing\n")
        let torn = try keys("list", folder.path("clients"))
        #expect(
            torn.status == 1 && torn.errors.contains("torn.key holds no public key") && torn.output == "\(ann) ann\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path("server.secret"))
        let loose = try keys("show", folder.path("server.secret"))
        #expect(loose.status == 1 && loose.errors.contains("others may read it (mode 644)"), "\(loose.errors)")
        for outcome in [shown, open, again, listed, loose] {
            #expect(!(outcome.output + outcome.errors).contains(secret))
        }
    }

    @Test(arguments: [
        (#""bind": "tcp://0.0.0.0:5556""#, "can be reached from other machines"),
        (#""bind": "tcp://127.example.org:5556""#, "can be reached from other machines"),
        (#""bind": "tcp://*:5556", "curve": { "secret": "s" }"#, "the field is missing"),
        (
            #""bind": "tcp://*:5556", "curve": { "secret": "s", "clients": "c", "clinets": "c" }"#,
            "no field of this name"
        ),
        (#""bind": "tcp://*:5556", "open": true, "curve": { "secret": "s", "clients": "c" }"#, "has keys and is open"),
        (#""bind": "tcp://*:5556", "open": true"#, nil),
        (#""bind": "tcp://*:5556", "curve": { "secret": "s", "clients": "c" }"#, nil),
        (#""bind": "tcp://127.0.0.1:5556""#, nil),
    ])
    func `an address beyond this machine wants keys or the word open`(_ fields: String, _ fault: String?) throws {
        let outcome = try BuiltProgram.run([
            "check", folder.file("t.json", topology("{ \"kind\": \"publish\", \(fields) }")),
        ])
        #expect(outcome.status == (fault == nil ? 0 : 2), "\(outcome.errors)\(outcome.output)")
        if let fault {
            #expect((outcome.output + outcome.errors).contains(fault), "\(outcome.output)\(outcome.errors)")
        }
    }

    @Test func `who is listed hears, who is not is told of`() throws {
        try makeKeys()
        let port = try FreePort.next()
        let run = try BuiltProgram.Running(["run", folder.file("t.json", topology(publisher(port)))])
        let server = ["--server", folder.path("server.key")]
        let endpoint = "tcp://127.0.0.1:\(port)"
        let ann = try BuiltProgram.run(
            ["tap", endpoint, "--secret", folder.path("clients/ann.secret"), "--count", "5", "--for", "30s"] + server)
        #expect(ann.status == 0 && ann.output.split(separator: "\n").count == 5, "\(ann.errors) \(run.errors)")
        let stranger = try BuiltProgram.run(
            ["tap", endpoint, "--secret", folder.path("stranger.secret"), "--for", "5500ms"] + server)
        let plain = try BuiltProgram.run(["tap", endpoint, "--for", "5500ms"])
        #expect(stranger.output.isEmpty && stranger.errors.contains("is yours on its list?"), "\(stranger.errors)")
        #expect(plain.output.isEmpty && plain.errors.contains("and without keys?"), "\(plain.errors)")
        run.signal(SIGTERM)
        let outcome = run.finish(within: .seconds(20))
        #expect(outcome.status == 0 && outcome.errors.contains("public: turned away: "), "\(outcome.errors)")
        #expect(outcome.errors.contains("1 for an unknown key"), "\(outcome.errors)")
    }

    @Test func `a key that cannot be used ends the run before its first event, by name`() throws {
        try makeKeys()
        let text = topology(publisher(try FreePort.next()))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.path("server.secret"))
        let loose = try BuiltProgram.run(["run", folder.file("t.json", text), "--for", "5s"])
        #expect(loose.status == 1 && loose.errors.contains("server.secret is secret"), "\(loose.errors)")
        try FileManager.default.removeItem(atPath: folder.path("server.secret"))
        let missing = try BuiltProgram.run(["run", folder.file("t.json", text), "--for", "5s"])
        #expect(missing.status == 1 && missing.errors.contains("server.secret cannot be read"), "\(missing.errors)")
        let half = try BuiltProgram.run(["tap", "tcp://127.0.0.1:5556", "--secret", "x"])
        #expect(half.status == 2 && half.errors.contains("--secret wants --server"))
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq"))
    func `a control endpoint answers listed keys alone`() throws {
        try makeKeys()
        let port = try FreePort.next()
        let desk = """
            { "kind": "control", "listen": "tcp://127.0.0.1:\(port)", \(curve) }
            """
        let text = topology(
            #"{ "kind": "console" }"#, more: "\"desk\": \(desk),", edges: #", { "from": "desk", "to": "flow" }"#)
        let run = try BuiltProgram.Running(["run", folder.file("t.json", text)])
        #expect(run.wait(until: .seconds(20)) { _ in TakenPort.isTaken(port) }, "\(run.errors)")
        let script = """
            import sys, zmq, zmq.auth
            for name in sys.argv[2:]:
                socket = zmq.Context().socket(zmq.REQ)
                socket.setsockopt(zmq.RCVTIMEO, 10000 if name == "clients/ann" else 1000)
                socket.setsockopt(zmq.LINGER, 0)
                folder = sys.argv[1]
                if name != "nobody":
                    pair = zmq.auth.load_certificate(f"{folder}/{name}.secret")
                    socket.curve_publickey, socket.curve_secretkey = pair
                    socket.curve_serverkey = zmq.auth.load_certificate(f"{folder}/server.key")[0]
                socket.connect("tcp://127.0.0.1:\(port)")
                socket.send_string("nonsense")
                try: print(name, socket.recv_string()[:8], flush=True)
                except zmq.Again: print(name, "silence", flush=True)
                socket.close()
            """
        let answers = try PythonProgram.finish(
            PythonProgram.path, ["-c", script, folder.url.path(), "nobody", "stranger", "clients/ann"]
        ).output
        #expect(answers == "nobody silence\nstranger silence\nclients/ann {\"error\"\n")
        run.signal(SIGTERM)
        #expect(run.finish(within: .seconds(20)).status == 0)
    }

    // MARK: Topologies

    private var curve: String {
        #""curve": { "secret": "\#(folder.path("server.secret"))", "clients": "\#(folder.path("clients"))" }"#
    }

    private func publisher(_ port: Int) -> String {
        #"{ "kind": "publish", "bind": "tcp://127.0.0.1:\#(port)", \#(curve) }"#
    }

    private func topology(_ sink: String, more: String = "", edges: String = "") -> String {
        """
        {
          "millrace": 1,
          "nodes": {
            "market": { "kind": "simulated", "symbols": 2, "rate": 500, "seed": 1 }, \(more)
            "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s"] }, "vwap": {} } },
            "public": \(sink)
          },
          "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public" } \(edges) ]
        }
        """
    }
}
