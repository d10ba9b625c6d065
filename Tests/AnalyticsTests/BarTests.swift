import Analytics
import Market
import Testing
import TestPrograms

private struct Print {
    let price: Int64
    let quantity: Int64
    let sign: Int8
    let inferred: Bool
    let time: Int64
    let isPriced: Bool
}

private func empty() -> Bar { Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60)) }

private func add(_ print: Print, to bar: inout Bar) {
    if print.isPriced {
        bar.add(
            price: print.price, quantity: print.quantity, sign: print.sign, inferred: print.inferred, time: print.time)
    } else {
        bar.addUnpriced(quantity: print.quantity, sign: print.sign, inferred: print.inferred)
    }
}

/// The same from the whole list at once, by other means.
private func recomputed(_ prints: [Print]) -> Bar {
    var bar = empty()
    let priced = prints.filter(\.isPriced)
    if let earliest = priced.map(\.time).min(), let latest = priced.map(\.time).max() {
        bar.firstTime = earliest
        bar.lastTime = latest
        bar.open = priced.first { $0.time == earliest }?.price ?? 0
        bar.close = priced.last { $0.time == latest }?.price ?? 0
        bar.high = priced.map(\.price).max() ?? 0
        bar.low = priced.map(\.price).min() ?? 0
    }
    bar.count = Int64(prints.count)
    bar.volume = prints.map(\.quantity).reduce(0, +)
    bar.turnover = priced.map { Int128($0.price) * Int128($0.quantity) }.reduce(0, +)
    var path: [Int64] = [0]
    for print in prints { path.append(path[path.count - 1] + Int64(print.sign) * print.quantity) }
    bar.delta = path[path.count - 1]
    bar.minDelta = path.min() ?? 0
    bar.maxDelta = path.max() ?? 0
    bar.neutral = prints.filter { $0.sign == 0 }.map(\.quantity).reduce(0, +)
    bar.inferred = prints.filter { $0.inferred && $0.sign != 0 }.map(\.quantity).reduce(0, +)
    bar.unpriced = prints.filter { !$0.isPriced }.map(\.quantity).reduce(0, +)
    return bar
}

private func randomPrint(_ chance: inout SeededChance) -> Print {
    Print(
        price: Int64(chance.below(200)) - 100, quantity: Int64(chance.below(50)) + 1,
        sign: Int8(chance.below(3)) - 1, inferred: chance.below(2) == 0, time: Int64(chance.below(20)),
        isPriced: chance.below(10) > 0)
}

@Suite struct Bars {
    @Test func `vector D1 gives delta and its extremes`() {
        var bar = empty()
        for signed in [Int64(10), -4, 3, -15, 2] {
            bar.add(price: 1, quantity: abs(signed), sign: signed > 0 ? 1 : -1, inferred: false, time: 0)
        }
        #expect([bar.delta, bar.maxDelta, bar.minDelta] == [-4, 10, -6])
        #expect([bar.buy, bar.sell, bar.neutral, bar.volume] == [15, 19, 0, 34])
        #expect(bar.inferredShare == 0)
    }

    @Test func `extremes of delta count the zero at the start`() {
        var bar = empty()
        bar.add(price: 1, quantity: 5, sign: 1, inferred: true, time: 0)
        #expect(bar.minDelta == 0)
        #expect(bar.inferredShare == 1)
        #expect(empty().inferredShare.isNaN)
    }

    @Test func `open and close go by venue time, ties by arrival`() {
        var bar = empty()
        for (price, time) in [(Int64(5), Int64(10)), (6, 10), (7, 12), (8, 12), (9, 11), (4, 9)] {
            bar.add(price: price, quantity: 1, sign: 0, inferred: false, time: time)
        }
        #expect([bar.open, bar.high, bar.low, bar.close] == [4, 9, 4, 8])
        #expect(bar.neutral == 6)
    }

    @Test func `adding one by one equals computing from the list, in ten thousand sequences`() {
        var chance = SeededChance(seed: 1)
        for sequence in 0..<10_000 {
            let prints = (0..<chance.below(24)).map { _ in randomPrint(&chance) }
            var whole = empty()
            for print in prints { add(print, to: &whole) }
            #expect(whole == recomputed(prints), "sequence \(sequence)")
            var folded = empty()
            var part = empty()
            for print in prints {
                if chance.below(4) == 0 {
                    folded.fold(part)
                    part = empty()
                }
                add(print, to: &part)
            }
            folded.fold(part)
            #expect(folded == whole, "sequence \(sequence)")
        }
    }

    @Test func `what is taken back leaves the sums as they were`() {
        var bar = empty()
        bar.add(price: 100, quantity: 7, sign: -1, inferred: true, time: 1)
        let before = bar
        bar.add(price: 105, quantity: 300, sign: 0, inferred: false, time: 2)
        bar.remove(price: 105, quantity: 300, sign: 0, inferred: false)
        #expect(bar.volume == before.volume && bar.turnover == before.turnover && bar.neutral == before.neutral)
        #expect(bar.high == 105)
    }

    @Test func `the largest sizes and prices do not overflow`() {
        var bar = empty()
        for _ in 0..<511 {
            bar.add(price: -Price.limit, quantity: Quantity.limit, sign: -1, inferred: false, time: 1)
        }
        #expect(bar.volume == 511 << 52)
        #expect(bar.turnover == -(Int128(511) << 114))
        #expect(bar.volumeWeightedPrice == -4_611_686_018.427387904)
    }
}

@Suite struct Buckets {
    @Test func `vector B1 puts an instant into its minute`() {
        let minute = Bucket(width: 60 * Timestamp.second, anchor: Timestamp(nanoseconds: 0))
        func start(_ time: Int64) -> Int64 { minute.start(of: Timestamp(nanoseconds: time)).nanoseconds }
        #expect(start(1_609_160_459_999_999_999) == 1_609_160_400_000_000_000)
        #expect(start(1_609_160_460_000_000_000) == 1_609_160_460_000_000_000)
        #expect(start(-1) == -60_000_000_000)
        let end = minute.end(of: Timestamp(nanoseconds: 1_609_160_459_999_999_999))
        #expect(end.nanoseconds == 1_609_160_460_000_000_000)
    }

    @Test func `a width that does not divide the session begins at its open`() {
        // 2026-03-09 13:30 UTC is 09:30 in New York; 09:44 begins the third window of seven minutes.
        let open = Timestamp(nanoseconds: 1_773_063_000 * Timestamp.second)
        let bucket = Bucket(width: 7 * 60 * Timestamp.second, anchor: open)
        #expect(bucket.start(of: open + 14 * 60 * Timestamp.second) - open == 14 * 60 * Timestamp.second)
        #expect(bucket.start(of: open + (14 * 60 * Timestamp.second - 1)) - open == 7 * 60 * Timestamp.second)
        let epoch = Bucket(width: 7 * 60 * Timestamp.second, anchor: Timestamp(nanoseconds: 0))
        #expect(epoch.start(of: open + 14 * 60 * Timestamp.second) - open == 10 * 60 * Timestamp.second)
    }
}
