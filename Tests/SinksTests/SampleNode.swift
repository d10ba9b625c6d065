import Market
import Memory
import Sinks
import Updates
import Wire
import ZeroMQ

/// A candle as the examples print it.
struct SampleCandle: UpdateBody {
    var open: Price
    var high: Price
    var low: Price
    var close: Price
    var volume: Quantity

    static let layout = UpdateLayout(
        template: 801, kind: "candle", size: 40,
        fields: [
            UpdateField("open", .price, \SampleCandle.open, "First price."),
            UpdateField("high", .price, \SampleCandle.high, "Highest price."),
            UpdateField("low", .price, \SampleCandle.low, "Lowest price."),
            UpdateField("close", .price, \SampleCandle.close, "Last price."),
            UpdateField("volume", .quantity, \SampleCandle.volume, "Sum of sizes."),
        ], meaning: "A candle for tests.")
}

/// A kind with a group.
struct SampleRows: UpdateBody {
    var total: Quantity

    static let layout = UpdateLayout(
        template: 802, kind: "rows", size: 8,
        fields: [UpdateField("total", .quantity, \SampleRows.total, "Sum.")],
        groups: [GroupLayout("rows", size: 8, fields: [UpdateField("volume", .quantity, at: 0, "One row.")])],
        meaning: "Rows for tests.")
}

/// A node that writes records as a lane does.
enum SampleNode {
    static let table = TopicTable([
        TopicEntry(prefix: "candle/1m/", layout: SampleCandle.layout),
        TopicEntry(prefix: "rows/", layout: SampleRows.layout),
    ])
    static let time = Timestamp(nanoseconds: 1_723_161_255_030_314_667)

    /// Adds the node as the first source of a publisher.
    static func add(to publisher: inout Publisher) {
        let index = publisher.addPublisher(7, node: "flow", position: 0)
        let source = publisher.add(table, of: index, isJournaled: false)
        precondition(source == 0, "A node must be the first source.")
    }

    static func symbol(_ index: UInt32) -> PublishedSymbol {
        let names = ["BTC/USD", "IBM"]
        guard let symbol = Symbol(index < 2 ? names[Int(index)] : "SIM\(index)") else {
            preconditionFailure("A test's symbol must be one.")
        }
        return PublishedSymbol(subject: .symbol(symbol), sizeStep: 10_000_000)
    }

    static func appendCandle(_ number: UInt64, symbol: UInt32, to outbox: inout Outbox) {
        let body = SampleCandle(
            open: Price(billionths: 61_800_300_000_000), high: Price(billionths: 61_900_000_000_000),
            low: Price(billionths: 61_700_500_000_000), close: Price(billionths: 61_850_000_000_000),
            volume: Quantity(steps: Int64(number) * 125))
        outbox.append(body, head: head(number), slot: 0, template: 801, symbol: symbol)
    }

    static func appendRows(_ number: UInt64, rows: Int, symbol: UInt32, to outbox: inout Outbox) {
        outbox.begin(
            SampleRows(total: Quantity(steps: 7)), head: head(number), slot: 1, template: 802, symbol: symbol)
        outbox.appendGroup(entrySize: 8, count: rows)
        for row in 0..<rows { outbox.appendEntry(Int64(row)) }
        outbox.end()
    }

    static func head(_ number: UInt64) -> UpdateHead {
        UpdateHead(
            number: number, start: Timestamp(nanoseconds: 1_723_161_240_000_000_000),
            end: Timestamp(nanoseconds: 1_723_161_300_000_000_000), revision: 0, final: true, reason: .none,
            quality: .whole)
    }
}

/// Keeps what a publication sends.
struct SentMessages {
    var messages: [(topic: String, payload: [UInt8])] = []

    mutating func keep(_ topic: RawSpan, _ payload: RawSpan) {
        messages.append((String(decoding: topic.array, as: UTF8.self), payload.array))
    }

    var texts: [String] { messages.map { String(decoding: $0.payload, as: UTF8.self) } }
}
