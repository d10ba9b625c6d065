internal import Market
public import Updates

/// A time profile's summary; rows, single prints and brackets follow as groups. Rows are named by their lower edge.
public struct TimeProfileUpdate: UpdateBody {
    public var control: Int64
    public var areaHigh: Int64
    public var areaLow: Int64
    public var high: Int64
    public var low: Int64
    public var initialHigh: Int64
    public var initialLow: Int64
    public var rowHeight: Int64
    public var total: Int64
    public var controlCount: Int64
    public var areaCount: Int64
    public var brackets: Int64
    public var upTicks: Int64
    public var downTicks: Int64
    public var upBracket: Int64
    public var downBracket: Int64
    public var highTail: Int64
    public var lowTail: Int64
    public var singleShare: Double
    public var lastMade: UInt32
    public var initial: UInt8
    public var isInitialComplete: UInt8
    public var hasPoorHigh: UInt8
    public var hasPoorLow: UInt8

    public static let initialNames = InitialBalance.Stage.allCases.map { "\($0)" }
    /// Bits of `lastMade`.
    public static let madeNames = ["high", "low", "extensionUp", "extensionDown"]

    /// The tick is in billionths.
    init(_ rows: TimeRows, of profile: borrowing TimeProfile, _ balance: InitialBalance, tick: Int64) {
        let none = Price.none.billionths
        let extent = RangeExtension(profile.ranges, beyond: balance.stage == .complete ? balance.range : nil)
        control = rows.lowerEdge(Int(rows.area.control))
        areaHigh = rows.lowerEdge(Int(rows.area.high))
        areaLow = rows.lowerEdge(Int(rows.area.low))
        high = profile.whole.high
        low = profile.whole.low
        initialHigh = balance.range.isEmpty ? none : balance.range.high
        initialLow = balance.range.isEmpty ? none : balance.range.low
        rowHeight = rows.height
        total = rows.total
        controlCount = rows.area.controlVolume
        areaCount = rows.area.volume
        brackets = Int64(profile.ranges.count)
        upTicks = extent.up / tick
        downTicks = extent.down / tick
        upBracket = extent.upBracket
        downBracket = extent.downBracket
        highTail = Int64(rows.highTail)
        lowTail = Int64(rows.lowTail)
        singleShare = rows.singleShare
        lastMade = extent.lastMade
        initial = balance.stage.rawValue
        isInitialComplete = balance.stage == .complete ? 1 : 0
        hasPoorHigh = rows.hasPoorHigh ? 1 : 0
        hasPoorLow = rows.hasPoorLow ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 50, kind: "tpo", size: MemoryLayout<Self>.size, fields: areaFields + auctionFields,
        groups: [
            GroupLayout("rows", size: MemoryLayout<TimeProfileRow>.size, fields: TimeProfileRow.fields),
            GroupLayout("singlePrints", size: MemoryLayout<TimeRows.Singles>.size, fields: TimeRows.Singles.fields),
            GroupLayout("ranges", size: MemoryLayout<TimeProfileBracket>.size, fields: TimeProfileBracket.fields),
        ],
        meaning: "Brackets by price of a session: value area, initial balance, single prints and tails.")

    private static let areaFields = [
        UpdateField("poc", .price, \Self.control, "Point of control: the row with the most TPOs, lower edge."),
        UpdateField("vah", .price, \Self.areaHigh, "Highest row of the value area by TPOs, lower edge."),
        UpdateField("val", .price, \Self.areaLow, "Lowest row of the value area by TPOs, lower edge."),
        UpdateField("high", .price, \Self.high, "Highest price."),
        UpdateField("low", .price, \Self.low, "Lowest price."),
        UpdateField("initialHigh", .price, \Self.initialHigh, "High of the initial balance, as far as it was seen."),
        UpdateField("initialLow", .price, \Self.initialLow, "Low of the initial balance, as far as it was seen."),
        UpdateField("rowHeight", .price, \Self.rowHeight, "Height of a row; doubled where rows were merged."),
        UpdateField("total", .count, \Self.total, "TPOs of all rows."),
        UpdateField("pocCount", .count, \Self.controlCount, "TPOs of the point of control."),
        UpdateField("areaCount", .count, \Self.areaCount, "TPOs of the value area."),
    ]

    private static let auctionFields = [
        UpdateField("brackets", .count, \Self.brackets, "Number of the last bracket with a trade; 1 is A."),
        UpdateField("extensionUp", .count, \Self.upTicks, "Whole ticks above a complete initial balance."),
        UpdateField("extensionDown", .count, \Self.downTicks, "Whole ticks below a complete initial balance."),
        UpdateField("upBracket", .count, \Self.upBracket, "The first bracket above the balance; 0 for none."),
        UpdateField("downBracket", .count, \Self.downBracket, "The first bracket below the balance; 0 for none."),
        UpdateField("highTail", .count, \Self.highTail, "Rows of the tail at the high; 0 for none, else 2 or more."),
        UpdateField("lowTail", .count, \Self.lowTail, "Rows of the tail at the low; 0 for none, else 2 or more."),
        UpdateField("singleShare", .real, \Self.singleShare, "Part of the rows with exactly one TPO, 0 to 1."),
        UpdateField(
            "lastMade", .marks(madeNames), \Self.lastMade, "What the last bracket with a trade was the first to make."),
        UpdateField(
            "initial", .choice(initialNames), \Self.initial, "What is known of the initial balance (definitions §7)."),
        UpdateField("initialComplete", .flag, \Self.isInitialComplete, "1 from the end of a first hour that was seen."),
        UpdateField("poorHigh", .flag, \Self.hasPoorHigh, "1 where two or more brackets share the highest row."),
        UpdateField("poorLow", .flag, \Self.hasPoorLow, "1 where two or more brackets share the lowest row."),
    ]
}

/// How far a session went beyond its initial balance, and which brackets did it.
private struct RangeExtension {
    /// Billionths.
    var up: Int64 = 0
    var down: Int64 = 0
    /// Numbers from 1; 0 for none.
    var upBracket: Int64 = 0
    var downBracket: Int64 = 0
    /// Bits as `TimeProfileUpdate.madeNames`.
    var lastMade: UInt32 = 0

    init(_ ranges: [PriceRange], beyond balance: PriceRange?) {
        var whole = PriceRange.empty
        for (bracket, range) in ranges.enumerated() where !range.isEmpty {
            lastMade = (range.high > whole.high ? 1 : 0) | (range.low < whole.low ? 2 : 0)
            if let balance, range.high > balance.high, upBracket == 0 {
                upBracket = Int64(bracket) + 1
                lastMade |= 4
            }
            if let balance, range.low < balance.low, downBracket == 0 {
                downBracket = Int64(bracket) + 1
                lastMade |= 8
            }
            whole.add(range)
        }
        guard let balance else { return }
        up = max(0, whole.high &- balance.high)
        down = max(0, balance.low &- whole.low)
    }
}

/// A row of a time profile.
public struct TimeProfileRow: BitwiseCopyable, Equatable, Sendable {
    public var price: Int64
    public var count: Int64

    static let fields = [
        UpdateField("price", .price, \Self.price, "Lower edge of the row."),
        UpdateField("count", .count, \Self.count, "TPOs: brackets whose range touches the row."),
    ]
}

/// A bracket with a trade: it has a TPO in every row from its low to its high.
public struct TimeProfileBracket: BitwiseCopyable, Equatable, Sendable {
    public var bracket: Int64
    public var low: Int64
    public var high: Int64

    static let fields = [
        UpdateField("bracket", .count, \Self.bracket, "Number of the bracket; 1 is A."),
        UpdateField("low", .price, \Self.low, "Lowest price of the bracket."),
        UpdateField("high", .price, \Self.high, "Highest price of the bracket."),
    ]
}

extension TimeRows.Singles {
    static let fields = [
        UpdateField("low", .price, \Self.low, "Lowest of the rows with one TPO, lower edge."),
        UpdateField("high", .price, \Self.high, "Highest of the rows, lower edge."),
        UpdateField("bracket", .count, \Self.bracket, "Number of the bracket that made them; 1 is A."),
    ]
}
