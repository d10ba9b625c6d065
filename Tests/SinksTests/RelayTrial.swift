import Analytics
import Engine
import Foundation
import Graph
import Market
import Memory
import Redis
import Sinks
import Synchronization
import TestPrograms
import TestServers
import Updates
import Wire

/// Updates of every layout that the relay's keys are made from, with fields by chance.
struct RandomUpdates {
    static let prefixes = [
        "trade/", "quote/", "candle/5s/", "candle/1m/", "vwap/", "ladder/", "liquidity/", "sweep/", "unusual/",
        "session/",
    ]
    static let sizeStep: Int64 = 10_000_000

    static let topics = TopicTable(
        prefixes.map { prefix in
            let kind = prefix.prefix { $0 != "/" }
            guard let layout = AnalyticLayouts.all.first(where: { $0.kind == kind }) else {
                preconditionFailure("A test's kind must have a layout: \(kind).")
            }
            return TopicEntry(prefix: prefix, layout: layout)
        })

    let names: [String]
    var chance: SeededChance
    private var numbers: [Int: UInt64] = [:]

    init(names: [String], seed: UInt64) {
        self.names = names
        chance = SeededChance(seed: seed + Campaign.seed)
    }

    func symbol(_ index: UInt32) -> Symbol {
        guard let symbol = Symbol(names[Int(index)]) else { preconditionFailure("A test's symbol must be one.") }
        return symbol
    }

    var origin: UpdateOrigin {
        let names = names
        return UpdateOrigin(node: "flow", topics: RandomUpdates.topics) { index in
            guard let symbol = Symbol(names[Int(index)]) else { preconditionFailure("A test's symbol must be one.") }
            return (symbol, RandomUpdates.sizeStep)
        }
    }

    /// Appends one record; nil for a slot or a symbol by chance.
    mutating func append(slot: Int? = nil, symbol: Int? = nil, to records: inout ByteBuffer) {
        let slot = slot ?? chance.below(RandomUpdates.prefixes.count)
        let symbol = symbol ?? chance.below(names.count)
        let layout = RandomUpdates.topics.entries[slot].layout
        let start = records.count
        records.append(UInt32(0))
        records.append(UInt32(symbol))
        records.append(UInt16(slot))
        records.append(layout.template)
        records.append(UInt32(0))
        numbers[slot << 32 | symbol, default: 0] += 1
        let time = SampleNode.time + Int64(chance.below(1_000_000_000))
        records.append(
            UpdateHead(
                number: numbers[slot << 32 | symbol] ?? 0, start: time, end: time + 1, revision: 0,
                final: chance.below(4) > 0, reason: .none, quality: .whole))
        append(layout.fields, size: layout.size, to: &records)
        for group in layout.groups {
            let count = chance.below(4)
            records.append(UInt16(group.size))
            records.append(UInt16(count))
            for _ in 0..<count { append(group.fields, size: group.size, to: &records) }
        }
        let payload = records.count - start - RecordHead.size
        while records.count % 8 != 0 { records.append(UInt8(0)) }
        records.store(UInt32(records.count - start), at: start)
        records.store(UInt32(payload), at: start + 12)
    }

    private mutating func append(_ fields: [UpdateField], size: Int, to records: inout ByteBuffer) {
        let start = records.count
        for _ in 0..<size { records.append(UInt8(0)) }
        for field in fields {
            let place = start + field.offset
            switch field.type {
            case .price: records.store(chance.below(9) == 0 ? Price.none.billionths : number(), at: place)
            case .quantity, .count: records.store(number(), at: place)
            case .real: records.store(chance.below(9) == 0 ? Double.nan : Double(number()) / 1_024, at: place)
            case .time: records.store(Int64(chance.below(1 << 60)), at: place)
            case .flag: records.store(UInt8(chance.below(2)), at: place)
            case .choice(let names): records.store(UInt8(chance.below(names.count)), at: place)
            case .marks(let names): records.store(UInt32(chance.below(1 << names.count)), at: place)
            }
        }
    }

    private mutating func number() -> Int64 {
        let magnitude = chance.anyMagnitude(bits: 44)
        return chance.below(2) == 0 ? magnitude : -magnitude
    }
}

/// The clock that a relay under test reads, and what it told the operator.
final class RelayWorld: Sendable {
    private let clock = Mutex(SampleNode.time)
    private let lines = Mutex<[String]>([])

    var time: Timestamp { clock.withLock { $0 } }
    var told: [String] { lines.withLock { $0 } }

    func pass(_ nanoseconds: Int64) { clock.withLock { $0 = $0 + nanoseconds } }
    func tell(_ text: String) { lines.withLock { $0.append(text) } }
}

/// A relay, what was fed to it, and what the public endpoint would have sent for the same.
final class RelayTrial {
    static let publisher: UInt64 = 0xABC

    /// A message as a subscriber of ZeroMQ gets it.
    struct Message {
        let topic: Topic
        let payload: String
        let isFinal: Bool

        /// The text of a member, from its colon to the comma or brace behind; of the first of that name.
        func member(_ name: String) -> String? {
            guard let start = payload.range(of: "\"\(name)\":") else { return nil }
            return String(payload[start.upperBound...].prefix { $0 != "," && $0 != "}" })
        }
    }

    let world = RelayWorld()
    var updates: RandomUpdates
    private var publication = Publication(encoding: .json)
    private(set) var messages: [Message] = []

    init(names: [String], seed: UInt64) {
        updates = RandomUpdates(names: names, seed: seed)
        let publisher = publication.addPublisher(RelayTrial.publisher, node: "redis", position: 0)
        _ = publication.add(RandomUpdates.topics, of: publisher, isJournaled: false)
    }

    var time: Timestamp { world.time }

    /// A sink that reads this trial's clock.
    func open(_ url: String, _ settings: String = "") throws -> RedisSink {
        let world = world
        return try RelayTrial.open(url, settings, now: { world.time }, tell: { world.tell($0) })
    }

    static func open(
        _ url: String, _ settings: String = "", now: @escaping @Sendable () -> Timestamp,
        tell: @escaping @Sendable (String) -> Void
    ) throws -> RedisSink {
        let object = SettingsObject(try JSONParser.parse("{ \"url\": \"\(url)\" \(settings) }"), path: .root)
        let (settings, faults) = SettingsReader.read(RedisSettings.self, from: object)
        precondition(faults.isEmpty, "A test's settings must be sound: \(faults).")
        let context = SinkContext(name: "redis", publisher: publisher, now: now, isStopping: { false })
        return try RedisSink(settings, in: context, tell: tell)
    }

    /// Feeds one run of updates; a time passes before.
    func feed(_ sink: RedisSink, count: Int, slot: Int? = nil, symbol: Int? = nil, after pause: Int64 = 1_000_000) {
        world.pass(pause)
        var records = ByteBuffer()
        for _ in 0..<count { updates.append(slot: slot, symbol: symbol, to: &records) }
        records.withBytes { bytes in
            sink.receive(bytes, from: updates.origin)
            note(bytes)
        }
        sink.flush()
    }

    /// A beat after so long.
    func beat(_ sink: RedisSink, after pause: Int64 = Timestamp.second) {
        world.pass(pause)
        sink.beat(time)
    }

    private func note(_ records: RawSpan) {
        var finals: [Bool] = []
        RecordReader.forEach(in: records) { finals.append(RecordReader.updateHead(of: $1).isFinal) }
        let updates = updates
        publication.publish(records, from: 0, at: time) { index in
            PublishedSymbol(subject: .symbol(updates.symbol(index)), sizeStep: RandomUpdates.sizeStep)
        } send: { (name, payload) in
            guard let topic = try? Topic(String(decoding: name.array, as: UTF8.self)) else {
                preconditionFailure("A publication's topic must be one.")
            }
            let text = String(decoding: payload.array, as: UTF8.self)
            messages.append(Message(topic: topic, payload: text, isFinal: text.contains("\"final\":true")))
        }
        precondition(finals.count <= messages.count, "Every update must have its message.")
    }

    func messages(_ prefix: String, of symbol: String) -> [Message] {
        messages.filter { $0.topic.prefix == prefix && $0.topic.subject == symbol }
    }

    /// What a key must hold, worked out from the public endpoint's messages alone; nil for a key that is not there.
    /// - Parameter time: When the symbol's last message was published.
    func expected(_ name: String, of symbol: String) -> [String]? {
        func last(_ prefix: String) -> [String]? { messages(prefix, of: symbol).last.map { [$0.payload] } }
        switch name {
        case "book": return last("ladder/")
        case "last": return last("trade/")
        case "sweep": return last("sweep/")
        case "unusual_volume": return last("unusual/")
        case "spread": return messages("liquidity/", of: symbol).last?.member("spread").map { [$0] }
        case "imbalance": return messages("liquidity/", of: symbol).last?.member("rho").map { [$0] }
        case "trades": return list("trade/", of: symbol, limit: 1_000)
        case "bars": return list("candle/5s/", of: symbol, limit: 100)
        case "ticker": return ticker(of: symbol)
        case "timestamp":
            let message = messages.last { $0.topic.subject == symbol }
            let text = message?.member("publishTime").map { String($0.dropFirst().dropLast()) }
            return text.flatMap { Timestamp(text: $0) }.map { ["\($0.nanoseconds / 1_000_000)"] }
        default: return nil
        }
    }

    private func list(_ prefix: String, of symbol: String, limit: Int) -> [String]? {
        let finals = messages(prefix, of: symbol).filter(\.isFinal)
        return finals.isEmpty ? nil : finals.suffix(limit).reversed().map(\.payload)
    }

    private func ticker(of symbol: String) -> [String]? {
        let touch = messages.last {
            $0.topic.subject == symbol && ["quote/", "liquidity/"].contains($0.topic.prefix)
        }
        let mean = messages("vwap/", of: symbol).last
        guard touch != nil || mean != nil else { return nil }
        let texts = [
            ("bid", touch?.member("bid")), ("ask", touch?.member("ask")), ("volume", mean?.member("volume")),
            ("vwap", mean?.member("vwap")),
        ]
        return ["{" + texts.map { "\"\($0.0)\":\($0.1 ?? "null")" }.joined(separator: ",") + "}"]
    }
}
