import Market
import Memory
import Sinks
import Updates
import Wire
import ZeroMQ

/// A body like a candle's: what most messages are.
struct CandleLike: UpdateBody {
    var open = Price(billionths: 61_800_300_000_000)
    var high = Price(billionths: 61_900_000_000_000)
    var low = Price(billionths: 61_700_500_000_000)
    var close = Price(billionths: 61_850_120_000_000)
    var volume = Quantity(steps: 123_456)
    var buy = Quantity(steps: 60_000)
    var sell = Quantity(steps: 63_456)
    var trades: Int64 = 421
    var vwap = 61_812.345_678_9
    var lastTrade = Timestamp(nanoseconds: 1_723_161_255_030_314_667)

    static let layout = UpdateLayout(
        template: 801, kind: "candle", size: 80,
        fields: [
            UpdateField("open", .price, \CandleLike.open, "First price."),
            UpdateField("high", .price, \CandleLike.high, "Highest price."),
            UpdateField("low", .price, \CandleLike.low, "Lowest price."),
            UpdateField("close", .price, \CandleLike.close, "Last price."),
            UpdateField("volume", .quantity, \CandleLike.volume, "Sum of sizes."),
            UpdateField("buy", .quantity, \CandleLike.buy, "Bought."),
            UpdateField("sell", .quantity, \CandleLike.sell, "Sold."),
            UpdateField("trades", .count, \CandleLike.trades, "Number of trades."),
            UpdateField("vwap", .real, \CandleLike.vwap, "Mean price by size."),
            UpdateField("lastTrade", .time, \CandleLike.lastTrade, "Time of the last trade."),
        ], meaning: "A candle for measuring.")
}

/// Measures how many updates a second become messages, and how many pass a TCP socket on this machine.
///
/// Run: `swift run -c release WireBenchmark`, with `values` for the cost of last values alone. The median of five
/// rounds is printed; the last line is for programs.
@main struct WireBenchmark {
    static let rounds = 5
    static let symbols: UInt32 = 20
    /// Updates in one run of records, as a lane hands them over.
    static let burst = 1_280

    static func main() async throws {
        if CommandLine.arguments.contains("values") { return try measureLastValues() }
        let encode = MessageEncoding.allCases.map { encoding in (encoding, median { encodeOnce(encoding) }) }
        var line = "RESULT wire"
        for (encoding, rate) in encode {
            print("\(encoding.rawValue): \(Int(rate)) updates/s encoded, one thread")
            line += " \(encoding.rawValue)_updates_per_second=\(Int(rate))"
        }
        try measureLastValues()
        for encoding in MessageEncoding.allCases {
            var rates: [Double] = []
            for _ in 0..<rounds { rates.append(try await sendOnce(encoding)) }
            let rate = rates.sorted()[rounds / 2]
            print("\(encoding.rawValue): \(Int(rate)) updates/s through PUB, tcp and SUB")
            line += " \(encoding.rawValue)_tcp_updates_per_second=\(Int(rate))"
        }
        print(line)
    }

    static func measureLastValues() throws {
        // A burst holds 64 updates of each topic; singly, each is a topic's last.
        for encoding in MessageEncoding.allCases {
            for burst in [burst, Int(symbols)] { try measureLastValues(encoding, burst: burst) }
        }
    }

    /// What keeping last values costs, encoded alone and sent to nobody: both ways in turn, the fastest
    /// round of each, since what else runs only adds.
    static func measureLastValues(_ encoding: MessageEncoding, burst: Int) throws {
        var encoded: [[Double]] = [[], []]
        var sent: [[Double]] = [[], []]
        for _ in 0..<2 * rounds - 1 {
            for (way, keeps) in [false, true].enumerated() {
                encoded[way].append(1e9 / encodeOnce(encoding, burst: burst, keepsLastValues: keeps))
                sent[way].append(try publishOnce(encoding, burst: burst, keepsLastValues: keeps))
            }
        }
        for (name, times) in [("encoded", encoded), ("sent", sent)] {
            let (without, with) = (times[0].sorted()[0], times[1].sorted()[0])
            print(
                "\(encoding.rawValue), \(burst / Int(symbols)) of a topic at once, \(name): "
                    + "\(Int(without)) ns an update, \(Int(with)) ns with last values kept: "
                    + "\(((with / without - 1) * 1000).rounded() / 10) % more")
        }
    }

    /// Nanoseconds that an update takes through a publisher with its socket, to which nobody subscribes.
    static func publishOnce(_ encoding: MessageEncoding, burst: Int, keepsLastValues: Bool) throws -> Double {
        let context = try Context()
        var publisher = try Publisher(
            Publication(encoding: encoding, keepsLastValues: keepsLastValues), bind: "tcp://127.0.0.1:*",
            limits: PublishSocket.Limits(linger: .zero), in: context)
        let source = publisher.add(
            table, of: publisher.addPublisher(1, node: "benchmark", position: 0), isJournaled: false)
        var outbox = Outbox()
        var number: UInt64 = 0
        var spent = Duration.zero
        let clock = ContinuousClock()
        let bursts = 64_000 / burst
        for _ in 0..<bursts {
            fill(&outbox, number: &number, burst: burst)
            let start = clock.now
            try outbox.withBytes { (records) throws(ZeroMQError) in
                try publisher.publish(records, from: source, at: time, symbols: symbol)
            }
            spent += clock.now - start
        }
        return spent.seconds / Double(bursts * burst) * 1e9
    }

    static func median(_ measure: () -> Double) -> Double {
        let rates = (0..<rounds).map { _ in measure() }
        return rates.sorted()[rounds / 2]
    }

    /// Fills an outbox with one burst; numbers follow `number` on each topic.
    static func fill(_ outbox: inout Outbox, number: inout UInt64, burst: Int = burst) {
        outbox.removeAll()
        for _ in 0..<burst / Int(symbols) {
            number += 1
            let head = UpdateHead(
                number: number, start: Timestamp(nanoseconds: 1_723_161_240_000_000_000),
                end: Timestamp(nanoseconds: 1_723_161_300_000_000_000), revision: 0, final: true, reason: .none,
                quality: Quality(coverage: 0.98, gapSeconds: 1.2, inferredShare: 0.25, bookState: .whole))
            for symbol in 0..<symbols {
                outbox.append(CandleLike(), head: head, slot: 0, template: 801, symbol: symbol)
            }
        }
    }

    static func symbol(_ index: UInt32) -> PublishedSymbol {
        guard let symbol = Symbol("SIM\(index)") else { preconditionFailure("A name must be a symbol.") }
        return PublishedSymbol(subject: .symbol(symbol), sizeStep: 1_000_000)
    }

    static func publication(_ encoding: MessageEncoding) -> Publication {
        Publication(encoding: encoding)
    }

    static let table = TopicTable([TopicEntry(prefix: "candle/1m/", layout: CandleLike.layout)])
    static let time = Timestamp(nanoseconds: 1_723_161_255_030_314_667)

    static func encodeOnce(
        _ encoding: MessageEncoding, burst: Int = burst, keepsLastValues: Bool = false
    ) -> Double {
        var publication = Publication(encoding: encoding, keepsLastValues: keepsLastValues)
        let publisher = publication.addPublisher(1, node: "benchmark", position: 0)
        let source = publication.add(table, of: publisher, isJournaled: false)
        var outbox = Outbox()
        var number: UInt64 = 0
        var bytes = 0
        let clock = ContinuousClock()
        var spent = Duration.zero
        let bursts = (encoding == .json ? 512_000 : 5_120_000) / WireBenchmark.burst * WireBenchmark.burst / burst / 4
        for _ in 0..<bursts {
            fill(&outbox, number: &number, burst: burst)
            let start = clock.now
            outbox.withBytes { records in
                publication.publish(records, from: source, at: time, symbols: symbol) { bytes += $1.byteCount }
            }
            spent += clock.now - start
        }
        precondition(bytes > 0, "Messages must have bytes.")
        return Double(bursts * burst) / spent.seconds
    }

    static func sendOnce(_ encoding: MessageEncoding) async throws -> Double {
        let context = try Context()
        let total = encoding == .json ? burst * 150 : burst * 800
        // Nothing may be dropped: what is measured is the way, not the loss.
        var publisher = try Publisher(
            publication(encoding), bind: "tcp://127.0.0.1:*",
            limits: PublishSocket.Limits(sendLimit: total, linger: .zero), in: context)
        let source = publisher.add(
            table, of: publisher.addPublisher(1, node: "benchmark", position: 0), isJournaled: false)
        let endpoint = publisher.endpoint
        async let rate = receive(total, from: endpoint, in: context)
        while publisher.subscriptions == 0 {
            try publisher.noteSubscriptions()
            await Task.yield()
        }
        var outbox = Outbox()
        var number: UInt64 = 0
        for _ in 0..<total / burst {
            fill(&outbox, number: &number)
            try outbox.withBytes { (records) throws(ZeroMQError) in
                try publisher.publish(records, from: source, at: time, symbols: symbol)
            }
        }
        return try await rate
    }

    /// Receives so many updates; returns their rate from the first to the last.
    static func receive(_ total: Int, from endpoint: String, in context: Context) async throws -> Double {
        var socket = try SubscribeSocket(in: context, limits: SubscribeSocket.Limits(receiveLimit: total))
        try socket.connect(to: endpoint)
        try socket.subscribe(to: "candle/")
        let clock = ContinuousClock()
        var first: ContinuousClock.Instant?
        var received = 0
        while received < total {
            let reception = try socket.receive(within: .seconds(10)) { _, payload in
                let isJSON = payload.integer(at: 0, as: UInt8.self) == UInt8(ascii: "{")
                received += isJSON ? 1 : Int(payload.integer(at: 50, as: UInt16.self))
            }
            precondition(reception == .message, "Every message must arrive.")
            if first == nil { first = clock.now }
        }
        return Double(total) / (clock.now - (first ?? clock.now)).seconds
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
