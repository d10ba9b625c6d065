@testable import Analytics
import Graph
import Market
import Testing
import TestPrograms
import Updates

@Suite struct `Settings of detectors` {
    private func read<Settings: NodeSettings>(
        _ type: Settings.Type, _ text: String
    ) throws -> (settings: Settings, faults: [TopologyFault]) {
        SettingsReader.read(type, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("absorption")))
    }

    @Test func `examples are read without a fault`() throws {
        #expect(try read(Absorption.Settings.self, Absorption.example).faults == [])
        #expect(try read(UnusualVolume.Settings.self, UnusualVolume.example).faults == [])
        #expect(try read(Divergence.Settings.self, Divergence.example).faults == [])
        #expect(try read(Touch.Settings.self, Touch.example).faults == [])
    }

    @Test func `each setting is what the file says`() throws {
        let absorption = try read(
            Absorption.Settings.self,
            """
            { "window": "10s", "zoneTicks": 5, "percentile": 0.9, "history": 100, "minimumSamples": 50,
              "minimumVolume": "1.5", "share": 0.7, "confirmTicks": 3, "expiry": "20s" }
            """)
        #expect(absorption.faults == [])
        let first = absorption.settings
        #expect(first.window == .seconds(10) && first.zoneTicks == 5 && first.shareInMillionths == 900_000)
        #expect(first.history == 100 && first.minimumSamples == 50 && first.minimumVolume == 1_500_000_000)
        #expect(first.share == 0.7 && first.confirmTicks == 3 && first.expiry == .seconds(20))
        let unusual = try read(
            UnusualVolume.Settings.self,
            """
            { "sessions": 10, "minimumSessions": 3, "minimumRelative": 2, "minimumScore": 4, "release": 0.5 }
            """)
        let second = unusual.settings
        #expect(unusual.faults == [] && second.sessions == 10 && second.minimumSessions == 3)
        #expect(second.minimumRelative == 2 && second.minimumScore == 4 && second.release == 0.5)
        let divergence = try read(
            Divergence.Settings.self,
            """
            { "bars": "tick/100", "reach": 2, "minimumTicks": 4, "minimumChange": 0.5, "history": 50,
              "minimumBars": 30, "hidden": false }
            """)
        let third = divergence.settings
        #expect(divergence.faults == [] && third.bars == "tick/100" && third.reach == 2 && third.minimumTicks == 4)
        #expect(third.minimumChange == 0.5 && third.history == 50 && third.minimumBars == 30 && !third.hidden)
        #expect(Divergence.topics(third).map(\.prefix) == ["divergence/tick/100/"])
        let touch = try read(Touch.Settings.self, #"{ "leave": 2, "lookback": 5, "refresh": "5m" }"#)
        #expect(touch.faults == [] && touch.settings.leave == 2 && touch.settings.lookback == 5)
        #expect(Touch.bars(touch.settings) == ["5m"])
    }

    @Test func `what cannot be is a fault, and its default or limit is read`() throws {
        let absorption = try read(Absorption.Settings.self, #"{ "history": 20, "minimumSamples": 21, "zone": 2 }"#)
        #expect(absorption.faults.map { "\($0.path)" } == ["absorption.minimumSamples", "absorption.zone"])
        #expect(absorption.settings.minimumSamples == 20)
        let unusual = try read(UnusualVolume.Settings.self, #"{ "sessions": 4 }"#)
        #expect(unusual.faults.count == 1 && unusual.settings.minimumSessions == 4)
        let divergence = try read(Divergence.Settings.self, #"{ "history": 10, "reach": 0 }"#)
        #expect(divergence.faults.count == 2)
        #expect(divergence.settings.reach == 3 && divergence.settings.minimumBars == 10)
        let touch = try read(Touch.Settings.self, #"{ "leave": 0, "refresh": "10ms" }"#)
        #expect(touch.faults.count == 2 && touch.settings.leave == 4)
    }

    @Test func `fields tile each body exactly`() {
        let layouts = [AbsorptionUpdate.layout, UnusualUpdate.layout, DivergenceUpdate.layout, TouchUpdate.layout]
        #expect(layouts.map(\.template) == [38, 39, 40, 41])
        #expect(layouts.map(\.kind) == ["absorption", "unusual", "divergence", "touch"])
        for layout in layouts {
            var next = 0
            for field in layout.fields {
                #expect(field.offset == next, "\(layout.kind) \(field.name)")
                #expect(field.meaning.hasSuffix("."), "\(layout.kind) \(field.name)")
                next += field.type.size
            }
            #expect(next == layout.size && layout.size % 8 == 0, "\(layout.kind)")
            #expect(Set(layout.fields.map(\.name)).count == layout.fields.count, "\(layout.kind)")
        }
    }

    private func floor(_ price: Int64, _ tick: Int64) -> Int64 {
        price / tick - (price % tick < 0 ? 1 : 0)
    }

    @Test func `rows of ticks are the floor of the price over the tick`() {
        var chance = SeededChance(seed: 420)
        for tick: Int64 in [1, 3, 10_000_000, 250_000_000, 1 << 40] {
            let rows = TickRows(tick: tick)
            for _ in 0..<500 {
                let price = chance.anyMagnitude(bits: 62) * (chance.below(2) == 0 ? 1 : -1)
                #expect(rows.row(of: price) == floor(price, tick))
            }
            for price in [-tick, 1 - tick, -1, 0, tick - 1, tick] {
                #expect(rows.row(of: price) == floor(price, tick))
            }
        }
    }
}
