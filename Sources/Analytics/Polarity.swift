public import Market

/// What a feed's side field means for the aggressor: the table that is wrong most often (definitions §4).
///
/// Each function takes the field as it stands in the message. A value that the table does not know is no side.
public enum Polarity {
    /// One line of the table, for documents and checks.
    public struct Row: Hashable, Sendable {
        public let feed: String
        public let field: String
        public let value: String
        public let aggressor: Side
    }

    public static let table: [Row] = [
        Row(feed: "databento", field: "side", value: "B", aggressor: .buy),
        Row(feed: "databento", field: "side", value: "A", aggressor: .sell),
        Row(feed: "databento", field: "side", value: "N", aggressor: .unknown),
        Row(feed: "binance", field: "m", value: "true", aggressor: .sell),
        Row(feed: "binance", field: "m", value: "false", aggressor: .buy),
        Row(feed: "coinbase-exchange matches", field: "side", value: "buy", aggressor: .sell),
        Row(feed: "coinbase-exchange matches", field: "side", value: "sell", aggressor: .buy),
        Row(feed: "alpaca-crypto", field: "tks", value: "B", aggressor: .buy),
        Row(feed: "alpaca-crypto", field: "tks", value: "S", aggressor: .sell),
    ]

    /// DBN's `side` of a trade: the aggressor's own; `N` is often an auction or an implied trade.
    public static func databento(side: UInt8) -> Side {
        side == UInt8(ascii: "B") ? .buy : side == UInt8(ascii: "A") ? .sell : .unknown
    }

    /// Binance's `m`: whether the buyer was the maker, so that the seller was the aggressor.
    public static func binance(buyerIsMaker: Bool) -> Side { buyerIsMaker ? .sell : .buy }

    /// The `side` of a Coinbase Exchange match is the maker's: the aggressor stands opposite.
    public static func coinbaseMatch(makerSide: Side) -> Side {
        switch makerSide {
        case .buy: .sell
        case .sell: .buy
        case .unknown: .unknown
        }
    }

    /// Alpaca's `tks` of a crypto trade: the taker's side as it is.
    public static func alpacaCrypto(takerSide: UInt8) -> Side {
        takerSide == UInt8(ascii: "B") ? .buy : takerSide == UInt8(ascii: "S") ? .sell : .unknown
    }
}
