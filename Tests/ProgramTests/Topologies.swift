/// Topology files for tests.
enum Topologies {
    /// A simulated market at full speed that always brings the same events, into sinks that the test names.
    static func market(events: Int, nodes: String, edges: String) -> String {
        """
        {
          "millrace": 1,
          "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
          "nodes": {
            "market": { "kind": "simulated", "symbols": 20, "rate": 2000, "seed": 7, "speed": "max",
                        "start": "2026-03-09T13:30:00Z", "events": \(events) },
            "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s", "1m"] }, "vwap": {},
                      "profile": {}, "delta": {}, "print": {} } },
            \(nodes)
          },
          "edges": [ { "from": "market", "to": "flow" }, \(edges) ]
        }
        """
    }

    /// The same, onto a console that shows nothing before the end.
    static func quietMarket(events: Int) -> String {
        market(
            events: events, nodes: #""screen": { "kind": "console" }"#,
            edges: #"{ "from": "flow", "to": "screen", "topics": ["vwap/"] }"#)
    }

    static func publishing(_ name: String, port: Int, encoding: String, waiting: Bool) -> String {
        """
        "\(name)": { "kind": "publish", "bind": "tcp://127.0.0.1:\(port)", "encoding": "\(encoding)", \
        "sendLimit": 10000000, "subscribers": \(waiting ? 1 : 0) }
        """
    }

    /// A market in real time that never ends by itself.
    static let endless = """
        {
          "millrace": 1,
          "nodes": {
            "market": { "kind": "simulated", "symbols": 4, "rate": 5000, "seed": 1 },
            "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s"] } } },
            "screen": { "kind": "console" }
          },
          "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "screen" } ]
        }
        """
}
