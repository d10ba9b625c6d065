import Market

/// One symbol of a simulated market: its best bid and ask, in ticks, and how they move.
///
/// The touch takes one-tick steps that lean with a regime (up, down or none) of some hundred trades and are drawn back
/// to the opening price; the spread returns to a width of its own.
struct SimulatedBook: Sendable {
    /// One trade in forty walks through several levels.
    static let sweepShare = 0.025
    static let sweepLevels = 3..<7
    /// What one arrival prints on average, sweeps counted by their prints.
    static let printsPerArrival = 1 + sweepShare * (Double(sweepLevels.lowerBound + sweepLevels.upperBound - 1) / 2 - 1)

    private static let moveShare = 0.3
    private static let spreadMoveShare = 0.15
    private static let sizeMoveShare = 0.25
    private static let insideShare = 0.03
    private static let bigPrintShare = 0.002
    private static let bigPrintFactors = 20..<70
    private static let widestSpread: Int64 = 20
    private static let openings = 2_000..<60_000
    private static let regimeLengths = 50..<500
    /// The bid stays within these ticks, whatever chance brings.
    private static let bids: ClosedRange<Int64> = 100...10_000_000

    let instrument: SimulatedInstrument
    private let opening: Int64
    private let restingSpread: Int64
    private var bid: Int64
    private var spread: Int64
    private var bidSize: Int64 = 0
    private var askSize: Int64 = 0
    /// −1, 0 or +1.
    private var drift = 0
    private var tradesUntilTurn = 0

    init(_ instrument: SimulatedInstrument, _ chance: inout Chance) {
        self.instrument = instrument
        opening = Int64(Self.openings.lowerBound + chance.below(Self.openings.count))
        restingSpread = Int64(1 + chance.below(3))
        bid = opening
        spread = restingSpread
    }

    private var ask: Int64 { bid + spread }

    /// Something happens in this symbol: a quote if the touch moved, a trade or a sweep, and the quote that a sweep
    /// leaves. `quoteTime` must not be after `time`.
    mutating func arrive(
        quoteTime: Timestamp, time: Timestamp, unknownSideShare: Double, _ chance: inout Chance,
        into events: inout [MarketEvent]
    ) {
        if moveTouch(&chance) { events.append(quote(at: quoteTime)) }
        let side: Side = chance.happens(0.5 + 0.1 * Double(drift)) ? .buy : .sell
        let first = events.count
        if chance.happens(Self.sweepShare) {
            sweep(side, at: time, &chance, into: &events)
        } else {
            events.append(trade(side, at: time, &chance))
        }
        if unknownSideShare == 0 || !chance.happens(unknownSideShare) {
            for index in first..<events.count where events[index].isTrade { events[index].side = side }
        }
    }

    /// Whether a quote is due.
    private mutating func moveTouch(_ chance: inout Chance) -> Bool {
        var moved = bidSize == 0
        tradesUntilTurn -= 1
        if tradesUntilTurn <= 0 {
            drift = [-1, 1, 0, 0][chance.below(4)]
            tradesUntilTurn = Self.regimeLengths.lowerBound + chance.below(Self.regimeLengths.count)
        }
        if chance.happens(Self.moveShare) {
            let pull = min(max(Double(opening - bid) / Double(opening), -0.3), 0.3)
            let up = chance.happens(0.5 + 0.15 * Double(drift) + pull)
            setBid(bid + (up ? 1 : -1))
            moved = true
        }
        if chance.happens(Self.spreadMoveShare) {
            let widens = chance.happens(spread > restingSpread ? 0.3 : spread < restingSpread ? 0.7 : 0.5)
            let width = min(max(spread + (widens ? 1 : -1), 1), Self.widestSpread)
            moved = moved || width != spread
            spread = width
        }
        if moved || chance.happens(Self.sizeMoveShare) {
            bidSize = size(&chance, factor: 4)
            askSize = size(&chance, factor: 4)
            return true
        }
        return false
    }

    private func trade(_ side: Side, at time: Timestamp, _ chance: inout Chance) -> MarketEvent {
        var price = side == .buy ? ask : bid
        if spread > 1, chance.happens(Self.insideShare) { price = bid + 1 + Int64(chance.below(Int(spread) - 1)) }
        let isBig = chance.happens(Self.bigPrintShare)
        let factor = isBig ? Self.bigPrintFactors.lowerBound + chance.below(Self.bigPrintFactors.count) : 1
        return trade(at: price, quantity: size(&chance, factor: Int64(factor)), time)
    }

    /// Prints at one level after the other, at one instant; the touch stands at the last of them afterwards.
    private mutating func sweep(
        _ side: Side, at time: Timestamp, _ chance: inout Chance, into events: inout [MarketEvent]
    ) {
        let levels = Int64(Self.sweepLevels.lowerBound + chance.below(Self.sweepLevels.count))
        let away: Int64 = side == .buy ? 1 : -1
        let start = side == .buy ? ask : bid
        for level in 0..<levels {
            events.append(trade(at: start + away * level, quantity: size(&chance, factor: 1), time))
        }
        let width = min(spread + levels - 1, Self.widestSpread)
        setBid(side == .buy ? start + levels - 1 - width : start - levels + 1)
        spread = width
        bidSize = size(&chance, factor: 4)
        askSize = size(&chance, factor: 4)
        events.append(quote(at: time))
    }

    private mutating func setBid(_ ticks: Int64) { bid = min(max(ticks, Self.bids.lowerBound), Self.bids.upperBound) }

    private func size(_ chance: inout Chance, factor: Int64) -> Int64 {
        let mean = Double(instrument.typicalQuantity.steps * factor)
        return max(1, Int64(chance.exponential() * mean))
    }

    private func price(_ ticks: Int64) -> Price { Price(billionths: ticks * instrument.tick.billionths) }

    private func quote(at time: Timestamp) -> MarketEvent {
        .quote(
            symbol: instrument.index, venueTime: time, receiveTime: time, bid: price(bid),
            bidSize: Quantity(steps: bidSize), ask: price(ask), askSize: Quantity(steps: askSize))
    }

    private func trade(at ticks: Int64, quantity: Int64, _ time: Timestamp) -> MarketEvent {
        .trade(
            symbol: instrument.index, venueTime: time, receiveTime: time, price: price(ticks),
            quantity: Quantity(steps: quantity))
    }
}
