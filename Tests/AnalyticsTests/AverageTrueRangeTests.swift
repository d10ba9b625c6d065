import Analytics
import Market
import Testing

@Suite struct `Average true range` {
    @Test func `vector A1 gives ranges and averages`() {
        var average = AverageTrueRange(length: 3, seed: .firstBar)
        let tenth = Price.scale / 10
        let bars: [(Int64, Int64, Int64)] = [
            (100, 90, 95), (110, 94, 108), (112, 101, 103), (109, 99, 100), (120, 104, 119),
        ]
        var ranges: [Double] = []
        var values: [Double] = []
        for (high, low, close) in bars {
            average.add(high: high * tenth, low: low * tenth, close: close * tenth)
            ranges.append(average.range)
            values.append(average.value)
        }
        #expect(ranges == [1, 1.6, 1.1, 1, 2])
        #expect(values[1].isNaN)
        for (value, known) in zip(values.dropFirst(2), [1.233333, 1.155556, 1.437037]) {
            #expect(abs(value - known) < 5e-7)
        }
    }
}
