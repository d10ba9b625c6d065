public import Graph
public import Market
public import Memory
public import Updates

/// What is told of hidden orders, and how prints are joined and matched.
public struct HiddenSettings: NodeSettings {
    var gap: Duration
    var within: Duration
    var larger: Bool

    public init(reading reader: inout SettingsReader) {
        gap = reader.duration(
            "gap", default: .milliseconds(100), in: .zero ... .seconds(60),
            meaning: "The longest pause between two prints of one price and side that are told together")
        within = reader.duration(
            "within", default: .milliseconds(10), in: .zero ... .seconds(10),
            meaning: "How far a quote may run ahead of the trade that changed it, or behind it")
        larger = reader.flag(
            "larger", default: true,
            meaning: "Whether prints larger than the best price's size are told, where one venue's whole size is known")
    }
}

/// Hidden orders, seen by lit executions that shown ones do not explain (definitions §12).
///
/// A print strictly between bid and ask met an order that nobody saw; one at the best price that exceeds its size met
/// more than was shown, where the prints of one instant since the last quote count together. A quote that ran ahead of
/// its trade is matched by the fall of its size: a print within `within` of it is held against what has just gone from
/// its price. Prints off the exchange, prints of an auction, and prints while the quote is missing, locked, crossed or
/// not yet told again after a gap say nothing; nor does a book that is being rebuilt.
///
/// Prints at one price, against one side and for one cause are told together, once, when none has come for `gap`. A gap
/// in the stream, a halt and the session's end end a group; one cut by a gap says so. Corrections are not run again: a
/// group in whose time its price was corrected carries `inputRevised`.
public struct Hidden: Analytic, ~Copyable {
    /// Groups at a time; one more ends the one whose last print is oldest.
    static let groupLimit = 16

    public static let name = "hidden"
    public static let meaning = "Lit executions inside the spread or beyond the size that was shown"
    public static let example = #"{ "gap": "100ms", "within": "10ms" }"#
    public static let interests: Interests = [.trades, .quotes, .instants, .breaks, .sessions, .changes, .live]
    public static let layouts = [HiddenUpdate.layout]

    public static func topics(_ settings: HiddenSettings) -> [TopicEntry] {
        [TopicEntry(prefix: "hidden/", layout: HiddenUpdate.layout)]
    }

    private var channel: Channel
    private let gap: Int64
    private let tellsLarger: Bool
    private var bids: ShownSize
    private var asks: ShownSize
    private var quote = Quote.none
    private var groups: [HiddenGroup] = []

    public init(_ settings: HiddenSettings, at place: AnalyticPlace) {
        channel = place.channels[0]
        gap = DurationText.nanoseconds(settings.gap)
        tellsLarger = settings.larger
        bids = ShownSize(within: DurationText.nanoseconds(settings.within))
        asks = ShownSize(within: DurationText.nanoseconds(settings.within))
        groups.reserveCapacity(Hidden.groupLimit)
    }

    // MARK: The stream

    public mutating func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard !quote.isBeyondLimits else { return surroundings.fail("event \(quote.number) quotes an impossible size") }
        let none = Price.none.billionths
        let before = self.quote
        bids.quote(
            quote.bid, quote.bidSize, isBehind: quote.bid == none || (before.bid != none && quote.bid < before.bid),
            at: quote.time)
        asks.quote(quote.ask, quote.askSize, isBehind: quote.ask > before.ask, at: quote.time)
        self.quote = quote
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard trade.marks.isDisjoint(with: [.offExchange, .auction]) else { return }
        guard surroundings.bookState == .none || surroundings.bookState == .whole else { return }
        // Most prints meet what is shown.
        let matched = explain(trade)
        let rest = trade.quantity - matched
        guard rest > 0 else { return }
        if matched > 0 {
            let side = metSide(trade)
            let from = side == .buy ? bids.fallenFrom : asks.fallenFrom
            meet(trade, rest, from, &surroundings, &updates)
        } else if isInside(trade) {
            add(trade, .inside, hidden: rest, shown: 0, &surroundings, &updates)
        } else {
            meet(trade, rest, nil, &surroundings, &updates)
        }
    }

    /// The part of a print that a fall of the quote before it explains.
    private mutating func explain(_ trade: borrowing Trade) -> Int64 {
        switch metSide(trade) {
        case .buy: return bids.explain(trade.quantity, at: trade.price, time: trade.time)
        case .sell: return asks.explain(trade.quantity, at: trade.price, time: trade.time)
        case .unknown:
            let explained = bids.explain(trade.quantity, at: trade.price, time: trade.time)
            return explained + asks.explain(trade.quantity - explained, at: trade.price, time: trade.time)
        }
    }

    private func isInside(_ trade: borrowing Trade) -> Bool {
        let none = Price.none.billionths
        let (bid, ask, isTold) = (trade.bid, trade.ask, trade.marks.contains(.touch))
        guard isTold || quote.isSound, bid != none, ask != none else { return false }
        return trade.price > bid ? trade.price < ask : false
    }

    /// Holds what is left of a print against its price's size. `fallen` is what stood there before a fall that
    /// explained the other part of the print: where the price has gone since, all that is left was hidden.
    private mutating func meet(
        _ trade: borrowing Trade, _ rest: Int64, _ fallen: Int64?, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        guard quote.isSound else { return }
        let side = metSide(trade)
        guard side != .unknown else { return }
        let now = side == .buy ? bids.shows(trade.price) : asks.shows(trade.price)
        var excess = rest
        if now != nil {
            excess = side == .buy ? bids.meet(rest, time: trade.time) : asks.meet(rest, time: trade.time)
        } else if fallen == nil {
            return
        }
        guard excess > 0, tellsLarger, let shown = fallen ?? now else { return }
        add(trade, .larger, hidden: excess, shown: shown, &surroundings, &updates)
    }

    /// The side of the book that a print met.
    private func metSide(_ trade: borrowing Trade) -> Side {
        trade.sign > 0 ? .sell : trade.sign < 0 ? .buy : .unknown
    }

    // MARK: Groups

    private mutating func add(
        _ trade: borrowing Trade, _ kind: HiddenKind, hidden: Int64, shown: Int64, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let side = metSide(trade)
        var place = groups.count
        for index in groups.indices where groups[index].price == trade.price && groups[index].side == side {
            if groups[index].kind == kind { place = index }
        }
        if place == groups.count {
            if place == Hidden.groupLimit {
                tell(groups.remove(at: oldest), .room, .final, &surroundings, &updates)
                place -= 1
            }
            groups.append(HiddenGroup(trade, side: side, kind: kind))
        }
        groups[place].add(trade, hidden: hidden, shown: shown)
        surroundings.expect(due(place))
    }

    /// The one whose last print is oldest; there must be one.
    private var oldest: Int {
        var oldest = 0
        for place in groups.indices where groups[place].lastTime < groups[oldest].lastTime { oldest = place }
        return oldest
    }

    private func due(_ place: Int) -> Int64 { groups[place].lastTime &+ gap &+ 1 }

    // MARK: Ends

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        while !groups.isEmpty, due(oldest) <= surroundings.time {
            tell(groups.remove(at: oldest), [], .final, &surroundings, &updates)
        }
        if !groups.isEmpty { surroundings.expect(due(oldest)) }
    }

    public mutating func receive(
        _ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        endAll(stop == .gap ? .gap : [], &surroundings, &updates)
        guard stop == .gap else { return }
        quote = .none
        bids = ShownSize(within: bids.within)
        asks = ShownSize(within: asks.within)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        endAll([], &surroundings, &updates)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let time = change.trade.time
        for place in groups.indices where groups[place].price == change.trade.price {
            if time >= groups[place].firstTime, time <= groups[place].lastTime { groups[place].isRevised = true }
        }
    }

    /// At the end of the input the open groups are told as they stand.
    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard surroundings.isEnding else { return }
        for group in groups { tell(group, [], .live, &surroundings, &updates) }
    }

    private mutating func endAll(
        _ cuts: HiddenUpdate.Cuts, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        while !groups.isEmpty { tell(groups.remove(at: oldest), cuts, .final, &surroundings, &updates) }
    }

    // MARK: Telling

    private mutating func tell(
        _ group: HiddenGroup, _ cuts: HiddenUpdate.Cuts, _ edition: Edition, _ surroundings: inout Surroundings,
        _ updates: inout Outbox
    ) {
        let window = Window(from: group.firstTime, to: group.lastTime &+ 1)
        let signed = group.side == .unknown ? 0 : group.executed
        let quality = surroundings.quality(over: window, inferredShare: Double(group.inferred) / Double(signed))
        var edition = edition
        if group.isRevised { edition.flags.insert(.inputRevised) }
        let head = surroundings.head(on: &channel, over: window, as: edition, quality: quality)
        surroundings.publish(HiddenUpdate(group, cuts: cuts), head, on: channel, &updates)
        guard edition.isFinal else { return }
        let evidence = Evidence(
            kind: .hidden, number: channel.number, time: surroundings.time, quality: quality)
        let direction = Int8(group.side.sign)
        surroundings.board.add(Finding(evidence, direction: direction, low: group.price, high: group.price))
    }
}

extension Hidden {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.values(&bids, &asks, &quote)
        archive.array(&groups)
        archive.check(groups.count <= Hidden.groupLimit, "too many hidden executions are open")
    }
}
