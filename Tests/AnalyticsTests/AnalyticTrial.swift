import Analytics
import Graph
import Market
import Updates

/// An update that an analytic published, with its topic.
struct TrialUpdate {
    /// The topic without its symbol.
    let topic: String
    let head: UpdateHead
    let layout: UpdateLayout
    /// The whole update in its wire form.
    let bytes: [UInt8]

    func body<Body: UpdateBody>(_ type: Body.Type = Body.self) -> Body {
        unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: UpdateHead.size, as: Body.self) }
    }

    /// The entries of a group by its place among the layout's groups.
    func group<Entry: BitwiseCopyable>(_ place: Int, as type: Entry.Type = Entry.self) -> [Entry] {
        var offset = UpdateHead.size + layout.size
        for _ in 0..<place { offset += 4 + entries(at: offset) * size(at: offset) }
        return (0..<entries(at: offset)).map { index in
            let start = offset + 4 + index * size(at: offset)
            return unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: start, as: Entry.self) }
        }
    }

    private func size(at offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }
    private func entries(at offset: Int) -> Int { Int(bytes[offset + 2]) | Int(bytes[offset + 3]) << 8 }
}

/// Drives analytics as a symbol's state does, one event after the other, and keeps what they publish.
///
/// Times are seconds since the session's open, prices and sizes plain numbers: prices in units, sizes in steps.
struct AnalyticTrial: ~Copyable {
    static let open: Int64 = 1_700_000_000 * Timestamp.second / 86_400_000_000_000 * 86_400_000_000_000
    let set: AnalyticSet
    let plan: AnalyticPlan
    private(set) var said: [TrialUpdate] = []
    private var outbox = Outbox()
    private var events: UInt64 = 0
    private var quote = Quote.none

    init(_ choices: [AnalyticChoice], tick: Double = 0.01, sizeStep: Int64 = Price.scale, opens: Bool = true) {
        plan = AnalyticPlan(choices)
        let instrument = Instrument(
            tick: Price(billionths: AnalyticTrial.billionths(tick)), sizeStep: sizeStep, calendar: AroundTheClock())
        set = plan.makeSet(symbol: 0, instrument: instrument, firstSlot: 0)
        if opens { openSession() }
    }

    static func billionths(_ price: Double) -> Int64 { Int64((price * 1e9).rounded()) }
    static func time(_ seconds: Double) -> Int64 { open + Int64((seconds * 1e9).rounded()) }

    /// Opens a session of `length` seconds; `day` moves it by whole days.
    mutating func openSession(day: Int64 = 0, length: Int64 = 86_400) {
        let from = AnalyticTrial.open + day * Timestamp.day
        set.open(
            Session(
                open: Timestamp(nanoseconds: from), close: Timestamp(nanoseconds: from + length * Timestamp.second),
                date: Int32(20_231_114 + day)), &outbox)
        collect()
    }

    mutating func closeSession() {
        set.close(&outbox)
        collect()
    }

    /// Lets time come: wakes whoever expects an instant up to it.
    mutating func clock(_ seconds: Double) {
        let time = AnalyticTrial.time(seconds)
        if time >= set.nextInstant { set.wake(time, &outbox) }
        collect()
    }

    mutating func trade(
        _ seconds: Double, _ price: Double, _ quantity: Int64, _ side: Side = .unknown,
        method: SignMethod = .venue, venue: UInt16 = 0, conditions: UInt32 = 0, marks: MarketEvent.Marks = [],
        identifier: UInt64 = 0
    ) {
        clock(seconds)
        set.receive(
            made(
                seconds, price, quantity, side, method: method, venue: venue, conditions: conditions, marks: marks,
                identifier: identifier), &outbox)
        collect()
    }

    /// A trade that was made before; time comes with it.
    mutating func receive(_ trade: Trade) {
        clock(Double(trade.time - AnalyticTrial.open) / 1e9)
        set.receive(trade, &outbox)
        collect()
    }

    /// A trade as `trade` would make it, under the next event number.
    mutating func made(
        _ seconds: Double, _ price: Double, _ quantity: Int64, _ side: Side, method: SignMethod = .venue,
        venue: UInt16 = 0, conditions: UInt32 = 0, marks: MarketEvent.Marks = [], identifier: UInt64 = 0
    ) -> Trade {
        events += 1
        var event = MarketEvent.trade(
            symbol: 0, venueTime: Timestamp(nanoseconds: AnalyticTrial.time(seconds)),
            receiveTime: Timestamp(nanoseconds: 0), price: Price(billionths: AnalyticTrial.billionths(price)),
            quantity: Quantity(steps: quantity))
        event.sequence = events
        event.venue = venue
        event.conditions = conditions
        event.marks = marks
        event.identifier = identifier
        let aggressor = Aggressor(sign: Int8(side.sign), method: method)
        return Trade(event, aggressor, bid: quote.bid, ask: quote.ask)
    }

    /// A quote; nil for an empty side.
    mutating func quote(_ seconds: Double, _ bid: Double?, _ bidSize: Int64, _ ask: Double?, _ askSize: Int64) {
        clock(seconds)
        events += 1
        quote = Quote(
            bid: bid.map(AnalyticTrial.billionths) ?? Price.none.billionths,
            ask: ask.map(AnalyticTrial.billionths) ?? Price.none.billionths, bidSize: bidSize, askSize: askSize,
            time: AnalyticTrial.time(seconds), number: events)
        set.receive(quote, &outbox)
        collect()
    }

    /// Any event of the book.
    mutating func book(_ event: MarketEvent) {
        events += 1
        var event = event
        event.sequence = events
        if event.venueTime.nanoseconds >= set.nextInstant { set.wake(event.venueTime.nanoseconds, &outbox) }
        set.receive(book: event, &outbox)
        collect()
    }

    /// A bar that the state would make.
    mutating func bar(
        _ name: String, from start: Double, to end: Double, open: Double, high: Double, low: Double, close: Double,
        volume: Int64, delta: Int64 = 0, cumulative: Int64 = 0, coverage: Double = 1
    ) {
        clock(end)
        guard let place = plan.bars.firstIndex(of: name) else { preconditionFailure("Nobody asked for \(name).") }
        var bar = Bar(
            start: Timestamp(nanoseconds: AnalyticTrial.time(start)),
            end: Timestamp(nanoseconds: AnalyticTrial.time(end)))
        bar.open = AnalyticTrial.billionths(open)
        bar.high = AnalyticTrial.billionths(high)
        bar.low = AnalyticTrial.billionths(low)
        bar.close = AnalyticTrial.billionths(close)
        bar.firstTime = AnalyticTrial.time(start)
        bar.lastTime = AnalyticTrial.time(end) - 1
        bar.volume = volume
        bar.delta = delta
        bar.count = 1
        bar.turnover = Int128(bar.close) * Int128(volume)
        var quality = Quality.whole
        quality.coverage = coverage
        set.receive(FinishedBar(name: place, bar: bar, cumulative: cumulative, number: 1, quality: quality), &outbox)
        collect()
    }

    mutating func change(_ trade: Trade, isRemoval: Bool, _ reason: RevisionReason, isApproximate: Bool = false) {
        set.receive(
            TapeChange(trade: trade, isRemoval: isRemoval, reason: reason, isApproximate: isApproximate), &outbox)
        collect()
    }

    mutating func stop(_ stop: StreamBreak) {
        set.receive(stop, &outbox)
        collect()
    }

    mutating func show(_ seconds: Double, isEnding: Bool = false) {
        set.show(AnalyticTrial.time(seconds), isEnding: isEnding, &outbox)
        collect()
    }

    /// What was published on a topic so far.
    func on(_ topic: String) -> [TrialUpdate] { said.filter { $0.topic == topic } }

    private mutating func collect() {
        let topics = plan.topics
        var new: [TrialUpdate] = []
        outbox.forEach { record, update in
            let bytes = (0..<update.byteCount).map { unsafe update.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            let entry = topics[Int(record.slot)]
            let head = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: UpdateHead.self) }
            new.append(TrialUpdate(topic: entry.prefix, head: head, layout: entry.layout, bytes: bytes))
        }
        said += new
        outbox.removeAll()
    }
}
