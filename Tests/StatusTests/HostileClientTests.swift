import Glibc
import TestPrograms
import Testing

@testable import WebServer

/// Whoever asks badly harms nobody: the server answers others all the same, and lets go of him.
@Suite struct `Hostile clients` {
    /// All of them want to be closed by the server; the wait for that is the test's own.
    @Test func `a silent connection, half a request and a drip of bytes are closed`() throws {
        let server = try Serving(connections: 8)
        var silent = try server.connect()
        var half = try server.connect()
        var drip = try server.connect()
        try half.send(Array("GET / HTTP/1.1\r\nHost: a\r\nX-Ha".utf8))
        try drip.send(Array("GET / HTTP/1.1\r\nX: ".utf8))
        var bytes = 0
        // Each byte is a sign of life, and yet the request never ends.
        while bytes < 100, (try? drip.send([UInt8(ascii: "a")])) != nil {
            bytes += 1
            usleep(100_000)
            if bytes % 5 == 0 { #expect(try server.get().status == 200) }
        }
        #expect(bytes < 100)
        #expect(Serving.rest(of: &silent).isEmpty)
        _ = Serving.rest(of: &half)
        #expect(try server.get() == (200, "here\n"))
    }

    @Test func `more connections than the limit keep nobody out`() throws {
        let server = try Serving(connections: 8, patience: .seconds(60))
        for _ in 0..<5 {
            var crowd = Crowd()
            for _ in 0..<60 { crowd.add(try server.connect()) }
            #expect(try server.get() == (200, "here\n"))
            #expect(crowd.count == 60)
        }
        #expect(try server.get("/x").status == 404)
    }

    @Test func `thousands of connections keep nobody out and leave nothing behind`() throws {
        let server = try Serving(connections: 8, patience: .seconds(60))
        #expect(try server.get().status == 200)
        let before = Serving.descriptors
        for round in 0..<3_000 {
            var socket = try server.connect()
            // Some of them have said something.
            if round % 2 == 1 { try? socket.send(Array("GET / HTTP/1.1\r\n".utf8)) }
            if round % 100 == 0 { #expect(try server.get() == (200, "here\n"), "round \(round)") }
        }
        #expect(try server.get() == (200, "here\n"))
        #expect(Serving.descriptors < before + 32)
    }

    /// What he does not take is not kept for him.
    @Test func `requests without end from one who reads nothing cost bounded memory`() throws {
        let server = try Serving(connections: 8, patience: .seconds(2))
        let requests = Array(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 10_000).utf8)
        let before = Serving.residentBytes
        for _ in 0..<3 {
            var flood = try server.connect(patience: .milliseconds(200))
            var sent = 0
            while sent < 100, (try? flood.send(requests)) != nil { sent += 1 }
            #expect(try server.get() == (200, "here\n"))
        }
        let grown = Serving.residentBytes - before
        #expect(grown < 64 << 20, "\(grown) bytes")
    }

    @Test func `junk behind a request is no request, and the answer before it comes`() throws {
        let server = try Serving(connections: 8)
        for junk in ["\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\n", String(repeating: "x", count: 100_000)] {
            let text = try server.converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + junk)
            #expect(text.isEmpty || text.components(of: "here\n") == 1, "\(text.prefix(500))")
            #expect(try server.get() == (200, "here\n"))
        }
    }

    @Test func `a reader who does not read is closed`() throws {
        let server = try Serving(connections: 8)
        var deaf = try server.connect()
        try deaf.send(Array("GET /big HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        for _ in 0..<30 {
            usleep(100_000)
            #expect(try server.get().status == 200)
        }
        #expect(Serving.rest(of: &deaf).utf8.count < Serving.bigBody.count)
    }

    /// Each piece is a sign of life, and yet the answer would be held for minutes.
    @Test func `a reader who sips is closed`() throws {
        let server = try Serving(connections: 8)
        var sipping = try server.connect()
        try sipping.send(Array("GET /big HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        var bytes = 0
        for _ in 0..<40 {
            usleep(100_000)
            bytes += (try? sipping.receive().count) ?? 0
        }
        #expect(bytes + Serving.rest(of: &sipping).utf8.count < Serving.bigBody.count)
    }

    @Test func `headers without an end are refused`() throws {
        let server = try Serving(connections: 8)
        let long = String(repeating: "a", count: 1 << 20)
        for text in [
            "GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: \(long)\r\n\r\n",
            "GET / HTTP/1.1\r\nX-\(long): b\r\n\r\n", String(repeating: "GET / HTTP/1.1\r\nA: b\r\n", count: 50_000),
        ] {
            let answer = try server.converse(text)
            #expect(answer.utf8.count < 100_000)
            #expect(try server.get() == (200, "here\n"))
        }
    }

    @Test func `junk harms nobody`() throws {
        let server = try Serving(connections: 8)
        var chance = SeededChance(seed: 9 &+ Campaign.seed)
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        for round in 0..<(200 * Campaign.factor) {
            var bytes = request
            switch round % 3 {
            case 0: bytes = (0..<(1 + chance.below(2_000))).map { _ in UInt8(chance.below(256)) }
            case 1: for _ in 0..<(1 + chance.below(4)) { bytes[chance.below(bytes.count)] = UInt8(chance.below(256)) }
            case _: bytes.removeLast(chance.below(bytes.count))
            }
            var socket = try server.connect()
            try? socket.send(bytes)
            if round % 10 == 0 { #expect(try server.get() == (200, "here\n"), "round \(round)") }
        }
        #expect(try server.get() == (200, "here\n"))
    }
}

/// Open connections that only stay open.
private struct Crowd: ~Copyable {
    private final class Member {
        private let socket: PlainSocket
        init(_ socket: consuming PlainSocket) { self.socket = socket }
    }

    private var members: [Member] = []
    var count: Int { members.count }

    mutating func add(_ socket: consuming PlainSocket) { members.append(Member(socket)) }
}
