import Analytics
import Engine
import Foundation
import Market
import Updates

/// How many random sequences each campaign runs beside its few standard ones: none, or 550 for each step of
/// MILLRACE_CAMPAIGN beyond 1, so that 20 makes more than ten thousand.
let campaign = 550 * max((Int(ProcessInfo.processInfo.environment["MILLRACE_CAMPAIGN"] ?? "") ?? 1) - 1, 0)

/// One update as it left a state, with the event that made it.
struct Said: Sendable {
    /// The topic without its symbol.
    let topic: String
    let symbol: UInt32
    let head: UpdateHead
    /// The whole update in its wire form.
    let bytes: [UInt8]
    /// The place of the event in its tape; −1 where nobody looked.
    var event = -1

    init(_ head: RecordHead, _ update: RawSpan, _ topics: TopicTable) {
        topic = topics.entries[Int(head.slot)].prefix
        symbol = head.symbol
        let bytes = (0..<update.byteCount).map { unsafe update.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        self.bytes = bytes
        self.head = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: UpdateHead.self) }
    }

    var start: Int64 { head.start.nanoseconds }
    var end: Int64 { head.end.nanoseconds }

    func body<Body: UpdateBody>(_ type: Body.Type) -> Body {
        unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: UpdateHead.size, as: Body.self) }
    }

    var candle: CandleUpdate { body(CandleUpdate.self) }
    var delta: DeltaUpdate { body(DeltaUpdate.self) }
    var session: SessionUpdate { body(SessionUpdate.self) }
    var cumulative: CumulativeDeltaUpdate { body(CumulativeDeltaUpdate.self) }
    var meanPrice: VolumeWeightedPriceUpdate { body(VolumeWeightedPriceUpdate.self) }
    var profile: ProfileUpdate { body(ProfileUpdate.self) }
}

extension [Said] {
    func on(_ topic: String) -> [Said] { filter { $0.topic == topic } }

    /// Every topic's updates in number order as one text of bytes: equal for equal output.
    var digest: [String: [UInt8]] {
        var digest: [String: [UInt8]] = [:]
        for said in self { digest["\(said.topic)\(said.symbol)/", default: []] += said.bytes }
        return digest
    }
}

extension SoloFlow {
    /// Routes events, publishes after each `burst` of them and takes everything that came of it.
    mutating func play(_ events: [MarketEvent], burst: Int = 1) -> [Said] {
        let topics = origin.topics
        var said: [Said] = []
        for (index, event) in events.enumerated() {
            router.route(event)
            guard (index + 1) % burst == 0 || index + 1 == events.count else { continue }
            router.publish()
            poll { outbox in
                outbox.forEach { head, update in
                    var one = Said(head, update, topics)
                    one.event = index
                    said.append(one)
                }
            }
        }
        return said
    }
}

/// Cents, whole shares, around the clock unless said otherwise.
func instrument(
    _ calendar: any SessionCalendar = AroundTheClock(), allowsNegativePrices: Bool = false
) -> @Sendable (Symbol) -> Instrument {
    { _ in
        Instrument(
            tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: calendar,
            allowsNegativePrices: allowsNegativePrices)
    }
}

/// Short forms of events for tests: times in seconds, prices in cents.
enum Make {
    static func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64((seconds * 1e9).rounded())) }

    static func trade(
        _ seconds: Double, _ cents: Int64, _ quantity: Int64, _ side: Side = .unknown,
        marks: MarketEvent.Marks = [], symbol: UInt32 = 0
    ) -> MarketEvent {
        var event = MarketEvent.trade(
            symbol: symbol, venueTime: time(seconds), receiveTime: time(0),
            price: Price(billionths: cents * 10_000_000), quantity: Quantity(steps: quantity))
        event.side = side
        event.marks = marks
        return event
    }

    static func clock(_ seconds: Double, symbol: UInt32 = 0) -> MarketEvent {
        MarketEvent(.clock, symbol: symbol, venueTime: time(seconds), receiveTime: time(0))
    }

    static func gap(_ seconds: Double, symbol: UInt32 = 0) -> MarketEvent {
        .gap(
            symbol: symbol, venueTime: time(seconds), receiveTime: time(0), cause: .feed, first: 0, last: 0, count: 0)
    }

    static func status(_ seconds: Double, _ status: TradingStatus) -> MarketEvent {
        var event = MarketEvent(.status, symbol: 0, venueTime: time(seconds), receiveTime: time(0))
        event.tradingStatus = status
        return event
    }

    static func end(_ seconds: Double, symbol: UInt32 = 0) -> MarketEvent {
        .control(
            symbol: symbol, venueTime: time(seconds), receiveTime: time(0), action: .endOfInput, index: 0)
    }
}

/// Plays one symbol's events through a flow of its own.
func play(
    _ events: [MarketEvent], calendar: any SessionCalendar = AroundTheClock(), burst: Int = 1,
    _ change: (inout FlowSettings) -> Void
) -> [Said] {
    var settings = FlowSettings()
    settings.live = .zero
    change(&settings)
    var flow = SoloFlow(settings: settings, instrument: instrument(calendar))
    _ = flow.router.directory.entry(for: "TEST")
    return flow.play(events, burst: burst)
}
