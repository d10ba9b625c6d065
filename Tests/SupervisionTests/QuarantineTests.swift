import Engine
import Foundation
import TestPrograms
import Testing

/// A symbol that breaks, and all others.
@Suite struct `A broken symbol` {
    private static let symbol = "SIM02"

    /// The digests of a run in which nothing goes wrong.
    private static let undisturbed = Result {
        let trial = try FaultTrial()
        let outcome = try trial.run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(trial.marks.isEmpty, "a run that ends in order leaves no marks")
        return try trial.digests()
    }

    private static func calm() throws -> [String: String] { try undisturbed.get() }

    /// Every topic of the others, and of the broken one whatever is not of its quality.
    private static func others(_ digests: [String: String]) -> [String: String] {
        digests.filter { $0.key.hasSuffix("/") && !$0.key.hasSuffix("/\(symbol)/") }
    }

    private static func own(_ digests: [String: String]) -> [String: String] {
        digests.filter { $0.key.hasSuffix("/\(symbol)/") && !$0.key.hasPrefix("quality/") }
    }

    /// How many updates there are of the broken one's quality.
    private static func qualities(_ digests: [String: String]) -> Int {
        digests["quality/\(symbol)/"]?.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }

    @Test(arguments: ["trap", "abort", "recursion", "address"])
    func `whose event ends the process twice is left out, and the others say what they always said`(
        deed: String
    ) throws {
        let calm = try Self.calm()
        let trial = try FaultTrial()
        try trial.plant("\(deed) 1 5000")
        for end in 1...2 {
            let outcome = try trial.run()
            #expect(outcome.isSignal, "\(deed), end \(end): \(outcome.status) \(outcome.errors)")
            #expect(try trial.faults.read().broken.isEmpty)
        }
        let third = try trial.run()
        #expect(third.status == 0 && !third.isSignal, "\(third.errors)")
        #expect(third.errors.contains("SIM02 is broken at event "), "\(third.errors)")
        let digests = try trial.digests()
        #expect(Self.others(digests) == Self.others(calm))
        #expect(Self.own(digests) != Self.own(calm))
        let faults = try trial.faults.read().broken
        #expect(faults.map(\.symbol) == [Self.symbol])
        #expect(faults.first.map { $0.place.number >= 5_000 && $0.ends == 2 } ?? false, "\(faults)")
        // Once more, from snapshots, and with the fault gone: it stays as it is until somebody releases it.
        try trial.plant(nil)
        #expect(try trial.run().status == 0)
        #expect(try trial.digests() == digests)
        // Released, it is made again from the journal.
        try trial.faults.change { _ = $0.release(Self.symbol) }
        #expect(try trial.run().status == 0)
        let healed = try trial.digests()
        #expect(Self.others(healed) == Self.others(calm))
        #expect(Self.own(healed) == Self.own(calm))
        // What it said where it broke is said beside all that it would have said.
        #expect(Self.qualities(healed) > Self.qualities(calm), "\(healed["quality/SIM02/"] ?? "none")")
        #expect(try trial.run().status == 0)
        #expect(try trial.digests() == healed)
    }

    @Test func `that says so itself is left out without a restart`() throws {
        let calm = try Self.calm()
        let trial = try FaultTrial()
        try trial.plant("fail 1 5000")
        let first = try trial.run()
        #expect(first.status == 0 && !first.isSignal, "\(first.errors)")
        #expect(first.errors.contains("the planted fault of trade"), "\(first.errors)")
        let digests = try trial.digests()
        #expect(Self.others(digests) == Self.others(calm))
        #expect(Self.own(digests) != Self.own(calm))
        let faults = try trial.faults.read().broken
        #expect(faults.map(\.symbol) == [Self.symbol] && faults.first?.ends == 0, "\(faults)")
        for fault in ["fail 1 5000", nil] {
            try trial.plant(fault)
            #expect(try trial.run().status == 0)
            #expect(try trial.digests() == digests, "after a restart with \(fault ?? "no fault")")
        }
    }

    @Test func `is broken at the same event wherever its list is taken`() throws {
        let trial = try FaultTrial()
        try trial.plant("trap 1 5000")
        for _ in 1...2 { _ = try trial.run() }
        #expect(try trial.run().status == 0)
        let digests = try trial.digests()
        let copy = try FaultTrial()
        let list = try trial.faults.read()
        try copy.faults.change { $0 = list.unbound }
        #expect(try copy.run().status == 0)
        #expect(try copy.digests() == digests)
    }

    @Test func `is whole where its events are those of another journal`() throws {
        let calm = try Self.calm()
        let trial = try FaultTrial()
        try trial.plant("fail 1 5000")
        #expect(try trial.run().status == 0)
        let broken = try trial.digests()
        try trial.plant(nil)
        try trial.forgetJournals()
        let anew = try trial.run()
        #expect(anew.status == 0 && anew.errors.contains("SIM02 broke at event "), "\(anew.errors)")
        #expect(anew.errors.contains("which is not here any more"), "\(anew.errors)")
        #expect(try trial.digests() == calm)
        // One of before journals were named in it is of whatever journal there is, and from then on of that one.
        try trial.forgetJournals()
        try trial.faults.change { $0 = $0.unbound }
        #expect(try trial.run().status == 0)
        #expect(try trial.digests() == broken)
        #expect(try trial.faults.read().faults.allSatisfy { $0.journal != nil })
    }

    @Test func `is given up where keeping its past costs too much, and begins anew when it is released`() throws {
        let keeping = #", "keepBytes": 1, "limitBytes": 400000, "segmentBytes": 65536"#
        let trial = try FaultTrial(speed: "4x", keeping: keeping)
        try trial.plant("fail 1 2000")
        let first = try trial.run()
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("flow: given up SIM02: "), "\(first.errors)")
        #expect(try trial.faults.read().broken.map(\.standing) == [.givenUp])
        // It takes some rounds of snapshots more until the first segment goes.
        for events in [16_000, 20_000, 24_000] where trial.isWhole {
            try trial.extend(to: events)
            #expect(try trial.run().status == 0)
        }
        #expect(!trial.isWhole, "\(trial.segments)")
        // What was said before it broke is said, and nothing behind it.
        let broken = try trial.updates(of: Self.symbol)
        #expect(broken.count > 5)
        #expect(try trial.run().status == 0)
        #expect(try trial.updates(of: Self.symbol) == broken)
        // Released, it goes on behind the journal's end with the next numbers.
        try trial.plant(nil)
        try trial.faults.change { _ = $0.release(Self.symbol) }
        try trial.extend(to: 30_000)
        let last = try trial.run()
        #expect(last.status == 0 && last.errors.contains("SIM02 was given up: it begins anew"), "\(last.errors)")
        let after = try trial.updates(of: Self.symbol)
        for (topic, count) in broken { #expect(after[topic, default: 0] >= count, "\(topic)") }
        #expect(after["candle/1s/SIM02/", default: 0] > broken["candle/1s/SIM02/", default: 0], "\(after)")
        let quality = after["quality/SIM02/", default: 0]
        #expect(quality >= broken["quality/SIM02/", default: 0] + 2, "broken, then right again: \(after)")
        #expect(try trial.run().status == 0)
        #expect(try trial.updates(of: Self.symbol) == after)
    }

    @Test func `is nobody where the process is killed at any moment`() throws {
        let calm = try Self.calm()
        let trial = try FaultTrial(speed: "8x")
        var chance = SeededChance(seed: 77 + Campaign.seed)
        for _ in 0..<Campaign.rounds(8, each: 10) {
            try trial.kill(after: UInt32.random(in: 30_000...400_000, using: &chance))
        }
        let last = try trial.run()
        #expect(last.status == 0, "\(last.errors)")
        #expect(try trial.faults.read().faults.isEmpty)
        #expect(try trial.digests() == calm)
    }
}
