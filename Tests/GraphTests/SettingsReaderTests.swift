import Graph
import Market
import Testing

/// An invented set of settings with a field of every type.
struct EveryType: NodeSettings {
    enum Ties: String, CaseIterable { case low, high, both }
    struct Retry: Equatable {
        let wait: Duration
        let limit: Int
    }

    let bind: String
    let file: String?
    let files: [String]
    let ring: Int
    let area: Double
    let strict: Bool
    let grace: Duration
    let widths: [Duration]
    let ties: Ties
    let tick: Price
    let share: Int64
    let symbols: SymbolSelection
    let columns: [String: String]
    let retry: Retry
    let outputs: [String: Int]

    init(reading reader: inout SettingsReader) {
        bind = reader.text("bind", default: nil, meaning: "The endpoint to bind")
        file = reader.optionalText("file", meaning: "The file to write")
        files = reader.texts("files", default: ["a", "b"], meaning: "The files to read")
        ring = reader.integer("ring", default: 256, in: 16...65_536, meaning: "Events kept per symbol")
        area = reader.real("area", default: 0.7, in: 0...1, meaning: "The share of volume in the value area")
        strict = reader.flag("strict", default: false, meaning: "Whether a row that cannot be read stops the run")
        grace = reader.duration("grace", default: .zero, in: .zero ... .seconds(60), meaning: "How long a bar waits")
        widths = reader.durations(
            "widths", default: [.seconds(60)], in: .seconds(1) ... .seconds(86_400), meaning: "The widths of bars")
        ties = reader.choice("ties", default: Ties.low, meaning: "Which row wins")
        tick = reader.price("tick", default: Price(billionths: 10_000_000), meaning: "The price step")
        share = reader.decimal("share", default: 500_000_000, in: 0...1_000_000_000, meaning: "A share")
        symbols = reader.symbols("symbols", default: .any, counts: 1...1_000, meaning: "The symbols to take")
        columns = reader.textsByName("columns", meaning: "The column of each value")
        retry = reader.object("retry", meaning: "What happens after a failure") { reader in
            Retry(
                wait: reader.duration(
                    "wait", default: .seconds(1), in: .milliseconds(1) ... .seconds(60), meaning: "The pause"),
                limit: reader.integer("limit", default: 3, in: 0...100, meaning: "How often"))
        }
        let named = reader.objects("outputs", meaning: "The outputs") { _, reader in
            reader.integer("weight", default: nil, in: 1...10, meaning: "The output's share")
        }
        outputs = Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.value) })
    }
}

@Suite struct `Settings reader` {
    func read(_ text: String) throws -> (settings: EveryType, faults: [TopologyFault]) {
        SettingsReader.read(
            EveryType.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("flow")))
    }

    @Test func `an almost empty object reads as its defaults`() throws {
        let (settings, faults) = try read(#"{ "bind": "x" }"#)
        #expect(faults == [])
        #expect(settings.ring == 256)
        #expect(settings.widths == [.seconds(60)])
        #expect(settings.retry == EveryType.Retry(wait: .seconds(1), limit: 3))
        #expect(settings.file == nil)
        #expect(settings.symbols == .any)
    }

    @Test func `each type reads what the file says`() throws {
        let (settings, faults) = try read(
            """
            { "bind": "x", "file": "f", "files": "one", "ring": 16, "area": 1, "strict": true, "grace": "off",
              "widths": ["250ms", "1.5s", "1d"], "ties": "both", "tick": 0.25, "share": "0.000000001",
              "symbols": 20, "columns": { "time": "ts" }, "retry": { "limit": 0 },
              "outputs": { "b": { "weight": 2 }, "a": { "weight": 1 } } }
            """)
        #expect(faults.map(\.path.description) == ["nodes.flow.widths[0]"])
        #expect(settings.file == "f")
        #expect(settings.files == ["one"])
        #expect(settings.ring == 16)
        #expect(settings.area == 1)
        #expect(settings.strict)
        #expect(settings.grace == .zero)
        #expect(settings.widths == [.milliseconds(1500), .seconds(86_400)])
        #expect(settings.ties == .both)
        #expect(settings.tick == Price(billionths: 250_000_000))
        #expect(settings.share == 1)
        #expect(settings.symbols == .count(20))
        #expect(settings.columns == ["time": "ts"])
        #expect(settings.retry.limit == 0)
        #expect(settings.outputs == ["a": 1, "b": 2])
    }
}
