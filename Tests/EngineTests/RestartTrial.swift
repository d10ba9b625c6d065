import Analytics
import Engine
import Graph
import Market
import Updates

/// The same events with and without a restart between two of them.
enum RestartTrial {
    static var choices: [(name: String, text: String)] { RestartSettings.texts }

    static func choice(_ name: String) throws -> AnalyticChoice {
        guard let text = choices.first(where: { $0.name == name })?.text,
            let kind = AnalyticCatalogue.all.first(where: { $0.name == name })
        else { throw Mishap("no settings of \(name)") }
        return try read(kind, text)
    }

    static func read(_ kind: AnalyticKind, _ text: String) throws -> AnalyticChoice {
        var reader = SettingsReader(SettingsObject(try JSONParser.parse(text), path: .root))
        let choice = kind.read(&reader)
        guard reader.faults.isEmpty else { throw Mishap("\(kind.name): \(reader.faults)") }
        return choice
    }

    /// Everything that the state itself computes.
    static func settings(_ analytics: [AnalyticChoice], seed: UInt64 = 0) -> FlowSettings {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(1), .seconds(10), .seconds(60), .seconds(86_400)])
        settings.delta = BarSettings(widths: [.seconds(10)])
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.print = PrintSettings()
        settings.print?.window = 100
        settings.print?.minimumCount = 30
        settings.print?.shareInMillionths = 900_000
        settings.republished = [.trade]
        settings.grace = seed % 2 == 0 ? .zero : .milliseconds(700)
        settings.live = seed % 3 == 0 ? .zero : .seconds(1)
        settings.sideRule = AggressorRule.allCases[Int(seed) % AggressorRule.allCases.count]
        settings.analytics = analytics
        return settings
    }

    static func flow(_ settings: FlowSettings) throws -> SoloFlow {
        let flow = SoloFlow(settings: settings, instrument: instrument(try RestartMarket.calendar()))
        for name in ["TEST", "OTHER"] { _ = flow.router.directory.entry(for: name) }
        return flow
    }

    /// A flow whose next event has the number behind `count`.
    static func flow(_ settings: FlowSettings, behind count: Int) throws -> SoloFlow {
        var flow = try flow(settings)
        _ = flow.play((0..<count).map { _ in Make.clock(0, symbol: 1) }, burst: 64)
        return flow
    }

    /// The first update that differs, said so that a person finds it.
    static func difference(_ one: [Said], _ other: [Said]) -> String? {
        for (left, right) in zip(one, other) where left.topic != right.topic || left.bytes != right.bytes {
            return "event \(left.event): \(left.topic)\(left.head.number) against \(right.topic)\(right.head.number)"
        }
        return one.count == other.count ? nil : "\(one.count) updates against \(other.count)"
    }
}
