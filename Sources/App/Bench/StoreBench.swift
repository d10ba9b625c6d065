internal import Analytics
internal import Engine
internal import Graph
internal import Market
internal import Memory
internal import Stores
internal import Updates

/// What the store's own work costs: ticks and candles through the sink into PostgreSQL or an SQLite file, in turn with
/// the same rows by hand: encoded beforehand, and copied and merged or inserted by the fewest statements that do it.
///
/// Both sides use the same server or kind of file, tables, indexes and rows per commit. The sink's side includes the
/// making of rows from updates, the place, and everything else that it promises.
struct StoreBench: Benchmark {
    static let name = "store"
    static let usage = "(--url URL | --sqlite FILE) [--rows N] [--commit N] [--rounds N]"
    static let details = """
        Puts ticks and candles into the PostgreSQL server at URL, through the sink and, in turn, by hand as plain COPY.
        It makes the schema millrace_bench there and removes it again. Or into an SQLite file, through the sink and by
        prepared INSERTs; the file must not be there yet and is removed again.

          --rows N     rows of each round; 400000 unless said otherwise
          --commit N   rows of one commit; 10000 unless said otherwise
        """

    /// A server's address, or a file.
    private let url: String?
    private let path: String?
    /// Rows in all, and of one commit.
    private let rows: Int
    private let step: Int
    private let rounds: Int

    private static let node = "bench"
    private static let symbols = (0..<50).compactMap { Symbol("SYM\($0)") }
    private static let sizeStep: Int64 = 1_000_000
    /// A Monday in March 2026; a tick a millisecond.
    private static let begin: Int64 = 1_773_014_400_000_000_000

    /// A schema that nobody else uses: it is removed in the end.
    private static let schema = "millrace_bench"

    init(_ arguments: inout Arguments) throws {
        url = try arguments.takeValue("--url")
        path = try arguments.takeValue("--sqlite")
        guard (url == nil) != (path == nil) else { throw UsageError("say where: --url URL or --sqlite FILE") }
        rows = try arguments.takeNumber("--rows", in: 1_000...20_000_000) ?? 400_000
        step = try arguments.takeNumber("--commit", in: 1...1_000_000) ?? 10_000
        rounds = try arguments.takeRounds()
    }

    func run() throws -> Int32 {
        for (topic, need) in [(StoreBench.ticks, 0.8), (StoreBench.candles, 0.7)] {
            try measure(topic, need)
        }
        return 0
    }

    private static let ticks = TopicEntry(prefix: "trade/", layout: TradeUpdate.layout)
    private static let candles = TopicEntry(prefix: "candle/1m/", layout: CandleUpdate.layout)

    private func measure(_ topic: TopicEntry, _ need: Double) throws {
        let chunks = records(topic)
        let before = MachineLoad.now
        var sink: [Double] = []
        var hand: [Double] = []
        let store = try store()
        for round in 0...rounds {
            // The first round warms the server's caches and counts for neither.
            let own = try store.measureSink(chunks, origin(topic))
            let other = try store.measureByHand(chunks, origin(topic))
            guard round > 0 else { continue }
            sink.append(Double(rows) / own)
            hand.append(Double(rows) / other)
        }
        try store.remove()
        let ratios = zip(sink, hand).map { $0 / $1 }
        var line = ResultLine("store")
        line.add("where", path == nil ? "postgres" : "sqlite")
        line.add("kind", topic.layout.kind)
        line.add("rows", rows)
        line.add("commit", step)
        line.add("sink_rows_per_second", sink.median, places: 0)
        line.add("hand_rows_per_second", hand.median, places: 0)
        line.add("ratio", ratios.median, places: 3)
        line.addSpread(ratios, places: 3)
        line.add("wanted", need)
        line.add("others", MachineLoad.now.others(since: before), places: 2)
        print(line.text)
    }

    private func store() throws -> any BenchedStore {
        if let path {
            return try BenchedFile(settings(SQLiteSettings.self, ["path": path], of: "--sqlite"))
        }
        let members = ["url": url ?? "", "schema": StoreBench.schema]
        return try BenchedServer(
            settings(TimescaleSettings.self, members, of: "--url"), tell: Terminal.complain)
    }

    private func settings<Settings: NodeSettings>(
        _ type: Settings.Type, _ texts: [String: String], of option: String
    ) throws -> Settings {
        let members = texts.map { name, text in
            JSONMember(name: name, position: .start, value: JSONValue(.text(text), at: .start))
        }
        let object = SettingsObject(JSONValue(.object(members), at: .start), path: .root)
        let (settings, faults) = SettingsReader.read(type, from: object)
        if let fault = faults.first { throw UsageError("\(option): \(fault.problem)") }
        return settings
    }

    private func origin(_ topic: TopicEntry) -> UpdateOrigin {
        UpdateOrigin(node: StoreBench.node, topics: TopicTable([topic])) {
            (StoreBench.symbols[Int($0)], StoreBench.sizeStep)
        }
    }

    /// The updates in their wire form, one run of bytes for each commit.
    private func records(_ topic: TopicEntry) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var outbox = Outbox(capacity: step * 256)
        for row in 0..<rows {
            let isTick = topic.layout.kind == "trade"
            if isTick { appendTick(row, to: &outbox) } else { appendCandle(row, to: &outbox) }
            guard (row + 1).isMultiple(of: step) || row == rows - 1 else { continue }
            chunks.append(outbox.withBytes { $0.array })
            outbox.removeAll()
        }
        return chunks
    }

    private func head(_ row: Int, start: Int64, width: Int64) -> UpdateHead {
        UpdateHead(
            number: UInt64(row / StoreBench.symbols.count + 1), start: Timestamp(nanoseconds: start),
            end: Timestamp(nanoseconds: start + width), revision: 0, final: true, reason: .none, quality: .whole)
    }

    private func appendTick(_ row: Int, to outbox: inout Outbox) {
        let symbol = row % StoreBench.symbols.count
        let time = StoreBench.begin + Int64(row) * 1_000_000 + Int64(row % 999)
        let event = MarketEvent.trade(
            symbol: UInt32(symbol), venueTime: Timestamp(nanoseconds: time),
            receiveTime: Timestamp(nanoseconds: time + 2_000_000),
            price: Price(billionths: Int64(100 + symbol) * 1_000_000_000 + Int64(row % 997) * 10_000_000),
            quantity: Quantity(steps: Int64(row % 50_000 + 1)))
        outbox.append(
            TradeUpdate(
                event, Aggressor(sign: row.isMultiple(of: 2) ? 1 : -1, method: .venue), isLate: false),
            head: head(row, start: time, width: 0), slot: 0, template: TradeUpdate.layout.template,
            symbol: UInt32(symbol))
    }

    private func appendCandle(_ row: Int, to outbox: inout Outbox) {
        let symbol = row % StoreBench.symbols.count
        let start = StoreBench.begin + Int64(row / StoreBench.symbols.count) * 60_000_000_000
        var bar = Bar(
            start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: start + 60_000_000_000))
        for trade in 0..<4 {
            bar.add(
                price: Int64(100 + symbol) * 1_000_000_000 + Int64((row + trade * 131) % 997) * 10_000_000,
                quantity: Int64(row % 5_000 + trade + 1), sign: trade.isMultiple(of: 2) ? 1 : -1, inferred: false,
                time: start + Int64(trade))
        }
        outbox.append(
            CandleUpdate(bar), head: head(row, start: start, width: 60_000_000_000), slot: 0,
            template: CandleUpdate.layout.template, symbol: UInt32(symbol))
    }
}
