import TestPrograms
import Testing

@testable import millrace

/// Times as they are counted, against the times themselves.
@Suite struct `The histogram of latencies` {
    private static let parts = [0, 1, 100_000, 500_000, 900_000, 990_000, 999_000, 999_999, 1_000_000]

    /// The least of the times that so many of a million do not exceed.
    private func exact(_ sorted: [Int64], _ millionths: Int) -> Int64 {
        sorted[max(1, (sorted.count * millionths + 999_999) / 1_000_000) - 1]
    }

    @Test(arguments: 0..<20 * Campaign.factor)
    func `a percentile is never below the exact one, and at most 0.8 % above`(
        seed: Int
    ) {
        var chance = SeededChance(seed: UInt64(seed) + Campaign.seed)
        var histogram = LatencyHistogram()
        var times: [Int64] = []
        for _ in 0..<Int.random(in: 1...3_000, using: &chance) {
            let time = Int64.random(in: 0..<(1 << Int64.random(in: 1...39, using: &chance)), using: &chance)
            times.append(time)
            histogram.add(time)
        }
        times.sort()
        #expect(histogram.count == times.count && histogram.longest == times.last)
        for part in Self.parts {
            let (found, wanted) = (histogram.percentile(millionths: part), exact(times, part))
            #expect(
                found >= wanted && Double(found) <= Double(wanted) * (1 + 1.0 / 128), "\(part): \(found), \(wanted)")
        }
    }

    @Test func `short times are exact`() {
        var histogram = LatencyHistogram()
        for time in 0..<Int64(256) { histogram.add(time) }
        #expect(histogram.rows.map(\.nanoseconds) == Array(0..<256))
        #expect(histogram.percentile(millionths: 500_000) == 127)
    }

    @Test func `a clock that went backward counts as no time, and an hour as the longest step`() {
        var histogram = LatencyHistogram()
        histogram.add(-5)
        histogram.add(3_600_000_000_000)
        #expect(histogram.percentile(millionths: 0) == 0 && histogram.longest == 3_600_000_000_000)
        #expect(histogram.percentile(millionths: 1_000_000) == (1 << 40) - 1)
        #expect(LatencyHistogram().percentile(millionths: 500_000) == 0)
    }

    @Test(arguments: 0..<10 * Campaign.factor) func `as text and in parts it stays the same`(seed: Int) {
        var chance = SeededChance(seed: UInt64(seed) + Campaign.seed)
        var (first, second, whole) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for index in 0..<500 {
            let time = Int64.random(in: 0..<50_000_000, using: &chance)
            whole.add(time)
            if index.isMultiple(of: 3) { first.add(time) } else { second.add(time) }
        }
        first.add(second)
        #expect(first == whole)
        #expect(LatencyHistogram(whole.text) == whole)
        for bad in ["", "x", "5 1", "5 1:0", "5 -1:2", "5 1:2:3"] { #expect(LatencyHistogram(bad) == nil, "\(bad)") }
    }

    @Test func `an event's time does not depend on those before it`() {
        let pacing = Pacing(rate: 3_000, count: 9_000, core: nil)
        #expect(pacing.due(0, from: 7) == 7)
        #expect(pacing.due(3_000, from: 7) == 1_000_000_007 && pacing.due(6_000, from: 7) == 2_000_000_007)
    }

    @Test func `the plot holds both curves inside of its frame`() {
        var (fast, slow) = (LatencyHistogram(), LatencyHistogram())
        for time in 1...2_000 {
            fast.add(Int64(time) * 50)
            slow.add(Int64(time) * 5_000)
        }
        let plot = LatencyPlot(title: "tcp", curves: [("one", fast), ("two", slow)])
        let points = plot.svg.split(separator: "\"").filter { $0.contains(",") && $0.contains(" ") }
            .map { $0.split(separator: " ") }.filter { $0.count > 100 }
        #expect(points.count == 2)
        for pair in points.joined() {
            let numbers = pair.split(separator: ",").compactMap { Double($0) }
            #expect(numbers.count == 2 && (60...700).contains(numbers[0]) && (40...340).contains(numbers[1]), "\(pair)")
        }
        #expect(plot.svg.hasPrefix("<svg ") && plot.svg.hasSuffix("</svg>\n"))
    }
}
