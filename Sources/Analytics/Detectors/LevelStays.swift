internal import Market
internal import Memory

/// The prices at which trades have met the book lately, a few on each side.
struct LevelStays: ~Copyable, Sendable {
    /// Stays on one side at a time; one more ends the one whose last trade is oldest. A sweep leaves prices behind
    /// quicker than their stays end, and an iceberg comes back within a fraction of a second.
    static let stayLimit = 8

    /// Prices of a book whose size is remembered; beyond it a price's size is not known.
    static let levelLimit = 1 << 15

    private let rule: IcebergRule
    /// What each level shows, where the source tells levels.
    private var sizes = KeyedCells<Int64>(empty: 0, limit: LevelStays.levelLimit)
    private var stays: [IcebergStay] = []
    /// The key of each stay: most sizes that change are at none of their prices.
    private var keys: [UInt64] = []
    private var told = 0
    /// The last falls of bids and of asks, before any trade is known that explains them.
    private var falls = (SizeFall(), SizeFall())
    /// What was found or has ended since it was last taken; ended ones only where they were told.
    var news: [IcebergNews] = []

    init(_ rule: IcebergRule) {
        self.rule = rule
        stays.reserveCapacity(2 * LevelStays.stayLimit)
        keys.reserveCapacity(2 * LevelStays.stayLimit)
    }

    /// One number for a side and a price: prices stay below 2^62 in magnitude.
    static func key(_ side: Side, _ price: Int64) -> UInt64 { UInt64(bitPattern: price) << 1 | (side == .buy ? 1 : 0) }

    /// A trade against `side`, whose price shows `shown` now; nil where nobody knows.
    mutating func execute(_ trade: borrowing Trade, against side: Side, shown: Int64?) {
        var place = find(side, trade.price, at: trade.time) ?? -1
        if place < 0 { place = begin(trade, side, shown) }
        stays[place].execute(trade)
        judge(place)
    }

    /// What a level shows; nil where nobody knows.
    func size(_ side: Side, _ price: Int64) -> Int64? { sizes.place(of: LevelStays.key(side, price)).map { sizes[$0] } }

    /// A level shows this size from now on, which may be 0.
    mutating func show(_ side: Side, _ price: Int64, _ size: Int64, at time: Int64) {
        let before = replace(LevelStays.key(side, price), size)
        if size < before { note(SizeFall(price: price, size: before, amount: before - size, time: time), side) }
        guard let place = find(side, price, at: time) else { return }
        stays[place].show(size, at: time)
        judge(place)
    }

    /// A side's best price and size have changed, and nothing is known of the prices behind it.
    mutating func quote(_ side: Side, _ best: BestSize, before: BestSize, at time: Int64) {
        let isGone = best.price == Price.none.billionths
        if before.price == best.price, best.size < before.size {
            note(SizeFall(price: best.price, size: before.size, amount: before.size - best.size, time: time), side)
        } else if isGone || isBetter(before.price, than: best.price, side), before.price != Price.none.billionths {
            note(SizeFall(price: before.price, size: before.size, amount: before.size, time: time), side)
        }
        for place in stays.indices.reversed() where stays[place].tranches.side == side {
            let price = stays[place].tranches.price
            if stays[place].due <= time {
                end(place, stays[place].end)
            } else if price == best.price {
                stays[place].show(best.size, at: time)
                judge(place)
            } else if isGone || isBetter(price, than: best.price, side) {
                stays[place].show(0, at: time)
            } else {
                stays[place].hide(at: time)
            }
        }
    }

    /// Ends the told stays that are over, in the order in which they were.
    mutating func endDue(at time: Int64) {
        while let place = nextTold, stays[place].due <= time { end(place, stays[place].end) }
    }

    /// When the next told stay is over; never where there is none.
    var nextDue: Int64 { nextTold.map { stays[$0].due } ?? .max }

    /// Ends all stays.
    mutating func endAll(_ reason: IcebergEnd) {
        for stay in stays where stay.tranches.isTold { news.append(IcebergNews(tranches: stay.tranches, end: reason)) }
        stays.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        told = 0
        falls = (SizeFall(), SizeFall())
    }

    /// Forgets what levels show.
    mutating func forgetSizes() { sizes.removeAll() }

    /// The told stays as they stand.
    var toldOnes: [Tranches] { stays.map(\.tranches).filter(\.isTold) }

    /// Notes that a trade of this price and time was corrected.
    mutating func revise(_ price: Int64, at time: Int64) {
        for place in stays.indices where stays[place].tranches.price == price {
            let tranches = stays[place].tranches
            if time >= tranches.firstTime, time <= tranches.lastTime { stays[place].tranches.isRevised = true }
        }
    }

    private var nextTold: Int? {
        guard told > 0 else { return nil }
        var next: Int?
        for place in stays.indices where stays[place].tranches.isTold {
            if let best = next, stays[best].due <= stays[place].due { continue }
            next = place
        }
        return next
    }

    /// Remembers a level's size; the one before, 0 where none was known.
    private mutating func replace(_ key: UInt64, _ size: Int64) -> Int64 {
        guard let place = sizes.place(of: key) else {
            if size > 0 { _ = sizes.insert(key, size) }
            return 0
        }
        let before = sizes[place]
        if size > 0 { sizes[place] = size } else { sizes.remove(at: place) }
        return before
    }

    private func isBetter(_ price: Int64, than other: Int64, _ side: Side) -> Bool {
        side == .buy ? price > other : price < other
    }

    private mutating func note(_ fall: SizeFall, _ side: Side) {
        if side == .buy { falls.0 = fall } else { falls.1 = fall }
    }

    /// The stay at a price; one that is over is none.
    private mutating func find(_ side: Side, _ price: Int64, at time: Int64) -> Int? {
        let key = LevelStays.key(side, price)
        for place in keys.indices where keys[place] == key {
            if stays[place].due > time { return place }
            end(place, stays[place].end)
            return nil
        }
        return nil
    }

    private mutating func begin(_ trade: borrowing Trade, _ side: Side, _ shown: Int64?) -> Int {
        makeRoom(side)
        let fall = side == .buy ? falls.0 : falls.1
        let isFall = fall.price == trade.price ? trade.time &- fall.time <= rule.within : false
        let tranches = Tranches(price: trade.price, side: side, method: .level)
        stays.append(IcebergStay(tranches, rule: rule, shown: shown, fall: isFall ? fall : nil))
        keys.append(LevelStays.key(side, trade.price))
        return stays.count - 1
    }

    private mutating func makeRoom(_ side: Side) {
        var oldest = 0
        var count = 0
        for place in stays.indices where stays[place].tranches.side == side {
            if count == 0 || stays[place].tranches.lastTime < stays[oldest].tranches.lastTime { oldest = place }
            count += 1
        }
        if count == LevelStays.stayLimit { end(oldest, .cut) }
    }

    private mutating func judge(_ place: Int) {
        guard !stays[place].tranches.isTold, rule.holds(stays[place].tranches) else { return }
        stays[place].tranches.isTold = true
        told += 1
        news.append(IcebergNews(tranches: stays[place].tranches, end: .open))
    }

    private mutating func end(_ place: Int, _ reason: IcebergEnd) {
        keys.remove(at: place)
        let tranches = stays.remove(at: place).tranches
        guard tranches.isTold else { return }
        told -= 1
        news.append(IcebergNews(tranches: tranches, end: reason))
    }
}

/// A side's best price and its size.
struct BestSize: BitwiseCopyable, Sendable {
    var price: Int64
    var size: Int64
}

extension LevelStays: Archivable {
    mutating func archive(_ archive: inout Archive) {
        sizes.archive(&archive)
        archive.array(&stays)
        archive.array(&keys)
        archive.values(&told, &falls.0, &falls.1)
        archive.array(&news)
        archive.check(
            keys.count == stays.count && keys.count <= 2 * LevelStays.stayLimit, "too many prices are watched")
    }
}
