internal import Analytics
internal import COrderflow
internal import Engine
internal import Graph
internal import Market
internal import Rings
internal import Updates

/// What analytics cost: the trades of orderflow-v1 with a quote event before each whose bid or ask has changed, through
/// a state that computes candles, mean price, profile, delta and prints, then with each analytic added, then with all.
///
/// Analytics of the book's levels and orders are left out: the input has none.
struct AnalyticsBench: Benchmark {
    static let name = "analytics"
    static let usage = CoreBenchInput.usage + " [--only NAME]"
    static let details = """
        What each analytic costs: the trades of `orderflow` with a quote before each whose bid or ask has changed.
        Prints nanoseconds an event for the state alone, with each analytic added, and with all that need no book.

          --only NAME   this one beside none, or `all` of them together
        """

    private let trades: [orderflow_trade]
    private let symbols: Int
    private let burst: Int
    private let rounds: Int
    private let core: Int
    /// Only the analytic of this name beside none, or `all`; nil for every one.
    private let only: String?

    init(_ arguments: inout Arguments) throws {
        only = try arguments.takeValue("--only")
        let input = try CoreBenchInput(&arguments)
        (symbols, burst, rounds, core) = (input.symbols, input.burst, input.rounds, input.core)
        trades = try OrderflowBench.load(input)
    }

    /// One set of analytics to measure.
    private struct Variant {
        let name: String
        let analytics: [AnalyticChoice]
        var costs: [Double] = []
    }

    func run() -> Int32 {
        if let failure = Seat.pin(to: core) { Terminal.complain("The thread is not tied to a core: error \(failure).") }
        let events = AnalyticsBench.events(trades, symbols: symbols)
        let kinds = AnalyticsBench.choices()
        var variants = [Variant(name: "none", analytics: [])]
        for choice in kinds where only == nil || only == choice.name {
            // Bars that it asks for and another makes come with it.
            let makers = kinds.filter { $0.name != choice.name && $0.makes.contains(where: choice.bars.contains) }
            variants.append(Variant(name: choice.name, analytics: makers + [choice]))
        }
        if only == nil || only == "all" { variants.append(Variant(name: "all", analytics: kinds)) }
        let before = MachineLoad.now
        for _ in 0..<rounds {
            for index in variants.indices { variants[index].costs.append(pass(events, variants[index].analytics)) }
        }
        let others = MachineLoad.now.others(since: before)
        let none = variants[0].costs.median
        for variant in variants {
            var line = ResultLine("analytics")
            line.add("symbols", symbols)
            line.add("burst", burst)
            line.add("events", events.count)
            line.add("analytic", variant.name)
            line.add("ns_per_event", variant.costs.median, places: 1)
            line.add("added_ns", variant.costs.median - none, places: 1)
            line.add("others", others, places: 2)
            print(line.text)
        }
        return 0
    }

    /// Every analytic of the catalogue that needs no book, in its own example's settings.
    static func choices() -> [AnalyticChoice] {
        AnalyticCatalogue.all.compactMap { kind in
            guard let value = try? JSONParser.parse(kind.example) else { return nil }
            var reader = SettingsReader(SettingsObject(value, path: .root))
            let choice = kind.read(&reader)
            return choice.interests.contains(.book) ? nil : choice
        }
    }

    static var settings: FlowSettings {
        var settings = OrderflowBench.settings
        settings.ring = 64
        settings.live = .seconds(1)
        settings.horizon = .seconds(35)
        settings.weightedPrice = WeightedPriceSettings()
        settings.print = PrintSettings()
        return settings
    }

    /// Nanoseconds an event: one pass over all of them, from routing to the last update in the outbox.
    private func pass(_ events: [MarketEvent], _ analytics: [AnalyticChoice]) -> Double {
        var settings = AnalyticsBench.settings
        settings.batchLimit = burst
        settings.analytics = analytics
        var flow = SoloFlow(settings: settings) { _ in
            Instrument(tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: AroundTheClock())
        }
        for index in 0..<symbols { _ = flow.router.directory.entry(for: "SYM\(index)") }
        flow.poll { _ in }
        let begin = Seat.monotonic
        flow.pass(events.span) { _ in }
        return Double(Seat.monotonic - begin) / Double(events.count)
    }

    /// Trades without a touch of their own, and a quote where it has changed.
    private static func events(_ trades: [orderflow_trade], symbols: Int) -> [MarketEvent] {
        var quotes = [(bid: Double, ask: Double)](repeating: (0, 0), count: symbols)
        var events: [MarketEvent] = []
        events.reserveCapacity(trades.count * 2)
        for trade in trades {
            var event = MarketEvent(
                .trade, symbol: trade.symbol, venueTime: Timestamp(nanoseconds: trade.time),
                receiveTime: Timestamp(nanoseconds: trade.time))
            trade.write(to: &event)
            let (bid, ask) = (event.touchBid, event.touchAsk)
            if quotes[Int(trade.symbol)] != (trade.bid, trade.ask) {
                quotes[Int(trade.symbol)] = (trade.bid, trade.ask)
                events.append(
                    .quote(
                        symbol: trade.symbol, venueTime: event.venueTime, receiveTime: event.receiveTime, bid: bid,
                        bidSize: Quantity(steps: 20 * Int64(trade.size)), ask: ask,
                        askSize: Quantity(steps: 1_000 + Int64(events.count % 97))))
            }
            events.append(
                .trade(
                    symbol: trade.symbol, venueTime: event.venueTime, receiveTime: event.receiveTime,
                    price: event.price, quantity: event.quantity))
        }
        return events
    }
}
