import Analytics
import Engine
import Feeds
import Graph
import Market
import TestPrograms
import Testing
import Updates

/// The recorded day through a symbol's own book, held against the venue's best prices and published figures.
@Suite(.enabled(if: Recorded.isPresent, "the recordings are not here")) struct `The book kept of the recorded day` {
    /// What the analytic `book` has said last when an exchange message ends: a message that changes nothing near the
    /// best prices brings no update.
    private struct Said {
        var body: LiquidityUpdate
        var state: BookState
        /// The venue's number of the message.
        var update: UInt64
    }

    private static func follow(_ reading: Reading) throws -> [Said] {
        var reader = SettingsReader(
            SettingsObject(try JSONParser.parse(#"{ "levels": 10, "interval": "off" }"#), path: .root))
        var settings = FlowSettings()
        settings.live = .zero
        settings.analytics = [AnalyticChoice(Liquidity.self, LiquiditySettings(reading: &reader))]
        var flow = SoloFlow(settings: settings) { _ in
            Instrument(tick: Price(billionths: 100_000_000), sizeStep: 1_000_000, calendar: AroundTheClock())
        }
        _ = flow.router.directory.entry(for: "BTCUSDT")
        let slot = flow.origin.topics.entries.firstIndex { $0.prefix == "liquidity/" } ?? -1
        var said: [Said] = []
        var last: Said?
        // The venue's quotes would stand in for a book that does not know itself: the kept one is asked alone.
        for (index, event) in reading.events.enumerated() where event.kind != .quote && event.kind != .trade {
            flow.router.route(event)
            // A snapshot is longer than a ring.
            guard event.marks.contains(.lastOfGroup) || index % 64 == 0 else { continue }
            flow.router.publish()
            flow.poll { outbox in
                outbox.forEach { record, update in
                    guard record.slot == slot else { return }
                    let body = RecordReader.body(of: update, as: LiquidityUpdate.self)
                    let state = RecordReader.updateHead(of: update).quality.bookState
                    last = Said(body: body, state: state, update: 0)
                }
            }
            guard event.marks.contains(.lastOfGroup), var ended = last else { continue }
            ended.update = event.identifier
            said.append(ended)
        }
        return said
    }

    @Test func `is never crossed and equals every best price that the venue gave`() throws {
        let reading = BinanceDay.reading
        let said = try Self.follow(reading)
        #expect(said.count >= 6_547)
        #expect(said.allSatisfy { $0.state == .whole || $0.state == .resyncing })
        let tickers = try BinanceDay.tickers()
        var equal = 0
        for one in said {
            guard let ticker = tickers[one.update] else { continue }
            #expect(one.body.bid == ticker.bid.billionths && one.body.bidSize == ticker.bidSize.steps)
            #expect(one.body.ask == ticker.ask.billionths && one.body.askSize == ticker.askSize.steps)
            equal += 1
        }
        #expect(equal == 629)
        let last = try #require(said.last?.body)
        #expect(Price(billionths: last.bid) == price("61659.7") && last.bidSize == 1_486)
        #expect(Price(billionths: last.ask) == price("61659.8") && last.askSize == 981)
        #expect((last.depthTilt * 1e6).rounded() == 32_988)
    }
}
