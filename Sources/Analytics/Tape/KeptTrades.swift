public import Memory

/// The last trades of one symbol and session by the venue's own names, so that they can be taken back and put right.
///
/// A ring in the order of arrival that grows by doubling up to its limit and then forgets the oldest. Nearly no trade
/// is ever taken back, so a trade costs one write here: names are looked up in a table that is brought up to date at
/// the first cancel and at each one after it. A name is a venue and its number; where a venue gives one number twice,
/// the later trade has it.
public struct KeptTrades: ~Copyable, Sendable {
    /// The first ring: 2 KiB.
    static let firstCells = 32
    /// A ring longer than this is given back when the session ends: 256 KiB.
    static let lastingCells = 4_096

    /// How many trades are kept at most; 0 for none.
    public let limit: Int
    private var cells = FixedCells(repeating: KeptTrade.nothing, count: 0)
    /// Where the next trade goes.
    private var next = 0
    public private(set) var count = 0
    /// Cells by name: 1 above the cell's place, 0 where there is none. At most half of it is in use.
    private var names = FixedCells<UInt32>(repeating: 0, count: 0)
    private var namesInUse = 0
    /// Trades that came since the table was brought up to date.
    private var unnamed = 0
    /// The latest time of all that came, and how far behind it a trade has been.
    private var latest = Int64.min
    private var lateness: Int64 = 0
    private var hasForgottenPrices = false

    public init(limit: Int) {
        precondition(limit >= 0 && limit <= 1 << 30, "The number of kept trades has its own limit.")
        self.limit = limit
    }

    /// Bytes that it occupies.
    public var memory: Int { cells.count * MemoryLayout<KeptTrade>.stride + names.count * MemoryLayout<UInt32>.size }

    /// Keeps a trade; the oldest is forgotten where the limit is reached.
    public mutating func append(_ trade: KeptTrade) {
        guard limit > 0 else { return }
        if _slowPath(next == cells.count) {
            if count == cells.count, count < limit { grow() } else { next = 0 }
        }
        if count == limit { forget(cells[next]) }
        cells[next] = trade
        next &+= 1
        if count < cells.count { count &+= 1 }
        unnamed = min(unnamed &+ 1, count)
        guard !trade.state.contains(.restated) else { return }
        latest = max(latest, trade.time)
        lateness = max(lateness, latest &- trade.time)
    }

    /// Notes that a trade is not kept: one that sets prices of a day without volume would be missed by no count.
    public mutating func forget(_ trade: KeptTrade) {
        if !trade.effects.contains(.volume), !trade.isRemoved { hasForgottenPrices = true }
    }

    /// Forgets everything: another session begins.
    public mutating func removeAll() {
        if cells.count > KeptTrades.lastingCells { cells = FixedCells(repeating: .nothing, count: 0) }
        names = FixedCells(repeating: 0, count: 0)
        (next, count, namesInUse, unnamed) = (0, 0, 0, 0)
        (latest, lateness) = (.min, 0)
        hasForgottenPrices = false
    }

    /// The place of the latest trade of a name, taken back or not; nil where none is known. It holds until the next
    /// trade is kept.
    public mutating func find(identifier: UInt64, venue: UInt16) -> Int? {
        guard identifier != 0, count > 0 else { return nil }
        nameAll()
        var slot = KeptTrades.hash(identifier, venue) & (names.count - 1)
        while names[slot] != 0 {
            let cell = Int(names[slot]) - 1
            if cells[cell].identifier == identifier, cells[cell].venue == venue { return cell }
            slot = (slot + 1) & (names.count - 1)
        }
        return nil
    }

    public subscript(place: Int) -> KeptTrade { cells[place] }

    /// Marks a trade as taken back; it stays known by its name.
    public mutating func remove(at place: Int) {
        precondition(!cells[place].isRemoved, "A trade can be taken back once.")
        cells[place].state.insert(.removed)
    }

    private mutating func grow() {
        let size = min(max(cells.count * 2, KeptTrades.firstCells), limit)
        var larger = FixedCells(repeating: KeptTrade.nothing, count: size)
        for cell in 0..<count { larger[cell] = cells[cell] }
        cells = larger
        next = count
    }

    // MARK: Names

    private static func hash(_ identifier: UInt64, _ venue: UInt16) -> Int {
        let mixed = (identifier &+ UInt64(venue) &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
        return Int(truncatingIfNeeded: (mixed ^ mixed >> 32) & 0x7FFF_FFFF)
    }

    /// Enters the names that came since the last look.
    private mutating func nameAll() {
        guard unnamed > 0 else { return }
        // Names of forgotten trades stay in the table until it is laid out anew.
        if (namesInUse + unnamed) * 2 > names.count {
            var size = KeptTrades.firstCells * 2
            while size < count * 4 { size *= 2 }
            names = FixedCells(repeating: 0, count: size)
            namesInUse = 0
            unnamed = count
        }
        var cell = next - unnamed
        if cell < 0 { cell += cells.count }
        for _ in 0..<unnamed {
            if cell == cells.count { cell = 0 }
            enter(cell)
            cell += 1
        }
        unnamed = 0
    }

    private mutating func enter(_ cell: Int) {
        let trade = cells[cell]
        var slot = KeptTrades.hash(trade.identifier, trade.venue) & (names.count - 1)
        while names[slot] != 0 {
            let other = Int(names[slot]) - 1
            if cells[other].identifier == trade.identifier, cells[other].venue == trade.venue { break }
            slot = (slot + 1) & (names.count - 1)
        }
        if names[slot] == 0 { namesInUse += 1 }
        names[slot] = UInt32(cell + 1)
    }
}

/// The prices of a window, found from its trades: what cannot be had by subtraction.
public struct WindowPrices: BitwiseCopyable, Equatable, Sendable {
    /// As `Bar` has them where nothing has set a price.
    public var open = Int64.max
    public var high = Int64.min
    public var low = Int64.max
    public var close = Int64.max
    public var firstTime = Int64.max
    public var lastTime = Int64.min
    /// Trades with volume that were looked at; −1 where prices may be missing that no volume shows.
    public var count: Int64 = 0
    fileprivate var firstNumber = UInt64.max
    fileprivate var lastNumber: UInt64 = 0

    public init() {}

    fileprivate mutating func setHighLow(_ price: Int64) {
        high = max(high, price)
        low = min(low, price)
    }

    /// Of equal times the first to arrive opens and the last closes.
    fileprivate mutating func setOpenClose(_ trade: KeptTrade) {
        if (trade.time, trade.number) < (firstTime, firstNumber) {
            (open, firstTime, firstNumber) = (trade.price, trade.time, trade.number)
        }
        if (trade.time, trade.number) >= (lastTime, lastNumber) {
            (close, lastTime, lastNumber) = (trade.price, trade.time, trade.number)
        }
    }
}

extension KeptTrades {
    /// The prices of the trades in [start, end) that count in bars of a width; `width` is its bit in
    /// `KeptTrade.missing`, 0 for sums that hold every trade. Only as good as what is kept: `count` shows whether it is
    /// all.
    public func prices(from start: Int64, to end: Int64, width: UInt64, span: BarSpan) -> WindowPrices {
        var prices = WindowPrices()
        // Of the trades that may open and close a day only as its first, at most the first of all does.
        var first = KeptTrade.nothing
        first.number = .max
        var cell = next
        for _ in 0..<count {
            cell = cell == 0 ? cells.count - 1 : cell - 1
            let trade = cells[cell]
            if trade.time < start, !trade.state.contains(.restated), trade.time &+ lateness < start { break }
            guard trade.time >= start, trade.time < end, !trade.isRemoved, trade.missing & width == 0 else { continue }
            if trade.effects.contains(.volume) { prices.count += 1 }
            switch span {
            case .minute:
                guard trade.effects.contains(.price) else { continue }
                prices.setHighLow(trade.price)
                prices.setOpenClose(trade)
            case .day:
                if trade.effects.contains(.dayPrice) { prices.setHighLow(trade.price) }
                if trade.effects.contains(.dayOpenClose) { prices.setOpenClose(trade) }
                let mayOpen = !trade.effects.isDisjoint(with: [.dayOpenClose, .dayFirst])
                if mayOpen, trade.number < first.number { first = trade }
            }
        }
        if first.effects.contains(.dayFirst) { prices.setOpenClose(first) }
        if span == .day, hasForgottenPrices { prices.count = -1 }
        return prices
    }
}

extension KeptTrades {
    public mutating func archive(_ archive: inout Archive) {
        archive.values(&next, &count, &latest, &lateness)
        archive.value(&hasForgottenPrices)
        archive.cells(&cells, used: count, repeating: .nothing, limit: limit)
        archive.check(count == cells.count && next >= 0 && next <= count, "kept trades have no place for the next one")
        // Names are found anew at the next cancel.
        guard archive.hasRestored else { return }
        names = FixedCells(repeating: 0, count: 0)
        (namesInUse, unnamed) = (0, count)
    }
}
