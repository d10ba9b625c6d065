import Analytics
import Market
import Testing
import TestPrograms

private func floorDivide(_ price: Int64, _ height: Int64) -> Int64 {
    let quotient = price / height
    return price % height < 0 ? quotient - 1 : quotient
}

/// The volumes by row that plain division gives.
private func table(_ fills: [(Int64, Int64)], _ height: Int64) -> [Int64: Int64] {
    var table: [Int64: Int64] = [:]
    for (price, quantity) in fills { table[floorDivide(price, height), default: 0] += quantity }
    return table.filter { $0.value != 0 }
}

private func table(_ profile: borrowing VolumeProfile) -> [Int64: Int64] {
    var table: [Int64: Int64] = [:]
    let first = profile.lowestRow
    profile.withRows { rows in
        for index in 0..<rows.count where rows[index] != 0 { table[first + Int64(index)] = rows[index] }
    }
    return table
}

@Suite struct `Volume profile` {
    @Test func `rows are those of plain division for any height and price, in ten thousand sequences`() {
        var chance = SeededChance(seed: 5)
        for sequence in 0..<10_000 {
            let height = randomHeight(&chance)
            let limit = [16, 20, 64, 100, 1024][chance.below(5)]
            var profile = VolumeProfile(rowHeight: height, rowLimit: limit)
            let reach = chance.below(3)
            let centre = chance.anyMagnitude(bits: 61) - chance.anyMagnitude(bits: 61)
            var fills: [(Int64, Int64)] = []
            for _ in 0..<1 + chance.below(30) {
                let price = randomPrice(&chance, reach, centre, height)
                fills.append((price, Int64(chance.below(1000)) + 1))
                profile.add(price: fills[fills.count - 1].0, quantity: fills[fills.count - 1].1)
            }
            #expect(profile.rowHeight == height << profile.coarsening)
            let expected = table(fills, profile.rowHeight)
            let found = table(profile)
            let total = profile.total
            let (lowest, highest, count) = (profile.lowestRow, profile.highestRow, profile.rowCount)
            #expect(found == expected, "sequence \(sequence), height \(height), limit \(limit)")
            #expect(total == fills.map(\.1).reduce(0, +))
            #expect(lowest == expected.keys.min() && highest == expected.keys.max())
            #expect(count <= limit)
            for gone in fills.indices.reversed() where gone % 3 == 0 {
                let taken = profile.remove(price: fills[gone].0, quantity: fills[gone].1)
                #expect(taken)
                fills.remove(at: gone)
            }
            let left = table(profile)
            #expect(left == table(fills, profile.rowHeight), "sequence \(sequence)")
            let area = profile.valueArea(.standard).map { [$0.control, $0.low, $0.high, $0.controlVolume, $0.volume] }
            let again = recomputed(fills, profile.rowHeight)
            #expect(area == again, "sequence \(sequence)")
        }
    }

    private func randomHeight(_ chance: inout SeededChance) -> Int64 {
        switch chance.below(5) {
        case 0: 1
        case 1: Int64(1) << Int64(chance.below(61))
        case 2: [10_000_000, 250_000_000, 100_000_000, 1_000_000_000][chance.below(4)]
        default: min(VolumeProfile.heightLimit, chance.anyMagnitude(bits: 60) + 1)
        }
    }

    private func randomPrice(_ chance: inout SeededChance, _ reach: Int, _ centre: Int64, _ height: Int64) -> Int64 {
        switch reach {
        case 0:
            let step = Int128(chance.below(200) - 100) * Int128(height) + Int128(chance.below(3) - 1)
            return Int64(clamping: max(-Int128(Price.limit), min(Int128(Price.limit), Int128(centre) + step)))
        case 1:
            return min(Price.limit, max(-Price.limit, centre + Int64(chance.below(2000) - 1000)))
        default:
            return [Price.limit, -Price.limit, 0, centre][chance.below(4)]
        }
    }

    /// The area of a fresh list of rows, in which nothing was ever added or removed.
    private func recomputed(_ fills: [(Int64, Int64)], _ height: Int64) -> [Int64]? {
        let rows = table(fills, height)
        guard let first = rows.keys.min(), let last = rows.keys.max() else { return nil }
        var list = [Int64](repeating: 0, count: Int(last - first) + 1)
        for (row, volume) in rows { list[Int(row - first)] = volume }
        return ValueArea.of(list.span, rule: .standard).map {
            [$0.control + first, $0.low + first, $0.high + first, $0.controlVolume, $0.volume]
        }
    }

    @Test func `a row's edges belong to it below and not above`() {
        let heights: [Int64] = [1, 3, 10_000_000, 250_000_000, 1_048_576, 1_099_511_627_783, VolumeProfile.heightLimit]
        for height in heights {
            for row in Int64(-2)...2 {
                let edge = row * height
                let cases: [(Int64, Int64)] = [(edge, row), (edge - 1, row - 1), (edge + height - 1, row)]
                for (price, expected) in cases {
                    var profile = VolumeProfile(rowHeight: height, rowLimit: 64)
                    // The first price takes the slow way, the second the fast one.
                    profile.add(price: price, quantity: 1)
                    profile.add(price: price, quantity: 1)
                    let found = profile.lowestRow
                    let volume = profile.volume(ofRow: expected)
                    #expect(found == expected && volume == 2, "height \(height), price \(price)")
                }
            }
        }
    }

    @Test func `rows merge in pairs at the limit and the height comes back with a new session`() {
        var profile = VolumeProfile(rowHeight: 10, rowLimit: 16)
        for row in Int64(0)..<16 { profile.add(price: row * 10, quantity: row + 1) }
        let before = profile.coarsening
        #expect(before == 0)
        profile.add(price: 160, quantity: 100)
        let (times, height, rows, total) = (profile.coarsening, profile.rowHeight, profile.rowCount, profile.total)
        #expect([times, Int(height), rows, Int(total)] == [1, 20, 9, 236])
        #expect(profile.volume(ofRow: 0) == 3 && profile.volume(ofRow: 8) == 100)
        profile.reset()
        let (empty, again, none) = (profile.isEmpty, profile.rowHeight, profile.valueArea(.standard))
        #expect(empty && again == 10 && none == nil)
        profile.add(price: 5_000, quantity: 1)
        let (only, first) = (table(profile), profile.lowestRow)
        #expect(only == [500: 1] && first == 500)
    }

    @Test func `a million rows end at the limit, with every step counted once`() {
        var profile = VolumeProfile(rowHeight: 1, rowLimit: VolumeProfile.standardRowLimit)
        for price in Int64(0)..<1_000_000 { profile.add(price: price - 300_000, quantity: 1) }
        let (rows, total, height, bytes) = (profile.rowCount, profile.total, profile.rowHeight, profile.memory)
        #expect(rows <= VolumeProfile.standardRowLimit && total == 1_000_000 && height == 32 && bytes <= 32_768 * 8)
        profile.reset()
        let after = profile.memory
        #expect(after == 0)
    }

    @Test func `a small profile stays small and keeps its memory`() {
        var profile = VolumeProfile(rowHeight: 10_000_000, rowLimit: VolumeProfile.standardRowLimit)
        let nothing = profile.memory
        #expect(nothing == 0)
        for cents in Int64(10_000)..<10_032 { profile.add(price: cents * 10_000_000, quantity: 5) }
        let small = profile.memory
        #expect(small == 512)
        profile.reset()
        let kept = profile.memory
        #expect(kept == 512)
    }

    @Test func `a removal that its row does not cover is refused`() {
        var profile = VolumeProfile(rowHeight: 10, rowLimit: 64)
        let early = profile.remove(price: 5, quantity: 1)
        profile.add(price: 5, quantity: 10)
        let far = profile.remove(price: 1_000_000, quantity: 1)
        let more = profile.remove(price: 5, quantity: 11)
        let all = profile.remove(price: 9, quantity: 10)
        let (total, area) = (profile.total, profile.valueArea(.standard))
        #expect(!early && !far && !more && all && total == 0 && area == nil)
    }

    @Test func `a held point of control moves only for strictly more`() {
        var profile = VolumeProfile(rowHeight: 1, rowLimit: 64)
        profile.add(price: -3, quantity: 10)
        profile.add(price: 4, quantity: 10)
        #expect(profile.valueArea(.orderflow, held: 4)?.control == 4)
        #expect(profile.valueArea(.orderflow)?.control == -3)
        profile.add(price: -3, quantity: 1)
        #expect(profile.valueArea(.orderflow, held: 4)?.control == -3)
        #expect(profile.valueArea(.orderflow, held: .max)?.control == -3)
    }
}
