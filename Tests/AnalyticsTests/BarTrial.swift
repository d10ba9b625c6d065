import Analytics
import Graph
import Market
import Testing
import Updates

/// Trials of information-driven bars from their settings as a file has them.
enum BarTrial {
    static func settings(_ text: String) throws -> (settings: InformationBarSettings, faults: [TopologyFault]) {
        let path = JSONPath("nodes").member("flow")
        let object = SettingsObject(try JSONParser.parse(text), path: path)
        return SettingsReader.read(InformationBarSettings.self, from: object)
    }

    static func choice(_ text: String) throws -> AnalyticChoice {
        let (read, faults) = try settings(text)
        #expect(faults == [])
        return AnalyticChoice(InformationBars.self, read)
    }

    static func trial(_ text: String, sizeStep: Int64 = Price.scale) throws -> AnalyticTrial {
        AnalyticTrial([try choice(text)], tick: 1, sizeStep: sizeStep)
    }
}

extension AnalyticTrial {
    mutating func trade(_ print: TapePrint) {
        trade(
            print.seconds, print.price, print.quantity, print.side, method: print.method,
            marks: print.isUnpriced ? .volumeOnly : [])
    }

    /// The bars that were published as final on a topic.
    func bars(_ name: String) -> [BarUpdate] { on("bar/\(name)/").filter(\.head.isFinal).map { $0.body() } }
}

extension BarUpdate {
    var shownMarks: BarMarks { BarMarks(rawValue: marks) }

    /// Its figures in the order of `NaiveBar.figures`, none as −1.
    var figures: [Double] {
        let prices = [candle.open, candle.high, candle.low, candle.close].map {
            $0 == Price.none.billionths ? -1 : Price(billionths: $0).double
        }
        let times = [firstTime, lastTime].map { Double($0 - AnalyticTrial.open) / 1e9 }
        return prices + [
            Double(candle.volume), Double(candle.buy), Double(candle.sell), Double(candle.trades), Double(delta),
            Double(maxDelta), Double(minDelta),
        ] + times
    }
}
