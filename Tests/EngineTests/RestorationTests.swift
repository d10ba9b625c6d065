import Analytics
import Graph
import Market
import Memory
import TestPrograms
import Testing
import Updates

@testable import Engine

/// What a state takes of a snapshot that is not its own, or is damaged.
@Suite struct RestorationTests {
    private static let cut = 900

    /// A market up to its middle, under settings of one's own, and what the state wrote down there.
    private func saved(_ settings: FlowSettings, seed: UInt64 = 1) throws -> (market: RestartMarket, bytes: [UInt8]) {
        let market = try RestartMarket(seed: seed, length: 1_500)
        var flow = try RestartTrial.flow(settings)
        _ = flow.play(Array(market.events[..<RestorationTests.cut]))
        return (market, flow.save(0, sequence: UInt64(RestorationTests.cut)))
    }

    private func choices(_ names: [String]) throws -> [AnalyticChoice] { try names.map(RestartTrial.choice) }

    private func footprint(_ text: String) throws -> AnalyticChoice {
        guard let kind = AnalyticCatalogue.all.first(where: { $0.name == "footprint" }) else { throw Mishap("kind") }
        return try RestartTrial.read(kind, text)
    }

    /// Restores under other settings and plays on; what was restored, and all that was said.
    private func goOn(
        _ settings: FlowSettings, _ market: RestartMarket, _ bytes: [UInt8]
    ) throws -> (restoration: Restoration, said: [Said]) {
        let cut = RestorationTests.cut
        var flow = try RestartTrial.flow(settings, behind: cut)
        let restoration = try flow.restore(0, from: bytes)
        return (restoration, flow.play(Array(market.events[cut...])))
    }

    private func numbers(_ said: [Said], from first: [String: UInt64]) -> [String] {
        var last = first
        var holes: [String] = []
        for one in said {
            if let before = last[one.topic], one.head.number != before + 1 {
                holes.append("\(one.topic)\(one.head.number)")
            }
            last[one.topic] = one.head.number
        }
        return holes
    }

    /// The last number of each topic up to the cut.
    private func last(_ market: RestartMarket, _ settings: FlowSettings) throws -> [String: UInt64] {
        var flow = try RestartTrial.flow(settings)
        var last: [String: UInt64] = [:]
        for one in flow.play(Array(market.events[..<RestorationTests.cut])) { last[one.topic] = one.head.number }
        return last
    }

    @Test func `an analytic with other settings begins anew by name, and its topics go on counting`() throws {
        let others = ["sweep", "touch", "tpo"]
        let all = ["footprint"] + others
        let (market, bytes) = try saved(RestartTrial.settings(try choices(all), seed: 1))
        let changed = try [footprint(#"{ "widths": ["10s", "1m"], "ratio": 2.5, "stack": 2 }"#)] + choices(others)
        let settings = RestartTrial.settings(changed, seed: 1)
        let (restoration, said) = try goOn(settings, market, bytes)
        #expect(restoration.fresh == [Restoration.Fresh(name: "footprint", reason: .settings)])
        #expect(restoration.dropped == [])
        let before = try last(market, RestartTrial.settings(try choices(all), seed: 1))
        #expect(before["footprint/10s/"].map { $0 > 5 } == true)
        #expect(numbers(said, from: before) == [])
        // The others say what they would have said.
        var whole = try RestartTrial.flow(settings)
        let expected = whole.play(market.events).filter { $0.event >= RestorationTests.cut && $0.topic == "sweep/" }
        #expect(said.on("sweep/").map(\.bytes) == expected.map(\.bytes))
    }

    @Test func `an analytic that was not listed begins anew, and one that is listed no longer is named`() throws {
        let (market, bytes) = try saved(RestartTrial.settings(try choices(["sweep", "hidden"]), seed: 1))
        let settings = RestartTrial.settings(try choices(["sweep", "iceberg"]), seed: 1)
        let (restoration, said) = try goOn(settings, market, bytes)
        #expect(restoration.fresh == [Restoration.Fresh(name: "iceberg", reason: .missing)])
        #expect(restoration.dropped == ["hidden"])
        #expect(numbers(said, from: ["iceberg/": 0]) == [])
    }

    @Test func `other bars begin in the middle of the session, whose sums go on and say what they miss`() throws {
        let settings = RestartTrial.settings([], seed: 1)
        let (market, bytes) = try saved(settings)
        var changed = settings
        changed.candles = BarSettings(widths: [.seconds(2), .seconds(10), .seconds(60)])
        let (restoration, said) = try goOn(changed, market, bytes)
        #expect(restoration.fresh == [Restoration.Fresh(name: "core/bars", reason: .settings)])
        #expect(numbers(said, from: try last(market, settings).filter { $0.key != "candle/2s/" }) == [])
        var whole = try RestartTrial.flow(changed)
        let expected = whole.play(market.events).filter { $0.event >= RestorationTests.cut }
        let volumes = { (said: [Said]) in said.on("session/").map(\.session.volume) }
        // Late trades and cancels of bars and trades that are not known any more may differ; the volume may not.
        #expect(volumes(said).first == volumes(expected).first && !volumes(said).isEmpty)
    }

    @Test func `another rule of sides begins everything anew, numbers aside`() throws {
        let settings = RestartTrial.settings(try choices(["sweep"]), seed: 1)
        let (market, bytes) = try saved(settings)
        var changed = settings
        changed.sideRule = settings.sideRule == .tick ? .quote : .tick
        let (restoration, said) = try goOn(changed, market, bytes)
        #expect(restoration.fresh.map(\.name).contains("core/state") && restoration.fresh.count >= 7)
        #expect(numbers(said, from: try last(market, settings)) == [])
    }

    @Test func `changes of settings while running hold behind a restart`() throws {
        let settings = RestartTrial.settings([AnalyticChoice(Listener.self, Listener.Settings())], seed: 1)
        let market = try RestartMarket(seed: 1, length: 600)
        func play(_ restarts: Bool) throws -> [Said] {
            var flow = try RestartTrial.flow(settings)
            let later = market.events[400].venueTime
            for (note, start) in [(3, nil), (5, later)] as [(Int64, Timestamp?)] {
                var changed = Listener.Settings()
                changed.note = note
                try flow.router.controls.add(
                    ControlRecord(symbols: [.any], start: start, choice: AnalyticChoice(Listener.self, changed)))
            }
            let said = flow.play(Array(market.events[..<300]))
            guard restarts else { return said + flow.play(Array(market.events[300...])) }
            let bytes = flow.save(0, sequence: 0)
            // A fresh state in the same flow: its control desk has the records.
            _ = try flow.restore(0, from: bytes)
            return said + flow.play(Array(market.events[300...]))
        }
        let (one, other) = (try play(false), try play(true))
        #expect(RestartTrial.difference(one, other) == nil)
        #expect(Set(one.on("listener/").map { $0.body(ListenerUpdate.self).note }) == [3, 5])
    }

    @Test func `a control desk that lacks a change is an error`() throws {
        let settings = RestartTrial.settings([AnalyticChoice(Listener.self, Listener.Settings())], seed: 1)
        var flow = try RestartTrial.flow(settings)
        try flow.router.controls.add(ControlRecord(symbols: [.any], start: nil, choice: settings.analytics[0]))
        _ = flow.play([Make.trade(0, 100, 1)])
        let bytes = flow.save(0, sequence: 1)
        var other = try RestartTrial.flow(settings)
        #expect(throws: ArchiveError.self) { _ = try other.restore(0, from: bytes) }
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `a snapshot that is cut or flipped anywhere is refused or read, and never stops the program`(
        seed: UInt64
    ) throws {
        let all = try RestartTrial.choices.map { try RestartTrial.choice($0.name) }
        let settings = RestartTrial.settings(all, seed: seed)
        let bytes = try saved(settings, seed: seed).bytes
        var flow = try RestartTrial.flow(settings)
        var chance = SeededChance(seed: seed &+ Campaign.seed)
        var cuts = 0
        for _ in 0..<Campaign.rounds(40, each: 1_000) {
            let short = Array(bytes.prefix(chance.below(bytes.count)))
            #expect(throws: ArchiveError.self) { _ = try flow.restore(0, from: short) }
            cuts += 1
        }
        var refused = 0
        for _ in 0..<Campaign.rounds(120, each: 2_000) {
            var flipped = bytes
            for _ in 0...chance.below(4) {
                let place = chance.below(flipped.count)
                flipped[place] = chance.below(3) == 0 ? 0xFF : flipped[place] ^ UInt8(1 << chance.below(8))
            }
            do { _ = try flow.restore(0, from: flipped) } catch { refused += 1 }
        }
        // What a flip of a number's bit makes is another number: only the file's checksum knows.
        #expect(cuts > 0 && refused > 0)
    }
}
