import Feeds
import Market
import Testing

@Suite struct `CSV reader` {
    private func settings(_ change: (inout CSVColumns) -> Void) -> ReaderSettings {
        var columns = CSVColumns()
        change(&columns)
        return ReaderSettings(columns: columns)
    }

    @Test func `usual headings are understood`() {
        for (text, size) in [
            ("timestamp,symbol,price,size,side\n1700000000000,BTC,100.5,2,buy\n1700000000001,ETH,7,1,SELL\n", 2),
            (
                "Time;Price;Qty;Symbol;Side\n2023-11-14T22:13:20Z;100.5;2;BTC;B\n"
                    + "2023-11-14 22:13:20.001+00:00;7;1;ETH;s\n",
                2
            ),
            ("ts\tside\tpx\tquantity\tticker\n1700000000\t1\t100.5\t2\tBTC\n1700000000.001\t-1\t7\t1\tETH\n", 2),
            (
                "\u{FEFF}\"time\",\"price\",\"amount\",\"symbol\",\"side\"\n"
                    + "1700000000000000000,\"100.5\",\"2\",\"BTC\",\"buy\"\n1700000000001000000,7,1,ETH,sell\n", 2
            ),
        ] {
            let reading = Reading.text(text)
            #expect(reading.error == nil, "\(text)")
            #expect(reading.trades.count == size, "\(text) \(reading.faults)")
            #expect(reading.symbols == ["BTC", "ETH"])
            #expect(reading.trades.map(\.side) == [.buy, .sell])
            #expect(reading.trades.map(\.price) == [price("100.5"), price("7")])
            #expect(
                reading.trades.map(\.venueTime.nanoseconds) == [1_700_000_000_000_000_000, 1_700_000_000_001_000_000])
            #expect(reading.counts[.heading] == 1)
        }
    }

    @Test func `a map names columns by name or place, and a symbol for all rows`() {
        let reading = Reading.text(
            "9|2023-11-14 17:13:20.5|A-1|12.5|3|x\n", name: "dir/day.csv",
            settings { columns in
                columns.time = .index(1)
                columns.timeFormat = .iso8601
                columns.zone = .named(.newYork)
                columns.price = .index(3)
                columns.size = .index(4)
                columns.identifier = .index(0)
                columns.side = .index(5)
                columns.sellValues = ["X"]
                columns.symbol = .constant("CL")
                columns.delimiter = UInt8(ascii: "|")
                columns.hasHeading = false
            })
        #expect(reading.symbols == ["CL"])
        #expect(reading.trades.map(\.venueTime.nanoseconds) == [1_700_000_000_500_000_000])
        #expect(reading.trades.map(\.identifier) == [9])
        #expect(reading.trades.map(\.side) == [.sell])
    }

    @Test func `a file without a symbol is named by its file`() {
        let reading = Reading.text("time,price,size\n1700000000,1,1\n", name: "ticks/btcusdt.trades.csv")
        #expect(reading.symbols == ["BTCUSDT"])
    }

    @Test func `bid and ask beside a trade are its touch, alone they are a quote`() throws {
        let reading = Reading.text(
            "time,price,size,bid,ask,bid_size,ask_size\n1700000000,10,1,9,11,5,6\n1700000001,,,9,12,5,6\n"
                + "1700000002,,,,12,,6\n1700000003,,,,,,\n")
        #expect(reading.events.map(\.kind) == [.trade, .quote, .quote, .gap])
        let trade = try #require(reading.trades.first)
        #expect(trade.marks.contains(.touch))
        #expect(trade.touchBid == price("9") && trade.touchAsk == price("11"))
        #expect(reading.quotes.first?.bidSize.steps == 500_000_000)
        #expect(reading.quotes.last?.bid == Price.none)
        #expect(reading.faults.kept.map(\.reason) == [.missing("price")])
    }

    @Test func `rows that cannot be read are faults with their lines`() {
        let reading = Reading.text(
            "time,price,size,side\n1700000000,1,1,buy\n1700000001,1e5,1,buy\n1700000002,1\nx,1,1,buy\n"
                + "1700000003,1,1,up\n1700000004,\"1,1,buy\n\n1700000005,1,1,\n1700000006,1,0.000000001,buy\n")
        #expect(
            reading.faults.kept.map(\.description) == [
                "memory.csv, line 3: price is no exact decimal of at most nine places",
                "memory.csv, line 4: 2 fields where 3 are needed",
                "memory.csv, line 5: the time is no time",
                "memory.csv, line 6: the side is none of the values of a side",
                "memory.csv, line 7: a quote that does not close",
            ])
        #expect(reading.trades.map(\.side) == [.buy, .unknown])
        #expect(reading.counts[.offStep] == 1)
        #expect(reading.counts.rows == reading.counts.accounted)
    }

    @Test func `a heading that says too little is refused with what it says`() {
        let reading = Reading.text("when,cost,size\n1,2,3\n")
        #expect(
            reading.error?.description
                == #"memory.csv: no column is the time; line 1 has "when", "cost", "size". Name it in the column map"#
        )
        let unknown = Reading.text("time,price,size\n1,2,3\n", settings { $0.price = .name("px") })
        #expect(unknown.error?.description.contains("no column \"px\"") == true)
    }

    @Test func `times of every form`() {
        let forms: [(String, TimeFormat, Int64)] = [
            ("1700000000123456789", .nanoseconds, 1_700_000_000_123_456_789),
            ("1700000000123456.789", .microseconds, 1_700_000_000_123_456_789),
            ("1700000000123.5", .milliseconds, 1_700_000_000_123_500_000),
            ("1700000000.000000001", .seconds, 1_700_000_000_000_000_001),
            ("2023-11-14T22:13:20.123456789Z", .iso8601, 1_700_000_000_123_456_789),
            ("2023-11-15T00:13:20+02:00", .iso8601, 1_700_000_000_000_000_000),
            ("2023-11-14 17:13:20-0500", .iso8601, 1_700_000_000_000_000_000),
            ("2023-11-14", .iso8601, 1_699_920_000_000_000_000),
            ("2023-11-14T22:13", .iso8601, 1_699_999_980_000_000_000),
        ]
        for (text, format, expected) in forms {
            let reading = Reading.text("time,price,size\n\(text),1,1\n", settings { $0.timeFormat = format })
            #expect(reading.trades.first?.venueTime.nanoseconds == expected, "\(text) \(reading.faults)")
        }
        for text in ["2023-02-29", "2023-13-01", "2023-11-14T25:00", "1.0000000001", "-5", "", "99999999999999999999"] {
            let reading = Reading.text("time,price,size\n\(text),1,1\n")
            #expect(reading.faults.count == 1, "\(text)")
        }
    }

    @Test func `New York's wall agrees with the table of sessions`() throws {
        let rows: [(String, String)] = [
            ("2026-03-06T09:30", "2026-03-06T14:30:00.000000000Z"),
            ("2026-03-09T09:30", "2026-03-09T13:30:00.000000000Z"),
            ("2026-10-30T16:00", "2026-10-30T20:00:00.000000000Z"),
            ("2026-11-02T09:30", "2026-11-02T14:30:00.000000000Z"),
            ("2026-11-27T13:00", "2026-11-27T18:00:00.000000000Z"),
            ("2026-03-06T20:00", "2026-03-07T01:00:00.000000000Z"),
            ("2026-03-08T01:59", "2026-03-08T06:59:00.000000000Z"),
            ("2026-03-08T03:00", "2026-03-08T07:00:00.000000000Z"),
            ("2026-11-01T00:30", "2026-11-01T04:30:00.000000000Z"),
            ("2026-11-01T02:00", "2026-11-01T07:00:00.000000000Z"),
            ("2006-04-01T12:00", "2006-04-01T17:00:00.000000000Z"),
            ("2006-04-03T12:00", "2006-04-03T16:00:00.000000000Z"),
            ("2006-10-28T12:00", "2006-10-28T16:00:00.000000000Z"),
            ("2006-10-30T12:00", "2006-10-30T17:00:00.000000000Z"),
        ]
        for (wall, utc) in rows {
            let reading = Reading.text(
                "time,price,size\n\(wall),1,1\n", settings { $0.zone = .named(.newYork) })
            #expect(reading.trades.first?.venueTime.description == utc, "\(wall)")
        }
        for (zone, utc) in [
            ("+05:30", "2026-01-01T06:30:00.000000000Z"), ("UTC", "2026-01-01T12:00:00.000000000Z"),
            ("America/New_York", "2026-01-01T17:00:00.000000000Z"),
        ] {
            let named = try RecordingZone(named: zone)
            let reading = Reading.text("time,price,size\n2026-01-01T12:00,1,1\n", settings { $0.zone = named })
            #expect(reading.trades.first?.venueTime.description == utc, "\(zone)")
        }
        #expect(throws: CalendarError.self) { try RecordingZone(named: "Mars/Olympus") }
    }

    @Test func `trades of a consolidated tape come with their conditions, and with what is taken back`() {
        let reading = Reading.text(
            """
            time,price,size,id,tape,conditions,exchange,action,bid,ask
            1700000000000,100,200,1,C,@,Q,,99.9,100.1
            1700000000001,100.5,50,2,c,@ F I,D,trade,,
            1700000000002,100,200,1,C,@,Q,cancel,,
            1700000000003,100.5,50,2,C,@,D,replaced,,
            1700000000003,100.4,50,3,C,"@,F",D,restate,,
            1700000000004,7,1,4,,12,258,,6,8
            1700000000005,7,1,5,X,,,,,
            1700000000006,7,1,5,,,,gone,,

            """)
        #expect(reading.error == nil)
        let changes = reading.events.filter { $0.kind != .quote && $0.kind != .gap }
        #expect(changes.map(\.kind) == [.trade, .trade, .cancel, .cancel, .restate, .trade])
        #expect(changes.map(\.tape) == [.c, .c, .c, .c, .c, nil])
        let codes = changes.prefix(5).map { SaleCodes.text($0.conditions) }
        #expect(codes == ["@", "@FI", "@", "@", "@F"])
        #expect(changes.prefix(5).map(\.venue) == [81, 68, 81, 68, 68])
        #expect(changes.prefix(5).map(\.identifier) == [1, 2, 1, 2, 3])
        #expect(changes.map(\.marks) == [[], .offExchange, [], .replaced, [], .touch])
        #expect(changes.prefix(5).map(\.price) == ["100", "100.5", "100", "100.5", "100.4"].map(price))
        // A named trade leaves no room for its touch: the quote stands before it.
        let quotes = reading.events.filter { $0.kind == .quote }
        #expect(quotes.map(\.bid) == [price("99.9")] && reading.events.first?.kind == .quote)
        let faults = reading.faults.kept.map { "\($0)" }
        #expect(faults.map { $0.contains("none of A, B, C and O") } == [true, false])
        #expect(faults.map { $0.contains("none of trade, cancel, replaced and restate") } == [false, true])
    }

    @Test func `without a tape columns of those names mean what they always meant`() {
        let reading = Reading.text(
            "time,price,size,conditions,exchange,action\n1700000000000,100,200,F,XNAS,A\n1700000000001,7,1,,,\n")
        #expect(reading.error == nil && reading.faults.count == 0)
        #expect(reading.trades.map(\.conditions) == [0, 0] && reading.trades.map(\.venue) == [0, 0])
        #expect(reading.trades.count == 2)
    }
}
