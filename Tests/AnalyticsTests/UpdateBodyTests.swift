import Analytics
import Market
import Testing
import Updates

private let layouts = [
    CandleUpdate.layout, VolumeWeightedPriceUpdate.layout, ProfileUpdate.layout, DeltaUpdate.layout,
    CumulativeDeltaUpdate.layout, PrintUpdate.layout, TradeUpdate.layout, QuoteUpdate.layout, BookUpdate.layout,
    SessionUpdate.layout,
]

/// Whether the fields lie behind one another without a hole and end where the body ends.
private func tile(_ fields: [UpdateField], _ size: Int) -> Bool {
    var next = 0
    for field in fields {
        guard field.offset == next else { return false }
        next += field.type.size
    }
    return next == size
}

private func trade(_ identifier: UInt64) -> MarketEvent {
    var event = MarketEvent.trade(
        symbol: 3, venueTime: Timestamp(nanoseconds: 7), receiveTime: Timestamp(nanoseconds: 9),
        price: Price(billionths: 100), quantity: Quantity(steps: 5))
    event.identifier = identifier
    event.venue = 17
    event.conditions = 33
    event.marks = .doubtful
    return event
}

@Suite struct `Update bodies` {
    @Test func `fields tile each body exactly and names and templates are used once`() {
        for layout in layouts {
            #expect(tile(layout.fields, layout.size), "\(layout.kind)")
            #expect(layout.size % 8 == 0, "\(layout.kind)")
            #expect(Set(layout.fields.map(\.name)).count == layout.fields.count, "\(layout.kind)")
            #expect(layout.fields.allSatisfy { $0.meaning.hasSuffix(".") }, "\(layout.kind)")
            for group in layout.groups { #expect(tile(group.fields, group.size), "\(layout.kind) \(group.name)") }
        }
        #expect(layouts.map(\.template) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect(Set(layouts.map(\.kind)).count == layouts.count)
    }

    @Test func `sizes are those of the memory`() {
        #expect(MemoryLayout<CandleUpdate>.size == 80 && MemoryLayout<CandleUpdate>.stride == 80)
        #expect(MemoryLayout<PrintUpdate>.size == 48)
        #expect(MemoryLayout<TradeUpdate>.size == 72)
        #expect(MemoryLayout<BookUpdate>.size == 56)
        #expect(MemoryLayout<SessionUpdate>.size == 176)
        #expect(MemoryLayout<ProfileRow>.size == 16)
    }

    @Test func `an identifier of sixty-four bits stays whole in numbers below two to the fifty-third`() {
        let limit = UInt64(1) << 53
        let identifiers: [UInt64] = [0, 1, 5_253_712_345, limit - 1, limit, .max]
        for identifier in identifiers {
            let update = TradeUpdate(trade(identifier), .unknown, isLate: false)
            let (low, high) = (UInt64(update.identifier), UInt64(update.identifierHigh))
            #expect(low < limit && high < limit)
            #expect(high * limit + low == identifier)
        }
    }

    @Test func `a trade keeps its marks, side and method`() {
        let update = TradeUpdate(trade(1), Aggressor(sign: -1, method: .tick), isLate: true)
        #expect(update.venue == 17 && update.conditions == 33)
        #expect(TradeTail.sideNames[Int(update.tail.side)] == "sell")
        #expect(SignMethod.names[Int(update.tail.method)] == "tick")
        #expect(update.tail.inferred == 1 && update.tail.late == 1)
        #expect(TradeTail.markNames[update.tail.marks.trailingZeroBitCount] == "doubtful")
        var touched = trade(1)
        touched.setTouch(bid: Price(billionths: 99), ask: Price(billionths: 101))
        #expect(TradeUpdate(touched, .unknown, isLate: false).identifier == 0)
    }

    @Test func `levels, orders and resets make book updates, other events do not`() {
        let time = Timestamp(nanoseconds: 1)
        let level = MarketEvent.level(
            symbol: 0, venueTime: time, receiveTime: time, side: .buy, price: Price(billionths: 5),
            quantity: Quantity(steps: 0), isLastOfGroup: true)
        #expect(BookUpdate(level)?.lastOfGroup == 1)
        var order = MarketEvent(.order, symbol: 0, venueTime: time, receiveTime: time)
        #expect(BookUpdate(order) == nil)
        for action in OrderAction.allCases {
            order.orderAction = action
            #expect(BookUpdate(order).map { BookUpdate.changes[Int($0.change)] } == "\(action)")
        }
        let reset = MarketEvent(.bookReset, symbol: 0, venueTime: time, receiveTime: time)
        #expect(BookUpdate(reset)?.price == Price.none.billionths)
        #expect(BookUpdate(trade(1)) == nil)
    }

    @Test func `a bar's updates hold its figures, and none where it has no price`() {
        var bar = Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60))
        bar.addUnpriced(quantity: 10, sign: 0, inferred: false)
        let unpriced = CandleUpdate(bar)
        let none = Price.none.billionths
        #expect([unpriced.open, unpriced.high, unpriced.low, unpriced.close] == [none, none, none, none])
        #expect(unpriced.volume == 10 && unpriced.volumeWeightedPrice.isNaN)
        bar.add(price: 2 * Price.scale, quantity: 30, sign: -1, inferred: true, time: 5)
        var cumulative = CumulativeDelta()
        cumulative.add(quantity: 100, sign: 1)
        cumulative.fold(bar)
        let delta = DeltaUpdate(bar, cumulative: cumulative.delta)
        #expect(delta.delta == -30 && delta.cumulative == 70 && delta.deltaShare == -0.75)
        let told = CumulativeDeltaUpdate(cumulative)
        #expect([told.delta, told.buy, told.sell, told.neutral, told.trades] == [70, 100, 30, 10, 3])
        cumulative.remove(quantity: 100, sign: 1)
        #expect(cumulative.buy == 0 && cumulative.sell == 30)
        let profile = VolumeProfile(rowHeight: 10, rowLimit: 64)
        let session = SessionUpdate(bar, profile: profile, area: nil, counts: SessionCounts())
        #expect(session.control == none && session.volumeWeightedPrice == 2 && session.firstTime == 5)
    }
}
