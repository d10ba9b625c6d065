import Analytics
import Market
import Testing

private let cent: Int64 = 10_000_000

private func signs(_ rule: AggressorRule, _ cents: [Int64], bid: Int64, ask: Int64, first: Side = .unknown) -> [Int8] {
    var classifier = SideClassifier(rule: rule, firstSign: first)
    return cents.map {
        classifier.classify(price: $0 * cent, bid: bid * cent, ask: ask * cent, venueSide: .unknown).sign
    }
}

@Suite struct `Aggressor side` {
    private let prices: [Int64] = [10_000, 10_002, 10_000, 9_998, 10_000, 10_000, 10_001, 9_999]

    @Test func `vector LR1 gives the signs of each rule`() {
        #expect(signs(.tick, prices, bid: 9_998, ask: 10_002) == [0, 1, -1, -1, 1, 1, 1, -1])
        #expect(signs(.leeReady, prices, bid: 9_998, ask: 10_002) == [0, 1, -1, -1, 1, 1, 1, -1])
        #expect(signs(.quote, prices, bid: 9_998, ask: 10_002) == [0, 1, 0, -1, 0, 0, 1, -1])
        #expect(signs(.venue, prices, bid: 9_998, ask: 10_002) == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(signs(.emo, prices, bid: 9_998, ask: 10_002) == [0, 1, -1, -1, 1, 1, 1, -1])
    }

    @Test func `touch remembers the last side told by any means, the tick rule the last move`() {
        // The buy at the ask is also a downtick; the next trade stands between bid and ask at the same price.
        var touch = SideClassifier(rule: .touch, firstSign: .buy)
        var leeReady = SideClassifier(rule: .leeReady, firstSign: .buy)
        func both(_ price: Int64, _ bid: Int64, _ ask: Int64) -> [Int8] {
            [
                touch.classify(price: price, bid: bid, ask: ask, venueSide: .unknown).sign,
                leeReady.classify(price: price, bid: bid, ask: ask, venueSide: .unknown).sign,
            ]
        }
        #expect(both(10, 8, 12) == [1, 1])
        #expect(both(9, 7, 9) == [1, 1])
        #expect(both(9, 7, 11) == [1, -1])
    }

    @Test func `a band of three tenths of the spread belongs to its side`() {
        // Bid 100, ask 110: (107, 110] buys, [100, 103) sells, the rest goes by the tick.
        for (price, sign, method) in [
            (Int64(107), Int8(1), SignMethod.tick), (108, 1, .band), (110, 1, .band), (111, 1, .tick), (103, -1, .tick),
            (102, -1, .band), (100, -1, .band), (99, -1, .tick),
        ] {
            var classifier = SideClassifier(rule: .clnv, firstSign: .unknown)
            _ = classifier.classify(price: 105, bid: 100, ask: 110, venueSide: .unknown)
            let told = classifier.classify(price: price, bid: 100, ask: 110, venueSide: .unknown)
            #expect(told == Aggressor(sign: sign, method: method), "\(price)")
        }
    }

    @Test(arguments: [AggressorRule.quote, .leeReady, .emo, .clnv, .touch])
    func `locked, crossed and missing quotes fall back on the tick rule`(rule: AggressorRule) {
        let none = Price.none.billionths
        for (bid, ask) in [(Int64(100), Int64(100)), (101, 99), (none, 110), (90, none), (none, none)] {
            var classifier = SideClassifier(rule: rule, firstSign: .unknown)
            _ = classifier.classify(price: 100, bid: bid, ask: ask, venueSide: .unknown)
            let down = classifier.classify(price: 99, bid: bid, ask: ask, venueSide: .unknown)
            #expect(down == Aggressor(sign: -1, method: .tick), "\(bid) \(ask)")
        }
    }

    @Test(arguments: AggressorRule.allCases)
    func `the venue's flag wins under every rule`(rule: AggressorRule) {
        var classifier = SideClassifier(rule: rule, firstSign: .buy)
        let told = classifier.classify(price: 110, bid: 100, ask: 110, venueSide: .sell)
        #expect(told == Aggressor(sign: -1, method: .venue))
        #expect(!told.method.isInferred)
    }

    @Test func `the middle is exact at the limits of prices`() {
        let limit = Price.limit
        var classifier = SideClassifier(rule: .quote, firstSign: .unknown)
        for (price, sign) in [(Int64(0), Int8(0)), (1, 1), (-1, -1), (limit, 1), (-limit, -1)] {
            let told = classifier.classify(price: price, bid: -limit, ask: limit, venueSide: .unknown)
            #expect(told.sign == sign, "\(price)")
        }
        var band = SideClassifier(rule: .clnv, firstSign: .unknown)
        #expect(band.classify(price: limit, bid: -limit, ask: limit, venueSide: .unknown).method == .band)
    }

    @Test func `an auction has no aggressor and moves the reference, a print off the exchange moves nothing`() {
        var classifier = SideClassifier(rule: .leeReady, firstSign: .unknown)
        let time = Timestamp(nanoseconds: 1)
        func trade(_ price: Int64, _ marks: MarketEvent.Marks) -> MarketEvent {
            var event = MarketEvent.trade(
                symbol: 0, venueTime: time, receiveTime: time, price: Price(billionths: price),
                quantity: Quantity(steps: 1))
            event.marks = marks
            return event
        }
        let none = Price.none.billionths
        #expect(classifier.classify(trade(100, .auction), bid: 90, ask: 99) == .unknown)
        #expect(classifier.classify(trade(101, []), bid: none, ask: none) == Aggressor(sign: 1, method: .tick))
        #expect(classifier.classify(trade(300, .offExchange), bid: none, ask: none) == .unknown)
        let printed = classifier.classify(trade(300, .offExchange), bid: 200, ask: 310)
        #expect(printed == Aggressor(sign: 1, method: .quote))
        #expect(classifier.classify(trade(102, []), bid: none, ask: none) == Aggressor(sign: 1, method: .tick))
        var touched = trade(102, [])
        touched.setTouch(bid: Price(billionths: 102), ask: Price(billionths: 105))
        #expect(classifier.classify(touched, bid: 90, ask: 102) == Aggressor(sign: -1, method: .quote))
    }

    @Test func `each feed's side field means what the polarity table says`() {
        #expect(Polarity.databento(side: UInt8(ascii: "B")) == .buy)
        #expect(Polarity.databento(side: UInt8(ascii: "A")) == .sell)
        #expect(Polarity.databento(side: UInt8(ascii: "N")) == .unknown)
        #expect(Polarity.binance(buyerIsMaker: true) == .sell)
        #expect(Polarity.binance(buyerIsMaker: false) == .buy)
        #expect(Polarity.coinbaseMatch(makerSide: .sell) == .buy)
        #expect(Polarity.coinbaseMatch(makerSide: .buy) == .sell)
        #expect(Polarity.alpacaCrypto(takerSide: UInt8(ascii: "B")) == .buy)
        #expect(Polarity.alpacaCrypto(takerSide: UInt8(ascii: "S")) == .sell)
        #expect(Polarity.table.count == 9)
        #expect(SignMethod.allCases.map { "\($0)" } == SignMethod.names)
    }
}
