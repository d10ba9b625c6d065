internal import Graph
public import Market
public import Memory
public import Updates

/// Icebergs: orders that show a part of themselves and come back as they are executed (definitions §12).
///
/// The finest news that the source gives decides, from its first event on: single orders, else price levels, else the
/// best bid and ask. Orders tell native and synthetic icebergs (`IcebergOrders`); levels and quotes tell those of a
/// price (`LevelStays`). Lit trades alone count; one whose side nobody knows is placed by the quote before it, or left.
/// Each is told when it is found and, final, when it is over, with the same figures whether a clock or the next event
/// shows that its time has passed.
///
/// A gap, a halt, a reset of the book and the session's end end all of them, told as cut: nothing is chained across
/// what was not seen. After a gap sizes and orders are unknown until the source tells them anew. Where the tape is
/// corrected at its price and in its time, an open one is not run again; what it publishes next carries
/// `inputRevised`. The total size that is expected is Kaplan and Meier's estimate over the tranches of those that
/// ended since the start, by method; only the filled ones are known to have been whole.
public struct Iceberg: Analytic, ~Copyable {
    public static let name = "iceberg"
    public static let meaning = "Orders that show a part of themselves and come back as they are executed"
    public static let example = #"{ "within": "150ms", "refills": 3, "ratio": 3 }"#
    public static let interests: Interests = [
        .trades, .quotes, .book, .instants, .breaks, .sessions, .changes, .live,
    ]
    public static let layouts = [IcebergUpdate.layout]

    public static func topics(_ settings: IcebergSettings) -> [TopicEntry] {
        [TopicEntry(prefix: "iceberg/", layout: IcebergUpdate.layout)]
    }

    /// What the source tells of the book, from coarse to fine.
    private enum Depth: UInt8 { case quotes, levels, orders }

    private var channel: Channel
    private let sizeStep: Int64
    private let history: Int64
    private var depth = Depth.quotes
    private var stays: LevelStays
    private var orders: IcebergOrders
    private var quote = Quote.none
    private var levelSurvival = TrancheSurvival()
    private var nativeSurvival = TrancheSurvival()
    private var syntheticSurvival = TrancheSurvival()

    public init(_ settings: IcebergSettings, at place: AnalyticPlace) {
        channel = place.channels[0]
        sizeStep = place.instrument.sizeStep
        history = Int64(settings.history)
        stays = LevelStays(settings.rule)
        orders = IcebergOrders(settings.rule)
    }

    // MARK: The stream

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard depth != .orders, trade.marks.isDisjoint(with: [.offExchange, .auction]) else { return }
        let side = Iceberg.side(of: trade)
        guard side != .unknown else { return }
        stays.execute(trade, against: side, shown: shown(side, trade.price))
        publish(&surroundings, &updates)
    }

    public mutating func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard depth == .quotes else { return }
        guard !quote.isBeyondLimits else { return surroundings.fail("event \(quote.number) quotes an impossible size") }
        let before = self.quote
        self.quote = quote
        stays.quote(
            .buy, BestSize(price: quote.bid, size: quote.bidSize),
            before: BestSize(price: before.bid, size: before.bidSize), at: quote.time)
        stays.quote(
            .sell, BestSize(price: quote.ask, size: quote.askSize),
            before: BestSize(price: before.ask, size: before.askSize), at: quote.time)
        publish(&surroundings, &updates)
    }

    public mutating func receive(
        book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard change.quantity.steps.magnitude <= UInt64(Quantity.limit) else {
            return surroundings.fail("event \(change.sequence) puts an impossible size into the book")
        }
        switch change.kind {
        case .level:
            guard depth != .orders, change.side != .unknown else { return }
            deepen(to: .levels)
            stays.show(
                change.side, change.price.billionths, change.quantity.steps, at: change.venueTime.nanoseconds)
        case .order:
            deepen(to: .orders)
            orders.receive(change)
        case .bookReset: endAll()
        case .trade, .quote, .cancel, .restate, .status, .gap, .control, .clock, nil: return
        }
        publish(&surroundings, &updates)
    }

    /// The side of the book that a trade met.
    private static func side(of trade: borrowing Trade) -> Side {
        if trade.sign != 0 { return trade.sign > 0 ? .sell : .buy }
        if trade.ask != Price.none.billionths, trade.price >= trade.ask { return .sell }
        if trade.bid != Price.none.billionths, trade.price <= trade.bid { return .buy }
        return .unknown
    }

    /// What stands at a price; nil where nobody knows.
    private func shown(_ side: Side, _ price: Int64) -> Int64? {
        if depth == .levels { return stays.size(side, price) }
        if side == .buy { return quote.bid == price ? quote.bidSize : nil }
        return quote.ask == price ? quote.askSize : nil
    }

    private mutating func deepen(to depth: Depth) {
        guard depth.rawValue > self.depth.rawValue else { return }
        self.depth = depth
        stays.endAll(.cut)
    }

    // MARK: Ends

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        stays.endDue(at: surroundings.time)
        orders.endDue(at: surroundings.time)
        publish(&surroundings, &updates)
    }

    public mutating func receive(
        _ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        switch stop {
        case .gap:
            quote = .none
            endAll()
        case .halt: endStays()
        case .resume: return
        }
        publish(&surroundings, &updates)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        endStays()
        publish(&surroundings, &updates)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        stays.revise(change.trade.price, at: change.trade.time)
        orders.revise(change.trade.price, at: change.trade.time)
    }

    /// At the end of the input the open ones are told as they stand.
    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isEnding else { return }
        for tranches in stays.toldOnes + orders.toldOnes { tell(tranches, .open, &surroundings, &updates) }
    }

    /// Ends all and forgets the book.
    private mutating func endAll() {
        endStays()
        stays.forgetSizes()
        orders.forgetOrders()
    }

    private mutating func endStays() {
        stays.endAll(.cut)
        orders.endAll(.cut)
    }

    // MARK: Telling

    private mutating func publish(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if !stays.news.isEmpty {
            for news in stays.news { take(news, &surroundings, &updates) }
            stays.news.removeAll(keepingCapacity: true)
        }
        if !orders.news.isEmpty {
            for news in orders.news { take(news, &surroundings, &updates) }
            orders.news.removeAll(keepingCapacity: true)
        }
        let next = min(stays.nextDue, orders.nextDue)
        if next != .max { surroundings.expect(next) }
    }

    private mutating func take(
        _ news: IcebergNews, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        tell(news.tranches, news.end, &surroundings, &updates)
        let tranches = news.tranches
        if news.end == .open {
            let evidence = Evidence(
                kind: .iceberg, number: channel.number, time: surroundings.time,
                quality: quality(of: tranches, surroundings))
            let direction = Int8(tranches.side.sign)
            surroundings.board.add(
                Finding(evidence, direction: direction, low: tranches.price, high: tranches.price))
        } else if tranches.refills > 0 {
            note(tranches, isFilled: news.end == .filled)
        }
    }

    private mutating func tell(
        _ tranches: Tranches, _ end: IcebergEnd, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        var edition = end == .open ? Edition.live : .final
        if tranches.isRevised { edition.flags.insert(.inputRevised) }
        let body = IcebergUpdate(
            tranches, end, expectedTotal: end == .open ? expectedTotal(of: tranches) : .nan)
        let head = surroundings.head(
            on: &channel, over: Iceberg.window(of: tranches), as: edition, quality: quality(of: tranches, surroundings))
        surroundings.publish(body, head, on: channel, &updates)
    }

    private static func window(of tranches: Tranches) -> Window {
        Window(from: tranches.firstTime, to: tranches.lastTime &+ 1)
    }

    private func quality(of tranches: Tranches, _ surroundings: borrowing Surroundings) -> Quality {
        let share = Double(tranches.inferred) / Double(tranches.executed)
        return surroundings.quality(over: Iceberg.window(of: tranches), inferredShare: share)
    }

    // MARK: The expected size

    private mutating func note(_ tranches: Tranches, isFilled: Bool) {
        switch tranches.method {
        case .level: levelSurvival.note(tranches: tranches.refills + 1, isFilled: isFilled)
        case .native: nativeSurvival.note(tranches: tranches.refills + 1, isFilled: isFilled)
        case .synthetic: syntheticSurvival.note(tranches: tranches.refills + 1, isFilled: isFilled)
        }
    }

    /// The expected count of tranches times their mean size so far, units.
    private func expectedTotal(of tranches: Tranches) -> Double {
        guard tranches.refills > 0 else { return .nan }
        let count = tranches.refills + 1
        let expected =
            switch tranches.method {
            case .level: levelSurvival.expected(from: count, minimum: history)
            case .native: nativeSurvival.expected(from: count, minimum: history)
            case .synthetic: syntheticSurvival.expected(from: count, minimum: history)
            }
        let mean = Double(tranches.executed) / Double(tranches.refills)
        return expected * mean * Double(sizeStep) / Double(Price.scale)
    }
}

extension Iceberg {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.choice(&depth)
        stays.archive(&archive)
        orders.archive(&archive)
        archive.value(&quote)
        levelSurvival.archive(&archive)
        nativeSurvival.archive(&archive)
        syntheticSurvival.archive(&archive)
    }
}
