import Analytics
import Graph
import Market
import Memory
import TestPrograms
import Testing
import Updates

@testable import Engine

/// Says at an event that it cannot go on.
private struct Failing: Analytic {
    struct Settings: NodeSettings {
        var number: UInt64 = .max
        init(number: UInt64) { self.number = number }
        init(reading reader: inout SettingsReader) {}
    }

    static let name = "failing"
    static let meaning = "A fault"
    static let example = "{}"
    static let interests: Interests = [.trades]
    static let layouts: [UpdateLayout] = []
    static let version = 1
    static func topics(_ settings: Settings) -> [TopicEntry] { [] }

    private let settings: Settings

    init(_ settings: Settings, at place: AnalyticPlace) { self.settings = settings }

    mutating func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if trade.number >= settings.number { surroundings.fail("at \(trade.number)") }
    }

    mutating func archive(_ archive: inout Archive) {}
}

/// States that say that they cannot go on.
@Suite struct `A state that breaks` {
    private static func tape(_ seed: UInt64) -> [MarketEvent] {
        var chance = SeededChance(seed: seed + Campaign.seed)
        var time = 1.0
        return (0..<200).map { _ in
            time += Double(chance.below(1_500)) / 1_000
            switch chance.below(10) {
            case 0: return Make.clock(time.rounded())
            case 1: return Make.gap(time)
            default: return Make.trade(time, 100 + Int64(chance.below(5)), Int64(1 + chance.below(9)), .buy)
            }
        }
    }

    private static func said(_ tape: [MarketEvent], failingAt number: UInt64) -> [Said] {
        play(tape) { settings in
            settings.candles = BarSettings(widths: [.seconds(1), .seconds(10)])
            settings.weightedPrice = WeightedPriceSettings()
            settings.analytics = [AnalyticChoice(Failing.self, Failing.Settings(number: number))]
        }
    }

    @Test(arguments: 0..<UInt64(40 * Campaign.factor))
    func `says what it would have said up to there, once where, and nothing behind it`(seed: UInt64) throws {
        let tape = Self.tape(seed)
        var chance = SeededChance(seed: seed + 1_000)
        let number = UInt64(1 + chance.below(tape.count))
        let calm = Self.said(tape, failingAt: .max)
        let broken = Self.said(tape, failingAt: number)
        guard let fault = tape.indices.first(where: { tape[$0].isTrade && $0 + 1 >= Int(number) }),
            fault + 1 < tape.count
        else { return #expect(broken.map(\.bytes) == calm.map(\.bytes)) }
        // Event numbers are places from 1: the next event is the one that is not taken.
        let whole = Self.said(Array(tape[...fault]), failingAt: .max)
        #expect(broken.dropLast().map(\.bytes) == whole.map(\.bytes), "seed \(seed)")
        let last = try #require(broken.last)
        #expect(last.topic == "quality/", "seed \(seed)")
        let body = last.body(QualityUpdate.self)
        #expect(body.brokenAt == Int64(fault + 2) && body.marks.contains(.broken) && body.sound == 0, "seed \(seed)")
    }

    @Test(arguments: ["iceberg", "hidden"])
    func `does so for a size that is none, in place of a sum that no number holds`(name: String) throws {
        let kind = try #require(AnalyticCatalogue.all.first { $0.name == name })
        func quote(_ seconds: Double, _ size: Int64) -> MarketEvent {
            .quote(
                symbol: 0, venueTime: Make.time(seconds), receiveTime: Timestamp(nanoseconds: 0),
                bid: Price(billionths: 100_000_000_000), bidSize: Quantity(steps: size),
                ask: Price(billionths: 101_000_000_000), askSize: Quantity(steps: 1))
        }
        let tape = [
            Make.trade(1, 100, 5, .buy), quote(2, 10), quote(3, .max), quote(4, .min), Make.trade(5, 100, 5, .buy),
            Make.clock(10),
        ]
        let choice = try RestartTrial.read(kind, "{}")
        let said = play(tape) { settings in settings.analytics = [choice] }
        let body = try #require(said.on("quality/").last).body(QualityUpdate.self)
        #expect(body.marks.contains(.broken) && body.brokenAt == 4)
        #expect(said.last?.topic == "quality/")
    }

    @Test func `a list of faults is what was noted, as text too`() {
        var list = FaultList()
        let (one, two) = (EventPlace(number: 7, isTold: false), EventPlace(number: 7, isTold: true))
        #expect(one < two && two < EventPlace(number: 8, isTold: false))
        list.noteEnd(of: "A/B C", at: one, in: nil, reason: "signal 4")
        list.noteEnd(of: "A/B C", at: two, in: nil, reason: "signal 4")
        #expect(list.faults.map(\.ends) == [1], "another event is another fault")
        #expect(list.broken.isEmpty)
        list.noteEnd(of: "A/B C", at: two, in: nil, reason: "signal 11")
        #expect(list.broken.map(\.reason) == ["signal 11"])
        list.noteReturned(SymbolFault(symbol: "D", place: one, standing: .quarantined, ends: 0, reason: ""))
        #expect(FaultList(text: list.text) == list)
        #expect(list.release("A/B C") && !list.release("A/B C"))
        list.noteEnd(of: "A/B C", at: two, in: nil, reason: "signal 4")
        #expect(list.broken.map(\.symbol) == ["A/B C", "D"], "released, it has no second try")
        #expect(FaultList(text: "quarantined A 7 event 2") == nil && FaultList(text: "what A 7 event 2 x") == nil)
    }

    @Test func `a list of faults has a limit`() {
        var list = FaultList()
        let place = EventPlace(number: 1, isTold: false)
        for number in 0..<(FaultList.limit + 10) { list.noteEnd(of: "S\(number)", at: place, in: nil, reason: "") }
        #expect(list.faults.count == FaultList.limit)
        #expect(list.faults.first?.symbol == "S10")
        #expect(FaultList(text: list.text) == list)
    }

    @Test func `a fault is one of its journal alone, and one without a journal of the first that takes it`() throws {
        let place = EventPlace(number: 7, isTold: false)
        var list = FaultList()
        for _ in 1...2 { list.noteEnd(of: "A", at: place, in: 0xAB, reason: "x") }
        list.noteEnd(of: "A", at: place, in: 0xCD, reason: "x")
        #expect(list.faults.map(\.standing) == [.quarantined, .suspect], "another journal's event is another event")
        #expect(list.faults.map { $0.concerns(0xAB) } == [true, false])
        #expect(list.text.hasPrefix("quarantined A 7 event 2 x ab\n") && FaultList(text: list.text) == list)
        var old = try #require(FaultList(text: "quarantined A 7 event 2 x\n"))
        #expect(old.faults.map(\.journal) == [nil] && old.faults.allSatisfy { $0.concerns(1) && $0.concerns(2) })
        old.bind("A", to: 1)
        #expect(old.faults.map { $0.concerns(2) } == [false] && old.unbound.faults.map { $0.concerns(2) } == [true])
        #expect(FaultList(text: "quarantined A 7 event 2 x zz\n") == nil)
    }

    @Test func `what is given up is broken until it is released`() {
        let place = EventPlace(number: 7, isTold: false)
        var list = FaultList()
        for _ in 1...2 { list.noteEnd(of: "A", at: place, in: 1, reason: "x") }
        list.giveUp("A", in: 2)
        #expect(list.faults.map(\.standing) == [.quarantined])
        list.giveUp("A", in: 1)
        #expect(list.broken.map(\.standing) == [.givenUp] && FaultList(text: list.text) == list)
        #expect(list.release("A") && list.broken.isEmpty)
        list.giveUp("A", in: 1)
        #expect(list.faults.map(\.standing) == [.released], "nothing is kept for it any more")
    }

    @Test(arguments: 0..<UInt64(4 * Campaign.factor))
    func `what was given up begins anew with the numbers that come next`(seed: UInt64) throws {
        let market = try RestartMarket(seed: seed, length: 3_000)
        let settings = RestartTrial.settings([try RestartTrial.choice("footprint")], seed: seed)
        let cut = market.events.count / 2
        var whole = try RestartTrial.flow(settings)
        var last: [String: UInt64] = [:]
        for said in whole.play(Array(market.events[..<cut])) where said.symbol == 0 {
            last[said.topic] = said.head.number
        }
        let plan = FlowPlan(settings: settings)
        let made = EngineTests.instrument(try RestartMarket.calendar())
        let symbol = try #require(Symbol("TEST"))
        var state = SymbolState(
            entry: RosterEntry(index: 0, symbol: symbol, instrument: made(symbol)), plan: plan)
        var archive = Archive(restoring: whole.save(0, sequence: 7))
        var kept = Archive()
        var updates = Outbox()
        _ = try state.restore(&archive, into: &updates)
        state.saveNumbers(into: &kept, sequence: UInt64(cut))
        var anew = try RestartTrial.flow(settings, behind: cut)
        let restoration = try anew.restore(0, from: kept.array)
        #expect(restoration.isNumbersAlone && restoration.sequence == UInt64(cut))
        var first: [String: UInt64] = [:]
        for said in anew.play(Array(market.events[cut...])) where said.symbol == 0 && first[said.topic] == nil {
            first[said.topic] = said.head.number
        }
        #expect(first.count > 5, "seed \(seed)")
        for (topic, number) in first { #expect(number == last[topic, default: 0] + 1, "\(topic), seed \(seed)") }
    }
}
