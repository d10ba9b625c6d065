import Feeds
import Market
import Testing

@Suite struct `DBN reader` {
    private func read(_ bytes: [UInt8], strict: Bool = false) -> Reading {
        Reading.bytes(bytes, ReaderSettings(isStrict: strict), OpenDirectory(sizeStep: 1_000_000_000))
    }

    @Test func `the reference's trade is read in every version and without a head`() throws {
        for (version, first) in [(UInt8(1), 150), (2, 199), (3, 200)] {
            let head = DBNBytes.head(version: version)
            #expect(head.count == first)
            let reading = read(head + DBNBytes.trade)
            #expect(reading.error == nil)
            let trade = try #require(reading.trades.first)
            #expect(trade.price == price("100.25"))
            #expect(trade.quantity.steps == 7)
            #expect(trade.side == .buy)
            #expect(trade.identifier == 9)
            #expect(reading.symbols == ["42"])
        }
        let fragment = read(DBNBytes.trade + DBNBytes.trade)
        #expect(fragment.error == nil)
        #expect(fragment.trades.count == 2)
        #expect(fragment.symbols == ["42"])
    }

    @Test func `a name holds for its dates, and the number stands where none does`() {
        let mappings = [
            DBNBytes.Mapping(
                asked: "ES.c.0", intervals: [(20_231_114, 20_231_115, "42"), (20_231_115, 20_231_116, "43")]),
            DBNBytes.Mapping(asked: "NQ.c.0", intervals: [(20_231_115, 20_231_116, "42")]),
        ]
        let day: UInt64 = 86_400_000_000_000
        var messages: [UInt8] = []
        for (number, time) in [(UInt32(42), UInt64(0)), (43, 0), (42, day), (43, day), (42, 2 * day), (42, 0)] {
            // 2023-11-14 22:13:20 UTC and the days after it.
            let moment = 1_700_000_000_000_000_000 + time
            messages += DBNBytes.levelled(.init(number: number, time: moment, received: moment + 1), [])
        }
        let reading = read(DBNBytes.head(mappings: mappings) + messages)
        let names = reading.trades.map { reading.symbols[Int($0.symbol)] }
        #expect(names == ["ES.c.0", "43", "NQ.c.0", "ES.c.0", "42", "ES.c.0"])
        let backward = DBNBytes.Mapping(asked: "42", intervals: [(20_231_114, 20_231_115, "ESZ3")])
        let other = read(DBNBytes.head(mappings: [backward], stypes: (0, 1)) + DBNBytes.levelled(.init(), []))
        #expect(other.symbols == ["ESZ3"])
    }

    @Test func `dates that no time can hold are the ends of time`() {
        let mapping = DBNBytes.Mapping(asked: "ES", intervals: [(0, 99_999_999, "42")])
        let reading = read(DBNBytes.head(mappings: [mapping]) + DBNBytes.levelled(.init(), []))
        #expect(reading.symbols == ["ES"])
    }

    @Test func `a mapping record names what follows it`() {
        for isWide in [true, false] {
            let record = DBNBytes.levelled(.init(), [])
            let reading = read(DBNBytes.head() + record + DBNBytes.mapping(42, "CLZ3", isWide: isWide) + record)
            #expect(reading.trades.map { reading.symbols[Int($0.symbol)] } == ["42", "CLZ3"])
            #expect(reading.counts[.heading] == 1)
        }
    }

    @Test func `tbbo gives the quote before its trade, mbp-1 a quote when it changes`() {
        let level: DBNBytes.Level = (99, 101, 3, 4)
        let trade = DBNBytes.levelled(.init(), [level])
        let add = DBNBytes.levelled(.init(action: "A", side: "A"), [level])
        let moved = DBNBytes.levelled(.init(action: "C"), [(98, nil, 3, 0)])
        #expect(read(DBNBytes.head(schema: 3) + trade + trade).events.map(\.kind) == [.quote, .trade, .quote, .trade])
        let depth = read(DBNBytes.head(schema: 1) + add + trade + add + moved)
        #expect(depth.events.map(\.kind) == [.quote, .trade, .quote])
        #expect(depth.counts[.unchanged] == 1)
        #expect(depth.quotes.last?.ask == Price.none)
        #expect(depth.quotes.last?.askSize == .zero)
    }

    @Test func `ten levels become changes, removals first, the last one marked`() {
        func rows(_ bids: [(Int64, UInt32)], _ asks: [(Int64, UInt32)]) -> [DBNBytes.Level] {
            (0..<10).map { row in
                let bid = row < bids.count ? bids[row] : nil
                let ask = row < asks.count ? asks[row] : nil
                return (bid?.0, ask?.0, bid?.1 ?? 0, ask?.1 ?? 0)
            }
        }
        let first = DBNBytes.levelled(.init(action: "A"), rows([(99, 1), (98, 2)], [(101, 3)]))
        let second = DBNBytes.levelled(.init(action: "A"), rows([(100, 7), (99, 1)], [(101, 4)]))
        let reading = read(DBNBytes.head(schema: 2) + first + second + second)
        let levels = reading.of(.level).map { "\($0.side) \($0.price.billionths) \($0.quantity.steps)" }
        #expect(
            levels == ["buy 99 1", "buy 98 2", "sell 101 3", "buy 98 0", "buy 100 7", "sell 101 4"])
        let last = reading.of(.level).map { $0.marks.contains(.lastOfGroup) }
        #expect(last == [false, false, true, false, false, true])
        #expect(reading.quotes.map(\.bid.billionths) == [99, 100])
        #expect(reading.counts[.unchanged] == 1)
    }

    @Test func `orders, fills, trades and resets of mbo`() throws {
        var bytes = DBNBytes.head(schema: 0)
        for action in "RAMTFCN" {
            var message = DBNBytes.Message(action: action, side: "A", flags: action == "C" ? 128 : 32)
            if action == "A" { message.flags = 8 }
            bytes += DBNBytes.order(message, identifier: 77)
        }
        let reading = read(bytes)
        #expect(reading.events.map(\.kind) == [.bookReset, .order, .order, .trade, .order, .order])
        #expect(reading.of(.order).map(\.orderAction) == [.add, .modify, .fill, .remove])
        #expect(reading.of(.order).first?.marks == [.doubtful])
        #expect(reading.of(.order).last?.marks == [.lastOfGroup])
        #expect(reading.events.first?.marks == [.snapshot])
        #expect(reading.trades.first?.side == .sell)
        #expect(reading.counts[.notReplayed] == 1)
    }

    @Test func `undefined values are told apart`() throws {
        let undefined = UInt64.max
        let noTime = DBNBytes.levelled(.init(time: undefined, received: undefined), [])
        let noSize = DBNBytes.levelled(.init(size: .max), [])
        let noReceive = DBNBytes.levelled(.init(received: undefined), [])
        let noPrice = DBNBytes.levelled(.init(price: .max), [])
        let reading = read(DBNBytes.head() + noTime + noSize + noReceive + noPrice)
        #expect(reading.faults.kept.map(\.reason) == [.notTime("ts_event"), .missing("size")])
        #expect(reading.faults.kept.map(\.place) == [.byte(200), .byte(248)])
        #expect(reading.trades.map(\.receiveTime.nanoseconds) == [0, 1_700_000_000_000_000_500])
        #expect(reading.trades.last?.price == Price.none)
        let gap = try #require(reading.events.first)
        #expect(gap.kind == .gap && gap.gapCause == .unreadable)
        #expect(reading.of(.gap).reduce(0) { $0 + $1.gapCount } == 2)
    }

    @Test func `unknown records are passed by their own length, send times too`() {
        var unknown = DBNBytes.trade
        unknown[1] = 0x77
        unknown[0] = 14
        unknown += [UInt8](repeating: 1, count: 8)
        var long = DBNBytes.trade + [UInt8](repeating: 2, count: 8)
        long[0] = 14
        let reading = read(DBNBytes.head() + unknown + long + DBNBytes.bar + DBNBytes.trade)
        #expect(reading.trades.count == 2)
        #expect(reading.counts[.notReplayed] == 2)
        #expect(reading.faults.count == 0)
    }

    @Test func `a trade told by two kinds of record in a mixed file counts once`() {
        let trade = DBNBytes.levelled(.init(), [])
        let both = DBNBytes.levelled(.init(), [(99, 101, 3, 4)])
        let reading = read(DBNBytes.head(schema: 0xFFFF) + trade + both + trade)
        #expect(reading.trades.count == 2)
        #expect(reading.counts[.otherTradeKind] == 1)
    }

    @Test func `what is not replayed says why`() {
        let bars = read(DBNBytes.head(schema: 7) + DBNBytes.bar)
        #expect(bars.error?.description.contains("ohlcv-1h is not replayed: bars are no trades") == true)
        var next = DBNBytes.head()
        next[3] = 4
        #expect(read(next).error?.description.contains("DBN version 4") == true)
        #expect(read(Array(DBNBytes.head().prefix(100))).error?.description.contains("ends in its head") == true)
        var unknown = DBNBytes.head()
        unknown[24] = 99
        #expect(read(unknown).error?.description.contains("unknown DBN schema 99") == true)
    }

    @Test func `a torn file says where it is torn`() {
        let whole = DBNBytes.head() + DBNBytes.trade + DBNBytes.trade
        let torn = Array(whole.dropLast(5))
        let reading = read(torn)
        #expect(reading.trades.count == 1)
        #expect(reading.faults.kept.first?.place == .byte(248))
        #expect(reading.faults.kept.first?.reason == .cutOff(found: 43, needed: 48))
        #expect(reading.events.last?.kind == .gap)
        guard case .fault(let fault) = read(torn, strict: true).error else {
            Issue.record("strictness must stop")
            return
        }
        #expect(fault.description == "memory, byte 248: the file ends after 43 of 48 bytes of a row")
    }
}
