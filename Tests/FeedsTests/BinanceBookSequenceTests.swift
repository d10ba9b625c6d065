import Feeds
import Testing

@Suite struct `Binance book sequence` {
    private func spot(_ first: UInt64, _ last: UInt64) -> BinanceBookSequence.Change {
        BinanceBookSequence.Change(first: first, last: last, previous: nil)
    }

    private func futures(_ first: UInt64, _ last: UInt64, _ previous: UInt64) -> BinanceBookSequence.Change {
        BinanceBookSequence.Change(first: first, last: last, previous: previous)
    }

    @Test func `spot changes wait, are dropped, join and continue`() {
        var sequence = BinanceBookSequence()
        #expect(sequence.receive(spot(1, 5)) == .hold)
        #expect(sequence.receive(snapshot: 10) == .take)
        #expect(sequence.receive(spot(6, 10)) == .drop)
        #expect(sequence.receive(spot(9, 12)) == .apply)
        #expect(sequence.receive(spot(13, 13)) == .apply)
        #expect(sequence.receive(spot(13, 13)) == .drop)
        #expect(sequence.receive(spot(15, 16)) == .void(expected: 14, received: 15))
        #expect(sequence.receive(spot(17, 18)) == .hold)
        #expect(!sequence.isSynchronized)
        #expect(sequence.receive(snapshot: 16) == .take)
        #expect(sequence.receive(spot(17, 18)) == .apply)
    }

    @Test func `the first spot change must reach the snapshot's next number`() {
        for (first, action) in [
            (UInt64(11), BinanceBookSequence.Action.apply), (12, .void(expected: 11, received: 12)),
        ] {
            var sequence = BinanceBookSequence()
            #expect(sequence.receive(snapshot: 10) == .take)
            #expect(sequence.receive(spot(first, 20)) == action)
        }
    }

    @Test func `futures changes go by the message before`() {
        var sequence = BinanceBookSequence()
        #expect(sequence.receive(snapshot: 100) == .take)
        #expect(sequence.receive(futures(80, 99, 70)) == .drop)
        #expect(sequence.receive(futures(95, 100, 90)) == .apply)
        #expect(sequence.receive(futures(105, 110, 100)) == .apply)
        #expect(sequence.receive(futures(120, 125, 111)) == .void(expected: 111, received: 120))
        var neighbour = BinanceBookSequence()
        #expect(neighbour.receive(snapshot: 100) == .take)
        #expect(neighbour.receive(futures(103, 110, 100)) == .apply)
        var late = BinanceBookSequence()
        #expect(late.receive(snapshot: 100) == .take)
        #expect(late.receive(futures(103, 110, 101)) == .void(expected: 101, received: 103))
    }

    @Test func `an older snapshot does not set the book back`() {
        var sequence = BinanceBookSequence()
        #expect(sequence.receive(snapshot: 10) == .take)
        #expect(sequence.receive(spot(11, 20)) == .apply)
        #expect(sequence.receive(snapshot: 15) == .drop)
        #expect(sequence.receive(snapshot: 25) == .take)
        #expect(sequence.receive(spot(21, 25)) == .drop)
        #expect(sequence.receive(spot(26, 27)) == .apply)
    }
}
