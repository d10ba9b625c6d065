internal import Market
internal import Sinks

/// A replay's result as a table or as JSON.
enum ReportText {
    private static let columns = [
        "symbol", "count", "open", "high", "low", "close", "volume", "buy", "sell", "neutral", "delta", "vwap", "poc",
        "vah", "val", "candles", "refused", "gaps", "outside",
    ]

    static func table(_ reports: [SymbolReport]) -> String {
        var rows = [columns]
        for report in reports {
            rows.append([report.symbol.name] + cells(report.whole, sizeStep: report.sizeStep))
            guard report.sessions.count > 1 else { continue }
            for session in report.sessions {
                let day = session.start.map { String($0.description.prefix(10)) } ?? ""
                rows.append(["  \(day)"] + cells(session, sizeStep: report.sizeStep))
            }
        }
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func cells(_ session: SessionReport, sizeStep: Int64) -> [String] {
        let sizes = [session.volume, session.buy, session.sell, session.neutral, session.delta]
        let prices = [session.open, session.high, session.low, session.close]
        let levels = [session.control, session.areaHigh, session.areaLow]
        let counts = [session.candles, session.refused, session.gaps, session.outsideSession]
        let mean = session.weightedPrice.isNaN ? "-" : "\((session.weightedPrice * 1e6).rounded() / 1e6)"
        return ["\(session.count)"] + prices.map(shown) + sizes.map { size($0, sizeStep) } + [mean]
            + levels.map(shown) + counts.map { "\($0)" }
    }

    private static func shown(_ price: Price) -> String { price.isNone ? "-" : "\(price)" }

    private static func size(_ steps: Int64, _ sizeStep: Int64) -> String {
        DecimalText.text(billionths: Int128(steps) * Int128(sizeStep))
    }

    /// One object in one line; numbers are exact decimals.
    static func json(_ report: SymbolReport) -> String {
        let whole = members(report.whole, sizeStep: report.sizeStep)
        let sessions = report.sessions.map { session in
            let start = session.start.map { "\"start\":\"\($0)\"," } ?? ""
            return "{\(start)\(members(session, sizeStep: report.sizeStep))}"
        }
        return "{\"symbol\":\(quoted(report.symbol.name)),\(whole),\"sessions\":[\(sessions.joined(separator: ","))]}"
    }

    private static func members(_ session: SessionReport, sizeStep: Int64) -> String {
        let prices: [(String, Price)] = [
            ("open", session.open), ("high", session.high), ("low", session.low), ("close", session.close),
        ]
        let sizes: [(String, Int64)] = [
            ("volume", session.volume), ("buy", session.buy), ("sell", session.sell), ("neutral", session.neutral),
            ("delta", session.delta),
        ]
        let levels: [(String, Price)] = [
            ("poc", session.control), ("vah", session.areaHigh), ("val", session.areaLow),
        ]
        let counts: [(String, Int64)] = [
            ("candles", session.candles), ("refused", session.refused), ("gaps", session.gaps),
            ("outsideSession", session.outsideSession),
        ]
        let mean = session.weightedPrice.isNaN ? "null" : "\(session.weightedPrice)"
        var parts = ["\"count\":\(session.count)"]
        parts += prices.map { "\"\($0)\":\($1.isNone ? "null" : "\($1)")" }
        parts += sizes.map { "\"\($0)\":\(size($1, sizeStep))" }
        parts.append("\"vwap\":\(mean)")
        parts += levels.map { "\"\($0)\":\($1.isNone ? "null" : "\($1)")" }
        parts += counts.map { "\"\($0)\":\($1)" }
        return parts.joined(separator: ",")
    }

    /// A name as JSON text; symbols hold no control characters.
    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
