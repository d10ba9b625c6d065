import Analytics
import Graph
import Market
import TestPrograms
import Testing

private func quote(_ bid: Double?, _ bidSize: Int64, _ ask: Double?, _ askSize: Int64) -> Quote {
    Quote(
        bid: bid.map(AnalyticTrial.billionths) ?? Price.none.billionths,
        ask: ask.map(AnalyticTrial.billionths) ?? Price.none.billionths, bidSize: bidSize, askSize: askSize, time: 1,
        number: 1)
}

@Suite struct `Touch reading` {
    @Test(arguments: [
        (100.0, Int64(900), 100.02, Int64(300), 0.75, 0.5, 100.015), (100.0, 300, 100.02, 900, 0.25, -0.5, 100.005),
        (100.0, 500, 100.02, 500, 0.5, 0.0, 100.01),
    ])
    func `imbalance and weighted mid are those of the vectors`(
        bid: Double, bidSize: Int64, ask: Double, askSize: Int64, imbalance: Double, tilt: Double, weighted: Double
    ) {
        let touch = TouchReading(quote(bid, bidSize, ask, askSize))
        #expect(touch.imbalance == imbalance && touch.tilt == tilt)
        #expect(abs(touch.weightedMiddle - weighted) < 1e-10 && abs(touch.middle - 100.01) < 1e-10)
        #expect(touch.spread == 20_000_000)
    }

    @Test func `a missing side leaves the imbalance, both missing nothing`() {
        let bid = TouchReading(quote(100, 5, nil, 0))
        #expect(bid.imbalance == 1 && bid.tilt == 1 && bid.middle.isNaN && bid.weightedMiddle.isNaN)
        #expect(bid.spread == Price.none.billionths)
        let ask = TouchReading(quote(nil, 0, 100, 5))
        #expect(ask.imbalance == 0 && ask.tilt == -1)
        let none = TouchReading(.none)
        #expect(none.imbalance.isNaN && none.tilt.isNaN && none.middle.isNaN)
        let unsized = TouchReading(quote(100, 0, 101, 0))
        #expect(unsized.imbalance.isNaN && unsized.weightedMiddle.isNaN && unsized.middle == 100.5)
    }

    @Test func `the largest sizes and prices stay finite`() {
        let touch = TouchReading(
            Quote(
                bid: Price.limit - 1, ask: Price.limit, bidSize: Quantity.limit, askSize: Quantity.limit, time: 0,
                number: 0))
        #expect(touch.imbalance == 0.5 && touch.spread == 1 && touch.middle.isFinite)
        let crossed = TouchReading(quote(101, 1, 100, 1))
        #expect(crossed.spread == -Price.scale && crossed.middle == 100.5)
    }
}

@Suite struct Microprice {
    static let toy = MicropriceChain(
        stays: [[0.6, 0.2], [0.2, 0.6]], renewals: [[0.1, 0.1], [0.1, 0.1]], exits: [[0.15, 0.05], [0.05, 0.15]],
        moves: [-0.5, 0.5])

    @Test func `the first move is that of the toy vector`() throws {
        let first = try #require(Microprice.toy.firstMoves)
        #expect(abs(first[0] + 0.083333) < 1e-6 && abs(first[1] - 0.083333) < 1e-6)
        // Behind a move both states are as likely: what follows adds nothing.
        let sum = try #require(Microprice.toy.adjustments)
        #expect(zip(sum, first).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func `a chain that is never left, and one whose sum does not settle, give none`() {
        #expect(
            MicropriceChain(
                stays: [[1, 0], [0, 0.5]], renewals: [[0, 0], [0.25, 0.25]], exits: [[0], [0.5]], moves: [1]
            )
            .firstMoves == nil)
        #expect(
            MicropriceChain(stays: [[0.5]], renewals: [[0.5]], exits: [[0.5]], moves: [1]).adjustments == nil)
    }

    @Test func `the sum is the geometric series of a chain that mirrors itself`() throws {
        let chain = MicropriceChain(
            stays: [[0.5, 0.1], [0.1, 0.5]], renewals: [[0.28, 0.12], [0.12, 0.28]], exits: [[0.3, 0.1], [0.1, 0.3]],
            moves: [-1, 1])
        let (first, sum) = (try #require(chain.firstMoves), try #require(chain.adjustments))
        // By hand, on what is odd under the mirror: 1 - Q is 0.6 there, R K 0.2 and T 0.16.
        #expect(abs(first[0] + 1.0 / 3) < 1e-12 && abs(first[1] - 1.0 / 3) < 1e-12)
        let settled = (0.2 / 0.6) / (1 - 0.16 / 0.6)
        #expect(abs(sum[0] + settled) < 1e-10 && abs(sum[1] - settled) < 1e-10)
    }

    @Test func `the price is the mid and the adjustment of imbalance and spread`() {
        let table = MicropriceTable(buckets: 2, spreads: 2, adjustments: [-0.25, 0.25, -0.5, 0.5])
        func price(_ bid: Double, _ bidSize: Int64, _ ask: Double?, _ askSize: Int64) -> Double {
            table.price(TouchReading(quote(bid, bidSize, ask, askSize)), tick: 10_000_000)
        }
        #expect(abs(price(100, 1, 100.01, 9) - 100.0025) < 1e-10)
        #expect(abs(price(100, 9, 100.01, 1) - 100.0075) < 1e-10)
        #expect(abs(price(100, 5, 100.02, 5) - 100.015) < 1e-10)
        #expect(abs(price(100, 5, 100.02, 0) - 100.015) < 1e-10)
        #expect(price(100, 5, 100.03, 5).isNaN && price(100, 5, 100, 5).isNaN && price(100, 5, nil, 0).isNaN)
        #expect(price(100, 5, 99, 5).isNaN && price(100, 0, 100.01, 0).isNaN)
    }
}
