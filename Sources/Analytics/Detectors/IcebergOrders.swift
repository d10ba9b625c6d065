internal import Market
internal import Memory

/// Single orders that execute more than they showed, and orders that follow each other at a consumed price
/// (definitions §12, after Zotikov and Antonov 2019).
///
/// A fill alone does not change what an order shows; the modification or the removal behind it does, as venues that
/// send all three say it. Until then fills are held against the shown size, so that a venue whose fills speak for
/// themselves reads the same. An order is native when its fills exceed what it shows, or when it shows more than was
/// left, within the rule's time after a fill. An order is the next tranche of another when a fill of that one
/// consumed the last size shown at the price and this one is the first that stands there within that time.
struct IcebergOrders: ~Copyable, Sendable {
    /// Orders that are remembered; more than liquid books hold. Beyond it an order is not known, and its fills say
    /// nothing.
    static let orderLimit = 1 << 17
    /// Prices whose shown size is summed; beyond it a level is not known and never consumed.
    static let levelLimit = 1 << 15
    /// Executed orders and chains followed at a time; one more ends the one whose last fill is oldest.
    static let recordLimit = 64

    // Not private: Swift 6.3.1 cannot link a noncopyable generic's private argument.
    struct Order: Plain {
        var price: Int64 = 0
        var shown: Int64 = 0
        /// Filled since its size was last said.
        var filled: Int64 = 0
        /// The place of its record; below 0 before its first fill.
        var record: Int32 = -1
        var side = Side.unknown

        static var bounds: [PlainBound] { [.choice(\Self.side)] }

        /// What still stands in the book of it.
        var rest: Int64 { max(0, shown - filled) }
    }

    private struct Record: Plain {
        var tranches: Tranches
        /// The order that is its last tranche.
        var order: UInt64
        /// Executed volume that no rise has answered, not above the largest size shown.
        var owed: Int64 = 0
        /// Since when the price is consumed and the next tranche awaited.
        var consumed: Int64?

        static var bounds: [PlainBound] { .part(\Self.tranches) + [.optional(\Self.consumed)] }

        func due(_ rule: IcebergRule) -> Int64 {
            let still = tranches.lastTime &+ rule.idle &+ 1
            return min(still, consumed.map { $0 &+ rule.within &+ 1 } ?? still)
        }
    }

    private let rule: IcebergRule
    private var orders = KeyedCells<Order>(empty: Order(), limit: IcebergOrders.orderLimit)
    /// What stands at each price, fills taken out.
    private var levels = KeyedCells<Int64>(empty: 0, limit: IcebergOrders.levelLimit)
    /// A limit was met: no level is known wholly.
    private var isPartial = false
    private var records: [Record] = []
    private var told = 0
    private var waiting = 0
    /// What was found or has ended since it was last taken; ended ones only where they were told.
    var news: [IcebergNews] = []

    init(_ rule: IcebergRule) { self.rule = rule }

    /// An event of kind `order`.
    mutating func receive(_ event: MarketEvent) {
        guard event.side != .unknown, let action = event.orderAction else { return }
        switch action {
        case .add: add(event)
        case .modify: modify(event)
        case .remove: remove(event)
        case .fill: fill(event)
        }
    }

    // MARK: Ends

    /// Ends the told ones that are over, in the order in which they were.
    mutating func endDue(at time: Int64) {
        while let place = nextTold, records[place].due(rule) <= time {
            end(place, records[place].consumed == nil ? .idle : .filled)
        }
    }

    /// When the next told one is over; never where there is none.
    var nextDue: Int64 { nextTold.map { records[$0].due(rule) } ?? .max }

    /// Ends all; the orders are still known.
    mutating func endAll(_ reason: IcebergEnd) {
        for record in records where record.tranches.isTold {
            news.append(IcebergNews(tranches: record.tranches, end: reason))
        }
        for record in records {
            if let owner = orders.place(of: record.order) { orders[owner].record = -1 }
        }
        records.removeAll(keepingCapacity: true)
        (told, waiting) = (0, 0)
    }

    /// Forgets the book.
    mutating func forgetOrders() {
        orders.removeAll()
        levels.removeAll()
        isPartial = false
    }

    /// The told ones as they stand.
    var toldOnes: [Tranches] { records.map(\.tranches).filter(\.isTold) }

    /// Notes that a trade of this price and time was corrected.
    mutating func revise(_ price: Int64, at time: Int64) {
        for place in records.indices where records[place].tranches.price == price {
            let tranches = records[place].tranches
            if time >= tranches.firstTime, time <= tranches.lastTime { records[place].tranches.isRevised = true }
        }
    }

    private var nextTold: Int? {
        guard told > 0 else { return nil }
        var next: Int?
        for place in records.indices where records[place].tranches.isTold {
            if let best = next, records[best].due(rule) <= records[place].due(rule) { continue }
            next = place
        }
        return next
    }

    /// Takes a record out; the last one moves into its place.
    private mutating func end(_ place: Int, _ reason: IcebergEnd) {
        let record = records[place]
        if let owner = orders.place(of: record.order) { orders[owner].record = -1 }
        let moved = records.removeLast()
        if place < records.count {
            records[place] = moved
            if let owner = orders.place(of: moved.order) { orders[owner].record = Int32(place) }
        }
        if record.consumed != nil { waiting -= 1 }
        guard record.tranches.isTold else { return }
        told -= 1
        news.append(IcebergNews(tranches: record.tranches, end: reason))
    }

    private mutating func judge(_ place: Int) {
        guard !records[place].tranches.isTold, rule.holds(records[place].tranches) else { return }
        records[place].tranches.isTold = true
        told += 1
        news.append(IcebergNews(tranches: records[place].tranches, end: .open))
    }
}

// MARK: Orders

extension IcebergOrders {
    private mutating func add(_ event: MarketEvent) {
        guard orders.place(of: event.identifier) == nil else { return modify(event) }
        guard event.quantity.steps > 0 else { return }
        let time = event.venueTime.nanoseconds
        let isNews = waiting > 0 && !event.marks.contains(.snapshot)
        let next = isNews ? awaiting(event.side, event.price.billionths, at: time) : nil
        guard insert(event), let next else { return }
        link(event.identifier, event.quantity.steps, to: next, at: time)
    }

    private mutating func fill(_ event: MarketEvent) {
        guard let place = orders.place(of: event.identifier) else { return }
        let time = event.venueTime.nanoseconds
        let quantity = event.quantity.steps
        var order = orders[place]
        shift(order, by: -min(quantity, order.rest))
        order.filled = Tranches.sum(order.filled, quantity)
        if order.record < 0 { order.record = Int32(begin(order, event.identifier, at: time)) }
        orders[place] = order
        let record = Int(order.record)
        records[record].tranches.execute(quantity, time: time, number: event.sequence, isInferred: false)
        records[record].owed = min(Tranches.sum(records[record].owed, quantity), records[record].tranches.shown)
        if order.filled > order.shown { markNative(record, .overfilled) }
        let mayContinue = records[record].tranches.method == .synthetic && records[record].consumed == nil
        if mayContinue, order.rest == 0, isConsumed(order) {
            records[record].consumed = time
            waiting += 1
        }
        judge(record)
    }

    private mutating func modify(_ event: MarketEvent) {
        guard let place = orders.place(of: event.identifier) else {
            _ = insert(event)
            return
        }
        var order = orders[place]
        let size = event.quantity.steps
        guard size > 0, order.price == event.price.billionths, order.side == event.side else {
            return replace(place, by: event)
        }
        if order.record >= 0 { restate(Int(order.record), from: order.rest, to: size, at: event.venueTime.nanoseconds) }
        shift(order, by: size - order.rest)
        (order.shown, order.filled) = (size, 0)
        orders[place] = order
    }

    private mutating func remove(_ event: MarketEvent) {
        guard let place = orders.place(of: event.identifier) else { return }
        var order = orders[place]
        let before = order.rest
        // A removal without a size takes all.
        let size = event.quantity.steps > 0 ? event.quantity.steps : order.shown
        order.filled -= min(order.filled, size)
        order.shown = max(0, order.shown - size)
        shift(order, by: order.rest - before)
        orders[place] = order
        guard order.shown == 0 else { return }
        drop(place, order, before == 0 ? .filled : .cancelled)
    }

    /// An order moves to another price, or to nothing.
    private mutating func replace(_ place: Int, by event: MarketEvent) {
        let order = orders[place]
        shift(order, by: -order.rest)
        if order.record >= 0 { end(Int(order.record), .cancelled) }
        orders.remove(at: place)
        if event.quantity.steps > 0 { _ = insert(event) }
    }

    /// An order is gone. One that consumed its price may be followed by another.
    private mutating func drop(_ place: Int, _ order: Order, _ reason: IcebergEnd) {
        if order.record >= 0, records[Int(order.record)].consumed == nil { end(Int(order.record), reason) }
        orders.remove(at: place)
    }

    private mutating func insert(_ event: MarketEvent) -> Bool {
        let order = Order(price: event.price.billionths, shown: event.quantity.steps, side: event.side)
        guard order.shown > 0 else { return false }
        guard orders.insert(event.identifier, order) != nil else {
            isPartial = true
            return false
        }
        shift(order, by: order.shown)
        return true
    }

    // MARK: Levels

    private mutating func shift(_ order: Order, by size: Int64) {
        guard size != 0 else { return }
        let key = LevelStays.key(order.side, order.price)
        guard let place = levels.place(of: key) else {
            if size > 0, levels.insert(key, size) == nil { isPartial = true }
            return
        }
        levels[place] = Tranches.sum(levels[place], size)
        if levels[place] <= 0 { levels.remove(at: place) }
    }

    private func isConsumed(_ order: Order) -> Bool {
        !isPartial && levels.place(of: LevelStays.key(order.side, order.price)) == nil
    }

    // MARK: Records

    private mutating func begin(_ order: Order, _ identifier: UInt64, at time: Int64) -> Int {
        if records.count == IcebergOrders.recordLimit { makeRoom(at: time) }
        var tranches = Tranches(price: order.price, side: order.side, method: .synthetic)
        tranches.shown = order.shown
        records.append(Record(tranches: tranches, order: identifier))
        return records.count - 1
    }

    private mutating func makeRoom(at time: Int64) {
        for place in records.indices.reversed() where records[place].due(rule) <= time {
            end(place, records[place].consumed == nil ? .idle : .filled)
        }
        guard records.count == IcebergOrders.recordLimit else { return }
        var oldest = 0
        for place in records.indices where records[place].tranches.lastTime < records[oldest].tranches.lastTime {
            oldest = place
        }
        end(oldest, .cut)
    }

    /// The record that waits for its next tranche at a price; those that waited too long end.
    private mutating func awaiting(_ side: Side, _ price: Int64, at time: Int64) -> Int? {
        var found: Int?
        for place in records.indices.reversed() where records[place].consumed != nil {
            if records[place].due(rule) <= time {
                end(place, .filled)
                if let last = found, last == records.count { found = place }
            } else if records[place].tranches.price == price, records[place].tranches.side == side {
                found = place
            }
        }
        return found
    }

    private mutating func link(_ identifier: UInt64, _ size: Int64, to place: Int, at time: Int64) {
        if let owner = orders.place(of: records[place].order) { orders[owner].record = -1 }
        if let owner = orders.place(of: identifier) { orders[owner].record = Int32(place) }
        if records[place].order == identifier { markNative(place, .refilled) }
        records[place].order = identifier
        records[place].tranches.signs.insert(.chained)
        answer(place, rise: size, at: time)
        records[place].tranches.shown = max(records[place].tranches.shown, size)
        judge(place)
    }

    /// An order says anew what it shows.
    private mutating func restate(_ place: Int, from rest: Int64, to size: Int64, at time: Int64) {
        if size > rest {
            if time &- records[place].tranches.lastTime <= rule.within, records[place].owed > 0 {
                markNative(place, .refilled)
            }
            answer(place, rise: size - rest, at: time)
        }
        records[place].tranches.shown = max(records[place].tranches.shown, size)
        judge(place)
    }

    /// What was executed explains a rise, as far as it goes and if it was just now.
    private mutating func answer(_ place: Int, rise: Int64, at time: Int64) {
        let isRecent = time &- records[place].tranches.lastTime <= rule.within
        let explained = isRecent ? min(rise, records[place].owed) : 0
        records[place].owed -= explained
        if explained > 0 { records[place].tranches.refills += 1 }
        records[place].tranches.add(rise - explained)
        guard records[place].consumed != nil else { return }
        records[place].consumed = nil
        waiting -= 1
    }

    private mutating func markNative(_ place: Int, _ sign: Tranches.Signs) {
        records[place].tranches.method = .native
        records[place].tranches.signs.insert(sign)
    }
}

extension IcebergOrders: Archivable {
    mutating func archive(_ archive: inout Archive) {
        orders.archive(&archive)
        levels.archive(&archive)
        archive.value(&isPartial)
        archive.array(&records)
        archive.values(&told, &waiting)
        archive.array(&news)
        archive.check(records.count <= IcebergOrders.recordLimit, "too many orders are followed")
    }
}
