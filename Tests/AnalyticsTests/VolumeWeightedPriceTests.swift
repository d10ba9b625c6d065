import Analytics
import Market
import Testing
import TestPrograms

private typealias Fill = (price: Int64, quantity: Int64)

/// Sums over the distance from the first price, with numbers of any size. The moment as two parts, above and below.
private func sums(_ fills: [Fill]) -> (volume: Whole, above: Whole, below: Whole, square: Whole) {
    var (volume, above, below, square) = (Whole(0), Whole(0), Whole(0), Whole(0))
    for fill in fills {
        let distance = Int128(fill.price) - Int128(fills[0].price)
        let weighted = Whole(UInt64(distance.magnitude)) * Whole(UInt64(fill.quantity))
        volume = volume + Whole(UInt64(fill.quantity))
        if distance < 0 { below = below + weighted } else { above = above + weighted }
        square = square + weighted * Whole(UInt64(distance.magnitude))
    }
    return (volume, above, below, square)
}

/// Variance in squared billionths: (Q·Σqd² − (Σqd)²) / Q².
private func variance(_ fills: [Fill]) -> Double {
    let (volume, above, below, square) = sums(fills)
    let moment = above.double >= below.double ? above - below : below - above
    return (volume * square - moment * moment).double / (volume * volume).double
}

private func isClose(_ left: Double, _ right: Double, _ tolerance: Double) -> Bool {
    abs(left - right) <= tolerance * max(abs(left), abs(right))
}

private func whole(_ sum: WideSum) -> Whole { Whole(low: sum.low, middle: sum.middle, high: sum.high) }

@Suite struct `Volume-weighted price` {
    @Test func `vector V1 gives mean, variance and deviation`() {
        var price = VolumeWeightedPrice()
        for (units, quantity) in [(Int64(100), Int64(10)), (101, 20), (102, 30), (99, 40)] {
            price.add(price: units * Price.scale, quantity: quantity)
        }
        #expect(price.value == 100.4)
        #expect(price.variance == 1.64)
        #expect(isClose(price.deviation, 1.280_624_847_486_569_8, 1e-15))
        let band = price.band(2)
        #expect(isClose(band.upper, 100.4 + 2 * price.deviation, 1e-15))
        #expect(isClose(band.lower, 100.4 - 2 * price.deviation, 1e-15))
    }

    @Test func `nothing traded has no mean, and one price has no spread`() {
        #expect(VolumeWeightedPrice().value.isNaN)
        #expect(VolumeWeightedPrice().variance.isNaN)
        var price = VolumeWeightedPrice()
        for _ in 0..<3 { price.add(price: 61_800_300_000_001, quantity: 7) }
        #expect(price.value == 61_800.300000001)
        #expect(price.variance == 0)
    }

    @Test func `the sums are those of unlimited arithmetic, in ten thousand sequences at all magnitudes`() {
        var chance = SeededChance(seed: 3)
        for sequence in 0..<10_000 {
            let priceBits = 4 + chance.below(59)
            let fills: [Fill] = (0..<1 + chance.below(12)).map { _ in
                let magnitude = chance.anyMagnitude(bits: priceBits)
                let price = chance.below(2) == 0 ? magnitude : -magnitude
                return (price, min(Quantity.limit, chance.anyMagnitude(bits: 52) + 1))
            }
            var price = VolumeWeightedPrice()
            for fill in fills { price.add(price: fill.price, quantity: fill.quantity) }
            let expected = sums(fills)
            let moment =
                Whole(UInt64(truncatingIfNeeded: price.moment.magnitude))
                + Whole(UInt64(truncatingIfNeeded: price.moment.magnitude >> 64)) * Whole(1 << 63) * Whole(2)
            #expect(
                moment + (price.moment < 0 ? expected.above : expected.below)
                    == (price.moment < 0 ? expected.below : expected.above), "sequence \(sequence)")
            #expect(whole(price.square) == expected.square, "sequence \(sequence)")
            let spread = variance(fills) / 1e18
            #expect(isClose(price.variance, spread, 1e-9) || abs(price.variance - spread) < 1e-30, "\(sequence)")
        }
    }

    @Test func `what is taken out leaves no trace, in ten thousand sequences`() {
        var chance = SeededChance(seed: 4)
        for sequence in 0..<10_000 {
            var kept = VolumeWeightedPrice()
            var all = VolumeWeightedPrice()
            var gone: [Fill] = []
            for index in 0..<20 {
                let fill: Fill = (
                    chance.anyMagnitude(bits: 62) - chance.anyMagnitude(bits: 62), chance.anyMagnitude(bits: 50)
                )
                all.add(price: fill.price, quantity: fill.quantity)
                // The first one stays: both sums must have the same anchor to be compared.
                if index == 0 || chance.below(2) == 0 {
                    kept.add(price: fill.price, quantity: fill.quantity)
                } else {
                    gone.append(fill)
                }
            }
            for fill in gone { all.remove(price: fill.price, quantity: fill.quantity) }
            #expect(all == kept, "sequence \(sequence)")
        }
    }

    @Test func `the limits of price, size and session volume do not overflow`() {
        var price = VolumeWeightedPrice()
        price.add(price: -Price.limit, quantity: 1)
        for _ in 0..<511 { price.add(price: Price.limit, quantity: Quantity.limit) }
        // 511 · 2^52 · (2^63)² = 511 · 2^178.
        #expect(price.square == WideSum(low: 0, middle: 0, high: 511 << 50))
        #expect(price.moment == Int128(511) << 115)
        // All but one of 511 · 2^52 + 1 steps stand at the top: p = 1/(511 · 2^52), spread² = 2^126 · p · (1 − p).
        let expected = 0x1p126 / (511 * 0x1p52) / 1e18
        #expect(isClose(price.variance, expected, 1e-12))
        #expect(isClose(price.value, 4_611_686_018.427387904, 1e-15))
    }

    @Test func `a carry runs through all three words, and back`() {
        var price = VolumeWeightedPrice()
        price.add(price: 0, quantity: 1)
        price.add(price: 1 << 60, quantity: 256)
        #expect(price.square == WideSum(low: 0, middle: 0, high: 1))
        price.remove(price: 1, quantity: 1)
        #expect(price.square == WideSum(low: .max, middle: .max, high: 0))
        price.add(price: 1, quantity: 1)
        #expect(price.square == WideSum(low: 0, middle: 0, high: 1))
    }

    @Test func `a distant anchor costs no digits`() {
        var price = VolumeWeightedPrice()
        price.add(price: 1, quantity: 1)
        price.remove(price: 1, quantity: 1)
        // Far from the anchor, three prices that differ in the last place.
        for step in Int64(0)..<3 { price.add(price: 4_000_000_000_000_000_000 + step, quantity: 1 << 40) }
        #expect(isClose(price.variance, 2.0 / 3.0 * 1e-18, 1e-12))
    }

    @Test func `the typical price is rounded to the nearest billionth`() {
        #expect(VolumeWeightedPrice.typicalPrice(high: 3, low: 1, close: 1) == 2)
        #expect(VolumeWeightedPrice.typicalPrice(high: 2, low: 1, close: 1) == 1)
        #expect(VolumeWeightedPrice.typicalPrice(high: -1, low: -3, close: -1) == -2)
        #expect(VolumeWeightedPrice.typicalPrice(high: .max, low: .max, close: .max) == .max)
    }
}
