import Analytics
import Market
import Testing

private func counts(_ prices: [Double]) -> [Int64] { prices.map { Int64(($0 * 1e9).rounded()) } }

private let closes = counts([
    44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.00,
    46.03, 46.41, 46.22, 45.64,
])

private func values(_ indicator: some SeriesIndicator, _ counts: [Int64]) -> [Double] {
    var indicator = indicator
    return counts.map { indicator.add($0) }
}

private func bar(
    high: Double, low: Double, close: Double, volume: Int64, open: Double? = nil, delta: Int64 = 0
) -> Bar {
    var bar = Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60))
    (bar.high, bar.low, bar.close) = (counts([high])[0], counts([low])[0], counts([close])[0])
    bar.open = open.map { counts([$0])[0] } ?? bar.close
    (bar.volume, bar.delta, bar.firstTime, bar.count) = (volume, delta, 0, 1)
    return bar
}

/// Vectors of definitions §8 and rules at the edges.
@Suite struct Indicators {
    @Test func `vector R1 gives relative strengths after Wilder`() {
        let strengths = values(RelativeStrength(length: 14, unit: .price), closes)
        #expect(strengths.prefix(14).allSatisfy { $0.isNaN })
        let known = [70.46, 66.25, 66.48, 69.35, 66.29, 57.92]
        #expect(strengths.dropFirst(14).count == known.count)
        for (value, known) in zip(strengths.dropFirst(14), known) { #expect(abs(value - known) < 0.005) }
    }

    @Test func `relative strength without losses is 100 and without movement 50`() {
        #expect(values(RelativeStrength(length: 2, unit: .price), [1, 2, 3, 4]).last == 100)
        #expect(values(RelativeStrength(length: 2, unit: .price), [4, 3, 2, 1]).last == 0)
        #expect(values(RelativeStrength(length: 2, unit: .price), [7, 7, 7, 7]).last == 50)
    }

    @Test func `relative strength is exact between the price limits`() {
        let far = values(RelativeStrength(length: 1, unit: .price), [-Price.limit, Price.limit, -Price.limit])
        #expect(far[1] == 100 && far[2] == 0)
    }

    @Test func `vector E1 gives exponential averages seeded with a mean`() {
        let averages = values(ExponentialAverage(length: 3, unit: .price), Array(closes.prefix(8)))
        #expect(averages.prefix(2).allSatisfy { $0.isNaN })
        let known = [44.193333, 43.901667, 44.115833, 44.472917, 44.786458, 45.103229]
        for (value, known) in zip(averages.dropFirst(2), known) { #expect(abs(value - known) < 5e-7) }
    }

    @Test func `a first-value seed, as pandas has it, differs until it has faded`() {
        var seeded = Double(closes[0]) / 1e9
        let other = closes.dropFirst().map { close in
            seeded += (Double(close) / 1e9 - seeded) / 2
            return seeded
        }
        let own = values(ExponentialAverage(length: 3, unit: .price), closes)
        #expect(abs(other[1] - own[2]) > 0.01)
        #expect(abs(other[18] - own[19]) < 1e-5)
    }

    @Test func `bands of the first five closes have a population deviation`() {
        var bands = BollingerBands(length: 5, width: 2, unit: .price)
        for close in closes.prefix(5) { bands.add(close) }
        #expect(abs(bands.value - 44.104) < 1e-12)
        #expect(abs(bands.deviation - 0.265752) < 5e-7)
        #expect(abs(bands.second - 44.635504) < 5e-7)
        #expect(abs(bands.third - (2 * 44.104 - 44.635504)) < 5e-7)
    }

    @Test func `deviation of what stands still is exactly zero, behind any history`() {
        var deviation = RollingDeviation(length: 3, unit: .price)
        for count in [Price.limit, -Price.limit, 5, 61_800_300_000_000, 61_800_300_000_000] { deviation.add(count) }
        #expect(deviation.value > 0)
        #expect(deviation.add(61_800_300_000_000) == 0)
        #expect(deviation.mean == 61_800.3)
    }

    @Test func `divergence is the fast average less the slow one, its signal and the histogram`() {
        var divergence = AverageDivergence(fast: 2, slow: 4, signal: 3, unit: .price)
        var lines: [[Double]] = []
        for close in closes.prefix(8) {
            divergence.add(close)
            lines.append([divergence.value, divergence.second, divergence.third])
        }
        let fast = values(ExponentialAverage(length: 2, unit: .price), closes)
        let slow = values(ExponentialAverage(length: 4, unit: .price), closes)
        #expect(lines[2][0].isNaN && !lines[3][0].isNaN)
        #expect(lines[4][1].isNaN && !lines[5][1].isNaN)
        for index in 3..<8 { #expect(agree(lines[index][0], fast[index] - slow[index])) }
        #expect(agree(lines[5][1], (lines[3][0] + lines[4][0] + lines[5][0]) / 3))
        #expect(agree(lines[6][1], (lines[5][1] + lines[6][0]) / 2))
        #expect(lines[7][2] == lines[7][0] - lines[7][1])
    }

    @Test func `vector V1 gives mean price and deviation of bars`() {
        var mean = BarMeanPrice(width: 1)
        #expect(mean.value.isNaN && !mean.isWarm)
        for (price, volume) in [(100.0, Int64(10)), (101, 20), (102, 30), (99, 40)] {
            mean.add(bar(high: price + 1, low: price - 1, close: price, volume: volume))
        }
        #expect(mean.value == 100.4)
        #expect(abs(mean.second - (100.4 + 1.2806248474865698)) < 1e-13)
        #expect(abs(mean.third - (100.4 - 1.2806248474865698)) < 1e-13)
    }

    @Test func `balance volume counts a bar by its close against the one before`() {
        var balance = OnBalanceVolume(unit: CountUnit(billionths: Price.scale / 10))
        let bars: [(Double, Int64)] = [(10, 100), (11, 50), (11, 70), (10.5, 20), (12, 5)]
        let values = bars.map { balance.add(bar(high: $0, low: $0, close: $0, volume: $1)) }
        #expect(values == [0, 5, 5, 3, 3.5])
    }

    @Test func `money flow compares typical prices`() {
        var flow = MoneyFlow(length: 2)
        let bars: [(Double, Int64)] = [(10, 1), (12, 3), (11, 4), (11, 9), (11, 9)]
        let values = bars.map { flow.add(bar(high: $0 + 1, low: $0 - 1, close: $0, volume: $1)) }
        #expect(values[0].isNaN && values[1].isNaN)
        #expect(agree(values[2], 100 * 36 / 80) && values[3] == 0)
        #expect(values[4] == 50, "No flow at all.")
        var rising = MoneyFlow(length: 2)
        for price in [1.0, 2, 3] { rising.add(bar(high: price, low: price, close: price, volume: Quantity.limit)) }
        #expect(rising.value == 100)
    }

    @Test func `change in percent is undefined from zero and says that it is warm`() {
        var change = RateOfChange(length: 2)
        let values = [0, 50, 100, 75, -50].map { change.add($0) }
        #expect(values[1].isNaN && values[2].isNaN && values[3] == 50 && values[4] == -150)
        var zero = RateOfChange(length: 1)
        zero.add(0)
        #expect(!zero.isWarm)
        zero.add(5)
        #expect(zero.isWarm && zero.value.isNaN)
    }

    @Test func `units keep decimal values to the last digit`() {
        #expect(CountUnit.price.value(44_340_000_000) == 44.34)
        #expect(CountUnit(billionths: 1_000_000).value(2_429_366) == 2429.366)
        #expect(CountUnit.one.value(96_708_880) == 96_708_880)
        #expect(CountUnit(billionths: 250_000_000).value(3) == 0.75)
    }
}

/// What the Stock Indicators library makes of 502 days. It follows the conventions of definitions §8 everywhere but in
/// the average true range, whose first range it takes from the second day (`AverageTrueRange.Seed`).
@Suite(.enabled(if: StockDay.areThere, "The recordings are not there."))
struct `Indicators of 502 days` {
    private func compare(
        _ name: String, _ fields: [String], _ days: [StockDay], _ lines: (StockDay) -> [Double]
    ) throws {
        let expected = try fields.map { try StockDay.expected(name, $0) }
        for (index, day) in days.enumerated() {
            let values = lines(day)
            for (place, value) in values.enumerated() {
                let isEqual = agree(value, expected[place][index] ?? .nan)
                #expect(isEqual, "\(name).\(fields[place]) of day \(index): \(value)")
            }
        }
    }

    @Test func `averages are the library's`() throws {
        let days = try StockDay.all()
        var simple = SimpleAverage(length: 20, unit: .price)
        try compare("sma", ["sma"], days) { [simple.add($0.close)] }
        var exponential = ExponentialAverage(length: 20, unit: .price)
        try compare("ema", ["ema"], days) { [exponential.add($0.close)] }
        #expect(days.count == 502)
    }

    @Test func `relative strength and divergence are the library's`() throws {
        let days = try StockDay.all()
        var strength = RelativeStrength(length: 14, unit: .price)
        try compare("rsi", ["rsi"], days) { [strength.add($0.close)] }
        var divergence = AverageDivergence(fast: 12, slow: 26, signal: 9, unit: .price)
        try compare("macd", ["macd", "signal", "histogram"], days) {
            divergence.add($0.close)
            return [divergence.value, divergence.second, divergence.third]
        }
    }

    @Test func `bands are the library's`() throws {
        let days = try StockDay.all()
        var bands = BollingerBands(length: 20, width: 2, unit: .price)
        try compare("bb", ["sma", "upperBand", "lowerBand"], days) {
            bands.add($0.close)
            return [bands.value, bands.second, bands.third]
        }
    }

    @Test func `the mean price of bars is the library's to the billionth of typical prices`() throws {
        var mean = BarMeanPrice(width: 1)
        try compare("vwap", ["vwap"], try StockDay.all()) { [mean.add($0.bar)] }
    }

    @Test func `the true range is the library's with its seed, and differs at first with ours`() throws {
        let days = try StockDay.all()
        var theirs = AverageTrueRange(length: 14, seed: .secondBar)
        try compare("atr", ["atr", "tr"], days) { [theirs.add($0.bar), theirs.range] }
        var ours = AverageTrueRange(length: 14, seed: .firstBar)
        let expected = try StockDay.expected("atr", "atr")
        let values = days.map { ours.add($0.bar) }
        #expect(!values[13].isNaN && expected[13] == nil)
        #expect(abs(values[14] - (expected[14] ?? 0)) > 1e-3)
        #expect(abs(values[501] - (expected[501] ?? 0)) < 1e-9)
    }
}
