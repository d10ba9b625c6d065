import Analytics
import Foundation
import Market
import Memory
import Stores
import TestPrograms
import TestStores
import Testing
import Updates
import Wire

/// Rows say what their update says.
@Suite struct RowPlanTests {
    static let sizeStep: Int64 = 10_000_000

    /// A topic of each layout that the catalogue has, of profiles both.
    static let topics: [TopicEntry] = AnalyticLayouts.all.flatMap { layout in
        switch layout.kind {
        case "candle", "delta", "footprint", "zone": [TopicEntry(prefix: "\(layout.kind)/5m/", layout: layout)]
        case "profile":
            ["developing", "session"].map { TopicEntry(prefix: "profile/\($0)/", layout: layout) }
        default: [TopicEntry(prefix: "\(layout.kind)/", layout: layout)]
        }
    }

    static func rows(_ entry: TopicEntry, _ bytes: [UInt8], keepsLive: Bool = false) throws -> [RecordingWriter.Row] {
        var writer = RecordingWriter()
        var scratch = ByteBuffer()
        let plan = RowPlan(entry, keepsLive: keepsLive)
        try bytes.withRawSpan { update in
            let isWhole = plan.isWhole(update)
            #expect(isWhole)
            try plan.write(update, sizeStep: sizeStep, into: &writer, scratch: &scratch)
        }
        let left = scratch.count
        #expect(left == 0)
        return writer.rows
    }

    /// The update as its JSON message, read by Foundation.
    static func json(_ entry: TopicEntry, _ bytes: [UInt8]) throws -> [String: Any] {
        let symbol = try #require(Symbol("X"))
        var buffer = ByteBuffer()
        let head = MessageHead(
            publishTime: Timestamp(nanoseconds: 1), position: 1, publisher: 1, firstNumber: 1, sizeStep: sizeStep)
        try bytes.withRawSpan {
            try JSONEncoding(entry.layout).encode($0, of: .symbol(symbol), head: head, into: &buffer)
        }
        let text = Data(buffer.withBytes { $0.array })
        return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    }

    @Test func `every layout has a place, and known kinds their own table`() throws {
        var chance = SeededChance(seed: Campaign.seed)
        let own = [
            "candle": "candles", "trade": "ticks", "quote": "quotes", "delta": "order_flow", "cvd": "order_flow",
            "state": "market_state", "signal": "signals", "profile": "profile_metrics",
        ]
        for topic in Self.topics {
            let rows = try Self.rows(topic, RandomUpdates.bytes(of: topic.layout, number: 1, chance: &chance))
            let first = try #require(rows.first, "\(topic.prefix) has no row")
            #expect(first.table.name == own[topic.layout.kind] ?? "analytics", "\(topic.prefix)")
            for row in rows { #expect(row.cells.count == row.table.columns.count) }
        }
    }

    @Test func `a kind that nobody knows yet lands in analytics`() throws {
        var chance = SeededChance(seed: 5)
        let layout = UpdateLayout(
            template: 900, kind: "novel", size: 8, fields: [UpdateField("depth", .quantity, at: 0, "A size.")],
            meaning: "A kind for tests.")
        let bytes = RandomUpdates.bytes(of: layout, number: 7, isFinal: false, chance: &chance)
        let row = try #require(try Self.rows(TopicEntry(prefix: "novel/a/5m/", layout: layout), bytes).first)
        #expect(row["kind"] == .text("novel"))
        #expect(row["variant"] == .text("a/5m"))
        // A table's kind with another layout is no row of that table.
        let other = UpdateLayout(
            template: 901, kind: "candle", size: 8, fields: [UpdateField("open", .price, at: 0, "A price.")],
            meaning: "A kind for tests.")
        let candle = RandomUpdates.bytes(of: other, number: 1, chance: &chance)
        #expect(try Self.rows(TopicEntry(prefix: "candle/1m/", layout: other), candle).first?.table.name == "analytics")
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(4, each: 20)))
    func `rows equal what the update's JSON says`(seed: UInt64) throws {
        var chance = SeededChance(seed: Campaign.seed &+ seed)
        for topic in Self.topics {
            let bytes = RandomUpdates.bytes(of: topic.layout, number: seed + 1, chance: &chance)
            let json = try Self.json(topic, bytes)
            for row in try Self.rows(topic, bytes) where row.table.name != "volume_profile" {
                try RowOracle(row, topic, json).check()
            }
            let profile = try Self.rows(topic, bytes).filter { $0.table.name == "volume_profile" }
            guard topic.prefix == "profile/session/" else {
                #expect(profile.isEmpty)
                continue
            }
            let entries = try #require(json["rows"] as? [[String: Any]])
            #expect(profile.count == entries.count)
            for (row, entry) in zip(profile, entries) {
                #expect(RowOracle.equal(row["price"], entry["price"]))
                #expect(RowOracle.equal(row["volume"], entry["volume"]))
                #expect(RowOracle.equal(row["row_height"], json["rowHeight"]))
            }
        }
    }

    @Test func `values that still grow are kept only where asked for`() throws {
        var chance = SeededChance(seed: 9)
        for topic in Self.topics {
            let bytes = RandomUpdates.bytes(of: topic.layout, number: 1, isFinal: false, chance: &chance)
            let kept = try !Self.rows(topic, bytes).isEmpty
            let growing = [
                "candle/5m/", "delta/5m/", "vwap/", "cvd/", "session/", "footprint/5m/", "tpo/", "profile/session/",
            ]
            #expect(kept == !growing.contains(topic.prefix), "\(topic.prefix)")
            let rows = try Self.rows(topic, bytes, keepsLive: true)
            #expect(!rows.isEmpty && rows.allSatisfy { $0.table.name != "volume_profile" }, "\(topic.prefix)")
        }
    }
}
