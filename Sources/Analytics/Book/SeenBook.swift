internal import Market
internal import Memory

/// The best levels of one side as they stood when its book was last judged.
struct SeenSide: ~Copyable, Sendable {
    /// +1 for bids, −1 for asks.
    private let sign: Int64
    private var levels: FixedCells<BookLevel>
    private(set) var count = 0

    init(_ side: Side, depth: Int) {
        sign = side.sign
        levels = FixedCells(repeating: .none, count: depth)
    }

    /// The level of a rank; without price and size where there is none.
    subscript(rank: Int) -> BookLevel { rank < count ? levels[rank] : .none }

    /// Takes a side over from the first rank that has changed, and adds what flowed at each rank that has a flow; false
    /// where nothing has changed.
    mutating func see(_ side: borrowing PriceLevels, into flows: inout FixedCells<Int128>, isFlowing: Bool) -> Bool {
        guard side.changedRank < levels.count else { return false }
        let new = min(side.count, levels.count)
        var isChanged = false
        for rank in min(side.changedRank, new)..<max(new, count) {
            let level = rank < new ? side[rank] : .none
            let old = self[rank]
            guard level != old else { continue }
            isChanged = true
            if isFlowing, rank < flows.count { flows[rank] += Int128(flow(from: old, to: level)) }
            levels[rank] = level
        }
        count = new
        return isChanged
    }

    /// Takes the one level over that a quote tells.
    mutating func see(_ level: BookLevel, into flows: inout FixedCells<Int128>, isFlowing: Bool) -> Bool {
        let old = self[0]
        guard level != old else { return false }
        if isFlowing { flows[0] += Int128(flow(from: old, to: level)) }
        levels[0] = level
        count = level == .none ? 0 : 1
        return true
    }

    mutating func removeAll() { count = 0 }

    /// The exact sum of the sizes of the first ranks, below 2^62.
    func depth(over ranks: Int) -> Int64 {
        var sum: Int64 = 0
        for rank in 0..<min(ranks, count) { sum += levels[rank].size }
        return sum
    }

    /// The sum of the sizes of the first ranks, each with its weight.
    func depth(weights: [Double]) -> Double {
        var sum = 0.0
        for rank in 0..<min(weights.count, count) { sum += weights[rank] * Double(levels[rank].size) }
        return sum
    }

    /// The size if the price is at least as good as it was, less the former size if it is at most as good; a level that
    /// is not there is worse than any. Its share in the imbalance: asks count against bids.
    private func flow(from old: BookLevel, to new: BookLevel) -> Int64 {
        let before = old == .none ? Int64.min : old.price &* sign
        let after = new == .none ? Int64.min : new.price &* sign
        return sign * ((after >= before ? new.size : 0) - (after <= before ? old.size : 0))
    }
}

/// The top of a book as it stood when it was last judged, or the quote where no book is kept, and what has flowed
/// there: order flow imbalance rank by rank (definitions §9; Cont, Kukanov and Stoikov 2014).
struct SeenBook: ~Copyable, Sendable {
    private(set) var bids: SeenSide
    private(set) var asks: SeenSide
    /// Bids less asks since `forgetFlows`, by rank.
    private var flows: FixedCells<Int128>

    /// `depth` levels of each side are kept, the first `ranks` of them have a flow.
    init(depth: Int, ranks: Int) {
        precondition(ranks > 0 && depth >= ranks, "A flow must be that of a level that is kept.")
        precondition(depth <= PriceLevels.watchedRanks, "Changes of all levels that are kept must be told apart.")
        bids = SeenSide(.buy, depth: depth)
        asks = SeenSide(.sell, depth: depth)
        flows = FixedCells(repeating: 0, count: ranks)
    }

    /// Ranks that have a flow.
    var ranks: Int { flows.count }
    var isEmpty: Bool { bids.count == 0 && asks.count == 0 }

    /// Takes over what has changed in a judged book. Where it `isFlowing`, what stood before was the same book's last
    /// state, and the difference is flow. False where nothing has changed.
    mutating func see(_ book: borrowing OrderBook, isFlowing: Bool) -> Bool {
        let isBidNew = bids.see(book.bids, into: &flows, isFlowing: isFlowing)
        let isAskNew = asks.see(book.asks, into: &flows, isFlowing: isFlowing)
        return isBidNew || isAskNew
    }

    /// Takes a quote over; see above.
    mutating func see(_ quote: Quote, isFlowing: Bool) -> Bool {
        let none = Price.none.billionths
        let bid = quote.bid == none ? .none : BookLevel(price: quote.bid, size: quote.bidSize, orders: 0)
        let ask = quote.ask == none ? .none : BookLevel(price: quote.ask, size: quote.askSize, orders: 0)
        let isBidNew = bids.see(bid, into: &flows, isFlowing: isFlowing)
        let isAskNew = asks.see(ask, into: &flows, isFlowing: isFlowing)
        return isBidNew || isAskNew
    }

    /// Nothing is known any more.
    mutating func removeAll() {
        bids.removeAll()
        asks.removeAll()
    }

    /// What has flowed at a rank, steps; cut to what an update can hold.
    func flow(_ rank: Int) -> Int64 { Int64(clamping: flows[rank]) }

    /// What has flowed at all ranks together.
    var flow: Int64 {
        var sum: Int128 = 0
        for rank in 0..<flows.count { sum += flows[rank] }
        return Int64(clamping: sum)
    }

    mutating func forgetFlows() { for rank in 0..<flows.count { flows[rank] = 0 } }

    /// The best bid and ask as a quote, without time and number.
    var quote: Quote {
        Quote(
            bid: bids[0].price, ask: asks[0].price, bidSize: bids[0].size, askSize: asks[0].size, time: 0, number: 0)
    }
}

extension SeenSide: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&count)
        archive.cells(&levels)
        archive.check(count >= 0 && count <= levels.count, "a seen side has too many levels")
    }
}

extension SeenBook: Archivable {
    mutating func archive(_ archive: inout Archive) {
        bids.archive(&archive)
        asks.archive(&archive)
        archive.cells(&flows)
    }
}
