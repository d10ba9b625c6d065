import Feeds
import Market
import Testing

@Suite struct `US equity reader` {
    private static let name = "data/20131007_ibm_Trade_Tick.csv"

    @Test func `symbol, date and kind come from the file's name`() throws {
        let row = "34201031,1818500,111,NASDAQ,00000001,0\n"
        let reading = Reading.text(row, name: Self.name, ReaderSettings(), OpenDirectory(sizeStep: 1_000_000_000))
        let trade = try #require(reading.trades.first)
        #expect(reading.symbols == ["IBM"])
        #expect(trade.price == price("181.85"))
        #expect(trade.quantity.steps == 111)
        #expect(trade.conditions == 1)
        #expect(trade.venueTime.description == "2013-10-07T13:30:01.031000000Z")
        let winter = Reading.text(row, name: "20131202_x_trade_tick.csv")
        #expect(winter.trades.first?.venueTime.description == "2013-12-02T14:30:01.031000000Z")
        let wrong = Reading.text(row, name: "20131307_ibm_Trade_Tick.csv", ReaderSettings(format: .usEquityCSV))
        #expect(wrong.error?.description.contains("named like") == true)
        let far = Reading.text(row, name: "99131007_ibm_Trade_Tick.csv", ReaderSettings(format: .usEquityCSV))
        #expect(far.error?.description.contains("named like") == true)
    }

    @Test func `suspicious rows are left out, auctions and reported trades marked`() {
        let reading = Reading.text(
            "1,10000,1,NYSE,00000001,1\n2,10000,1,NYSE,00000040,0\n3,10000,1,NYSE,00000080,0\n4,10000,1,FINRA,1,0\n"
                + "5,10000,1,NYSE,00000100,0\n6,10000,1,NYSE,20000020,0\n7,10000,1,NYSE,zz,0\n8,10000,1,NYSE,1,2\n",
            name: Self.name)
        #expect(reading.counts[.suspicious] == 1)
        #expect(reading.trades.map(\.marks) == [[.auction], [.auction], [.offExchange], [.auction], []])
        #expect(reading.trades.last?.conditions == 0x2000_0020)
        #expect(reading.faults.kept.map(\.place) == [.line(7), .line(8)])
    }

    private func quotes(_ rows: [String], _ kind: EquityQuoteRows) -> [String] {
        let reading = Reading.text(
            rows.map { "1000,\($0),00000001,0\n" }.joined(), name: "20131007_ibm_Quote_Tick.csv",
            ReaderSettings(equityQuotes: kind), OpenDirectory(sizeStep: 1_000_000_000))
        return reading.quotes.map { "\($0.bid)x\($0.bidSize.steps) \($0.ask)x\($0.askSize.steps)" }
    }

    @Test func `national rows replace their side`() {
        let rows = ["10000,1,0,0,NYSE", "0,0,12000,2,ARCA", "9000,3,0,0,ARCA", "9000,3,0,0,ARCA", "0,0,0,0,NYSE"]
        #expect(
            quotes(rows, .nationalBest) == [
                "1x1 nonex0", "1x1 1.2x2", "0.9x3 1.2x2", "nonex0 nonex0",
            ])
    }

    @Test func `rows of each exchange merge to the best, sizes added at the same price`() {
        let rows = [
            "10000,1,0,0,NYSE", "0,0,12000,2,ARCA", "9000,3,0,0,ARCA", "10000,4,0,0,BATS", "10000,0,0,0,NYSE",
            "0,0,11000,1,NYSE", "0,0,0,0,NYSE", "0,0,0,0,BATS",
        ]
        #expect(
            quotes(rows, .eachExchange) == [
                "1x1 nonex0", "1x1 1.2x2", "1x5 1.2x2", "1x4 1.2x2", "1x4 1.1x1", "1x4 1.2x2", "0.9x3 1.2x2",
            ])
    }
}
