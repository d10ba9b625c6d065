import Foundation
import Graph
import Testing

/// Which shard takes which symbol.
@Suite struct `Shards` {
    private static let names = (0..<20_000).map { "SYM\($0)" }

    @Test func `a symbol belongs to one shard, and every shard has its part`() {
        for count in [1, 2, 3, 7, 64] {
            let plan = ShardPlan(count: count)
            var sizes = [Int](repeating: 0, count: count)
            for name in Self.names { sizes[plan.shard(of: name)] += 1 }
            let mean = Double(Self.names.count) / Double(count)
            // Six deviations of a fair draw.
            let slack = 6 * (mean * (1 - 1 / Double(count))).squareRoot() + 1
            for size in sizes { #expect(abs(Double(size) - mean) < slack, "\(sizes)") }
        }
    }

    @Test func `one shard more takes its own symbols and moves no others`() {
        for count in 1..<16 {
            let (before, after) = (ShardPlan(count: count), ShardPlan(count: count + 1))
            var moved = 0
            for name in Self.names where before.shard(of: name) != after.shard(of: name) {
                #expect(after.shard(of: name) == count)
                moved += 1
            }
            #expect(moved > 0)
        }
    }

    @Test func `where a symbol belongs is known for ever`() {
        // Data folders are spread by these: another result would lose what lies in them.
        let plan = ShardPlan(count: 8)
        let places = ["IBM", "AAPL", "BTC/USD", "ESZ4", "SIM01", "ÄÖÜ", "x", "MSFT"].map(plan.shard)
        #expect(places == [5, 2, 4, 6, 1, 5, 3, 3])
    }

    private func topology(_ shards: String) throws -> Topology {
        let text = """
            { "millrace": 1, "data": { "folder": "data" },
              "nodes": { "market": { "kind": "simulated" },
                "flow": { "kind": "symbols", "shards": \(shards), "analytics": { "vwap": {} } },
                "public": { "kind": "publish", "bind": "tcp://127.0.0.1:7001" },
                "rows": { "kind": "database", "file": "rows" } },
              "processes": { "feed": { "nodes": ["market"], "link": "tcp://127.0.0.1:7300" },
                "core": { "nodes": ["flow", "public"] }, "out": { "nodes": ["rows"] } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public" },
                { "from": "flow", "to": "rows" } ] }
            """
        return try Topology.read(Array(text.utf8), kinds: InventedKinds.list, environment: [:])
    }

    @Test func `names come before patterns, and the rest is hashed over those that take it`() throws {
        let sets = #"[["ES*", "NQ*"], ["ESZ4", "*"], "*", ["BTC*"]]"#
        let plan = try #require(try topology(sets).node("flow")).facts.shards
        #expect(plan.count == 4)
        #expect(plan.shard(of: "ESH5") == 0)
        #expect(plan.shard(of: "ESZ4") == 1)
        #expect(plan.shard(of: "BTCUSD") == 3)
        let rest = Set(Self.names.map(plan.shard))
        #expect(rest == [1, 2])
    }

    @Test func `shards on hosts of their own are found by their numbers, and listen as the file says`() throws {
        let text = """
            { "millrace": 1, "data": { "folder": "data" },
              "nodes": { "market": { "kind": "simulated" },
                "flow": { "kind": "symbols", "shards": 2, "analytics": { "vwap": {} } },
                "rows": { "kind": "database", "file": "rows" } },
              "processes": { "feed": { "nodes": ["market"], "link": "tcp://feed:7000", "bind": "tcp://*:7000",
                  "curve": { "secret": "f.secret", "public": "f.key", "clients": "f" } },
                "core": { "nodes": ["flow"], "link": "tcp://core-{shard}.core:7000", "bind": "tcp://*:7000",
                  "curve": { "secret": "c{shard}.secret", "public": "c{shard}.key", "clients": "c" } },
                "out": { "nodes": ["rows"], "curve": { "secret": "o.secret" } } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "rows" } ] }
            """
        let topology = try Topology.read(Array(text.utf8), kinds: InventedKinds.list, environment: [:])
        let placement = Placement(topology) { _ in 1 }
        let links = placement.parts.map(placement.link)
        #expect(
            links.map(\.address) == [
                "tcp://feed:7000", "tcp://core-0.core:7000", "tcp://core-1.core:7000", "ipc://data/links/out",
            ])
        #expect(links.map(\.bind) == ["tcp://*:7000", "tcp://*:7000", "tcp://*:7000", "ipc://data/links/out"])
        #expect(links.map(\.isGuarded) == [true, true, true, false])
        #expect(links[3].keys == LinkKeys(secret: "o.secret", publicKey: nil, clients: nil))
        #expect(links[2].keys == LinkKeys(secret: "c1.secret", publicKey: "c1.key", clients: "c"))
        #expect(placement.table.contains("read at tcp://core-0.core:7000 to tcp://core-1.core:7000 with keys"))
        #expect(Endpoint.text("tcp://*:7000", on: "core-1.core") == "tcp://core-1.core:7000")
        #expect(Endpoint.isLocal("tcp://127.0.0.1{shard}:7000") && !Endpoint.isLocal("tcp://core-{shard}:7000"))
    }

    @Test func `a placement names every process, shard and address`() throws {
        let placement = Placement(try topology("3")) { _ in 2 }
        #expect(placement.parts.map(\.name) == ["feed", "core.0", "core.1", "core.2", "out"])
        #expect(
            placement.parts.map { placement.link(of: $0).address } == [
                "tcp://127.0.0.1:7300", "ipc://data/links/core.0", "ipc://data/links/core.1", "ipc://data/links/core.2",
                "ipc://data/links/out",
            ])
        #expect(placement.table.contains("process core, 3 shards (3) of 2 lanes, read at ipc://data/links/core.0"))
        #expect(Endpoint.text("tcp://127.0.0.1:5556", shard: 3) == "tcp://127.0.0.1:5559")
        #expect(Endpoint.text("tcp://127.0.0.1:*", shard: 3) == "tcp://127.0.0.1:*")
        #expect(Endpoint.text("ipc:///run/a", shard: 3) == "ipc:///run/a.3")
    }
}
