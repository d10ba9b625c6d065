import Engine
import Market
import Memory
import Stores
import TestPrograms
import TestStores
import Updates

/// A run of updates of every kind, as a symbols node sends them: some windows several times.
struct StoreInput {
    static let node = "flow; \"one\""
    static let symbols = ["BTC/USD", "O'Brien; DROP TABLE ticks; --", "\"ελλ\" 🌊"].compactMap(Symbol.init)

    struct Entry {
        let slot: Int
        let symbol: Int
        let number: UInt64
        let bytes: [UInt8]
        /// With the record head before it.
        let record: [UInt8]
    }

    let topics: [TopicEntry]
    private(set) var entries: [Entry] = []

    /// - Parameter isOnGrid: whether windows begin at whole microseconds, as in a run; trades and the like never do.
    init(_ count: Int, seed: UInt64, topics: [TopicEntry] = RowPlanTests.topics, isOnGrid: Bool = false) {
        self.topics = topics
        var chance = SeededChance(seed: seed)
        var numbers: [[UInt64]] = topics.map { _ in StoreInput.symbols.map { _ in 0 } }
        for _ in 0..<count {
            let slot = chance.below(topics.count)
            let symbol = chance.below(StoreInput.symbols.count)
            numbers[slot][symbol] += 1
            let number = numbers[slot][symbol]
            var bytes = RandomUpdates.bytes(of: topics[slot].layout, number: number, chance: &chance)
            // Few windows, so that many are met again; over a month's end, so that partitions change.
            var start = 1_774_900_000_000_000_000 + Int64(chance.below(8)) * 43_200_000_001_001
            if isOnGrid {
                let isExact = ["trade", "quote", "state"].contains(topics[slot].layout.kind)
                // Several within a microsecond, in another order than their numbers.
                start += isExact ? Int64(chance.below(4)) : -(start % 60_000_000_000)
            }
            StoreInput.write(start, to: &bytes, at: 8)
            if isOnGrid { StoreInput.write(start + 60_000_000_000, to: &bytes, at: 16) }
            entries.append(StoreInput.entry(slot, symbol, number, bytes, topics[slot].layout.template))
        }
    }

    static func write(_ value: Int64, to bytes: inout [UInt8], at offset: Int) {
        for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> Int64(8 * index)) }
    }

    private static func entry(
        _ slot: Int, _ symbol: Int, _ number: UInt64, _ bytes: [UInt8], _ template: UInt16
    ) -> Entry {
        Entry(
            slot: slot, symbol: symbol, number: number, bytes: bytes, record: record(slot, symbol, bytes, template))
    }

    /// An update with its record head before it.
    static func record(_ slot: Int, _ symbol: Int, _ bytes: [UInt8], _ template: UInt16) -> [UInt8] {
        let padded = bytes.count + (8 - bytes.count % 8) % 8
        var buffer = ByteBuffer()
        // A record head: length, symbol, slot, template, payload.
        buffer.append(UInt32(RecordHead.size + padded))
        buffer.append(UInt32(symbol))
        buffer.append(UInt16(slot))
        buffer.append(template)
        buffer.append(UInt32(bytes.count))
        bytes.withRawSpan { buffer.append($0) }
        for _ in bytes.count..<padded { buffer.append(UInt8(0)) }
        return buffer.withBytes { $0.array }
    }

    var origin: UpdateOrigin {
        UpdateOrigin(node: StoreInput.node, topics: TopicTable(topics)) {
            (StoreInput.symbols[Int($0)], RowPlanTests.sizeStep)
        }
    }

    /// Replaces the bytes of one update.
    mutating func replace(_ index: Int, _ change: (inout [UInt8]) -> Void) {
        let old = entries[index]
        var bytes = old.bytes
        change(&bytes)
        entries[index] = StoreInput.entry(old.slot, old.symbol, old.number, bytes, topics[old.slot].layout.template)
    }
}
