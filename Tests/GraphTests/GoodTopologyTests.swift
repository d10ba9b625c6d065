import Graph
import Market
import Testing

@Suite struct `Good topologies` {
    static let example = """
        {
          "millrace": 1,
          "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" },
                           "SIM1*": { "tick": 0.05 },
                           "SIM12": { "tick": "0.5", "session": "evening", "negativePrices": true } },
          "calendars": { "evening": { "zone": "Europe/Berlin", "open": "18:00", "close": "22:00",
                                      "exceptions": { "2024-12-24": "closed", "2024-12-23": { "close": "20:00" } } } },
          "defaults": { "symbols": { "ring": 512, "analytics": {} }, "publish": { "encoding": "binary" } },
          "nodes": {
            "market": { "kind": "simulated", "symbols": 20, "rate": "${RATE:-500}", "seed": 7 },
            "flow": { "kind": "symbols",
                      "analytics": { "candles": { "widths": ["1s", "1m"] }, "profile": {}, "delta": {} } },
            "screen": { "kind": "console" },
            "public": { "kind": "publish", "bind": "tcp://127.0.0.1:${PORT}" },
            "plain": { "kind": "publish", "bind": "ipc:///tmp/plain", "encoding": "json" }
          },
          "edges": [ { "from": "market", "to": "flow" },
                     { "from": "flow", "to": "screen", "topics": ["candle/1m/", "trade/SIM1/"] },
                     { "from": "flow", "to": "public", "delivery": "lossless" },
                     { "from": "flow", "to": "plain", "symbols": ["SIM1", "SIM2*"] } ]
        }
        """

    func read(_ text: String = example, environment: [String: String] = ["PORT": "5556"]) throws -> Topology {
        try Topology.read(Array(text.utf8), kinds: InventedKinds.list, environment: environment)
    }

    @Test func `nodes and edges keep the order of the file`() throws {
        let topology = try read()
        #expect(topology.nodes.map(\.name) == ["market", "flow", "screen", "public", "plain"])
        #expect(topology.nodes.map(\.role) == [.source, .symbols, .sink, .sink, .sink])
        #expect(topology.edges.map(\.to) == ["flow", "screen", "public", "plain"])
        #expect(topology.edges.map(\.index) == [0, 1, 2, 3])
    }

    @Test func `an edge of events waits where its source can, an edge of updates keeps the latest`() throws {
        let topology = try read()
        #expect(topology.edges.map(\.delivery) == [.lossless, .latest, .lossless, .latest])
        #expect(topology.edges[3].symbols?.contains("SIM20") == true)
        #expect(topology.edges[3].symbols?.contains("SIM10") == false)
    }

    @Test func `topics on request are published only where an edge asks`() throws {
        let topology = try read()
        #expect(topology.topics(of: "flow") == ["candle/1s/", "candle/1m/", "profile/", "delta/", "cvd/", "trade/"])
        #expect(topology.topics(on: topology.edges[1]) == ["candle/1m/", "trade/"])
        #expect(topology.topics(on: topology.edges[2]) == ["candle/1s/", "candle/1m/", "profile/", "delta/", "cvd/"])
    }

    @Test func `defaults fill what a node leaves out, field by field`() throws {
        let topology = try read()
        let flow = try #require(topology.node("flow"))
        #expect(flow.settings["ring"]?.description == "512")
        #expect(flow.settings["analytics"]?.members?.map(\.name) == ["candles", "profile", "delta"])
        #expect(topology.node("public")?.settings["encoding"]?.text == "binary")
        #expect(topology.node("plain")?.settings["encoding"]?.text == "json")
        #expect(flow.settings["kind"] == nil)
    }

    @Test func `variables of the environment stand in texts`() throws {
        let topology = try read(environment: ["PORT": "5557", "RATE": "9"])
        #expect(topology.node("public")?.settings["bind"]?.text == "tcp://127.0.0.1:5557")
        #expect(topology.node("market")?.settings["rate"]?.text == "9")
    }

    @Test func `an instrument is found by its name, then by the pattern with the most letters`() throws {
        let instruments = try read().instruments
        #expect(instruments.definition(of: "SIM12")?.tick == Price(billionths: 500_000_000))
        #expect(instruments.definition(of: "SIM12")?.allowsNegativePrices == true)
        #expect(instruments.definition(of: "SIM13")?.tick == Price(billionths: 50_000_000))
        #expect(instruments.definition(of: "SIM13")?.allowsNegativePrices == nil)
        #expect(instruments.definition(of: "SIM2")?.sizeStep == 1_000_000_000)
        #expect(instruments.definition(of: "IBM") == nil)
    }

    @Test func `calendars of the file and built-in ones go by name`() throws {
        let topology = try read()
        let evening = try #require(try topology.calendar(named: "evening"))
        let day = CivilDate(year: 2024, month: 12, day: 23).daysSinceEpoch
        let hour = { Timestamp(nanoseconds: (Int64(day) * 24 + $0) * 3_600 * Timestamp.second) }
        #expect(evening.place(of: hour(18)) == .inside(Session(open: hour(17), close: hour(19), date: 20_241_223)))
        #expect(try topology.calendar(named: "us-equities")?.name == "us-equities")
        #expect(try topology.calendar(named: "moon") == nil)
    }

    @Test func `two symbols nodes may share a source, and a sink where their topics differ`() throws {
        let text = """
            { "millrace": 1,
              "nodes": { "one": { "kind": "live", "symbols": "BTC*" },
                         "two": { "kind": "live", "symbols": ["ETH*", "IBM"] },
                         "fast": { "kind": "symbols", "analytics": { "candles": { "widths": "1s" } } },
                         "slow": { "kind": "symbols", "analytics": { "candles": { "widths": "1m" }, "vwap": {} } },
                         "public": { "kind": "publish", "bind": "tcp://127.0.0.1:0" },
                         "other": { "kind": "publish", "bind": "tcp://127.0.0.1:0" } },
              "edges": [ { "from": "one", "to": "fast" }, { "from": "one", "to": "slow" },
                         { "from": "two", "to": "slow" },
                         { "from": "fast", "to": "public" }, { "from": "slow", "to": "public" },
                         { "from": "slow", "to": "other", "topics": "vwap/", "delivery": "latest" },
                         { "from": "slow", "to": "other", "topics": "candle/" } ] }
            """
        #expect(try read(text).edges.count == 7)
    }

    @Test func `a placement shows what runs where`() throws {
        let table = Placement(try read()) { _ in 2 }.table
        let expected = """
            process main, 2 lanes
              node    kind       role     runs on   fed by  feeds                                             topics
              market  simulated  source   own task  -       flow (lossless)                                   -
              flow    symbols    symbols  lanes     market  screen (latest) public (lossless) plain (latest)  \
            candle/1s/ candle/1m/ profile/ delta/ cvd/ trade/
              screen  console    sink     own task  flow    -                                                 \
            candle/1m/ trade/
              public  publish    sink     own task  flow    -                                                 \
            candle/1s/ candle/1m/ profile/ delta/ cvd/
              plain   publish    sink     own task  flow    -                                                 \
            candle/1s/ candle/1m/ profile/ delta/ cvd/

            """
        #expect(table == expected)
    }

    @Test func `pictures name nodes by marks and quote what stands in labels`() throws {
        let text = Self.example.replacing("\"SIM2*\"", with: "\"A\\\"|<B\\\\*\"")
        let topology = try read(text)
        let mermaid = GraphText.mermaid(topology)
        #expect(mermaid.hasPrefix("flowchart LR\n    n0([\"market<br/>simulated\"])\n"))
        #expect(mermaid.contains("n1 -->|\"latest<br/>SIM1<br/>A#34;#124;#60;B\\*\"| n4"))
        let dot = GraphText.dot(topology)
        #expect(dot.hasPrefix("digraph millrace {\n"))
        #expect(dot.contains("\"flow\" -> \"plain\" [label=\"latest\\nSIM1\\nA\\\"|<B\\\\*\"];"))
        #expect(dot.hasSuffix("}\n"))
    }
}

@Suite struct `The address of the status` {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9_464), ("localhost:0", "127.0.0.1", 0), ("0.0.0.0:65535", "0.0.0.0", 65_535),
        ("[::1]:9464", "::1", 9_464), ("[fe80::1]:1", "fe80::1", 1), ("192.168.1.7:80", "192.168.1.7", 80),
    ]) func `an address and a port are read`(text: String, host: String, port: Int) throws {
        let topology = try Topology.read(
            Array(
                `Good topologies`.example.replacing(
                    "\"millrace\": 1,", with: "\"millrace\": 1, \"status\": { \"bind\": \"\(text)\", \"open\": true },"
                ).utf8), kinds: InventedKinds.list, environment: ["PORT": "5556"])
        #expect(topology.status?.host == host && topology.status?.port == port)
    }

    @Test(arguments: [
        "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:１",
        "127.0.0:1", "127.0.0.256:1", "127.0.0.1.1:1", "host:1", "[::1:1", "::1:1", "[]:1", "[1]:1", "[::g]:1",
        "http://127.0.0.1:1", "127.0.0.1 :1", "*:1",
    ]) func `anything else is refused`(text: String) {
        let error = #expect(throws: TopologyError.self) {
            try Topology.read(
                Array(
                    `Good topologies`.example.replacing(
                        "\"millrace\": 1,", with: "\"millrace\": 1, \"status\": { \"bind\": \"\(text)\" },"
                    ).utf8), kinds: InventedKinds.list, environment: ["PORT": "5556"])
        }
        #expect(error?.description.contains("is no address") == true, "\(String(describing: error))")
    }

    @Test func `without it nobody is told`() throws { #expect(try `Good topologies`().read().status == nil) }
}
