import Analytics
import Graph
import Market
import Testing
import Updates

extension TrialUpdate {
    var footprint: FootprintUpdate { body() }
    var rows: [FootprintEntry] { group(0) }
    var stacks: [StackEntry] { group(1) }
    /// Lower edges of the rows with a mark, in units.
    func prices(_ mark: FootprintEntry.Marks) -> [Double] {
        rows.filter { FootprintEntry.Marks(rawValue: $0.marks).contains(mark) }.map { Double($0.price) / 1e9 }
    }
    func isLost(_ figure: FootprintUpdate.Lost) -> Bool {
        FootprintUpdate.Lost(rawValue: footprint.lost).contains(figure)
    }
}

extension AnalyticTrial {
    /// Trades of a footprint's rows within one bar: sellers at the bid, buyers at the ask, a millisecond apart.
    mutating func fill(from start: Double, _ rows: [(price: Double, bid: Int64, ask: Int64)]) {
        var time = start
        for row in rows {
            for (quantity, side) in [(row.bid, Side.sell), (row.ask, Side.buy)] where quantity > 0 {
                trade(time, row.price, quantity, side)
                time += 0.001
            }
        }
    }
}

func footprints(
    _ widths: [Int], tick: Double = 0.25, _ change: (inout FootprintSettings) -> Void = { _ in }
) -> AnalyticTrial {
    var settings = FootprintSettings()
    settings.live = .seconds(1)
    settings.widths = widths.map { .seconds($0) }
    change(&settings)
    return AnalyticTrial([AnalyticChoice(Footprint.self, settings)], tick: tick)
}

/// Definitions §13, vector F1.
private let vector: [(price: Double, bid: Int64, ask: Int64)] = [
    (100, 30, 5), (100.25, 20, 95), (100.5, 12, 66), (100.75, 8, 40), (101, 3, 25),
]

@Suite struct `A footprint` {
    @Test func `finds the imbalances and the stack of vector F1`() throws {
        var trial = footprints([60])
        trial.fill(from: 1, vector)
        trial.clock(60)
        let bar = try #require(trial.on("footprint/1m/").first)
        #expect(bar.prices(.buyImbalance) == [100.25, 100.5, 100.75, 101])
        #expect(bar.prices(.sellImbalance) == [])
        let stack = try #require(bar.stacks.first)
        #expect(bar.stacks.count == 1 && stack.side == Side.buy.rawValue && stack.rows == 4)
        #expect(stack.low == 100_250_000_000 && stack.high == 101_000_000_000 && stack.volume == 95 + 66 + 40 + 25)
        #expect(bar.rows.map(\.bid) == vector.map(\.bid) && bar.rows.map(\.ask) == vector.map(\.ask))
    }

    @Test func `reads buyers at the ask and sellers at the bid, not the other way round`() throws {
        // The vector's sides exchanged, worked out by hand.
        var trial = footprints([60])
        trial.fill(from: 1, vector.map { ($0.price, $0.ask, $0.bid) })
        trial.clock(60)
        let bar = try #require(trial.on("footprint/1m/").first)
        // bid 5,95,66,40,25 against the ask above 20,12,8,3,none: 95/12, 66/8, 40/3; 25 against none is below the
        // median row of 48. Of the asks only 20 against the 5 below outweigh.
        #expect(bar.prices(.sellImbalance) == [100.25, 100.5, 100.75])
        #expect(bar.prices(.buyImbalance) == [100.25])
        #expect(bar.stacks.map(\.side) == [Side.sell.rawValue])
        #expect(bar.footprint.sellStacked == 1 && bar.footprint.buyStacked == 0)
        #expect(bar.footprint.delta == 73 - 231)
    }

    @Test func `compares with the row one tick away even where nothing was traded there`() throws {
        // Between 100 and 100.50 lies an empty row: 50 at the ask stand against its 0, not against the 100 below it.
        var trial = footprints([60])
        trial.fill(from: 1, [(100, 100, 10), (100.5, 5, 50), (100.75, 9, 14)])
        trial.clock(60)
        let bar = try #require(trial.on("footprint/1m/").first)
        // Row volumes 110, 55, 23: the median is 55. 100 at the bid stand against the empty row too.
        #expect(bar.prices(.buyImbalance) == [])
        #expect(bar.prices(.sellImbalance) == [100])
        #expect(bar.rows.count == 3)
    }

    @Test(
        arguments: [(50, false, [100.5]), (51, false, []), (0, true, []), (50, true, [])] as [(Int64, Bool, [Double])])
    func `needs a minimum where the other side has nothing`(
        minimum: Int64, ignoresZeros: Bool, buy: [Double]
    ) throws {
        var trial = footprints([60]) {
            $0.minimumVolume = minimum * Price.scale
            $0.ignoreZeros = ignoresZeros
        }
        trial.fill(from: 1, [(100, 30, 10), (100.5, 5, 50)])
        trial.clock(60)
        #expect(try #require(trial.on("footprint/1m/").first).prices(.buyImbalance) == buy)
    }

    @Test func `takes the mean of both middle rows as median`() throws {
        // Volumes 2, 10, 20, 40: the median is 15, and one of 14 is not enough.
        for (ask, isThere) in [(14, false), (15, true)] as [(Int64, Bool)] {
            var trial = footprints([60])
            trial.fill(from: 1, [(100, 0, ask), (101, 20 - ask, 0), (102, 10, 0), (103, 1, 1), (104, 40, 0)])
            trial.trade(2, 100, 20 - ask)
            trial.trade(3, 101, ask)
            trial.clock(60)
            let bar = try #require(trial.on("footprint/1m/").first)
            #expect(bar.rows.map { $0.bid + $0.ask + $0.neutral } == [20, 20, 10, 2, 40])
            #expect(!bar.prices(.buyImbalance).contains(100))
            // Five rows have a middle: 20. Without the second there are four.
            var four = footprints([60])
            four.fill(from: 1, [(100, 0, ask), (102, 10, 0), (103, 1, 1), (104, 40, 0)])
            four.trade(2, 100, 20 - ask)
            four.clock(60)
            #expect(try #require(four.on("footprint/1m/").first).prices(.buyImbalance).contains(100) == isThere)
        }
    }

    @Test func `runs through the extremes of delta as vector D1 says`() throws {
        var trial = footprints([60])
        for (index, flow) in [10, -4, 3, -15, 2].enumerated() {
            trial.trade(Double(index + 1), 100, Int64(abs(flow)), flow > 0 ? .buy : .sell)
        }
        trial.clock(60)
        let bar = try #require(trial.on("footprint/1m/").first).footprint
        #expect(bar.delta == -4 && bar.maxDelta == 10 && bar.minDelta == -6)
        #expect(bar.deltaShare == -4.0 / 34)
    }

    @Test func `has the statistics of its bar`() throws {
        var trial = footprints([60])
        trial.trade(1, 100, 10, .buy)
        trial.trade(2, 100.5, 4, .sell)
        trial.trade(3, 99.5, 6, .sell, method: .tick)
        trial.trade(4, 100.25, 20, .unknown)
        trial.trade(5, 99.5, 1, .buy)
        trial.clock(60)
        let update = try #require(trial.on("footprint/1m/").first)
        let bar = update.footprint
        #expect([bar.open, bar.high, bar.low, bar.close] == [100, 100.5, 99.5, 99.5].map(AnalyticTrial.billionths))
        #expect([bar.volume, bar.buy, bar.sell, bar.neutral, bar.trades] == [41, 11, 10, 20, 5])
        #expect(bar.control == AnalyticTrial.billionths(100.25) && bar.controlVolume == 20)
        // From 100.25 with 20: above 4, below 10 and 0 are the larger pair, 30 of 41 are enough.
        #expect(bar.areaHigh == AnalyticTrial.billionths(100.25) && bar.areaLow == AnalyticTrial.billionths(99.75))
        #expect(bar.areaVolume == 30)
        #expect(bar.change == -0.005 && bar.firstNumber == 1 && bar.lastNumber == 5)
        #expect(bar.volumeWeightedPrice == (1000.0 + 402 + 597 + 2005 + 99.5) / 41)
        // 100.00 and 100.50 have one side each, 99.50 both, 100.25 none.
        #expect(bar.zeroPrints == 2 && update.prices(.zeroPrint) == [100, 100.5])
        #expect(bar.unfinishedHigh == 0 && bar.unfinishedLow == 1)
        #expect(update.prices(.control) == [100.25])
        #expect(update.head.inferredShare == 6.0 / 21 && update.head.flags == [])
    }

    @Test func `makes no bar where nothing was traded and ends one trade's bar in silence`() throws {
        var trial = footprints([60, 300])
        trial.trade(61, 100, 5, .buy)
        // Three ends of the shorter width and one of the longer pass at once.
        trial.clock(400)
        #expect(trial.on("footprint/1m/").count == 1 && trial.on("footprint/5m/").count == 1)
        let short = try #require(trial.said.first)
        #expect(short.topic == "footprint/1m/" && short.head.isFinal && short.head.revision == 0)
        #expect(short.head.start.nanoseconds == AnalyticTrial.time(60))
        #expect(short.head.end.nanoseconds == AnalyticTrial.time(120))
        #expect(short.rows.count == 1 && short.footprint.areaLow == short.footprint.areaHigh)
        trial.trade(401, 100, 5, .buy)
        trial.clock(500)
        #expect(trial.on("footprint/1m/").map(\.head.start.nanoseconds) == [60, 360].map(AnalyticTrial.time))
        #expect(trial.on("footprint/5m/").count == 1)
    }

    @Test func `counts windows from the session's open and cuts the last at its close`() throws {
        var settings = FootprintSettings()
        settings.widths = [.seconds(420)]
        var trial = AnalyticTrial([AnalyticChoice(Footprint.self, settings)], opens: false)
        trial.openSession(length: 500)
        trial.trade(419.9, 100, 5, .buy)
        trial.trade(420, 100, 5, .sell)
        trial.closeSession()
        trial.openSession(day: 1)
        trial.trade(86_400, 100, 1, .buy)
        trial.clock(86_400 + 420)
        let said = trial.on("footprint/7m/")
        #expect(said.map(\.head.start.nanoseconds) == [0, 420, 86_400].map(AnalyticTrial.time))
        #expect(said.map(\.head.end.nanoseconds) == [420, 500, 86_820].map(AnalyticTrial.time))
        #expect(said.allSatisfy { $0.head.isFinal && $0.footprint.trades == 1 })
    }

    @Test func `shows what grows once and only if it has changed`() throws {
        var trial = footprints([60])
        trial.show(0.5)
        trial.trade(1, 100, 5, .buy)
        trial.show(2)
        trial.show(3)
        trial.trade(3.5, 100, 5, .sell)
        trial.show(4)
        trial.show(5, isEnding: true)
        let said = trial.on("footprint/1m/")
        #expect(said.map(\.footprint.volume) == [5, 10] && said.allSatisfy { !$0.head.isFinal })
        #expect(said.allSatisfy { $0.head.reason == RevisionReason.live.rawValue })
        trial.clock(60)
        let last = try #require(trial.on("footprint/1m/").last)
        #expect(last.head.isFinal && last.head.reason == RevisionReason.none.rawValue && last.head.number == 3)
    }

    @Test func `says what was missed`() throws {
        var trial = footprints([60])
        trial.trade(1, 100, 5, .buy)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(10)), to: Timestamp(nanoseconds: AnalyticTrial.time(25)))
        trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(25))
        trial.stop(.gap)
        trial.trade(26, 100, 5, .buy)
        trial.clock(60)
        let head = try #require(trial.on("footprint/1m/").first).head
        #expect(head.coverage == 0.75 && head.gapSeconds == 15)
    }

    @Test func `merges rows in pairs where prices span too many`() throws {
        var trial = footprints([60], tick: 1) { $0.rowLimit = 16 }
        for price in 1...40 { trial.trade(Double(price), Double(price), 1, price % 2 == 0 ? .buy : .sell) }
        trial.clock(60)
        let update = try #require(trial.on("footprint/1m/").first)
        // 40 prices need rows of four: 0–3 holds three of them, 40 one.
        #expect(update.footprint.rowHeight == 4_000_000_000)
        #expect(update.rows.map { $0.bid + $0.ask } == [3] + Array(repeating: 4, count: 9) + [1])
        #expect(update.rows.map(\.price) == (0...10).map { $0 * 4_000_000_000 })
        #expect(update.head.flags == .coarsened)
        // The next bar begins with whole rows again.
        trial.trade(61, 5, 1, .buy)
        trial.clock(120)
        let next = try #require(trial.on("footprint/1m/").last)
        #expect(next.footprint.rowHeight == 1_000_000_000 && next.head.flags == [])
    }

    @Test func `holds the largest sizes and prices`() throws {
        var trial = footprints([60], tick: 1)
        let (most, high) = (Quantity.limit, Double(Price.limit) / 1e9)
        for side in [Side.buy, .sell, .unknown] {
            trial.trade(1, high, most, side)
            trial.trade(2, -high, most, side)
        }
        trial.clock(60)
        let bar = try #require(trial.on("footprint/1m/").first)
        #expect(bar.footprint.volume == 6 * most && bar.footprint.delta == 0 && bar.footprint.neutral == 2 * most)
        #expect(bar.rows.map(\.ask) == [most, most] && bar.rows.map(\.bid) == [most, most])
        #expect(bar.footprint.high == Price.limit && bar.footprint.low == -Price.limit)
    }

    @Test func `rows several ticks high hold the prices from their lower edge on, below zero too`() throws {
        var trial = footprints([60], tick: 0.25) { $0.rowTicks = 4 }
        for price in [-1.25, -1, -0.25, 0, 0.75, 1] { trial.trade(1, price, 1, .buy) }
        trial.clock(60)
        let update = try #require(trial.on("footprint/1m/").first)
        #expect(update.rows.map(\.price) == [-2, -1, 0, 1].map(AnalyticTrial.billionths))
        #expect(update.rows.map(\.ask) == [1, 2, 2, 1])
    }
}

// MARK: Settings and layout

@Suite struct `Footprint settings` {
    private func read(_ text: String) throws -> (settings: FootprintSettings, faults: [TopologyFault]) {
        SettingsReader.read(
            FootprintSettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("footprint")))
    }

    @Test func `are read, and have sensible defaults`() throws {
        let (plain, noFaults) = try read("{}")
        #expect(noFaults == [] && plain.widths == [.seconds(60), .seconds(300)] && plain.ratio == 3 * Price.scale)
        #expect(plain.horizon == .seconds(35) && plain.stack == 3 && !plain.ignoreZeros && plain.minimumVolume == 0)
        let (settings, faults) = try read(
            """
            { "widths": ["10s"], "rowTicks": 4, "ratio": 2.5, "minimumVolume": "0.5", "ignoreZeros": true, "stack": 4,
              "rowLimit": 64, "horizon": "off", "valueArea": 0.68 }
            """)
        #expect(faults == [] && settings.widths == [.seconds(10)] && settings.rowTicks == 4)
        #expect(settings.ratio == 2_500_000_000 && settings.minimumVolume == 500_000_000 && settings.ignoreZeros)
        #expect(settings.stack == 4 && settings.rowLimit == 64 && settings.horizon == .zero)
        #expect(settings.valueArea == 680_000_000)
        #expect(try read(Footprint.example).faults == [])
    }

    @Test(arguments: [
        #"{ "ratio": 0.5 }"#, #"{ "stack": 1 }"#, #"{ "widths": ["1ms"] }"#, #"{ "rowLimit": 8 }"#, #"{ "row": 1 }"#,
        #"{ "widths": ["1s","2s","3s","4s","5s","6s","7s","8s","9s"] }"#,
    ])
    func `refuse what makes no sense`(text: String) throws {
        #expect(try read(text).faults.count == 1)
    }

    @Test func `make two topics of each width`() {
        #expect(
            Footprint.topics(FootprintSettings()).map(\.prefix) == [
                "footprint/1m/", "zone/1m/", "footprint/5m/", "zone/5m/",
            ])
    }

    @Test func `fields tile the bodies and groups of all updates`() {
        for layout in Footprint.layouts + Exhaustion.layouts {
            for (fields, size) in [(layout.fields, layout.size)] + layout.groups.map({ ($0.fields, $0.size) }) {
                var next = 0
                for field in fields {
                    #expect(field.offset == next, "\(layout.kind) \(field.name)")
                    next += field.type.size
                }
                #expect(next == size && Set(fields.map(\.name)).count == fields.count, "\(layout.kind)")
                #expect(fields.allSatisfy { $0.meaning.hasSuffix(".") }, "\(layout.kind)")
            }
            #expect(layout.size % 8 == 0, "\(layout.kind)")
        }
        #expect((Footprint.layouts + Exhaustion.layouts).map(\.template) == [30, 31, 32])
    }
}
