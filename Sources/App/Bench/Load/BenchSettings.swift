internal import Engine
internal import Graph
internal import Market
internal import Rings
internal import Sinks
internal import ZeroMQ

/// Nodes of a benchmark's graph, with the settings that a topology file would give them.
enum BenchSettings {
    static func read<Settings: NodeSettings>(_ type: Settings.Type, _ text: String) throws -> Settings {
        let (settings, faults) = SettingsReader.read(
            type, from: SettingsObject(try JSONParser.parse(text), path: .root))
        if let fault = faults.first { throw BenchFailure("\(text): \(fault.problem)") }
        return settings
    }

    static func flow(_ name: String, _ settings: FlowSettings) -> FlowPart {
        FlowPart(name: name, settings: settings) { _ in
            Instrument(tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: AroundTheClock())
        }
    }

    static func context(_ name: String, _ world: World) -> SinkContext {
        SinkContext(name: name, publisher: world.chance(), now: world.now, isStopping: { world.isStopping })
    }

    /// A public endpoint for trades that waits for its subscribers, as a topology would have it.
    static func publisher(
        _ endpoint: String, subscribers: Int, spin: Duration, in world: World, sockets: Context
    ) throws -> PublishSink {
        let settings = try read(
            PublishSettings.self,
            """
            { "bind": "\(endpoint)", "encoding": "binary", "subscribers": \(subscribers), "patience": "20s",
              "spin": "\(DurationText.text(spin))" }
            """)
        return try PublishSink(settings, in: context("public", world), sockets: sockets, tell: world.tell)
    }
}
