import Analytics
import Foundation
import Graph
import Testing
import Updates

@Suite struct `An analytic` {
    @Test func `is told of the bars that it asked for and publishes on its topic`() throws {
        var trial = AnalyticTrial([AnalyticChoice(TradePace.self, TradePace.Settings())])
        trial.bar("1m", from: 0, to: 60, open: 1, high: 2, low: 1, close: 2, volume: 3)
        trial.bar("1m", from: 60, to: 120, open: 1, high: 2, low: 1, close: 2, volume: 3)
        let said = trial.on("pace/1m/")
        #expect(said.map(\.head.number) == [1, 2])
        let first: PaceUpdate = said[0].body()
        #expect(first.pace == 1.0 / 60 && first.change.isNaN)
        let second: PaceUpdate = said[1].body()
        #expect(second.change == 0)
    }

    @Test func `lists its settings for documents`() {
        #expect(AnalyticKind(TradePace.self).fields.map(\.name) == ["width"])
    }
}

/// The page that shows how an analytic is added.
@Suite struct `The page on extending` {
    @Test func `shows the file that is compiled here`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/extending.md"), encoding: .utf8)
        let file = try String(
            contentsOf: root.appending(path: "Tests/AnalyticsTests/TradePace.swift"), encoding: .utf8)
        #expect(page.contains("```swift\n\(file)```\n"))
    }

    @Test func `names every interest`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/extending.md"), encoding: .utf8)
        let source = try String(
            contentsOf: root.appending(path: "Sources/Analytics/Analytic/Analytic.swift"), encoding: .utf8)
        let names = source.matches(of: /public static let (\w+) = Interests/).map { String($0.1) }
        #expect(names.count > 9)
        for name in names { #expect(page.contains("| `\(name)` |"), "\(name)") }
    }
}
