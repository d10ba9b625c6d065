import Analytics
import Market
import TestPrograms
import Testing
import Updates

private typealias Make = BookEvents

/// What happens to a book in a random run.
private enum Step {
    case change(MarketEvent)
    case gap(Double)
}

/// The slow and plain way to what the analytic says: every end is kept whole, and windows are summed up at last.
private struct PlainLiquidity {
    struct End {
        var window: Int64
        var state: BookState
        var bids: [BookLevel]
        var asks: [BookLevel]
        /// Nothing may be compared across it.
        var isBroken: Bool
        /// A loss is no end of a group.
        var isLoss = false
    }

    let levels: Int
    private var book = PlainBook()
    private var state = BookState.none
    /// A level or an order has come, be its group whole or not.
    private var isKept = false
    private var awaitsReset = false
    private var isBroken = true
    private(set) var ends: [End] = []

    init(levels: Int) { self.levels = levels }

    mutating func take(_ step: Step, window: Int64) {
        switch step {
        case .gap:
            guard isKept else { return isBroken = true }
            awaitsReset = true
            lose(window)
        case .change(let event) where event.kind == .bookReset:
            book = PlainBook()
            awaitsReset = false
            isBroken = true
            guard isKept else { return }
            let isSnapshot = event.marks.contains(.snapshot)
            if !isSnapshot || state == .resyncing || state == .none { lose(window) }
            if isSnapshot, event.marks.contains(.lastOfGroup) { end(window) }
        case .change(let event):
            guard !awaitsReset else { return }
            isKept = true
            book.apply(event)
            if event.marks.contains(.lastOfGroup) { end(window) }
        }
    }

    private mutating func lose(_ window: Int64) {
        book = PlainBook()
        isBroken = true
        let isNews = state != .resyncing
        state = .resyncing
        guard isNews else { return }
        ends.append(End(window: window, state: state, bids: [], asks: [], isBroken: true, isLoss: true))
    }

    private mutating func end(_ window: Int64) {
        let (bids, asks) = (book.levels(.buy), book.levels(.sell))
        let isCrossed = !bids.isEmpty && !asks.isEmpty && bids[0].price >= asks[0].price
        state = isCrossed ? .crossed : .whole
        ends.append(
            End(
                window: window, state: state, bids: Array(bids.prefix(levels)), asks: Array(asks.prefix(levels)),
                isBroken: isBroken || isCrossed))
        isBroken = isCrossed
    }

    /// The flow of each rank in a window: the definition's four terms, an empty side infinitely far away.
    func flows(window: Int64) -> [Int64] {
        var flows = [Int64](repeating: 0, count: levels)
        for (before, after) in zip(ends, ends.dropFirst()) where after.window == window && !after.isBroken {
            for rank in 0..<levels {
                func price(_ levels: [BookLevel], _ far: Double) -> Double {
                    rank < levels.count ? Double(levels[rank].price) : far
                }
                func size(_ levels: [BookLevel]) -> Int64 { rank < levels.count ? levels[rank].size : 0 }
                let (newBid, oldBid) = (price(after.bids, -.infinity), price(before.bids, -.infinity))
                let (newAsk, oldAsk) = (price(after.asks, .infinity), price(before.asks, .infinity))
                if newBid >= oldBid { flows[rank] += size(after.bids) }
                if newBid <= oldBid { flows[rank] -= size(before.bids) }
                if newAsk <= oldAsk { flows[rank] -= size(after.asks) }
                if newAsk >= oldAsk { flows[rank] += size(before.asks) }
            }
        }
        return flows
    }
}

@Suite struct `Liquidity over random streams` {
    private static let levels = 3

    private static func steps(_ chance: inout SeededChance, orders: Bool) -> [Step] {
        var time = 0.0
        var steps: [Step] = []
        for _ in 0..<600 {
            time += chance.below(3) == 0 ? 0.4 : 0
            if chance.below(40) == 0 { time += 3 }
            let last = chance.below(3) != 0
            switch chance.below(60) {
            case 0: steps.append(.gap(time))
            case 1: steps.append(.change(Make.reset(time, [[], .lastOfGroup, .snapshot][chance.below(3)])))
            case 2: steps.append(.change(Make.reset(time, [.snapshot, .lastOfGroup])))
            default:
                let side: Side = chance.below(2) == 0 ? .buy : .sell
                // Sides overlap a little, so that some ends are crossed.
                let price = Double(10 + (side == .buy ? chance.below(6) : 5 + chance.below(6)))
                let size = Int64(chance.below(4))
                let action: OrderAction = [.add, .modify, .remove][chance.below(3)]
                steps.append(
                    .change(
                        orders
                            ? Make.order(time, action, UInt64(chance.below(12)), side, price, size, last: last)
                            : Make.level(time, side, price, size, last: last)))
            }
        }
        return steps
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(40, each: 400)))
    func `every window is that of a plain book`(seed: UInt64) {
        var chance = SeededChance(seed: Campaign.seed &+ seed)
        var settings = LiquiditySettings()
        (settings.levels, settings.ladder) = (Self.levels, Self.levels)
        var trial = AnalyticTrial([AnalyticChoice(Liquidity.self, settings)])
        var plain = PlainLiquidity(levels: Self.levels)
        var now = 0.0
        for step in Self.steps(&chance, orders: seed % 2 == 1) {
            switch step {
            case .gap(let time):
                // A gap says nothing of time: it belongs to the window of the event before it.
                plain.take(step, window: Int64(now))
                _ = time
                trial.stop(.gap)
            case .change(let event):
                now = Double(event.venueTime.nanoseconds - AnalyticTrial.open) / 1e9
                plain.take(step, window: Int64(now))
                trial.book(event)
            }
        }
        trial.clock(now + 2)
        check(trial, plain, seed)
    }

    private func check(_ trial: borrowing AnalyticTrial, _ plain: PlainLiquidity, _ seed: UInt64) {
        let windows = plain.ends.map(\.window).reduce(into: [Int64]()) { if $0.last != $1 { $0.append($1) } }
        let (said, ladders) = (trial.on("liquidity/"), trial.on("ladder/"))
        #expect(said.map { ($0.head.start.nanoseconds - AnalyticTrial.open) / Timestamp.second } == windows, "\(seed)")
        for (place, update) in said.enumerated() where place < windows.count {
            let body: LiquidityUpdate = update.body()
            let ends = plain.ends.filter { $0.window == windows[place] }
            guard let last = ends.last else { continue }
            let flows = plain.flows(window: windows[place])
            #expect(update.group(0) == flows && body.flow == flows[0], "\(seed), \(place)")
            #expect(body.depthFlow == flows.reduce(0, +))
            #expect(BookState(rawValue: body.bookState) == last.state, "\(seed), \(place)")
            #expect(body.bid == last.bids.first?.price ?? Price.none.billionths)
            #expect(body.ask == last.asks.first?.price ?? Price.none.billionths)
            #expect(body.bidDepth == last.bids.reduce(0) { $0 + $1.size }, "\(seed), \(place)")
            #expect(body.askDepth == last.asks.reduce(0) { $0 + $1.size })
            #expect(ladders[place].group(0) == last.bids && ladders[place].group(1) == last.asks)
            #expect(body.ends == ends.count { !$0.isLoss } && body.steps == ends.count { !$0.isBroken })
            let crossed = ends.filter { $0.state == .crossed }
            #expect(body.crossedEnds + body.lockedEnds == crossed.count)
            #expect(body.lockedEnds == crossed.count { $0.bids[0].price == $0.asks[0].price })
        }
    }
}
