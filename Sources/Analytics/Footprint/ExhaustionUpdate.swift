internal import Market
public import Updates

/// An end of a bar at which the aggressors ran out.
public struct ExhaustionUpdate: UpdateBody {
    enum Extreme { case high, low }

    public var price: Int64
    public var rowHeight: Int64
    public var volume: Int64
    public var innerVolume: Int64
    public var outerVolume: Int64
    public var meanVolume: Double
    public var share: Double
    public var levels: Int64
    public var direction: Int64
    public var trades: Int64
    public var firstNumber: Int64
    public var lastNumber: Int64
    public var firstTime: Int64
    public var lastTime: Int64

    init(_ bar: borrowing FootprintBar, at extreme: Extreme, levels: Int) {
        let outer = bar[bar.cell(0, from: extreme)]
        price = bar.price(ofCell: bar.cell(0, from: extreme))
        rowHeight = bar.rowHeight
        volume = outer.volume
        innerVolume = bar[bar.cell(levels - 1, from: extreme)].aggressive(at: extreme)
        outerVolume = outer.aggressive(at: extreme)
        meanVolume = Double(bar.sums.volume) / Double(bar.tradedRows)
        share = Double(outer.volume) / meanVolume
        self.levels = Int64(levels)
        direction = extreme == .high ? -1 : 1
        trades = bar.sums.count
        (firstNumber, lastNumber) = (Int64(clamping: bar.firstNumber), Int64(clamping: bar.lastNumber))
        (firstTime, lastTime) = (bar.sums.firstTime, bar.sums.lastTime)
    }

    public static let layout = UpdateLayout(
        template: 32, kind: "exhaustion", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Outermost row, lower edge."),
            UpdateField("rowHeight", .price, \Self.rowHeight, "Height of a row; doubled where rows were merged."),
            UpdateField("volume", .quantity, \Self.volume, "Volume of the outermost row, of both sides."),
            UpdateField("innerVolume", .quantity, \Self.innerVolume, "Volume of the aggressors where the fall begins."),
            UpdateField("outerVolume", .quantity, \Self.outerVolume, "Volume of the aggressors in the outermost row."),
            UpdateField("meanVolume", .real, \Self.meanVolume, "Mean volume of the bar's rows with volume, steps."),
            UpdateField("share", .real, \Self.share, "Volume of the outermost row over the mean."),
            UpdateField("levels", .count, \Self.levels, "Rows over which the aggressors' volume falls."),
            UpdateField("direction", .count, \Self.direction, "−1 at the high, 1 at the low."),
            UpdateField("trades", .count, \Self.trades, "Trades of the bar."),
            UpdateField("firstNumber", .count, \Self.firstNumber, "Number of the first event in the bar."),
            UpdateField("lastNumber", .count, \Self.lastNumber, "Number of the last event in the bar."),
            UpdateField("firstTime", .time, \Self.firstTime, "Venue time of the bar's earliest trade."),
            UpdateField("lastTime", .time, \Self.lastTime, "Venue time of the bar's latest trade."),
        ],
        meaning: "An end of a bar at which the aggressors' volume dies away.")
}
