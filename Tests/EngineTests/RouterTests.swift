import Analytics
import Market
import Memory
import Rings
import Testing

@testable import Engine
import TestPrograms

/// A router in front of one bank whose reading end the test holds.
private struct Dam {
    let reader = Shelf<BankReader<MarketEvent>>(capacity: 1)
    let counts = RouterCounts()
    let stopping = Signal()
    let roster: Roster
    let plan: RouterPlan

    init(symbols: Int, ring: Int, overflow: RouterOverflow, batchLimit: Int) {
        let writers = Shelf<BankWriter<MarketEvent>>(capacity: 1)
        let reader = reader
        RingBank<MarketEvent>(rings: symbols, capacity: ring, memory: 0, flightLimit: RouterLimits.batch)
            .split { writer, end in
                writers.append(writer)
                reader.append(end)
            }
        roster = Roster(limit: symbols) { _, _ in [] }
        plan = RouterPlan(
            writers: writers, lanes: [LaneDesk(takesVisits: false)], symbols: FeedSymbols(), roster: roster,
            laneRosters: [
                LaneRoster(
                    limit: symbols, tag: 0, enlist: { _ in }, fail: { _ in }, tell: { _ in }, noteFault: { _ in })
            ],
            instrument: instrument(), symbolLimit: symbols,
            overflow: overflow, batchLimit: batchLimit, stopping: stopping, counts: counts,
            controls: ControlDesk(AnalyticPlan([])))
    }

    func drain(atMost limit: Int = .max) -> [MarketEvent] {
        var events: [MarketEvent] = []
        let ready = min(reader[0].ready(), limit)
        for index in 0..<ready {
            let visit = reader[0].visit(index)
            reader[0].forEach(of: visit) { events.append($0) }
            reader[0].release(visit)
        }
        reader[0].finish(ready)
        return events
    }
}

@Suite struct RouterTests {
    @Test(arguments: 0..<UInt64(20 + campaign))
    func `a refused event is in exactly one gap before the next that is accepted`(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        let symbols = 1 + chance.below(4)
        let dam = Dam(
            symbols: symbols, ring: 2 << chance.below(4), overflow: .dropNewest, batchLimit: 1 + chance.below(9))
        var router = Router(dam.plan)
        for symbol in 0..<symbols { _ = router.directory.entry(for: "S\(symbol)") }
        var taken: [MarketEvent] = []
        var owners: [UInt32] = []
        for step in 0..<400 {
            let symbol = UInt32(chance.below(symbols))
            router.route(Make.trade(Double(step), 100, 1, symbol: symbol))
            owners.append(symbol)
            if chance.below(12) == 0 { router.publish() }
            if chance.below(20) == 0 { taken += dam.drain(atMost: chance.below(6)) }
        }
        router.publish()
        taken += dam.drain()
        // The last word to each symbol carries the gap that may still be owed.
        for symbol in 0..<UInt32(symbols) {
            router.route(Make.clock(500, symbol: symbol))
            owners.append(symbol)
        }
        router.publish()
        taken += dam.drain()
        let offered = owners.count
        #expect(dam.counts.accepted.value + dam.counts.refused.value == offered)
        #expect(dam.counts.gaps.value == taken.count { $0.kind == .gap })
        #expect(dam.counts.accepted.value == taken.count { $0.kind != .gap })
        for symbol in 0..<UInt32(symbols) { checkStream(taken.filter { $0.symbol == symbol }, owners, symbol) }
    }

    /// Accepted events and gaps together tell every number of the symbol, in order.
    private func checkStream(_ events: [MarketEvent], _ owners: [UInt32], _ symbol: UInt32) {
        var owed = owners.indices.filter { owners[$0] == symbol }.map { UInt64($0 + 1) }[...]
        var before: EventKind?
        for event in events {
            if event.kind == .gap {
                #expect(before != .gap)
                #expect(event.gapCause == .ring)
                let lost = owed.prefix { $0 <= event.gapLast }
                #expect(lost.first == event.gapFirst)
                #expect(lost.last == event.gapLast)
                #expect(UInt64(lost.count) == event.gapCount)
                owed = owed.dropFirst(lost.count)
            } else {
                #expect(owed.first == event.sequence)
                owed = owed.dropFirst()
            }
            before = event.kind
        }
        #expect(owed.isEmpty)
    }

    @Test func `clocks and ends of input wait where trades are refused`() {
        let dam = Dam(symbols: 1, ring: 4, overflow: .dropNewest, batchLimit: 1)
        let done = Signal()
        let source = OwnThread { [dam, done] in
            var router = Router(dam.plan)
            _ = router.directory.entry(for: "A")
            for second in 0..<6 { router.route(Make.trade(Double(second), 100, 1)) }
            dam.stopping.raise()
            router.announce(Make.time(7), receiveTime: Make.time(7))
            router.end(at: Make.time(8))
            done.raise()
        }
        var taken: [MarketEvent] = []
        var patience = 0
        while !done.isRaised {
            if taken.isEmpty, dam.counts.refused.value < 2 { Seat.wait(300) } else { taken += dam.drain() }
            patience += 1
            Seat.wait(patience)
        }
        taken += dam.drain()
        #expect(taken.map(\.kind) == [.trade, .trade, .trade, .trade, .gap, .clock, .control])
        #expect(dam.counts.refused.value == 2)
        _ = source
    }

    @Test func `a source that waits is let go when the run is to end, and loses what it holds`() {
        let dam = Dam(symbols: 1, ring: 4, overflow: .wait, batchLimit: 1)
        var router = Router(dam.plan)
        _ = router.directory.entry(for: "A")
        dam.stopping.raise()
        for second in 0..<6 { router.route(Make.trade(Double(second), 100, 1)) }
        #expect(dam.counts.accepted.value == 4)
        #expect(dam.counts.refused.value == 2)
    }

    @Test func `symbols beyond the limit are refused by name and counted by event`() {
        let dam = Dam(symbols: 2, ring: 4, overflow: .wait, batchLimit: 1)
        let router = Router(dam.plan)
        let directory = router.directory
        #expect(directory.entry(for: "A")?.index == 0)
        #expect(directory.entry(for: "B")?.index == 1)
        for _ in 0..<3 { #expect(directory.entry(for: "C") == nil) }
        #expect(directory.entry(for: "A")?.index == 0)
        #expect(dam.roster.refusedSymbols.names == ["C"])
        #expect(dam.roster.refusedSymbols.events == 3)
        let count = router.symbolCount
        #expect(count == 2)
    }

    @Test func `a symbol that was never named stops the source`() async {
        await #expect(processExitsWith: .failure) {
            let dam = Dam(symbols: 2, ring: 4, overflow: .wait, batchLimit: 1)
            var router = Router(dam.plan)
            _ = router.directory.entry(for: "A")
            router.route(Make.trade(1, 100, 1, symbol: 1))
        }
    }
}
