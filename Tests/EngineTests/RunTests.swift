import Analytics
import Engine
import Market
import Rings
import Testing
import Updates
import TestPrograms

/// Trades of nine symbols with clocks between them.
private struct Crowd {
    let names = (0..<9).map { "S\($0)" }
    var events: [MarketEvent] = []

    init(trades: Int) {
        var chance = SeededChance(seed: 5)
        for number in 0..<trades {
            let second = Double(number) * 0.013
            let side = Side(rawValue: UInt8(chance.below(3))) ?? .unknown
            let late = chance.below(20) == 0 ? Double(chance.below(3_000)) / 1_000 : 0
            events.append(
                Make.trade(
                    second - late + 10, 9_990 + Int64(chance.below(20)), 1 + Int64(chance.below(300)), side,
                    symbol: UInt32(chance.below(chance.below(2) == 0 ? 9 : 2))))
            guard number % 77 == 76 else { continue }
            for symbol in 0..<9 { events.append(Make.clock(second.rounded(.down) + 10, symbol: UInt32(symbol))) }
        }
    }

    static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(1), .seconds(5)])
        settings.delta = BarSettings(widths: [.seconds(1)])
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.print = PrintSettings()
        settings.republished = [.trade]
        return settings
    }
}

@Suite struct RunTests {
    @Test func `the same events say the same, whatever the bursts and the lanes are`() async throws {
        let crowd = Crowd(trades: 1_500)
        var digests: [[String: [UInt8]]] = []
        for burst in [1, 7, 64, 1_024] {
            var settings = Crowd.settings
            settings.ring = 4_096
            settings.batchLimit = burst
            var flow = SoloFlow(settings: settings, instrument: instrument())
            for name in crowd.names { _ = flow.router.directory.entry(for: name) }
            digests.append(flow.play(crowd.events + (0..<9).map { Make.end(29.49, symbol: $0) }, burst: burst).digest)
        }
        for lanes in [1, 2, 4] {
            var settings = Crowd.settings
            settings.lanes = lanes
            settings.batchLimit = 1 + lanes * 30
            let record = Record()
            let source = PreparedSource(symbols: crowd.names, events: crowd.events, end: 29.49)
            let run = Run.of(settings, sources: [source], sinks: [.of { RecordingSink(record) }])
            try await run.run()
            digests.append(record.said.digest)
            let counts = run.counts()
            #expect(counts.sources[0].accepted == crowd.events.count + 9)
            #expect(counts.sources[0].refused == 0)
            #expect(counts.flows[0].events == counts.sources[0].accepted)
            #expect(counts.flows[0].symbols == 9)
            #expect(counts.links[0].offered == record.said.count)
            #expect(counts.links[0].delivered == record.said.count)
            #expect(counts.links[0].dropped == 0)
            #expect(record.closed.value == 1)
            #expect(record.flushed.value > 0)
        }
        #expect(digests[0].count > 60)
        #expect(digests.allSatisfy { $0 == digests[0] })
    }

    @Test func `a link carries the topics and symbols that its edge names`() async throws {
        let crowd = Crowd(trades: 600)
        let (some, all) = (Record(), Record())
        let source = PreparedSource(symbols: crowd.names, events: crowd.events)
        let run = Run.of(
            Crowd.settings, sources: [source],
            sinks: [
                .of("some", topics: ["candle/5s/", "trade/S1/", "delta/1s/S/"]) { RecordingSink(some) },
                .of("all") { RecordingSink(all) },
            ])
        try await run.run()
        let wanted = all.said.filter { $0.topic == "candle/5s/" || $0.topic == "trade/" && $0.symbol == 1 }
        #expect(some.said.digest == wanted.digest)
        #expect(!wanted.isEmpty)
    }

    @Test func `a sink that cannot be opened ends the run before any source starts`() async {
        let source = PreparedSource(symbols: ["A"], events: [Make.trade(1, 100, 1)])
        let record = Record()
        let run = Run.of(
            Crowd.settings, sources: [source],
            sinks: [.of("good") { RecordingSink(record) }, .of("bad") { throw Mishap("open") }])
        await #expect(throws: Mishap("open")) { try await run.run() }
        #expect(!source.ended.isRaised)
        #expect(record.closed.value == 1)
        #expect(record.said.isEmpty)
    }

    @Test func `a source that fails ends the run with its error, after everything it said was delivered`() async {
        let record = Record()
        let events = Crowd(trades: 300).events
        // It names its symbol first too, so that this has the number 0.
        let endless = EndlessSource()
        let failing = PreparedSource(
            symbols: Crowd(trades: 0).names, events: events, failure: Mishap("feed"), after: endless.begun)
        // The endless source stands first: the failure of the second must stop it.
        let run = Run.of(
            Crowd.settings, sources: [endless, failing], sinks: [.of { RecordingSink(record) }])
        await #expect(throws: Mishap("feed")) { try await run.run() }
        let link = run.counts().links[0]
        #expect(link.inFlight == 0 && link.dropped == 0)
        #expect(record.said.on("trade/").count { $0.symbol > 0 } > 250)
        #expect(record.closed.value == 1)
    }

    @Test func `a sink that fails stops the run, and no lane waits for it`() async {
        let (bad, good) = (Record(), Record())
        let run = Run.of(
            Crowd.settings, sources: [EndlessSource()],
            sinks: [
                .of("bad") { RecordingSink(bad, failure: Mishap("disk")) }, .of("good") { RecordingSink(good) },
            ])
        await #expect(throws: Mishap("disk")) { try await run.run() }
        let counts = run.counts()
        #expect(counts.links[1].inFlight == 0 && counts.links[1].dropped == 0)
        #expect(counts.links[0].offered == counts.links[1].offered)
        #expect(bad.closed.value == 0)
        #expect(good.closed.value == 1)
    }

    @Test func `a run that is stopped drains and says its last words`() async throws {
        let (stopping, record) = (Signal(), Record())
        let run = Run.of(
            Crowd.settings, sources: [EndlessSource()], sinks: [.of { RecordingSink(record) }], stopping: stopping)
        async let running: Void = run.run()
        while !record.received.isRaised { try await Task.sleep(for: .milliseconds(1)) }
        stopping.raise()
        try await running
        let counts = run.counts()
        #expect(counts.links[0].inFlight == 0)
        #expect(counts.flows[0].events == counts.sources[0].accepted + counts.sources[0].gaps)
        #expect(record.said.last { $0.topic == "session/" } != nil)
        #expect(record.closed.value == 1)
    }

    /// Half a megabyte of rows each second: sixteen of them fill a link.
    private static var largeProfiles: (FlowSettings, [MarketEvent]) {
        var settings = FlowSettings()
        settings.profile = ProfileSettings()
        settings.profile?.rows = .seconds(1)
        let events = (0..<25).map { Make.trade(Double($0) + 0.5, $0 == 0 ? 100 : 30_000 + Int64($0), 1) }
        return (settings, events)
    }

    @Test func `a slow sink makes a waiting link wait`() async throws {
        let (settings, events) = RunTests.largeProfiles
        let record = Record()
        let source = PreparedSource(symbols: ["A"], events: events)
        let run = Run.of(
            settings, sources: [source], sinks: [.of { RecordingSink(record) { Seat.wait(1_000) } }])
        try await run.run()
        let profiles = record.said.on("profile/session/")
        #expect(profiles.map(\.head.number) == (1...UInt64(profiles.count)).map { $0 })
        #expect(profiles.count == 25)
        #expect(run.counts().links[0].dropped == 0)
    }

    @Test func `a slow sink behind a dropping link sees holes in the numbers`() async throws {
        let (settings, events) = RunTests.largeProfiles
        let record = Record()
        let source = PreparedSource(symbols: ["A"], events: events)
        let lanesDone = Signal()
        let run = Run.of(
            settings, sources: [source],
            sinks: [
                .of("slow", .dropNewest) {
                    RecordingSink(record) {
                        var patience = 256
                        while !lanesDone.isRaised, patience < 20_000 {
                            patience += 1
                            Seat.wait(patience)
                        }
                    }
                }
            ])
        async let running: Void = run.run()
        while run.counts().links[0].dropped == 0 { try await Task.sleep(for: .milliseconds(1)) }
        lanesDone.raise()
        try await running
        let link = run.counts().links[0]
        #expect(link.dropped > 0 && link.inFlight == 0)
        #expect(link.delivered == record.said.count)
        #expect(link.offered == link.delivered + link.dropped)
        let numbers = record.said.on("profile/session/").map(\.head.number)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(numbers.count < 25)
    }
}
