import Analytics
import Market
import Testing
import TestPrograms

private func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * Timestamp.second) }
private let session = Session(open: at(-1000), close: at(100_000), date: 20_240_101)

@Suite struct `Gap ledger` {
    @Test func `vector QL1 takes halts out and counts gaps once`() {
        var ledger = GapLedger()
        ledger.addGap(from: at(10), to: at(15))
        ledger.addGap(from: at(12), to: at(20))
        ledger.openHalt(at: at(30))
        ledger.closeHalt(at: at(40))
        let coverage = ledger.coverage(from: at(0), to: at(60), in: session)
        #expect(coverage.elapsed == 50 * Timestamp.second)
        #expect(coverage.gapSeconds == 10)
        #expect(coverage.share == 0.8)
    }

    @Test func `nothing declared is whole, and the window is cut to the session`() {
        var ledger = GapLedger()
        #expect(ledger.isEmpty)
        #expect(
            ledger.coverage(from: at(-5000), to: at(-900), in: session)
                == Coverage(
                    elapsed: 100 * Timestamp.second, gap: 0))
        #expect(ledger.coverage(from: at(200_000), to: at(300_000), in: session).share == 1)
        ledger.addGap(from: at(5), to: at(5))
        ledger.addGap(from: at(6), to: at(5))
        #expect(ledger.isEmpty)
        ledger.addGap(from: at(-1000), to: at(0))
        #expect(ledger.coverage(from: at(-1000), to: at(1000), in: session).share == 0.5)
        ledger.startSession()
        #expect(ledger.isEmpty)
    }

    @Test func `a halt that has not ended takes all time from its start, across a session's start`() {
        var ledger = GapLedger()
        ledger.openHalt(at: at(30))
        ledger.openHalt(at: at(35))
        ledger.startSession()
        #expect(ledger.isHalted)
        #expect(ledger.coverage(from: at(0), to: at(60), in: session).elapsed == 30 * Timestamp.second)
        #expect(ledger.coverage(from: at(40), to: at(60), in: session) == Coverage(elapsed: 0, gap: 0))
        ledger.closeHalt(at: at(50))
        #expect(ledger.coverage(from: at(40), to: at(60), in: session).elapsed == 10 * Timestamp.second)
    }

    @Test func `lengths are those of a calendar of single seconds, in two thousand sequences`() {
        var chance = SeededChance(seed: 8)
        for sequence in 0..<2_000 {
            var ledger = GapLedger()
            var missing = [Bool](repeating: false, count: 120)
            var halted = missing
            for _ in 0..<chance.below(12) {
                let from = chance.below(110)
                let to = from + chance.below(10)
                if chance.below(3) == 0 {
                    ledger.openHalt(at: at(Int64(from)))
                    ledger.closeHalt(at: at(Int64(to)))
                    for second in from..<to { halted[second] = true }
                } else {
                    ledger.addGap(from: at(Int64(from)), to: at(Int64(to)))
                    for second in from..<to { missing[second] = true }
                }
            }
            let from = chance.below(60)
            let to = from + chance.below(60)
            let found = ledger.coverage(from: at(Int64(from)), to: at(Int64(to)), in: session)
            let elapsed = (from..<to).filter { !halted[$0] }.count
            let gap = (from..<to).filter { !halted[$0] && missing[$0] }.count
            #expect(found.elapsed == Int64(elapsed) * Timestamp.second, "sequence \(sequence)")
            #expect(found.gap == Int64(gap) * Timestamp.second, "sequence \(sequence)")
        }
    }

    @Test func `at the limit the two closest gaps become one`() {
        var ledger = GapLedger()
        for index in Int64(0)..<64 { ledger.addGap(from: at(index * 100), to: at(index * 100 + 10)) }
        #expect(ledger.gaps.count == 64 && ledger.joined == 0)
        ledger.addGap(from: at(6_315), to: at(6_320))
        #expect(ledger.gaps.count == 64 && ledger.joined == 1)
        let coverage = ledger.coverage(from: at(6_300), to: at(6_400), in: session)
        #expect(coverage.gapSeconds == 20)
        for index in Int64(100)..<400 { ledger.addGap(from: at(index * 100), to: at(index * 100 + 10)) }
        #expect(ledger.gaps.count == 64)
    }
}
