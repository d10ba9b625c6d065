internal import Market
internal import Memory
internal import Updates

/// The trades of one window by price and side, with the sums of a bar.
///
/// Rows, volumes, delta and the extremes of price follow the corrected tape. The extremes of delta are those of the
/// trades in order of arrival, late ones at their end: a bar that was changed says `inputRevised`. Where a removed
/// trade had set open or close, its successor is not known: the old price stays, within the range that is left, and
/// the bar says `approximate` until another trade sets it; a correction at the same instant takes the open's place.
struct FootprintBar: Sendable {
    /// Rows of the first allocation: 2 KiB.
    static let firstRows = 64

    let scale: RowScale
    private(set) var sums = Bar(start: .distantFuture, end: .distantFuture)
    /// Cells of which the first holds `firstRow`; they stay allocated from one window to the next.
    private var cells: [FootprintRow] = []
    private var firstRow: Int64 = 0
    /// How often rows were merged in pairs.
    private(set) var coarsening: Int64 = 0
    /// Some price lay above its row's lower edge: rows alone do not tell the extremes.
    private var hasInnerPrice = false
    private(set) var isRevised = false
    /// What a change of the tape has made uncertain.
    private var lost: FootprintUpdate.Lost = []
    private var lastOpen: Int64 = 0
    private var lastClose: Int64 = 0
    /// Volume taken back that no row holds.
    private var missing: Int64 = 0
    /// The numbers of the first and of the last event in it.
    private(set) var firstNumber: UInt64 = 0
    private(set) var lastNumber: UInt64 = 0

    /// How often the closed bar was published anew.
    var revision: UInt32 = 0
    /// What its window's input was like when it was closed.
    var quality = Quality.whole
    /// Trades that the last shown value held; −1 where the tape was changed since, 0 where none was shown.
    private(set) var shownCount: Int64 = 0
    private(set) var wasShown = false

    init(_ scale: RowScale) { self.scale = scale }

    var start: Int64 { sums.start.nanoseconds }
    var end: Int64 { sums.end.nanoseconds }
    var window: Window { Window(from: start, to: end) }
    var isEmpty: Bool { sums.isEmpty }
    var isStale: Bool { shownCount != sums.count }
    /// A row's height, merged rows considered.
    var rowHeight: Int64 { scale.height &<< coarsening }

    /// Forgets everything and begins a window.
    mutating func begin(_ window: Window) {
        for cell in cells.indices { cells[cell] = .empty }
        sums = Bar(start: Timestamp(nanoseconds: window.start), end: Timestamp(nanoseconds: window.end))
        coarsening = 0
        (hasInnerPrice, isRevised, wasShown) = (false, false, false)
        lost = []
        (missing, shownCount) = (0, 0)
        (firstNumber, lastNumber) = (0, 0)
        revision = 0
        quality = .whole
    }

    mutating func add(_ trade: WaitingTrade) {
        let row = scale.row(of: trade.price)
        if UInt64(bitPattern: (row &>> coarsening) &- firstRow) >= UInt64(cells.count) { makeRoom(for: row) }
        if sums.isEmpty { firstNumber = trade.number }
        lastNumber = trade.number
        hasInnerPrice = hasInnerPrice || row &* scale.height != trade.price
        cells[Int((row &>> coarsening) &- firstRow)].add(trade)
        sums.add(
            price: trade.price, quantity: trade.quantity, sign: trade.sign, inferred: trade.isInferred,
            time: trade.time)
    }

    /// Adds the first `count` trades of a list, as `add` does one by one.
    mutating func add(_ trades: borrowing FixedCells<WaitingTrade>, first count: Int) {
        var next = 0
        while next < count {
            // A trade for which there is no row makes room, and the rest goes on behind it.
            next = addFitting(trades, next..<count)
            if next < count {
                add(trades[next])
                next += 1
            }
        }
    }

    /// Adds trades as long as there are rows for them; the place of the first for which there is none.
    private mutating func addFitting(_ trades: borrowing FixedCells<WaitingTrade>, _ places: Range<Int>) -> Int {
        if sums.isEmpty { firstNumber = trades[places.lowerBound].number }
        // Taken out and put back: a span of its own property would lend out the whole bar.
        var held: [FootprintRow] = []
        swap(&held, &cells)
        defer { swap(&held, &cells) }
        var rows = held.mutableSpan
        for place in places {
            let trade = trades[place]
            let row = scale.row(of: trade.price)
            let cell = (row &>> coarsening) &- firstRow
            guard UInt64(bitPattern: cell) < UInt64(rows.count) else { return place }
            lastNumber = trade.number
            hasInnerPrice = hasInnerPrice || row &* scale.height != trade.price
            rows[Int(truncatingIfNeeded: cell)].add(trade)
            sums.add(
                price: trade.price, quantity: trade.quantity, sign: trade.sign, inferred: trade.isInferred,
                time: trade.time)
        }
        return places.upperBound
    }

    mutating func noteShown() { (shownCount, wasShown) = (sums.count, true) }

    // MARK: For readers

    /// The cells from the lowest row with volume to the highest; empty where nothing was traded.
    var filled: Range<Int> {
        guard sums.hasPrice else { return 0..<0 }
        return Int(row(of: sums.low) &- firstRow)..<Int(row(of: sums.high) &- firstRow) + 1
    }

    subscript(cell: Int) -> FootprintRow { cells[cell] }

    /// The lower edge of a cell's row.
    func price(ofCell cell: Int) -> Int64 { (firstRow &+ Int64(cell)) &* rowHeight }

    /// Volume: that of all rows, less what was taken back without a row.
    var volume: Int64 { max(0, sums.volume &- missing) }
    var open: Int64 { shown(sums.open, else: lastOpen) }
    var close: Int64 { shown(sums.close, else: lastClose) }

    /// Which figures are not exact.
    var inexact: FootprintUpdate.Lost {
        var inexact = lost
        if sums.hasPrice, sums.open == Price.none.billionths { inexact.insert(.open) }
        if sums.hasPrice, sums.close == Price.none.billionths { inexact.insert(.close) }
        return inexact
    }

    var flags: UpdateHead.Flags {
        var flags: UpdateHead.Flags = []
        if isRevised { flags.insert(.inputRevised) }
        if !inexact.isEmpty { flags.insert(.approximate) }
        if coarsening > 0 { flags.insert(.coarsened) }
        return flags
    }

    private func shown(_ price: Int64, else last: Int64) -> Int64 {
        guard sums.hasPrice, price == Price.none.billionths else { return price }
        return min(max(last, sums.low), sums.high)
    }

    private func row(of price: Int64) -> Int64 { scale.row(of: price) &>> coarsening }
}

// MARK: Changes of the tape

extension FootprintBar {
    mutating func apply(_ change: TapeChange) {
        let wasNew = sums.isEmpty && !isRevised
        if change.isRemoval { remove(change) } else { insert(change) }
        isRevised = !wasNew
        shownCount = -1
    }

    private mutating func insert(_ change: TapeChange) {
        let trade = change.trade
        add(WaitingTrade(trade))
        if change.reason == .corrected, sums.open == Price.none.billionths, trade.time == sums.firstTime {
            sums.open = trade.price
        }
    }

    private mutating func remove(_ change: TapeChange) {
        guard !sums.isEmpty else { return }
        let trade = change.trade
        let cell = row(of: trade.price) &- firstRow
        let isThere = UInt64(bitPattern: cell) < UInt64(cells.count)
        if !change.isApproximate, isThere, cells[Int(cell)].remove(trade) {
            sums.remove(
                price: trade.price, quantity: trade.quantity, sign: trade.aggressor.sign, inferred: trade.isInferred)
            sums.minDelta = min(sums.minDelta, sums.delta)
            sums.maxDelta = max(sums.maxDelta, sums.delta)
            forgetEnds(trade)
        } else {
            removeUnknown(trade, cell: isThere ? Int(cell) : nil)
        }
        settleExtremes(removed: trade.price)
    }

    /// A trade of which no row is known to hold it: what is neutral at its price goes, the rest from the sum alone.
    private mutating func removeUnknown(_ trade: borrowing Trade, cell: Int?) {
        var rest = trade.quantity
        if let cell {
            let part = min(rest, cells[cell].neutral)
            cells[cell].neutral &-= part
            cells[cell].volume &-= part
            sums.neutral &-= part
            sums.volume &-= part
            sums.turnover &-= Int128(trade.price) &* Int128(part)
            rest &-= part
        }
        missing &+= rest
        lost.insert(.volume)
    }

    /// Who comes after the first trade, or before the last, is not kept.
    private mutating func forgetEnds(_ trade: borrowing Trade) {
        let none = Price.none.billionths
        if trade.time == sums.firstTime, trade.price == sums.open { (lastOpen, sums.open) = (sums.open, none) }
        if trade.time == sums.lastTime, trade.price == sums.close { (lastClose, sums.close) = (sums.close, none) }
    }

    /// Finds high and low anew from the rows. They are exact where all prices are their row's lower edge.
    private mutating func settleExtremes(removed price: Int64) {
        let before = filled
        var low = before.lowerBound
        while low < before.upperBound, cells[low].volume == 0 { low += 1 }
        guard low < before.upperBound else { return empty() }
        var high = before.upperBound - 1
        while cells[high].volume == 0 { high -= 1 }
        let hasNewLow = low > before.lowerBound
        let hasNewHigh = high < before.upperBound - 1
        if hasInnerPrice, hasNewLow || price == sums.low { lost.insert(.low) }
        if hasInnerPrice, hasNewHigh || price == sums.high { lost.insert(.high) }
        if hasNewLow { sums.low = self.price(ofCell: low) }
        if hasNewHigh {
            sums.high = self.price(ofCell: high) &+ (hasInnerPrice ? max(rowHeight &- scale.tick, 0) : 0)
        }
    }

    /// All trades were taken back.
    private mutating func empty() {
        for cell in cells.indices { cells[cell] = .empty }
        sums = Bar(start: sums.start, end: sums.end)
        (firstNumber, lastNumber) = (0, 0)
        lost.formIntersection(.volume)
    }
}

// MARK: Room

extension FootprintBar {
    /// Merges, moves or adds cells until one of them holds a row of the scale.
    @inline(never)
    private mutating func makeRoom(for row: Int64) {
        let lowest = sums.hasPrice ? min(row, scale.row(of: sums.low)) : row
        let highest = sums.hasPrice ? max(row, scale.row(of: sums.high)) : row
        var times: Int64 = 0
        while rowSpan(lowest, highest, coarsening &+ times) >= UInt64(scale.rowLimit) { times += 1 }
        if times > 0 { merge(times) }
        place(lowest: lowest >> coarsening, highest: highest >> coarsening)
    }

    /// Rows from one to another, less one; right beyond 63 bits too.
    private func rowSpan(_ lowest: Int64, _ highest: Int64, _ times: Int64) -> UInt64 {
        UInt64(bitPattern: (highest >> times) &- (lowest >> times))
    }

    /// Adds rows up in groups of 2^`times`; a row goes where division by the new height puts it.
    private mutating func merge(_ times: Int64) {
        let newFirst = firstRow >> times
        for cell in cells.indices {
            let row = cells[cell]
            cells[cell] = .empty
            cells[Int((firstRow &+ Int64(cell)) >> times &- newFirst)].add(row)
        }
        firstRow = newFirst
        coarsening &+= times
        hasInnerPrice = true
    }

    /// Lays the cells so that the rows asked for lie in their middle, and keeps what they hold.
    private mutating func place(lowest: Int64, highest: Int64) {
        let needed = Int(highest &- lowest) + 1
        if sums.hasPrice, lowest >= firstRow, highest < firstRow &+ Int64(cells.count) { return }
        // A quarter more than needed, so that a bar that grows by single rows does not move each time.
        var count = max(cells.count, min(FootprintBar.firstRows, scale.rowLimit))
        while count < min(needed + needed / 4, scale.rowLimit) { count = min(count * 2, scale.rowLimit) }
        let held = filled
        cells.append(contentsOf: repeatElement(.empty, count: count - cells.count))
        let newFirst = lowest &- Int64((count - needed) / 2)
        if sums.hasPrice { move(held, by: Int(firstRow &- newFirst)) }
        firstRow = newFirst
    }

    /// Moves cells within their run, beginning at the end that lies ahead.
    private mutating func move(_ held: Range<Int>, by distance: Int) {
        func move(_ cell: Int) {
            let row = cells[cell]
            cells[cell] = .empty
            cells[cell + distance] = row
        }
        if distance > 0 {
            for cell in held.reversed() { move(cell) }
        } else if distance < 0 {
            for cell in held { move(cell) }
        }
    }
}

extension FootprintBar: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&cells)
        archive.values(&sums, &firstRow, &coarsening)
        archive.values(&hasInnerPrice, &isRevised, &wasShown)
        archive.choice(&lost)
        archive.values(&lastOpen, &lastClose, &missing)
        archive.values(&firstNumber, &lastNumber, &revision)
        archive.values(&quality, &shownCount)
        archive.check(coarsening >= 0 && coarsening < 64, "a footprint's rows were merged too often")
    }
}
