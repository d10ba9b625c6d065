public import Market

/// Who took the initiative in a trade, and what told it.
public struct Aggressor: BitwiseCopyable, Equatable, Sendable {
    /// +1 for buy, −1 for sell, 0 for unknown.
    public var sign: Int8
    public var method: SignMethod

    @inlinable
    public static var unknown: Aggressor { Aggressor(sign: 0, method: .none) }

    @inlinable
    public init(sign: Int8, method: SignMethod) {
        self.sign = sign
        self.method = sign == 0 ? .none : method
    }

    public var side: Side { sign > 0 ? .buy : sign < 0 ? .sell : .unknown }
}

/// Tells each trade's aggressor from the venue's flag or from quotes and prices, one trade after the other.
///
/// Bid and ask are those that stood before the trade, in billionths; `Price.none` stands for a missing side. Auction
/// trades have no aggressor; they move the price that the next trade is compared with, and nothing else. Trades off
/// the exchange know the quote rule alone and leave no trace.
public struct SideClassifier: BitwiseCopyable, Sendable {
    /// The price of the last trade that counts; `Price.none` before the first one.
    public var lastPrice = Price.none.billionths
    /// The direction of the last price change; under `touch` the last side told.
    public var lastSign: Int8
    public let rule: AggressorRule
    /// The sign given while no price has moved yet: 0 for the textbook, +1 for orderflow-v1.
    public let firstSign: Int8

    public init(rule: AggressorRule, firstSign: Side) {
        self.rule = rule
        self.firstSign = Int8(firstSign.sign)
        lastSign = self.firstSign
    }

    /// The aggressor of an ordinary trade without a venue's flag under the rule `touch`, that of orderflow-v1: inlined,
    /// where all other rules are a call away.
    @inlinable @inline(__always)
    public mutating func classifyByTouch(price: Int64, bid: Int64, ask: Int64) -> Aggressor {
        let aggressor = SideClassifier.byTouch(price, bid, ask, direction(of: price))
        lastPrice = price
        lastSign = aggressor.sign
        return aggressor
    }

    /// The aggressor of an ordinary trade.
    public mutating func classify(price: Int64, bid: Int64, ask: Int64, venueSide: Side) -> Aggressor {
        let tick = direction(of: price)
        var aggressor: Aggressor
        switch rule {
        case .touch: aggressor = SideClassifier.byTouch(price, bid, ask, tick)
        case .leeReady: aggressor = SideClassifier.byMiddle(price, bid, ask, tick)
        case .tick: aggressor = Aggressor(sign: tick, method: .tick)
        case .quote: aggressor = SideClassifier.byQuote(price, bid, ask, tick)
        case .emo: aggressor = SideClassifier.byEdge(price, bid, ask, tick)
        case .clnv: aggressor = SideClassifier.byBand(price, bid, ask, tick)
        case .venue: aggressor = .unknown
        }
        if venueSide != .unknown { aggressor = Aggressor(sign: Int8(venueSide.sign), method: .venue) }
        lastPrice = price
        lastSign = rule == .touch ? aggressor.sign : tick
        return aggressor
    }

    /// The aggressor of any trade event, its marks considered; a touch that the trade carries stands before the quote.
    public mutating func classify(_ trade: MarketEvent, bid: Int64, ask: Int64) -> Aggressor {
        let price = trade.price.billionths
        let hasTouch = trade.marks.contains(.touch)
        let bid = hasTouch ? trade.touchBid.billionths : bid
        let ask = hasTouch ? trade.touchAsk.billionths : ask
        if _fastPath(trade.marks.isDisjoint(with: [.auction, .offExchange])) {
            return classify(price: price, bid: bid, ask: ask, venueSide: trade.side)
        }
        if trade.marks.contains(.auction) { return auction(price: price) }
        return offExchange(price: price, bid: bid, ask: ask, venueSide: trade.side)
    }

    /// An auction's trade: neutral.
    @inlinable
    public mutating func auction(price: Int64) -> Aggressor {
        lastPrice = price
        return .unknown
    }

    /// A trade that no lit book made: the venue's flag, else the quote rule, else neutral.
    @inlinable
    public func offExchange(price: Int64, bid: Int64, ask: Int64, venueSide: Side) -> Aggressor {
        if venueSide != .unknown { return Aggressor(sign: Int8(venueSide.sign), method: .venue) }
        guard rule != .venue else { return .unknown }
        return SideClassifier.byQuote(price, bid, ask, 0)
    }

    /// The last direction of the price, this trade's counted. Prices lie within half of 64 bits, so that their
    /// difference does too.
    @inlinable @inline(__always)
    func direction(of price: Int64) -> Int8 {
        let last = lastPrice == Price.none.billionths ? price : lastPrice
        return SideClassifier.first(SideClassifier.sign(of: price &- last), lastSign)
    }

    /// By bits, as `first`: whether a price rose or fell is what no processor can guess.
    @inlinable @inline(__always)
    static func sign(of difference: Int64) -> Int8 {
        let isBelow = difference &>> 63
        let isAbove = Int64(bitPattern: UInt64(bitPattern: 0 &- difference) &>> 63)
        return Int8(truncatingIfNeeded: isBelow | isAbove)
    }

    @inlinable @inline(__always)
    static func sign(_ up: Bool, _ down: Bool) -> Int8 { (up ? 1 : 0) &- (down ? 1 : 0) }

    /// `left`, or `right` where `left` is 0. By bits: a branch on a side is wrong every other time, 3 ns a trade.
    @inlinable @inline(__always)
    static func first(_ left: Int8, _ right: Int8) -> Int8 {
        left | (right & ((left & 1) &- 1))
    }

    /// A missing bid is the largest number, so that one comparison finds it along with locked and crossed quotes.
    @inlinable @inline(__always)
    static func isSound(_ bid: Int64, _ ask: Int64) -> Bool { bid < ask && ask != Price.none.billionths }

    @inlinable @inline(__always)
    static func told(by method: SignMethod, _ sign: Int8, else tick: Int8) -> Aggressor {
        Aggressor(sign: first(sign, tick), method: sign != 0 ? method : .tick)
    }

    @inlinable @inline(__always)
    static func byTouch(_ price: Int64, _ bid: Int64, _ ask: Int64, _ tick: Int8) -> Aggressor {
        // Each −1 where it holds, else 0: again no branch on a side.
        let isBuy = ~(price &- ask) &>> 63
        let isSell = ~(bid &- price) &>> 63
        let sign = Int8(truncatingIfNeeded: isSell &- isBuy)
        return told(by: .touch, isSound(bid, ask) ? sign : 0, else: tick)
    }

    /// +1 above the middle of a sound quote, −1 below it. Between bid and ask both differences are below 2^63, and
    /// outside them the first term decides: no sum that could overflow.
    @inlinable @inline(__always)
    static func middle(_ price: Int64, _ bid: Int64, _ ask: Int64) -> Int8 {
        let below = price &- bid
        let above = ask &- price
        let outside = sign(price >= ask, price <= bid)
        return first(outside, sign(below > above, below < above))
    }

    @inlinable @inline(__always)
    static func byMiddle(_ price: Int64, _ bid: Int64, _ ask: Int64, _ tick: Int8) -> Aggressor {
        told(by: .quote, isSound(bid, ask) ? middle(price, bid, ask) : 0, else: tick)
    }

    @inlinable @inline(__always)
    static func byQuote(_ price: Int64, _ bid: Int64, _ ask: Int64, _ tick: Int8) -> Aggressor {
        guard isSound(bid, ask) else { return Aggressor(sign: tick, method: .tick) }
        return Aggressor(sign: middle(price, bid, ask), method: .quote)
    }

    @inlinable @inline(__always)
    static func byEdge(_ price: Int64, _ bid: Int64, _ ask: Int64, _ tick: Int8) -> Aggressor {
        told(by: .touch, isSound(bid, ask) ? sign(price == ask, price == bid) : 0, else: tick)
    }

    @inlinable @inline(__always)
    static func byBand(_ price: Int64, _ bid: Int64, _ ask: Int64, _ tick: Int8) -> Aggressor {
        guard isSound(bid, ask) else { return Aggressor(sign: tick, method: .tick) }
        let band = 3 * (Int128(ask) - Int128(bid))
        let buy = price <= ask && 10 * (Int128(ask) - Int128(price)) < band
        let sell = price >= bid && 10 * (Int128(price) - Int128(bid)) < band
        return told(by: .band, sign(buy, sell), else: tick)
    }
}
