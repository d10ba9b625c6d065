internal import Market

/// Where a CSV's values stand: the column map of a topology, or a guess from the heading.
public struct CSVColumns: Sendable {
    /// A column by its name in the heading or by its place, from 0.
    public enum Column: Sendable, Hashable, CustomStringConvertible {
        case name(String)
        case index(Int)

        public var description: String {
            switch self {
            case .name(let name): "\"\(name)\""
            case .index(let index): "\(index)"
            }
        }
    }

    /// The symbol of a row.
    public enum SymbolSource: Sendable, Hashable {
        case column(Column)
        case constant(String)
    }

    public var time: Column?
    /// Nil takes what the first row shows.
    public var timeFormat: TimeFormat?
    /// What times without an offset mean.
    public var zone = RecordingZone.utc
    public var price: Column?
    public var size: Column?
    public var side: Column?
    /// Values that mean a buying or a selling aggressor, compared without regard to case; any other text is a fault, an
    /// empty one is unknown.
    public var buyValues: [String] = CSVColumns.usualBuyValues
    public var sellValues: [String] = CSVColumns.usualSellValues
    /// Nil takes the heading's symbol column, else the file's name up to its first dot, in capitals.
    public var symbol: SymbolSource?
    public var bid: Column?
    public var ask: Column?
    public var bidSize: Column?
    public var askSize: Column?
    public var identifier: Column?
    /// The consolidated tape of a row, A, B, C or O; empty for none. Its conditions are then codes of `SaleCodes`.
    public var tape: Column?
    /// Sale conditions: codes where the row has a tape, else a whole number, a bit set of the feed's own table.
    public var conditions: Column?
    /// A venue as a whole number or one letter, which stands for its number in ASCII; anything else is none.
    public var venue: Column?
    /// What a row is: `trade` or nothing; `cancel`, which takes a trade back; `replaced`, a cancel whose trade comes
    /// again in the next row; `restate`, that row, or alone the correction of the trade that it names.
    public var action: Column?
    /// One ASCII character; nil takes the most frequent of comma, tab, semicolon and bar in the first line.
    public var delimiter: UInt8?
    /// Whether the first line names the columns; nil looks whether it holds a number.
    public var hasHeading: Bool?

    public static let usualBuyValues = ["b", "buy", "bid", "buyer", "1", "+1", "long"]
    public static let usualSellValues = ["s", "sell", "ask", "a", "seller", "-1", "2", "short"]

    /// An empty map: everything is guessed.
    public init() {}

    static let usualTime = ["timestamp", "time", "ts", "ts_event", "datetime", "date_time", "date", "t"]
    static let usualPrice = ["price", "px", "p", "last", "trade_price"]
    static let usualSize = ["size", "qty", "quantity", "amount", "volume", "vol", "q", "sz"]
    static let usualSide = ["side", "aggressor", "aggressor_side", "taker_side", "direction"]
    static let usualSymbol = ["symbol", "ticker", "instrument", "sym", "product", "market"]
    static let usualBid = ["bid", "bid_price", "bidprice", "best_bid", "bid_px", "bid_px_00"]
    static let usualAsk = ["ask", "ask_price", "askprice", "best_ask", "offer", "ask_px", "ask_px_00"]
    static let usualBidSize = ["bid_size", "bidsize", "bid_qty", "bid_amount", "bid_sz", "bid_sz_00"]
    static let usualAskSize = ["ask_size", "asksize", "ask_qty", "ask_amount", "offer_size", "ask_sz", "ask_sz_00"]
    static let usualTape = ["tape"]
    static let usualConditions = ["conditions", "sale_conditions", "condition"]
    static let usualVenue = ["venue", "exchange"]
    static let usualAction = ["action"]
    static let usualIdentifier = ["id", "trade_id", "tradeid", "tid", "trade_number"]
}
