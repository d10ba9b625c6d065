import Analytics
import Engine
import Market
import Memory
import TestMessages
import Updates
import Wire

/// An update as a symbols node emitted it.
struct Emitted {
    let topic: TopicEntry
    let head: UpdateHead
    /// Head, body and groups.
    let bytes: [UInt8]
}

/// Four minutes of one symbol, then the next day's session: every kind of event, the same at every run.
struct SmallMarket {
    static let symbol = "BTC/USD"
    /// A thousandth of a coin.
    static let sizeStep: Int64 = 1_000_000
    private static let publisher: UInt64 = 0x9F86_D081_884C_7D65

    let updates: [Emitted]

    init() {
        let instrument = Instrument(
            tick: Price(billionths: Tape.tick), sizeStep: SmallMarket.sizeStep, calendar: AroundTheClock())
        var flow = SoloFlow(settings: SmallMarket.settings) { _ in instrument }
        _ = flow.router.directory.entry(for: SmallMarket.symbol)
        let topics = flow.origin.topics
        var updates: [Emitted] = []
        for event in Tape.events() {
            flow.router.route(event)
            flow.router.publish()
            flow.poll { outbox in
                outbox.forEach { record, update in
                    updates.append(
                        Emitted(
                            topic: topics.entries[Int(record.slot)], head: RecordReader.updateHead(of: update),
                            bytes: update.array))
                }
            }
        }
        self.updates = updates
    }

    private static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(60), .seconds(300)])
        settings.delta = BarSettings(widths: [.seconds(60)])
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.print = PrintSettings()
        settings.republished = Set(RepublishedTopic.allCases)
        return settings
    }

    /// The head of the message that would carry these updates of one topic.
    static func messageHead(_ first: UpdateHead, position: Int, sizeStep: Int64 = sizeStep) -> MessageHead {
        MessageHead(
            publishTime: first.end + 15_000_000, position: UInt64(position), publisher: publisher,
            firstNumber: first.number, sizeStep: sizeStep)
    }

    /// All updates as messages of up to `count` of them, as a publisher sends them.
    func messages(of count: Int) -> [SentMessage] {
        SmallMarket.messages(of: updates, count: count, sizeStep: SmallMarket.sizeStep)
    }

    static func messages(of updates: [Emitted], count: Int, sizeStep: Int64) -> [SentMessage] {
        var messages: [SentMessage] = []
        for (_, group) in Dictionary(grouping: updates, by: \.topic.prefix).sorted(by: { $0.key < $1.key }) {
            let layout = group[0].topic.layout
            let limit = min(count, layout.messageLimit)
            for start in stride(from: 0, to: group.count, by: limit) {
                let part = group[start..<min(start + limit, group.count)]
                let head = messageHead(group[start].head, position: start + 1, sizeStep: sizeStep)
                messages.append(SentMessage(layout: layout, head: head, updates: part.map(\.bytes)))
            }
        }
        return messages
    }
}

/// The events of the small market.
enum Tape {
    /// Half a dollar, in billionths.
    static let tick: Int64 = 500_000_000
    /// 2026-03-09T00:00:00Z, where a session of a market that never closes begins.
    private static let open = Timestamp(nanoseconds: 1_773_014_400_000_000_000)
    /// The way of the price in ticks, again and again.
    private static let way: [Int64] = [0, 1, 2, 3, 2, 3, 4, 5, 4, 3, 2, 1]
    private static let trades = 600
    private static let interval = 0.4

    static func events() -> [MarketEvent] {
        var events = [at(.clock, 0)]
        for index in 0..<trades {
            let seconds = Double(index) * interval
            if index % 5 == 0 { events.append(quote(seconds, index)) }
            if index % 10 == 0 { events += book(seconds, index) }
            events.append(trade(seconds, index))
            // Behind its minute, which has been closed.
            if index == 470 { events.append(trade(179.5, 3)) }
            if index == 250 { events.append(gap(seconds)) }
            if index == 300 { events.append(status(seconds, .halted)) }
            if index == 310 { events.append(status(seconds, .trading)) }
        }
        events.append(trade(86_401, 1))
        // Of yesterday's session, which has ended.
        events.append(trade(-30, 2))
        events.append(
            .control(symbol: 0, venueTime: time(86_402), receiveTime: time(86_402), action: .endOfInput, index: 0))
        return events
    }

    private static func time(_ seconds: Double) -> Timestamp { open + Int64((seconds * 1e9).rounded()) }

    private static func at(_ kind: EventKind, _ seconds: Double) -> MarketEvent {
        MarketEvent(kind, symbol: 0, venueTime: time(seconds), receiveTime: time(seconds + 0.012))
    }

    private static func price(_ ticks: Int64) -> Price { Price(billionths: 61_800_000_000_000 + ticks * tick) }

    private static func trade(_ seconds: Double, _ index: Int) -> MarketEvent {
        let ticks = way[index % way.count]
        var event = MarketEvent.trade(
            symbol: 0, venueTime: time(seconds), receiveTime: time(seconds + 0.012), price: price(ticks),
            quantity: Quantity(steps: index % 200 == 199 ? 5_000 : Int64(1 + index * 7_919 % 997)))
        if index % 4 != 0 { event.side = index % 3 == 0 ? .sell : .buy }
        event.identifier = index % 7 == 6 ? UInt64.max - UInt64(index) : UInt64(1_000 + index)
        event.venue = UInt16(index % 3)
        event.conditions = UInt32(index % 2) << 5
        if index == 450 { event.marks.insert(.auction) }
        if index == 460 { event.marks.insert(.offExchange) }
        if index % 50 == 8 { event.setTouch(bid: price(ticks - 1), ask: price(ticks)) }
        return event
    }

    private static func quote(_ seconds: Double, _ index: Int) -> MarketEvent {
        let ticks = way[index % way.count]
        let isOneSided = index % 40 == 35
        return .quote(
            symbol: 0, venueTime: time(seconds), receiveTime: time(seconds + 0.012), bid: price(ticks - 1),
            bidSize: Quantity(steps: Int64(100 + index)), ask: isOneSided ? .none : price(ticks + 1),
            askSize: isOneSided ? .zero : Quantity(steps: Int64(900 - index)))
    }

    /// A reset, then changes of levels; now and then of an order.
    private static func book(_ seconds: Double, _ index: Int) -> [MarketEvent] {
        guard index > 0 else { return [at(.bookReset, seconds)] }
        guard index % 30 == 0 else {
            let isBid = index % 20 == 0
            return [
                .level(
                    symbol: 0, venueTime: time(seconds), receiveTime: time(seconds + 0.012),
                    side: isBid ? .buy : .sell, price: price(isBid ? -2 : 7),
                    quantity: Quantity(steps: Int64(index % 90)), isLastOfGroup: true)
            ]
        }
        var event = at(.order, seconds)
        event.side = .sell
        event.marks.insert(.lastOfGroup)
        event.price = price(6)
        event.quantity = Quantity(steps: 40)
        event.identifier = UInt64(index) << 40
        event.orderAction = OrderAction.allCases[index / 30 % OrderAction.allCases.count]
        return [event]
    }

    private static func gap(_ seconds: Double) -> MarketEvent {
        .gap(
            symbol: 0, venueTime: time(seconds), receiveTime: time(seconds), cause: .feed, first: 0, last: 0, count: 0)
    }

    private static func status(_ seconds: Double, _ status: TradingStatus) -> MarketEvent {
        var event = at(.status, seconds)
        event.tradingStatus = status
        return event
    }
}
