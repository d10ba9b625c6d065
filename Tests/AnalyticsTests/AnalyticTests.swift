import Analytics
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
