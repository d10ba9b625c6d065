import Analytics
import Engine
import Foundation
import Graph
import Testing
import Updates

@testable import millrace

/// What the program answers to good and bad words and files.
@Suite struct `The command line` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func `a good file is shown with its placement`() throws {
        let file = try folder.file("t.json", Topologies.endless)
        let outcome = try BuiltProgram.run(["check", file])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.hasPrefix("process main, 1 lane\n"))
        #expect(outcome.output.contains("screen  console    sink"))
    }

    @Test func `the topology that comes with the program is good`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let outcome = try BuiltProgram.run(["check", root.appending(path: "topology.json").path()])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("candle/1m/ profile/developing/ profile/session/ cvd/\n"))
    }

    @Test func `a store needs a journal, misses nothing, and may stand behind a live source`() throws {
        func check(_ data: String, _ delivery: String) throws -> BuiltProgram.Outcome {
            try BuiltProgram.run([
                "check",
                try folder.file(
                    "t.json",
                    """
                    { "millrace": 1, \(data) "nodes": { "market": { "kind": "simulated" },
                      "flow": { "kind": "symbols", "analytics": { "vwap": {} } }, "store": { "kind": "sqlite" } },
                      "edges": [ { "from": "market", "to": "flow", "delivery": "latest" },
                                 { "from": "flow", "to": "store"\(delivery) } ] }
                    """),
            ])
        }
        let data = #""data": { "folder": "d", "sync": "never", "snapshots": "off" },"#
        let good = try check(data, "")
        #expect(good.status == 0 && good.output.contains("store (lossless)"), "\(good.errors)")
        #expect(good.output.hasSuffix("brought to the device when the system likes; no snapshots\n"), "\(good.output)")
        let alone = try check("", "")
        #expect(alone.status == 2 && alone.errors.contains("the store \"store\" needs a journal"), "\(alone.errors)")
        let latest = try check(data, #", "delivery": "latest""#)
        #expect(latest.status == 2 && latest.errors.contains("misses nothing"), "\(latest.errors)")
    }

    @Test func `every fault of a bad file is named at once`() throws {
        let bad = Topologies.endless.replacing("\"rate\": 5000", with: "\"rat\": 5000")
            .replacing("\"to\": \"screen\"", with: "\"to\": \"sreen\"")
        let outcome = try BuiltProgram.run(["check", try folder.file("t.json", bad)])
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("Did you mean \"rate\"?"), "\(outcome.errors)")
        #expect(outcome.errors.contains("Did you mean \"screen\"?"), "\(outcome.errors)")
        #expect(try BuiltProgram.run(["run", folder.path("t.json")]).status == 2)
    }

    @Test func `two consoles on one terminal are a fault`() throws {
        let bad = Topologies.endless.replacing(
            "\"screen\": { \"kind\": \"console\" }",
            with: "\"screen\": { \"kind\": \"console\" }, \"second\": { \"kind\": \"console\" }"
        ).replacing("] }\n", with: "] }\n").replacing(
            "\"to\": \"screen\" }", with: "\"to\": \"screen\" }, { \"from\": \"flow\", \"to\": \"second\" }")
        let outcome = try BuiltProgram.run(["check", try folder.file("t.json", bad)])
        #expect(outcome.status == 2 && outcome.errors.contains("nodes.second"), "\(outcome.errors)")
    }

    @Test func `junk and deep nesting are refused quickly`() throws {
        var junk = [UInt8](repeating: 0, count: 10 << 20)
        var state: UInt64 = 1
        for index in junk.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            junk[index] = UInt8(truncatingIfNeeded: state >> 56)
        }
        try Data(junk).write(to: folder.url.appending(path: "junk"))
        let nested = try folder.file("deep", String(repeating: "[", count: 200_000))
        let objects = try folder.file("objects", String(repeating: "{\"a\":", count: 200_000))
        let empty = try folder.file("empty", "")
        for path in [folder.path("junk"), nested, objects, empty] {
            for command in ["check", "run", "graph"] {
                let outcome = try BuiltProgram.run([command, path], within: .seconds(10))
                #expect(outcome.status == 2, "\(command) \(path): \(outcome.errors)")
                #expect(outcome.errors.hasPrefix("line 1, column ") && outcome.errors.utf8.count < 1_000)
            }
        }
    }

    @Test(arguments: [
        (["chekc"], "Did you mean `check`?"), (["xylophone"], "there is no command `xylophone`"),
        (["--verison"], "what is --verison?"), (["run", "nowhere.json"], "cannot read nowhere.json"),
        (["run", "--lanes", "0"], "--lanes wants a whole number from 1 to 64"),
        (["run", "--for", "x"], "--for wants a time"), (["check", "a", "b"], "what is b?"),
        (["kinds", "consol"], "Did you mean \"console\"?"),
    ])
    func `a word that nobody knows is answered with what is known`(_ words: [String], _ message: String) throws {
        let outcome = try BuiltProgram.run(words)
        #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func `help and version`() throws {
        #expect(try BuiltProgram.run(["--version"]).output == "millrace 0.1.0\n")
        let all = try BuiltProgram.run(["--help"])
        #expect(all.status == 0)
        for command in Program.commands {
            #expect(all.output.contains("\n  \(command.name) "))
            let one = try BuiltProgram.run([command.name, "--help"])
            #expect(one.status == 0 && one.output.contains("Usage: millrace \(command.name)"))
            #expect(try BuiltProgram.run(["help", command.name]).output == one.output)
        }
        #expect(try BuiltProgram.run([]).status == 2)
    }
}

/// What a topology may name, and what the program says of it.
@Suite struct `The kinds` {
    @Test func `every example is good in a topology`() throws {
        for kind in Catalogue.millrace.kinds.kinds {
            let text = Self.topology(with: kind)
            #expect(throws: Never.self, "\(kind.name): \(text)") {
                try Topology.read(Array(text.utf8), kinds: Catalogue.millrace.kinds, environment: [:])
            }
        }
    }

    @Test func `every analytic's example is good in a topology`() throws {
        for analytic in AnalyticPage.all {
            let flow = #"{ "kind": "symbols", "analytics": { "\#(analytic.name)": \#(analytic.example) } }"#
            let text = Self.topology(source: #"{ "kind": "simulated" }"#, flow: flow, sink: #"{ "kind": "publish" }"#)
            #expect(throws: Never.self, "\(analytic.name): \(text)") {
                try Topology.read(Array(text.utf8), kinds: Catalogue.millrace.kinds, environment: [:])
            }
        }
    }

    @Test func `every setting is listed with type and meaning`() throws {
        let text = try BuiltProgram.run(["kinds"]).output
        for page in KindPage.all {
            #expect(text.contains("\(page.name) (\(page.role)): \(page.meaning)\n"))
            #expect(text.contains(page.example))
            for field in page.fields {
                #expect(!field.meaning.isEmpty && !field.type.isEmpty)
                #expect(page.text.contains("\n  \(field.name) "), "\(page.name).\(field.name)")
            }
        }
    }

    @Test func `every topic of a symbols node has its layout in the list`() {
        var settings = FlowSettings()
        settings.candles = BarSettings(widths: [.seconds(60)])
        settings.delta = BarSettings(widths: [.seconds(60)])
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.print = PrintSettings()
        settings.analytics = AnalyticCatalogue.all.compactMap { kind in
            guard let value = try? JSONParser.parse(kind.example) else { return nil }
            var reader = SettingsReader(SettingsObject(value, path: .root))
            return kind.read(&reader)
        }
        let (always, onRequest) = settings.topics
        let kinds = Set((always + onRequest).compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(kinds == Set(AnalyticLayouts.all.map { $0.kind }))
        #expect(Set(AnalyticLayouts.all.map { $0.template }).count == AnalyticLayouts.all.count)
    }

    private static func topology(with kind: NodeKind) -> String {
        topology(
            source: kind.role == .source ? kind.example : #"{ "kind": "simulated" }"#,
            flow: kind.role == .symbols ? kind.example : #"{ "kind": "symbols", "analytics": { "vwap": {} } }"#,
            sink: kind.role == .sink ? kind.example : #"{ "kind": "publish" }"#)
    }

    private static func topology(source: String, flow: String, sink: String) -> String {
        """
        { "millrace": 1, "data": { "folder": "data" }, "nodes": { "a": \(source), "b": \(flow), "c": \(sink) },
          "edges": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" } ] }
        """
    }
}
