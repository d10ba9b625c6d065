internal import Market

/// What the rows of a US equity quote file say.
public enum EquityQuoteRows: String, CaseIterable, Sendable, Decodable {
    /// The national best of one side, with the exchange that shows it: a row replaces its side. Checked on a recorded
    /// day of IBM: 97 % of the trades then lie within the best prices; read the other way the book is always crossed.
    case nationalBest
    /// One exchange's own best: the national best is made here.
    case eachExchange
}

/// The national best bid and offer, from its own rows or from each exchange's: highest bid and lowest ask, and at that
/// price the sizes of all exchanges that show it, added up.
struct NationalBest {
    /// There are some twenty exchanges; more names than this are no exchanges.
    static let exchangeLimit = 64

    /// One side of one exchange or of all: no price and size 0 where there is none.
    struct Offer: Equatable {
        var price = Price.none
        var size: Int64 = 0
    }

    private let rows: EquityQuoteRows
    private(set) var bid = Offer()
    private(set) var ask = Offer()
    private var names: [[UInt8]] = []
    private var bids: [Offer] = []
    private var asks: [Offer] = []

    init(_ rows: EquityQuoteRows) { self.rows = rows }

    /// The place of an exchange by its name; nil above the limit. National rows all have one place.
    mutating func place(of name: Span<UInt8>) -> Int? {
        if rows == .nationalBest, !names.isEmpty { return 0 }
        for place in names.indices where Self.isSame(names[place], name) { return place }
        guard names.count < Self.exchangeLimit else { return nil }
        names.append(name.indices.map { name[$0] })
        bids.append(Offer())
        asks.append(Offer())
        return names.count - 1
    }

    /// Takes one row of an exchange; false when the national best stays as it was.
    ///
    /// Rows are one-sided: a side with price 0 beside one with a price says nothing and stays. A side with a price but
    /// size 0, or both prices 0, takes away what stood there.
    mutating func update(_ exchange: Int, bid: Offer, ask: Offer) -> Bool {
        let before = (self.bid, self.ask)
        let isEmpty = bid.price.billionths == 0 && ask.price.billionths == 0
        if isEmpty || bid.price.billionths != 0 {
            bids[exchange] = Self.standing(bid)
            self.bid = Self.best(bids) { $0 > $1 }
        }
        if isEmpty || ask.price.billionths != 0 {
            asks[exchange] = Self.standing(ask)
            self.ask = Self.best(asks) { $0 < $1 }
        }
        return before != (self.bid, self.ask)
    }

    private static func standing(_ offer: Offer) -> Offer {
        offer.price.billionths > 0 && offer.size > 0 ? offer : Offer()
    }

    private static func best(_ offers: [Offer], _ isBetter: (Price, Price) -> Bool) -> Offer {
        var best = Offer()
        for offer in offers where !offer.price.isNone {
            if best.price.isNone || isBetter(offer.price, best.price) {
                best = offer
            } else if offer.price == best.price {
                let (sum, overflow) = best.size.addingReportingOverflow(offer.size)
                best.size = overflow ? .max : sum
            }
        }
        return best
    }

    private static func isSame(_ known: [UInt8], _ name: Span<UInt8>) -> Bool {
        guard known.count == name.count else { return false }
        for index in known.indices where known[index] != name[index] { return false }
        return true
    }
}

/// The numbers that stand for exchanges in `MarketEvent.venue` of this feed.
enum Exchange {
    /// Trades off exchange, reported to FINRA.
    static let tradeReporting: UInt16 = 1
    /// From 1 in this order; 0 is an exchange not in the list.
    private static let names: [[UInt8]] = [
        "FINRA", "NYSE", "NASDAQ", "ARCA", "BATS", "BATS Y", "EDGX", "EDGA", "NASDAQ BX", "NASDAQ PSX", "NSE", "CBOE",
        "CSE", "AMEX", "ISE", "IEX", "MEMX", "MIAX", "LTSE",
    ].map { Array($0.utf8) }

    static func number(_ name: Span<UInt8>) -> UInt16 {
        for (index, known) in names.enumerated() where known.count == name.count {
            if name.indices.allSatisfy({ known[$0] == name[$0] }) { return UInt16(index + 1) }
        }
        return 0
    }
}
