import Analytics
import Market
import Testing
import Updates

private typealias Make = BookEvents

@Suite struct `A kept book` {
    private func kept() -> KeptBook { KeptBook(OrderBook(allowsNegativePrices: false)) }

    /// What becomes of each event, and the state behind it.
    private func follow(_ kept: inout KeptBook, _ events: [MarketEvent]) -> [(KeptBook.Outcome, BookState)] {
        events.map { event in
            let outcome = kept.receive(event)
            return (outcome, kept.state)
        }
    }

    private func expect(
        _ kept: inout KeptBook, _ events: [MarketEvent], _ wanted: [(KeptBook.Outcome, BookState)],
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = follow(&kept, events)
        #expect(found.map(\.0) == wanted.map(\.0), sourceLocation: location)
        #expect(found.map(\.1) == wanted.map(\.1), sourceLocation: location)
    }

    @Test func `only the end of a group is judged`() {
        var book = kept()
        expect(
            &book,
            [
                Make.level(0, .buy, 100, 1, last: false), Make.level(0, .sell, 101, 1),
                // Through the ask and the ask gone: crossed in between alone.
                Make.level(1, .buy, 101, 1, last: false), Make.level(1, .sell, 101, 0, last: false),
                Make.level(1, .sell, 102, 2),
            ],
            [(.inside, .none), (.ended, .whole), (.inside, .whole), (.inside, .whole), (.ended, .whole)])
    }

    @Test func `a book is crossed at and through the other side`() {
        var book = kept()
        expect(
            &book,
            [
                Make.level(0, .buy, 100, 1), Make.level(0, .sell, 100, 1), Make.level(0, .sell, 99, 1),
                Make.level(0, .buy, 100, 0),
            ],
            [(.ended, .whole), (.ended, .crossed), (.ended, .crossed), (.ended, .whole)])
    }

    @Test func `a gap voids the book until a reset and the group behind it`() {
        var book = kept()
        expect(&book, [Make.level(0, .buy, 100, 1)], [(.ended, .whole)])
        book.settle()
        book.lose()
        let (levels, state, isAnew) = (book.book.bids.count, book.state, book.isAnew)
        #expect(levels == 0 && state == .resyncing && isAnew)
        expect(
            &book,
            [
                Make.level(1, .buy, 100, 2), Make.reset(2, .lastOfGroup), Make.reset(3, .snapshot),
                Make.level(3, .buy, 99, 5, last: false, marks: .snapshot),
                Make.level(3, .sell, 101, 5, marks: .snapshot),
            ],
            [
                (.inside, .resyncing), (.lost, .resyncing), (.lost, .resyncing), (.inside, .resyncing),
                (.ended, .whole),
            ])
        let (bid, mismatched) = (book.book.bids.best, book.book.counts.mismatched)
        #expect(bid == 99 * Price.scale && mismatched == 0)
    }

    @Test func `a reset without a snapshot mark counts from the next group's end on`() {
        var book = kept()
        expect(
            &book,
            [
                Make.level(0, .buy, 100, 1), Make.reset(1, .lastOfGroup), Make.level(1, .buy, 98, 1),
                Make.reset(2, []), Make.level(2, .buy, 97, 1, last: false), Make.level(2, .sell, 99, 1),
            ],
            [
                (.ended, .whole), (.lost, .resyncing), (.ended, .whole), (.lost, .resyncing), (.inside, .resyncing),
                (.ended, .whole),
            ])
    }

    @Test func `a snapshot of a whole book leaves its state until its group ends`() {
        var book = kept()
        expect(
            &book,
            [
                Make.level(0, .buy, 100, 1), Make.reset(1, .snapshot), Make.level(1, .buy, 98, 1, marks: .snapshot),
                Make.reset(2, [.snapshot, .lastOfGroup]),
            ],
            [(.ended, .whole), (.inside, .whole), (.ended, .whole), (.ended, .whole)])
        let levels = book.book.bids.count
        #expect(levels == 0)
    }

    @Test func `resets alone make no book`() {
        var book = kept()
        book.lose()
        expect(
            &book, [Make.reset(0, .lastOfGroup), Make.reset(0, [.snapshot, .lastOfGroup])],
            [(.lost, .none), (.lost, .none)])
        let isKept = book.isKept
        #expect(!isKept)
    }

    @Test func `a reset lets the form change`() {
        var book = kept()
        expect(
            &book, [Make.level(0, .buy, 100, 1), Make.order(0, .add, 1, .buy, 101, 1)],
            [(.ended, .whole), (.ended, .whole)])
        let refused = book.book.counts.refused
        #expect(refused == 1)
        expect(
            &book, [Make.reset(1, []), Make.order(1, .add, 1, .buy, 101, 1)], [(.lost, .resyncing), (.ended, .whole)])
        let form = book.book.form
        #expect(form == .orders)
    }

    @Test func `a book of orders beyond its limit waits for a reset`() {
        var book = KeptBook(OrderBook(allowsNegativePrices: false, orderLimit: 2))
        expect(
            &book,
            (1...4).map { Make.order(0, .add, UInt64($0), .buy, 100, 1) } + [
                Make.reset(1, []), Make.order(1, .add, 1, .buy, 100, 1),
            ],
            [
                (.ended, .whole), (.ended, .whole), (.lost, .resyncing), (.inside, .resyncing), (.lost, .resyncing),
                (.ended, .whole),
            ])
    }
}
