public import Market
public import Memory

/// What did not fit the book, counted.
public struct BookCounts: Plain, Equatable, Sendable {
    /// Changes with an impossible price, size or side, and those of the other form than the book's.
    public var refused: Int64 = 0
    /// Levels and orders taken away that were not there, orders added twice or changed without being there.
    public var mismatched: Int64 = 0
    /// Levels that found no room in a full side, or had to make room.
    public var dropped: Int64 = 0

    public init() {}
}

/// The book of one symbol as its feed tells it: from levels with absolute sizes, or from single orders.
///
/// Levels: a size replaces what stood there, 0 removes it; a level removed without being there is counted and ignored.
/// Orders: an order added twice stands as last told; one changed without being there is added, for the change says all
/// of it; one removed without being there is ignored; all three are counted. A removal takes its size from the order,
/// all of it where the size is 0 or reaches what is left. A fill changes nothing: the removal or change that goes with
/// it does (Databento, market by order). The order of the orders at one price is not kept, their number and sum are.
///
/// A book is of one form from its first change to the next reset; changes of the other form are refused.
public struct OrderBook: ~Copyable, Sendable {
    public enum Form: UInt8, CaseIterable, Sendable { case none, levels, orders }

    public private(set) var bids: PriceLevels
    public private(set) var asks: PriceLevels
    public private(set) var form = Form.none
    public var counts = BookCounts()
    private var orders: OrderTable
    private let allowsNegativePrices: Bool

    public init(
        allowsNegativePrices: Bool, levelLimit: Int = PriceLevels.limit, orderLimit: Int = OrderBook.orderLimit
    ) {
        self.allowsNegativePrices = allowsNegativePrices
        bids = PriceLevels(.buy, limit: levelLimit)
        asks = PriceLevels(.sell, limit: levelLimit)
        orders = OrderTable(limit: orderLimit)
    }

    /// Orders that a book can hold.
    public static let orderLimit = OrderTable.limit
    public var orderCount: Int { orders.count }

    /// Makes a level's or an order's change. False where a book of orders has reached a limit: what is left of it is no
    /// longer the venue's. A book of levels drops its worst levels instead, far from where anyone looks.
    public mutating func apply(_ change: MarketEvent) -> Bool {
        let wanted: Form = change.kind == .order ? .orders : .levels
        if form == .none { form = wanted }
        guard form == wanted else {
            counts.refused += 1
            return true
        }
        if wanted == .orders { return apply(order: change) }
        apply(level: change)
        return true
    }

    public mutating func removeAll() {
        bids.removeAll()
        asks.removeAll()
        orders.removeAll()
        form = .none
    }

    /// From here on `changedRank` of both sides speaks of what follows.
    public mutating func forgetChanges() {
        bids.forgetChanges()
        asks.forgetChanges()
    }

    // MARK: Levels

    private mutating func apply(level change: MarketEvent) {
        let (price, size) = (change.price.billionths, change.quantity.steps)
        guard change.hasSide, accepts(price), size >= 0, size <= Quantity.limit else {
            counts.refused += 1
            return
        }
        switch change.side == .buy ? bids.set(price, to: size) : asks.set(price, to: size) {
        case .changed, .unchanged: break
        case .missing: counts.mismatched += 1
        case .displaced, .dropped: counts.dropped += 1
        case .refused: counts.refused += 1
        }
    }

    // MARK: Orders

    private mutating func apply(order change: MarketEvent) -> Bool {
        switch change.orderAction {
        case .add, .modify: return set(change)
        case .remove: take(change)
        case .fill: break
        case nil: counts.refused += 1
        }
        return true
    }

    /// Adds an order, or gives one a new price and size; one that is known stays on its side. False at a limit.
    private mutating func set(_ change: MarketEvent) -> Bool {
        let (price, size) = (change.price.billionths, change.quantity.steps)
        let known = orders.place(of: change.identifier)
        let isAdded = change.orderAction == .add
        if (known == nil) != isAdded { counts.mismatched += 1 }
        guard accepts(price), size >= (isAdded ? 1 : 0), size <= Quantity.limit,
            change.hasSide || (known != nil && !isAdded)
        else {
            counts.refused += 1
            return true
        }
        var isBid = change.side == .buy
        if let known {
            if !isAdded { isBid = orders[known].isBid }
            takeOut(known, orders[known].size)
        }
        return size == 0
            || put(
                RestingOrder(identifier: change.identifier, price: price, size: size, isBid: isBid))
    }

    private mutating func put(_ order: RestingOrder) -> Bool {
        let outcome =
            order.isBid
            ? bids.add(order.size, orders: 1, at: order.price) : asks.add(order.size, orders: 1, at: order.price)
        switch outcome {
        case .changed, .unchanged: return orders.insert(order)
        case .displaced, .dropped:
            counts.dropped += 1
            return false
        case .refused, .missing:
            counts.refused += 1
            return true
        }
    }

    private mutating func take(_ change: MarketEvent) {
        let size = change.quantity.steps
        guard size >= 0 else {
            counts.refused += 1
            return
        }
        guard let place = orders.place(of: change.identifier) else {
            counts.mismatched += 1
            return
        }
        takeOut(place, size == 0 ? orders[place].size : min(size, orders[place].size))
    }

    /// Takes a size from an order that stands in the book; with nothing left it is gone.
    private mutating func takeOut(_ place: Int, _ size: Int64) {
        let order = orders[place]
        let isGone = size == order.size
        let outcome =
            order.isBid
            ? bids.add(-size, orders: isGone ? -1 : 0, at: order.price)
            : asks.add(-size, orders: isGone ? -1 : 0, at: order.price)
        precondition(outcome == .changed, "What stands in the table must stand at its level.")
        if isGone { orders.remove(at: place) } else { orders[place].size -= size }
    }

    private func accepts(_ price: Int64) -> Bool {
        price <= Price.limit && (price > 0 || (allowsNegativePrices && price >= -Price.limit))
    }
}

extension OrderBook: Archivable {
    mutating func archive(_ archive: inout Archive) {
        bids.archive(&archive)
        asks.archive(&archive)
        archive.choice(&form)
        archive.value(&counts)
        orders.archive(&archive)
    }
}
