import Analytics
import Engine
import Market
import Memory
import TestPrograms
import Testing
import Updates

/// A state that is written down and taken back goes on as if nothing had been.
@Suite struct RestartTests {
    /// Plays a market with a restart in it; what differs, and what was said on which topics behind the restart.
    private func restart(
        _ analytics: [AnalyticChoice], seed: UInt64, length: Int
    ) throws -> (difference: String?, kinds: Set<String>) {
        let market = try RestartMarket(seed: seed, length: length)
        let settings = RestartTrial.settings(analytics, seed: seed)
        var chance = SeededChance(seed: seed ^ 0x5EED)
        let cut = 1 + chance.below(market.events.count - 1)
        var whole = try RestartTrial.flow(settings)
        _ = whole.play(Array(market.events[..<cut]))
        let bytes = whole.save(0, sequence: UInt64(cut))
        let expected = whole.play(Array(market.events[cut...]))
        var second = try RestartTrial.flow(settings, behind: cut)
        let restoration = try second.restore(0, from: bytes)
        #expect(restoration.isWhole && restoration.sequence == UInt64(cut))
        // What was taken back has the same effect when it is written down again.
        let again = second.save(0, sequence: UInt64(cut))
        #expect(again.count == bytes.count)
        var third = try RestartTrial.flow(settings, behind: cut)
        _ = try third.restore(0, from: again)
        let said = second.play(Array(market.events[cut...]))
        let difference =
            RestartTrial.difference(expected, said)
            ?? RestartTrial.difference(expected, third.play(Array(market.events[cut...])))
        return (difference, Set(expected.map { String($0.topic.prefix { $0 != "/" }) }))
    }

    /// Plays a market with many restarts in it; what differs.
    private func restarts(_ analytics: [AnalyticChoice], seed: UInt64, length: Int) throws -> String? {
        let market = try RestartMarket(seed: seed, length: length)
        let settings = RestartTrial.settings(analytics, seed: seed)
        var whole = try RestartTrial.flow(settings)
        let expected = whole.play(market.events)
        var broken = try RestartTrial.flow(settings)
        var chance = SeededChance(seed: seed ^ 0x5EED)
        var said: [Said] = []
        var rest = market.events[...]
        while !rest.isEmpty {
            // Often between the halves of a correction too.
            let end = rest.firstIndex { $0.kind == .cancel && $0.marks.contains(.replaced) } ?? rest.endIndex
            let part = rest.prefix(min(1 + chance.below(80), end - rest.startIndex + 1))
            said += broken.play(Array(part))
            rest = rest.dropFirst(part.count)
            let bytes = broken.save(0, sequence: 0)
            #expect(try broken.restore(0, from: bytes).isWhole)
        }
        return RestartTrial.difference(expected, said)
    }

    @Test func `what the state itself computes goes on behind restarts as without one`() throws {
        for seed in 0..<UInt64(Campaign.rounds(10, each: 60)) {
            let difference = try restarts([], seed: seed, length: 2_200)
            #expect(difference == nil, "seed \(seed)")
        }
    }

    @Test(arguments: RestartTrial.choices.map(\.name))
    func `an analytic alone goes on behind a restart as without one`(name: String) throws {
        for seed in 0..<UInt64(Campaign.rounds(4, each: 30)) {
            // Some read what others leave on the board or the bars that they make.
            let others = ["indicators": ["bars"], "signals": ["footprint", "absorption", "state"]][name] ?? []
            let chosen = try RestartTrial.choices.map(\.name).filter { $0 == name || others.contains($0) }
                .map(RestartTrial.choice)
            let difference = try restarts(chosen, seed: seed, length: 2_200)
            #expect(difference == nil, "\(name), seed \(seed)")
        }
    }

    /// Bars of money take each trade at once, and all others with them: here there are none.
    @Test func `trades that wait for their bars go on behind a restart`() throws {
        let kind = try #require(AnalyticCatalogue.all.first { $0.name == "bars" })
        let bars = try RestartTrial.read(kind, #"{ "tick": [40], "volume": ["3000"] }"#)
        for seed in 0..<UInt64(Campaign.rounds(6, each: 60)) {
            let difference = try restarts([bars], seed: seed, length: 2_200)
            #expect(difference == nil, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<UInt64(Campaign.rounds(6, each: 60)))
    func `all analytics go on in another process as without one`(seed: UInt64) throws {
        let all = try RestartTrial.choices.map { try RestartTrial.choice($0.name) }
        let difference = try restart(all, seed: seed, length: 3_000).difference
        #expect(difference == nil, "seed \(seed)")
    }

    @Test func `every kind of update is among what is compared`() throws {
        let all = try RestartTrial.choices.map { try RestartTrial.choice($0.name) }
        var kinds: Set<String> = []
        for seed in 0..<UInt64(3) { kinds.formUnion(try restart(all, seed: seed, length: 3_000).kinds) }
        let wanted = Set(all.flatMap(\.topics).map { String($0.prefix.prefix { $0 != "/" }) })
        #expect(wanted.subtracting(kinds) == [])
    }
}
