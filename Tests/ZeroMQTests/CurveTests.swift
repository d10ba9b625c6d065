import Foundation
import TestPrograms
import Testing
import ZeroMQ

@Suite(.serialized) struct `An endpoint with keys` {
    @Test func `who is on the list hears everything, and is counted`() throws {
        let town = try Town(isLocked: true)
        let ann = try KeyPair.make()
        try town.allow("ann", ann.publicKey)
        var good = try town.subscriber(ann)
        let came = try town.send { _ in good.heard > 100 || ((try? good.take()) ?? 0) < 0 }
        #expect(came && good.holes == 0)
        let counts = town.door.counts
        #expect(counts.admitted == 1 && counts.connections == 1 && counts.denied.isEmpty)
    }

    @Test func `a key that nobody listed hears nothing and is counted`() throws {
        let town = try Town(isLocked: true)
        var stranger = try town.subscriber(.make())
        let denied = try town.send { $0.denied(.unknownKey) > 0 }
        _ = try town.send(within: .milliseconds(200)) { _ in false }
        let heard = try stranger.take()
        #expect(denied && heard == 0)
    }

    @Test func `no key, and a wrong key of the server, hear nothing and are counted`() throws {
        let town = try Town(isLocked: true)
        let ann = try KeyPair.make()
        try town.allow("ann", ann.publicKey)
        var plain = try town.subscriber()
        let first = try town.send { $0.handshakesRefused > 0 }
        var misled = try town.subscriber(ann, of: KeyPair.make().publicKey)
        let before = town.handshakesRefused
        let second = try town.send { $0.handshakesRefused > before }
        _ = try town.send(within: .milliseconds(200)) { _ in false }
        let heard = try (plain.take(), misled.take())
        #expect(first && second && heard == (0, 0) && town.door.counts.admitted == 0, "\(town.door.counts)")
    }

    @Test func `a client with keys hears nothing of an endpoint without`() throws {
        let town = try Town(isLocked: false)
        var secure = try town.subscriber(.make())
        let told = try town.send { $0.handshakesRefused > 0 }
        let heard = try secure.take()
        #expect(told && heard == 0, "\(town.door.counts)")
    }

    @Test func `a new name on the list may come, one taken from it must go`() throws {
        let town = try Town(isLocked: true)
        let (ann, bob) = (try KeyPair.make(), try KeyPair.make())
        try town.allow("ann", ann.publicKey)
        var first = try town.subscriber(ann)
        #expect(try town.send { _ in ((try? first.take()) ?? 0) > 0 })
        try town.allow("bob", bob.publicKey)
        var second = try town.subscriber(bob)
        #expect(try town.send { _ in ((try? second.take()) ?? 0) > 0 })
        try town.forbid("ann")
        #expect(try town.send { $0.denied(.revokedKey) > 0 })
        _ = try first.take(within: .milliseconds(300))
        let (before, other) = (first.heard, second.heard)
        _ = try town.send(within: .milliseconds(300)) { _ in false }
        _ = try (first.take(), second.take())
        #expect(first.heard == before && second.heard > other && second.holes == 0)
    }

    @Test(.enabled(if: PythonProgram.hasPackage("zmq"), "needs Python's package pyzmq, see Tests/requirements.txt"))
    func `Python reads our files and hears us`() throws {
        let town = try Town(isLocked: true)
        let ann = try KeyPair.make()
        try KeyFile.write(ann, to: town.folder.appending(path: "ann").path())
        try KeyFile.write(town.server, to: town.folder.deletingLastPathComponent().appending(path: "server").path())
        defer {
            for name in ["server.key", "server.secret"] {
                try? FileManager.default.removeItem(
                    at: town.folder.deletingLastPathComponent().appending(path: name))
            }
        }
        let script = """
            import zmq, zmq.auth
            socket = zmq.Context().socket(zmq.SUB)
            folder = "\(town.folder.path())"
            socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(folder + "/ann.secret")
            socket.curve_serverkey, _ = zmq.auth.load_certificate(folder + "/../server.key")
            socket.connect("\(town.endpoint)")
            socket.subscribe("")
            print(socket.recv_multipart()[0].decode(), flush=True)
            """
        let program = try RunningProgram(PythonProgram.path, ["-c", script])
        #expect(try town.send(within: .seconds(30)) { _ in program.lines == ["news/"] }, "\(program.lines)")
    }
}
