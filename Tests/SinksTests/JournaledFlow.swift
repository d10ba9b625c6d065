import Analytics
import Engine
import Foundation
import Graph
import Journal
import Market
import Memory
import Sinks
import TestPrograms
import Updates
import ZeroMQ

/// A symbols node with a journal, as a publishing node sees it: what it publishes lies in the journal first.
final class JournaledFlow {
    static let names = ["BTC/USD", "IBM", "ZN"]
    static let topics = TopicTable([
        TopicEntry(prefix: "cvd/", layout: CumulativeDeltaUpdate.layout),
        TopicEntry(prefix: "cvd/late/", layout: CumulativeDeltaUpdate.layout),
    ])
    static let sizeStep: Int64 = 10_000_000

    let folder: String
    let origin: UpdateOrigin
    private var writer: JournalWriter
    private var chance: SeededChance
    private(set) var numbers: [String: UInt64] = [:]

    /// - Parameter segment: bytes of a segment of the journal.
    init(in folder: String, seed: UInt64, segment: Int = 1 << 20) throws {
        self.folder = folder
        chance = SeededChance(seed: seed)
        writer = try JournalWriter(
            opening: folder, content: .updates,
            settings: JournalSettings(segmentLimit: segment, sync: .never, keepBytes: 0), newId: 0xFEED_0001)
        try writer.define(
            JournaledFlow.topics.entries.enumerated().map { index, entry in
                TopicDefinition(
                    prefix: entry.prefix, template: entry.layout.template, layoutSize: UInt16(entry.layout.size)
                ).definition(of: UInt32(index))
            })
        try writer.define(
            JournaledFlow.names.enumerated().map { index, name in
                SymbolDefinition(name: name, sizeStep: JournaledFlow.sizeStep, tick: 0).definition(of: UInt32(index))
            })
        let id = writer.id
        origin = UpdateOrigin(
            node: "flow", topics: JournaledFlow.topics, journal: { id }, symbols: { JournaledFlow.symbol($0) })
    }

    static func symbol(_ index: UInt32) -> (symbol: Symbol, sizeStep: Int64) {
        guard let symbol = Symbol(names[Int(index)]) else { preconditionFailure("A test's symbol must be one.") }
        return (symbol, sizeStep)
    }

    var head: UInt64 { writer.head }
    var oldest: UInt64 { writer.oldest }

    /// Lets go of what lies before a position, as far as whole segments do.
    func trim(before position: UInt64) throws { try writer.trim(before: position) }

    /// What feeds a publishing node, for its context.
    func inflow(_ topics: [String] = [], symbols: [String]? = nil) -> SinkContext.Inflow {
        SinkContext.Inflow(
            node: "flow", topics: topics, symbols: symbols.map { SymbolSet($0.map { SymbolPattern($0) }) },
            journal: folder)
    }

    /// Writes so many updates into the journal; returns them as they come to a sink.
    func make(_ count: Int) throws -> ByteBuffer {
        var plain = Outbox()
        var placed = ByteBuffer()
        for _ in 0..<count {
            let (slot, symbol) = (chance.below(2), chance.below(JournaledFlow.names.count))
            let topic = "\(JournaledFlow.topics.entries[slot].prefix)\(symbol)"
            numbers[topic, default: 0] += 1
            var delta = CumulativeDelta()
            delta.add(quantity: Int64(numbers[topic] ?? 0), sign: 1)
            let head = UpdateHead(
                number: numbers[topic] ?? 0, start: Timestamp(nanoseconds: 1), end: Timestamp(nanoseconds: 2),
                revision: 0, final: true, reason: .none, quality: .whole)
            plain.append(
                CumulativeDeltaUpdate(delta), head: head, slot: UInt16(slot), template: 5, symbol: UInt32(symbol))
        }
        let first = writer.head
        try plain.withBytes { (bytes) throws(JournalError) in
            try writer.append(
                bytes, count: count, earliest: Timestamp(nanoseconds: 1), latest: Timestamp(nanoseconds: 2))
            var (offset, position) = (0, first)
            while offset < bytes.byteCount {
                let end = offset + Int(RecordReader.head(in: bytes, at: offset).length)
                position += 1
                JournaledRecord.append(bytes.extracting(offset..<end), position: position, to: &placed)
                offset = end
            }
        }
        return placed
    }

    /// Makes so many updates and hands them to a sink.
    func publish(_ count: Int, to sink: PublishSink) throws {
        let records = try make(count)
        try records.withBytes { try sink.receive($0, from: origin) }
        try sink.flush()
    }

    /// What was made of each topic, by its name on the wire.
    var due: [String: [UInt64]] {
        var due: [String: [UInt64]] = [:]
        for (index, name) in JournaledFlow.names.enumerated() {
            for entry in JournaledFlow.topics.entries {
                guard let last = numbers["\(entry.prefix)\(index)"] else { continue }
                due[entry.prefix + name.replacingOccurrences(of: "/", with: "%2F") + "/"] = Array(1...last)
            }
        }
        return due
    }
}

extension PublishSink {
    /// A sink as a topology would open it.
    static func open(
        _ settings: String, fedBy inflows: [SinkContext.Inflow], publisher: UInt64 = 5,
        addresses: [PublicAddress] = []
    ) throws -> PublishSink {
        let object = SettingsObject(try JSONParser.parse("{ \(settings) }"), path: .root)
        let (read, faults) = SettingsReader.read(PublishSettings.self, from: object)
        precondition(faults.isEmpty, "A test's settings must be sound: \(faults).")
        var context = SinkContext(
            name: "public", publisher: publisher, now: { SampleNode.time }, isStopping: { false })
        context.inflows = inflows
        context.addresses = addresses
        return try PublishSink(read, in: context, tell: { _ in })
    }
}
