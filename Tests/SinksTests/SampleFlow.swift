import Analytics
import Foundation
import Market
import Sinks
import Updates

/// Records as a symbols node writes them, with values that a test can read.
struct SampleFlow: ~Copyable {
    static let topics = TopicTable([
        TopicEntry(prefix: "candle/1s/", layout: CandleUpdate.layout),
        TopicEntry(prefix: "candle/1m/", layout: CandleUpdate.layout),
        TopicEntry(prefix: "candle/5m/", layout: CandleUpdate.layout),
        TopicEntry(prefix: "profile/developing/", layout: ProfileUpdate.layout),
        TopicEntry(prefix: "cvd/", layout: CumulativeDeltaUpdate.layout),
        TopicEntry(prefix: "vwap/", layout: VolumeWeightedPriceUpdate.layout),
    ])
    static let names = ["BTC/USD", "ETH/USD", "IBM", "ZN"]
    /// A tenth of a unit.
    static let sizeStep: Int64 = 100_000_000
    private static let unit = Price.scale

    private var outbox = Outbox()
    private var number: UInt64 = 0
    /// By what number the table knows this node.
    private var node: Int?

    static func time(hour: Int64, minute: Int64, second: Int64) -> Timestamp {
        // 2026-03-09.
        Timestamp(nanoseconds: (1_773_014_400 + hour * 3_600 + minute * 60 + second) * Timestamp.second)
    }

    /// Three symbols with all columns; the first has a gap.
    mutating func fill() {
        candle("1m", symbol: 2, start: 60, prices: [250, 251, 249, 250], buy: 500, sell: 100, coverage: 1)
        candle("1m", symbol: 0, start: 60, tenths: [618_003, 618_500, 617_990, 618_120], buy: 10, sell: 25)
        candle("1m", symbol: 1, start: 60, prices: [3_000, 3_010, 2_990, 3_005], buy: 0, sell: 0, coverage: 1)
        for (symbol, price) in [(0, 61_800), (2, 250)] as [(UInt32, Int64)] { sums(symbol: symbol, price: price) }
    }

    mutating func candle(
        _ width: String, symbol: UInt32, start: Int64, prices: [Int64], buy: Int64, sell: Int64,
        coverage: Double = 0.9875, isFinal: Bool = false
    ) {
        candle(
            width, symbol: symbol, start: start, tenths: prices.map { $0 * 10 }, buy: buy, sell: sell,
            coverage: coverage, isFinal: isFinal)
    }

    mutating func candle(
        _ width: String, symbol: UInt32, start: Int64, tenths: [Int64], buy: Int64, sell: Int64,
        coverage: Double = 0.9875, isFinal: Bool = false
    ) {
        var body = CandleUpdate(Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1)))
        let prices = tenths.map { $0 * SampleFlow.unit / 10 }
        (body.open, body.high, body.low, body.close) = (prices[0], prices[1], prices[2], prices[3])
        (body.volume, body.buy, body.sell) = (buy + sell, buy, sell)
        body.volumeWeightedPrice = Double(tenths[0] + tenths[1]) / 20
        let slot = ["1s": 0, "1m": 1, "5m": 2][width] ?? 1
        append(body, symbol: symbol, slot: UInt16(slot), start: start, coverage: coverage, isFinal: isFinal)
    }

    mutating func sums(symbol: UInt32, price: Int64) {
        var profile = ProfileUpdate(VolumeProfile(rowHeight: SampleFlow.unit, rowLimit: 64), nil, trades: 3)
        (profile.control, profile.high, profile.low) = (
            price * SampleFlow.unit, (price + 1) * SampleFlow.unit, (price - 1) * SampleFlow.unit
        )
        append(profile, symbol: symbol, slot: 3, start: 0, coverage: 0.5)
        var cumulative = CumulativeDelta()
        cumulative.add(quantity: symbol == 0 ? 5 : 900, sign: 1)
        append(CumulativeDeltaUpdate(cumulative), symbol: symbol, slot: 4, start: 0, coverage: 0.5)
        var mean = VolumeWeightedPriceUpdate(VolumeWeightedPrice(), trades: 3)
        mean.value = Double(price) + 0.123_456
        append(mean, symbol: symbol, slot: 5, start: 0, coverage: 0.5)
    }

    private mutating func append<Body: UpdateBody>(
        _ body: Body, symbol: UInt32, slot: UInt16, start: Int64, coverage: Double, isFinal: Bool = false
    ) {
        number += 1
        let first = SampleFlow.time(hour: 13, minute: 30, second: start)
        let head = UpdateHead(
            number: number, start: first, end: first + 60 * Timestamp.second, revision: 0, final: isFinal,
            reason: isFinal ? .none : .live,
            quality: Quality(
                coverage: coverage, gapSeconds: coverage < 1 ? 0.5 : 0, inferredShare: 0.125, bookState: .none))
        outbox.append(body, head: head, slot: slot, template: Body.layout.template, symbol: symbol)
    }

    func forEach(_ body: (RecordHead, RawSpan) -> Void) { outbox.forEach(body) }

    /// Gives everything to a table, as from one node, and forgets it.
    mutating func send(into table: inout ConsoleTable) {
        let node = node ?? table.add(node: "flow", SampleFlow.topics)
        self.node = node
        outbox.forEach { head, update in
            table.take(update, from: node, slot: head.slot, symbol: head.symbol) { index in
                guard let symbol = Symbol(SampleFlow.names[Int(index)]) else {
                    preconditionFailure("A sample is a symbol.")
                }
                return (symbol, SampleFlow.sizeStep)
            }
        }
        outbox.removeAll()
    }
}

/// Compares a screen with a stored one; with `UPDATE_GOLDEN=1` the stored one is written instead.
enum GoldenScreen {
    static func text(_ name: String, orWrite lines: [String]) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
