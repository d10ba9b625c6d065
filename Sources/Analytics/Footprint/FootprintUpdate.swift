internal import Market
public import Updates

/// One row of a footprint, as it goes out.
public struct FootprintEntry: BitwiseCopyable, Equatable, Sendable {
    /// What a row shows (definitions §13).
    public struct Marks: OptionSet, BitwiseCopyable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let buyImbalance = Marks(rawValue: 1)
        public static let sellImbalance = Marks(rawValue: 2)
        /// Exactly one side has no volume.
        public static let zeroPrint = Marks(rawValue: 4)
        /// The row with the most volume.
        public static let control = Marks(rawValue: 8)
        static let names = ["buyImbalance", "sellImbalance", "zeroPrint", "poc"]
    }

    public var price: Int64
    public var bid: Int64
    public var ask: Int64
    public var neutral: Int64
    public var trades: Int64
    public var marks: UInt32

    init(price: Int64, _ row: FootprintRow, _ marks: Marks) {
        self.price = price
        (bid, ask, neutral, trades) = (row.bid, row.ask, row.neutral, row.trades)
        self.marks = marks.rawValue
    }

    static let group = GroupLayout(
        "rows", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Lower edge of the row."),
            UpdateField("bid", .quantity, \Self.bid, "Volume of aggressive sellers."),
            UpdateField("ask", .quantity, \Self.ask, "Volume of aggressive buyers."),
            UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
            UpdateField("trades", .count, \Self.trades, "Trades in the row."),
            UpdateField(
                "marks", .marks(Marks.names), \Self.marks,
                "Imbalances against the next row below or above, one side without volume, the most volume."),
        ])
}

/// Consecutive rows with imbalances of one side, as they go out.
public struct StackEntry: BitwiseCopyable, Equatable, Sendable {
    public var low: Int64
    public var high: Int64
    public var rows: Int64
    public var volume: Int64
    public var side: UInt8

    init(_ stack: ImbalanceStack, lowest: Int64, height: Int64) {
        low = lowest &+ Int64(stack.low) &* height
        high = lowest &+ Int64(stack.high) &* height
        rows = Int64(stack.high - stack.low + 1)
        volume = stack.volume
        side = stack.side.rawValue
    }

    static let group = GroupLayout(
        "stacks", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("low", .price, \Self.low, "Lowest row, lower edge."),
            UpdateField("high", .price, \Self.high, "Highest row, lower edge."),
            UpdateField("rows", .count, \Self.rows, "Rows in the stack."),
            UpdateField("volume", .quantity, \Self.volume, "Volume of its aggressors in these rows."),
            UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "Whose imbalances they are."),
        ])
}

/// A footprint's statistics; its rows and stacks follow as groups.
public struct FootprintUpdate: UpdateBody {
    /// Figures that a change of the tape has left inexact.
    public struct Lost: OptionSet, BitwiseCopyable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let open = Lost(rawValue: 1)
        public static let high = Lost(rawValue: 2)
        public static let low = Lost(rawValue: 4)
        public static let close = Lost(rawValue: 8)
        public static let volume = Lost(rawValue: 16)
        static let names = ["open", "high", "low", "close", "volume"]
    }

    public var open: Int64
    public var high: Int64
    public var low: Int64
    public var close: Int64
    public var control: Int64
    public var areaHigh: Int64
    public var areaLow: Int64
    public var rowHeight: Int64
    public var volume: Int64
    public var buy: Int64
    public var sell: Int64
    public var neutral: Int64
    public var delta: Int64
    public var minDelta: Int64
    public var maxDelta: Int64
    public var controlVolume: Int64
    public var areaVolume: Int64
    public var trades: Int64
    public var buyImbalances: Int64
    public var sellImbalances: Int64
    public var zeroPrints: Int64
    public var firstNumber: Int64
    public var lastNumber: Int64
    public var deltaShare: Double
    public var change: Double
    public var volumeWeightedPrice: Double
    public var lost: UInt32
    public var unfinishedHigh: UInt8
    public var unfinishedLow: UInt8
    public var buyStacked: UInt8
    public var sellStacked: UInt8

    /// `study` has just examined the bar.
    init(_ bar: borrowing FootprintBar, _ study: borrowing FootprintStudy) {
        let none = Price.none.billionths
        let rows = bar.filled
        let edge = { (row: Int64, bar: borrowing FootprintBar) in bar.price(ofCell: rows.lowerBound + Int(row)) }
        (open, high, low, close) = (bar.open, bar.sums.shownHigh, bar.sums.shownLow, bar.close)
        control = none
        areaHigh = none
        areaLow = none
        if let area = study.area {
            control = edge(area.control, bar)
            areaHigh = edge(area.high, bar)
            areaLow = edge(area.low, bar)
        }
        rowHeight = bar.rowHeight
        volume = bar.volume
        (buy, sell, neutral) = (bar.sums.buy, bar.sums.sell, bar.sums.neutral)
        (delta, minDelta, maxDelta) = (bar.sums.delta, bar.sums.minDelta, bar.sums.maxDelta)
        controlVolume = study.area?.controlVolume ?? 0
        areaVolume = study.area?.volume ?? 0
        trades = bar.sums.count
        buyImbalances = Int64(study.buyImbalances)
        sellImbalances = Int64(study.sellImbalances)
        zeroPrints = Int64(study.zeroPrints)
        (firstNumber, lastNumber) = (Int64(clamping: bar.firstNumber), Int64(clamping: bar.lastNumber))
        deltaShare = bar.volume > 0 ? Double(bar.sums.delta) / Double(bar.volume) : .nan
        change = bar.sums.hasPrice && bar.open > 0 ? Double(bar.close &- bar.open) / Double(bar.open) : .nan
        volumeWeightedPrice = bar.sums.volumeWeightedPrice
        lost = bar.inexact.rawValue
        unfinishedHigh = rows.isEmpty || !bar[rows.upperBound - 1].isTwoSided ? 0 : 1
        unfinishedLow = rows.isEmpty || !bar[rows.lowerBound].isTwoSided ? 0 : 1
        buyStacked = study.stacks.contains { $0.side == .buy } ? 1 : 0
        sellStacked = study.stacks.contains { $0.side == .sell } ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 30, kind: "footprint", size: MemoryLayout<Self>.size, fields: prices + sums + counts,
        groups: [FootprintEntry.group, StackEntry.group],
        meaning: "Volume by price and side of a window, with its statistics, imbalances and stacks.")

    private static let prices = [
        UpdateField("open", .price, \Self.open, "Price of the earliest venue time."),
        UpdateField("high", .price, \Self.high, "Highest price."),
        UpdateField("low", .price, \Self.low, "Lowest price."),
        UpdateField("close", .price, \Self.close, "Price of the latest venue time."),
        UpdateField("poc", .price, \Self.control, "Point of control: the row with the most volume, lower edge."),
        UpdateField("vah", .price, \Self.areaHigh, "Highest row of the value area, lower edge."),
        UpdateField("val", .price, \Self.areaLow, "Lowest row of the value area, lower edge."),
        UpdateField("rowHeight", .price, \Self.rowHeight, "Height of a row; doubled where rows were merged."),
    ]

    private static let sums = [
        UpdateField("volume", .quantity, \Self.volume, "Volume: buy and sell and neutral."),
        UpdateField("buy", .quantity, \Self.buy, "Volume with a buyer as aggressor."),
        UpdateField("sell", .quantity, \Self.sell, "Volume with a seller as aggressor."),
        UpdateField("neutral", .quantity, \Self.neutral, "Volume whose aggressor nobody knows."),
        UpdateField("delta", .quantity, \Self.delta, "Buy less sell."),
        UpdateField(
            "minDelta", .quantity, \Self.minDelta, "Lowest that delta ran through, its 0 at the start counted."),
        UpdateField(
            "maxDelta", .quantity, \Self.maxDelta, "Highest that delta ran through, its 0 at the start counted."),
        UpdateField("pocVolume", .quantity, \Self.controlVolume, "Volume of the point of control."),
        UpdateField("areaVolume", .quantity, \Self.areaVolume, "Volume of the value area."),
    ]

    private static let counts = [
        UpdateField("trades", .count, \Self.trades, "Trades in the window."),
        UpdateField("buyImbalances", .count, \Self.buyImbalances, "Rows whose ask outweighs the bid one row lower."),
        UpdateField("sellImbalances", .count, \Self.sellImbalances, "Rows whose bid outweighs the ask one row higher."),
        UpdateField("zeroPrints", .count, \Self.zeroPrints, "Rows with volume on exactly one side."),
        UpdateField("firstNumber", .count, \Self.firstNumber, "Number of the first event in it."),
        UpdateField("lastNumber", .count, \Self.lastNumber, "Number of the last event in it."),
        UpdateField("deltaShare", .real, \Self.deltaShare, "Delta over volume, −1 to 1; null without volume."),
        UpdateField("change", .real, \Self.change, "Close less open, over open; null where that is no price above 0."),
        UpdateField("vwap", .real, \Self.volumeWeightedPrice, "Mean price by volume."),
        UpdateField("lost", .marks(Lost.names), \Self.lost, "Figures that a change of the tape has left inexact."),
        UpdateField("unfinishedHigh", .flag, \Self.unfinishedHigh, "1 where both sides traded in the highest row."),
        UpdateField("unfinishedLow", .flag, \Self.unfinishedLow, "1 where both sides traded in the lowest row."),
        UpdateField("buyStacked", .flag, \Self.buyStacked, "1 where buy imbalances stand in a stack."),
        UpdateField("sellStacked", .flag, \Self.sellStacked, "1 where sell imbalances stand in a stack."),
    ]
}
