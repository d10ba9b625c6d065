import Analytics
import Market
import TestPrograms
import Testing

private typealias Make = BookEvents

@Suite struct `An order book` {
    private func levels(_ book: borrowing OrderBook, _ side: Side) -> [BookLevel] {
        side == .buy ? book.bids.all : book.asks.all
    }

    private func apply(_ events: [MarketEvent], to book: inout OrderBook) -> Bool {
        events.reduce(true) { book.apply($1) && $0 }
    }

    @Test func `a size replaces, zero removes, and what cannot be is counted`() {
        var book = OrderBook(allowsNegativePrices: false)
        let isKept = apply(
            [
                Make.level(0, .buy, 100, 5), Make.level(0, .buy, 99, 7), Make.level(0, .buy, 100, 6),
                Make.level(0, .sell, 101, 3), Make.level(0, .sell, 102, 4), Make.level(0, .sell, 101, 0),
                // Not there, without a side, negative, absurd, without a price.
                Make.level(0, .sell, 103, 0), Make.level(0, .unknown, 100, 1), Make.level(0, .buy, 98, -1),
                Make.level(0, .buy, 98, Quantity.limit + 1), Make.level(0, .buy, 0, 1), Make.level(0, .buy, -5, 1),
            ], to: &book)
        #expect(isKept)
        let (bids, asks, counts) = (levels(book, .buy), levels(book, .sell), book.counts)
        #expect(bids.map(\.price) == [100_000_000_000, 99_000_000_000] && bids.map(\.size) == [6, 7])
        #expect(asks == [BookLevel(price: 102_000_000_000, size: 4, orders: 0)])
        #expect(counts.mismatched == 1 && counts.refused == 5 && counts.dropped == 0)
        let other = book.apply(Make.order(0, .add, 1, .buy, 100, 1))
        let refused = book.counts.refused
        #expect(other && refused == 6)
    }

    @Test func `prices below zero stand where the instrument allows them`() {
        var book = OrderBook(allowsNegativePrices: true)
        _ = apply([Make.level(0, .buy, -37.63, 5), Make.level(0, .buy, -40, 1), Make.level(0, .sell, 0, 2)], to: &book)
        let (bid, ask, refused) = (book.bids.best, book.asks.best, book.counts.refused)
        #expect(bid == -37_630_000_000 && ask == 0 && refused == 0)
    }

    @Test func `orders add up, move, shrink and go`() {
        var book = OrderBook(allowsNegativePrices: false)
        func level(_ rank: Int, _ book: borrowing OrderBook) -> [Int64] {
            [book.bids[rank].size, book.bids[rank].orders]
        }
        _ = apply([Make.order(0, .add, 1, .buy, 100, 5), Make.order(0, .add, 2, .buy, 100, 7)], to: &book)
        #expect(level(0, book) == [12, 2])
        _ = book.apply(Make.order(0, .modify, 1, .buy, 100, 9))
        #expect(level(0, book) == [16, 2])
        _ = book.apply(Make.order(0, .modify, 1, .unknown, 101, 9))
        #expect(level(0, book) == [9, 1] && level(1, book) == [7, 1])
        // A fill is told again as a removal, which takes a part.
        _ = book.apply(Make.order(0, .fill, 1, .buy, 101, 4))
        #expect(level(0, book) == [9, 1])
        _ = book.apply(Make.order(0, .remove, 1, .buy, 101, 4))
        #expect(level(0, book) == [5, 1])
        _ = book.apply(Make.order(0, .remove, 1, .unknown, 0, 5))
        #expect(level(0, book) == [7, 1])
        _ = book.apply(Make.order(0, .remove, 2, .buy, 100, 0))
        let (left, counts, orders) = (book.bids.count, book.counts, book.orderCount)
        #expect(left == 0 && orders == 0 && counts == BookCounts())
    }

    @Test func `orders that do not fit are counted`() {
        var book = OrderBook(allowsNegativePrices: false)
        _ = apply(
            [
                Make.order(0, .add, 1, .buy, 100, 5), Make.order(0, .add, 1, .buy, 99, 6),
                Make.order(0, .modify, 2, .sell, 101, 3), Make.order(0, .remove, 9, .buy, 100, 1),
            ], to: &book)
        let (bids, asks, counts) = (levels(book, .buy), levels(book, .sell), book.counts)
        #expect(bids == [BookLevel(price: 99_000_000_000, size: 6, orders: 1)] && asks.map(\.size) == [3])
        #expect(counts.mismatched == 3 && counts.refused == 0)
        // Refused changes leave what stands as it was.
        _ = apply(
            [
                Make.order(0, .add, 1, .buy, 99, -6), Make.order(0, .add, 3, .unknown, 99, 6),
                Make.order(0, .modify, 1, .buy, 99, Quantity.limit + 1), Make.order(0, .remove, 1, .buy, 99, -1),
            ], to: &book)
        let (after, refused) = (levels(book, .buy), book.counts.refused)
        #expect(after == bids && refused == 4)
    }

    @Test func `the worst level makes room in a full side`() {
        var book = OrderBook(allowsNegativePrices: false, levelLimit: 3)
        _ = apply((1...3).map { Make.level(0, .sell, Double(100 + $0), 1) }, to: &book)
        _ = book.apply(Make.level(0, .sell, 104, 1))
        let first = book.asks.all.map(\.price)
        #expect(first == [101, 102, 103].map { $0 * Price.scale })
        let isKept = book.apply(Make.level(0, .sell, 100, 1))
        let (second, dropped) = (book.asks.all.map(\.price), book.counts.dropped)
        #expect(isKept && second == [100, 101, 102].map { $0 * Price.scale } && dropped == 2)
    }

    @Test func `a book of orders beyond its limits can no longer be kept`() {
        var narrow = OrderBook(allowsNegativePrices: false, levelLimit: 2)
        let narrowKept = (1...3).map { narrow.apply(Make.order(0, .add, UInt64($0), .buy, Double($0), 1)) }
        #expect(narrowKept == [true, true, false])
        var small = OrderBook(allowsNegativePrices: false, orderLimit: 2)
        let smallKept = (1...3).map { small.apply(Make.order(0, .add, UInt64($0), .buy, 5, 1)) }
        #expect(smallKept == [true, true, false])
        var heavy = OrderBook(allowsNegativePrices: false)
        let heavyKept = (1...20).allSatisfy { heavy.apply(Make.order(0, .add, UInt64($0), .buy, 5, Quantity.limit)) }
        let (size, orders, refused) = (heavy.bids[0].size, heavy.bids[0].orders, heavy.counts.refused)
        #expect(heavyKept && size == 16 * Quantity.limit && orders == 16 && refused == 4)
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(12, each: 60)))
    func `levels are those of a plain book over random streams`(seed: UInt64) {
        var chance = SeededChance(seed: Campaign.seed &+ seed)
        var book = OrderBook(allowsNegativePrices: false)
        var plain = PlainBook()
        let width = [6, 60, 600][Int(seed % 3)]
        for step in 0..<2_000 {
            let change = randomLevel(&chance, width: width)
            if change.kind == .bookReset { book.removeAll() } else { _ = book.apply(change) }
            plain.apply(change)
            guard step % 16 == 0 else { continue }
            let (bids, asks) = (levels(book, .buy), levels(book, .sell))
            #expect(bids == plain.levels(.buy) && asks == plain.levels(.sell), "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(12, each: 60)))
    func `levels of orders are those of a plain book over random streams`(seed: UInt64) {
        var chance = SeededChance(seed: Campaign.seed &+ seed)
        var book = OrderBook(allowsNegativePrices: false)
        var plain = PlainBook()
        let identifiers = [8, 100, 3_000][Int(seed % 3)]
        for step in 0..<3_000 {
            let change = randomOrder(&chance, identifiers: identifiers)
            if change.kind == .bookReset { book.removeAll() } else { _ = book.apply(change) }
            plain.apply(change)
            guard step % 16 == 0 else { continue }
            let (bids, asks, orders) = (levels(book, .buy), levels(book, .sell), book.orderCount)
            #expect(bids == plain.levels(.buy) && asks == plain.levels(.sell), "seed \(seed), step \(step)")
            #expect(orders == plain.orders.count, "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: [false, true])
    func `a snapshot may come with its best or its worst level first`(isBestFirst: Bool) {
        var levels = PriceLevels(.buy)
        let prices = (1...20_000).map { Int64($0) }
        for price in isBestFirst ? prices.reversed() : prices {
            let outcome = levels.set(price, to: price)
            #expect(outcome == .changed)
        }
        let (count, best, worst) = (levels.count, levels[0], levels[19_999])
        #expect(count == 20_000 && best.price == 20_000 && worst.price == 1)
    }

    @Test func `ranks better than the changed one are as they were`() {
        var chance = SeededChance(seed: Campaign.seed &+ 77)
        var levels = PriceLevels(.sell, limit: 40)
        for _ in 0..<Campaign.rounds(3_000, each: 20_000) {
            let before = levels.all
            levels.forgetChanges()
            for _ in 0...chance.below(3) { _ = levels.set(Int64(1 + chance.below(60)), to: Int64(chance.below(3))) }
            let (after, rank) = (levels.all, levels.changedRank)
            #expect(before.prefix(rank) == after.prefix(rank))
            if rank == .max { #expect(before == after) }
        }
    }

    // MARK: Chance

    private func randomLevel(_ chance: inout SeededChance, width: Int) -> MarketEvent {
        if chance.below(700) == 0 { return Make.reset(0, []) }
        let side: Side = chance.below(50) == 0 ? .unknown : chance.below(2) == 0 ? .buy : .sell
        let price = Double(chance.below(width)) + (chance.below(100) == 0 ? -2 : 1)
        let size: Int64 =
            switch chance.below(20) {
            case 0..<8: 0
            case 8: -1
            case 9: Quantity.limit
            case 10: Quantity.limit + 1
            default: chance.anyMagnitude(bits: 30) + 1
            }
        return Make.level(0, side, price, size)
    }

    private func randomOrder(_ chance: inout SeededChance, identifiers: Int) -> MarketEvent {
        if chance.below(1_500) == 0 { return Make.reset(0, []) }
        let actions: [OrderAction] = [.add, .add, .add, .modify, .modify, .remove, .remove, .fill]
        let side: Side = chance.below(30) == 0 ? .unknown : chance.below(2) == 0 ? .buy : .sell
        let size: Int64 = chance.below(15) == 0 ? Int64(chance.below(3)) - 1 : Int64(1 + chance.below(50))
        return Make.order(
            0, actions[chance.below(actions.count)], UInt64(chance.below(identifiers)) << UInt64(chance.below(2) * 40),
            side, Double(1 + chance.below(40)), size)
    }
}
