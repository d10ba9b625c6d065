import Analytics
import Market

/// Events of a book as tests write them: times in seconds since the session's open, prices in units, sizes in steps.
enum BookEvents {
    static func level(
        _ seconds: Double, _ side: Side, _ price: Double, _ size: Int64, last: Bool = true,
        marks: MarketEvent.Marks = []
    ) -> MarketEvent {
        var event = MarketEvent.level(
            symbol: 0, venueTime: Timestamp(nanoseconds: AnalyticTrial.time(seconds)),
            receiveTime: Timestamp(nanoseconds: 0), side: side,
            price: Price(billionths: AnalyticTrial.billionths(price)), quantity: Quantity(steps: size),
            isLastOfGroup: last)
        event.marks.formUnion(marks)
        return event
    }

    static func order(
        _ seconds: Double, _ action: OrderAction, _ identifier: UInt64, _ side: Side, _ price: Double, _ size: Int64,
        last: Bool = true
    ) -> MarketEvent {
        var event = level(seconds, side, price, size, last: last)
        var order = MarketEvent(
            .order, symbol: 0, venueTime: event.venueTime, receiveTime: event.receiveTime)
        order.orderAction = action
        order.identifier = identifier
        order.side = side
        order.price = event.price
        order.quantity = event.quantity
        order.marks = event.marks
        event = order
        return event
    }

    static func reset(_ seconds: Double, _ marks: MarketEvent.Marks) -> MarketEvent {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        var event = MarketEvent(.bookReset, symbol: 0, venueTime: time, receiveTime: Timestamp(nanoseconds: 0))
        event.marks = marks
        return event
    }
}

/// A book kept the slow and plain way: sizes by price, orders by number; everything else is counted out of them.
struct PlainBook {
    struct Order: Equatable {
        var isBid: Bool
        var price: Int64
        var size: Int64
    }

    var bids: [Int64: Int64] = [:]
    var asks: [Int64: Int64] = [:]
    var orders: [UInt64: Order] = [:]

    mutating func apply(_ event: MarketEvent) {
        let (price, size) = (event.price.billionths, event.quantity.steps)
        let isPossible = price > 0 && price <= Price.limit && size <= Quantity.limit && size >= 0
        switch event.kind {
        case .bookReset: self = PlainBook()
        case .level:
            guard isPossible, event.side != .unknown else { return }
            if event.side == .buy { bids[price] = size == 0 ? nil : size }
            if event.side == .sell { asks[price] = size == 0 ? nil : size }
        case .order: applyOrder(event, isPossible: isPossible)
        default: break
        }
    }

    private mutating func applyOrder(_ event: MarketEvent, isPossible: Bool) {
        let (price, size, known) = (event.price.billionths, event.quantity.steps, orders[event.identifier])
        switch event.orderAction {
        case .add:
            guard isPossible, size > 0, event.side != .unknown else { return }
            orders[event.identifier] = Order(isBid: event.side == .buy, price: price, size: size)
        case .modify:
            guard isPossible, known != nil || event.side != .unknown else { return }
            let isBid = known?.isBid ?? (event.side == .buy)
            orders[event.identifier] = size == 0 ? nil : Order(isBid: isBid, price: price, size: size)
        case .remove:
            guard var order = known, size >= 0 else { return }
            order.size = size == 0 ? 0 : max(0, order.size - size)
            orders[event.identifier] = order.size == 0 ? nil : order
        case .fill, nil: break
        }
    }

    /// The levels of one side, best first.
    func levels(_ side: Side) -> [BookLevel] {
        var levels: [BookLevel]
        if orders.isEmpty {
            levels = (side == .buy ? bids : asks).map { BookLevel(price: $0.key, size: $0.value, orders: 0) }
        } else {
            let standing = orders.values.filter { $0.isBid == (side == .buy) }
            levels = Dictionary(grouping: standing, by: \.price).map { price, orders in
                BookLevel(price: price, size: orders.reduce(0) { $0 + $1.size }, orders: Int64(orders.count))
            }
        }
        levels.sort { side == .buy ? $0.price > $1.price : $0.price < $1.price }
        return levels
    }
}

extension PriceLevels {
    var all: [BookLevel] { (0..<count).map { self[$0] } }
}
