import Analytics
import Market
import Testing
import TestPrograms

/// The percentile of the nearest rank, sorted each time anew.
private func nearestRank(_ sizes: ArraySlice<Int64>, _ share: Int64) -> Int64 {
    let sorted = sizes.sorted()
    return sorted[Int((Int64(sorted.count) * share + 999_999) / 1_000_000) - 1]
}

@Suite struct `Rolling sizes` {
    @Test func `the percentile is that of sorting the window, for rising, falling, equal and wild sizes`() {
        var chance = SeededChance(seed: 6)
        for shape in 0..<5 {
            for window in [1, 7, 100, 333] {
                for share in [Int64(995_000), 900_000, 500_000] {
                    compare(shape, window, share, &chance)
                }
            }
        }
    }

    private func compare(_ shape: Int, _ window: Int, _ share: Int64, _ chance: inout SeededChance) {
        var sizes = RollingSizes(window: window, shareInMillionths: share)
        var all: [Int64] = []
        for index in 0..<Campaign.rounds(500, each: 700) {
            let size: Int64 =
                switch shape {
                case 0: Int64(index)
                case 1: 10_000 - Int64(index)
                case 2: 5
                case 3: Int64(chance.below(10)) * 100
                default: chance.anyMagnitude(bits: 52)
                }
            sizes.add(size)
            all.append(size)
            let found = sizes.percentile
            let expected = nearestRank(all.suffix(window), share)
            if found != expected {
                Issue.record("shape \(shape), \(window), \(share), \(index): \(found), \(expected)")
            }
        }
    }

    @Test func `five thousand sizes and their top half percent`() {
        var chance = SeededChance(seed: 7)
        var sizes = RollingSizes(window: RollingSizes.standardWindow, shareInMillionths: 995_000)
        let nothing = sizes.memory
        #expect(nothing == 0)
        var all: [Int64] = []
        for index in 0..<16_000 {
            // Falling in the long run, so that the listed sizes leave first.
            let size = Int64(20_000 - index) * Int64(1 + chance.below(5))
            sizes.add(size)
            all.append(size)
            if index % 997 == 0 || index == 15_999 {
                let found = sizes.percentile
                #expect(found == nearestRank(all.suffix(RollingSizes.standardWindow), 995_000), "\(index)")
            }
        }
        let bytes = sizes.memory
        #expect(bytes < 45_000)
    }

    @Test func `a print is big by the sizes before it and by its notional`() {
        let sizes = RollingSizes(window: 1000, shareInMillionths: 995_000)
        // At least 100.00 of the quote currency; a step is one unit.
        var big = BigPrint(
            sizes: sizes, minimumCount: 200, minimumNotional: 100 * Price.scale, sizeStep: 1_000_000_000)
        let price = 2 * Price.scale
        for size in Int64(1)...200 {
            let early = big.judge(price: price, quantity: size == 100 ? 1_000_000 : 20)
            #expect(early == nil)
        }
        // Of 200 sizes the 199th is the percentile: 20.
        let threshold = big.threshold
        let small = big.judge(price: price, quantity: 19)
        let poor = big.judge(price: price, quantity: 49)
        let whole = big.judge(price: price, quantity: 50)
        let negative = big.judge(price: -price, quantity: 50)
        #expect(threshold == 20 && small == nil && poor == nil && whole == 49 && negative == 50)
    }
}
