import Feeds
import Market
import Testing

@Suite(.enabled(if: Recorded.isPresent, "the recordings are not here")) struct `The recorded DBN files` {
    private func reading(_ name: String) -> Reading {
        Reading.file(Recorded.path("dbn/" + name), ReaderSettings(), OpenDirectory(sizeStep: 1_000_000_000))
    }

    @Test func `each is read whole or refused with a reason`() {
        let files = Recorded.files(in: "dbn").filter { $0.contains(".dbn") }
        #expect(files.count >= 60)
        var read = 0
        for file in files {
            let reading = reading(file)
            let schema = file.split(separator: ".")[1]
            if ["trades", "tbbo", "mbp-1", "mbp-10", "mbo"].contains(schema) {
                #expect(reading.error == nil, "\(file)")
                #expect(reading.faults.count == 0, "\(file)")
                #expect(!reading.events.isEmpty, "\(file)")
                #expect(reading.counts[.replayed] == reading.counts.rows, "\(file)")
                #expect(reading.symbols == ["ESH1"], "\(file)")
                read += 1
            } else {
                guard case .refused(_, let reason) = reading.error else {
                    Issue.record("\(file) is neither read nor refused: \(String(describing: reading.error))")
                    continue
                }
                #expect(reason.contains("the DBN schema \(schema) is not replayed"), "\(file): \(reason)")
            }
        }
        #expect(read >= 20)
    }

    @Test func `all versions of a file give the same events`() {
        for schema in ["trades", "tbbo", "mbp-1", "mbp-10", "mbo"] {
            let plain = reading("test_data.\(schema).dbn")
            for version in ["v1", "v2", "v3"] {
                let packed = reading("test_data.\(schema).\(version).dbn.zst")
                #expect(packed.events == plain.events, "\(schema) \(version)")
            }
        }
    }

    @Test func `a trade at the bid is a seller's`() throws {
        let reading = reading("test_data.tbbo.dbn")
        #expect(reading.events.map(\.kind) == [.quote, .trade, .quote, .trade])
        let trade = try #require(reading.trades.first)
        #expect(trade.price == price("3720.25"))
        #expect(trade.price == reading.quotes.first?.bid)
        #expect(reading.quotes.first?.ask == price("3720.5"))
        #expect(reading.quotes.first?.bidSize.steps == 26)
        #expect(reading.quotes.first?.askSize.steps == 7)
        #expect(trade.quantity.steps == 5)
        #expect(trade.side == .sell)
        #expect(trade.venueTime.description == "2020-12-28T13:00:00.098821953Z")
        #expect(trade.receiveTime.nanoseconds == 1_609_160_400_099_150_057)
    }

    @Test func `levels of ten are groups with their last one marked`() {
        let reading = reading("test_data.mbp-10.dbn")
        let levels = reading.of(.level)
        #expect(levels.prefix(20).filter { $0.marks.contains(.lastOfGroup) }.count == 1)
        #expect(levels.filter { $0.side == .buy }.first?.price == price("3720.25"))
        #expect(reading.quotes.first?.ask == price("3720.5"))
    }

    @Test func `orders keep action, number and side`() throws {
        let orders = reading("test_data.mbo.dbn").of(.order)
        #expect(orders.map(\.orderAction) == [.remove, .remove])
        let order = try #require(orders.first)
        #expect(order.identifier == 647_784_973_705)
        #expect(order.side == .sell)
        #expect(order.price == price("3722.75"))
        #expect(order.quantity.steps == 1)
        #expect(order.marks == [.lastOfGroup])
    }
}
