import Foundation
import Synchronization
import TestPrograms
import Testing
import ZeroMQ

/// Peers that mean harm, while one subscriber reads on: it must get every message, in order, and memory stays bounded.
@Suite(.serialized) struct `A hostile peer harms nobody else` {
    /// What a few hostile peers may cost in memory: far less than what they try to take.
    private static let memoryLimit = 96 << 20

    /// Runs `attack` on a thread of its own while messages flow, and goes on until `isOver`.
    private func besiege(
        _ town: Town, bytes: Int = 64, reader: KeyPair? = nil, until isOver: @escaping (Town) -> Bool,
        _ attack: @escaping @Sendable (_ port: UInt16, _ isEnding: @Sendable () -> Bool) -> Void
    ) throws {
        var good = try town.subscriber(reader)
        #expect(try town.send { _ in ((try? good.take()) ?? 0) > 0 }, "the good subscriber hears nothing")
        let before = OwnProcess.residentBytes
        let port = town.port
        let (stop, ended) = (Flag(), Flag())
        Thread.detachNewThread {
            attack(port) { stop.isRaised }
            ended.raise()
        }
        var sent = 0
        let deadline = ContinuousClock.now + .seconds(20)
        while !isOver(town) || sent < 300, ContinuousClock.now < deadline {
            try town.send(bytes: bytes)
            sent += 1
            _ = try good.take()
            usleep(1_000)
        }
        #expect(isOver(town), "\(town.door.counts)")
        stop.raise()
        while !ended.isRaised { usleep(1_000) }
        let grown = OwnProcess.residentBytes - before
        #expect(grown < Self.memoryLimit, "\(grown) bytes more")
        // The last message that was sent comes.
        let deadlineOfLast = ContinuousClock.now + .seconds(5)
        while good.last < town.sent, ContinuousClock.now < deadlineOfLast {
            _ = try good.take(within: .milliseconds(50))
        }
        #expect(good.holes == 0 && good.last == town.sent, "\(good.heard) heard, \(town.door.counts)")
    }

    @Test func `junk instead of a greeting`() throws {
        for isLocked in [false, true] {
            let town = try Town(isLocked: isLocked) { $0.handshakeLimit = .milliseconds(500) }
            let ann = try KeyPair.make()
            try town.allow("ann", ann.publicKey)
            try besiege(town, reader: isLocked ? ann : nil, until: { $0.handshakesRefused > 20 }) { port, isEnding in
                var chance = SeededChance(seed: 72)
                while !isEnding() {
                    guard let peer = RawPeer(port: port) else { continue }
                    let start: [[UInt8]] = [[], [0xFF], RawFrames.greeting("NULL"), RawFrames.greeting("CURVE")]
                    let junk = (0..<chance.below(4_000)).map { _ in UInt8.random(in: 0...255, using: &chance) }
                    peer.send(start[chance.below(4)] + junk)
                    usleep(2_000)
                }
            }
        }
    }

    @Test func `greetings of another protocol's age come in nowhere that has keys`() throws {
        let town = try Town(isLocked: true)
        let ann = try KeyPair.make()
        try town.allow("ann", ann.publicKey)
        // Old protocols have no keys: the first byte of the first, and the second's major number.
        let greetings: [[UInt8]] = [
            [1, 0, 1, 1], [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 2, 0, 0], RawFrames.greeting("NULL", major: 1),
            RawFrames.greeting("NULL", major: 0), RawFrames.greeting("NULL"), RawFrames.greeting("PLAIN"),
        ]
        try besiege(town, reader: ann, until: { _ in true }) { port, _ in
            for greeting in greetings {
                guard let peer = RawPeer(port: port) else { continue }
                peer.send(greeting + RawFrames.ready + RawFrames.subscription([]))
                let heard = peer.receive(4_096)
                #expect(!String(decoding: heard, as: UTF8.self).contains("news/"), "\(greeting)")
            }
        }
    }

    @Test func `hundreds of half-open connections are ended in time, and further ones at once`() throws {
        let town = try Town(isLocked: false) {
            $0.connectionLimit = 50
            $0.handshakeLimit = .seconds(2)
        }
        let descriptors = OwnProcess.descriptors
        try besiege(
            town, until: { $0.denied(.connections) > 50 && $0.denied(.unfinishedHandshake) > 40 }
        ) { port, isEnding in
            let peers = (0..<300).compactMap { _ in RawPeer(port: port) }
            while !isEnding() { usleep(10_000) }
            withExtendedLifetime(peers) {}
        }
        #expect(OwnProcess.descriptors < descriptors + 60)
    }

    @Test func `a key's first word and then silence is ended in time`() throws {
        let town = try Town(isLocked: true) { $0.handshakeLimit = .milliseconds(500) }
        let ann = try KeyPair.make()
        try town.allow("ann", ann.publicKey)
        let hello = try firstWord(of: ann, to: town.server.publicKey)
        try besiege(town, reader: ann, until: { $0.denied(.unfinishedHandshake) >= 50 }) { port, isEnding in
            let peers = (0..<50).compactMap { _ in RawPeer(port: port) }
            for peer in peers { peer.send(hello) }
            // The greeting and the server's word of welcome: it took us for a client with keys.
            #expect(peers.last?.receive(64 + 170).count == 64 + 170)
            while !isEnding() { usleep(10_000) }
        }
    }

    /// What a client sends until it has heard of the server: its greeting and its HELLO, taken by a false server.
    private func firstWord(of keys: KeyPair, to server: PublicKey) throws -> [UInt8] {
        let port = try #require(RawPort())
        let client = try SubscribeSocket(in: Context(), curve: CurveClient(keys: keys, server: server))
        try client.connect(to: "tcp://127.0.0.1:\(port.number)")
        let peer = port.accept()
        peer.send(RawFrames.greeting("CURVE", isServer: true))
        let hello = peer.receive(64 + 202)
        try #require(hello.count == 64 + 202)
        try client.unsubscribe(from: "")
        return hello
    }

    @Test func `a flood of subscriptions is cut off`() throws {
        let town = try Town(isLocked: false)
        try besiege(
            town, until: { $0.denied(.subscriptions) + $0.denied(.inboundBytes) > 0 && $0.denied(.floodedBefore) > 2 }
        ) { port, isEnding in
            var chance = SeededChance(seed: 73)
            let flood = (0..<20_000).flatMap { _ in
                RawFrames.subscription((0..<60).map { _ in UInt8(truncatingIfNeeded: chance.next()) })
            }
            // It stays until it is thrown out, and comes again at once; a test that fails must end too.
            for _ in 0..<500 where !isEnding() {
                guard let peer = RawFrames.subscriber(port: port) else {
                    usleep(10_000)
                    continue
                }
                peer.send(flood)
                _ = peer.isClosed
            }
        }
    }

    /// Each of them stays below what one connection may do.
    @Test func `many short connections pay for each other, and their address is barred until they rest`() throws {
        let town = try Town(isLocked: false) { $0.budgets.longestBarTime = .seconds(2) }
        let began = ContinuousClock.now
        let length = 20
        // More of them than are there at once: each brings prefixes of its own.
        let floods = (0..<30).map { round in
            (0..<2_000).flatMap { index in
                RawFrames.subscription(Array("\(round) \(index)                    ".utf8.prefix(length)))
            }
        }
        try besiege(
            town,
            // How often one comes while it is barred is the machine's: on a busy one not at all.
            until: { $0.denied(.addressBudget) > 0 && ContinuousClock.now - began > .seconds(4) }
        ) { port, isEnding in
            var crowd: [RawPeer] = []
            for round in 0..<2_000 where !isEnding() {
                usleep(10_000)
                guard let peer = RawFrames.subscriber(port: port) else { continue }
                peer.send(floods[round % floods.count])
                // It goes when the next ones have come: what it sent shall arrive.
                crowd.append(peer)
                if crowd.count > 25 { crowd.removeFirst() }
            }
        }
        let budgets = DoorBudgets()
        let allowed =
            Double(budgets.addressBurst) + Double(budgets.addressRate) * ((ContinuousClock.now - began) / .seconds(1))
        // And what was under way when the bar came.
        let limit = Int(allowed) / (length + 16) + 40_000
        #expect(town.worked < limit, "\(town.worked) of \(limit)")
        // The bar is lifted; who comes now is heard.
        var late = try town.subscriber()
        let heard = try town.send(within: .seconds(20)) { _ in ((try? late.take()) ?? 0) > 0 }
        #expect(heard, "\(town.door.counts)")
    }

    @Test func `a modest reader stays while others of its address are barred, also when it asks for more`() throws {
        let town = try Town(isLocked: false) { $0.budgets.addressBurst = 100_000 }
        var good = try town.subscriber()
        #expect(try town.send { _ in ((try? good.take()) ?? 0) > 0 })
        let flood = (0..<2_000).flatMap { RawFrames.subscription(Array("a long prefix of a stranger \($0)".utf8)) }
        var crowd: [RawPeer] = []
        #expect(
            try town.send { town in
                if let peer = RawFrames.subscriber(port: town.port) {
                    peer.send(flood)
                    crowd.append(peer)
                }
                return town.denied(.addressBudget) > 0
            })
        for number in 0..<50 {
            try good.subscribe(to: "more of it \(number)")
            try town.send()
        }
        let before = town.sent
        #expect(try town.send { _ in ((try? good.take()) ?? 0) < 0 || good.last > before + 50 })
        #expect(good.holes == 0, "\(town.door.counts)")
    }

    /// What somebody sent waits for the publisher, and his descriptor is another one's already.
    @Test func `whoever gets the descriptor of one who has gone does not pay for it`() throws {
        let town = try Town(isLocked: false)
        for round in 0..<12 {
            let peer = try #require(RawFrames.subscriber(port: town.port))
            // No more than ZeroMQ takes while nobody asks for it, so that the end of the connection is seen.
            peer.send((0..<250).flatMap { RawFrames.subscription(Array("\(round) \($0)".utf8)) })
            usleep(20_000)
            peer.close()
            let deadline = ContinuousClock.now + .seconds(5)
            while town.door.counts.connections > 0, ContinuousClock.now < deadline { usleep(1_000) }
            #expect(town.door.counts.connections == 0)
        }
        // The system gives the lowest descriptor that is free.
        let next = try #require(RawFrames.subscriber(port: town.port))
        next.send(RawFrames.subscription(Array("news/".utf8)))
        #expect(try town.send { $0.worked == 12 * 250 + 1 }, "\(town.worked) prefixes")
        _ = try town.send(within: .milliseconds(50)) { _ in false }
        #expect(next.receive(500).count == 500 && town.door.counts.denied.isEmpty, "\(town.door.counts)")
    }

    @Test(
        arguments: [
            [1, 0, 4, 0, 1, 97, 98], [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 1, 2, 0, 0, 0, 3, 1, 97, 98],
        ] as [[UInt8]]) func `a peer of an old protocol, whose messages say nothing of it, is refused`(
            greeting: [UInt8]
        ) throws
    {
        let town = try Town(isLocked: false)
        let peer = try #require(RawPeer(port: town.port))
        peer.send(greeting)
        #expect(peer.isClosed)
        _ = try town.send(within: .milliseconds(50)) { _ in false }
        #expect(town.worked == 0)
    }

    @Test func `frames that are too long, and messages to a publisher, end their connection`() throws {
        let town = try Town(isLocked: false)
        try besiege(town, until: { $0.denied(.foreignMessage) > 0 }) { port, _ in
            let huge = RawFrames.subscriber(port: port)
            huge?.send([2] + RawFrames.bigEndian(1 << 40) + [1, 2, 3])
            #expect(huge?.isClosed == true)
            let long = RawFrames.subscriber(port: port)
            long?.send(RawFrames.subscription([UInt8](repeating: 7, count: 2_000)))
            #expect(long?.isClosed == true)
            let chatty = RawFrames.subscriber(port: port)
            chatty?.send(RawFrames.frame(Array("hello".utf8)))
            #expect(chatty?.isClosed == true)
        }
    }

    @Test func `subscribers that never read cost their own queue and no more`() throws {
        let town = try Town(isLocked: false, sendLimit: 2_000)
        try besiege(town, bytes: 32 << 10, until: { $0.door.counts.admitted > 20 && $0.sent > 4_000 }) {
            port, isEnding in
            let peers = (0..<20).compactMap { _ in RawFrames.subscriber(port: port) }
            for peer in peers { peer.send(RawFrames.subscription([])) }
            while !isEnding() { usleep(10_000) }
        }
    }
}

/// Raised once, seen by others.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
