import Analytics
import Graph
import Testing
import Updates

@Suite struct `Settings of the book` {
    private func read(_ text: String) throws -> (settings: LiquiditySettings, faults: [String]) {
        let (settings, faults) = SettingsReader.read(
            LiquiditySettings.self,
            from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("book")))
        return (settings, faults.map(\.description))
    }

    @Test func `are read, with their defaults`() throws {
        let (standard, none) = try read("{}")
        #expect(standard == LiquiditySettings() && none == [])
        #expect(standard.levels == 5 && standard.weights == .equal && standard.ladder == 0)
        #expect(standard.interval == .seconds(1) && standard.microprice == nil)
        let (settings, faults) = try read(
            """
            { "levels": 10, "weights": "exponential", "ladder": 20, "interval": "off", "microprice": {
              "buckets": 2, "spreads": 1, "q": [[0.6, 0.2], [0.2, 0.6]], "t": [[0.1, 0.1], [0.1, 0.1]],
              "r": [[0.15, 0.05], [0.05, 0.15]], "k": [-0.5, 0.5] } }
            """)
        #expect(faults == [] && settings.interval == .zero && settings.ladder == 20 && settings.levels == 10)
        let table = try #require(settings.microprice)
        #expect(table.buckets == 2 && table.spreads == 1 && abs(table.adjustments[1] - 0.083333) < 1e-6)
        #expect(Liquidity.topics(settings).map(\.prefix) == ["liquidity/", "ladder/"])
        #expect(Liquidity.topics(standard).map(\.prefix) == ["liquidity/"])
    }

    @Test func `faults are told where they stand`() throws {
        let (settings, faults) = try read(
            #"{ "levels": 51, "weights": "equal ", "ladder": -1, "interval": "2d", "level": 3 }"#)
        #expect(settings == LiquiditySettings())
        #expect(faults.count == 5 && faults[0].contains("levels") && faults[0].contains("1 to 50"))
    }

    @Test(arguments: [
        (#""q": [[0.6], [0.2, 0.6]]"#, "a number for each"), (#""q": [[0.6, 0.2]]"#, "a row for each"),
        (#""q": [[0.6, "x"], [0.2, 0.6]]"#, "no list of lists"), (#""q": [[0.7, 0.2], [0.2, 0.6]]"#, "add up to 1"),
        (#""q": [[-0.6, 1.4], [0.2, 0.6]]"#, "from 0 to 1"), (#""q": 5"#, "no list of lists"),
        (#""q": [[0.6, 0.2], [0.2, 0.6]], "k": [1]"#, "each of the 1 moves"),
        (#""q": [[0.6, 0.2], [0.2, 0.6]], "k": [1, 1]"#, "does not settle"),
        (#""q": [[0.6, 0.2], [0.2, 0.6]], "k": "x""#, "no list of numbers"),
    ])
    func `a chain that cannot be is a fault`(fields: String, problem: String) throws {
        let moves = fields.contains("\"k\"") ? "" : #", "k": [-0.5, 0.5]"#
        let (settings, faults) = try read(
            """
            { "microprice": { "buckets": 2, "spreads": 1, "t": [[0.1, 0.1], [0.1, 0.1]],
              "r": [[0.15, 0.05], [0.05, 0.15]], \(fields)\(moves) } }
            """)
        #expect(settings.microprice == nil)
        #expect(faults.count == 1 && faults[0].contains(problem), "\(faults)")
    }

    @Test func `are listed for documents`() {
        let fields = AnalyticKind(Liquidity.self).fields
        #expect(fields.map(\.name) == ["levels", "weights", "ladder", "interval", "microprice"])
        #expect(fields[4].fields.map(\.name) == ["buckets", "spreads", "q", "t", "r", "k"])
    }
}
