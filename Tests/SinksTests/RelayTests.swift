import Analytics
import Engine
import Foundation
import Graph
import Market
import Memory
import Redis
import Sinks
import TestPrograms
import TestServers
import Testing
import Updates
import Wire

@Suite(.serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct `The relay to Redis` {
    private static let names = ["BTC/USD", "IBM", "a \"b\"", "ü:€", "*[x]?"]

    /// What is in the keys of some symbols: their values, and the milliseconds that they have left.
    private static func keys(
        _ names: [String], on server: RedisServer
    ) throws -> [String: (value: [String]?, life: Int64)] {
        var connection = try RedisConnection.open(try RedisAddress(server.url))
        let keys = names.flatMap { name in RelayKey.all.map { ($0, $0.key(of: name)) } }
        var commands = RedisCommands()
        for (plan, key) in keys {
            if case .messages = plan.form {
                commands.append("LRANGE", key, "0", "-1")
            } else {
                commands.append("GET", key)
            }
            commands.append("PTTL", key)
        }
        try connection.send(commands)
        var replies: [RedisReply] = []
        try connection.receive(commands.count) { replies.append($0) }
        var found: [String: (value: [String]?, life: Int64)] = [:]
        for (index, (_, key)) in keys.enumerated() {
            var value = replies[2 * index].text.map { [$0] }
            if case .array(let elements) = replies[2 * index] {
                value = elements.isEmpty ? nil : elements.compactMap(\.text)
            }
            guard case .integer(let life) = replies[2 * index + 1] else { continue }
            found[key] = (value, life)
        }
        return found
    }

    /// How many keys are not as they must be, and the first of them. A slow machine may look after a key has expired:
    /// such keys are told apart.
    private static func faults(
        _ trial: RelayTrial, on server: RedisServer
    ) throws -> (wrong: [String], expired: Int) {
        let found = try keys(trial.updates.names, on: server)
        var wrong: [String] = []
        var expired = 0
        for name in trial.updates.names {
            for key in RelayKey.all {
                let expected = trial.expected(key.name, of: name)
                let (value, life) = found[key.key(of: name)] ?? (nil, -2)
                if expected != nil, value == nil {
                    expired += 1
                } else if value != expected {
                    wrong.append("\(key.key(of: name)): \(value ?? []) is not \(expected ?? [])")
                } else if expected != nil {
                    let longest = Int64(key.timeToLive.components.seconds) * 1_000
                    if life <= 0 || life > longest { wrong.append("\(key.key(of: name)) lives \(life) ms") }
                }
            }
        }
        return (wrong, expired)
    }

    @Test func `each key holds what the updates say, and expires`() throws {
        let server = try RedisServer()
        for round in 0..<Campaign.rounds(3, each: 3) {
            // Again where the machine slept longer than a key lives.
            for attempt in 0..<50 {
                try server.ask("FLUSHALL")
                let trial = RelayTrial(names: Self.names, seed: UInt64(round * 100 + attempt))
                let sink = try trial.open(server.url, ", \"depth\": \([1, 7, 512][round % 3])")
                for _ in 0..<5 { trial.feed(sink, count: 400) }
                // More trades and bars than their lists hold, all at once.
                trial.feed(sink, count: 1_500, slot: 0, symbol: 0)
                trial.feed(sink, count: 300, slot: 2, symbol: 1)
                trial.feed(sink, count: 300)
                trial.beat(sink)
                let (wrong, expired) = try Self.faults(trial, on: server)
                #expect(wrong.isEmpty, "\(wrong.count) keys, the first: \(wrong.first ?? "")")
                let counts = sink.counts
                #expect(counts.refused == 0 && counts.dropped == 0 && counts.droppedEntries == 0)
                #expect(counts.updates == 4_100 && counts.position == 4_100)
                if expired == 0 { break }
                #expect(attempt < 49, "\(expired) keys are never there")
            }
        }
    }

    @Test func `channels carry the bytes that ZeroMQ carries`() throws {
        let server = try RedisServer()
        let subscriber = try server.subscribe("*")
        let trial = RelayTrial(names: Self.names, seed: 4)
        let sink = try trial.open(server.url, ", \"keys\": false")
        for _ in 0..<4 { trial.feed(sink, count: 250) }
        trial.beat(sink)
        // Three lines of the subscription itself, four a message, and the heartbeat.
        let lines = subscriber.lines(3 + 4 * 1_001, within: .seconds(30))
        #expect(lines.count == 3 + 4 * 1_001)
        for (index, message) in trial.messages.enumerated() where lines.count > 6 + 4 * index {
            #expect(lines[5 + 4 * index] == message.topic.text)
            #expect(lines[6 + 4 * index] == message.payload)
        }
        #expect(lines.suffix(2).first == "heartbeat/redis/")
        let heartbeat = try #require(lines.last)
        let decoding = JSONDecoding(Heartbeat.layout)
        let decoded = try decoding.decode(Array(heartbeat.utf8), sizeStep: 1)
        #expect(decoded.subject == .node("redis") && decoded.position == 1_000)
        #expect(try server.ask("DBSIZE") == "0")
    }

    @Test func `a prefix stands before channels and streams, and streams keep what they are told`() throws {
        let server = try RedisServer()
        let subscriber = try server.subscribe("desk:*")
        let trial = RelayTrial(names: ["a:b"], seed: 5)
        let sink = try trial.open(server.url, ", \"keys\": false, \"streams\": 100, \"prefix\": \"desk:\"")
        trial.feed(sink, count: 3_000, slot: 1)
        trial.beat(sink)
        #expect(subscriber.lines(7, within: .seconds(30)).dropFirst(5).first == "desk:quote/a%3Ab/")
        let length = try #require(Int(try server.ask("XLEN", "stream:desk:quote/a%3Ab/")))
        // The server cuts whole nodes, of a hundred entries unless it is told otherwise.
        #expect(length >= 100 && length <= 300)
        let newest = try server.ask("XREVRANGE", "stream:desk:quote/a%3Ab/", "+", "-", "COUNT", "1")
        #expect(newest.split(separator: "\n").dropFirst() == ["message", Substring(trial.messages[2_999].payload)])
    }

    @Test func `heartbeat, metrics and errors stand under the node's name`() throws {
        let server = try RedisServer()
        let trial = RelayTrial(names: ["IBM"], seed: 6)
        let sink = try trial.open(server.url, ", \"node\": \"desk 1\", \"channels\": false")
        trial.feed(sink, count: 100)
        trial.beat(sink)
        trial.beat(sink)
        let keys = RelayNodeKeys(node: "desk 1")
        #expect(keys.heartbeat == "module:heartbeat:desk%201" && keys.errors == "monitoring:desk%201:errors")
        #expect(try server.ask("GET", keys.heartbeat).contains("\"node\":\"desk 1\",\"number\":2,"))
        let metrics = try server.ask("GET", keys.metrics)
        #expect(metrics.hasPrefix(#"{"position":100,"updates":100,"malformed":0,"#))
        let life = try #require(Int(try server.ask("PTTL", keys.metrics)))
        #expect(life > 0 && life <= 10_000)
        #expect(try server.ask("EXISTS", keys.errors) == "0")
    }
}

@Suite struct `The relay's keys` {
    @Test func `every source has the fields that its key takes`() throws {
        for key in RelayKey.all {
            for source in key.sources {
                let kind = source.prefix { $0 != "/" }
                let layout = try #require(AnalyticLayouts.all.first { $0.kind == kind }, "\(source)")
                let names = Set(layout.fields.map(\.name))
                switch key.form {
                case .field(let name): #expect(names.contains(name), "\(key.name)")
                case .fields(let fields): #expect(!names.isDisjoint(with: fields), "\(key.name) from \(source)")
                case .message, .messages, .time: break
                }
            }
        }
    }

    @Test func `two symbols never share a key, whatever they are called`() {
        var chance = SeededChance(seed: 9 + Campaign.seed)
        let letters = ["a", ":", "%", "3", "A", " ", "\"", "ü", "book", "trades", "*", "/", "market"]
        var names: Set<String> = []
        for _ in 0..<20_000 {
            names.insert((0...chance.below(5)).map { _ in letters[chance.below(letters.count)] }.joined())
        }
        var keys: Set<String> = []
        for name in names { for key in RelayKey.all { keys.insert(key.key(of: name)) } }
        #expect(keys.count == names.count * RelayKey.all.count)
        #expect(keys.allSatisfy { $0.split(separator: ":", omittingEmptySubsequences: false).count == 3 })
    }

    @Test func `the document says what the table says`() throws {
        let text = try String(contentsOf: PythonProgram.root.appending(path: "docs/redis.md"), encoding: .utf8)
        #expect(text.contains(RelayDocument.table), "docs/redis.md needs this table:\n\(RelayDocument.table)")
        let counts = RelayCounts().json
        for match in counts.matches(of: /"(\w+)":/) { #expect(text.contains("`\(match.1)`"), "\(match.1)") }
    }

    @Test func `faulty settings are refused without showing the password`() throws {
        let bad = [
            #"{ "url": "rediss://:hunter2@localhost" }"#, #"{ "url": "redis://:hunter2@localhost:x" }"#,
            #"{ "channels": false, "keys": false }"#,
        ]
        for text in bad {
            let object = SettingsObject(try JSONParser.parse(text), path: .root)
            let faults = SettingsReader.read(RedisSettings.self, from: object).faults
            #expect(faults.count == 1)
            #expect(!"\(faults)".contains("hunter2"))
        }
        let object = SettingsObject(try JSONParser.parse(#"{ "kind": "x", "depht": 4 }"#), path: .root)
        #expect(SettingsReader.read(RedisSettings.self, from: object).faults.count == 2)
    }
}
