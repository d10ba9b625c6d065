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
        #expect(
            faults.map(\.description) == [
                "line 2, column 14: nodes.flow.widths[0]: \"250ms\" is too small. Write a duration, 1s to 1d."
            ])
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

    @Test func `every fault is told at once, and faulty fields read as their defaults`() throws {
        let (settings, faults) = try read(
            """
            { "rnig": 7, "area": 1.5, "grace": "2m", "widths": [], "ties": "hihg", "tick": "1.0000000001",
              "share": -1, "symbols": 0, "columns": { "time": 5 }, "retry": { "wiat": "1s", "limit": 101 },
              "outputs": { "a": {}, "b": 3 }, "strict": "yes" }
            """)
        let expected = [
            "line 1, column 1: nodes.flow.bind: the field is missing. Write it: the endpoint to bind.",
            "line 1, column 3: nodes.flow.rnig: no field of this name is known here. Did you mean \"ring\"?",
            "line 1, column 22: nodes.flow.area: 1.5 is too large. Write a number, 0 to 1.",
            "line 1, column 36: nodes.flow.grace: \"2m\" is too large. Write a duration, off to 1m.",
            "line 1, column 64: nodes.flow.ties: \"hihg\" is none of the choices. Did you mean \"high\"?",
            "line 1, column 80: nodes.flow.tick: \"1.0000000001\" is no plain decimal of at most nine places. "
                + "Write a decimal.",
            "line 2, column 12: nodes.flow.share: -1 is too small. Write a decimal, 0 to 1.",
            "line 2, column 27: nodes.flow.symbols: 0 is too small. Write a whole number, 1 to 1000.",
            "line 2, column 51: nodes.flow.columns.time: 5 cannot stand here. Write a text in quotes.",
            "line 2, column 67: nodes.flow.retry.wiat: no field of this name is known here. Did you mean \"wait\"?",
            "line 2, column 90: nodes.flow.retry.limit: 101 is too large. Write a whole number, 0 to 100.",
            "line 3, column 21: nodes.flow.outputs.a.weight: the field is missing. Write it: the output's share.",
            "line 3, column 30: nodes.flow.outputs.b: 3 cannot stand here. Write an object.",
            "line 3, column 45: nodes.flow.strict: \"yes\" cannot stand here. Write true or false.",
        ]
        #expect(faults.sorted().map(\.description) == expected)
        #expect(settings.area == 0.7)
        #expect(settings.ties == .low)
        #expect(settings.retry.limit == 3)
    }

    @Test func `the same code lists its fields`() {
        let fields = SettingsReader.fields(of: EveryType.self)
        let lines = fields.map { field in
            let standard = field.isRequired ? "required" : field.standard ?? "absent"
            return "\(field.name): \(field.type), \(standard), \(field.range ?? "any")"
        }
        #expect(
            lines == [
                "bind: text, required, any", "file: text, absent, any", "files: list of text, a, b, any",
                "ring: integer, 256, 16 to 65536", "area: number, 0.7, 0 to 1", "strict: true or false, false, any",
                "grace: duration, off, off to 1m", "widths: list of duration, 1m, 1s to 1d",
                "ties: choice, low, low, high, both", "tick: decimal, 0.01, any", "share: decimal, 0.5, 0 to 1",
                "symbols: count, name, pattern or list of them, *, 1 to 1000", "columns: object of text, absent, any",
                "retry: object, absent, any", "outputs: object of objects by name, absent, any",
            ])
        #expect(fields[13].fields.map(\.name) == ["wait", "limit"])
        #expect(fields[14].fields.map(\.name) == ["weight"])
        #expect(fields[3].meaning == "Events kept per symbol")
    }

    @Test func `a kind and the file's top level list their fields too`() {
        #expect(InventedKinds.publish.fields.map(\.name) == ["bind", "encoding"])
        #expect(
            Topology.fields.map(\.name) == [
                "millrace", "data", "status", "defaults", "instruments", "calendars", "processes", "nodes", "edges",
            ])
        #expect(Topology.fields.last?.fields.map(\.name) == ["from", "to", "topics", "delivery", "symbols"])
    }
}
