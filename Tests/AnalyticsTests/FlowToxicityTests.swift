import Analytics
import Foundation
import Graph
import Market
import TestPrograms
import Testing
import Updates

private func part(_ volume: Int64, _ balance: Double) -> VolumePart {
    VolumePart(
        volume: volume, balance: balance, isSigned: true, isInferred: false, window: Window(from: 0, to: 1))
}

@Suite struct `Bulk classification` {
    @Test func `the normal distribution is that of the tables`() {
        for (point, share) in [(1, 0.841345), (-0.5, 0.308538), (0, 0.5), (2, 0.977250)] {
            #expect(abs(NormalDistribution.share(below: point) - share) < 5e-7)
        }
        #expect(NormalDistribution.share(below: .infinity) == 1 && NormalDistribution.share(below: -.infinity) == 0)
        #expect(NormalDistribution.share(below: .nan).isNaN)
        #expect(NormalDistribution.share(below: 8.74) <= 1 && NormalDistribution.share(below: 8.75) == 1)
    }

    @Test func `the normal distribution is that of the C library to the last digits`() {
        var last = 0.0
        for step in -9000...9000 {
            let point = Double(step) / 997
            let share = NormalDistribution.share(below: point)
            #expect(abs(share - erfc(-point / 2.0.squareRoot()) / 2) < 3e-16, "\(point)")
            #expect(share >= last - 3e-16, "\(point)")
            last = share
        }
    }

    @Test func `where prices do not move, half is bought`() {
        #expect(BulkClassifier.buyShare(change: 5, deviation: 0) == 0.5)
        #expect(BulkClassifier.buyShare(change: -3, deviation: 3) < 0.2)
    }

    @Test func `the deviation is that of the whole window recomputed`() {
        for round in 0..<Campaign.rounds(20, each: 100) {
            var chance = SeededChance(seed: Campaign.seed + UInt64(round))
            let window = 2 + chance.below(20)
            var deviation = ChangeDeviation(window: window)
            var changes: [Int64] = []
            let base = chance.anyMagnitude(bits: 45)
            #expect(deviation.deviation.isNaN)
            for _ in 0..<60 {
                let change = base + Int64(chance.below(2_000_001) - 1_000_000)
                deviation.add(change)
                changes.append(change)
                let kept = changes.suffix(window)
                guard kept.count >= 2 else { continue }
                // Distances from the base are small numbers, exact in a double.
                let distances = kept.map { Double($0 - base) }
                let mean = distances.reduce(0, +) / Double(kept.count)
                let squares = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let expected = (squares / Double(kept.count - 1)).squareRoot()
                #expect(abs(deviation.deviation * 1e9 - expected) <= 1e-9 * max(expected, 1))
            }
        }
    }

    @Test func `equal changes have no deviation, however large they are`() {
        var deviation = ChangeDeviation(window: 7)
        for _ in 0..<9 { deviation.add(1_234_567_891) }
        #expect(deviation.deviation == 0)
    }
}

@Suite struct `Buckets of volume` {
    @Test func `bars fill buckets and are cut at their ends, both parts keeping the bar's share`() {
        // Vector VP1; its deviation is that of the whole sample.
        let closes = [99.95, 100.00, 100.10, 100.05, 100.25, 100.20, 100.00]
        let volumes: [Int64] = [400, 300, 500, 800, 250, 750]
        var deviation = ChangeDeviation(window: 10)
        let changes = zip(closes, closes.dropFirst()).map { AnalyticTrial.billionths($1 - $0) }
        for change in changes { deviation.add(change) }
        #expect(abs(deviation.deviation - 0.1393437) < 5e-8)
        var buckets = VolumeBuckets(span: 3)
        buckets.size = 1000
        var filled: [FilledBucket] = []
        for (change, volume) in zip(changes, volumes) {
            let share = BulkClassifier.buyShare(change: Double(change) / 1e9, deviation: deviation.deviation)
            var rest = part(volume, 2 * share - 1)
            while buckets.fill(from: &rest) { filled += [buckets.last].compactMap(\.self) }
            #expect(buckets.toxicity.isNaN == (filled.count < 3))
        }
        for (bucket, buy) in zip(filled, [593.0677, 811.4919, 146.6664]) { #expect(abs(bucket.buy - buy) < 5e-5) }
        for (bucket, flow) in zip(filled, [186.1355, 622.9839, -706.6673]) { #expect(abs(bucket.flow - flow) < 1e-4) }
        #expect(filled.count == 3 && abs(buckets.toxicity - 0.505262) < 5e-7)
    }

    @Test func `the value is the mean imbalance of the buckets`() {
        // Vector VP2.
        var buckets = VolumeBuckets(span: 4)
        buckets.size = 1000
        for (buy, sell) in [(700, 300), (450, 550), (900, 100), (520, 480)] {
            var first = part(Int64(buy), 1)
            var second = part(Int64(sell), -1)
            let isFilled = (buckets.fill(from: &first), buckets.fill(from: &second))
            #expect(isFilled == (false, true))
        }
        #expect(buckets.toxicity == 0.335)
    }

    @Test func `without a size nothing is taken in`() {
        var buckets = VolumeBuckets(span: 2)
        var lost = part(100, 1)
        let isFilled = buckets.fill(from: &lost)
        #expect(!isFilled && lost.volume == 0 && buckets.completed == 0 && buckets.last == nil)
        #expect(buckets.start == nil && buckets.toxicity.isNaN)
    }

    @Test func `every value is that of the volume laid out step by step`() {
        for round in 0..<Campaign.rounds(20, each: 200) {
            var chance = SeededChance(seed: Campaign.seed + 50 + UInt64(round))
            let span = 1 + chance.below(6)
            let size = Int64(1 + chance.below(40))
            var buckets = VolumeBuckets(span: span)
            buckets.size = size
            var steps: [Double] = []
            for _ in 0..<120 {
                // Less than what would be passed over.
                let volume = Int64(1 + chance.below(span * Int(size)))
                let balance = [-1, 1, 0, Double(chance.below(2001)) / 1000 - 1][chance.below(4)]
                steps += Array(repeating: balance, count: Int(volume))
                var rest = part(volume, balance)
                while buckets.fill(from: &rest) {}
                let whole = steps.count / Int(size)
                #expect(buckets.completed == Int64(whole) && buckets.filled == Int64(steps.count % Int(size)))
                guard whole >= span else { continue }
                let flows = (whole - span..<whole).map { bucket in
                    steps[bucket * Int(size)..<(bucket + 1) * Int(size)].reduce(0, +).magnitude
                }
                #expect(abs(buckets.toxicity - flows.reduce(0, +) / Double(span * Int(size))) < 1e-12)
            }
        }
    }

    @Test func `of a part that fills more than all, the first buckets are passed over`() {
        var buckets = VolumeBuckets(span: 3)
        buckets.size = 10
        var first = part(4, 1)
        _ = buckets.fill(from: &first)
        var huge = part(Quantity.limit, -1)
        var completions = 0
        while buckets.fill(from: &huge) { completions += 1 }
        #expect(completions == 4 && buckets.toxicity == 1)
        #expect(buckets.completed == (Quantity.limit + 4) / 10 && buckets.filled == (Quantity.limit + 4) % 10)
        #expect(buckets.skipped == buckets.completed - 4)
    }

    @Test func `a new size holds from the next bucket on`() {
        var buckets = VolumeBuckets(span: 2)
        buckets.size = 10
        var rest = part(4, 1)
        _ = buckets.fill(from: &rest)
        buckets.size = 30
        rest = part(36, -1)
        while buckets.fill(from: &rest) {}
        // |4 − 6| of 10 and |−30| of 30.
        #expect(buckets.completed == 2 && buckets.toxicity == 0.8)
    }
}

@Suite struct `Ranks among the last values` {
    @Test func `a rank is the part of the kept values that do not exceed a value`() {
        for round in 0..<Campaign.rounds(10, each: 100) {
            var chance = SeededChance(seed: Campaign.seed + 90 + UInt64(round))
            let window = 1 + chance.below(150)
            var ranks = RollingRanks(window: window)
            var values: [Double] = []
            #expect(ranks.share(upTo: 1).isNaN)
            for _ in 0..<400 {
                let value = Double(chance.below(40)) / 40
                ranks.add(value)
                values.append(value)
                let kept = values.suffix(window)
                let asked = Double(chance.below(42)) / 40 - 0.025
                #expect(ranks.count == kept.count)
                #expect(ranks.share(upTo: asked) == Double(kept.count { $0 <= asked }) / Double(kept.count))
            }
        }
    }
}
