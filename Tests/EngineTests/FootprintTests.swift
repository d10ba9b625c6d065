import Analytics
import CHeapProbe
import Graph
import Market
import Rings
import Testing
import Updates

@testable import Engine
import TestPrograms

/// The load of the throughput work: bars of a second and a minute, delta, a profile.
enum Footprint {
    static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.ring = 128
        settings.memory = 0
        settings.symbolLimit = 10_000
        settings.candles = BarSettings(widths: [.seconds(1), .seconds(60)])
        settings.delta = BarSettings(widths: [.seconds(60)])
        settings.profile = ProfileSettings()
        return settings
    }

    /// Bytes that the program holds from its allocator.
    static var held: Int { heap_held() }

    /// 200 trades of each symbol over some 2,000 seconds, prices in a random walk by cents.
    static func load(_ flow: inout SoloFlow, symbols: Int) {
        var chance = SeededChance(seed: 9)
        var prices = [Int64](repeating: 10_000, count: symbols)
        for round in 0..<200 {
            for symbol in 0..<symbols {
                prices[symbol] += Int64(chance.below(5)) - 2
                let second = Double(round) * 10 + Double(chance.below(9_000)) / 1_000
                flow.router.route(
                    Make.trade(
                        second, prices[symbol], 1 + Int64(chance.below(500)), chance.below(2) == 0 ? .buy : .sell,
                        symbol: UInt32(symbol)))
                if symbol % 64 == 63 { flow.poll { _ in } }
            }
            flow.router.publish()
            flow.poll { _ in }
        }
    }
}

@Suite struct FootprintTests {
    @Test func `a symbol keeps to 32 KiB beside its ring`() async {
        await #expect(processExitsWith: .success) {
            let symbols = campaign > 0 ? 10_000 : 300
            let before = Footprint.held
            var flow = SoloFlow(settings: Footprint.settings, instrument: instrument())
            for symbol in 0..<symbols { _ = flow.router.directory.entry(for: "SYM\(symbol)") }
            Footprint.load(&flow, symbols: symbols)
            // The outbox and the names of the directory are in the sum, the shelf of states is mapped and is not.
            let each = (Footprint.held - before) / symbols + MemoryLayout<SymbolState>.stride
            print("FOOTPRINT \(symbols) symbols: state \(MemoryLayout<SymbolState>.stride), with heap \(each) bytes")
            precondition(each <= 32 << 10, "A symbol must keep to 32 KiB: \(each).")
        }
    }

    @Test func `trades between two bar closes allocate nothing`() async {
        await #expect(processExitsWith: .success) {
            var settings = Footprint.settings
            settings.live = .zero
            settings.profile?.rows = .zero
            settings.weightedPrice = WeightedPriceSettings()
            var flow = SoloFlow(settings: settings, instrument: instrument())
            for symbol in 0..<20 { _ = flow.router.directory.entry(for: "SYM\(symbol)") }
            Footprint.load(&flow, symbols: 20)
            let instant = Double(4_000)
            func play(_ flow: inout SoloFlow, _ from: Int) {
                for number in from..<from + 2_000 {
                    flow.router.route(
                        Make.trade(
                            instant + Double(number) / 10_000, 10_000 + Int64(number % 5), 3, .buy,
                            symbol: UInt32(number % 20)))
                    if number % 64 == 63 {
                        flow.router.publish()
                        flow.poll { _ in }
                    }
                }
            }
            play(&flow, 0)
            let before = Footprint.held
            play(&flow, 2_000)
            precondition(Footprint.held == before, "Trades must not allocate: \(Footprint.held - before).")
        }
    }

    /// Every analytic in its example's settings, on quotes and trades between two bars' ends.
    @Test func `with every analytic on, trades and quotes between two bar closes allocate nothing`() async {
        await #expect(processExitsWith: .success) {
            var settings = Footprint.settings
            settings.live = .zero
            settings.profile?.rows = .zero
            settings.analytics = AnalyticCatalogue.all.map { kind in
                guard let value = try? JSONParser.parse(kind.example) else {
                    preconditionFailure("An example must be JSON.")
                }
                var reader = SettingsReader(SettingsObject(value, path: .root))
                return kind.read(&reader)
            }
            var flow = SoloFlow(settings: settings, instrument: instrument())
            for symbol in 0..<4 { _ = flow.router.directory.entry(for: "SYM\(symbol)") }
            Footprint.load(&flow, symbols: 4)
            func play(_ flow: inout SoloFlow, from start: Double, _ count: Int) {
                for number in 0..<count {
                    let (seconds, symbol) = (start + Double(number) / 10_000, UInt32(number % 4))
                    let cents = 10_000 + Int64(number / 4 % 5)
                    flow.router.route(
                        .quote(
                            symbol: symbol, venueTime: Make.time(seconds), receiveTime: Make.time(seconds),
                            bid: Price(billionths: (cents - 1) * 10_000_000), bidSize: Quantity(steps: 900),
                            ask: Price(billionths: cents * 10_000_000), askSize: Quantity(steps: 800)))
                    flow.router.route(
                        Make.trade(seconds, cents, 3, number % 3 == 0 ? .sell : .buy, symbol: symbol))
                    flow.router.publish()
                    flow.poll { _ in }
                }
            }
            // Windows and rings have grown to what a minute of this needs before it is measured.
            for minute in 0..<10 { play(&flow, from: 4_000 + Double(minute) * 60, 4_000) }
            play(&flow, from: 4_620, 2_000)
            let before = Footprint.held
            play(&flow, from: 4_620.2, 2_000)
            precondition(Footprint.held == before, "Nothing must be allocated: \(Footprint.held - before).")
        }
    }

    @Test func `of ten thousand symbols the idle ones cost nothing`() {
        var settings = Footprint.settings
        settings.ring = 16
        var flow = SoloFlow(settings: settings, instrument: instrument())
        for symbol in 0..<10_000 { _ = flow.router.directory.entry(for: "SYM\(symbol)") }
        #expect(flow.router.directory.entry(for: "ONE TOO MANY") == nil)
        var said: [Said] = []
        for round in 0..<50 {
            for symbol in [7, 5_000, 9_999] as [UInt32] {
                said += flow.play([Make.trade(Double(round), 100, 1, symbol: symbol)])
            }
        }
        #expect(Set(said.map(\.symbol)) == [7, 5_000, 9_999])
        #expect(said.on("candle/1s/").count { $0.head.isFinal } == 3 * 49)
    }
}
