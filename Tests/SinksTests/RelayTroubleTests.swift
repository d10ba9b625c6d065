import Engine
import Foundation
import Market
import Redis
import Sinks
import TestPrograms
import TestServers
import Testing

@Suite(.serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct `The relay in trouble` {
    private static let tenth = Timestamp.second / 10

    /// The newest value of the longest-lived keys, which no slow machine lets expire.
    private static func expectNewest(_ trial: RelayTrial, on server: RedisServer) throws {
        for name in trial.updates.names {
            for key in RelayKey.all where ["last", "timestamp"].contains(key.name) {
                let found = try server.ask("GET", key.key(of: name))
                #expect(found == trial.expected(key.name, of: name)?.first ?? "", "\(key.key(of: name))")
            }
        }
    }

    @Test func `a server that is away costs messages, which are counted, and no newest value`() throws {
        let server = try RedisServer()
        let trial = RelayTrial(names: ["IBM", "F", "T"], seed: 11)
        let sink = try trial.open(server.url)
        trial.feed(sink, count: 1_000)
        trial.beat(sink)
        let before = sink.counts
        #expect(before.offered == 1_001 && before.published == 1_001)
        server.kill()
        for _ in 0..<20 {
            trial.feed(sink, count: 100)
            trial.beat(sink, after: Self.tenth)
        }
        let away = sink.counts
        #expect(away.losses == 1 && away.reconnects == 0 && away.dropped == 2_000 && away.published == 1_001)
        try server.start()
        // The longest pause between two attempts is five seconds.
        for _ in 0..<51 { trial.beat(sink, after: Self.tenth) }
        let back = sink.counts
        #expect(back.losses == 1 && back.reconnects == 1)
        try Self.expectNewest(trial, on: server)
        trial.feed(sink, count: 500)
        trial.beat(sink)
        let end = sink.counts
        #expect(end.published + end.dropped == end.offered && end.dropped == 2_000)
        try Self.expectNewest(trial, on: server)
        let errors = try server.ask("LRANGE", "monitoring:redis:errors", "0", "-1").split(separator: "\n")
        #expect(errors.count == 2 && errors[0].contains("CONNECTED") && errors[1].contains("LOST"))
        let told = trial.world.told
        #expect(told.count == 2 && told[0].contains("keeping the newest values") && told[1].contains("connected again"))
    }

    @Test func `whenever the server dies, every message is counted once and every key ends right`() throws {
        let server = try RedisServer()
        for round in 0..<Campaign.rounds(4, each: 4) {
            try server.ask("FLUSHALL")
            let trial = RelayTrial(names: ["IBM", "F"], seed: UInt64(20 + round))
            let sink = try trial.open(server.url, ", \"depth\": \([1, 16, 100, 512][round % 4])")
            for _ in 0..<4 {
                for _ in 0...trial.updates.chance.below(5) {
                    trial.feed(sink, count: 1 + trial.updates.chance.below(300))
                }
                if trial.updates.chance.below(2) == 0 { server.kill() } else { server.stop() }
                for _ in 0...trial.updates.chance.below(3) {
                    trial.feed(sink, count: 1 + trial.updates.chance.below(300))
                }
                try server.start()
                for _ in 0..<2 { trial.beat(sink, after: 6 * Timestamp.second) }
            }
            sink.close()
            let counts = sink.counts
            #expect(counts.offered == counts.published + counts.dropped && counts.updates == trial.messages.count)
            #expect(counts.losses == counts.reconnects && counts.losses > 0)
            try Self.expectNewest(trial, on: server)
        }
    }

    @Test func `a full server is counted and told, and the relay goes on`() throws {
        let server = try RedisServer()
        let trial = RelayTrial(names: ["IBM", "F"], seed: 31)
        let sink = try trial.open(server.url)
        try server.ask("CONFIG", "SET", "maxmemory", "1")
        for _ in 0..<3 {
            trial.feed(sink, count: 200)
            trial.beat(sink)
        }
        let full = sink.counts
        #expect(full.refused > 0 && full.losses == 0)
        // Publishing takes no memory that stays.
        #expect(full.published == full.offered && full.dropped == 0)
        let told = trial.world.told
        #expect(told.count == 1 && told[0].contains("OOM"))
        try server.ask("CONFIG", "SET", "maxmemory", "0")
        trial.feed(sink, count: 200)
        trial.beat(sink)
        trial.beat(sink)
        #expect(sink.counts.refused == full.refused)
        try Self.expectNewest(trial, on: server)
        #expect(try server.ask("LRANGE", "monitoring:redis:errors", "0", "-1").contains(#""code":"OOM""#))
    }

    @Test func `what a full buffer drops is counted, and the newest entries stay`() throws {
        let server = try RedisServer()
        let trial = RelayTrial(names: ["IBM"], seed: 32)
        let sink = try trial.open(server.url, ", \"bufferLimit\": 65536")
        server.kill()
        for _ in 0..<10 { trial.feed(sink, count: 100, slot: 0) }
        let dropped = sink.counts.droppedEntries
        #expect(dropped > 0 && dropped < 1_000)
        try server.start()
        trial.beat(sink, after: 6 * Timestamp.second)
        let waiting = sink.counts
        #expect(waiting.droppedEntries == dropped && waiting.reconnects == 1)
        try Self.expectNewest(trial, on: server)
    }

    @Test func `a server that stands still costs the relay no more than its limit`() throws {
        let server = try RedisServer()
        let trial = RelayTrial(names: ["IBM"], seed: 33)
        let sink = try trial.open(server.url, ", \"silence\": \"50ms\"")
        server.freeze()
        for _ in 0..<5 {
            trial.feed(sink, count: 100)
            trial.beat(sink, after: 6 * Timestamp.second)
        }
        let frozen = sink.counts
        #expect(frozen.losses == 1 && frozen.dropped > 0 && frozen.reconnects == 0)
        server.thaw()
        trial.beat(sink, after: 6 * Timestamp.second)
        trial.beat(sink)
        #expect(sink.counts.reconnects == 1)
        try Self.expectNewest(trial, on: server)
    }

    @Test func `a wrong password and a server that is none end the opening with the reason`() throws {
        let trial = RelayTrial(names: ["IBM"], seed: 34)
        let server = try RedisServer(password: "hunter2")
        let address = "redis://127.0.0.1:\(server.port)/0"
        #expect(throws: RedisError.wrongPassword(address: address)) {
            _ = try trial.open("redis://:swordfish@127.0.0.1:\(server.port)/0")
        }
        #expect(throws: RedisError.passwordMissing(address: address)) { _ = try trial.open(address) }
        let other = try ScriptedServer(["HTTP/1.1 400 Bad Request\r\n\r\n"])
        let place = "redis://127.0.0.1:\(other.port)/0"
        do {
            _ = try trial.open(place)
            Issue.record("a web server passed for Redis")
        } catch let error as RedisError {
            guard case .notRedis(place, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(trial.world.told.isEmpty)
    }

    @Test func `a server that loads is waited for, one that is away only so long`() throws {
        let now: @Sendable () -> Timestamp = {
            Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1_000_000_000))
        }
        let loading = "-LOADING Redis is loading the dataset in memory\r\n"
        let slow = try ScriptedServer([loading, loading, "+PONG\r\n"])
        let sink = try RelayTrial.open("redis://127.0.0.1:\(slow.port)/0", now: now, tell: { _ in })
        #expect(sink.counts == RelayCounts())
        #expect(throws: RedisError.self) {
            _ = try RelayTrial.open("redis://127.0.0.1:1/0", ", \"patience\": \"200ms\"", now: now, tell: { _ in })
        }
    }
}
