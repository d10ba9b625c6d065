internal import Market
internal import Memory

/// What buyers and sellers took in a row of prices, or in several, and all that was traded there; steps.
struct RowFlow: Plain, Equatable, Sendable {
    var buy: Int64 = 0
    var sell: Int64 = 0
    var total: Int64 = 0

    /// Itself, or nothing: without a branch, since nobody can foretell the next trade's row; it saves a fifth of the
    /// time of a trade.
    func counted(_ isCounted: Bool) -> RowFlow {
        let mask: Int64 = isCounted ? -1 : 0
        return RowFlow(buy: buy & mask, sell: sell & mask, total: total & mask)
    }

    static func &+= (left: inout RowFlow, right: RowFlow) {
        left.buy &+= right.buy
        left.sell &+= right.sell
        left.total &+= right.total
    }

    static func &-= (left: inout RowFlow, right: RowFlow) {
        left.buy &-= right.buy
        left.sell &-= right.sell
        left.total &-= right.total
    }
}

/// A trade of the window, or several of one row and side that were joined: 40 bytes.
struct WindowTrade: Plain, Sendable {
    var time: Int64
    var number: UInt64
    var row: Int64
    /// Steps.
    var quantity: Int64
    var prints: UInt32
    var sign: Int8
    var isInferred: Bool
    var marks: UInt8

    static var bounds: [PlainBound] { [.flag(\Self.isInferred)] }

    static let none = WindowTrade(
        time: 0, number: 0, row: 0, quantity: 0, prints: 0, sign: 0, isInferred: false, marks: 0)

    var flow: RowFlow {
        RowFlow(
            buy: quantity & Int64(sign > 0 ? -1 : 0), sell: quantity & Int64(sign < 0 ? -1 : 0), total: quantity)
    }

    func isLike(_ other: WindowTrade) -> Bool {
        row == other.row && sign == other.sign && isInferred == other.isInferred
    }
}

/// The trades of the last stretch of event time by price row, with the sums of the uppermost and the lowest rows.
///
/// Trades leave in the order in which they came. Rows lie in a table that wraps around, so that no move of the price
/// copies them. Two limits hold. At `tradeLimit`, trades of one row and side that follow each other within a 64th of
/// the window are joined and leave with the first of them; where that frees too little, the oldest trades leave early.
/// At `rowLimit` the oldest trades leave until the rest span fewer rows. Either way a sum is understated, never more.
struct AbsorptionWindow: ~Copyable, Sendable {
    /// 1.25 MiB of trades: half a minute of a thousand trades a second.
    static let tradeLimit = 32_768
    /// 384 KiB of rows: a wider market in so short a time is no place where anything was absorbed.
    static let rowLimit = 16_384
    private static let firstCount = 64

    /// Nanoseconds.
    let width: Int64
    /// Rows of a zone.
    let zone: Int64
    /// The outermost rows that hold trades; in reverse order while there is none.
    private(set) var lowest = Int64.max
    private(set) var highest = Int64.min
    /// The sums of the `zone` uppermost and the `zone` lowest rows.
    private(set) var top = RowFlow()
    private(set) var bottom = RowFlow()
    /// Trades by their count, modulo a power of two.
    private var trades = FixedCells(repeating: WindowTrade.none, count: 0)
    private var first = 0
    private var next = 0
    /// Rows by their number, modulo a power of two; rows without trades are zero.
    private var rows = FixedCells(repeating: RowFlow(), count: 0)

    init(width: Int64, zone: Int64) {
        precondition(width > 0 && zone > 0, "A window must have a width and a zone a row.")
        self.width = width
        self.zone = zone
    }

    var isEmpty: Bool { first == next }

    /// Whether a row lies in the uppermost zone (`direction` +1) or in the lowest one (−1).
    func reaches(_ row: Int64, _ direction: Int8) -> Bool {
        direction > 0 ? row > highest &- zone : row < lowest &+ zone
    }

    mutating func add(_ trade: WindowTrade) {
        if next &- first == trades.count { makeRoom() }
        if trade.row > highest || trade.row < lowest { reach(trade.row) }
        trades[next & (trades.count &- 1)] = trade
        next &+= 1
        let flow = trade.flow
        rows[cell(trade.row)] &+= flow
        top &+= flow.counted(trade.row > highest &- zone)
        bottom &+= flow.counted(trade.row < lowest &+ zone)
        trades.prefetch(next & (trades.count &- 1))
    }

    /// Lets all trades go whose time is not after `time`.
    mutating func leave(upTo time: Int64) {
        while first != next, trades[first & (trades.count &- 1)].time <= time { removeOldest() }
    }

    /// Lets everything go.
    mutating func clear() {
        if !isEmpty {
            for row in lowest...highest { rows[cell(row)] = RowFlow() }
        }
        first = next
        forgetRows()
    }

    /// What the trades of some rows tell together.
    func stretch(from low: Int64, to high: Int64) -> AbsorptionStretch {
        var stretch = AbsorptionStretch()
        for place in first..<next {
            let trade = trades[place & (trades.count - 1)]
            if trade.row >= low, trade.row <= high { stretch.add(trade) }
        }
        return stretch
    }

    // MARK: Trades

    private mutating func removeOldest() {
        let trade = trades[first & (trades.count &- 1)]
        first &+= 1
        let flow = trade.flow
        rows[cell(trade.row)] &-= flow
        top &-= flow.counted(trade.row > highest &- zone)
        bottom &-= flow.counted(trade.row < lowest &+ zone)
        if rows[cell(trade.row)].total == 0 { drawIn() }
    }

    private mutating func makeRoom() {
        guard trades.count == AbsorptionWindow.tradeLimit else {
            let count = max(AbsorptionWindow.firstCount, trades.count * 2)
            var grown = FixedCells(repeating: WindowTrade.none, count: count)
            for place in first..<next { grown[place & (count - 1)] = trades[place & (trades.count - 1)] }
            trades = grown
            return
        }
        joinTrades()
        while next - first > AbsorptionWindow.tradeLimit / 4 * 3 { removeOldest() }
    }

    private mutating func joinTrades() {
        let mask = trades.count - 1
        var kept = first
        for place in first + 1..<next {
            let trade = trades[place & mask]
            let last = trades[kept & mask]
            if last.isLike(trade), trade.time - last.time <= width / 64 {
                trades[kept & mask].quantity &+= trade.quantity
                trades[kept & mask].prints &+= trade.prints
                trades[kept & mask].marks |= trade.marks
            } else {
                kept += 1
                trades[kept & mask] = trade
            }
        }
        next = kept + 1
    }

    // MARK: Rows

    private func cell(_ row: Int64) -> Int { Int(truncatingIfNeeded: row) & (rows.count &- 1) }

    /// Widens the rows to one outside of them.
    private mutating func reach(_ row: Int64) {
        makeRows(for: row)
        if isEmpty {
            (lowest, highest) = (row, row)
            return
        }
        if row > highest {
            let leaving = max(highest &- zone &+ 1, lowest)
            for left in stride(from: leaving, through: min(row &- zone, highest), by: 1) { top &-= rows[cell(left)] }
            highest = row
        } else {
            let leaving = min(lowest &+ zone &- 1, highest)
            for left in stride(from: leaving, through: max(row &+ zone, lowest), by: -1) { bottom &-= rows[cell(left)] }
            lowest = row
        }
    }

    /// Takes the outermost rows back to where trades are.
    private mutating func drawIn() {
        if isEmpty { return forgetRows() }
        while highest > lowest, rows[cell(highest)].total == 0 {
            let entering = highest &- zone
            if entering >= lowest { top &+= rows[cell(entering)] }
            highest &-= 1
        }
        while lowest < highest, rows[cell(lowest)].total == 0 {
            let entering = lowest &+ zone
            if entering <= highest { bottom &+= rows[cell(entering)] }
            lowest &+= 1
        }
    }

    private mutating func forgetRows() {
        lowest = .max
        highest = .min
        top = RowFlow()
        bottom = RowFlow()
    }

    private mutating func makeRows(for row: Int64) {
        while !isEmpty, span(with: row) > AbsorptionWindow.rowLimit { removeOldest() }
        var count = max(AbsorptionWindow.firstCount, rows.count)
        while count < span(with: row) { count *= 2 }
        guard count > rows.count else { return }
        var grown = FixedCells(repeating: RowFlow(), count: count)
        if !isEmpty {
            for old in lowest...highest { grown[Int(truncatingIfNeeded: old) & (count - 1)] = rows[cell(old)] }
        }
        rows = grown
    }

    private func span(with row: Int64) -> Int64 {
        isEmpty ? 1 : max(highest, row) - min(lowest, row) + 1
    }
}

/// What some trades of a window tell together, beside their volume.
struct AbsorptionStretch: Plain, Sendable {
    /// Venue time of the first one, and the numbers of the first and the last event.
    var start: Int64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
    /// The row of the first one.
    var firstRow: Int64 = 0
    var prints: Int64 = 0
    /// Volume whose side no venue flag told, steps.
    var inferred: Int64 = 0
    var marks: UInt8 = 0

    mutating func add(_ trade: WindowTrade) {
        if prints == 0 { (start, first, firstRow) = (trade.time, trade.number, trade.row) }
        last = trade.number
        prints += Int64(trade.prints)
        inferred &+= trade.isInferred ? trade.quantity : 0
        marks |= trade.marks
    }
}

extension AbsorptionWindow: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&lowest, &highest, &top, &bottom)
        archive.values(&first, &next)
        archive.cells(&trades, used: trades.count, repeating: .none, limit: AbsorptionWindow.tradeLimit)
        archive.cells(&rows, used: rows.count, repeating: RowFlow(), limit: AbsorptionWindow.rowLimit)
        let isSound = first >= 0 && next >= first && next - first <= trades.count
        let isScaled = trades.count & (trades.count - 1) == 0 && rows.count & (rows.count - 1) == 0
        archive.check(isSound && isScaled, "a window of trades does not fit its ring")
    }
}
