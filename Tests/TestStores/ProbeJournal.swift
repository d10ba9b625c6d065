internal import Analytics
public import Engine
internal import Market
internal import Memory
internal import TestPrograms
internal import Updates

/// An invented journal of updates: what stands at a position follows from the position alone.
public enum ProbeJournal {
    public static let node = "flow"
    public static let id: UInt64 = 0xFEDC_BA98_7654_3210
    /// Names that break statements put together from text.
    public static let names = ["BTC/USD", "O'Neil \"x\"; DROP TABLE symbols;--", "ES;H6", "数量"]
    public static let sizeStep: Int64 = 10_000_000
    static let start: Int64 = 1_773_014_400_000_000_000

    private static let topics: [TopicEntry] = [
        TopicEntry(prefix: "candle/1m/", layout: CandleUpdate.layout),
        TopicEntry(prefix: "trade/", layout: TradeUpdate.layout),
        TopicEntry(prefix: "profile/session/", layout: ProfileUpdate.layout),
        TopicEntry(prefix: "delta/1m/", layout: DeltaUpdate.layout),
        TopicEntry(prefix: "signal/trend/", layout: SignalUpdate.layout),
        TopicEntry(prefix: "vwap/", layout: VolumeWeightedPriceUpdate.layout),
    ]

    /// A new origin each time, as every run has its own.
    public static var origin: UpdateOrigin {
        UpdateOrigin(node: node, topics: TopicTable(topics)) { index in
            guard let symbol = Symbol(names[Int(index)]) else { preconditionFailure("A name must be a symbol's.") }
            return (symbol, sizeStep)
        }
    }

    /// The records of these positions as an outbox holds them.
    public static func records(_ positions: ClosedRange<UInt64>) -> [UInt8] {
        var buffer = ByteBuffer()
        for position in positions { append(position, to: &buffer) }
        return buffer.withBytes { $0.array }
    }

    /// Windows are few, so that later updates replace earlier ones; one of forty is cut short.
    private static func append(_ position: UInt64, to buffer: inout ByteBuffer) {
        var chance = SeededChance(seed: position)
        let slot = chance.below(topics.count)
        let window = start + Int64(chance.below(200)) * 60_000_000_000
        var update = RandomUpdates.bytes(
            of: topics[slot].layout, number: position, start: window, chance: &chance)
        if chance.below(40) == 0 { update.removeLast(8) }
        let padded = (update.count + 7) & ~7
        // A record's head, as `RecordHead` has its fields.
        buffer.append(UInt32(RecordHead.size + padded))
        buffer.append(UInt32(chance.below(names.count)))
        buffer.append(UInt16(slot))
        buffer.append(topics[slot].layout.template)
        buffer.append(UInt32(update.count))
        update.withRawSpan { buffer.append($0) }
        for _ in update.count..<padded { buffer.append(UInt8(0)) }
    }
}
