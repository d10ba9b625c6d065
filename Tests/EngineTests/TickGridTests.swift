import Market
import Testing

@testable import Engine
import TestPrograms

@Suite struct TickGridTests {
    @Test(arguments: [1, 2, 3, 8, 250_000_000, 10_000_000, 31_250_000, 1_000_000_000, 7_777_777, Int64(1) << 60])
    func `a grid holds exactly the multiples of its tick`(tick: Int64) {
        var chance = SeededChance(seed: UInt64(tick))
        let grid = TickGrid(tick: tick)
        var wrong = 0
        for _ in 0..<5_000 {
            let any = chance.anyMagnitude(bits: 62) * (chance.below(2) == 0 ? 1 : -1)
            let near = any / tick * tick + Int64(chance.below(3) - 1)
            for price in [any, near, any / tick * tick] where grid.holds(price) != (price % tick == 0) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(grid.holds(0))
    }
}
