import Analytics
import Engine
import Graph
import Market
import TestPrograms

/// A random market in which every analytic finds something: short sessions, bursts, a book of levels or of orders, and
/// everything that goes wrong. One seed, one market.
struct RestartMarket {
    enum Book: CaseIterable { case quotes, levels, orders }

    let book: Book
    let hasTouch: Bool
    private(set) var events: [MarketEvent] = []
    private var chance: SeededChance
    private let calendar: any SessionCalendar
    private var now: Int64
    private var middle: Int64 = 10_000
    private var names: UInt64 = 0
    private var orders: [(name: UInt64, side: Side, price: Int64, size: Int64)] = []
    private var lean = 0

    init(seed: UInt64, length: Int) throws {
        chance = SeededChance(seed: seed &+ Campaign.seed)
        book = Book.allCases[Int(seed % 3)]
        hasTouch = seed % 5 == 4
        calendar = try RestartMarket.calendar()
        now = 20_516 * Timestamp.day
        while events.count < length { step() }
        let last = Timestamp(nanoseconds: now)
        events.append(.control(symbol: 0, venueTime: last, receiveTime: last, action: .endOfInput, index: 0))
    }

    /// Eight minutes of every day.
    static func calendar() throws -> any SessionCalendar {
        try LocalCalendar(
            name: "short", zone: "America/New_York", open: "09:30", close: "09:38",
            days: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    }

    private mutating func step() {
        pass()
        switch chance.below(100) {
        case 0...34: trade()
        case 35...44: burst()
        case 45...49: eatOneLevel()
        case 50...84: changeBook()
        case 85...89: events.append(event(.clock))
        case 90...93: change()
        case 94: disturb()
        case 95: lean = chance.below(3) - 1
        case _: quote()
        }
    }

    /// Lets time go by, and jumps to the next session from outside.
    private mutating func pass() {
        switch chance.below(20) {
        case 0...8: now += Int64(chance.below(2_000_000))
        case 9...15: now += Int64(chance.below(900_000_000))
        case 16...18: now += Int64(chance.below(4)) * Timestamp.second
        case _: now += Int64(chance.below(25)) * Timestamp.second
        }
        guard case .outside(let next?) = calendar.place(of: Timestamp(nanoseconds: now)), chance.below(4) == 0 else {
            return
        }
        now = next.open.nanoseconds + Int64(chance.below(3)) * Timestamp.second
        middle += Int64(chance.below(21) - 10)
    }

    private func event(_ kind: EventKind, late: Int64 = 0) -> MarketEvent {
        let time = Timestamp(nanoseconds: now - late)
        return MarketEvent(kind, symbol: 0, venueTime: time, receiveTime: time)
    }

    private func price(_ cents: Int64) -> Price { Price(billionths: cents * 10_000_000) }

    // MARK: Trades

    private mutating func trade() {
        if chance.below(4) == 0 { middle += Int64(chance.below(3) - 1 + lean * chance.below(2)) }
        middle = min(max(middle, 9_900), 10_100)
        add(middle + Int64(chance.below(3) - 1), Int64(1 + chance.below(60)), late: chance.below(25) == 0)
    }

    private mutating func add(_ cents: Int64, _ size: Int64, side: Side? = nil, late: Bool = false) {
        let behind = late ? Int64(chance.below(40_000)) * 1_000_000 : 0
        var event = event(.trade, late: behind)
        event.price = price(cents)
        if chance.below(60) == 0 { event.price = Price(billionths: event.price.billionths + 1_000_000) }
        event.quantity = Quantity(steps: chance.below(80) == 0 ? size * 40 : size)
        event.side = side ?? (chance.below(3) == 0 ? .unknown : chance.below(5) + lean > 1 ? .buy : .sell)
        if chance.below(30) == 0 { event.marks = [.volumeOnly, .auction, .offExchange][chance.below(3)] }
        if hasTouch, chance.below(2) == 0 {
            event.setTouch(bid: price(cents - 1), ask: price(cents))
        } else {
            names += 1
            event.identifier = names
            event.venue = UInt16(1 + chance.below(3))
            event.conditions = chance.below(3) == 0 ? UInt32(1 << chance.below(6)) : 0
            if chance.below(4) == 0 {
                event.tape = .c
                event.conditions = SaleCodes.bits("@")
            }
        }
        events.append(event)
    }

    /// One aggressor through several prices at once.
    private mutating func burst() {
        let side: Side = chance.below(2) == 0 ? .buy : .sell
        for step in 0..<(2 + chance.below(5)) {
            now += Int64(chance.below(300_000))
            if chance.below(5) > 0 { middle += side == .buy ? 1 : -1 }
            add(middle, Int64(5 + chance.below(30) + step), side: side)
        }
    }

    /// Much against one price that is refilled again and again.
    private mutating func eatOneLevel() {
        let side: Side = chance.below(2) == 0 ? .buy : .sell
        let resting: Side = side == .buy ? .sell : .buy
        let level = side == .buy ? middle + 1 : middle - 1
        for _ in 0..<(3 + chance.below(8)) {
            now += Int64(chance.below(8_000_000))
            if book == .orders, let place = orders.firstIndex(where: { $0.side == resting && $0.price == level }) {
                events.append(order(.fill, orders[place], size: orders[place].size + Int64(chance.below(20))))
            }
            add(level, Int64(10 + chance.below(25)), side: side)
            now += Int64(chance.below(30_000_000))
            show(resting, level, Int64(8 + chance.below(10)))
        }
    }

    // MARK: The book

    private mutating func changeBook() {
        let side: Side = chance.below(2) == 0 ? .buy : .sell
        let depth = Int64(1 + chance.below(chance.below(4) == 0 ? 60 : 6))
        let level = side == .buy ? middle - depth : middle + depth
        switch book {
        case .quotes: quote()
        case .levels: show(side, level, chance.below(5) == 0 ? 0 : Int64(1 + chance.below(90)))
        case .orders:
            if chance.below(3) == 0, !orders.isEmpty { return changeOrder(chance.below(orders.count)) }
            show(side, level, Int64(1 + chance.below(90)))
        }
    }

    private mutating func changeOrder(_ place: Int) {
        switch chance.below(3) {
        case 0:
            events.append(order(.remove, orders[place], size: 0))
            orders.remove(at: place)
        case 1:
            orders[place].size = Int64(1 + chance.below(50))
            events.append(order(.modify, orders[place], size: orders[place].size))
        case _:
            let order = orders[place]
            events.append(self.order(.fill, order, size: order.size))
            events.append(self.order(.remove, order, size: 0))
            orders.remove(at: place)
            // The next tranche.
            if chance.below(2) == 0 { show(order.side, order.price, order.size) }
        }
    }

    private mutating func show(_ side: Side, _ level: Int64, _ size: Int64) {
        switch book {
        case .quotes: quote()
        case .levels:
            let time = Timestamp(nanoseconds: now)
            events.append(
                .level(
                    symbol: 0, venueTime: time, receiveTime: time, side: side, price: price(level),
                    quantity: Quantity(steps: size), isLastOfGroup: chance.below(4) > 0))
        case .orders:
            names += 1
            orders.append((names, side, level, size))
            if orders.count > 300 { orders.removeFirst() }
            events.append(order(.add, orders[orders.count - 1], size: size))
        }
    }

    private mutating func order(
        _ action: OrderAction, _ order: (name: UInt64, side: Side, price: Int64, size: Int64), size: Int64
    ) -> MarketEvent {
        var event = event(.order)
        event.orderAction = action
        event.identifier = order.name
        event.side = order.side
        event.price = price(order.price)
        event.quantity = Quantity(steps: size)
        if chance.below(4) > 0 { event.marks.insert(.lastOfGroup) }
        return event
    }

    private mutating func quote() {
        let time = Timestamp(nanoseconds: now)
        let (bid, ask) = (middle - Int64(chance.below(3)), middle + Int64(1 + chance.below(3)) - Int64(chance.below(2)))
        let none = chance.below(60) == 0
        events.append(
            .quote(
                symbol: 0, venueTime: time, receiveTime: time, bid: none ? Price.none : price(bid),
                bidSize: Quantity(steps: none ? 0 : Int64(1 + chance.below(60))), ask: price(ask),
                askSize: Quantity(steps: Int64(1 + chance.below(60)))))
    }

    // MARK: What goes wrong

    private mutating func change() {
        guard names > 0 else { return }
        let far = chance.below(3) == 0 ? 200 : 12
        let name = names - min(names - 1, UInt64(chance.below(far)))
        let original = events.last { $0.kind == .trade && !$0.marks.contains(.touch) && $0.identifier == name }
        var cancel = event(.cancel)
        cancel.price = original?.price ?? price(middle)
        cancel.quantity = original?.quantity ?? Quantity(steps: 5)
        cancel.identifier = name
        cancel.venue = original?.venue ?? 1
        let isCorrection = chance.below(2) == 0
        if isCorrection { cancel.marks = .replaced }
        events.append(cancel)
        guard isCorrection, chance.below(8) > 0 else { return }
        var restate = cancel
        restate.marks = []
        restate = event(.restate)
        restate.price = price(middle)
        restate.quantity = Quantity(steps: Int64(1 + chance.below(30)))
        names += 1
        restate.identifier = names
        restate.venue = cancel.venue
        events.append(restate)
    }

    private mutating func disturb() {
        switch chance.below(6) {
        case 0: events.append(Make.gap(Double(now) / 1e9))
        case 1:
            var halt = event(.status)
            halt.tradingStatus = .halted
            events.append(halt)
        case 2:
            var go = event(.status)
            go.tradingStatus = .trading
            events.append(go)
        case 3:
            events.append(event(.bookReset))
            orders.removeAll()
        case 4: add(middle, 0)
        case _:
            events.append(
                .control(
                    symbol: 0, venueTime: event(.clock).venueTime, receiveTime: event(.clock).venueTime,
                    action: .endOfInput, index: 0))
        }
    }
}
